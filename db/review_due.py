"""Which steps are to be reviewed now, and on which ladders open steps stand. SELECT only.

A step has a row in `review` from the first time its due date comes near; from then on it is found by its next instant.
Steps that are new there, or that changed since, are found among those whose due date is near or past: what that costs
depends on how many are due, not on how many there are.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select

from checklists.steps import OPEN
from db.models import ChecklistRow, StepRow, TemplateRow
from db.notice_models import NotificationRow, ReviewRow
from db.work_models import StepHolderRow

_OPEN = [one.value for one in OPEN]


def due_steps(connection: Connection, now: datetime, near: date) -> list[int]:
    """Numbers of the steps to be reviewed at `now`, in order; due dates up to `near` are taken in.

    A step that changed since its review is due at once; also one that is settled or was moved far ahead, as long as
    something is planned for it and not said: it may not be wanted any more.
    """
    found = [number for query in due_queries(now, near) for number in connection.scalars(query).all()]
    return sorted(set(found))


def due_queries(now: datetime, near: date) -> list[Select[Any]]:
    """One question for each ground, not a union: to sort it, SQLite would read all steps in the order of their numbers
    instead of the few that an index finds."""
    seen_otherwise = or_(ReviewRow.version != StepRow.version, ReviewRow.due_on.is_distinct_from(StepRow.due_on))
    timed = select(ReviewRow.step_id).where(ReviewRow.next_at <= now)
    unsaid = (
        select(NotificationRow.step_id)
        .join(ReviewRow, ReviewRow.step_id == NotificationRow.step_id)
        .where(NotificationRow.state == "pending", _of_its_step(seen_otherwise))
    )
    taken_in = (
        select(StepRow.id)
        .join(ReviewRow, ReviewRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.due_on <= near, StepRow.state.in_(_OPEN), or_(ReviewRow.step_id.is_(None), seen_otherwise))
    )
    return [timed, unsaid, taken_in]


def _of_its_step(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Asked of the step of a review, which is looked up by its key: of a join, PostgreSQL makes a walk over all steps
    as long as it believes that much is pending, which after a large review it does until it has counted again."""
    return select(condition).where(StepRow.id == ReviewRow.step_id).correlate(ReviewRow).scalar_subquery().is_(True)


def open_ladders(connection: Connection, decision_id: int | None = None) -> list[tuple[int, str, str]]:
    """Decision, template and holder, each once, of all that is open: checklists of which a step is still the unit's
    own, and steps that have moved to another holder."""
    open_step = (StepRow.checklist_id == ChecklistRow.id, StepRow.state.in_(_OPEN))
    moved = exists().where(StepHolderRow.step_id == StepRow.id).correlate(StepRow)
    own = (
        select(ChecklistRow.decision_id, TemplateRow.slug, ChecklistRow.unit)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .where(exists().where(*open_step, ~moved).correlate(ChecklistRow))
    )
    others = (
        select(ChecklistRow.decision_id, TemplateRow.slug, StepHolderRow.unit)
        .distinct()
        .select_from(StepHolderRow)
        .join(StepRow, StepRow.id == StepHolderRow.step_id)
        .join(ChecklistRow, and_(*open_step))
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
    )
    found: dict[tuple[int, str, str], None] = {}
    for query in (own, others):
        of_one = query if decision_id is None else query.where(ChecklistRow.decision_id == decision_id)
        rows: Any = connection.execute(of_one).tuples()
        found |= dict.fromkeys(map(tuple, rows))
    return list(found)
