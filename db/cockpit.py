"""How all units stand, counted in two statements over all steps; and what a page shows of few units beside it. SELECT
only.

steps → **a tally for each unit, decision and workstream** → `web.committee` (cockpit, table, matrix). Whoever holds a
step today owes it. Cancelled steps are not counted; a blocked step whose clock is stopped is not overdue.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from checklists.people import PersonRole
from checklists.steps import OPEN, SETTLED, StepState
from db.models import AssignmentRow, ChecklistRow, DecisionRow, StepRow, SuccessionRow, TemplateRow, UnitRow
from db.progress import clock_stopped
from db.reach import in_force
from db.step_queries import OWED_BY
from db.work_models import PersonRow, StepHolderRow, StepWorkRow

_COUNTED = StepRow.state != StepState.CANCELLED


class Tally(NamedTuple):
    """Steps that a unit owes under one decision and one template. `untouched`: could be worked on, and nobody has;
    `oldest`: the earliest due date of an open step, `upcoming`: the earliest that is not past."""

    unit: str
    decision: str
    stream: str
    steps: int
    settled: int
    overdue: int
    soon: int
    submitted: int
    untouched: int
    blocked: int
    oldest: date | None
    upcoming: date | None


class PlacedUnit(NamedTuple):
    """A unit as tables show and sort it."""

    key: str
    name: str
    level: str
    generation: str
    parent: str | None
    search_key: str
    sort_key: str


class SpokenFor(NamedTuple):
    """A unit's lead, and when a person last acted on a step of it."""

    lead: str
    last_word: datetime | None


def tallies(connection: Connection, today: date, soon: date) -> list[Tally]:
    """Of every unit that owes or owed something; `soon`: the last day that counts as soon."""
    return [*_of_checklists(connection, today, soon), *_of_moved(connection, today, soon)]


def _sums(today: date, soon: date) -> list[ColumnElement[Any]]:
    is_open = StepRow.state.in_(sorted(OPEN))
    late = and_(StepRow.due_on < today, is_open, or_(StepRow.state != StepState.BLOCKED, ~clock_stopped()))
    near = and_(StepRow.due_on >= today, StepRow.due_on <= soon, is_open)

    def many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    day = StepRow.due_on.type
    return [
        func.count().label("steps"),
        many(StepRow.state.in_(sorted(SETTLED))).label("settled"),
        many(late).label("overdue"),
        many(near).label("soon"),
        many(StepRow.state == StepState.SUBMITTED).label("submitted"),
        many(StepRow.state == StepState.READY).label("untouched"),
        many(StepRow.state == StepState.BLOCKED).label("blocked"),
        func.min(case((is_open, StepRow.due_on)), type_=day).label("oldest"),
        func.min(case((and_(is_open, StepRow.due_on >= today), StepRow.due_on)), type_=day).label("upcoming"),
    ]


_NAMED = (ChecklistRow.unit, DecisionRow.number, TemplateRow.slug)


def _of_checklists(connection: Connection, today: date, soon: date) -> list[Tally]:
    """Steps that lie where they were opened: counted by checklist first, which needs no other table."""
    moved = select(StepHolderRow.step_id).where(StepHolderRow.step_id == StepRow.id).exists()
    counted = (
        select(StepRow.checklist_id, *_sums(today, soon)).where(_COUNTED, ~moved).group_by(StepRow.checklist_id)
    ).subquery()
    query = (
        select(*_NAMED, *(counted.c[name] for name in Tally._fields[3:]))
        .join(counted, counted.c.checklist_id == ChecklistRow.id)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
    )
    return _read(connection, query)


def _of_moved(connection: Connection, today: date, soon: date) -> list[Tally]:
    query = (
        select(StepHolderRow.unit, DecisionRow.number, TemplateRow.slug, *_sums(today, soon))
        .select_from(StepHolderRow)
        .join(StepRow, StepRow.id == StepHolderRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
        .where(_COUNTED)
        .group_by(StepHolderRow.unit, DecisionRow.number, TemplateRow.slug)
    )
    return _read(connection, query)


def _read(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Tally]:
    return [Tally(*row[:3], *map(int, row[3:10]), *row[10:]) for row in connection.execute(query)]


def placed_units(connection: Connection) -> dict[str, PlacedUnit]:
    """All units by key."""
    columns = [getattr(UnitRow, name) for name in PlacedUnit._fields]
    return {row[0]: PlacedUnit(*row) for row in connection.execute(select(*columns))}


def heirs_of_provinces(connection: Connection) -> dict[str, str]:
    """Old province → the province that took it over."""
    query = (
        select(SuccessionRow.predecessor, func.min(SuccessionRow.successor))
        .join(UnitRow, UnitRow.key == SuccessionRow.predecessor)
        .where(UnitRow.level == "province")
        .group_by(SuccessionRow.predecessor)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def spoken_for(connection: Connection, units: Collection[str], today: date) -> dict[str, SpokenFor]:
    """Of these few units: who leads them, and when somebody last did something."""
    listed = sorted(units)
    leads: dict[str, list[str]] = {}
    held = (
        select(AssignmentRow.unit, PersonRow.name, PersonRow.account)
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(AssignmentRow.unit.in_(listed), AssignmentRow.role == PersonRole.UNIT_LEAD, in_force(today))
        .order_by(PersonRow.name, PersonRow.account)
    )
    for unit, name, account in connection.execute(held):
        leads.setdefault(unit, []).append(name or account)
    words = _last_words(connection, listed)
    return {unit: SpokenFor(", ".join(leads.get(unit, ())), words.get(unit)) for unit in listed}


def _last_words(connection: Connection, units: list[str]) -> dict[str, datetime]:
    """From what lies with them and what came to them; each found by its own index."""
    own = (
        select(ChecklistRow.unit, StepWorkRow.changed_at)
        .join(StepRow, StepRow.checklist_id == ChecklistRow.id)
        .join(StepWorkRow, StepWorkRow.step_id == StepRow.id)
        .where(ChecklistRow.unit.in_(units), StepWorkRow.changed_by != "bangiao")
    )
    came = (
        select(StepHolderRow.unit, StepWorkRow.changed_at)
        .join(StepWorkRow, StepWorkRow.step_id == StepHolderRow.step_id)
        .where(StepHolderRow.unit.in_(units), StepWorkRow.changed_at >= StepHolderRow.moved_at)
    )
    both = own.union_all(came).subquery()
    latest = func.max(both.c.changed_at, type_=StepWorkRow.changed_at.type)
    query = select(both.c.unit, latest).group_by(both.c.unit)
    return {row[0]: row[1] for row in connection.execute(query)}


def settled_by_instant(connection: Connection, units: Select[str] | None, decision: str | None) -> list[datetime]:
    """When each settled step was last acted on: what a burn-up counts."""
    query = (
        select(StepWorkRow.changed_at)
        .join(StepRow, StepRow.id == StepWorkRow.step_id)
        .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
        .where(StepRow.state.in_(sorted(SETTLED - {StepState.CANCELLED})))
    )
    if units is not None:
        query = query.where(OWED_BY.in_(units))
    if decision is not None:
        query = query.join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        query = query.where(DecisionRow.number == decision)
    return list(connection.scalars(query))
