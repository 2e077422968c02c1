"""What everybody may see of a unit: five counts, and never so few of a kind that they tell of one person.

`db.public_counts` → **figures** → the public pages and open data (`web.public`). Why so: docs/decisions/0017.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

FEWEST = 5
"""A share of fewer steps is not shown, nor is a kind of work that has fewer."""


class Figures(NamedTuple):
    """Steps. `done`: settled; `due`: those that count for punctuality, `in_time` those of them that were settled by
    their day; `overdue`: open after it."""

    steps: int = 0
    done: int = 0
    due: int = 0
    in_time: int = 0
    overdue: int = 0

    @property
    def percent_done(self) -> int:
        """Whole percent; 100 only when nothing is open."""
        return 100 * self.done // self.steps if self.steps else 0

    @property
    def percent_in_time(self) -> int | None:
        """Whole percent; 100 only when nothing was late, None where too few were due."""
        return 100 * self.in_time // self.due if self.due >= FEWEST else None

    @property
    def punctuality(self) -> float:
        """For sorting: the share in time; those that have none come after all others."""
        return self.in_time / self.due if self.due >= FEWEST else 2.0


def together(several: Iterable[Figures]) -> Figures:
    """All of them as one."""
    columns = list(zip(*several, strict=True))
    return Figures(*map(sum, columns)) if columns else Figures()


def folded(kinds: Mapping[str, Figures]) -> list[tuple[str, Figures]]:
    """Kinds of work by name, those with few steps together under "" (last). Where these are few even together, the
    next smallest goes with them: else subtraction would tell what was left out."""
    by_size = sorted(kinds.items(), key=lambda one: (one[1].steps, one[0]))
    rest: list[Figures] = []
    while by_size and (by_size[0][1].steps < FEWEST or 0 < together(rest).steps < FEWEST):
        rest.append(by_size.pop(0)[1])
    shown = sorted(by_size)
    return [*shown, ("", together(rest))] if rest else shown
