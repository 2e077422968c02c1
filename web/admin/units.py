"""A unit as an administrator writes it: its key, its name or a part of it, or * for the whole country."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select

from checklists.errors import BadInput
from checklists.names import search_key
from checklists.people import EVERYWHERE, PersonRole
from checklists.units import UnitKey
from db.models import UnitRow
from db.reach import units_in_reach

_MOST = 8


class NoUnitCalled(BadInput):
    """No unit that you administer is called “{text}”. Write its name, or its key such as new:00004."""


class SeveralUnitsCalled(BadInput):
    """Several units are called “{text}”: {found}. Write the key of the one that is meant."""


def unit_meant(connection: Connection, account: str, text: str, day: date) -> UnitKey:
    """Raises NoUnitCalled, SeveralUnitsCalled."""
    if text == EVERYWHERE:
        return EVERYWHERE
    if ":" in text and connection.scalar(select(UnitRow.key).where(UnitRow.key == text)):
        return UnitKey(text)
    if not text:
        raise NoUnitCalled(text=text)
    reached = units_in_reach(account, day, {PersonRole.ADMINISTRATOR})
    named = UnitRow.search_key.contains(search_key(text), autoescape=True)
    query = select(UnitRow.key, UnitRow.name, UnitRow.search_key).where(named, UnitRow.key.in_(reached))
    found = connection.execute(query.order_by(UnitRow.sort_key, UnitRow.key).limit(_MOST)).all()
    exactly = [row for row in found if row.search_key == search_key(text)]
    if len(exactly or found) == 1:
        return UnitKey((exactly or found)[0].key)
    if not found:
        raise NoUnitCalled(text=text)
    raise SeveralUnitsCalled(text=text, found=tuple(f"{row.name} ({row.key})" for row in found))
