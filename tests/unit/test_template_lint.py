"""Checking template files: every mistake is a sentence with file and line, and hostile text is refused unread."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bangiao.cli import main
from bangiao.conditions import FACTS, FactMissing, compile_condition
from bangiao.documents import Limits
from bangiao.i18n import chosen_language
from bangiao.template_files import SHIPPED, lint_files, read_shipped_templates, read_template, shipped_path
from checklists.errors import BadInput, Refused
from checklists.step_numbers import MOST_STEPS

DAY = date(2025, 6, 16)

GOOD = """\
template: a-list
version: "2025.1"
title:
  vi: Danh sách
  en: A list
steps:
- key: XX-01
  duty: XX-01
  category: test
  title:
    vi: Giao
    en: Hand over
  side: predecessor
  levels: [commune]
  responsible:
    role: unit_lead
    office: {vi: Xã, en: Commune}
  basis: Luật
  source: Luật
  deadline: {anchor: operational, offset: 5}
  evidence:
    what: {vi: Biên bản, en: Minutes}
  verify: true
- key: XX-01/nhan
  duty: XX-01
  category: test
  title: {vi: Nhận, en: Receive}
  side: successor
  levels: [commune]
  responsible: {role: unit_lead, office: {vi: Xã, en: Commune}}
  basis: Luật
  source: Luật
  deadline: {anchor: none}
  evidence: {what: {vi: Biên bản, en: Minutes}}
  verify: true
  condition:
    when: succession.predecessors > 0
    otherwise: {vi: Không có đơn vị cũ., en: There is no old unit.}
  needs:
  - {step: XX-01, of: predecessors, level: commune}
"""


def written(text: str, tmp_path: Path) -> Path:
    file = tmp_path / "a.yaml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return file


def mistakes(text: str, tmp_path: Path) -> list[tuple[int, str]]:
    """The line and the sentence of each."""
    file = written(text, tmp_path)
    with pytest.raises(Refused) as refused:
        lint_files([file], day=DAY)
    said = [re.fullmatch(re.escape(str(file)) + r", line ([0-9]+): (.+)", str(one)) for one in refused.value.mistakes]
    assert all(said), refused.value.mistakes
    return [(int(one[1]), one[2]) for one in said if one]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def test_a_sound_file_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GOOD, encoding="utf-8")
    (template,) = lint_files([file], day=DAY)
    assert template == read_template(file)
    assert [step.key for step in template.steps] == ["XX-01", "XX-01/nhan"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param(changed("  side: predecessor\n", ""), 7, "'side' is missing", id="missing field"),
        pytest.param(changed("  side: predecessor", "  sidee: predecessor"), 13, "'sidee'", id="misspelt field"),
        pytest.param(changed("side: predecessor", "side: old"), 13, "one of", id="value outside the choices"),
        pytest.param(changed("levels: [commune]", "levels: [commune, ward]"), 14, "'ward'", id="unknown level"),
        pytest.param(changed("offset: 5", "offset: 2000"), 20, "Step XX-01: its deadline", id="outside the calendar"),
        pytest.param(changed("levels: [commune]", "levels: []"), 14, "empty", id="no level"),
        pytest.param(changed("key: XX-01\n", "key: xx1\n"), 7, "form", id="misformed key"),
        pytest.param(changed('version: "2025.1"', "version: 2025.1"), 2, "quotes", id="version is a number"),
        pytest.param(changed("    en: Hand over\n", ""), 11, "'title.en' is missing", id="English missing"),
        pytest.param(changed("    vi: Giao", "    vi: ''"), 11, "empty", id="empty words"),
        pytest.param(changed("verify: true", "verify: perhaps"), 23, "true or false", id="not yes or no"),
        pytest.param(changed("offset: 5", "offset: soon"), 20, "whole number", id="not a number"),
        pytest.param(
            changed("anchor: operational,", "anchor: fixed,"), 20, "field of the same name", id="fixed without a date"
        ),
        pytest.param(changed("operational, offset: 5", "fixed, fixed: 2025-13-40"), 20, "a date", id="no such day"),
        pytest.param(changed("operational, offset: 5", "fixed, fixed: soon"), 20, "a date", id="not a day"),
        pytest.param(changed("  basis: Luật\n", "  basis: Luật\n  basis: Luật khác\n"), 19, "twice", id="field twice"),
        pytest.param(changed("  basis: Luật", "  basis: &a Luật"), 18, 'anchor or alias "a"', id="anchor"),
        pytest.param(changed("  verify: true", "  verify: *a"), 23, 'anchor or alias "a"', id="alias"),
        pytest.param(changed("  verify: true", "  verify: !!python/name:os.system"), 23, "os.system", id="python tag"),
        pytest.param(changed("    vi: Giao", "\tvi: Giao"), 11, "not YAML", id="tab"),
        pytest.param(
            changed("steps:", "steps: " + "[" * 32 + "1" + "]" * 32 + "\nx:"), 6, "deeper than 32", id="nested deep"
        ),
        pytest.param("[" * 200_000, 1, "deep", id="nested beyond reason"),
        pytest.param("- a\n- b\n", 1, "group of fields", id="a list instead of a template"),
        pytest.param(changed("Danh sách", unicodedata.normalize("NFD", "Danh sách")), 4, "NFC", id="not NFC"),
        pytest.param(
            changed("Biên bản", unicodedata.normalize("NFD", "Biên bản")),
            22,
            "steps[0].evidence.what.vi",
            id="not NFC deep inside",
        ),
        pytest.param(changed("Danh sách", "Danh\u200b sách"), 4, "U+200B", id="an unseen character"),
        pytest.param(changed("Luật", "Lu\udcffật"), 18, "UTF-8", id="not UTF-8"),
        pytest.param(changed("steps:", "---\nsteps:"), 6, "second document", id="two documents"),
        pytest.param(changed("{step: XX-01,", "{step: XX-77,"), 40, "XX-77", id="unknown need"),
        pytest.param(changed("of: predecessors,", "of: successors,"), 40, "never", id="need of the wrong side"),
        pytest.param(changed("level: commune}", "level: district}"), 40, "never", id="need of the wrong level"),
        pytest.param(
            changed("{step: XX-01, of: predecessors, level: commune}", "{step: XX-01/nhan}"),
            40,
            "each other",
            id="ring",
        ),
        pytest.param(
            changed("  side: predecessor", "  needs: [{step: XX-01/nhan, of: successors}]\n  side: predecessor")
            .replace("side: successor", "side: successor\n  per: successor")
            .replace("  needs:\n  - {step: XX-01, of: predecessors, level: commune}\n", ""),
            13,
            "for each unit that a successor hands over to",
            id="need of what successors hand over",
        ),
        pytest.param(changed("key: XX-01/nhan", "key: XX-01"), 24, "twice", id="step key twice"),
        pytest.param(changed("key: XX-01/nhan", "key: DAT-02"), 24, "DAT-02", id="key of a shipped step"),
        pytest.param(changed("duty: XX-01", "duty: XX-02"), 8, "duty", id="key of another duty"),
        pytest.param(
            changed("  verify: true", "  verify: true\n  recurrence: {every: P0D}"),
            24,
            "no time",
            id="period of nothing",
        ),
        pytest.param(
            changed("  verify: true", "  verify: true\n  recurrence: {every: P7D, closing_days: 7}"),
            24,
            "closing",
            id="half a closing",
        ),
        pytest.param(
            changed("  verify: true", "  verify: true\n  per: successor\n  recurrence: {every: P7D}"),
            25,
            "no numbers",
            id="comes back for each successor",
        ),
        pytest.param(changed("when: succession", "when: sucession"), 37, "sucession.predecessors", id="misspelt fact"),
    ],
)
def test_a_mistake_is_said_with_its_line(text: str, line: int, words: str, tmp_path: Path) -> None:
    found = mistakes(text, tmp_path)
    assert any(at == line and words in sentence for at, sentence in found), found


def test_all_mistakes_are_said_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = (
        changed("side: predecessor", "side: old")
        .replace("verify: true", "verify: perhaps")
        .replace("XX-01/nhan", "nhan")
    )
    lines = [line for line, _ in mistakes(text, tmp_path)]
    assert lines == sorted(lines)
    assert len(lines) == 4


@pytest.mark.parametrize("text", ["", " \n", "# nothing but a comment\n"])
def test_an_empty_file_is_said_to_be_empty(text: str, tmp_path: Path) -> None:
    file = written(text, tmp_path)
    with pytest.raises(Refused) as refused:
        lint_files([file], day=DAY)
    (mistake,) = refused.value.mistakes
    assert str(mistake).startswith(f"{file}: the file is empty")


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        lint_files([tmp_path / "none.yaml"], day=DAY)
    assert "none.yaml: there is no file of this name" in str(refused.value.mistakes[0])


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    file = written(GOOD, tmp_path)
    with pytest.raises(Refused) as refused:
        lint_files([file], Limits(max_bytes=len(GOOD)), day=DAY)  # it has more bytes than letters
    assert f"{file}: the file is larger than" in str(refused.value.mistakes[0])


def test_a_text_may_have_several_lines(tmp_path: Path) -> None:
    file = written(changed("  basis: Luật", "  basis: |\n    Luật\n    Nghị định"), tmp_path)
    assert read_template(file).steps[0].basis == "Luật\nNghị định"


def test_the_shipped_catalogues_are_the_same_read_with_and_without_lines() -> None:
    assert read_shipped_templates() == tuple(read_template(shipped_path(slug)) for slug in SHIPPED)


def test_a_changed_catalogue_is_checked_against_the_others_it_does_not_replace(tmp_path: Path) -> None:
    text = shipped_path("data-backup").read_text(encoding="utf-8")
    file = tmp_path / "data-backup.yaml"
    file.write_text(text.replace("DAT-05/nhan-huyen", "DAT-05/nhan-quan"), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        lint_files([file], day=DAY)
    (mistake,) = refused.value.mistakes
    assert "Template service-continuity: Step DAT-06 needs DAT-05/nhan-huyen" in str(mistake)


# --- conditions ------------------------------------------------------------------------------------------------------

FACTS_OF_ONE: dict[str, dict[str, object]] = {
    "unit": {"level": "commune", "kind": "phường", "role": "successor", "generation": "new"},
    "succession": {
        "predecessors": 3,
        "successors": 0,
        "split": False,
        "receives_part": True,
        "renamed": False,
        "kind_changed": True,
        "from_districts": 1,
    },
    "decision": {"level": "commune", "days_to_operational": 15},
}


def test_the_facts_are_those_of_a_participant() -> None:
    assert {f"{group}.{name}" for group, facts in FACTS_OF_ONE.items() for name in facts} == set(FACTS)


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        ("succession.receives_part", True),
        ("not succession.split", True),
        ("unit.role == 'successor' and succession.predecessors > 0", True),
        ("unit.level in ['district', 'province'] or succession.renamed", False),
        ("unit.kind not in ('xã', 'thị trấn')", True),
        ("1 < succession.predecessors <= 3", True),
        ("decision.level == 'province'", False),
        ("decision.days_to_operational >= 15", True),
        ("true", True),
    ],
)
def test_a_condition_answers_yes_or_no(when: str, answer: bool) -> None:
    assert compile_condition(when)(FACTS_OF_ONE) is answer


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("'a' * 10**9 == 'a'", "'Mul'"),
        ("10**10**10 > 1", "'Pow'"),
        ("range(10**9)", "a call"),
        ("unit.__class__.__mro__ == 1", "unit.__class__.__mro__"),
        ("unit['level'] == 'commune'", "an index"),
        ("''.__class__ == ''", "does not exist"),
        ("(unit.level|upper) == 'A'", "a filter"),
        ("unit.level is defined", "a test"),
        ("cycler.__init__.__globals__.os.popen('id')", "a call"),
        ("lipsum == 1", "lipsum"),
        ("self == 1", "self"),
        ("true if unit.level == 'commune' else false", "if … else"),
        ("unit.level ~ 'x' == 'x'", "'Concat'"),
        ("unit.level + 'x' == 'x'", "'Add'"),
        ("unit.level", "yes or no"),
        ("succession.predecessors", "yes or no"),
        ("{'a': 1}", "'Dict'"),
        ("unit.levle == 'commune'", "unit.levle"),
        ("unit.level == 'comune'", "never be"),
        ("unit.level == 3", "never be"),
        ("unit.level > 'a'", "never be"),
        ("succession.split == 'yes'", "never be"),
        ("unit.level in 'commune'", "without a list"),
        ("unit.level ==", "cannot be read"),
        ("unit.level == 'commune' }} {{ 1", "cannot be read"),
        ("true or " * 40 + "true", "characters"),
        ("(" * 90 + "true" + ")" * 90, "brackets"),
    ],
)
def test_a_hostile_or_mistaken_condition_is_refused_before_it_runs(when: str, words: str) -> None:
    began = time.perf_counter()
    with pytest.raises(BadInput, match="condition") as refused:
        compile_condition(when)
    assert words in str(refused.value)
    assert time.perf_counter() - began < 5


def test_a_fact_that_is_not_given_is_an_error_that_names_it() -> None:
    facts = {**FACTS_OF_ONE, "succession": {}}
    with pytest.raises(FactMissing, match="split"):
        compile_condition("succession.split")(facts)


# --- command line ----------------------------------------------------------------------------------------------------


@pytest.fixture
def own_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands look into a fresh database, not into that of the person who runs the tests."""
    monkeypatch.setenv("BANGIAO_DATABASE_URL", request.getfixturevalue("sqlite_databases").copy(tmp_path))


