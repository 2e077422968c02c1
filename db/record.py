"""The record as a reader may read it: events of their reach, newest first, one page after another. SELECT only.

events on record → **as far as somebody's roles reach** → `checklists.history` (sentences) → `web.auditor`. A step or a
unit that is in reach is read whole, also what others did to it; of decisions and people, what concerns units in reach.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from checklists.access import ROLES, Action
from checklists.events import CHECKLIST_OPENED, PERSON_DISABLED, PERSON_RECORDED, SUBSTITUTION_RECORDED
from checklists.history import Entry
from checklists.history_order import in_order
from checklists.names import province_sort_key, search_key
from checklists.people import EVERYWHERE
from checklists.units import Level
from db.history import Scope, entry_of, matching
from db.models import AssignmentRow, ChecklistRow, EventRow, UnitRow, table_of
from db.reach import roles_over, units_in_reach
from db.work_models import PersonRow, StepHolderRow

READERS = ROLES[Action.READ_RECORD]
_EVENT = table_of(EventRow)
_OF_PEOPLE = (PERSON_RECORDED, PERSON_DISABLED, SUBSTITUTION_RECORDED)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and on which day: what they see follows from their roles that day."""

    account: str
    day: date

    def reaches(self, connection: Connection, unit: str) -> bool:
        return bool(roles_over(connection, self.account, unit, self.day) & READERS)

    def reaches_all(self, connection: Connection) -> bool:
        return self.reaches(connection, EVERYWHERE)

    def units(self) -> Select[str]:
        """The keys of all units that they reach: for an IN, as often in a query as needed."""
        return select(units_in_reach(self.account, self.day, READERS).cte("in_reach").c.key)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the record ended: the next one goes on before it."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the record, newest first; `rest`: where older events go on, if there are any."""

    entries: Sequence[Entry]
    rest: Place | None


def sheet(
    connection: Connection, scope: Scope, kinds: Collection[str], reader: Reader, before: Place | None, rows: int
) -> Sheet:
    """`kinds`: how the types begin (empty: all but the opening of each single checklist, which goes by thousands)."""
    query = matching(connection, scope).where(*_of_kinds(kinds, scope))
    if scope.step is None and scope.unit is None and not reader.reaches_all(connection):
        query = query.where(_readable(reader))
    if before is not None:
        at, same = _EVENT.c.occurred_at, _EVENT.c.occurred_at == before.at
        query = query.where(or_(at < before.at, and_(same, _EVENT.c.id < before.id)))
    newest = query.order_by(_EVENT.c.occurred_at.desc(), _EVENT.c.id.desc()).limit(rows + 1)
    found = [entry_of(connection, row) for row in connection.execute(newest)]
    shown = found[:rows]
    last = shown[-1].event if len(found) > rows else None
    return Sheet(_newest_first(shown), Place(last.occurred_at, last.id) if last else None)


def _newest_first(found: Sequence[Entry]) -> list[Entry]:
    """Within one instant what followed stands above what it followed from."""
    instants = groupby(found, key=lambda one: one.event.occurred_at)
    return [one for _at, group in instants for one in reversed(list(in_order(group)))]


def _of_kinds(kinds: Collection[str], scope: Scope) -> list[ColumnElement[bool]]:
    if kinds:
        return [or_(*(_EVENT.c.type.startswith(kind, autoescape=True) for kind in sorted(kinds)))]
    return [_EVENT.c.type != CHECKLIST_OPENED] if scope.counts_openings else []


def _readable(reader: Reader) -> ColumnElement[bool]:
    units = reader.units()
    concerned = select(ChecklistRow.decision_id).where(ChecklistRow.unit.in_(units))
    people = select(AssignmentRow.person).where(AssignmentRow.unit.in_(units))
    return or_(
        _EVENT.c.actor == reader.account,
        _EVENT.c.subject.in_(units),
        _EVENT.c.step_id.in_(select(StepHolderRow.step_id).where(StepHolderRow.unit.in_(units))),
        and_(_EVENT.c.type.startswith("decision."), _EVENT.c.decision_id.in_(concerned)),
        and_(_EVENT.c.type.in_(_OF_PEOPLE), _EVENT.c.subject.in_(people)),
    )


def units_called(connection: Connection, text: str, reader: Reader, most: int) -> list[tuple[str, str]]:
    """Key and name of units in reach: the one of this key, else those whose name has the text in it."""
    query = select(UnitRow.key, UnitRow.name)
    if not reader.reaches_all(connection):
        query = query.where(UnitRow.key.in_(reader.units()))
    exact = connection.execute(query.where(UnitRow.key == text)).all()
    if not exact:
        named = UnitRow.search_key.contains(search_key(text), autoescape=True)
        exact = connection.execute(query.where(named).order_by(UnitRow.sort_key, UnitRow.key).limit(most)).all()
    return [(row.key, row.name) for row in exact]


def provinces_in_reach(connection: Connection, reader: Reader) -> list[tuple[str, str]]:
    """Key and name, those of today first."""
    query = select(UnitRow.key, UnitRow.name).where(UnitRow.level == Level.PROVINCE.value)
    if not reader.reaches_all(connection):
        query = query.where(UnitRow.key.in_(reader.units()))
    rows = connection.execute(query.add_columns(UnitRow.generation)).all()
    ordered = sorted(rows, key=lambda row: (row.generation, province_sort_key(row.name)))
    return [(row.key, row.name) for row in ordered]


def people_called(connection: Connection, text: str, reader: Reader, most: int) -> list[tuple[str, str]]:
    """Account and name: the one of this account, else those in whose name or account the text is."""
    query = select(PersonRow.account, PersonRow.name)
    if not reader.reaches_all(connection):
        held = select(AssignmentRow.person).where(AssignmentRow.unit.in_(reader.units()))
        query = query.where(or_(PersonRow.account == reader.account, PersonRow.account.in_(held)))
    rows = connection.execute(query.order_by(PersonRow.account)).all()
    exact = [row for row in rows if row.account == text]
    wanted = search_key(text)
    found = exact or [row for row in rows if wanted in search_key(f"{row.name} {row.account}")]
    return [(row.account, row.name) for row in found[:most]]
