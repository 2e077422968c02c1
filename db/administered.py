"""People as an administrator sees them: those with a role in reach, and those without any. SELECT only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, or_, select

from checklists.names import search_key
from checklists.people import EVERYWHERE, PersonRole
from db.models import AssignmentRow, UnitRow
from db.reach import roles_over, units_in_reach
from db.work_models import PersonRow

_ADMINISTRATOR = frozenset({PersonRole.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role of somebody in the list; `unit_name` "" for the whole country."""

    person: str
    role: str
    unit: str
    unit_name: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class ListedPerson:
    account: str
    name: str
    email: str
    disabled_on: date | None


def administers(connection: Connection, account: str, unit: str, day: date) -> bool:
    """Whether this person is an administrator over the unit; `*` for the whole country."""
    return PersonRole.ADMINISTRATOR in roles_over(connection, account, unit, day)


def lasting(day: date) -> ColumnElement[bool]:
    """Roles that count on the day or later."""
    return or_(AssignmentRow.until.is_(None), AssignmentRow.until >= day)


def people_administered(
    connection: Connection, account: str, day: date, text: str, after: str, most: int
) -> list[ListedPerson]:
    """By account, those after `after`; `text`: part of name or account, with or without diacritics."""
    query = select(PersonRow.account, PersonRow.name, PersonRow.email, PersonRow.disabled_on)
    if not administers(connection, account, EVERYWHERE, day):
        held = select(AssignmentRow.person).where(lasting(day))
        reached = held.where(AssignmentRow.unit.in_(units_in_reach(account, day, _ADMINISTRATOR)))
        query = query.where(or_(PersonRow.account.in_(reached), PersonRow.account.not_in(held)))
    if after:
        query = query.where(PersonRow.account > after)
    query = query.order_by(PersonRow.account)
    if not text:
        return [ListedPerson(*row) for row in connection.execute(query.limit(most))]
    wanted, found = search_key(text), []
    for row in connection.execute(query):
        if wanted in search_key(f"{row.name} {row.account} {row.email}"):
            found.append(ListedPerson(*row))
            if len(found) == most:
                break
    return found


def roles_listed(connection: Connection, accounts: Sequence[str], since: date) -> list[HeldRole]:
    """The roles of these people that count on that day or later, all of them from `date.min` on."""
    query = (
        select(
            AssignmentRow.person,
            AssignmentRow.role,
            AssignmentRow.unit,
            UnitRow.name,
            AssignmentRow.since,
            AssignmentRow.until,
        )
        .join(UnitRow, UnitRow.key == AssignmentRow.unit, isouter=True)
        .where(AssignmentRow.person.in_(accounts), lasting(since))
        .order_by(AssignmentRow.person, AssignmentRow.since, AssignmentRow.role, AssignmentRow.unit)
    )
    rows = connection.execute(query)
    return [HeldRole(person, role, unit, name or "", since, until) for person, role, unit, name, since, until in rows]


def units_administered(connection: Connection, account: str, day: date) -> frozenset[str] | None:
    """The keys of all units in reach; None for the whole country."""
    if administers(connection, account, EVERYWHERE, day):
        return None
    return frozenset(connection.scalars(units_in_reach(account, day, _ADMINISTRATOR)))
