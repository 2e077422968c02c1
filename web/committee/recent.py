"""Answers that cost the database much, kept for a moment and always shown with the moment at which they were true.

How long depends on what they cost: a small office, whose answer takes milliseconds, is asked anew each time; a country
is counted again after ten times as long as the counting took, and never sooner than ten seconds. Whoever comes when an
answer has grown old gets it still, while one thread works out the next one; nobody gets one older than a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread
from time import monotonic
from typing import Any, Generic, TypeVar

_CHEAP = 0.06
"""Seconds: what costs less is not kept."""

_MOST = 300
"""Answers kept at a time."""

_AT_LEAST, _TIMES, _OLDEST = 10.0, 10, 60.0

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Value]):
    """An answer; `at`: the moment at which it was true."""

    value: Value
    at: datetime
    made: float
    cost: float

    @property
    def grows_old_after(self) -> float:
        return 0.0 if self.cost < _CHEAP else max(_AT_LEAST, _TIMES * self.cost)


class Recent:
    """Answers by name; used by many threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[Hashable, Kept[Any]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._one = Lock()

    def answer(self, name: Hashable, make: Callable[[], Value]) -> Kept[Value]:
        """The answer, kept or made now. `make` reads the database and writes nothing."""
        kept = self._kept.get(name)
        age = monotonic() - kept.made if kept else 0.0
        if kept and age <= kept.grows_old_after:
            return kept
        if kept and kept.grows_old_after and age <= max(_OLDEST, kept.grows_old_after):
            self._soon(name, make)
            return kept
        with self._lock(name):
            again = self._kept.get(name)
            if again is not None and again is not kept and again.grows_old_after:
                return again
            return self._made(name, make)

    def forget(self) -> None:
        """Something was written that its author wants to see counted."""
        self._kept.clear()

    def _soon(self, name: Hashable, make: Callable[[], Any]) -> None:
        lock = self._lock(name)
        if lock.acquire(blocking=False):
            Thread(target=self._refresh, args=(name, make, lock), daemon=True).start()

    def _refresh(self, name: Hashable, make: Callable[[], Any], lock: Lock) -> None:
        try:
            self._made(name, make)
        finally:
            lock.release()

    def _made(self, name: Hashable, make: Callable[[], Value]) -> Kept[Value]:
        at, began = self._clock(), monotonic()
        value = make()
        kept = Kept(value, at, monotonic(), monotonic() - began)
        if len(self._kept) > _MOST:
            self._kept.clear()
        self._kept[name] = kept
        return kept

    def _lock(self, name: Hashable) -> Lock:
        with self._one:
            return self._locks.setdefault(name, Lock())
