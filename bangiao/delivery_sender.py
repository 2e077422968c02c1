"""The sender: plans deliveries, claims them, has them sent by its own threads, and records what came of it.

`bangiao.deliveries` → **here** ⇄ `notifiers.pool` → `bangiao.delivery_outcomes`. Claim, send, record: no
transaction is open while a message is on its way. Several senders may run; a crash between any two steps loses nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from bangiao.channels import limits_of, opened, sealing_keys
from bangiao.deliveries import plan_deliveries
from bangiao.delivery_messages import Written, write_messages
from bangiao.delivery_outcomes import CHANNEL_DISABLED, LEFT_ALONE, TOOK_NOTHING, Tried, record_outcomes, unwritten
from bangiao.turning import turn_until
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.escalation.attempts import LONGEST_WAIT
from checklists.messages import Message
from db.channels import ChannelOnRecord, beat, channels_on_record
from db.deliveries import Claim, cancel_claimed, channels_with_work, claim, release
from db.delivery_reading import cancel_notices
from db.faults import faultpoint
from db.session import begin_read, begin_write
from notifiers.breaker import Breaker
from notifiers.channels import Address, Channel, Envelope, Limits, Outcome, State
from notifiers.pool import Job, Pool
from notifiers.sending import send

LEASE = timedelta(minutes=5)
ROOM = 64
"""Deliveries of one channel that are claimed at a time: a channel that hangs holds so many, and nobody else's."""

HEARTBEAT = timedelta(seconds=15)
PART = "sender"
_LATE = timedelta(minutes=1)
_BUSY, _GATHER = 0.2, 0.005
_STOP_WITHIN = 12.0

_NOT_BEGUN = Outcome(State.FAILED_FOR_NOW, Message("It was given back before anything was sent."))

log = logging.getLogger("bangiao.sender")


@dataclass(slots=True)
class _Done:
    """A claim whose thread is through with it. `back`: it was not begun; `until`: nor should it be before then."""

    claim: Claim
    outcome: Outcome
    back: bool = False
    until: datetime | None = None


@dataclass(slots=True)
class _Ready:
    """Channels that can be used at the moment, and those on record that are disabled."""

    channels: dict[str, Channel] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    unusable: dict[str, str] = field(default_factory=dict)


