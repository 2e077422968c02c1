"""The register as it would be once an amended decision is in force: units that it ends or founds follow its date.

A unit that a decision dissolves is on record until the day before the new governments operate, and its successor from
that day on. When the decision's date moves, those days move with it; any other day of the register stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checklists.decision_rules import Register
from checklists.decisions import MergerDecision
from checklists.units import Unit, UnitKey


class FollowingRegister:
    """`register`, with the days that the decision `before` gave its units as `after` gives them."""

    def __init__(self, register: Register, before: MergerDecision, after: MergerDecision) -> None:
        self._register = register
        self._before, self._after = before, after
        self.ended = {row.predecessor for row in after.successions}
        self.founded = {row.successor for row in after.successions}

    def unit(self, key: UnitKey) -> Unit | None:
        unit = self._register.unit(key)
        if unit is None or self._before.operational == self._after.operational:
            return unit
        if key in self.ended and unit.valid_to == self._before.ceased:
            unit = replace(unit, valid_to=self._after.ceased)
        if key in self.founded and unit.valid_from == self._before.operational:
            unit = replace(unit, valid_from=self._after.operational)
        return unit

    def same_code(self, code: str) -> Sequence[UnitKey]:
        return self._register.same_code(code)
