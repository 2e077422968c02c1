"""Changing opened decisions in tests: drafting and committing, and what must hold afterwards.

After every change the steps on record are compared with a plan made afresh from what the decision says now.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from builders import SPLIT, own_decision, write_decision
from consistency import assert_events_tell_the_states, assert_steps_consistent
from offices import opened
from sqlalchemy import select

from bangiao import revisions
from bangiao.wiring import Wiring
from checklists.change_handlers import ChangeOutcome, ChangeResult
from checklists.decisions import MergerDecision
from checklists.plan import Plan
from checklists.step_numbers import CHECKLIST_SHIFT
from db.models import DecisionRow
from db.session import begin_read

WHOLE = "old:00004"
"""A ward that goes whole into another."""

NUMBER = "01/QĐ-TN"
SECRETARY, CHAIR = "thu-ky", "chu-tich"


def two_communes(wiring: Wiring) -> int:
    """An office: one commune divided among five and one that goes whole, with their checklists open; the decision."""
    return opened(wiring, [SPLIT, WHOLE], NUMBER)


def text(**changes: Any) -> MergerDecision:
    return own_decision(NUMBER, predecessors=[SPLIT, WHOLE], **changes)


def amended(folder: Path, wiring: Wiring, decision: MergerDecision, by: str = SECRETARY) -> ChangeOutcome:
    """Somebody drafts the amended text."""
    wanted = revisions.amendment(wiring, write_decision(folder, decision, f"{len(list(folder.iterdir()))}.json"))
    return revisions.draft(wiring, wanted, reason="lùi ngày hoạt động", by=by)


def committed(wiring: Wiring, outcome: ChangeOutcome) -> ChangeOutcome:
    """The second person commits it; all that always holds is checked."""
    assert outcome.change
    done = revisions.commit_drafted(wiring, outcome.number, outcome.change.hash, by=CHAIR)
    assert done.result is ChangeResult.COMMITTED
    assert_as_planned(wiring, outcome.number)
    return done


Row = tuple[str, str, str, str]


def assert_as_planned(wiring: Wiring, number: str) -> None:
    """Open steps are those of a plan made afresh, with its dates and needs; and every rule of steps holds."""
    with begin_read(wiring.engine) as connection:
        assert_steps_consistent(connection)
        assert_events_tell_the_states(connection)
        decision = connection.execute(select(DecisionRow.id, DecisionRow.state).where(DecisionRow.number == number))
        decision_id, state = decision.one()
    record = steps_of(wiring, decision_id)
    if state == "revoked":
        assert {one["state"] for one in record.values()} <= {"done", "not_applicable", "cancelled"}
        return
    plan = planned_steps(wiring, number)
    open_ones = {
        slot: one for slot, one in record.items() if one["state"] not in {"done", "not_applicable", "cancelled"}
    }
    assert open_ones.keys() <= plan.keys()
    assert {slot for slot in plan if slot not in record or record[slot]["state"] == "cancelled"} == set()
    assert {slot: one["due"] for slot, one in open_ones.items()} == {slot: plan[slot][0] for slot in open_ones}
    assert {slot: one["needs"] for slot, one in open_ones.items()} == {slot: plan[slot][1] for slot in open_ones}


def planned_steps(wiring: Wiring, number: str) -> dict[Row, tuple[date | None, set[Row]]]:
    """By slot: due date, and the slots that are needed."""
    with begin_read(wiring.engine) as connection:
        found = revisions.desk_on(wiring, connection).decision(number)
        assert found
        versions = tuple(found.held.summary.templates.values())
        plan = wiring.planning_with(connection, found.calendar, versions).plan(found.held.decision, found.held.facts)
    assert found.held.summary.content_hash == found.held.decision.content_hash
    slots = dict(_slots(plan))
    return {
        slots[(one.number << CHECKLIST_SHIFT) + step.place]: (step.due_on, {slots[need] for need in step.needs})
        for one in plan.checklists()
        for step in one.steps
    }


def _slots(plan: Plan) -> Iterator[tuple[int, Row]]:
    for one in plan.checklists():
        for step in one.steps:
            slot = (one.unit, plan.templates[one.template].template, step.template.key, step.counterpart or "")
            yield (one.number << CHECKLIST_SHIFT) + step.place, slot


def steps_of(wiring: Wiring, decision_id: int) -> dict[Row, dict[str, Any]]:
    """The steps on record by slot; of a step that came more than once, the last."""
    with begin_read(wiring.engine) as connection:
        standing = revisions.desk_on(wiring, connection).standing(decision_id)
    slots = {number: slot for one in standing.checklists.values() for number, slot in standing.slots(one).items()}
    return {
        (one.unit, one.slug, *place): {
            "id": times[-1].id,
            "state": times[-1].state,
            "due": times[-1].due_on,
            "occurrence": times[-1].occurrence,
            "deadline": times[-1].deadline,
            "version": times[-1].version,
            "needs": {slots[need] for need in standing.needs.get(times[-1].id, ())},
        }
        for one in standing.checklists.values()
        for place, times in one.series.items()
    }


def of_unit(steps: dict[Row, dict[str, Any]], unit: str) -> dict[Row, dict[str, Any]]:
    return {slot: one for slot, one in steps.items() if slot[0] == unit}


def ready_steps(wiring: Wiring, decision_id: int, unit: str, due: date | None = None) -> list[int]:
    """Numbers of a unit's steps that can be worked on and do not come back."""
    with begin_read(wiring.engine) as connection:
        templates = wiring.planning(connection).templates
    again = {step.key for template in templates for step in template.steps if step.recurrence}
    return [
        one["id"]
        for slot, one in of_unit(steps_of(wiring, decision_id), unit).items()
        if one["state"] == "ready" and slot[2] not in again and (due is None or one["due"] == due)
    ]
