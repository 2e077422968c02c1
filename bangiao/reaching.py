"""Whom no level would reach: every level of every open ladder that has nobody with a working channel.

open steps → who holds them, on which ladder → `checklists.escalation.reachability` → findings by unit, while there is
time to appoint somebody or to set up a channel.
"""

from __future__ import annotations

from dataclasses import dataclass

from bangiao.review_office import ReviewOffice
from bangiao.wiring import Wiring
from checklists.escalation.reachability import UnreachableLevel
from db.review_due import open_ladders
from db.session import begin_read


@dataclass(frozen=True, slots=True)
class UnreachedUnit:
    """A unit that holds open steps, and the levels of its ladders that would reach nobody of their own audience."""

    unit: str
    name: str
    levels: tuple[UnreachableLevel, ...]

    @property
    def nobody_at_all(self) -> bool:
        """Whether some level would not even reach anybody further up."""
        return any(not one.instead for one in self.levels)


def unreached_units(wiring: Wiring, decision_id: int | None = None) -> list[UnreachedUnit]:
    """Worst first: units of which some level would be said to nobody, then those with most levels missing."""
    with begin_read(wiring.engine) as connection:
        office = ReviewOffice(wiring.today())
        office.on(connection)
        open_ones = open_ladders(connection, decision_id)
        office.expect_units({holder for _, _, holder in open_ones})
        climbed = ((holder, office.ladder_of(decision, template)) for decision, template, holder in open_ones)
        ladders = {(holder, ladder.content_hash): ladder for holder, ladder in climbed}
        found: dict[str, dict[str, UnreachableLevel]] = {}
        for (holder, _), ladder in ladders.items():
            missing = {one.level: one for one in office.unreachable(holder, ladder)}
            if missing:
                found.setdefault(holder, {}).update(missing)
        units = [UnreachedUnit(one, office.name(one), tuple(levels.values())) for one, levels in found.items()]
    return sorted(units, key=lambda one: (not one.nobody_at_all, -len(one.levels), one.unit))
