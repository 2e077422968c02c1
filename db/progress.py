"""How far the steps are: counts by level, state and due date, and the overdue ones. SELECT only."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from checklists.steps import OPEN
from db.models import ChecklistRow, StepRow, TemplateRow, UnitRow
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow, StepWorkRow


class OverdueStep(NamedTuple):
    """A step whose due date is past."""

    due_on: date
    unit: str
    name: str
    holder: str
    step: str
    counterpart: str
    state: str
    overdue_at_birth: bool


def step_counts(connection: Connection, decision_id: int | None, unit: str | None) -> list[tuple[str, str, int, int]]:
    """(level, template slug, checklists, steps) of what is open."""
    query: Select[*tuple[Any, ...]] = (
        select(UnitRow.level, TemplateRow.slug, func.count(), func.sum(ChecklistRow.steps))
        .select_from(ChecklistRow)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .group_by(UnitRow.level, TemplateRow.slug)
    )
    return [
        (level, slug, count, int(steps))
        for level, slug, count, steps in connection.execute(_within(query, decision_id, unit))
    ]


def state_counts(connection: Connection, decision_id: int | None, unit: str | None) -> dict[str, int]:
    """State → steps."""
    query: Select[*tuple[Any, ...]] = select(StepRow.state, func.count()).group_by(StepRow.state)
    if decision_id is not None or unit is not None:
        query = query.join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    return {row[0]: row[1] for row in connection.execute(_within(query, decision_id, unit))}


def clock_stopped() -> ColumnElement[bool]:
    """Whether the step is blocked and, by the policy when it was, does not count as overdue meanwhile.

    Looked up by its key for blocked steps only: of an EXISTS, PostgreSQL makes a walk over all that was ever said.
    """
    runs = select(StepWorkRow.clock_runs).where(StepWorkRow.step_id == StepRow.id).correlate(StepRow)
    return and_(StepRow.state == "blocked", runs.scalar_subquery().is_(False))


def due_counts(connection: Connection, decision_id: int | None, unit: str | None) -> list[tuple[date | None, int, int]]:
    """(due date, open steps, of which waiting) by date; None first: no date."""
    waiting = func.sum(case((StepRow.state == "waiting", 1), else_=0))
    query: Select[*tuple[Any, ...]] = (
        select(StepRow.due_on, func.count(), waiting)
        .where(StepRow.state.in_(OPEN))
        .group_by(StepRow.due_on)
        .order_by(StepRow.due_on)
    )
    if decision_id is not None or unit is not None:
        query = query.join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    return [(row[0], row[1], int(row[2])) for row in connection.execute(_within(query, decision_id, unit))]


def overdue_steps(connection: Connection, decision_id: int | None, unit: str | None, today: date) -> list[OverdueStep]:
    """Open steps whose due date is past, oldest first, then by unit and step; not those whose clock is stopped."""
    query: Select[*tuple[Any, ...]] = (
        select(
            StepRow.due_on,
            ChecklistRow.unit,
            UnitRow.name,
            OWED_BY,
            StepRow.key,
            StepRow.counterpart,
            StepRow.state,
            StepRow.overdue_at_birth,
        )
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(UnitRow, UnitRow.key == ChecklistRow.unit)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.due_on < today, StepRow.state.in_(OPEN), ~clock_stopped())
        .order_by(StepRow.due_on, UnitRow.sort_key, StepRow.id)
    )
    if unit is not None:
        query = query.where(OWED_BY.in_([unit]))
    return [OverdueStep(*row) for row in connection.execute(_within(query, decision_id, None))]


def _within(query: Select[*tuple[Any, ...]], decision_id: int | None, unit: str | None) -> Select[*tuple[Any, ...]]:
    if decision_id is not None:
        query = query.where(ChecklistRow.decision_id == decision_id)
    return query if unit is None else query.where(ChecklistRow.unit == unit)
