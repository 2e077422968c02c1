"""The whole country: all 35 decisions of 2025, opened on both databases, row for row as planned."""

from __future__ import annotations

from collections import Counter

import pytest
from builders import draft, open_all, register
from exactness import assert_exactly_the_plan, rows_of
from sqlalchemy import func, select

from bangiao.decision_files import read_decision
from bangiao.register_files import decision_files
from bangiao.wiring import Wiring
from checklists.handlers import Outcome
from db.models import ChecklistRow, DecisionRow, EventRow, NeedRow, OutboxRow, StepRow, UnitRow
from db.session import begin_read

pytestmark = pytest.mark.slow

UNITS = {"province": 97, "district": 696, "commune": 13_356}
"""Old and new units of the register together; an unchanged unit counts twice there and takes part once."""


def test_all_decisions_of_2025_open_exactly_as_planned(wiring: Wiring) -> None:
    outcomes: list[Outcome] = []
    for file in decision_files():
        decision = read_decision(file)
        drafted = draft(wiring, decision)
        outcomes.append(register(wiring, decision.number, drafted.summary.hash))
    assert len(outcomes) == 35
    for one in outcomes:
        open_all(wiring, one.decision_id)

    for one in outcomes:
        assert_exactly_the_plan(wiring, one.decision_id)
    assert rows_of(wiring, DecisionRow, ChecklistRow, StepRow, NeedRow, OutboxRow) == {
        "decision": 35,
        "checklist": sum(one.summary.total_checklists for one in outcomes),
        "step": sum(one.summary.total_steps for one in outcomes),
        "need": sum(one.summary.needs for one in outcomes),
        "outbox": 2 * 35,  # registered → open-checklists, opened → move-work
    }
    assert_no_number_repeats(wiring)
    assert_everybody_is_concerned(wiring, outcomes)


def assert_no_number_repeats(wiring: Wiring) -> None:
    """No unit has a step twice in one decision; that no number stands twice is the primary key's word."""
    with begin_read(wiring.engine) as connection:
        twice = (
            select(ChecklistRow.unit, StepRow.key, StepRow.counterpart, ChecklistRow.decision_id)
            .join(StepRow, StepRow.checklist_id == ChecklistRow.id)
            .group_by(ChecklistRow.unit, StepRow.key, StepRow.counterpart, ChecklistRow.decision_id)
            .having(func.count() > 1)
        )
        assert connection.execute(twice).all() == []


def assert_everybody_is_concerned(wiring: Wiring, outcomes: list[Outcome]) -> None:
    """Every unit of the register, but the old records of unchanged units, has its checklists."""
    with begin_read(wiring.engine) as connection:
        held = {
            level: count
            for level, count in Counter(connection.scalars(select(UnitRow.level))).items()
            if level != "ministry"
        }
        concerned = set(connection.scalars(select(ChecklistRow.unit).distinct()))
        others = set(connection.scalars(select(UnitRow.key).where(UnitRow.level != "ministry"))) - concerned
        events = Counter(connection.scalars(select(EventRow.type)))
    assert held == UNITS
    unchanged = sum(one.summary.units[(level, "unchanged")] for one in outcomes for level in ("province", "commune"))
    assert all(key.startswith("old:") for key in others)
    assert len(others) == unchanged
    assert events == {
        "decision.drafted": 35,
        "decision.registered": 35,
        "decision.opened": 35,
        "checklist.opened": sum(one.summary.total_checklists for one in outcomes),
    }
