"""J2: completing a step through the application layer against one bare row update and commit on the same database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date
from functools import partial
from statistics import quantiles
from threading import Lock

from sqlalchemy import text

from bangiao.demo_work import VERIFIER, DayOfWork
from bangiao.people import put_on_record
from bangiao.step_work import act_on_step
from bangiao.step_writer import StepWriter
from bangiao.wiring import Wiring
from benchmarks.context import HANOI, Bench
from benchmarks.databases import Prepared, wired
from benchmarks.measure import Cost, Line, cost_of, interleaved, ratio
from checklists.desk import Acted, NewEvidence, Order
from checklists.people import Assignment, Person, PersonRole
from checklists.step_rules import Actor, Request
from checklists.steps import Act, StepState
from checklists.units import UnitKey
from db.session import begin_read, begin_write
from evidence.notes import text_digest

ACTS, ACTS_QUICK, WRITERS = 400, 32, 16
TARGETS = {"SQLite": (2.5, 1.0), "PostgreSQL": (2.5, 1.43)}
"""At least 40 % of the control's rate; the stretch is 100 % and 70 %."""

JOINED = UnitKey("new:00070")
_LEAD = "tinh"


def lines(bench: Bench) -> Iterator[Line]:
    for prepared in bench.prepared:
        hanoi = prepared.only(HANOI)
        _know_sizes(hanoi)
        yield from _completing(bench, hanoi)
        yield from _unlocking(bench, hanoi)


def _know_sizes(prepared: Prepared) -> None:
    """PostgreSQL plans by what it knows of its tables: as its autovacuum lets it know within a minute."""
    with wired(prepared.opened()) as wiring, begin_write(wiring.engine) as connection:
        connection.execute(text("ANALYZE"))


def _completing(bench: Bench, prepared: Prepared) -> Iterator[Line]:
    name, acts = prepared.databases.name, ACTS_QUICK if bench.quick else ACTS
    for writers in (1, WRITERS):
        waits: list[float] = []
        costs = interleaved(
            {
                "ours": lambda writers=writers, waits=waits: _ours(prepared, acts, writers, waits),
                "control": lambda writers=writers: _bare(prepared, acts, writers),
            },
            bench.rounds,
        )
        target, stretch = TARGETS[name]
        what = f"{name}: complete a step ÷ bare update and commit, {writers} writers"
        yield ratio("J2", what, costs["ours"], costs["control"], target, stretch)
        for kind, words in (("ours", "complete a step"), ("control", "bare update and commit")):
            rates = [acts / one.wall for one in costs[kind]]
            yield Line("", f"{name}: {words}, {writers} writers", "/s", rates)
        yield Line("", f"{name}: complete a step, {writers} writers, p99 of one", "ms", waits)


def _ours(prepared: Prepared, acts: int, writers: int, waits: list[float]) -> Cost:
    """A single writer acts by itself, as one command does; many go through the writer that groups commits."""
    with wired(prepared.copy_of_opened("round")) as wiring:
        _appoint(wiring)
        steps = _ready(wiring, acts)
        _complete(partial(act_on_step, wiring), steps.pop())  # the templates are read by the first act of a process
        took: list[float] = []
        with StepWriter(wiring) if writers > 1 else nullcontext() as writer:
            act = writer.act if writer else partial(act_on_step, wiring)
            cost = cost_of(lambda: _shared(steps, writers, lambda one: _timed(took, act, one)), prepared.databases.cpu)
        waits.append(quantiles(took, n=100)[98] * 1000)
    return cost


def _timed(took: list[float], act: Callable[[Order], Acted], step: int) -> None:
    began = time.perf_counter()
    _complete(act, step)
    took.append(time.perf_counter() - began)


def _bare(prepared: Prepared, acts: int, writers: int) -> Cost:
    """The control: a driver's own connection for each writer, one row by its key, one commit, as durable as ours.

    On SQLite the threads take turns by a lock: left to its busy handler, the control itself would sleep.
    """
    with wired(prepared.copy_of_opened("round")) as wiring:
        steps = _ready(wiring, acts)
        steps.pop()
        embedded = wiring.engine.dialect.name == "sqlite"
        update = f"UPDATE step SET state = 'done', version = version + 1 WHERE id = {'?' if embedded else '%s'}"  # noqa: S608
        turn = Lock() if embedded else nullcontext()

        def write(share: Sequence[int]) -> None:
            with wiring.engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert driver is not None
                cursor = driver.cursor()
                for one in share:
                    with turn:
                        if embedded:
                            cursor.execute("BEGIN IMMEDIATE")
                        cursor.execute(update, (one,))  # psycopg begins by itself
                        driver.commit()

        return cost_of(lambda: _in_shares(steps, writers, write), prepared.databases.cpu)


def _shared(steps: Sequence[int], writers: int, work: Callable[[int], object]) -> None:
    def all_of(share: Sequence[int]) -> None:
        for one in share:
            work(one)

    _in_shares(steps, writers, all_of)


def _in_shares(steps: Sequence[int], writers: int, work: Callable[[Sequence[int]], None]) -> None:
    if writers == 1:
        work(steps)
        return
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(work, [steps[place::writers] for place in range(writers)]))


def _complete(act: Callable[[Order], Acted], step: int) -> None:
    words = f"bước {step}"
    note = NewEvidence("note", text_digest("note", words), "", len(words), "text/plain", words, date(2025, 6, 17))
    done = act(Order(step, Request(Act.COMPLETE), Actor(_LEAD), evidence=(note,), id="bench"))
    assert done.after.state in {StepState.DONE, StepState.SUBMITTED}


def _ready(wiring: Wiring, acts: int) -> list[int]:
    """Steps of many units that are ready, in an order that jumps about, and one more to warm up with."""
    query = text(
        "SELECT step.id FROM step JOIN checklist ON checklist.id = step.checklist_id "
        "WHERE step.state = 'ready' AND checklist.unit LIKE 'old:%' ORDER BY step.id % 10007, step.id"
    )
    with begin_read(wiring.engine) as connection:
        return list(connection.scalars(query))[: acts + 1]


def _appoint(wiring: Wiring) -> None:
    with wiring.unit_of_work() as uow:
        today = wiring.today()
        put_on_record(uow, Person(_LEAD, "Tỉnh"), _LEAD, today)
        put_on_record(uow, Assignment(_LEAD, PersonRole.UNIT_LEAD, UnitKey("new:01"), today), _LEAD, today)


def _unlocking(bench: Bench, prepared: Prepared) -> Iterator[Line]:
    """The verification that settles the last of 14 predecessors, against the one before it."""
    last, before = list[float](), list[float]()
    for _ in range(bench.rounds):
        with wired(prepared.copy_of_opened("round")) as wiring:
            times = _delivering(wiring)
        last.append(times[-1] * 1000)
        before.append(times[-2] * 1000)
    name = prepared.databases.name
    yield Line("", f"{name}: the last of 14 predecessors delivers, its successor unlocks", "ms", last)
    yield Line("", f"{name}: the last but one delivers", "ms", before)


def _delivering(wiring: Wiring) -> list[float]:
    day = DayOfWork(wiring, JOINED)
    took = []
    list(day.delivered(day.handover.own))
    for steps in day.handover.gives.values():
        *needed, give = steps
        list(day.delivered(needed))
        seen = day.act(give, Request(Act.COMPLETE), evidence=day.proof(f"bước {give}")).after.evidence_hash
        began = time.perf_counter()
        acted = day.act(give, Request(Act.VERIFY, seen=seen), VERIFIER)
        took.append(time.perf_counter() - began)
    assert acted.unlocked, "the receive step did not unlock"
    return took
