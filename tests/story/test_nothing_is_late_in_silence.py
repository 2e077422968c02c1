"""A ward forgets a step: it is reminded, those above hear of it, somebody answers, and nobody is told twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import SPLIT, own_decision, write_decision
from conftest import Office

SECRETARY, CHAIR, LEAD = "thu-ky", "chu-tich", "truong-phuong"
STEP = f"{SPLIT}/DAT-02"
"""Due on Monday 23 June 2025, so that its ladder falls on 18, 23, 24 and 26 June."""


@pytest.fixture
def office(bangiao: Office, tmp_path: Path) -> Office:
    decision = own_decision(predecessors=[SPLIT])
    drafted = bangiao(SECRETARY, "decision", "draft", write_decision(tmp_path, decision), "--json").document
    assert bangiao(CHAIR, "decision", "register", decision.number, "--plan-hash", drafted["plan_hash"]).code == 0
    bangiao.worker_comes()
    for account, role, unit in ((LEAD, "unit_lead", SPLIT), (CHAIR, "committee", "new:01")):
        bangiao(SECRETARY, "user", "add", account, "--name", account)
        added = bangiao(SECRETARY, "user", "assign", account, "--role", role, "--unit", unit, "--since", "2025-06-01")
        assert added.code == 0, added.complaint
    return bangiao


def levels(bangiao: Office, moment: str, *options: str) -> dict[str, list[str]]:
    """A review at that moment: what is said of the step, and to whom."""
    bangiao.clock = f"2025-06-{moment}:00+07:00"
    document: Any = bangiao(SECRETARY, "review-deadlines", "--json", *options).document
    mine = [one for one in document["levels"] if one["name"].startswith("DAT-02,")]
    return {one["level"]: [who["account"] for who in one["to"]] for one in mine}


def test_from_reminder_to_the_city_each_is_told_once_and_an_answer_rests_the_climb(office: Office) -> None:
    assert levels(office, "17T09:00") == {}
    assert levels(office, "18T08:00", "--dry-run") == levels(office, "18T08:00") == {"due-soon": [LEAD]}
    assert levels(office, "18T08:05") == {}
    assert levels(office, "23T08:00") == {"due-today": [LEAD]}
    assert levels(office, "24T08:00") == {"unit-above": [CHAIR]}

    answered = office(LEAD, "step", "acknowledge", STEP, "--expected", "2025-06-27", "--words", "đang rà soát máy chủ")
    assert "27/06/2025" in answered.said
    assert "đang rà soát máy chủ" in office(LEAD, "step", "show", STEP).said
    assert levels(office, "26T08:00") == levels(office, "27T17:00") == {}
    assert levels(office, "30T08:00") == {"provincial-chair": [CHAIR]}
    history = office(CHAIR, "audit", "show", STEP).said
    assert LEAD in history
    assert "đang rà soát máy chủ" in history


def test_who_has_nothing_to_do_with_a_step_cannot_promise_it(office: Office) -> None:
    levels(office, "23T08:00")
    refused = office("nguoi-la", "step", "acknowledge", STEP, "--expected", "2025-06-27", "--words", "để tôi")
    assert refused.code == 1
    assert "không được nhắc" in refused.complaint
    late = office(LEAD, "step", "acknowledge", STEP, "--expected", "2025-06-20", "--words", "xong rồi")
    assert late.code == 2


def test_the_days_to_come_can_be_seen_and_nothing_is_written(office: Office) -> None:
    said = office(CHAIR, "simulate", "--from", "2025-06-17", "--to", "2025-07-31").said
    assert "DAT-02" in said
    document: Any = office(CHAIR, "simulate", "--to", "2025-06-30", "--json").document
    assert [one["level"] for one in document if one["name"].startswith("DAT-02,")] == [
        "due-soon",
        "due-today",
        "unit-above",
        "provincial-chair",
    ]
    assert levels(office, "18T08:00") == {"due-soon": [LEAD]}


def test_levels_that_would_reach_nobody_are_named_while_there_is_time(office: Office) -> None:
    found = office(CHAIR, "review-deadlines", "--reachability", "--json")
    assert found.code == 3
    units: Any = found.document
    assert {one["unit"] for one in units} >= {SPLIT}
    assert all(one["levels"] and one["name"] for one in units)
    assert "Phường" in office(CHAIR, "review-deadlines", "--reachability").said


def test_another_time_than_now_is_for_trials_only(office: Office) -> None:
    refused = office(CHAIR, "review-deadlines", "--at", "2025-06-24T08:00:00+07:00")
    assert refused.code == 2
    assert "--dry-run" in refused.complaint
