"""Events leave for their subscribers: in the order of the log, at least once, each subscription by itself.

`db.subscriptions` → **here** ⇄ `notifiers.pool` → `notifiers.event_hooks`. A subscription has at most one event on its
way, so that a later one never overtakes it; what was sent and not recorded, because a process died, is sent again under
the same id. Runs beside the sender of notices, in the same process, with threads of its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.channels import limits_of, sealing_keys
from bangiao.i18n import render
from bangiao.subscriptions import opened
from bangiao.turning import turn_until
from bangiao.wiring import Wiring
from checklists.cloud_event import Told, cloud_event
from checklists.errors import HandoverError
from checklists.events import SUBSCRIPTION_STOPPED, Event
from checklists.subscriptions import GONE, Failing, SubscriptionState, again_at
from db.faults import faultpoint
from db.session import begin_read, begin_write
from db.subscribed_events import Stretch, next_stretch
from db.subscriptions import Subscription, any_waiting, claim_waiting, move_on, switch_subscription
from db.unit_of_work import record_event
from notifiers.channels import Channel, Limits, Outcome, State
from notifiers.event_hooks import post_event
from notifiers.outcomes import refused
from notifiers.pool import Job, Pool

AT_ONCE = 50
"""Events that a thread sends one after the other before it is written down that they were."""

LEASE = timedelta(seconds=90)
_LONGEST_TURN = 2.0
"""Seconds, after which no further event is begun: so much is sent again, at worst, after a crash."""

_BUSY, _STOP_WITHIN = 0.2, 12.0
_LONGEST_WORDS = 300

log = logging.getLogger("bangiao.events")


@dataclass(slots=True)
class _Way:
    """What a thread sends of one subscription, and how far it came: `sent` events, the last answer in `outcome`."""

    one: Subscription
    stretch: Stretch
    sent: int = 0
    outcome: Outcome | None = None
    stopped: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class EventDelivery:
    """`run` until stopped, or `drain` what is due now. One thread uses it; the pool's threads only send."""

    def __init__(self, wiring: Wiring, *, pool: Pool | None = None, limits: Limits | None = None) -> None:
        self._wiring = wiring
        self._pool = pool or Pool(wiring.settings.sender_threads)
        self._limits = limits or limits_of(wiring.settings)
        self._name = uuid4().hex
        self._through: SimpleQueue[_Way] = SimpleQueue()
        self._out = 0
        self._kept: list[_Way] = []

    def run(self, stop: threading.Event) -> None:
        """Until `stop`: then what is on its way is finished and recorded."""
        turn_until(stop, self.turn, log)
        self.close()

    def drain(self, within: float = 60) -> None:
        """Send everything that is due now. For rehearsals and by hand."""
        until = time.monotonic() + within
        while time.monotonic() < until and self.turn():
            pass

    def turn(self) -> bool:
        """Claim, hand out, record; False when there was nothing to do."""
        claimed = self._hand_out()
        recorded = self._collect(_BUSY if self._out else 0)
        return bool(claimed or recorded or self._out)

    def close(self) -> None:
        """Finish what is on its way (for a while) and record it."""
        self._pool.close(_STOP_WITHIN)
        self._collect(0)

    def _hand_out(self) -> int:
        now = self._wiring.now()
        with begin_read(self._wiring.engine) as connection:
            if not any_waiting(connection, now):
                return 0
        with begin_write(self._wiring.engine) as connection:
            claimed = claim_waiting(connection, self._name, now, now + LEASE)
        for one in claimed:
            self._begin(one)
        return len(claimed)

    def _begin(self, one: Subscription) -> None:
        with begin_read(self._wiring.engine) as connection:
            way = _Way(one, next_stretch(connection, one, AT_ONCE))
        self._out += 1
        if not way.stretch.told:  # nothing of its kinds: it has passed it all the same
            self._through.put(way)
            return
        try:
            channel = opened(one, sealing_keys(self._wiring.settings))
        except HandoverError as error:  # the key file is gone: it fails, waits and says why, like a server that is away
            way.outcome = refused(error)
            self._through.put(way)
            return
        self._submit(way, channel)

    def _submit(self, way: _Way, channel: Channel) -> None:
        events = list(way.stretch.told)

        def work() -> Outcome:
            return self._send_all(way, channel, events)

        def through(future: Future[Outcome]) -> None:
            with way.lock:
                way.stopped = True
                if not future.cancelled() and way.outcome is None and future.result().state is not State.SENT:
                    way.outcome = future.result()
            self._through.put(way)

        self._pool.submit(Job(channel.id, work)).add_done_callback(through)

    def _send_all(self, way: _Way, channel: Channel, events: Sequence[Told]) -> Outcome:
        """One after the other, until one is not taken or the turn is over."""
        until, settings = time.monotonic() + _LONGEST_TURN, self._wiring.settings
        for told in events:
            document = cloud_event(told, way.one.source, settings.link_base)
            outcome = post_event(channel, document, self._limits, self._wiring.now())
            with way.lock:
                if way.stopped:  # whoever waited for this thread has given it up, and somebody else begins again
                    return outcome
                if outcome.state is not State.SENT:
                    way.outcome = outcome
                    return outcome
                way.sent += 1
            faultpoint("event.sent")
            if time.monotonic() > until:
                break
        return outcome

    def _collect(self, wait: float) -> int:
        """Record what the threads are through with; in an outage of the database it is kept for the next time."""
        self._kept += _drained(self._through, wait)
        done = len(self._kept)
        while self._kept:
            self._record(self._kept[0])
            self._kept.pop(0)
            self._out -= 1
            faultpoint("event.recorded")
        return done

    def _record(self, way: _Way) -> None:
        now = self._wiring.now()
        becomes = _after(way, now)
        over = becomes.failing is not None and (becomes.failing.over(now) or _is_gone(way.outcome))
        with begin_write(self._wiring.engine) as connection:
            if move_on(connection, becomes, self._name) and over:
                _stop(connection, becomes, self._wiring.settings.actor, now)


