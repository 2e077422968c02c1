"""Persons, their roles and absences in the database; how far a role reaches is in `db.reach`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, insert, or_, select, update

from checklists.people import Assignment, Person, PersonRole, Substitution
from checklists.people_rules import Entry, PeopleOnRecord
from checklists.units import UnitKey
from db.models import AssignmentRow, table_of
from db.reach import in_force, reach_of, roles_over, units_in_reach
from db.statements import Statement
from db.work_models import PersonRow, SubstitutionRow

__all__ = [
    "Asked",
    "disable_person",
    "insert_entries",
    "people_on_record",
    "person",
    "roles_over",
    "substitutions_of",
    "units_in_reach",
    "who_may",
    "write_assignment",
    "write_person",
    "write_substitution",
]

_PERSON, _ASSIGNMENT, _SUBSTITUTION = table_of(PersonRow), table_of(AssignmentRow), table_of(SubstitutionRow)
_TABLES: dict[type[Entry], Table] = {Person: _PERSON, Assignment: _ASSIGNMENT, Substitution: _SUBSTITUTION}


def _in_force() -> Select[*tuple[Any, ...]]:
    """Built once: it is asked whenever somebody acts in another's name."""
    account: ColumnElement[str] = bindparam("account", type_=_PERSON.c.account.type)
    day: ColumnElement[date] = bindparam("day", type_=_SUBSTITUTION.c.since.type)
    absent, substitute = _PERSON.alias("absent"), _PERSON.alias("substitute")
    return (
        select(_SUBSTITUTION)
        .join(absent, absent.c.account == _SUBSTITUTION.c.absent)
        .join(substitute, substitute.c.account == _SUBSTITUTION.c.substitute)
        .where(
            or_(_SUBSTITUTION.c.absent == account, _SUBSTITUTION.c.substitute == account),
            _SUBSTITUTION.c.since <= day,
            _SUBSTITUTION.c.until >= day,
            *(or_(one.c.disabled_on.is_(None), one.c.disabled_on > day) for one in (absent, substitute)),
        )
        .order_by(_SUBSTITUTION.c.since, _SUBSTITUTION.c.absent, _SUBSTITUTION.c.substitute)
    )


