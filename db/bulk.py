"""Writing many rows at once: tuples in column order with keys we gave, no RETURNING, no ORM.

Measured elsewhere in this project (benchmarks/): prepared tuples through the driver cost about a tenth more than the
bare driver, typed dictionaries two and a half times as much; on PostgreSQL, COPY is the fast way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_MOST_IN = 500

Value = TypeVar("Value")


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert `rows` inside the running transaction: values in column order, days and instants as raw text."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
        return
    places = ", ".join("?" * len(table.columns))
    into = f"INSERT INTO {table.name} ({_names(table)}) VALUES ({places})"  # noqa: S608 - our own names
    connection.exec_driver_sql(into, list(rows))


def write_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, anew: bool = False) -> None:
    """Insert rows of which some may be there: those stay as they are, or take the new values if `anew`. Values in
    column order, days and instants as they are in Python."""
    if not rows:
        return
    into = _insert_or(table, connection.dialect.name, anew)
    connection.exec_driver_sql(into, rows if connection.dialect.name == "postgresql" else list(map(_raw, rows)))


@cache
def _insert_or(table: Table, dialect: str, anew: bool) -> str:
    key = [column.name for column in table.primary_key]
    rest = ", ".join(f'"{one.name}" = excluded."{one.name}"' for one in table.columns if one.name not in key)
    clash = f"UPDATE SET {rest}" if anew else "NOTHING"
    places = ", ".join(["%s" if dialect == "postgresql" else "?"] * len(table.columns))
    into = f"INSERT INTO {table.name} ({_names(table)}) VALUES ({places})"  # noqa: S608 - our own names
    return f"{into} ON CONFLICT ({', '.join(key)}) DO {clash}"


def _raw(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([_raw_value(value) if isinstance(value, date) else value for value in row])


@lru_cache(maxsize=4096)
def _raw_value(value: date) -> str:
    """A day or an instant as SQLAlchemy stores it on SQLite."""
    return raw_instant("sqlite", value) if isinstance(value, datetime) else value.isoformat()


def _copy(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a checked-out connection has one
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({_names(table)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _names(table: Table) -> str:
    """The columns as declared: a migrated table may hold them in another order."""
    return ", ".join(f'"{column.name}"' for column in table.columns)


def insert_if_new(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that leaves what is there as it is; a concurrent writer of the same key is waited for."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def upsert(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert the row, or give the one of the same primary key these values."""
    connection.execute(upsert_into(table, connection.dialect.name), row)


@cache
def upsert_into(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """The statement of `upsert`."""
    key = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if column.name not in key]
    if dialect == "postgresql":
        into = postgresql.insert(table)
        return into.on_conflict_do_update(index_elements=key, set_={name: into.excluded[name] for name in rest})
    other = sqlite.insert(table)
    return other.on_conflict_do_update(index_elements=key, set_={name: other.excluded[name] for name in rest})


def raw_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def raw_instant(dialect: str, instant: datetime) -> str:
    """The instant as SQLAlchemy itself stores it on this kind of database."""
    zone = "" if dialect == "sqlite" else "+00"
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}{zone}"


def in_parts(values: Sequence[Value], most: int = _MOST_IN) -> Iterator[Sequence[Value]]:
    """Slices, unless said otherwise short enough for one IN on either database."""
    return (values[start : start + most] for start in range(0, len(values), most))
