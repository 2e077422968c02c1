"""How far a role reaches over the unit tree, upwards: whose roles count for a unit.

A unit is reached from itself, from every unit above it, from the provinces that took over a province above it (so that
new:01 reaches old:00004), and from everywhere. `db.reach` says the same in SQL, for one unit or one person at a time;
this is for a whole country at once, and what that is tested against.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from checklists.people import EVERYWHERE, PersonRole
from checklists.units import UnitKey


class UnitTree:
    """What stands directly above each unit: its parent and, of a province, the provinces that took it over."""

    def __init__(self, parents: Mapping[UnitKey, UnitKey | None], heirs: Mapping[UnitKey, Sequence[UnitKey]]) -> None:
        self._parents = parents
        self._heirs = heirs

    def units(self) -> Collection[UnitKey]:
        return self._parents.keys()

    def directly_above(self, unit: UnitKey) -> list[UnitKey]:
        parent = self._parents.get(unit)
        return [*([parent] if parent else []), *self._heirs.get(unit, ())]

    def reach(self, unit: UnitKey) -> list[UnitKey]:
        """The units whose roles count for this one, nearest first."""
        found = [unit]
        for key in found:
            found += [above for above in self.directly_above(key) if above not in found]
        return found


class Askable:
    """Which roles somebody holds over each unit, worked out once per unit and remembered."""

    def __init__(self, tree: UnitTree, held: Iterable[tuple[UnitKey, PersonRole]]) -> None:
        self._tree = tree
        self._own: dict[UnitKey, set[PersonRole]] = {}
        for unit, role in held:
            self._own.setdefault(unit, set()).add(role)
        self._everywhere = frozenset(self._own.get(EVERYWHERE, ()))
        self._known: dict[UnitKey, frozenset[PersonRole]] = {}

    def units(self) -> Collection[UnitKey]:
        """All units of the tree."""
        return self._tree.units()

    def roles(self, unit: UnitKey) -> frozenset[PersonRole]:
        if unit not in self._known:
            self._known[unit] = self._everywhere  # the register allows no circle; if there were one, it would end here
            above = (self.roles(key) for key in self._tree.directly_above(unit))
            self._known[unit] = self._everywhere.union(self._own.get(unit, ()), *above)
        return self._known[unit]
