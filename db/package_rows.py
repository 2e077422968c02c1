"""Reading many rows for a package: in parts, in an order that no database's collation changes, and who they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, collate

AT_ONCE = 2000


@dataclass(slots=True)
class Named:
    """Accounts and units that the rows given out so far have named."""

    accounts: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)

    def people(self, *accounts: str | None) -> None:
        self.accounts.update(one for one in accounts if one)

    def places(self, *units: str | None) -> None:
        self.units.update(one for one in units if one)


def parts(connection: Connection, query: Any, most: int = AT_ONCE) -> Iterator[list[Any]]:
    """The rows in lists of at most `most`; on PostgreSQL by a cursor of the server, so that memory stays flat."""
    result = connection.execute(query, execution_options={"yield_per": most})
    for part in result.partitions():
        yield list(part)


def stream(connection: Connection, query: Any) -> Iterator[Any]:
    """The rows one by one."""
    for part in parts(connection, query):
        yield from part


def bytewise(connection: Connection, column: Any) -> ColumnElement[Any]:
    """A text to sort by, in the order of its characters on either database."""
    made: ColumnElement[Any] = collate(column, "C") if connection.dialect.name == "postgresql" else column
    return made
