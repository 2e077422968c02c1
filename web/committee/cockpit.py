"""The cockpit: four numbers, the map, and how far the provinces are; each number leads to what it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from bangiao.formats import number
from bangiao.i18n import _
from checklists.deadlines import VIETNAM
from web.committee.board import Placed, Seen, Sums
from web.committee.filters import state_words
from web.tile_map import SIZE, Said, tiles

_NUMBERS = ("overdue", "soon", "submitted", "untouched", "blocked")
_BINS = (0.0, 0.05, 0.10, 0.25)
"""The overdue share up to which a tile has this colour; above the last, the gravest."""


@dataclass(frozen=True, slots=True)
class Line:
    """A province in the table beside the map."""

    key: str
    name: str
    sums: Sums
    percent: int


def cockpit_facts(view: Seen) -> dict[str, Any]:
    """Everything on the cockpit."""
    provinces = by_province(view.placed)
    lines = [_line(one.key, one.name, provinces.get(one.key, Sums())) for one in view.provinces]
    if "" in provinces:
        lines.append(_line("", _("Ministries"), provinces[""]))
    whole = together(provinces.values())
    return {
        "numbers": [(name, state_words(name), getattr(whole, name)) for name in _NUMBERS],
        "whole": whole,
        "percent": percent(whole),
        "lines": lines,
        "tiles": tiles(partial(_said, {line.key: line for line in lines})),
        "map_size": SIZE,
        "as_of": moment_said(view.at),
    }


def moment_said(at: datetime) -> str:
    """To the second: numbers that are kept say of when they are."""
    return f"{at.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y}"


def by_province(placed: Iterable[Placed]) -> dict[str, Sums]:
    """Province → its units added up."""
    found: dict[str, Sums] = {}
    for one in placed:
        sums = found.get(one.province)
        if sums is None:
            sums = found[one.province] = Sums()
        sums.units += 1
        sums.add(one.sums)
    return found


def together(several: Iterable[Sums]) -> Sums:
    """Several sums as one."""
    whole = Sums()
    for one in several:
        whole.add(one)
        whole.units += one.units
    return whole


def percent(sums: Sums) -> int:
    """Settled, in whole percent; 100 only when nothing is open."""
    return 100 * sums.settled // sums.steps if sums.steps else 0


def _line(key: str, name: str, sums: Sums) -> Line:
    return Line(key, name, sums, percent(sums))


def _said(lines: dict[str, Line], key: str, name: str) -> Said:
    line = lines.get(key)
    if line is None or not line.sums.steps:
        return Said("–", "", _("{name}: nothing to show").format(name=name), "none")
    sums = line.sums
    words = _("{name}: {overdue} of {steps} steps overdue ({share} %)").format(
        name=line.name, overdue=number(sums.overdue), steps=number(sums.steps), share=round(100 * sums.share)
    )
    return Said(number(sums.overdue), f"/cockpit/units?province={key}", words, str(gravity(sums)))


def gravity(sums: Sums) -> int:
    """0 for nothing overdue, to 4."""
    return sum(1 for limit in _BINS if sums.share > limit)
