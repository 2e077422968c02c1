"""Where the open steps of a dissolved unit go, and on which ground: the table of rules, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from builders import SPLIT, decision_of, real_decision, unit
from hypothesis import given
from hypothesis import strategies as st

from bangiao.register_files import read_ministries, read_units
from checklists.frozen_facts import FrozenUnits
from checklists.succession_of_work import (
    Destination,
    Ending,
    Ground,
    Hindrance,
    OwedStep,
    destination,
    divide,
    endings_by,
    province_above,
)
from checklists.units import UnitKey

DAY = date(2025, 7, 1)
UNITS = FrozenUnits(
    [
        unit("old:01", "province", "tỉnh"),
        unit("old:001", "district", "huyện", parent="old:01"),
        *(unit(f"old:{name}", parent="old:001") for name in "abcd"),
        unit("new:01", "province", "tỉnh"),
        unit("new:02", "province", "tỉnh"),
        *(unit(f"new:{name}", parent="new:01") for name in "abcd"),
        unit("new:e", parent="new:02"),
        unit("next:01", "province", "tỉnh"),
        unit("next:a", parent="next:01"),
        unit("next:b", parent="next:01"),
        unit("alone:a"),
    ]
)


def goes(
    unit_: str, counterpart: str = "", *, ended: Mapping[str, Ending | tuple[str, ...]]
) -> tuple[str, Ground] | Hindrance:
    known = {
        key: one if isinstance(one, Ending) else Ending(DAY, tuple(map(UnitKey, one))) for key, one in ended.items()
    }
    found = destination(UnitKey(unit_), counterpart, known.get, UNITS)
    return found if isinstance(found, Hindrance) else (found.unit, found.ground)


MAP = {"old:01": ("new:01",), "old:001": ("new:a", "new:b"), "old:a": ("new:a",), "old:b": ("new:a", "new:b")}


@pytest.mark.parametrize(
    ("unit_", "counterpart", "to", "ground"),
    [
        ("old:a", "", "new:a", Ground.SOLE_SUCCESSOR),
        ("old:a", "new:a", "new:a", Ground.SOLE_SUCCESSOR),
        ("old:b", "new:a", "new:a", Ground.COUNTERPART),
        ("old:b", "new:b", "new:b", Ground.COUNTERPART),
        ("old:b", "", "new:01", Ground.TWO_OR_MORE),
        ("old:b", "new:c", "new:01", Ground.TWO_OR_MORE),  # a counterpart that does not take over
        ("old:001", "new:b", "new:b", Ground.COUNTERPART),
        ("old:001", "", "new:01", Ground.TWO_OR_MORE),
        ("old:01", "", "new:01", Ground.SOLE_SUCCESSOR),
    ],
)
def test_each_step_goes_to_the_unit_that_the_first_fitting_rule_names(
    unit_: str, counterpart: str, to: str, ground: Ground
) -> None:
    assert goes(unit_, counterpart, ended=MAP) == (to, ground)


def test_the_province_of_the_decision_is_asked_before_the_register() -> None:
    ending = Ending(DAY, (UnitKey("alone:a"), UnitKey("new:a")), UnitKey("new:02"))
    assert goes("old:a", ended={"old:a": ending}) == ("new:02", Ground.TWO_OR_MORE)


def test_a_unit_that_nobody_took_over_falls_to_the_successor_of_the_province_it_lay_in() -> None:
    assert goes("old:c", ended={"old:c": (), "old:01": ("new:01",)}) == ("new:01", Ground.PROVINCE_ABOVE)
    assert goes("old:c", ended={"old:c": ()}) == ("old:01", Ground.PROVINCE_ABOVE)  # its province stands


def test_successors_in_two_provinces_leave_it_to_the_province_the_unit_lay_in() -> None:
    ended = {"old:d": ("new:d", "new:e"), "old:01": ("new:01",)}
    assert goes("old:d", ended=ended) == ("new:01", Ground.PROVINCE_ABOVE)
    assert goes("old:d", "new:e", ended=ended) == ("new:e", Ground.COUNTERPART)


@pytest.mark.parametrize(
    ("unit_", "successors", "hindrance"),
    [
        ("alone:a", (), Hindrance.NOBODY),
        ("alone:a", ("new:d", "new:e"), Hindrance.SEVERAL_PROVINCES),
        ("old:01", ("new:01", "new:02"), Hindrance.SEVERAL_PROVINCES),  # nothing stands above a province
    ],
)
def test_where_nobody_can_be_found_the_reason_is_given(
    unit_: str, successors: tuple[str, ...], hindrance: Hindrance
) -> None:
    assert goes(unit_, ended={unit_: successors}) == hindrance


def test_a_chain_is_followed_to_its_end_and_the_ground_is_its_last_choice() -> None:
    later = {"new:a": ("next:a",), "new:b": ("next:a", "next:b"), "new:01": ("next:01",)}
    assert goes("old:a", ended=MAP | later) == ("next:a", Ground.SOLE_SUCCESSOR)
    assert goes("old:b", "new:a", ended=MAP | later) == ("next:a", Ground.COUNTERPART)
    assert goes("old:b", "new:b", ended=MAP | later) == ("next:01", Ground.TWO_OR_MORE)  # divided a second time
    assert goes("old:b", ended=MAP | later) == ("next:01", Ground.TWO_OR_MORE)


def test_what_was_passed_on_the_way_and_the_last_day_of_change_are_kept() -> None:
    ended = {"old:a": Ending(DAY, (UnitKey("new:a"),)), "new:a": Ending(date(2026, 1, 1), (UnitKey("next:a"),))}
    assert destination(UnitKey("old:a"), "", ended.get, UNITS) == Destination(
        UnitKey("next:a"), Ground.SOLE_SUCCESSOR, date(2026, 1, 1), (UnitKey("new:a"),)
    )


def test_a_circle_of_successions_ends_with_its_reason() -> None:
    assert goes("old:a", ended={"old:a": ("new:a",), "new:a": ("old:a",)}) == Hindrance.CIRCLE


def test_steps_whose_holder_stands_are_left_alone_and_the_others_are_grouped() -> None:
    known = {UnitKey(key): Ending(DAY, tuple(map(UnitKey, one))) for key, one in MAP.items()}
    a, b, stands = UnitKey("old:a"), UnitKey("old:b"), UnitKey("new:c")
    steps = [
        OwedStep(4, b, ""),
        OwedStep(1, a, ""),
        OwedStep(2, stands, ""),
        OwedStep(3, a, "new:a"),
        OwedStep(5, b, ""),
    ]
    division = divide(steps, known.get, UNITS)
    assert [(one.giving, one.to.unit, one.steps) for one in division.moves] == [
        ("old:a", "new:a", [1, 3]),
        ("old:b", "new:01", [4, 5]),
    ]
    assert (division.moved, division.stayed, division.givers, division.receivers) == (4, 0, 2, 2)


def test_a_decision_ends_the_units_of_its_own_rows_on_its_day_of_operation() -> None:
    decision = decision_of(
        ("old:b", "new:b", "part", "part"),
        ("old:b", "new:a", "part", "part"),
        ("old:a", "new:a", "whole", "merged"),
        operational="2025-09-01",
        province="new:01",
    )
    day, province = date(2025, 9, 1), UnitKey("new:01")
    assert endings_by(decision) == {
        "old:a": Ending(day, (UnitKey("new:a"),), province),
        "old:b": Ending(day, (UnitKey("new:a"), UnitKey("new:b")), province),
    }


def test_the_province_above_a_unit_is_found_through_its_district_and_circles_of_parents_end() -> None:
    assert province_above(UnitKey("old:a"), UNITS) == "old:01"
    assert province_above(UnitKey("old:01"), UNITS) is None
    assert province_above(UnitKey("unknown:1"), UNITS) is None
    circle = FrozenUnits([unit("old:x", parent="old:y"), unit("old:y", parent="old:x")])
    assert province_above(UnitKey("old:x"), circle) is None


def test_every_unit_that_ha_noi_dissolves_has_somebody_for_every_step() -> None:
    register = FrozenUnits([*read_units(), *read_ministries()])
    endings = endings_by(real_decision())
    for key, ending in endings.items():
        for counterpart in ("", *ending.successors):
            found = destination(key, counterpart, endings.get, register)
            assert isinstance(found, Destination)
            assert found.unit not in endings
            if len(ending.successors) > 1 and not counterpart:
                assert (found.unit, found.ground) == ("new:01", Ground.TWO_OR_MORE)
    assert len(endings[UnitKey(SPLIT)].successors) == 5


KEYS = st.sampled_from([UnitKey(key) for key in ("old:a", "old:b", "old:01", "new:a", "new:b", "new:01", "alone:a")])
ENDINGS = st.dictionaries(KEYS, st.builds(Ending, st.just(DAY), st.lists(KEYS, unique=True).map(tuple)))


@given(ENDINGS, st.lists(st.tuples(KEYS, st.one_of(st.just(""), KEYS))))
def test_no_step_is_lost_and_none_goes_to_a_unit_that_ended(
    ended: dict[UnitKey, Ending], owed: list[tuple[UnitKey, str]]
) -> None:
    steps = [OwedStep(place, holder, counterpart) for place, (holder, counterpart) in enumerate(owed)]
    division = divide(steps, ended.get, UNITS)
    assert not {one.to.unit for one in division.moves} & ended.keys()
    placed = [step for group in (*division.moves, *division.stays) for step in group.steps]
    assert sorted(placed) == [one.id for one in steps if one.holder in ended]
