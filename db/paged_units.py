"""Units and people in an order that never changes: for programs that read all of them, part by part. SELECT only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, literal, or_, select

from checklists.names import search_key
from checklists.people import EVERYWHERE
from db.access import LENT
from db.models import AssignmentRow, ChecklistRow, UnitRow
from db.people import substitutions_of
from db.reach import in_force, reached_from
from db.work_models import PersonRow


def units_read_by(connection: Connection, account: str, day: date) -> Select[str] | None:
    """The keys of all units of which somebody may read the work, also in an absent person's place; None: all."""
    absent = [one.absent for one in substitutions_of(connection, account, day) if one.substitute == account]
    lent = and_(AssignmentRow.person.in_(absent), AssignmentRow.role.in_(sorted(LENT)))
    held = (
        select(AssignmentRow.unit.label("key"))
        .join(PersonRow, PersonRow.account == AssignmentRow.person)
        .where(in_force(literal(day)), or_(AssignmentRow.person == account, lent))
    )
    if connection.scalars(held.where(AssignmentRow.unit == EVERYWHERE).limit(1)).first():
        return None
    return reached_from(held)


def units_below(connection: Connection, unit: str) -> frozenset[str]:
    """A unit and all that lies below it, with what it took over."""
    return frozenset(connection.scalars(reached_from(select(UnitRow.key.label("key")).where(UnitRow.key == unit))))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which of the units in reach; empty texts narrow nothing. `province`: it, and all that lies in it."""

    unit: str = ""
    province: str = ""
    level: str = ""
    q: str = ""

    @property
    def narrows(self) -> bool:
        return bool(self.unit or self.province or self.level or self.q)


def units_chosen(connection: Connection, reach: Select[str] | None, chosen: Chosen) -> frozenset[str] | None:
    """Their keys; None for all there are."""
    if reach is None and not chosen.narrows:
        return None
    query = select(UnitRow.key)
    for column, value in ((UnitRow.key, chosen.unit), (UnitRow.level, chosen.level)):
        if value:
            query = query.where(column == value)
    if chosen.q:
        query = query.where(UnitRow.search_key.contains(search_key(chosen.q), autoescape=True))
    if reach is not None:
        query = query.where(UnitRow.key.in_(reach))
    found = frozenset(connection.scalars(query))
    return found & units_below(connection, chosen.province) if chosen.province else found


@dataclass(frozen=True, slots=True)
class AskedUnits:
    """Empty texts narrow nothing. `at_work`: only those that have a checklist."""

    reach: Select[str] | None
    q: str = ""
    generation: str = ""
    level: str = ""
    parent: str = ""
    at_work: bool = False


class PagedUnit(NamedTuple):
    """A unit of the register. `parent` is what it lies in."""

    key: str
    name: str
    kind: str
    level: str
    generation: str
    parent: str | None


def units_after(connection: Connection, asked: AskedUnits, after: str, most: int) -> list[PagedUnit]:
    """Those with a key above `after`."""
    pairs: list[tuple[Any, str]] = [
        (UnitRow.generation, asked.generation),
        (UnitRow.level, asked.level),
        (UnitRow.parent, asked.parent),
    ]
    conditions: list[ColumnElement[bool]] = [column == value for column, value in pairs if value]
    if asked.reach is not None:
        conditions.append(UnitRow.key.in_(asked.reach))
    if asked.q:
        conditions.append(UnitRow.search_key.contains(search_key(asked.q), autoescape=True))
    if asked.at_work:
        conditions.append(UnitRow.key.in_(select(ChecklistRow.unit)))
    columns = [getattr(UnitRow, name) for name in PagedUnit._fields]
    query = select(*columns).where(UnitRow.key > after, *conditions).order_by(UnitRow.key).limit(most)
    return [PagedUnit(*row) for row in connection.execute(query)]


class PagedPerson(NamedTuple):
    """Somebody on record."""

    account: str
    name: str
    disabled_on: date | None


def people_after(
    connection: Connection, reach: Select[str] | None, asking: str, after: str, most: int
) -> list[PagedPerson]:
    """Those with a role in a unit of the reach, and whoever asks, with an account above `after`."""
    query = select(PersonRow.account, PersonRow.name, PersonRow.disabled_on)
    if reach is not None:
        held = select(AssignmentRow.person).where(AssignmentRow.unit.in_(reach))
        query = query.where(or_(PersonRow.account == asking, PersonRow.account.in_(held)))
    query = query.where(PersonRow.account > after).order_by(PersonRow.account).limit(most)
    return [PagedPerson(*row) for row in connection.execute(query)]
