"""An office wants its own words in the letters: it writes templates, has them checked, and they are used."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Office

OPERATOR = "quan-tri"


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def test_a_sound_template_passes_and_one_with_a_slip_is_named_by_file_and_line(bangiao: Office, tmp_path: Path) -> None:
    own = written(tmp_path / "mẫu", "step.overdue/subject.vi.txt", "Quá hạn: {{ step.title }}")
    fine = bangiao(OPERATOR, "notify", "lint", own)
    assert fine.code == 0, fine.complaint
    assert "step.overdue/subject.vi.txt: ok" in fine.said
    assert bangiao(OPERATOR, "notify", "lint", "--json", MESSAGES_DIR=str(own)).document["templates"] == [
        "step.overdue/subject.vi.txt"
    ]
    written(own, "step.overdue/subject.vi.txt", "Quá hạn\n{{ step.titel }}")
    wrong = bangiao(OPERATOR, "notify", "lint", own, language="en")
    assert wrong.code == 2
    assert f"{own}/step.overdue/subject.vi.txt, line 2: nobody gives a value called “step.titel”" in wrong.complaint
    assert wrong.out == ""


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ 'a' * 1000000000 }}",
        "{{ step.title.__class__ }}",
        '{% include "/etc/passwd" %}',
        "{% for a in step.title %}" * 9 + "x" * 2000 + "{% endfor %}" * 9,
    ],
    ids=["classes", "globals", "swells", "attributes", "files", "floods"],
)
def test_a_template_that_would_run_or_swell_is_refused(bangiao: Office, tmp_path: Path, text: str) -> None:
    own = written(tmp_path / "mẫu", "step.overdue/text.vi.txt", text)
    refused = bangiao(OPERATOR, "notify", "lint", own)
    assert refused.code == 2
    assert "step.overdue/text.vi.txt" in refused.complaint
    assert "root:" not in refused.complaint


def test_where_there_is_nothing_to_check_that_is_said(bangiao: Office, tmp_path: Path) -> None:
    (tmp_path / "trống").mkdir()
    for words in ([], [tmp_path / "nowhere"], [tmp_path / "trống"]):
        assert bangiao(OPERATOR, "notify", "lint", *words).code == 2
