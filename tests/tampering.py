"""Changing by hand what the triggers of the audit log keep, as somebody does who owns the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

_GUARDS = "(name LIKE '%_kept%' OR name LIKE '%_not_changed' OR name LIKE '%_not_emptied')"


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Inside the block and the transaction, tables of the log can be changed. New events still join the queue."""
    if connection.dialect.name == "postgresql":
        named = _GUARDS.replace("name", "tgname")
        found = text(f"SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND {named}")  # noqa: S608
        guards = [(table, name) for table, name in connection.execute(found)]
        off = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in guards]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER {name}" for table, name in guards]
    else:
        found = text(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND {_GUARDS}")  # noqa: S608
        triggers = [(name, sql) for name, sql in connection.execute(found)]
        off = [f"DROP TRIGGER {name}" for name, _ in triggers]
        on = [sql for _, sql in triggers]
    for order in off:
        connection.exec_driver_sql(order)
    yield
    for order in on:
        connection.exec_driver_sql(order.replace("%", "%%") if connection.dialect.name == "postgresql" else order)
