"""What a decision leaves open on the map."""

from __future__ import annotations

from collections.abc import Sequence

from builders import decision_of
from small_register import UNITS, SmallRegister

from checklists.coverage import LeftOver, left_over
from checklists.units import UnitKey


class Tree(SmallRegister):
    """The small register with its tree."""

    def children(self, keys: Sequence[UnitKey]) -> Sequence[UnitKey]:
        return [unit.key for unit in UNITS if unit.parent in keys]


ROW = ("old:00004", "new:00004", "whole", "merged")


def test_units_of_the_area_that_no_row_names_are_left_over() -> None:
    found = left_over(decision_of(ROW, province="new:01"), Tree())
    assert found.without_successor == ("old:00001", "old:00006", "old:001")
    assert found.without_predecessor == ("later:00001", "new:00008")


def test_a_decision_without_a_province_has_no_area_to_look_at() -> None:
    assert left_over(decision_of(ROW), Tree()) == LeftOver(None, None)