_IN_FORCE = Statement(lambda _: _in_force())
_ONE = Statement(
    lambda _: select(_PERSON).where(_PERSON.c.account == bindparam("account", type_=_PERSON.c.account.type))
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who can be asked: holds `role` in `unit`, or stands in for the absent person who does."""

    person: Person
    role: PersonRole
    unit: UnitKey
    stands_in_for: Person | None = None
    absent_until: date | None = None


def person(connection: Connection, account: str) -> Person | None:
    rows = _ONE.run(connection, {"account": account}).rows
    return _person(rows[0]) if rows else None


def people_on_record(connection: Connection) -> PeopleOnRecord:
    """Everybody, with all roles and absences."""
    return PeopleOnRecord(_entries(connection))


def _entries(connection: Connection) -> Iterator[Entry]:
    yield from map(_person, connection.execute(select(_PERSON).order_by(_PERSON.c.account)))
    yield from map(_assignment, connection.execute(select(_ASSIGNMENT)))
    yield from map(_substitution, connection.execute(select(_SUBSTITUTION)))


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(row.account, row.name, row.email, row.phone, row.language, row.disabled_on)


def _assignment(row: Row[tuple[object, ...]]) -> Assignment:
    return Assignment(row.person, PersonRole(row.role), UnitKey(row.unit), row.since, row.until)


def _substitution(row: Row[tuple[object, ...]]) -> Substitution:
    return Substitution(row.absent, row.substitute, row.since, row.until, row.reason)


def substitutions_of(connection: Connection, account: str, day: date) -> list[Substitution]:
    """Those in force that day in which this person is absent or stands in; disabled people do neither."""
    return [_substitution(row) for row in _IN_FORCE.run(connection, {"account": account, "day": day}).rows]


def who_may(connection: Connection, unit: str, roles: Collection[PersonRole], day: date) -> list[Asked]:
    """Who can be asked for one of these roles over the unit: nearest unit first, and behind an absent person whoever
    stands in for them."""
    reach = {key: place for place, key in enumerate(reach_of(connection, unit))}
    query = (
        select(_PERSON, _ASSIGNMENT.c.role, _ASSIGNMENT.c.unit)
        .join(_ASSIGNMENT, _ASSIGNMENT.c.person == _PERSON.c.account)
        .where(_ASSIGNMENT.c.unit.in_(sorted(reach)), _ASSIGNMENT.c.role.in_(sorted(roles)), in_force(day))
    )
    order = list(PersonRole)
    found: list[Asked] = []
    rows = [(_person(row), PersonRole(row.role), UnitKey(row.unit)) for row in connection.execute(query)]
    for who, role, key in sorted(rows, key=lambda row: (reach[row[2]], order.index(row[1]), row[0].account)):
        stands_in = [one for one in substitutions_of(connection, who.account, day) if one.absent == who.account]
        found.append(Asked(who, role, key, absent_until=max((one.until for one in stands_in), default=None)))
        for one in stands_in:
            if substitute := person(connection, one.substitute):
                found.append(Asked(substitute, role, key, stands_in_for=who))
    return found


def holds_role(connection: Connection, account: str, role: PersonRole, day: date) -> bool:
    """Whether this person holds the role anywhere that day."""
    held = select(_ASSIGNMENT.c.person).join(_PERSON, _PERSON.c.account == _ASSIGNMENT.c.person)
    query = held.where(_ASSIGNMENT.c.person == account, _ASSIGNMENT.c.role == role, in_force(day)).limit(1)
    return connection.execute(query).first() is not None


def write_person(connection: Connection, one: Person, now: datetime) -> bool:
    """Record somebody, or correct what is on record; False when it stood so already."""
    return _write(connection, one, _beside(one, "", now))


def write_assignment(connection: Connection, one: Assignment) -> bool:
    """Record a role, or give the one that began the same day a new end; False when it stood so already."""
    return _write(connection, one, {})


def write_substitution(connection: Connection, one: Substitution, by: str, now: datetime) -> bool:
    """Record an absence, or give the one that began the same day a new end; False when it stood so already."""
    return _write(connection, one, _beside(one, by, now))


def disable_person(connection: Connection, account: str, day: date) -> bool:
    """From that day on nothing counts that this person holds; False when they were disabled already."""
    still = (_PERSON.c.account == account, _PERSON.c.disabled_on.is_(None))
    return connection.execute(update(_PERSON).where(*still).values(disabled_on=day)).rowcount == 1


def insert_entries(connection: Connection, entries: Iterable[Entry], by: str, now: datetime) -> None:
    """Record many that are known to be new, kind by kind."""
    rows: dict[type[Entry], list[dict[str, object]]] = {kind: [] for kind in _TABLES}
    for one in entries:
        rows[type(one)].append({**asdict(one), **_beside(one, by, now)})
    for kind, table in _TABLES.items():
        if rows[kind]:
            connection.execute(insert(table), rows[kind])


def _write(connection: Connection, one: Entry, beside: dict[str, object]) -> bool:
    """Insert the entry, or update what differs under its key."""
    table, values = _TABLES[type(one)], asdict(one)
    same = [column == values[column.name] for column in table.primary_key]
    held = connection.execute(select(table).where(*same)).one_or_none()
    if held is None:
        connection.execute(insert(table).values(**values, **beside))
        return True
    differing = {name: value for name, value in values.items() if getattr(held, name) != value}
    if differing:
        connection.execute(update(table).where(*same).values(differing))
    return bool(differing)


def _beside(one: Entry, by: str, now: datetime) -> dict[str, object]:
    """What a row says besides: who wrote it, and when."""
    match one:
        case Person():
            return {"added_at": now}
        case Substitution():
            return {"recorded_by": by, "recorded_at": now}
    return {}
