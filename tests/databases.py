"""Databases for tests, as things that fixtures hand around; and offices that are made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from clocks import SetClock
from sqlalchemy import Engine

from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from checklists.ports import Planning

OfficeMaker = Callable[[Wiring], Any]
"""Makes an office in a database with nothing but the register, and gives what tests say about it: the wiring itself,
or a dataclass with a field `wiring`. It asks nothing of the test."""

ACTOR = "thu-ky"


@dataclass
class Databases:
    """Where databases come from on one kind of server: empty ones, copies of the prepared one, copies of any."""

    empty: Callable[[Path], str]
    copy: Callable[[Path], str]
    copy_of: Callable[[str, Path], str]
    remove: Callable[[str], None]


@dataclass(frozen=True)
class MadeOffice:
    """As it was when its maker was done; `folder` is its data directory."""

    url: str
    folder: Path
    now: datetime
    made: Any

    def handed_to(self, wiring: Wiring) -> Any:
        """What the maker gave, about the copy."""
        if isinstance(self.made, Wiring):
            return wiring
        return replace(self.made, wiring=wiring) if is_dataclass(self.made) else self.made  # type: ignore[type-var]


@dataclass
class MadeOffices:
    """Of one worker: by kind of server and maker."""

    home: Path
    known: dict[tuple[int, OfficeMaker], MadeOffice] = field(default_factory=dict)

    def made_by(self, maker: OfficeMaker, databases: Databases) -> MadeOffice:
        name = (id(databases), maker)
        if name not in self.known:
            folder = self.home / f"office-{len(self.known)}"
            folder.mkdir()
            self.known[name] = self._make(maker, databases, folder)
        return self.known[name]

    def _make(self, maker: OfficeMaker, databases: Databases, folder: Path) -> MadeOffice:
        url, clock, data = databases.copy(folder), SetClock(), folder / "data"
        data.mkdir()
        wiring = quick(Settings(data_dir=data, database_url=url, actor=ACTOR), clock)
        made = maker(wiring)
        wiring.engine.dispose()
        return MadeOffice(url, data, clock.now, made)

    def copied(self, office: MadeOffice, databases: Databases, folder: Path) -> str:
        """Its files into `folder`; gives the address of its database's copy."""
        shutil.copytree(office.folder, folder, dirs_exist_ok=True)
        return databases.copy_of(office.url, folder)


_FIRST: dict[str, Engine] = {}
_PLANNING: dict[tuple[str, ...], Planning] = {}


def quick(settings: Settings, clock: SetClock) -> Wiring:
    """As `wire` does it, but what is the same for every test of a worker is worked out once: SQL from statements (it is
    kept by dialect), templates by their hash."""
    made = wire(settings)
    first = _FIRST.setdefault(made.engine.dialect.name, made.engine)
    if first is not made.engine:
        made.engine.dialect = made.engine.pool._dialect = first.dialect
        made.engine._compiled_cache = first._compiled_cache
    return Wiring(settings, made.engine, clock, known_planning=_PLANNING)
