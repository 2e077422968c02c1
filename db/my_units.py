"""The units somebody answers for, with what is open there: the first thing a unit lead sees. SELECT only."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, or_, select

from checklists.people import EVERYWHERE
from checklists.steps import OPEN, SETTLED, StepState
from db.models import AssignmentRow, ChecklistRow, StepRow, UnitRow
from db.reach import in_force
from db.work_models import PersonRow, StepHolderRow, SubstitutionRow


class MyUnit(NamedTuple):
    """One unit with the counts of its steps. `absent`: in whose name, during an absence."""

    key: str
    name: str
    role: str
    absent: str | None
    steps: int
    settled: int
    overdue: int
    to_do: int
    to_verify: int


def my_units(connection: Connection, account: str, today: date) -> list[MyUnit]:
    """Where this person holds a role themselves, or stands in for somebody; worst first. Not what lies below."""
    found: dict[tuple[str, str, str | None], str] = {}
    for whose, absent in [(account, None), *((one, one) for one in _absent(connection, account, today))]:
        held = (
            select(UnitRow.key, UnitRow.name, AssignmentRow.role)
            .join(AssignmentRow, AssignmentRow.unit == UnitRow.key)
            .join(PersonRow, PersonRow.account == AssignmentRow.person)
            .where(AssignmentRow.person == whose, AssignmentRow.unit != EVERYWHERE, in_force(today))
        )
        found |= {(row.key, row.role, absent): row.name for row in connection.execute(held)}
    counts = _counts(connection, sorted({key for key, _role, _absent in found}), today)
    units = [MyUnit(key, name, role, absent, *counts[key]) for (key, role, absent), name in found.items()]
    return sorted(units, key=lambda one: (-one.overdue, -one.to_do, one.name, one.key, one.role))


def _absent(connection: Connection, account: str, today: date) -> list[str]:
    these = and_(SubstitutionRow.since <= today, SubstitutionRow.until >= today)
    return list(connection.scalars(select(SubstitutionRow.absent).where(SubstitutionRow.substitute == account, these)))


def _counts(connection: Connection, keys: list[str], today: date) -> dict[str, tuple[int, int, int, int, int]]:
    """Of each unit: steps it owes, settled, overdue, to be done now, waiting for a second person."""
    if not keys:
        return {}
    owed = {key: [0, 0, 0, 0, 0] for key in keys}
    theirs = and_(ChecklistRow.unit.in_(keys), StepHolderRow.unit.is_(None))
    moved = StepHolderRow.unit.in_(keys)
    late = and_(StepRow.due_on < today, StepRow.state.in_(OPEN))
    unit = func.coalesce(StepHolderRow.unit, ChecklistRow.unit)
    query = (
        select(
            unit,
            func.count(),
            func.sum(case((StepRow.state.in_(SETTLED), 1), else_=0)),
            func.sum(case((late, 1), else_=0)),
            func.sum(case((StepRow.state.in_((StepState.READY, StepState.IN_PROGRESS)), 1), else_=0)),
            func.sum(case((StepRow.state == StepState.SUBMITTED, 1), else_=0)),
        )
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(or_(theirs, moved), StepRow.state != StepState.CANCELLED)
        .group_by(unit)
    )
    for key, *counts in connection.execute(query):
        owed[key] = [int(one or 0) for one in counts]
    return {key: (one[0], one[1], one[2], one[3], one[4]) for key, one in owed.items()}
