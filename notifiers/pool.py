"""Threads for sending, so shared out that servers which hang cannot take them all.

A thread that waits for a dead server cannot be ended, only outnumbered. Three rules keep a healthy server's messages
moving: at most `per_lane` threads wait for one server; a server that has a thread gets another only while more than
half of all are free; and among servers with work, one that has no thread comes first. With 16 threads, nine servers
may hang at once before the rest waits. A job's `Future` has its outcome by the deadline even where its thread has not.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

from checklists.messages import Message
from notifiers.channels import Outcome, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Work for one server (`Channel.lane`); `deadline` seconds after its start it counts as failed for now.

    Its thread may still succeed after that: the message is then sent again under the same id, never lost.
    """

    lane: str
    work: Callable[[], Outcome]
    deadline: float = 45


@dataclass(slots=True)
class _Lane:
    waiting: deque[tuple[Job, Future[Outcome]]] = field(default_factory=deque)
    running: int = 0


class Pool:
    """`submit` from any thread. `close` waits for what runs, up to a time; hung threads end with the process."""

    def __init__(self, threads: int = 16, per_lane: int = 4) -> None:
        self._threads = threads
        self._per_lane = per_lane
        self._lanes: dict[str, _Lane] = {}
        self._started = 0
        self._busy = 0
        self._closed = False
        self._change = threading.Condition()
        self._watch = _Watch()

    def submit(self, job: Job) -> Future[Outcome]:
        """The future never raises: what goes wrong is an outcome. Cancelled only where it had not begun."""
        future: Future[Outcome] = Future()
        with self._change:
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._lanes.setdefault(job.lane, _Lane()).waiting.append((job, future))
            if self._started < self._threads and self._started - self._busy < self._waiting():
                self._started += 1
                threading.Thread(target=self._run, name=f"sending-{self._started}", daemon=True).start()
            self._change.notify()
        return future

    def close(self, wait: float = 30) -> None:
        """What waits is cancelled."""
        until = time.monotonic() + wait
        with self._change:
            self._closed = True
            for lane in self._lanes.values():
                while lane.waiting:
                    lane.waiting.popleft()[1].cancel()
            self._change.notify_all()
            while self._busy and time.monotonic() < until:
                self._change.wait(until - time.monotonic())
        self._watch.close()

    def _run(self) -> None:
        while taken := self._take():
            job, future = taken
            try:
                if future.set_running_or_notify_cancel():
                    self._watch.add(job.deadline, future)
                    _resolve(future, _done(job))
            finally:
                self._give_back(job.lane)

    def _take(self) -> tuple[Job, Future[Outcome]] | None:
        """The next job that may begin; None when the pool is closed."""
        with self._change:
            while True:
                name = self._next_lane()
                if name is not None:
                    lane = self._lanes.pop(name)
                    self._lanes[name] = lane  # behind the others: they take turns
                    lane.running += 1
                    self._busy += 1
                    taken = lane.waiting.popleft()
                    if self._next_lane() is not None:
                        self._change.notify()  # there is work for one more: one wakes the next
                    return taken
                if self._closed:
                    return None
                self._change.wait()

    def _next_lane(self) -> str | None:
        ready = [(name, lane) for name, lane in self._lanes.items() if lane.waiting]
        for name, lane in ready:
            if not lane.running:
                return name
        if 2 * (self._threads - self._busy) <= self._threads:
            return None
        return next((name for name, lane in ready if lane.running < self._per_lane), None)

    def _give_back(self, name: str) -> None:
        with self._change:
            lane = self._lanes[name]
            lane.running -= 1
            self._busy -= 1
            if not lane.running and not lane.waiting:
                del self._lanes[name]
            if self._closed:
                self._change.notify_all()

    def _waiting(self) -> int:
        return sum(len(lane.waiting) for lane in self._lanes.values())


class _Watch:
    """One thread that resolves futures whose deadline has passed."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, float, Future[Outcome]]] = []
        self._order = itertools.count()
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, deadline: float, future: Future[Outcome]) -> None:
        entry = (time.monotonic() + deadline, next(self._order), deadline, future)
        with self._change:
            heapq.heappush(self._due, entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sending-deadlines", daemon=True)
                self._thread.start()
            elif self._due[0] is entry:
                self._change.notify()

    def close(self) -> None:
        with self._change:
            self._closed = True
            self._change.notify()

    def _run(self) -> None:
        with self._change:
            while not self._closed:
                while self._due and self._due[0][3].done():
                    heapq.heappop(self._due)
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    _, _, deadline, future = heapq.heappop(self._due)
                    _resolve(future, _late(deadline))
                else:
                    self._change.wait(left)


def _done(job: Job) -> Outcome:
    try:
        return job.work()
    except Exception as error:
        log.exception("a job of sending failed")
        return Outcome(
            State.FAILED_FOR_NOW,
            Message("Sending failed here with {error}; see the log.", {"error": type(error).__name__}),
        )


def _late(deadline: float) -> Outcome:
    reason = Message("There was no outcome within {seconds} seconds.", {"seconds": round(deadline)})
    return Outcome(State.FAILED_FOR_NOW, reason, took=deadline, host_failed=True)


def _resolve(future: Future[Outcome], outcome: Outcome) -> None:
    """The first outcome counts: a thread and the watch may come at the same moment."""
    with suppress(InvalidStateError):
        future.set_result(outcome)
