"""Which decisions concern somebody: those that name a unit in their reach. SELECT only."""

from __future__ import annotations

import json
from collections.abc import Set
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, select

from db.models import DecisionRow, UnitRow
from db.work_models import PersonRow


class NamedUnits(NamedTuple):
    """A decision and the units that it names."""

    number: str
    drafted_by: str
    units: frozenset[str]


def decisions_naming(connection: Connection, keys: Set[str] | None) -> list[NamedUnits]:
    """Decisions on record that name one of these units (None: any), by number."""
    query = select(DecisionRow.number, DecisionRow.drafted_by, DecisionRow.content).order_by(DecisionRow.number)
    found = [NamedUnits(number, by, _named(content)) for number, by, content in connection.execute(query)]
    return found if keys is None else [one for one in found if one.units & keys]


def units_named(connection: Connection, number: str) -> frozenset[str]:
    """By one decision; none if it is not on record."""
    content = connection.scalars(select(DecisionRow.content).where(DecisionRow.number == number)).one_or_none()
    return _named(content) if content else frozenset()


@lru_cache(maxsize=256)
def _named(content: str) -> frozenset[str]:
    """Worked out once for each text: a country's decisions are two megabytes of them."""
    said = json.loads(content)
    return frozenset(said["central"]).union(*(row[:2] for row in said["successions"]))


def names_of(connection: Connection, accounts: Set[str]) -> dict[str, str]:
    """Accounts → people's names; an account stands for itself where nobody is on record."""
    query = select(PersonRow.account, PersonRow.name).where(PersonRow.account.in_(sorted(accounts)))
    return {one: one for one in accounts} | {row[0]: row[1] or row[0] for row in connection.execute(query)}


def unit_names(connection: Connection, keys: Set[str]) -> dict[str, str]:
    """Keys → names of these few units."""
    query = select(UnitRow.key, UnitRow.name).where(UnitRow.key.in_(sorted(keys)))
    return {row[0]: row[1] for row in connection.execute(query)}
