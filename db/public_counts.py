"""Counts for everybody, as of the end of a day: how many steps each unit had, settled, settled in time, left overdue.
SELECT only; no person, reason, file or title is read.

steps, and when events say that they were finished → **counts** → `checklists.public_figures`. Whoever holds a step
owes it. Finished is when it was completed or, if later, verified, as in evidence packages (`db.package_steps`).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, func, literal, or_, select

from checklists.deadlines import VIETNAM, local_date
from checklists.events import STEP_COMPLETED, STEP_VERIFIED
from checklists.public_figures import Figures
from checklists.steps import SETTLED, StepState
from db.models import ChecklistRow, EventRow, Instant, StepRow, TemplateRow
from db.progress import clock_stopped
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow


class UnitCount(NamedTuple):
    """Of one unit, one kind of work (the template's name)."""

    unit: str
    kind: str
    figures: Figures


def public_counts(connection: Connection, until: datetime) -> list[UnitCount]:
    """Of every unit with a checklist, as it was at `until`, the first moment of a day in Viet Nam."""
    finished = _finished()
    sums = _sums(connection, until, finished)
    query = (
        select(OWED_BY, TemplateRow.slug, *sums)
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(finished, finished.c.step_id == StepRow.id, isouter=True)
        .where(StepRow.state != StepState.CANCELLED, ChecklistRow.opened_at < until)
        .group_by(OWED_BY, TemplateRow.slug)
    )
    return [UnitCount(row[0], row[1], Figures(*map(int, row[2:]))) for row in connection.execute(query)]


def _finished() -> Subquery:
    kinds = (STEP_COMPLETED, STEP_VERIFIED)
    return (
        select(EventRow.step_id, func.max(EventRow.occurred_at).label("at"))
        .where(EventRow.step_id.is_not(None), EventRow.type.in_(kinds))
        .group_by(EventRow.step_id)
        .subquery()
    )


def _sums(connection: Connection, until: datetime, finished: Subquery) -> list[ColumnElement[Any]]:
    """In the order of `Figures`. What was settled later was open then."""
    settled, at = StepRow.state.in_(sorted(SETTLED)), finished.c.at
    done = and_(settled, or_(at.is_(None), at < until))
    past = and_(StepRow.due_on < local_date(until), ~and_(StepRow.state == StepState.BLOCKED, clock_stopped()))
    counts = and_(past, ~StepRow.overdue_at_birth, or_(~settled, at.is_not(None)))
    in_time = and_(counts, settled, at < _end_of_due_day(connection, until))

    def many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    return [func.count(), many(done), many(counts), many(in_time), many(and_(past, ~done))]


def _end_of_due_day(connection: Connection, until: datetime) -> ColumnElement[datetime]:
    """The instant at which a step's due day ends. There are few due dates, and databases reckon with zones each in its
    own way: so each day that is past is named with its end."""
    query = select(StepRow.due_on).where(StepRow.due_on < local_date(until)).distinct()
    ends = {one: literal(end_of(one), Instant()) for one in connection.scalars(query) if one}
    return case(ends, value=StepRow.due_on) if ends else literal(until, Instant())


def end_of(day: date) -> datetime:
    """The first instant after that day in Viet Nam."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), VIETNAM)
