"""How a figure is made: variants take turns round by round, ratios are made per round, the median is what counts.

Taking turns matters more than many rounds: whatever else the machine does then slows ours and its control alike.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

NO_TARGET, STRETCH, REACHED, MISSED = "–", "reached, stretch too", "reached", "MISSED"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a variant took, in seconds."""

    wall: float
    cpu: float


def cost_of(work: Callable[[], object], elsewhere: Callable[[], float] = lambda: 0.0) -> Cost:
    """Run it once. `elsewhere` gives the CPU seconds used so far by processes that work for it (a database server)."""
    gc.collect()
    others, cpu, wall = elsewhere(), time.process_time(), time.perf_counter()
    work()
    took = time.perf_counter() - wall
    return Cost(took, time.process_time() - cpu + elsewhere() - others)


def interleaved(variants: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """Every variant once a round; every other round in reverse order, so that none always comes first."""
    costs: dict[str, list[Cost]] = {name: [] for name in variants}
    for turn in range(rounds):
        for name in list(variants)[:: -1 if turn % 2 else 1]:
            costs[name].append(variants[name]())
    return costs


def per_round(ours: Sequence[float], control: Sequence[float]) -> list[float]:
    """Ours as a multiple of the control of the same round."""
    return [one / other for one, other in zip(ours, control, strict=True)]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure with its target. `cpu` holds the same measure in CPU time: a goal is missed only if both miss."""

    goal: str
    what: str
    unit: str
    rounds: Sequence[float]
    target: float | None = None
    stretch: float | None = None
    cpu: Sequence[float] = field(default=())

    @property
    def figure(self) -> float:
        return median(self.rounds)

    @property
    def best(self) -> float:
        """The figure that is held against the target: the smaller of wall and CPU."""
        return min(self.figure, median(self.cpu)) if self.cpu else self.figure

    @property
    def verdict(self) -> str:
        if self.target is None:
            return NO_TARGET
        if self.best > self.target:
            return MISSED
        return STRETCH if self.stretch is not None and self.best <= self.stretch else REACHED


def ratio(
    goal: str,
    what: str,
    ours: Sequence[Cost],
    control: Sequence[Cost],
    target: float | None = None,
    stretch: float | None = None,
) -> Line:
    """Ours as a multiple of its control, wall and CPU."""
    wall = per_round([one.wall for one in ours], [one.wall for one in control])
    cpu = per_round([one.cpu for one in ours], [one.cpu for one in control])
    return Line(goal, what, "×", wall, target, stretch, cpu)


def seconds(
    goal: str, what: str, costs: Sequence[Cost], target: float | None = None, stretch: float | None = None
) -> Line:
    """Wall seconds, judged as such: a person waits in wall time. CPU is shown beside it."""
    return Line(goal, what, "s", [one.wall for one in costs], target, stretch)
