"""The register of units in the database: reading it as of a day, and writing units, successions and changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, bindparam, func, select, update

from checklists.names import search_key, sort_key
from checklists.units import Level, Relation, Succession, Unit, UnitKey
from db.bulk import in_parts, insert_rows, raw_day
from db.models import SuccessionRow, UnitChangeRow, UnitRow, table_of

_UNIT = table_of(UnitRow)
_CHANGE = table_of(UnitChangeRow)
_SUCCESSION = table_of(SuccessionRow)


class SqlRegister:
    """The register with the kinds and names in force on a day: `wanted` units are read at once, others when asked."""

    def __init__(self, connection: Connection, on: date, wanted: Iterable[UnitKey] = ()) -> None:
        self._connection = connection
        self._on = on
        self._units: dict[UnitKey, Unit | None] = {}
        self._read(_UNIT.c.key, sorted(wanted))

    def unit(self, key: UnitKey) -> Unit | None:
        if key not in self._units:
            self._units[key] = None
            self._read(_UNIT.c.key, [key])
        return self._units[key]

    def same_code(self, code: str) -> Sequence[UnitKey]:
        """Keys with this code, in every generation."""
        return self._read(_UNIT.c.code, [code])

    def children(self, keys: Sequence[UnitKey]) -> Sequence[UnitKey]:
        return self._read(_UNIT.c.parent, keys)

    def _read(self, column: Column[Any], values: Sequence[str]) -> list[UnitKey]:
        found: list[UnitKey] = []
        for part in in_parts(values):
            for row in self._connection.execute(select(_UNIT).where(column.in_(part)).order_by(_UNIT.c.key)):
                found.append(UnitKey(row.key))
                self._units[found[-1]] = Unit(
                    found[-1], Level(row.level), row.kind, row.name, row.parent, row.valid_from, row.valid_to
                )
        self._change(found)
        return found

    def _change(self, keys: Sequence[UnitKey]) -> None:
        """Apply the changes in force on the day; of one day's, the kind before the name, which then stands as given."""
        for part in in_parts(keys):
            query = select(_CHANGE).where(_CHANGE.c.unit.in_(part), _CHANGE.c.effective_on <= self._on)
            for change in self._connection.execute(query.order_by(_CHANGE.c.effective_on, _CHANGE.c.field)):
                if unit := self._units[change.unit]:
                    self._units[unit.key] = changed(unit, change.field, change.new_value)


def changed(unit: Unit, field: str, value: str) -> Unit:
    """The unit with a changed name or kind. The name's first word follows the kind, unless it is that kind already:
    a name and a kind may come in either order."""
    if field == "name":
        return replace(unit, name=value)
    if unit.name.casefold().startswith(f"{value} "):
        return replace(unit, kind=value)
    proper = unit.name[len(unit.kind) :].strip() if unit.name.casefold().startswith(unit.kind) else unit.name
    return replace(unit, kind=value, name=f"{value[:1].upper()}{value[1:]} {proper}")


def write_units(connection: Connection, units: Iterable[Unit]) -> int:
    """Insert new units (parents before children or in one batch); gives how many."""
    rows = [
        (
            unit.key,
            unit.generation,
            unit.code,
            unit.level.value,
            unit.kind,
            unit.name,
            unit.parent,
            raw_day(unit.valid_from),
            raw_day(unit.valid_to),
            search_key(unit.name),
            sort_key(unit.name),
        )
        for unit in units
    ]
    insert_rows(connection, _UNIT, rows)
    return len(rows)


def write_successions(connection: Connection, rows: Iterable[Succession], number: str) -> int:
    """Insert the rows that are not there yet, under the decision `number`; gives how many."""
    rows = list(rows)
    known = {
        (row.predecessor, row.successor)
        for part in in_parts(sorted({row.predecessor for row in rows}))
        for row in connection.execute(
            select(_SUCCESSION.c.predecessor, _SUCCESSION.c.successor).where(_SUCCESSION.c.predecessor.in_(part))
        )
    }
    fresh = [
        (row.predecessor, row.successor, row.relation.value, row.basis, number)
        for row in rows
        if (row.predecessor, row.successor) not in known
    ]
    insert_rows(connection, _SUCCESSION, fresh)
    return len(fresh)


def claim_successions(connection: Connection, rows: Iterable[Succession], number: str) -> None:
    """Record the rows under the decision that carries them out, also those that the register knew already: that is
    how another decision is seen to claim the same unit."""
    rows = list(rows)
    if not rows:
        return
    write_successions(connection, rows, number)
    known = (_SUCCESSION.c.predecessor == bindparam("was"), _SUCCESSION.c.successor == bindparam("becomes"))
    said = {"relation": bindparam("how"), "basis": bindparam("why"), "decision_number": number}
    connection.execute(
        update(_SUCCESSION).where(*known, _SUCCESSION.c.decision_number != number).values(said),
        [{"was": row.predecessor, "becomes": row.successor, "how": row.relation, "why": row.basis} for row in rows],
    )


def successions_of(connection: Connection, key: UnitKey) -> tuple[list[Succession], list[Succession]]:
    """The rows in which a unit is predecessor, and those in which it is successor."""
    rows = connection.execute(
        select(_SUCCESSION).where((_SUCCESSION.c.predecessor == key) | (_SUCCESSION.c.successor == key))
    )
    both = [Succession(row.predecessor, row.successor, Relation(row.relation), row.basis) for row in rows]
    return [row for row in both if row.predecessor == key], [row for row in both if row.successor == key]


def count_units(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(_UNIT)) or 0
