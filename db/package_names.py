"""Units and people that a package's rows have named: read last, when all of them are known."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from checklists.package.records import PersonRecord, UnitRecord
from checklists.package.texts import day_or_none
from db.bulk import in_parts
from db.models import UnitRow, table_of
from db.package_rows import Named
from db.work_models import PersonRow

_UNIT = table_of(UnitRow)


def unit_rows(connection: Connection, named: Named) -> Iterator[UnitRecord]:
    """By key: the units that were named, and all that they lie in."""
    wanted = _with_parents(connection, named.units)
    for part in in_parts(sorted(wanted)):
        found = {row.key: row for row in connection.execute(select(_UNIT).where(_UNIT.c.key.in_(part)))}
        for key in part:
            if (row := found.get(key)) is not None:
                yield {
                    "key": row.key,
                    "name": row.name,
                    "kind": row.kind,
                    "level": row.level,
                    "parent": row.parent,
                    "valid_from": day_or_none(row.valid_from),
                    "valid_to": day_or_none(row.valid_to),
                }


def _with_parents(connection: Connection, units: set[str]) -> set[str]:
    wanted, fresh = set(units), set(units)
    while fresh:
        found: set[str] = set()
        for part in in_parts(sorted(fresh)):
            parents = select(_UNIT.c.parent).where(_UNIT.c.key.in_(part), _UNIT.c.parent.is_not(None))
            found.update(connection.scalars(parents.distinct()))
        fresh = found - wanted
        wanted |= fresh
    return wanted


def person_rows(connection: Connection, named: Named) -> Iterator[PersonRecord]:
    """By account; whoever never had one is called by the name they acted under."""
    for part in in_parts(sorted(named.accounts)):
        query = select(PersonRow.account, PersonRow.name).where(PersonRow.account.in_(part))
        names = {row.account: row.name for row in connection.execute(query)}
        for account in part:
            yield {"account": account, "name": names.get(account, account)}
