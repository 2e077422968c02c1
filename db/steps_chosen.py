"""Steps by a committee's filter: a page of them, and a whole selection to act on. SELECT only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, union_all

from checklists.steps import OPEN, SETTLED, StepState
from db.models import ChecklistRow, DecisionRow, StepRow, TemplateRow, UnitRow, table_of
from db.progress import clock_stopped
from db.statements import among
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow

_FEW = {"sqlite": 4800, "postgresql": 1200}
"""Checklists, up to which it is faster to look at all their steps than at all steps in the order of their dates."""

_FEW_KEYS = 6
"""Titles, up to which their steps are found by their keys; more of them are met often enough on the way."""

_ANY_DAY = (date.min, None)

_OF_A_UNIT = 4
"""Checklists: one for each kind of work."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`units`: the units that owe them (None: any); "" narrows nothing; `state`: as `web.committee.filters` says it;
    `titled`: only steps of these keys of these template versions (None: any)."""

    state: str
    units: Collection[str] | None = None
    decision: str = ""
    stream: str = ""
    titled: Mapping[str, Collection[str]] | None = None


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
    if choice.titled is not None and _few_keys(choice):
        page = [number for _due, number in titled_steps(connection, choice, days)[first : first + most]]
        found = _read(connection, choice, select(StepRow.id).where(StepRow.id.in_(page))) if page else []
        return sorted(found, key=lambda one: (one.due_on or date.max, one.id))
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


def how_many_titled(connection: Connection, choice: Choice, days: tuple[date, date], most: int) -> int:
    """How many steps a choice by title finds, counted up to `most`."""
    if _few_keys(choice):
        return min(most, len(titled_steps(connection, choice, days)))
    count = 0
    for part in (StepRow.due_on.is_not(None), StepRow.due_on.is_(None)):
        found = _part(connection, choice, days, part).limit(most - count).subquery()
        count += connection.scalars(select(func.count()).select_from(found), _values(choice)).one()
    return count


def _few_keys(choice: Choice) -> bool:
    return sum(len(keys) for keys in (choice.titled or {}).values()) <= _FEW_KEYS


def titled_steps(connection: Connection, choice: Choice, days: tuple[date, date]) -> list[tuple[date, int]]:
    """All steps of a choice by few titles, the earliest due first (those without a date last): date and number. A step
    is found by its checklist and key, so that no step of another title is looked at; dates are compared here, lest the
    database goes by their index."""
    today, soon = days
    first, last = {"overdue": (date.min, today), "soon": (today, soon + timedelta(days=1))}.get(choice.state, _ANY_DAY)
    found: list[tuple[date, int]] = []
    for version, keys in (choice.titled or {}).items():
        query = (
            select(StepRow.due_on, StepRow.id)
            .select_from(ChecklistRow)
            .join(StepRow, and_(StepRow.checklist_id == ChecklistRow.id, StepRow.key.in_(sorted(keys))))
            .where(ChecklistRow.template_hash == version, *_of_checklists(choice))
            .where(_stands(choice.state), StepRow.state != StepState.CANCELLED)
        )
        if choice.units is not None:
            query = query.join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
            query = query.where(among(OWED_BY, connection.dialect.name))
        rows = ((due_on or date.max, number) for due_on, number in connection.execute(query, _values(choice)))
        found += [row for row in rows if last is None or first <= row[0] < last]
    return sorted(found)


def _read(connection: Connection, choice: Choice, these: Any) -> list[ChosenStep]:
    """Those steps in full: what is shown of them is read for a page of them, not for all that match."""
    page = these.subquery()
    query: Any = (
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


def _part(connection: Connection, choice: Choice, days: tuple[date, date], part: ColumnElement[bool]) -> Any:
    """Numbers and dates of all that match, in order."""
    wanted = and_(part, _is(choice.state, *days), StepRow.state != StepState.CANCELLED)
    dialect = connection.dialect.name
    return _of_few(choice, wanted, dialect) if _are_few(choice, dialect) else _of_many(choice, wanted, dialect)


def _are_few(choice: Choice, dialect: str) -> bool:
    checklists = len(choice.units or ()) * (1 if choice.stream else _OF_A_UNIT)
    return checklists <= _FEW[dialect] if choice.units is not None else bool(choice.decision)


def _of_many(choice: Choice, wanted: ColumnElement[bool], dialect: str) -> Any:
    """Step after step in the order of their dates, until there are enough."""
    query: Any = (
        select(StepRow.id, StepRow.due_on)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .where(wanted, *_of_checklists(choice))
        .order_by(StepRow.due_on, StepRow.id)
    )
    if choice.units is None:
        return query
    holder = StepHolderRow.step_id == StepRow.id
    owed: Any = query.join(StepHolderRow, holder, isouter=True).where(among(OWED_BY, dialect))
    return owed


def _of_few(choice: Choice, wanted: ColumnElement[bool], dialect: str) -> Any:
    """The steps that lie with some units or came to them, found from their side and then put into order."""
    own: Any = (
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
    ordered: Any = select(both.c.id, both.c.due_on).order_by(both.c.due_on, both.c.id)
    return ordered


def _of_checklists(choice: Choice) -> Iterator[ColumnElement[bool]]:
    if choice.decision:
        of_decision = select(DecisionRow.id).where(DecisionRow.number == choice.decision)
        yield ChecklistRow.decision_id.in_(of_decision)
    if choice.titled is not None and not _few_keys(choice):
        keys = {key for several in choice.titled.values() for key in several}
        yield and_(ChecklistRow.template_hash.in_(sorted(choice.titled)), StepRow.key.in_(sorted(keys)))
    if choice.stream:
        yield ChecklistRow.template_hash.in_(select(TemplateRow.hash).where(TemplateRow.slug == choice.stream))


def _values(choice: Choice) -> dict[str, Any]:
    return {} if choice.units is None else {"these": sorted(choice.units)}


def _is(state: str, today: date, soon: date) -> ColumnElement[bool]:
    """A condition in the same words in which steps are counted (`db.cockpit`)."""
    stands = _stands(state)
    if state == "overdue":
        return and_(StepRow.due_on < today, stands)
    if state == "soon":
        return and_(StepRow.due_on >= today, StepRow.due_on <= soon, stands)
    return stands


def _stands(state: str) -> ColumnElement[bool]:
    """The part of it that asks for no day."""
    is_open = StepRow.state.in_(sorted(OPEN))
    if state == "overdue":
        return and_(is_open, or_(StepRow.state != StepState.BLOCKED, ~clock_stopped()))
    if state == "settled":
        return StepRow.state.in_(sorted(SETTLED))
    one = {"submitted": StepState.SUBMITTED, "untouched": StepState.READY, "blocked": StepState.BLOCKED}.get(state)
    return is_open if one is None else StepRow.state == one
