"""Steps in the order of their numbers, which never changes: for programs that read all of them, part by part. SELECT
only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from checklists.steps import OPEN, SETTLED, StepState
from db.models import ChecklistRow, DecisionRow, StepRow, TemplateRow, UnitRow, table_of
from db.progress import clock_stopped
from db.statements import among
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow


@dataclass(frozen=True, slots=True)
class Asked:
    """Empty texts and None narrow nothing. `units`: those that owe them."""

    units: Collection[str] | None
    state: str = ""
    decision: str = ""
    stream: str = ""
    key: str = ""
    due_from: date | None = None
    due_until: date | None = None


class PagedStep(NamedTuple):
    """A step in a list. `unit`: who owes it today."""

    id: int
    version: int
    key: str
    occurrence: int
    template_hash: str
    stream: str
    counterpart: str
    state: str
    due_on: date | None
    open_needs: int
    unit: str
    unit_name: str
    checklist_unit: str
    decision: str


def steps_after(
    connection: Connection, asked: Asked, days: tuple[date, date], after: int, most: int
) -> list[PagedStep]:
    """Those with a number above `after`. `days`: today, and the last day that counts as soon."""
    query = (
        select(
            StepRow.id,
            StepRow.version,
            StepRow.key,
            StepRow.occurrence,
            ChecklistRow.template_hash,
            TemplateRow.slug,
            StepRow.counterpart,
            StepRow.state,
            StepRow.due_on,
            StepRow.open_needs,
            UnitRow.key.label("unit"),
            UnitRow.name.label("unit_name"),
            ChecklistRow.unit.label("checklist_unit"),
            DecisionRow.number,
        )
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(UnitRow, UnitRow.key == OWED_BY)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .where(StepRow.id > after, *_conditions(asked, *days), *_owed_by(asked.units, connection.dialect.name))
        .order_by(StepRow.id)
        .limit(most)
    )
    these = {} if asked.units is None else {"these": sorted(asked.units)}
    return [PagedStep._make(row) for row in connection.execute(query, these)]


def _owed_by(units: Collection[str] | None, dialect: str) -> list[ColumnElement[bool]]:
    """Where the units are few, their steps are found from their side; else steps are looked at in their order."""
    if units is None:
        return []
    found = [among(OWED_BY, dialect)]
    if len(units) <= _FEW:
        own = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        came = select(StepHolderRow.step_id).where(among(table_of(StepHolderRow).c.unit, dialect))
        found.append(StepRow.id.in_(own.where(among(table_of(ChecklistRow).c.unit, dialect)).union(came)))
    return found


_FEW = 200


def _conditions(asked: Asked, today: date, soon: date) -> list[ColumnElement[bool]]:
    pairs: list[tuple[Any, str]] = [
        (DecisionRow.number, asked.decision),
        (TemplateRow.slug, asked.stream),
        (StepRow.key, asked.key),
    ]
    found: list[ColumnElement[bool]] = [column == value for column, value in pairs if value]
    if asked.due_from:
        found.append(StepRow.due_on >= asked.due_from)
    if asked.due_until:
        found.append(StepRow.due_on <= asked.due_until)
    return [*found, *_of_state(asked.state, today, soon)]


def _of_state(state: str, today: date, soon: date) -> list[ColumnElement[bool]]:
    """In the same words in which steps are counted (`db.cockpit`)."""
    is_open = StepRow.state.in_(sorted(OPEN))
    running = or_(StepRow.state != StepState.BLOCKED, ~clock_stopped())
    kinds: dict[str, ColumnElement[bool]] = {
        "overdue": and_(StepRow.due_on < today, is_open, running),
        "soon": and_(StepRow.due_on >= today, StepRow.due_on <= soon, is_open),
        "untouched": StepRow.state == StepState.READY,
        "open": is_open,
        "settled": and_(StepRow.state.in_(sorted(SETTLED)), StepRow.state != StepState.CANCELLED),
    }
    if not state:
        return []
    return [kinds.get(state, StepRow.state == state)]


def counts_of_decision(connection: Connection, decision_id: int, reach: Select[str] | None) -> dict[str, int]:
    """Of a decision's steps that units of the reach owe: how many in each state."""
    query = (
        select(StepRow.state, func.count())
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(ChecklistRow.decision_id == decision_id)
        .group_by(StepRow.state)
    )
    if reach is not None:
        query = query.where(OWED_BY.in_(reach))
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def counts_of_unit(connection: Connection, unit: str, today: date) -> dict[str, int]:
    """Of the steps that a unit owes: how many in each state, and how many are overdue."""
    own = (
        select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id).where(ChecklistRow.unit == unit)
    )
    came = select(StepHolderRow.step_id).where(StepHolderRow.unit == unit)
    owed = (
        select(StepRow.state, func.count())
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.id.in_(own.where(ChecklistRow.unit == unit).union(came)), OWED_BY.in_([unit]))
        .group_by(StepRow.state)
    )
    counted = {row[0]: int(row[1]) for row in connection.execute(owed)}
    late = sum(int(row[1]) for row in connection.execute(owed.where(*_of_state("overdue", today, today))))
    return {state.value: counted.get(state.value, 0) for state in StepState} | {"overdue": late}