def _after(way: _Way, now: datetime) -> Subscription:
    """The subscription after this turn: how far it has come, and when to try again what was not taken."""
    one, told = way.one, way.stretch.told
    if told and not way.sent and way.outcome is None:  # it was given back before anything was sent
        return replace(one, cursor=told[0].index)
    one = replace(one, sent=one.sent + way.sent, sent_at=now if way.sent else one.sent_at)
    if way.outcome is None:
        cursor = way.stretch.end if way.sent == len(told) else told[way.sent].index
        return replace(one, cursor=cursor, tries=0, failing_since=None, next_try_at=None, last_words="")
    since = one.failing_since if one.failing_since and not way.sent else now
    failing = Failing(1 if way.sent else one.tries + 1, since)
    return replace(
        one,
        cursor=told[way.sent].index,
        tries=failing.tries,
        failing_since=since,
        next_try_at=again_at(one.name, failing, now, way.outcome.retry_after),
        last_words=_words(way.outcome),
    )


def _words(outcome: Outcome) -> str:
    parts = (render(outcome.reason), outcome.words)
    return " ".join(one for one in parts if one)[:_LONGEST_WORDS]


def _is_gone(outcome: Outcome | None) -> bool:
    """The receiver says that it will never be back."""
    return outcome is not None and outcome.code == GONE


def _stop(connection: Connection, one: Subscription, by: str, now: datetime) -> None:
    """It waits for a person; the watch and the doctor name it."""
    if switch_subscription(connection, one.name, SubscriptionState.STOPPED):
        said = {"index": one.cursor, "tries": one.tries, "words": one.last_words}
        record_event(
            connection, Event(f"{SUBSCRIPTION_STOPPED}:{uuid4().hex}", SUBSCRIPTION_STOPPED, now, by, one.name, said)
        )
        log.error("the subscription %s is stopped at entry %s: %s", one.name, one.cursor, one.last_words)


def _drained(queue: SimpleQueue[_Way], wait: float) -> list[_Way]:
    found: list[_Way] = []
    try:
        found.append(queue.get(timeout=wait) if wait else queue.get_nowait())
        while True:
            found.append(queue.get_nowait())
    except Empty:
        return found
