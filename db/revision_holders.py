"""Open steps that moved to a successor under a map or a date that no longer holds: they lie with their own unit again.

A step moves once its unit has ended (`db.succession_of_work`). When an amended decision says that the unit ends later,
or hands over to others, the next run of that succession moves the step anew, by the map as it is then.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, delete, select

from checklists.decisions import MergerDecision
from checklists.steps import OPEN
from db.bulk import in_parts
from db.models import ChecklistRow, StepRow, table_of
from db.work_models import StepHolderRow

_HOLDER = table_of(StepHolderRow)
_OPEN = sorted(one.value for one in OPEN)


def work_to_return(
    connection: Connection, decision_id: int, before: MergerDecision, after: MergerDecision, today: date
) -> dict[int, str]:
    """The open steps that were moved on grounds that are gone, each with the unit that holds it."""
    query = (
        select(StepHolderRow.step_id, StepHolderRow.unit, ChecklistRow.unit.label("own"))
        .join(StepRow, StepRow.id == StepHolderRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(ChecklistRow.decision_id == decision_id, StepRow.state.in_(_OPEN))
        .order_by(StepHolderRow.step_id)
    )
    was, becomes = _map(before), _map(after)
    not_yet = after.operational > today
    return {
        row.step_id: row.unit
        for row in connection.execute(query)
        if not_yet or was.get(row.own) != becomes.get(row.own)
    }


def return_work(connection: Connection, steps: Collection[int]) -> None:
    """Take these steps back from who holds them."""
    for part in in_parts(sorted(steps)):
        connection.execute(delete(_HOLDER).where(_HOLDER.c.step_id.in_(part)))


def _map(decision: MergerDecision) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in decision.successions:
        found.setdefault(row.predecessor, set()).add(row.successor)
    return found
