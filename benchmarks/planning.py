"""Planning alone: steps a second, and memory that must not grow with the number of steps."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

from bangiao.decision_files import read_decision
from benchmarks.context import Bench
from benchmarks.joined import Joined, all_units, joined_decision, planning, walk
from benchmarks.measure import Line, cost_of

SIZES = (1_000, 5_000, 14_000)
FLAT = 1.0
"""MiB that walking all steps may add to what holding the participants takes, at any size."""

_MIB = 1024 * 1024


def lines(bench: Bench) -> Iterator[Line]:
    yield _the_country(bench)
    for units in SIZES:
        yield from _memory(joined_decision(units))


def _memory(joined: Joined) -> Iterator[Line]:
    """What Python holds at most, counted allocation by allocation: once is enough, it does not vary."""
    joined.plan()  # conditions are compiled and profiles known, as after any earlier plan
    gc.collect()
    tracemalloc.start()
    plan = joined.plan()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    steps = walk(plan)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    what = f"plan of {len(plan.participants):,} units, {steps:,} steps"
    yield Line("J1", f"{what}: memory that walking adds", "MiB", [(peak - held) / _MIB], FLAT)
    yield Line("", f"{what}: memory that its participants hold", "MiB", [held / _MIB])


def _the_country(bench: Bench) -> Line:
    """Making and walking the plans of all decisions, one after the other."""
    decisions, units, rates = [read_decision(file) for file in bench.files], all_units(), list[float]()
    for _ in range(bench.rounds):
        steps: list[int] = []
        cost = cost_of(lambda: steps.extend(walk(planning().plan(one, units)) for one in decisions))  # noqa: B023
        rates.append(sum(steps) / cost.wall)
    return Line("", f"plans of {len(decisions)} decisions, {sum(steps):,} steps: making and walking", "steps/s", rates)
