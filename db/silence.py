"""Who owes work and when they last spoke, for the whole country in two statements; `checklists.silence` judges.

Whoever holds a step today owes it (`step_holder`); what was said of it before it moved is the word of its old unit.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, and_, case, func, select

from checklists.events import STEP_OPENED, STEP_UNLOCKED
from checklists.silence import OwingUnit
from checklists.steps import StepState
from checklists.units import UnitKey
from db.models import ChecklistRow, EventRow, StepRow, UnitRow
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow, StepWorkRow

_TO_DO = (StepState.READY.value, StepState.IN_PROGRESS.value)
_PROGRAM = "bangiao"


def owing_units(
    connection: Connection, today: date, *, decision_id: int | None = None, unit: str | None = None
) -> list[OwingUnit]:
    """The units with steps that can be worked on now, by key."""
    words = _last_words(connection)
    came_up = (
        select(func.max(EventRow.occurred_at))
        .where(EventRow.step_id == StepRow.id, EventRow.type.in_((STEP_OPENED, STEP_UNLOCKED)))
        .scalar_subquery()
    )
    # what was there at the opening and nobody touched has no such event: most steps need no look at all
    untouched = and_(StepRow.occurrence == 1, StepRow.version == 1)
    here = case((untouched, ChecklistRow.opened_at), else_=func.coalesce(came_up, ChecklistRow.opened_at))
    since = case((StepHolderRow.moved_at > here, StepHolderRow.moved_at), else_=here)
    late = func.sum(case((StepRow.due_on < today, 1), else_=0))
    query = (
        select(OWED_BY.label("unit"), func.min(since).label("since"), func.count().label("open"), late.label("overdue"))
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.state.in_(_TO_DO))
        .group_by(OWED_BY)
    )
    if decision_id is not None:
        query = query.where(ChecklistRow.decision_id == decision_id)
    if unit is not None:
        query = query.where(OWED_BY.in_((unit,)))
    found = query.subquery()
    named = select(found, UnitRow.name).join(UnitRow, UnitRow.key == found.c.unit).order_by(found.c.unit)
    return [
        OwingUnit(UnitKey(row.unit), row.name, words.get(row.unit), row.since, row.open, int(row.overdue))
        for row in connection.execute(named)
    ]


def _last_words(connection: Connection) -> dict[str, datetime]:
    """Unit → when a person last acted on a step of it. A step that waits again was changed by an act on another one."""
    moved_since = StepWorkRow.changed_at < StepHolderRow.moved_at
    speaker = case((moved_since, ChecklistRow.unit), else_=OWED_BY)
    query = (
        select(speaker, func.max(StepWorkRow.changed_at))
        .select_from(StepWorkRow)
        .join(StepRow, StepRow.id == StepWorkRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepWorkRow.changed_by != _PROGRAM, StepRow.state != StepState.WAITING.value)
        .group_by(speaker)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
