"""A clock that tests set and move on; a module of its own, since several folders have a conftest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

START = datetime.fromisoformat("2025-06-17T08:00:00+07:00")


@dataclass
class SetClock:
    """A clock that stands still until a test moves it on."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)
