"""Loops that outlive an outage: they say once that something is away, try again soon, and say when it is back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

import httpx
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from sqlalchemy.exc import OperationalError

OUTAGES = (httpx.HTTPError, PrefectException, OSError, OperationalError)
"""What passes by itself: a server or database that is away. Anything else is a mistake of ours and ends the process."""

LONGEST_PAUSE = 2.0
"""Seconds between tries however long the outage lasts: work follows quickly when it ends."""

log = logging.getLogger("bangiao")


async def keep_doing(
    what: str,
    action: Callable[[], Awaitable[object]],
    *,
    every: float,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
) -> None:
    """Do `action` every so many seconds, or as soon as `wake` is set, until `stop` is.

    Prefect's client would try again by itself, after 2, 4, … 32 seconds; here it leaves that to us.
    """
    failures = 0
    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
        while not stop.is_set():
            if wake:
                wake.clear()
            try:
                await action()
            except OUTAGES as error:
                failures += 1
                if failures == 1:
                    log.warning("%s: waiting for better times (%s: %s)", what, type(error).__name__, _first_line(error))
                await _pause(min(0.5 * 2**failures, LONGEST_PAUSE), stop)
            else:
                if failures:
                    log.info("%s: going on after %d failed tries", what, failures)
                failures = 0
                await _pause(every, wake or stop, stop)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


async def _pause(seconds: float, *until: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in set(until)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*waits, return_exceptions=True)
