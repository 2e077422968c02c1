"""The counts as of the end of yesterday, kept until today is over: nobody watches anybody live, and however many
citizens come, the database is asked once a day.

`db.public_counts` → **snapshot** (one for the process) → pages and open data.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Lock, Thread

from fastapi import Request

from bangiao.wiring import Wiring
from checklists.names import province_sort_key
from checklists.public_figures import Figures, together
from db.cockpit import PlacedUnit, heirs_of_provinces, placed_units
from db.public_counts import end_of, public_counts
from db.session import begin_read
from web.committee.board import province_of
from web.public.answers import Made

CENTRAL = "central"
"""Stands in addresses for the ministries, which lie in no province."""

_MOST_PAGES = 300


@dataclass(frozen=True, slots=True)
class Member:
    """A unit with its figures, in all and by kind of work."""

    unit: PlacedUnit
    province: str
    figures: Figures
    kinds: dict[str, Figures]


@dataclass(frozen=True, slots=True)
class Area:
    """A province of today, or the central bodies (`unit` None), with all its units by name."""

    key: str
    unit: PlacedUnit | None
    members: dict[str, Member]
    figures: Figures


@dataclass(frozen=True)
class Snapshot:
    """All areas that have something to show, in the order of the Vietnamese alphabet, the central bodies last.
    `pages`: those that were made from it already."""

    day: date
    areas: dict[str, Area]
    figures: Figures
    pages: dict[Hashable, Made] = field(default_factory=dict)

    @property
    def units(self) -> int:
        return sum(len(area.members) for area in self.areas.values())

    def keep(self, name: Hashable, page: Made) -> Made:
        """So that it is made once; not more of them than memory bears."""
        if len(self.pages) >= _MOST_PAGES:
            self.pages.clear()
        self.pages[name] = page
        return page


def read_snapshot(wiring: Wiring) -> Snapshot:
    """As of the end of yesterday."""
    yesterday = wiring.today() - timedelta(days=1)
    with begin_read(wiring.engine) as connection:
        counts = public_counts(connection, end_of(yesterday))
        units, heirs = placed_units(connection), heirs_of_provinces(connection)
    kinds: dict[str, dict[str, Figures]] = {}
    for unit, kind, figures in counts:
        kinds.setdefault(unit, {})[kind] = figures
    members = sorted(
        (
            Member(units[key], province_of(key, units, heirs) or CENTRAL, together(of.values()), of)
            for key, of in kinds.items()
        ),
        key=lambda one: (one.unit.sort_key, one.unit.key),
    )
    areas = _areas(members, units)
    return Snapshot(yesterday, areas, together(one.figures for one in areas.values()))


def _areas(members: list[Member], units: dict[str, PlacedUnit]) -> dict[str, Area]:
    by_area: dict[str, dict[str, Member]] = {}
    for one in members:
        by_area.setdefault(one.province, {})[one.unit.key] = one
    ordered = sorted(
        by_area, key=lambda key: (key == CENTRAL, province_sort_key(units[key].name) if key in units else "", key)
    )
    return {
        key: Area(key, units.get(key), by_area[key], together(one.figures for one in by_area[key].values()))
        for key in ordered
    }


class Published:
    """The snapshot of this process."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._kept: Snapshot | None = None
        self._counting = Lock()

    def latest(self) -> Snapshot | None:
        """Yesterday's; the one before, while that is counted; None while the first one is counted for somebody else:
        a crowd after a restart must not take the pages' threads from those who work."""
        kept = self._kept
        if kept is not None and kept.day == self._wiring.today() - timedelta(days=1):
            return kept
        if self._counting.acquire(blocking=False):
            if kept is None:
                self._count()
                return self._kept
            Thread(target=self._count, daemon=True).start()
        return kept

    def _count(self) -> None:
        try:
            self._kept = read_snapshot(self._wiring)
        finally:
            self._counting.release()


def published(request: Request) -> Published:
    """The one of this process."""
    state = request.app.state
    if not hasattr(state, "published"):
        state.published = Published(state.wiring)
    kept: Published = state.published
    return kept
