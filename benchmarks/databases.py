"""The databases that are measured: a file of SQLite or a real PostgreSQL server (`postgres`), each made for this run.

A round wants a fresh database that holds the register and the registered decisions: it is made once and copied.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bangiao.decision_files import read_decision_file
from bangiao.installation import install
from bangiao.opening import finish_opening, open_chunk, remaining_chunks
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from checklists.handlers import draft_decision, register_decision
from checklists.plan_summary import PlanSummary

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


@contextmanager
def wired(settings: Settings) -> Iterator[Wiring]:
    wiring = wire(settings)
    try:
        yield wiring
    finally:
        wiring.engine.dispose()


class Prepared:
    """The databases that rounds start from, made on first use: the national register, all
    decisions registered, all checklists open."""

    def __init__(self, databases: Databases, files: Sequence[Path], label: str = "") -> None:
        self.databases = databases
        self._files = list(files)
        self._label = label
        self._made: dict[str, Settings] = {}

    def installed(self) -> Settings:
        return self._once("installed", self._install)

    def registered(self) -> Settings:
        return self._once("registered", self._register_all)

    def opened(self) -> Settings:
        return self._once("opened", self._open_all)

    def fresh(self, name: str) -> Settings:
        """A copy of `registered`, for one round."""
        return self.databases.copied(self.registered(), name)

    def copy_of_opened(self, name: str) -> Settings:
        """A copy of `opened`, for one round."""
        return self.databases.copied(self.opened(), self._label + name)

    def only(self, file: Path) -> Prepared:
        """The same kind of database with one decision alone."""
        if self._files == [file]:
            return self
        return Prepared(self.databases, [file], "only_" + re.sub(r"\W", "_", file.stem.lower()) + "_")

    def made_once(self, name: str, make: Callable[[Prepared], Settings]) -> Settings:
        """Whatever else several subjects start from."""
        return self._once(name, lambda _name: make(self))

    def _once(self, name: str, make: Callable[[str], Settings]) -> Settings:
        if name not in self._made:
            self._made[name] = make(self._label + name)
        return self._made[name]

    def _install(self, name: str) -> Settings:
        settings = self.databases.empty(name)
        with wired(settings) as wiring:
            install(wiring)
        return settings

    def _register_all(self, name: str) -> Settings:
        settings = self.databases.copied(self.installed(), name)
        with wired(settings) as wiring:
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
    return agree(wiring, draft(wiring, file))


def draft(wiring: Wiring, file: Path) -> PlanSummary:
    written = read_decision_file(file)
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        return draft_decision(written.decision, uow, planning, refused=written.refusal, by="first").summary


def agree(wiring: Wiring, plan: PlanSummary) -> int:
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        done = register_decision(plan.number, plan.hash, uow, planning, by="second", four_eyes=True)
    return done.decision_id


def open_all(wiring: Wiring, decisions: int) -> None:
    """Open every registered decision, chunk by chunk, as the flow does."""
    for decision_id in range(1, decisions + 1):
        for chunk in remaining_chunks(wiring, decision_id):
            open_chunk(wiring, decision_id, chunk)
        assert finish_opening(wiring, decision_id).finished
