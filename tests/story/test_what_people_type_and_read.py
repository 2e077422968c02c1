"""Whatever stands in a file or an argument is text: it is shown as it is, and a command to copy is safe to paste."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from bangiao.cli import main
from bangiao.demo_place import CLOCK, fresh_place
from bangiao.opening import open_chunk, remaining_chunks
from bangiao.settings import Settings, child_environment, load_settings
from bangiao.wiring import wire

FILE = {
    "number": "9/[/bold] [red]X[/red]; touch pwned",
    "kind": "Quyết định",
    "title": {"vi": "Thử [/]", "en": "Test [/]"},
    "issuing_body": "Bộ [blink]Nội vụ",
    "issued": date(2025, 6, 16),
    "effective": date(2025, 6, 16),
    "operational": date(2025, 7, 1),
    "province": None,
    "central": ["central:BNV"],
    "source": "thử",
    "successions": [],
}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANGIAO_DATA_DIR", str(tmp_path / "dữ liệu [/x]"))
    monkeypatch.setenv("BANGIAO_CLOCK", CLOCK.isoformat())
    file = tmp_path / "decision.yaml"
    plain = {name: str(value) if isinstance(value, date) else value for name, value in FILE.items()}
    file.write_text(yaml.safe_dump({key: value for key, value in plain.items() if value is not None}), encoding="utf-8")
    return file


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


def test_brackets_in_numbers_titles_and_names_are_shown_as_they_are(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("decision", "draft", str(office), "--as", "[b]An[/b]") == 0
    drafted = capsys.readouterr().out
    assert "9/[/bold] [red]X[/red]" in drafted
    assert run("user", "add", "an.nguyen", "--name", "An x[/]") == 0
    for words in (("decision", "list"), ("decision", "show", str(FILE["number"])), ("user", "list")):
        assert run(*words) == 0
    shown = capsys.readouterr().out
    assert "[b]An[/b]" in shown
    assert "x[/]" in shown


def test_the_command_to_copy_is_one_word_per_argument(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("decision", "draft", str(office), "--as", "An") == 0
    line = next(one for one in capsys.readouterr().out.splitlines() if one.strip().startswith("bangiao decision"))
    assert shlex.split(line)[:4] == ["bangiao", "decision", "register", FILE["number"]]


def test_a_database_that_cannot_be_reached_is_told_in_a_sentence(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANGIAO_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    assert run("status", "--json") == 1
    told = capsys.readouterr()
    assert "BANGIAO_DATABASE_URL" in json.loads(told.out)["errors"][0]
    assert "Traceback" not in told.err


def test_the_demonstration_never_inherits_the_real_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGIAO_DATABASE_URL", "postgresql://real/record")
    monkeypatch.setenv("BANGIAO_PREFECT_API_URL", "http://office/api")
    place = fresh_place(replace(load_settings(), data_dir=tmp_path))
    seen_by_child = load_settings(child_environment(place))
    assert (seen_by_child.database_url, seen_by_child.prefect_api_url) == ("", None)
    assert seen_by_child.database == place.database
    assert isinstance(seen_by_child, Settings)


def test_overdue_steps_are_listed_oldest_first_and_the_exit_code_says_so(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("decision", "draft", str(office), "--as", "An", "--json") == 0
    plan_hash = json.loads(capsys.readouterr().out)["plan_hash"]
    assert run("decision", "register", str(FILE["number"]), "--plan-hash", plan_hash, "--as", "Binh") == 0
    for chunk in remaining_chunks(wire(), 1):
        open_chunk(wire(), 1, chunk)
    capsys.readouterr()
    assert run("status", "--overdue", "--json") == 3
    late = json.loads(capsys.readouterr().out)["steps"]
    assert [one["due_on"] for one in late] == sorted(one["due_on"] for one in late)
    assert late[0]["due_on"] == "2025-05-15"
    assert {one["unit"] for one in late} == {"central:BNV"}
    assert run("status", "--overdue") == 3
    assert "SYS-03" in capsys.readouterr().out
