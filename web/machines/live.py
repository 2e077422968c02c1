"""Numbers that change while somebody looks: one look at the record for all who watch, and each gets what is theirs.

poller (one for the process) → has anything happened? → board, reach of each watcher → **streams** to browsers.
Nobody holds a connection to the database while nothing happens. A stream ends when its session does, when its person
may not see this any more, and when the server stops; browsers come back by themselves, each after another while.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from time import monotonic

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.wiring import Wiring
from db.measurements import events_so_far
from db.session import begin_read

OF_ONE_PERSON, OF_ALL = 4, 400
"""Streams at a time."""

STOPPED, SIGNED_OUT = "stopped", "signed-out"
"""Why a stream ends: a browser comes back after the first, and not after the second."""

_BACK_AFTER = (2_000, 8_000)
"""Milliseconds: when a browser whose stream broke off comes back."""

log = logging.getLogger("bangiao.web")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between two looks at the record; until it is asked again who may still see; and until a stream in which
    nothing happened says that it is still there."""

    look: float = 2.0
    ask: float = 10.0
    alive: float = 15.0


@dataclass(eq=False)
class Watcher:
    """Somebody who watches. `allowed`: whether they may still; `as_of`: of when is what `look` would give, which costs
    more to ask; `stamped`: what was seen as it is sent, with its moment. `shown` is what they are to see, `over` why
    their stream ends."""

    account: str
    allowed: Callable[[], bool]
    as_of: Callable[[], datetime]
    look: Callable[[], tuple[str, datetime]]
    stamped: Callable[[str, datetime | None], str]
    shown: str = ""
    seen_at: datetime | None = None
    over: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """All streams of one process."""

    def __init__(self, wiring: Wiring, pace: Pace | None = None) -> None:
        self._wiring, self._pace = wiring, pace or Pace()
        self._watchers: set[Watcher] = set()
        self._poller: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._state: tuple[int, date] | None = None
        self._changed_at = wiring.now()
        self._asked_at = 0.0
        self._stopped = False

    def full(self, account: str) -> bool:
        """Whether there is room for no further stream, or none of this person's."""
        own = sum(one.account == account for one in self._watchers)
        return self._stopped or own >= OF_ONE_PERSON or len(self._watchers) >= OF_ALL

    @property
    def watched(self) -> int:
        return len(self._watchers)

    def stop(self) -> None:
        """End all streams; from any thread, a signal's too."""
        self._stopped = True
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    async def stream(self, watcher: Watcher, last_seen: str) -> AsyncIterator[bytes]:
        """What a browser reads; it begins with what there is, unless that is what it had when it broke off."""
        self._join(watcher)
        try:
            back = random.randint(*_BACK_AFTER)  # noqa: S311 - no secret: so that not all come back at once
            yield format_sse_event(comment="bangiao", retry=back)
            while not watcher.over:
                try:
                    await asyncio.wait_for(watcher.news.wait(), self._pace.alive)
                except TimeoutError:
                    yield KEEPALIVE_COMMENT
                    continue
                watcher.news.clear()
                name = name_of(watcher.shown)
                if name != last_seen and not watcher.over:
                    last_seen = name
                    yield format_sse_event(
                        event="numbers", data_str=watcher.stamped(watcher.shown, watcher.seen_at), id=name
                    )
            if watcher.over != STOPPED:
                yield format_sse_event(event="over", data_str=watcher.over)
        finally:
            self._watchers.discard(watcher)

    def _join(self, watcher: Watcher) -> None:
        self._watchers.add(watcher)
        if self._stopped:
            watcher.over = STOPPED
        elif self._poller is None or self._poller.done():
            self._loop = asyncio.get_running_loop()
            self._poller = self._loop.create_task(self._poll())

    async def _poll(self) -> None:
        """As long as anybody watches."""
        away = False
        while self._watchers:
            try:
                for one in await run_in_threadpool(self._look, list(self._watchers)):
                    one.news.set()
                away = False
            except Exception as error:  # the record is away for a moment: streams wait for it
                if not away:
                    log.warning("live numbers wait (%s)", str(error).partition("\n")[0][:200])
                away = True
            await asyncio.sleep(self._pace.look)

    def _look(self, watchers: list[Watcher]) -> list[Watcher]:
        """Once for all: what happened, who may still see, and what each sees now. In a thread. Gives those who have
        something new."""
        with begin_read(self._wiring.engine) as connection:
            state = events_so_far(connection), self._wiring.today()
        if state != self._state:
            self._state, self._changed_at = state, self._wiring.now()
        ask = self._time_to_ask()
        return [one for one in watchers if self._is_new(one, ask)]

    def _is_new(self, one: Watcher, ask: bool) -> bool:
        if ask and not one.allowed():
            one.over = SIGNED_OUT
            return True
        if one.seen_at is not None and one.seen_at >= self._changed_at:
            return False
        if one.as_of() == one.seen_at:  # counted before it happened, and to be counted again soon
            return False
        before = one.shown
        try:
            one.shown, one.seen_at = one.look()
        except HTTPException:
            one.over = SIGNED_OUT
        return one.shown != before or bool(one.over)

    def _time_to_ask(self) -> bool:
        if monotonic() - self._asked_at < self._pace.ask:
            return False
        self._asked_at = monotonic()
        return True

    def _end_all(self) -> None:
        for one in self._watchers:
            one.over = STOPPED
            one.news.set()


def name_of(content: str) -> str:
    """What browsers know by which they have seen: equal for equal content, and says nothing else."""
    return sha256(content.encode()).hexdigest()[:16]
