"""Engines and transactions: the one place that knows how SQLite and PostgreSQL differ as servers.

A writer's transaction is `begin_write`, and it is the only commit in the project. On SQLite it is BEGIN IMMEDIATE: with
the driver's default, concurrent read-modify-write transactions lose most of their updates without an error. WAL is
used only on a SQLite without the WAL-reset bug (sqlite.org/wal.html#walresetbug); `pysqlite3` brings such a one.
"""

from __future__ import annotations

import importlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from db.faults import faultpoint
from db.statements import Statement

_BUSY_SECONDS = 30

_BEGIN_PART = Statement(lambda _: text("SAVEPOINT part"))
_UNDO_PART = Statement(lambda _: text("ROLLBACK TO SAVEPOINT part"))
_END_PART = Statement(lambda _: text("RELEASE SAVEPOINT part"))


def sqlite_driver() -> ModuleType:
    """`pysqlite3` where it is installed and newer than the interpreter's own SQLite, else the standard library's."""
    try:
        bundled = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3
    return bundled if bundled.sqlite_version_info > sqlite3.sqlite_version_info else sqlite3


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite version has the fix of the WAL-reset bug (3.51.3, and 3.50.7 / 3.44.6 on their lines)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def open_engine(url: str) -> Engine:
    """An engine for `url`; for SQLite the folder is made, and each connection gets the rules above."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_size=5, max_overflow=10, pool_pre_ping=True
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    driver = sqlite_driver()
    engine = create_engine(parsed, module=driver, connect_args={"timeout": _BUSY_SECONDS})
    journal = "WAL" if wal_is_safe(driver.sqlite_version_info) else "DELETE"

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so, in begin_write/begin_read
        _set_journal(connection, journal, driver)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-65536",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


def _set_journal(connection: Any, journal: str, driver: ModuleType) -> None:
    """Two processes that open a new database at once: the second is told "locked" without waiting, and asks again."""
    for left in reversed(range(_JOURNAL_TRIES)):
        try:
            connection.execute(f"PRAGMA journal_mode={journal}").close()
        except driver.OperationalError:
            if left == 0:
                raise
            time.sleep(_JOURNAL_PAUSE)
        else:
            return


_JOURNAL_TRIES, _JOURNAL_PAUSE = 200, 0.05


@contextmanager
def begin_write(engine: Engine) -> Iterator[Connection]:
    """One writer's transaction: committed at the end of the block, rolled back on any exception."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.begin()  # a COPY goes past SQLAlchemy: were it the first statement, commit would find nothing
        yield connection
        faultpoint("commit.before")
        connection.commit()
        faultpoint("commit.after")


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """A part of a writer's transaction: what fails in it is undone, and the rest stands. Not to be nested."""
    _BEGIN_PART.run(connection, {})
    try:
        yield
    except BaseException:
        _UNDO_PART.run(connection, {})
        _END_PART.run(connection, {})
        raise
    _END_PART.run(connection, {})


@contextmanager
def begin_read(engine: Engine) -> Iterator[Connection]:
    """One consistent view for reading; never committed."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection
