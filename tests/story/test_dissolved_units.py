"""A ward ceases to exist in the night; in the morning its open work is with those who follow it."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import SPLIT, altered, own_decision, succession, write_decision
from conftest import Office
from exactness import everything

from checklists.decisions import MergerDecision

SECRETARY, CHAIR, LEAD = "thu-ky", "chu-tich", "truong-phuong"
WHOLE = "old:00004"
SMALL = own_decision(predecessors=[SPLIT, WHOLE])
MORNING_AFTER = "2025-07-01T07:30:00+07:00"


def open_for(bangiao: Office, folder: Path, decision: MergerDecision) -> None:
    """Drafted, registered by a second person, and opened by the worker."""
    file = write_decision(folder, decision)
    drafted = bangiao(SECRETARY, "decision", "draft", file, "--json").document
    done = bangiao(CHAIR, "decision", "register", decision.number, "--plan-hash", drafted["plan_hash"])
    assert done.code == 0
    bangiao.worker_comes()


def counted(bangiao: Office) -> dict[str, int]:
    with bangiao.wiring() as wiring:
        return everything(wiring)


@pytest.fixture
def office(bangiao: Office, tmp_path: Path) -> Office:
    open_for(bangiao, tmp_path, SMALL)
    return bangiao


def test_the_committee_sees_in_june_what_happens_in_july(office: Office) -> None:
    before = counted(office)
    early = office(CHAIR, "decision", "move-work", SMALL.number)
    assert early.code == 2
    assert "30/06/2025" in early.complaint
    assert f"bangiao decision move-work {SMALL.number} --dry-run" in early.complaint
    shown = office(CHAIR, "decision", "move-work", SMALL.number, "--dry-run")
    assert shown.code == 0
    for words in ("tính đến ngày 01/07/2025", "Sẽ chuyển", "khoản 8 Điều 54", "Thành phố Hà Nội", "Chưa ghi gì"):
        assert words in shown.said
    english = office(CHAIR, "decision", "move-work", SMALL.number, "--dry-run", language="en")
    assert "2 dissolved units would move to 7 units" in english.said
    assert "Law 72/2025/QH15, art. 54.8" in english.said
    assert counted(office) == before


def test_on_the_first_morning_everything_is_with_those_who_follow(office: Office) -> None:
    planned = office(CHAIR, "decision", "move-work", "--all", "--dry-run", "--json").document
    office.clock = MORNING_AFTER
    moved = office(CHAIR, "decision", "move-work", "--all", "--json").document
    assert moved["decisions"] == planned["decisions"]
    assert (planned["dry_run"], moved["dry_run"]) == (True, False)
    (report,) = moved["decisions"]
    assert (report["as_of"], report["could_not_move"], report["stays"]) == ("2025-07-01", 0, [])
    assert sum(one["count"] for one in report["moves"]) == report["moved"] > 0
    to = {(one["from"], one["to"], one["ground"]) for one in report["moves"]}
    assert (WHOLE, "new:00004", "sole_successor") in to
    assert (SPLIT, "new:01", "two_or_more_successors") in to
    assert {one[1] for one in to if one[0] == SPLIT and one[2] == "counterpart"} == {
        row.successor for row in SMALL.successions if row.predecessor == SPLIT
    }

    # A second run, by hand or by night, finds nothing.
    before = counted(office)
    again = office(CHAIR, "decision", "move-work", SMALL.number)
    assert (again.code, "Không có gì để chuyển" in again.said) == (0, True)
    assert "không có gì để chuyển: 1" in office(CHAIR, "decision", "move-work", "--all").said
    assert counted(office) == before


def test_a_unit_reads_what_it_has_taken_over(office: Office) -> None:
    assert office(LEAD, "status", "--unit", "new:00004", "--json").document["held_from_others"] == []
    office.clock = MORNING_AFTER
    office(CHAIR, "decision", "move-work", SMALL.number)
    page = office(LEAD, "status", "--unit", "new:00004").said
    assert "Các bước tiếp nhận từ đơn vị kết thúc hoạt động" in page
    assert f"Phường Trúc Bạch ({WHOLE})" in page
    assert "01/07/2025" in page
    province = office(LEAD, "status", "--unit", "new:01", language="en").said  # it has no checklist of its own here
    assert "Steps taken over from dissolved units" in province
    assert f"Phường Đại Mỗ ({SPLIT})" in province
    assert "No checklist is open" not in province
    held = office(LEAD, "status", "--unit", "new:01", "--json").document["held_from_others"]
    assert {(one["unit"], one["decision"], one["ground"]) for one in held} == {
        (SPLIT, SMALL.number, "two_or_more_successors")
    }


def test_what_nobody_can_be_found_for_is_said_and_the_exit_code_says_it_too(bangiao: Office, tmp_path: Path) -> None:
    rows = (succession("old:01", "new:01", "part", "part"), succession("old:01", "new:24", "part", "part"))
    decision = altered(SMALL, number="03/QĐ-TN", province=None, successions=rows)
    open_for(bangiao, tmp_path, decision)
    bangiao.clock = MORNING_AFTER
    for language, words in (("vi", "không cùng một tỉnh, thành phố"), ("en", "have no province in common")):
        found = bangiao(CHAIR, "decision", "move-work", "03/QĐ-TN", language=language)
        assert found.code == 3
        assert words in found.said
        assert "old:01" in found.said
    (report,) = bangiao(CHAIR, "decision", "move-work", "--all", "--json").document["decisions"]
    assert {(one["unit"], one["reason"]) for one in report["stays"]} == {("old:01", "several_provinces")}
    assert report["could_not_move"] == sum(one["count"] for one in report["stays"]) > 0


def test_typed_wrongly_it_says_what_is_wrong(office: Office) -> None:
    for words in ((), (SMALL.number, "--all")):
        refused = office(CHAIR, "decision", "move-work", *words)
        assert (refused.code, "--all" in refused.complaint) == (2, True)
    unknown = office(CHAIR, "decision", "move-work", "99/KHÔNG-CÓ")
    assert (unknown.code, "99/KHÔNG-CÓ" in unknown.complaint) == (2, True)