@pytest.fixture(params=["vi", "en"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Commands speak this language; a process otherwise looks once which one it is."""
    monkeypatch.setenv("BANGIAO_LANGUAGE", request.param)
    chosen_language.cache_clear()
    yield request.param
    chosen_language.cache_clear()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["templates", *arguments])
    return int(ended.value.code or 0)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("own_database")
def test_list_gives_the_four_templates_with_their_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "list")
    assert [one["content_hash"] for one in found] == [one.content_hash for one in read_shipped_templates()]
    assert sum(one["duties"] for one in found) == 79


@pytest.mark.usefixtures("own_database")
def test_show_prints_every_step_and_one_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "data-backup") == 0
    assert "DAT-05/nhan-huyen" in capsys.readouterr().out
    assert run("show", "data-backup", "--step", "DAT-05/giao") == 0
    assert "unit.role == 'predecessor'" in capsys.readouterr().out
    assert document(capsys, "show", "data-backup", "--step", "DAT-05/giao")["per"] == "successor"
    assert len(document(capsys, "show", "cross-cutting")["steps"]) > 19


@pytest.mark.usefixtures("own_database")
def test_unknown_names_are_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "no-such") == 2
    assert "data-backup" in capsys.readouterr().err
    assert run("show", "data-backup", "--step", "ZZ-99") == 2
    assert "ZZ-99" in capsys.readouterr().err


def test_lint_says_ok_with_the_hash(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert run("lint", str(file)) == 0
    assert f"ok a-list 2025.1 {read_template(file).content_hash}" in capsys.readouterr().out
    assert document(capsys, "lint", str(file))[0]["file"] == str(file)


def test_lint_of_several_files_says_every_mistake_and_exits_2(
    language: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(changed("side: predecessor", "side: old"), encoding="utf-8")
    other.write_text("", encoding="utf-8")
    assert run("lint", str(one), str(other)) == 2
    said = capsys.readouterr().err
    assert f"{one}, {'dòng' if language == 'vi' else 'line'} 13: XX-01: 'side'" in said
    assert f"{other}: {'tệp trống' if language == 'vi' else 'the file is empty'}" in said


def test_lint_reads_no_more_than_the_setting_allows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = written(GOOD + "# a comment\n" * 90_000, tmp_path)
    assert run("lint", str(file)) == 0
    monkeypatch.setenv("BANGIAO_MAX_FILE_MB", "1")
    assert run("lint", str(file)) == 2
    assert "BANGIAO_MAX_FILE_MB" in capsys.readouterr().err


def test_a_template_of_more_steps_than_can_be_numbered_is_refused(tmp_path: Path) -> None:
    head, one, _ = re.split(r"(?=^- key)", GOOD, flags=re.MULTILINE)
    keys = [f"X{chr(65 + place // 100)}-{place % 100:02}" for place in range(MOST_STEPS + 1)]
    steps = [one.replace("XX-01", key) for key in keys]
    assert len(lint_files([written(head + "".join(steps[:-1]), tmp_path)], day=DAY)[0].steps) == MOST_STEPS
    ((line, words),) = mistakes(head + "".join(steps), tmp_path)
    assert line == 7
    assert f"more than {MOST_STEPS} entries" in words


# --- publishing ------------------------------------------------------------------------------------------------------


@pytest.fixture
def june(own_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishing happens on a day that the working calendar knows."""
    monkeypatch.setenv("BANGIAO_CLOCK", "2025-06-17T08:00:00+07:00")


def current(capsys: pytest.CaptureFixture[str], name: str = "a-list") -> str:
    return {one["template"]: one["version"] for one in document(capsys, "list")}[name]


@pytest.mark.usefixtures("june")
def test_a_template_is_published_only_where_it_fits_what_is_published(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("publish", str(written(GOOD, tmp_path))) == 0
    twin = written(GOOD.replace("a-list", "its-twin"), tmp_path)
    capsys.readouterr()
    assert run("lint", str(twin)) == 0  # beside the shipped templates alone it is sound
    assert run("publish", str(twin)) == 2
    said = capsys.readouterr().err
    assert "XX-01/nhan" in said
    assert "its-twin" in said
    assert len(document(capsys, "list")) == 5


@pytest.mark.usefixtures("june")
def test_a_step_that_a_published_template_needs_cannot_go(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    needy = GOOD.replace("a-list", "needy").replace("XX-01", "XY-01").replace("{step: XY-01,", "{step: XX-01,")
    assert run("publish", str(written(GOOD, tmp_path))) == 0
    assert run("publish", str(written(needy, tmp_path))) == 0
    assert run("publish", str(written(GOOD.replace("XX-01", "XZ-01").replace("2025.1", "2025.2"), tmp_path))) == 2
    assert "needy: " in capsys.readouterr().err
    assert current(capsys) == "2025.1"


@pytest.mark.usefixtures("june")
def test_publishing_an_older_version_again_makes_it_current_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    newer = GOOD.replace("2025.1", "2025.2")
    for text, version, changed_, again in (
        (GOOD, "2025.1", True, False),
        (newer, "2025.2", True, False),
        (newer, "2025.2", False, False),
        (GOOD, "2025.1", True, True),
        (GOOD, "2025.1", False, False),
    ):
        said = document(capsys, "publish", str(written(text, tmp_path)))
        assert (said["changed"], said["current_again"]) == (changed_, again)
        assert current(capsys) == version
    assert run("publish", str(written(newer, tmp_path))) == 0
    capsys.readouterr()
    assert current(capsys) == "2025.2"


@pytest.mark.usefixtures("june")
def test_a_template_whose_deadline_nobody_could_count_is_not_published(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("publish", str(written(changed("offset: 5", "offset: 2000"), tmp_path))) == 2
    assert "XX-01" in capsys.readouterr().err
    assert len(document(capsys, "list")) == 4
