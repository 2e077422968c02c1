"""The steps that stand in somebody's calendar: those of the units they lead, themselves or in an absent lead's name.

Open ones, and those that were settled not long ago. SELECT only.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_, select, union

from checklists.people import PersonRole
from checklists.steps import OPEN
from db.change_models import PlanChangeRow
from db.models import AssignmentRow, ChecklistRow, DecisionRow, StepRow, UnitRow
from db.people import substitutions_of
from db.reach import in_force
from db.step_queries import OWED_BY
from db.work_models import PersonRow, StepHolderRow, StepWorkRow


class DueStep(NamedTuple):
    """A step with a due date. `version` grows with each change, the last of which was at `changed_at`."""

    id: int
    key: str
    occurrence: int
    state: str
    due_on: date
    version: int
    unit: str
    decision: str
    template_hash: str
    changed_at: datetime


_KNOWN = len(DueStep._fields) - 1
"""Behind so many columns stand the instants at which something changed."""


def units_led(connection: Connection, account: str, today: date) -> list[str]:
    """The units of which this person is lead today, or stands in for an absent lead."""
    absent = [one.absent for one in substitutions_of(connection, account, today) if one.substitute == account]
    held = (
        select(AssignmentRow.unit)
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(AssignmentRow.person.in_([account, *absent]), AssignmentRow.role == PersonRole.UNIT_LEAD)
        .where(in_force(today))
        .distinct()
        .order_by(AssignmentRow.unit)
    )
    return list(connection.scalars(held))


def due_steps(connection: Connection, units: list[str], settled_since: datetime) -> list[DueStep]:
    """What these units owe by a day, by day; what is settled only if that was after `settled_since`."""
    decided = select(func.max(PlanChangeRow.committed_at)).where(PlanChangeRow.decision_id == ChecklistRow.decision_id)
    own = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    came = select(StepHolderRow.step_id).where(StepHolderRow.unit.in_(units))
    near = union(own.where(ChecklistRow.unit.in_(units)), came).subquery("near")  # each finds its part by an index
    fresh = or_(StepRow.state.in_(sorted(OPEN)), StepWorkRow.changed_at >= settled_since)
    query = (
        select(
            StepRow.id,
            StepRow.key,
            StepRow.occurrence,
            StepRow.state,
            StepRow.due_on,
            StepRow.version,
            UnitRow.name,
            DecisionRow.number,
            ChecklistRow.template_hash,
            ChecklistRow.opened_at,
            StepWorkRow.changed_at,
            StepHolderRow.moved_at,
            decided.scalar_subquery(),
        )
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(StepWorkRow, StepWorkRow.step_id == StepRow.id, isouter=True)
        .join(UnitRow, UnitRow.key == OWED_BY)
        .where(StepRow.id.in_(select(near.c[0])), OWED_BY.in_(units), fresh, StepRow.due_on.is_not(None))
        .order_by(StepRow.due_on, StepRow.id)
    )
    found = []
    rows: Any = connection.execute(query)
    for row in rows:
        latest = max(one for one in row[_KNOWN:] if one is not None)
        found.append(DueStep._make([*row[:_KNOWN], latest]))
    return found
