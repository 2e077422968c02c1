"""How far an administrator may go: roles are given where one administers; whoever has roles elsewhere, too, is changed
by somebody who administers all of it. What belongs to the whole installation takes an administrator of all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection

from checklists.errors import HandoverError
from checklists.people import EVERYWHERE, Assignment, Person, Substitution
from checklists.people_rules import Entry
from db.administered import administers, roles_listed, units_administered


class UnitNotYours(HandoverError):
    """You do not administer the users of {unit}. Ask whoever administers that unit, or one above it."""


class AlsoElsewhere(HandoverError):
    """{person} also holds a role in {unit}, which you do not administer. Ask whoever administers both."""


class OfTheWholeInstallation(HandoverError):
    """This belongs to the whole installation: that takes an administrator of the whole country."""


def demand_unit(connection: Connection, account: str, unit: str, day: date) -> None:
    if not administers(connection, account, unit, day):
        raise UnitNotYours(unit=unit)


def demand_everything(connection: Connection, account: str, day: date) -> None:
    if not administers(connection, account, EVERYWHERE, day):
        raise OfTheWholeInstallation()


def demand_all(connection: Connection, account: str, entries: Iterable[Entry], day: date) -> None:
    """Raises what of these entries this administrator may not write."""
    reached = units_administered(connection, account, day)
    if reached is None:
        return
    listed = list(entries)
    for unit in (one.unit for one in listed if isinstance(one, Assignment)):
        if unit not in reached:
            raise UnitNotYours(unit=unit)
    people = {one.account for one in listed if isinstance(one, Person)}
    people |= {one.absent for one in listed if isinstance(one, Substitution)}
    for held in roles_listed(connection, sorted(people), day):
        if held.unit not in reached:
            raise AlsoElsewhere(person=held.person, unit=held.unit_name or held.unit)
