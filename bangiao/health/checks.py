"""What a check is, what it may use, and what it gives: findings that say what, where and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection

from bangiao.attachments import store_of
from bangiao.wiring import Wiring
from checklists.messages import Message
from db.session import begin_read
from evidence.store import EvidenceStore

JUST_NOW = timedelta(hours=1)
"""So long a file may lie in the store before its row is written, and an event on its way, without being a finding."""

Progress = Callable[[Message, int], AbstractContextManager[Callable[[], object]]]
"""Opens a progress bar with its words and its length; what it gives is called once for each thing done."""


class Area(StrEnum):
    """What a check looks at."""

    ENVIRONMENT = "environment"
    RECORD = "record"
    EVIDENCE = "evidence"
    PEOPLE = "people"


class Health(StrEnum):
    """What came of a check. `attention`: nothing is broken, and somebody must still do something."""

    SOUND = "sound"
    ATTENTION = "attention"
    WRONG = "wrong"
    UNCHECKED = "unchecked"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be; `mended`: a repair puts it right."""

    what: Message
    todo: Message
    where: str = ""
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found (the first of it, `total` in all), and what there is to say when that is nothing."""

    fine: Message
    findings: Sequence[Finding] = ()
    total: int = 0

    def __post_init__(self) -> None:
        if not self.total:
            object.__setattr__(self, "total", len(self.findings))


@dataclass(frozen=True, slots=True)
class Look:
    """What checks work with. Each reads one consistent view of the record, of its own."""

    wiring: Wiring
    deep: bool
    progress: Progress

    @contextmanager
    def record(self) -> Iterator[Connection]:
        with begin_read(self.wiring.engine) as connection:
            yield connection

    @property
    def store(self) -> EvidenceStore:
        return store_of(self.wiring.settings)


@dataclass(frozen=True, slots=True)
class Check:
    """`name` is for programs and never changes. `grave`: what it finds is broken, not only to be done."""

    name: str
    area: Area
    title: Message
    look: Callable[[Look], Verdict]
    grave: bool = True
    deep: bool = False
    """Only when everything is to be read."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A check with what came of it; `why` it was not made, if it was not."""

    check: Check
    health: Health
    verdict: Verdict | None = None
    why: Message | None = None
