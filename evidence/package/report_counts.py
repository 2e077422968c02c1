"""What the steps of a package come to: by state, by unit, late and overdue; and the longest overdue. One pass.

`steps.jsonl` → **counts** → the document's summary and the list of units.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Any

from evidence.package.report_rows import Row, Sources
from evidence.package.report_words import OPEN
from evidence.package.tables_xlsx import row_of

WORST = 20


@dataclass(slots=True)
class UnitCounts:
    """One unit's steps. `late` are done and were late, by `late_days` working days in all; `overdue` are still open.
    `first` and `last` are the places of its steps in the list, counted from 1."""

    total: int = 0
    done: int = 0
    late: int = 0
    late_days: int = 0
    open: int = 0
    overdue: int = 0
    first: int = 0
    last: int = 0

    def count(self, row: Row, place: int) -> None:
        late, overdue = _days(row["late_working_days"]), _days(row["overdue_working_days"])
        self.total += 1
        self.done += row["state"] == "done"
        self.open += row["state"] in OPEN
        self.late += late > 0
        self.late_days += late
        self.overdue += overdue > 0
        self.first, self.last = self.first or place, place

    @property
    def rows(self) -> str:
        """Where its steps stand in the list of steps; a star where they are not neighbours."""
        together = self.last - self.first + 1 == self.total
        return f"{row_of(self.first)}–{row_of(self.last)}" if together and self.total else "*" * bool(self.total)


@dataclass(slots=True)
class Counts:
    """All of the scope, and each unit by key, in the order in which units first have a step."""

    all: UnitCounts = field(default_factory=UnitCounts)
    states: Counter[str] = field(default_factory=Counter)
    units: dict[str, UnitCounts] = field(default_factory=dict)
    overdue_days: int = 0
    worst: list[tuple[int, int, Row]] = field(default_factory=list)

    def of(self, unit: str) -> UnitCounts:
        return self.units.get(unit) or UnitCounts()

    def count(self, row: Row, place: int) -> None:
        self.all.count(row, place)
        self.states[row["state"]] += 1
        self.units.setdefault(row["unit"], UnitCounts()).count(row, place)
        if days := _days(row["overdue_working_days"]):
            self.overdue_days += days
            entry = (days, -place, row)
            heappush(self.worst, entry) if len(self.worst) < WORST else heappushpop(self.worst, entry)


def counted(known: Sources) -> Counts:
    counts = Counts()
    for place, row in enumerate(known.rows("steps"), start=1):
        counts.count({name: _plain(value, known) for name, value in row.items()}, place)
    return counts


def _plain(value: Any, known: Sources) -> Any:
    """A field that was left out counts under that name, not under the commitment in its place."""
    return known.w("left_out") if isinstance(value, dict) and value.keys() == {"left_out"} else value


def _days(value: Any) -> int:
    return value if isinstance(value, int) else 0
