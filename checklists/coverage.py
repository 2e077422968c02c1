"""What a decision leaves open on the map: units of its area that nobody hands over or takes over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from checklists.decisions import MergerDecision
from checklists.units import Level, Unit, UnitKey


class UnitTree(Protocol):
    """The register with its tree."""

    def unit(self, key: UnitKey) -> Unit | None: ...

    def children(self, keys: Sequence[UnitKey]) -> Sequence[UnitKey]:
        """The units directly below any of these."""
        ...


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Units of the decision's area that its rows do not name, in key order; None where there is no area to look at."""

    without_successor: tuple[UnitKey, ...] | None
    without_predecessor: tuple[UnitKey, ...] | None


def left_over(decision: MergerDecision, tree: UnitTree) -> LeftOver:
    """For a decision about one province: units of its old provinces that hand over to nobody, and units of the new
    province that nobody hands over to. A decision without a province has no area to compare with: None for both."""
    if decision.province is None:
        return LeftOver(None, None)
    handing = {row.predecessor for row in decision.successions}
    taking = {row.successor for row in decision.successions}
    old_provinces = {_province_of(key, tree) for key in handing} - {decision.province}
    old = {key for province in old_provinces if province for key in _below(province, tree)}
    new = set(_below(decision.province, tree))
    return LeftOver(tuple(sorted(old - handing)), tuple(sorted(new - taking)))


def _province_of(key: UnitKey, tree: UnitTree) -> UnitKey | None:
    unit = tree.unit(key)
    while unit is not None and unit.level is not Level.PROVINCE:
        unit = tree.unit(unit.parent) if unit.parent else None
    return unit.key if unit else None


def _below(key: UnitKey, tree: UnitTree) -> Iterator[UnitKey]:
    """Everything below the unit, one level of the tree at a time."""
    level = tree.children([key])
    while level:
        yield from level
        level = tree.children(level)
