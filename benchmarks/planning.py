"""Planning alone: steps a second, and memory that must not grow with the number of steps."""

from __future__ import annotations

from collections.abc import Iterator

from bangiao.decision_files import read_decision
from benchmarks.child import in_a_child
from benchmarks.context import Bench
from benchmarks.joined import all_units, planning, walk
from benchmarks.measure import Line, cost_of

SIZES = (1_000, 5_000, 14_000)
FLAT = 8
"""MiB that walking may add to holding the participants, at any size."""


def lines(bench: Bench) -> Iterator[Line]:
    yield _the_country(bench)
    for units in SIZES[:1] if len(bench.files) < len(SIZES) + 1 else SIZES:
        answers = [
            in_a_child(bench.embedded.databases.empty("none"), "planning_memory", units) for _ in range(bench.rounds)
        ]
        what = f"plan of {answers[0]['units']:,.0f} units, {answers[0]['steps']:,.0f} steps"
        yield Line("J1", f"{what}: memory that walking adds", "MiB", [one["walked"] for one in answers], FLAT)
        yield Line("", f"{what}: memory that its participants hold", "MiB", [one["held"] for one in answers])
        yield Line("", f"{what}: walking", "steps/s", [one["rate"] for one in answers])


def _the_country(bench: Bench) -> Line:
    """Making and walking the plans of all decisions, one after the other."""
    decisions, units, rates = [read_decision(file) for file in bench.files], all_units(), list[float]()
    for _ in range(bench.rounds):
        steps: list[int] = []
        cost = cost_of(lambda: steps.extend(walk(planning().plan(one, units)) for one in decisions))  # noqa: B023
        rates.append(sum(steps) / cost.wall)
    return Line("", f"plans of {len(decisions)} decisions, {sum(steps):,} steps: making and walking", "steps/s", rates)
