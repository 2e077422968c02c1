"""Steps by a committee's filter: a page of them, and a whole selection to act on. SELECT only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, union_all

from checklists.steps import OPEN, SETTLED, StepState
from db.models import ChecklistRow, DecisionRow, StepRow, TemplateRow, UnitRow, table_of
from db.progress import clock_stopped
from db.statements import among
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow

_FEW = {"sqlite": 4800, "postgresql": 1200}
"""Checklists, up to which it is faster to look at all their steps than at all steps in the order of their dates."""

_OF_A_UNIT = 4
"""Checklists: one for each kind of work."""


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


def _read(connection: Connection, choice: Choice, these: Select[Any]) -> list[ChosenStep]:
    """Those steps in full: what is shown of them is read for a page of them, not for all that match."""
    page = these.subquery()
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
        .select_from(page)
        .join(StepRow, StepRow.id == page.c.id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .join(UnitRow, UnitRow.key == OWED_BY)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .order_by(StepRow.due_on, StepRow.id)
    )
    return [ChosenStep(*row) for row in connection.execute(query, _values(choice))]


def _part(
    connection: Connection, choice: Choice, days: tuple[date, date], part: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """Numbers and dates of all that match, in order."""
    wanted = and_(part, _is(choice.state, *days), StepRow.state != StepState.CANCELLED)
    dialect = connection.dialect.name
    return _of_few(choice, wanted, dialect) if _are_few(choice, dialect) else _of_many(choice, wanted, dialect)


def _are_few(choice: Choice, dialect: str) -> bool:
    checklists = len(choice.units or ()) * (1 if choice.stream else _OF_A_UNIT)
    return checklists <= _FEW[dialect] if choice.units is not None else bool(choice.decision)


def _of_many(choice: Choice, wanted: ColumnElement[bool], dialect: str) -> Select[Any]:
    """Step after step in the order of their dates, until there are enough."""
    query = (
        select(StepRow.id, StepRow.due_on)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(wanted, *_of_checklists(choice))
        .order_by(StepRow.due_on, StepRow.id)
    )
    if choice.units is None:
        return query
    holder = StepHolderRow.step_id == StepRow.id
    return query.join(StepHolderRow, holder, isouter=True).where(among(OWED_BY, dialect))


def _of_few(choice: Choice, wanted: ColumnElement[bool], dialect: str) -> Select[Any]:
    """The steps that lie with some units or came to them, found from their side and then put into order."""
    own = (
        select(StepRow.id, StepRow.due_on)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(wanted, *_of_checklists(choice))
    )
    if choice.units is None:
        return own.order_by(StepRow.due_on, StepRow.id)
    moved = select(StepHolderRow.step_id).where(StepHolderRow.step_id == StepRow.id).exists()
    came = own.join(StepHolderRow, StepHolderRow.step_id == StepRow.id)
    both = union_all(
        own.where(among(table_of(ChecklistRow).c.unit, dialect), ~moved),
        came.where(among(table_of(StepHolderRow).c.unit, dialect)),
    ).subquery()
    return select(both.c.id, both.c.due_on).order_by(both.c.due_on, both.c.id)


def _of_checklists(choice: Choice) -> Iterator[ColumnElement[bool]]:
    if choice.decision:
        of_decision = select(DecisionRow.id).where(DecisionRow.number == choice.decision)
        yield ChecklistRow.decision_id.in_(of_decision)
    if choice.stream:
        yield ChecklistRow.template_hash.in_(select(TemplateRow.hash).where(TemplateRow.slug == choice.stream))


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
