"""Many orders at once: the threads that own this process's writing on steps.

caller → order → **queue → one transaction for many** → each caller's own result, after the commit.

On SQLite it is one thread, and one commit for all that wait: while a group is being committed the next one gathers, so
a single caller waits for nobody, many share the disk, and nobody sleeps for having lost the scramble for the one lock.
PostgreSQL shares its commits itself: there several threads take one order each, which was measured to be faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from queue import Empty, Queue
from threading import Lock, Thread
from types import TracebackType

from bangiao.step_work import act_on_step, act_together
from bangiao.wiring import Wiring
from checklists.desk import Acted, Order

_MOST = 32
"""Orders in one transaction: about 20 ms on SQLite, for which no other writer gets in."""

_AT_ONCE = 8
"""Transactions at a time on PostgreSQL: more only wait for its cores and ours."""

_WAITING = 1024
"""Orders that may wait; who comes then is held back until there is room."""

_Waiting = tuple[Order, "Future[Acted]"]


class StepWriter:
    """Carries out orders of any number of threads; `most` of them share a commit. Close it when no more will come; what
    waits then is still carried out. `in_order`: one after another in the order in which they came, on any database."""

    def __init__(
        self, wiring: Wiring, most: int | None = None, waiting: int = _WAITING, *, in_order: bool = False
    ) -> None:
        alone = wiring.engine.dialect.name == "sqlite"
        self._wiring = wiring
        self._most = most or (_MOST if alone else 1)
        self._queue: Queue[_Waiting | None] = Queue(waiting)
        self._closing = Lock()
        self._closed = False
        self._threads = [
            Thread(target=self._work, name=f"step-writer-{number}", daemon=True)
            for number in range(1 if alone or in_order else _AT_ONCE)
        ]
        for one in self._threads:
            one.start()

    def act(self, order: Order) -> Acted:
        """As `bangiao.step_work.act_on_step`, together with whatever else waits."""
        return self.submit(order).result()

    def submit(self, order: Order) -> Future[Acted]:
        """Its result, or what it was refused with, once that is committed. Raises RuntimeError after `close`."""
        result: Future[Acted] = Future()
        with self._closing:
            if self._closed:
                raise RuntimeError("the writer is closed")
            self._queue.put((order, result))
        return result

    def close(self) -> None:
        """Take no more orders, carry out those that wait, and end."""
        with self._closing:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._queue.put(None)
        for one in self._threads:
            one.join()

    def __enter__(self) -> StepWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self) -> None:
        last = False
        while not last:
            group, last = self._gathered()
            wanted = [(order, result) for order, result in group if result.set_running_or_notify_cancel()]
            if wanted:
                _carry_out(self._wiring, wanted)

    def _gathered(self) -> tuple[list[_Waiting], bool]:
        """All that waits, at least one unless the end has come; and whether it has."""
        group: list[_Waiting] = []
        one = self._queue.get()
        while one is not None:
            group.append(one)
            if len(group) == self._most:
                return group, False
            try:
                one = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True


def _carry_out(wiring: Wiring, group: Sequence[_Waiting]) -> None:
    try:
        outcomes = _outcomes(wiring, [order for order, _ in group])
    except BaseException as error:  # whoever waits must hear of it: nothing of the group stands
        outcomes = [error] * len(group)
    for (_, result), outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            result.set_exception(outcome)
        else:
            result.set_result(outcome)


def _outcomes(wiring: Wiring, orders: Sequence[Order]) -> Sequence[Acted | BaseException]:
    """A single one needs nothing beside it undone or kept."""
    return [act_on_step(wiring, orders[0])] if len(orders) == 1 else act_together(wiring, orders)
