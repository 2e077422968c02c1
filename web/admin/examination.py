"""The examination that an administrator orders: the checks of `bangiao doctor`, one after another in a thread of this
process, so that a page can say how far it is. One at a time; its outcome stays until the next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Thread
from typing import Any

from fastapi import Request

from bangiao.doctor import CHECKS, examine
from bangiao.health.checks import Examined, Look
from bangiao.wiring import Wiring
from checklists.messages import Message

log = logging.getLogger(__name__)


@dataclass
class Examination:
    """How far it is, and what was found so far. `ended_at` None: it runs."""

    by: str
    began_at: datetime
    deep: bool
    total: int
    found: list[Examined] = field(default_factory=list)
    ended_at: datetime | None = None
    broken: bool = False

    @property
    def coming(self) -> Message | None:
        """The title of the check that is being made."""
        made = [check for check in CHECKS if self.deep or not check.deep]
        return made[len(self.found)].title if self.ended_at is None and len(self.found) < len(made) else None


class Examinations:
    """The last one of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.last: Examination | None = None

    def order(self, wiring: Wiring, by: str, *, deep: bool) -> Examination:
        """Begin one, or give the one that runs."""
        with self._lock:
            if self.last is not None and self.last.ended_at is None:
                return self.last
            total = sum(deep or not check.deep for check in CHECKS)
            self.last = Examination(by, wiring.now(), deep, total)
            Thread(target=_run, args=(wiring, self.last), name="examination", daemon=True).start()
            return self.last


def examinations(request: Request) -> Examinations:
    """What this process keeps."""
    state = request.app.state
    if not hasattr(state, "examinations"):
        state.examinations = Examinations()
    kept: Examinations = state.examinations
    return kept


def _run(wiring: Wiring, one: Examination) -> None:
    try:
        for found in examine(Look(wiring, one.deep, _no_bar)):
            one.found.append(found)
    except Exception:
        log.exception("the examination broke off")
        one.broken = True
    finally:
        one.ended_at = wiring.now()


@contextmanager
def _no_bar(_words: Message, _total: int) -> Iterator[Any]:
    yield lambda: None
