"""Work that comes in turns until the process is told to stop, through outages of the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

OUTAGES = (DBAPIError, OSError)
_IDLE, _LONGEST = 0.5, 5.0


def turn_until(stop: threading.Event, turn: Callable[[], bool], log: logging.Logger) -> None:
    """Turn by turn until `stop`; `turn` says whether there was something to do, and without it some time is left. An
    outage is said once and waited out, longer each time."""
    failures = 0
    while not stop.is_set():
        try:
            busy = turn()
            failures = 0
        except OUTAGES as error:
            failures += 1
            if failures == 1:
                log.warning("waiting for the database (%s)", str(error).partition("\n")[0][:200])
            stop.wait(min(0.5 * 2**failures, _LONGEST))
            continue
        if not busy:
            stop.wait(_IDLE)