class Sender:
    """`run` until stopped, or `drain` what is due now. One thread uses it; the pool's threads only send."""

    def __init__(
        self, wiring: Wiring, *, breaker: Breaker | None = None, pool: Pool | None = None, limits: Limits | None = None
    ) -> None:
        self._wiring = wiring
        self._pool = pool or Pool(wiring.settings.sender_threads)
        self._breaker = breaker or Breaker()
        self._lock = threading.Lock()
        self._limits = limits or limits_of(wiring.settings)
        self._done: SimpleQueue[_Done] = SimpleQueue()
        self._out: Counter[str] = Counter()
        self._kept: list[_Done] = []
        self._beaten: datetime | None = None
        self._looked: datetime | None = None
        self._unusable: dict[str, str] = {}
        self._sent = 0

    def run(self, stop: threading.Event) -> None:
        """Until `stop`: then what is being sent is finished and recorded, and the rest is given back."""
        turn_until(stop, self.turn, log)
        self.close()

    def drain(self, within: float = 60) -> int:
        """Send everything that is due now; gives how many were accepted. For rehearsals and by hand."""
        until, before = time.monotonic() + within, self._sent
        while time.monotonic() < until and self.turn():
            pass
        return self._sent - before

    def turn(self) -> bool:
        """Plan, claim and hand out, record; False when there was nothing to do."""
        self._beat()
        planned = plan_deliveries(self._wiring)
        claimed = self._hand_out()
        recorded = self._collect(_BUSY if self._out.total() else 0)
        return bool(planned or claimed or recorded or self._out.total())

    def close(self) -> None:
        """Finish what is being sent (for a while), record it, and give back the rest."""
        self._pool.close(_STOP_WITHIN)
        self._collect(0)

    def _beat(self) -> None:
        now = self._wiring.now()
        if self._beaten is None or not self._beaten <= now < self._beaten + HEARTBEAT:
            with begin_write(self._wiring.engine) as connection:
                beat(connection, PART, now, f"{self._sent} sent, {self._out.total()} on their way")
            self._beaten = now

    def _ready(self) -> _Ready:
        """The channels as they are on record now."""
        ready = _Ready()
        with begin_read(self._wiring.engine) as connection:
            rows = channels_on_record(connection)
        for row in rows:
            if row.enabled:
                self._open(row, ready)
            else:
                ready.disabled.add(row.id)
        self._unusable = ready.unusable
        return ready

    def _open(self, row: ChannelOnRecord, ready: _Ready) -> None:
        try:
            ready.channels[row.id] = opened(row, sealing_keys(self._wiring.settings))
        except HandoverError as error:  # its messages wait until an administrator has put it right
            if self._unusable.get(row.id) != str(error):  # said once, not at every turn
                log.error("channel %s cannot be used: %s", row.id, error)
            ready.unusable[row.id] = str(error)

    def _rooms(self, ready: _Ready) -> dict[str, int]:
        """How many deliveries of each channel may be claimed; none of one whose server rests."""
        now, rooms = self._wiring.now(), {}
        for name in (*ready.channels, *ready.disabled):
            state = self._state(ready.channels.get(name), now)
            room = ROOM - self._out[name] if state == "closed" else 1 - self._out[name]
            if state != "open" and room > 0 and (room >= ROOM // 2 or state != "closed"):
                rooms[name] = room
        return rooms

    def _state(self, channel: Channel | None, now: datetime) -> str:
        if channel is None:
            return "closed"
        with self._lock:
            return self._breaker.state(channel.lane(Address("")), now)

    def _hand_out(self) -> int:
        ready = self._ready()
        rooms, now = self._rooms(ready), self._wiring.now()
        gone = self._give_up(ready, now)
        wanted = channels_with_work(self._wiring.engine, rooms, now)
        if not wanted:
            return gone
        rooms = {name: rooms[name] for name in wanted}
        claims = claim(self._wiring.engine, rooms, now=now, lease=LEASE)
        for one in claims:
            self._out[one.channel] += 1
        self._submit_all(claims, ready, now)
        return gone + len(claims)

    def _give_up(self, ready: _Ready, now: datetime) -> int:
        """What waited a whole day for a channel that rests or cannot be used goes another way: waiting costs no tries,
        so that the last one would never come."""
        rest = (name for name, channel in ready.channels.items() if self._state(channel, now) == "open")
        resting = [*rest, *ready.unusable]
        if not resting or (self._looked is not None and self._looked <= now < self._looked + _LATE):
            return 0
        self._looked, since = now, now - LONGEST_WAIT
        wanted = channels_with_work(self._wiring.engine, resting, now, since)
        if not wanted:
            return 0
        claims = claim(self._wiring.engine, dict.fromkeys(wanted, ROOM), now=now, lease=LEASE, since=since)
        for one in claims:
            self._out[one.channel] += 1
            self._done.put(_Done(one, TOOK_NOTHING))
        return len(claims)

    def _submit_all(self, claims: Sequence[Claim], ready: _Ready, now: datetime) -> None:
        usable = [one for one in claims if one.channel in ready.channels]
        for one in claims:
            if one.channel not in ready.channels:
                self._done.put(_Done(one, CHANNEL_DISABLED))
        try:
            written = self._written(usable, now)
        except BaseException:
            for one in usable:
                self._done.put(_Done(one, _NOT_BEGUN, back=True))
            raise
        for one in usable:
            if one.id in written.envelopes:
                envelope, name = written.envelopes[one.id]
                self._submit(one, ready.channels[one.channel], Address(one.address, name), envelope)
            elif one.id in written.failed:
                self._done.put(_Done(one, unwritten(written.failed[one.id])))
            else:
                self._out[one.channel] -= 1

    def _written(self, claims: list[Claim], now: datetime) -> Written:
        """The messages; what is not to be said any more is cancelled first."""
        if not claims:
            return Written()
        with begin_read(self._wiring.engine) as connection:
            written = write_messages(self._wiring, connection, claims, now)
        if written.stale or written.empty:
            with begin_write(self._wiring.engine) as connection:
                cancel_notices(connection, written.stale, now)
                for one in written.empty:
                    cancel_claimed(connection, one, now)
        return written

    def _submit(self, one: Claim, channel: Channel, address: Address, envelope: Envelope) -> None:
        lane = channel.lane(address)
        back: list[datetime | None] = []

        def work() -> Outcome:
            now = self._wiring.now()
            with self._lock:
                rests, longest = self._breaker.wait_until(lane, now), self._breaker.rests_longest(lane)
            if rests is not None and longest:
                return LEFT_ALONE
            if rests is not None or now > one.until - _LATE:
                back.append(rests)
                return _NOT_BEGUN
            outcome = send(channel, address, envelope, self._limits, now)
            if outcome.state is State.SENT:
                faultpoint("notice.sent")
            return outcome

        def through(future: Future[Outcome]) -> None:
            outcome = _NOT_BEGUN if future.cancelled() else future.result()
            if outcome is not _NOT_BEGUN and outcome is not LEFT_ALONE:
                with self._lock:
                    self._breaker.heard(lane, self._wiring.now(), host_failed=outcome.host_failed)
            until = back[0] if back else None
            self._done.put(_Done(one, outcome, outcome is _NOT_BEGUN, until))

        self._pool.submit(Job(lane, work)).add_done_callback(through)

    def _collect(self, wait: float) -> int:
        """Record what the threads are through with; in an outage it is kept for the next time."""
        self._kept += _drained(self._done, wait)
        if not self._kept:
            return 0
        back = [one for one in self._kept if one.back]
        tried = [Tried(one.claim, one.outcome) for one in self._kept if not one.back]
        if back:
            now = self._wiring.now()
            with begin_write(self._wiring.engine) as connection:
                for one in back:
                    release(connection, one.claim, now, one.until)
            self._out.subtract(one.claim.channel for one in back)
            self._kept = [one for one in self._kept if not one.back]
        if tried:
            record_outcomes(self._wiring, tried)
            self._out.subtract(one.claim.channel for one in tried)
            self._sent += sum(one.outcome.state is State.SENT for one in tried)
            self._kept = []
        return len(back) + len(tried)


def _drained(queue: SimpleQueue[_Done], wait: float) -> list[_Done]:
    """What is there, after waiting a little for the first, and a moment for those that come along with it."""
    found: list[_Done] = []
    try:
        found.append(queue.get(timeout=wait) if wait else queue.get_nowait())
        time.sleep(_GATHER if wait else 0)
        while True:
            found.append(queue.get_nowait())
    except Empty:
        return found
