"""Slips of the hand and worse at the command line: each gets a sentence, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import SPLIT, own_decision, registered
from conftest import Office

from checklists.reasons import LONGEST_REASON

LEAD = "hoa.le"
STEP = f"{SPLIT}/DAT-05/phan-bo"


@pytest.fixture
def ward(bangiao: Office) -> Office:
    with bangiao.wiring() as wiring:
        registered(wiring, own_decision())
    bangiao.worker_comes()
    bangiao("admin", "user", "add", LEAD, "--name", "Lê Thị Hoa")
    bangiao("admin", "user", "assign", LEAD, "--role", "unit_lead", "--unit", SPLIT)
    return bangiao


def test_each_slip_gets_a_sentence_and_writes_nothing(ward: Office, tmp_path: Path) -> None:
    before = ward(LEAD, "step", "show", STEP, "--json").document
    circle = tmp_path / "vong.txt"
    circle.symlink_to(circle)
    block = ("step", "block", STEP, "--expected", "2025-06-20", "--unblocker")
    for words, said in (
        (("step", "show", "9" * 30), "Không có bước"),
        (("step", "show", "9" * 5000), "Không có bước"),
        (("step", "show", f"{STEP}#{'9' * 30}"), "Không có bước"),
        (("audit", "show", "9" * 5000), "Không có bước"),
        (("step", "list", "--due-within", "99999999999"), "99999999999"),
        (("step", "list", "--due-within", "-1"), "-1"),
        (("step", "show", f"{SPLIT}/\udcff"), "UTF-8"),
        (("step", "attach", STEP, "--file", circle), str(circle)),
        (("step", "attach", STEP, "--file", tmp_path / ("a" * 300)), "aaa"),
        ((*block, "VNPT", "--reason", "vì \x1b[31mđỏ"), "U+001B"),
        ((*block, "VNPT\u202e", "--reason", "chờ"), "U+202E"),
        ((*block, "VNPT", "--reason", "ạ" * (LONGEST_REASON + 1)), str(LONGEST_REASON)),
        (("user", "disable", LEAD, "--reason", "nghỉ \x1b[2J"), "U+001B"),
    ):
        answer = ward(LEAD, *words)
        assert (answer.code, answer.out) == (2, ""), words
        assert said in answer.complaint, words
    assert ward(LEAD, "step", "show", STEP, "--json").document == before


def test_a_refusal_gives_no_orders_to_the_terminal(ward: Office) -> None:
    for words in (("audit", "show", "--person", "z\x1b[2Jz\u202e"), ("step", "show", STEP, "--as", "z\x1b[2Jz\u202e")):
        answer = ward(LEAD, *words)
        assert answer.code == 2
        assert "z\\u001b[2Jz\\u202e" in answer.complaint


def test_what_is_said_is_kept_composed_and_in_one_line(ward: Office) -> None:
    decomposed = "chơ\u0300\r\n đươ\u0300ng  truyê\u0300n"
    words = ("--unblocker", "VNPT", "--expected", "2025-06-20")
    assert ward(LEAD, "step", "block", STEP, *words, "--reason", decomposed).code == 0
    assert ward(LEAD, "step", "show", STEP, "--json").document["reason"] == "chờ đường truyền"


def test_no_step_on_standard_input_is_said(ward: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nothing = tmp_path / "trong"
    nothing.write_text("\n")
    with nothing.open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        answer = ward(LEAD, "step", "start", "-")
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.complaint.splitlines()) == 1


def test_a_list_for_somebody_shows_only_what_they_may_see(ward: Office) -> None:
    everything = ward("admin", "step", "list", "--json").document
    own = ward("admin", "step", "list", "--as", LEAD, "--json").document
    assert {one["holder"] for one in own} == {SPLIT} < {one["holder"] for one in everything}
    assert ward("admin", "step", "list", "--as", "nguoi.la", "--json").document == []
    assert ward("admin", "step", "list", "--as", LEAD, "--mine", "--json").document == own
