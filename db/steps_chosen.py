"""Steps by a committee's filter: a page of them, and a whole selection to act on. SELECT only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, and_, func, or_, select, union

from checklists.steps import OPEN, SETTLED, StepState
from db.models import ChecklistRow, DecisionRow, StepRow, TemplateRow, UnitRow, table_of
from db.progress import clock_stopped
from db.statements import among
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow

_FEW = 200
"""Units, up to which it is faster to look at all their steps than at all steps in the order of their dates."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`units`: the units that owe them (None: any); "" narrows nothing; `state`: as `web.committee.filters` says it."""

    state: str
    units: Collection[str] | None = None
    decision: str = ""
    stream: str = ""


class ChosenStep(NamedTuple):
    """A step of a selection; `version` is what was seen."""

    id: int
    version: int
    key: str
    template_hash: str
    counterpart: str
    state: str
    due_on: date | None
    unit: str
    unit_name: str
    decision: str


def steps_chosen(
    connection: Connection, choice: Choice, days: tuple[date, date], window: tuple[int, int]
) -> list[ChosenStep]:
    """The earliest due first, those without a date last. `days`: today and the last day that counts as soon; `window`:
    how many, from which. In two parts, so that each is read in the order of an index and ends when it has enough."""
    most, first = window
    dated = _part(connection, choice, days, StepRow.due_on.is_not(None))
    found = _read(connection, choice, dated.limit(most).offset(first))
    if len(found) == most or choice.state in {"overdue", "soon"}:
        return found
    before = first + len(found)
    if first and not found:
        counted = select(func.count()).select_from(dated.order_by(None).subquery())
        before = connection.scalars(counted, _values(choice)).one()
    dateless = _part(connection, choice, days, StepRow.due_on.is_(None))
    return found + _read(connection, choice, dateless.limit(most - len(found)).offset(max(first - before, 0)))


def _read(connection: Connection, choice: Choice, query: Select[*tuple[Any, ...]]) -> list[ChosenStep]:
    return [ChosenStep(*row) for row in connection.execute(query, _values(choice))]


def _part(
    connection: Connection, choice: Choice, days: tuple[date, date], part: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            StepRow.id,
            StepRow.version,
            StepRow.key,
            ChecklistRow.template_hash,
            StepRow.counterpart,
            StepRow.state,
            StepRow.due_on,
            UnitRow.key.label("unit"),
            UnitRow.name.label("unit_name"),
            DecisionRow.number,
        )
        .select_from(StepRow)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(UnitRow, UnitRow.key == OWED_BY)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .where(part, _is(choice.state, *days), StepRow.state != StepState.CANCELLED)
        .order_by(StepRow.due_on, StepRow.id)
    )
    return _narrowed(query, choice, connection.dialect.name)


def _narrowed(query: Select[*tuple[Any, ...]], choice: Choice, dialect: str) -> Select[*tuple[Any, ...]]:
    if choice.units is not None:
        query = query.where(among(OWED_BY, dialect))
        if len(choice.units) <= _FEW:
            query = query.where(StepRow.id.in_(_of_few(dialect)))
    if choice.decision:
        query = query.where(DecisionRow.number == choice.decision)
    if choice.stream:
        of_stream = select(TemplateRow.hash).where(TemplateRow.slug == choice.stream)
        query = query.where(ChecklistRow.template_hash.in_(of_stream))
    return query


def _of_few(dialect: str) -> CompoundSelect[int]:
    """The steps that lie with some units or came to them: where the units are few, found from their side."""
    own = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    came = select(StepHolderRow.step_id)
    return union(
        own.where(among(table_of(ChecklistRow).c.unit, dialect)),
        came.where(among(table_of(StepHolderRow).c.unit, dialect)),
    )


def _values(choice: Choice) -> dict[str, Any]:
    return {} if choice.units is None else {"these": sorted(choice.units)}


def _is(state: str, today: date, soon: date) -> ColumnElement[bool]:
    """A condition in the same words in which steps are counted (`db.cockpit`)."""
    is_open = StepRow.state.in_(sorted(OPEN))
    if state == "overdue":
        return and_(StepRow.due_on < today, is_open, or_(StepRow.state != StepState.BLOCKED, ~clock_stopped()))
    if state == "soon":
        return and_(StepRow.due_on >= today, StepRow.due_on <= soon, is_open)
    if state == "settled":
        return StepRow.state.in_(sorted(SETTLED))
    one = {"submitted": StepState.SUBMITTED, "untouched": StepState.READY, "blocked": StepState.BLOCKED}.get(state)
    return is_open if one is None else StepRow.state == one
