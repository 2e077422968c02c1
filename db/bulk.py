"""Writing many rows at once: tuples in column order with keys we gave, no RETURNING, no ORM.

Measured elsewhere in this project (benchmarks/): prepared tuples through the driver cost about a tenth more than the
bare driver, typed dictionaries two and a half times as much; on PostgreSQL, COPY is the fast way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Date, Table
from sqlalchemy.dialects import postgresql, sqlite

from db.models import Instant

_MOST_IN = 500

_WORTH_A_COPY = 50
"""From so many rows on, a COPY and what surrounds it is quicker than one statement for each."""

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
    dialect = connection.dialect.name
    if dialect != "postgresql":
        places = _dated(table)
        connection.exec_driver_sql(_insert_or(table, dialect, anew), [_raw(row, places) for row in rows])
    elif len(rows) < _WORTH_A_COPY:
        connection.exec_driver_sql(_insert_or(table, dialect, anew), list(rows))
    else:
        _copy_beside(connection, table, rows, anew)


@cache
def _insert_or(table: Table, dialect: str, anew: bool) -> str:
    places = ", ".join(["%s" if dialect == "postgresql" else "?"] * len(table.columns))
    into = f"INSERT INTO {table.name} ({_names(table)}) VALUES ({places})"  # noqa: S608 - our own names
    return f"{into} {_on_conflict(table, anew)}"


def _on_conflict(table: Table, anew: bool) -> str:
    key = [column.name for column in table.primary_key]
    rest = ", ".join(f'"{one.name}" = excluded."{one.name}"' for one in table.columns if one.name not in key)
    return f"ON CONFLICT ({', '.join(key)}) DO {f'UPDATE SET {rest}' if anew else 'NOTHING'}"


@cache
def _dated(table: Table) -> tuple[int, ...]:
    """Places of the columns that hold days and instants."""
    kinds = [column.type for column in table.columns]
    return tuple(place for place, kind in enumerate(kinds) if isinstance(kind, Date | Instant))


def _raw(row: tuple[Any, ...], places: tuple[int, ...]) -> tuple[Any, ...]:
    raw = list(row)
    for place in places:
        if raw[place] is not None:
            raw[place] = _raw_value(raw[place])
    return tuple(raw)


@lru_cache(maxsize=4096)
def _raw_value(value: date) -> str:
    """A day or an instant as SQLAlchemy stores it on SQLite."""
    return raw_instant("sqlite", value) if isinstance(value, datetime) else value.isoformat()


def _copy(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], into: str = "") -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a checked-out connection has one
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {into or table.name} ({_names(table)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _copy_beside(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], anew: bool) -> None:
    """COPY knows no ON CONFLICT: the rows come by way of a table of this transaction's own."""
    beside, names, clash = f"{table.name}_beside", _names(table), _on_conflict(table, anew)
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {beside} (LIKE {table.name}) ON COMMIT DROP")
    _copy(connection, table, rows, beside)
    into = f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {beside} {clash}"  # noqa: S608 - our own names
    connection.exec_driver_sql(into)
    connection.exec_driver_sql(f"DROP TABLE {beside}")


def _names(table: Table) -> str:
    """The columns as declared: a migrated table may hold them in another order."""
    return ", ".join(f'"{column.name}"' for column in table.columns)


def insert_if_new(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that leaves what is there as it is; a concurrent writer of the same key is waited for."""
    return into_if_new(table, connection.dialect.name)


def into_if_new(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """The statement of `insert_if_new`."""
    if dialect == "postgresql":
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


def read_instant(held: str | datetime) -> datetime:
    """What a driver gave for an instant that was read past its type: SQLite holds text, in UTC. Of many rows most hold
    the same few, and equal texts cost nothing to compare."""
    return _instant(held) if isinstance(held, str) else held


@lru_cache(maxsize=4096)
def _instant(held: str) -> datetime:
    return datetime.fromisoformat(held).replace(tzinfo=UTC)


def in_parts(values: Sequence[Value], most: int = _MOST_IN) -> Iterator[Sequence[Value]]:
    """Slices, unless said otherwise short enough for one IN on either database."""
    return (values[start : start + most] for start in range(0, len(values), most))
