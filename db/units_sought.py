"""Units by a name that somebody types, with or without diacritics, of those that a committee reaches. SELECT only."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Select, literal, select
from sqlalchemy.orm import aliased

from checklists.names import search_key
from checklists.people import PersonRole
from db.models import UnitRow
from db.reach import reached_from, units_in_reach

_PARENT = aliased(UnitRow)


class SoughtUnit(NamedTuple):
    """`within`: the unit directly above it; two communes of one name are told apart by it."""

    key: str
    name: str
    within: str

    @property
    def words(self) -> str:
        return f"{self.key} {self.name}" + (f", {self.within}" if self.within else "")


def units_steered(connection: Connection, account: str, day: date, province: str) -> list[SoughtUnit]:
    """All communes and districts of a province (old and new ones) that this person steers, by name."""
    query = _selected(account, day).where(UnitRow.key.in_(_of(connection, province)), UnitRow.level != "province")
    return _read(connection, query.order_by(UnitRow.sort_key, UnitRow.key))


def units_named(
    connection: Connection, who: tuple[str, date], text: str, generations: tuple[str, ...], province: str
) -> list[SoughtUnit]:
    """Those of exactly this name; if there is none, those in whose name it stands. Of the first generation that has
    any."""
    account, day = who
    asked = search_key(text)
    within = _of(connection, province) if province else []
    for generation in generations:
        query = _selected(account, day).where(UnitRow.generation == generation).order_by(UnitRow.sort_key, UnitRow.key)
        if province:
            query = query.where(UnitRow.key.in_(within))
        found = _read(connection, query.where(UnitRow.search_key.contains(asked, autoescape=True)).limit(50))
        exact = [one for one in found if asked in {search_key(one.name), _without_kind(search_key(one.name))}]
        if found:
            return exact or found
    return []


def _without_kind(name: str) -> str:
    """ "phuong truc bach" as people say it: "truc bach"."""
    for kind in ("phuong ", "xa ", "thi tran ", "quan ", "huyen ", "thi xa ", "thanh pho ", "tinh ", "dac khu "):
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name


def _of(connection: Connection, province: str) -> list[str]:
    """Read beforehand: two of these walks do not fit into one statement."""
    return sorted(connection.scalars(reached_from(select(literal(province).label("key")))))


def _selected(account: str, day: date) -> Select[str, str, str]:
    mine = units_in_reach(account, day, {PersonRole.COMMITTEE})
    within = _PARENT.name.label("within")
    query = select(UnitRow.key, UnitRow.name, within).join(_PARENT, _PARENT.key == UnitRow.parent, isouter=True)
    return query.where(UnitRow.key.in_(mine))


def _read(connection: Connection, query: Select[str, str, str]) -> list[SoughtUnit]:
    return [SoughtUnit(row[0], row[1], row[2] or "") for row in connection.execute(query)]
