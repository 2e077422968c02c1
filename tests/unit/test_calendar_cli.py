"""`bangiao calendar`: what it prints, what it gives to programs, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bangiao.calendar_files import vietnam_calendar
from bangiao.cli import main


@pytest.fixture(autouse=True)
def nothing_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No database: the calendar is the release's."""
    monkeypatch.setenv("BANGIAO_DATA_DIR", str(tmp_path))


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["calendar", *arguments])
    return int(ended.value.code or 0)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(*arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_explain_prints_the_date_and_the_reason_in_vietnamese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "2025-07-01+15d") == 0
    assert capsys.readouterr().out == (
        "16/07/2025\n"
        "Hạn 16/07/2025: 15 ngày kể từ ngày 01/07/2025, không tính ngày đầu (Điều 147 Bộ luật Dân sự 2015).\n"
    )


def test_explain_gives_both_languages_to_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, "explain", "2025-06-16+15wd") == {
        "due_on": "2025-07-07",
        "explanation": {
            "vi": "Hạn 07/07/2025: 15 ngày làm việc kể từ ngày 16/06/2025, không tính ngày đầu "
            "(Điều 147 Bộ luật Dân sự 2015).",
            "en": "Due 07/07/2025: 15 working days from 16/06/2025, the first day not counted "
            "(Civil Code 2015, art. 147).",
        },
        "calendar_version": vietnam_calendar().version,
        "provisional": False,
    }


@pytest.mark.parametrize(
    ("arguments", "due"),
    [
        (["2025-07-01-3d"], "2025-06-28"),
        (["2025-07-01+0d"], "2025-07-01"),
        (["2025-07-01+15d", "--first-day", "include"], "2025-07-15"),
        (["2025-06-19+10d"], "2025-06-30"),
        (["2025-06-19+10d", "--no-roll"], "2025-06-29"),
        (["2026-02-11+5wd"], "2026-02-25"),
    ],
)
def test_explain_counts_as_it_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], due: str) -> None:
    assert document(capsys, "explain", *arguments)["due_on"] == due


def test_explain_marks_a_date_counted_with_unannounced_days_off(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "explain", "2027-01-22+15d")
    assert found["provisional"] is True
    assert "lịch nghỉ tạm tính năm 2027" in found["explanation"]["vi"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "tomorrow"], "'tomorrow' không phải là DATE+RULE"),
        (["explain", "2025-02-30+1d"], "'2025-02-30+1d' không phải là DATE+RULE"),
        (["explain", "2025-07-01+15"], "'2025-07-01+15' không phải là DATE+RULE"),
        (["explain", "2025-07-01+15d\n"], "không phải là DATE+RULE"),
        (["explain", "2031-07-01+15d"], "16/07/2031 nằm ngoài lịch làm việc (từ năm 2024 đến năm 2027)"),
        (["explain", "9999-12-31+15d"], "15 ngày tính từ 31/12/9999"),
        (["show", "2031"], "2031 nằm ngoài lịch làm việc"),
        (["show", "soon"], "soon"),
        (["explain", "2025-07-01+15d", "--first-day", "maybe"], "maybe"),
    ],
)
def test_bad_input_gets_a_sentence_and_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(*arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


def test_show_lists_days_off_and_make_up_days_with_their_basis(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "2026") == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "Lịch làm việc năm 2026" in words
    assert "02/01/2026 thứ Sáu Nghỉ hoán đổi" in words
    assert "10/01/2026 thứ Bảy Làm bù cho ngày" in words
    assert "12729/VPCP-KGVX" in words
    assert "tạm tính" not in words


def test_show_marks_a_provisional_year(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "2027") == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "Lịch năm 2027 là tạm tính: chưa có thông báo chính thức về ngày nghỉ." in words


def test_show_gives_every_day_to_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "show", "2027")
    assert (found["year"], found["provisional"], found["calendar_version"]) == (2027, True, vietnam_calendar().version)
    assert len(found["days"]) == 13
    assert found["days"][0] == {
        "date": "2027-01-01",
        "kind": "holiday",
        "name": "Tết Dương lịch",
        "basis": "Điều 112 Bộ luật Lao động 2019",
        "announced": False,
    }
