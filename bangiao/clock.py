"""The clock. Rules never read it; the edges pass its reading on as `now`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def clock_of(start: datetime | None) -> Clock:
    """The real clock (UTC), or one that starts at `start` now and runs on: for demonstrations and rehearsals."""
    if start is None:
        return lambda: datetime.now(UTC)
    began = time.monotonic()
    return lambda: start.astimezone(UTC) + timedelta(seconds=time.monotonic() - began)
