"""J6 and J1f: from a registered decision through Prefect to its checklists, with server, worker and relay up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import text

from bangiao.settings import Settings
from bangiao.wiring import Wiring
from benchmarks.context import HANOI, Bench
from benchmarks.databases import Prepared, agree, draft, open_all, wired
from benchmarks.measure import Cost, Line, cost_of, interleaved, seconds
from db.session import begin_read, begin_write
from flows.engine.stack import running_stack

FIRST, HANOI_ALL, OVERHEAD = (6, 2), 8, 15
_LONGEST = 300.0
_LOOK = 0.01
_NEVER, _NOW = "2999-01-01 00:00:00.000000", "2000-01-01 00:00:00.000000"


def lines(bench: Bench) -> Iterator[Line]:
    for prepared in bench.prepared:
        yield from _hanoi(bench, prepared)
        yield from _country(bench, prepared)


def _hanoi(bench: Bench, prepared: Prepared) -> Iterator[Line]:
    name = prepared.databases.name
    first, everything = list[float](), list[float]()
    for _ in range(bench.rounds):
        # the real clock: one that starts with each process would make the worker wait for ours
        settings = replace(prepared.databases.copied(prepared.installed(), "hanoi"), clock=None)
        with wired(settings) as wiring:
            plan = draft(wiring, HANOI)
            with _everything_up(settings):
                began = time.perf_counter()
                agree(wiring, plan)
                first.append(_seen(wiring, "SELECT count(*) FROM checklist", began))
                everything.append(_seen(wiring, "SELECT count(*) FROM decision WHERE opened_at IS NOT NULL", began))
    yield Line("J6", f"{name}: register → first checklist, through Prefect", "s", first, *FIRST)
    yield Line("J6", f"{name}: register → all of Hà Nội, through Prefect", "s", everything, HANOI_ALL)


def _country(bench: Bench, prepared: Prepared) -> Iterator[Line]:
    name, decisions = prepared.databases.name, len(bench.files)
    costs = interleaved(
        {"prefect": lambda: _through(prepared, decisions), "direct": lambda: _directly(prepared, decisions)},
        bench.rounds,
    )
    over = [one.wall - other.wall for one, other in zip(costs["prefect"], costs["direct"], strict=True)]
    yield seconds("", f"{name}: {decisions} decisions registered together, through Prefect", costs["prefect"])
    yield seconds("", f"{name}: the same opened directly", costs["direct"])
    yield Line("J1f", f"{name}: the flow's own overhead", "s", over, OVERHEAD)


def _through(prepared: Prepared, decisions: int) -> Cost:
    """All decisions become due for the relay at one instant, when everything is up."""
    settings = prepared.fresh("ours")
    with wired(settings) as wiring:
        _make_due(wiring, _NEVER)
        with _everything_up(settings):
            began = time.perf_counter()
            _make_due(wiring, _NOW)
            opened = f"SELECT count(*) = {decisions} FROM decision WHERE opened_at IS NOT NULL"  # noqa: S608
            return Cost(_seen(wiring, opened, began), 0.0)


def _directly(prepared: Prepared, decisions: int) -> Cost:
    with wired(prepared.fresh("control")) as wiring:
        return cost_of(lambda: open_all(wiring, decisions))


def _make_due(wiring: Wiring, when: str) -> None:
    with begin_write(wiring.engine) as connection:
        connection.execute(text(f"UPDATE outbox SET available_at = '{when}'"))  # noqa: S608


@contextmanager
def _everything_up(settings: Settings) -> Iterator[None]:
    """Prefect's server answers and the worker has made its deployments known."""
    with running_stack(settings) as stack:
        stack.wait_until_ready()
        log = stack.workers[0].log
        _until(lambda: log.exists() and "Ready: work pool" in log.read_text(encoding="utf-8"), "the worker")
        yield


def _seen(wiring: Wiring, query: str, began: float) -> float:
    """Seconds from `began` until the query answers with something else than 0."""

    def answered() -> bool:
        with begin_read(wiring.engine) as connection:
            return bool(connection.scalar(text(query)))

    _until(answered, query)
    return time.perf_counter() - began


def _until(happened: Callable[[], bool], what: str) -> None:
    given_up = time.monotonic() + _LONGEST
    while not happened():
        if time.monotonic() > given_up:
            raise TimeoutError(f"waited {_LONGEST:.0f} s for: {what}")
        time.sleep(_LOOK)
