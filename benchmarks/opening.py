"""J1: opening all decisions, planning included, against bare driver writes of the very same rows."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence

from bangiao.opening import open_chunk, remaining_chunks
from bangiao.wiring import Wiring
from benchmarks.child import beside, in_a_child
from benchmarks.context import Bench
from benchmarks.databases import Prepared, open_all, wired
from benchmarks.measure import Cost, Line, cost_of, interleaved, ratio, seconds
from benchmarks.raw_writes import Chunk, counts_in, driver, in_one, rows_of, write_rows

TARGETS = {"SQLite": (1.8, 1.25), "PostgreSQL": (2.0, 1.5)}
LONGEST_WAIT, MOST_MEMORY = 250, 150


def lines(bench: Bench) -> Iterator[Line]:
    for prepared in bench.prepared:
        yield from _against_the_driver(bench, prepared)
        yield from _what_others_notice(bench, prepared)


def _against_the_driver(bench: Bench, prepared: Prepared) -> Iterator[Line]:
    name = prepared.databases.name
    chunks = rows_of(prepared.opened())
    together = in_one(chunks)
    gc.collect()
    gc.freeze()  # the control's rows are not for the product's garbage collections to walk
    costs = interleaved(
        {
            "ours": lambda: _ours(prepared, len(bench.files)),
            "control": lambda: _raw(prepared, chunks),
            "one": lambda: _raw(prepared, together),
        },
        bench.rounds,
    )
    gc.unfreeze()
    target, stretch = TARGETS[name]
    yield ratio("J1", f"{name}: open all ÷ bare driver", costs["ours"], costs["control"], target, stretch)
    yield ratio("", f"{name}: open all ÷ bare driver in one transaction", costs["ours"], costs["one"])
    for kind, what in (("ours", "open all"), ("control", "bare driver"), ("one", "bare driver, one transaction")):
        yield seconds("", f"{name}: {what}", costs[kind])


def _ours(prepared: Prepared, decisions: int) -> Cost:
    with wired(prepared.fresh("ours")) as wiring:
        return cost_of(lambda: open_all(wiring, decisions), prepared.databases.cpu)


def _raw(prepared: Prepared, chunks: Sequence[Chunk]) -> Cost:
    """The control; that it wrote what the product writes is checked each time."""
    fresh = prepared.fresh("control")
    with driver(fresh) as connection:
        cost = cost_of(lambda: write_rows(connection, chunks), prepared.databases.cpu)
    assert counts_in(fresh) == counts_in(prepared.opened()), "the control wrote other rows than the product"
    return cost


def _what_others_notice(bench: Bench, prepared: Prepared) -> Iterator[Line]:
    name, decisions = prepared.databases.name, len(bench.files)
    longest, waited, over = list[float](), list[float](), list[float]()
    for _ in range(bench.rounds):
        fresh = prepared.fresh("ours")
        with beside(fresh, "waits") as answer, wired(fresh) as wiring:
            longest.append(max(_chunk_times(wiring, decisions)) * 1000)
        waited.append(answer["longest"])
        over.append(in_a_child(prepared.fresh("ours"), "opening_memory", decisions)["over"])
    yield Line("J1", f"{name}: longest wait of another writer", "ms", waited, LONGEST_WAIT)
    yield Line("", f"{name}: longest chunk (planning and transaction)", "ms", longest)
    yield Line("J1", f"{name}: peak memory over the imports", "MiB", over, MOST_MEMORY)


def _chunk_times(wiring: Wiring, decisions: int) -> Iterator[float]:
    for decision_id in range(1, decisions + 1):
        for chunk in remaining_chunks(wiring, decision_id):
            began = time.perf_counter()
            open_chunk(wiring, decision_id, chunk)
            yield time.perf_counter() - began
