"""What makes a decision refusable, as pure functions: every mistake, each with its class, path and advice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_register import UNITS, SmallRegister

from bangiao.decision_files import read_decision
from bangiao.register_files import decision_files, read_ministries, read_units
from checklists import decision_errors as errors
from checklists.circles import circles
from checklists.decision_rules import mistakes_in
from checklists.decisions import MergerDecision
from checklists.errors import HandoverError
from checklists.units import Level, Relation, Succession, Unit, UnitKey

ROWS = [("old:00004", "new:00004", "whole", "merged"), ("old:00006", "new:00008", "whole", "merged")]


def a_decision(*rows: tuple[str, str, str, str], **fields: Any) -> MergerDecision:
    day = date(2025, 6, 16)
    base: dict[str, Any] = {"number": "1/NQ", "kind": "Nghị quyết", "issuing_body": "Ủy ban", "source": "a test"}
    base |= {"title": {"vi": "Sắp xếp", "en": "Rearrangement"}, "successions": [list(row) for row in rows or ROWS]}
    return MergerDecision(**(base | {"issued": day, "effective": day, "operational": date(2025, 7, 1)} | fields))


def mistakes(decision: MergerDecision, register: Any = None, **claimed: str) -> list[HandoverError]:
    return mistakes_in(
        decision, register or SmallRegister(), {UnitKey(f"old:{code[1:]}"): by for code, by in claimed.items()}
    )


def test_a_good_decision_has_no_mistakes() -> None:
    assert mistakes(a_decision()) == []


def test_every_decision_of_2025_keeps_every_rule_on_the_national_register() -> None:
    register = SmallRegister([*read_units(), *read_ministries()])
    codes: dict[str, list[UnitKey]] = {}
    register.same_code = lambda code: codes.get(code, [])  # type: ignore[method-assign]
    claimed: dict[UnitKey, str] = {}
    for file in decision_files():
        decision = read_decision(file)
        assert mistakes_in(decision, register, claimed) == [], file.name
        claimed |= {row.predecessor: decision.number for row in decision.successions}


def test_a_unit_that_goes_on_unchanged_under_a_new_generation_is_fine() -> None:
    assert mistakes(a_decision(("old:01", "new:01", "whole", "unchanged"))) == []


def test_a_district_may_be_divided_among_communes_or_become_one() -> None:
    divided = [("old:001", "new:00004", "part", "derived"), ("old:001", "new:00008", "part", "derived")]
    assert mistakes(a_decision(*divided)) == []
    assert mistakes(a_decision(("old:001", "new:00004", "whole", "district_to_special_zone"))) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("old:00004", "new:01"), ("old:01", "new:00004"), ("old:001", "new:01"), ("central:BKHCN", "new:01")],
)
def test_other_levels_do_not_succeed_each_other(before: str, after: str) -> None:
    (mistake,) = mistakes(a_decision((before, after, "whole", "merged")))
    assert isinstance(mistake, errors.LevelsDoNotFit)
    assert mistake.values["path"] == "successions[0].to"


def test_all_mistakes_are_found_and_each_names_its_class() -> None:
    decision = a_decision(
        ("old:00004", "new:00004", "whole", "merged"),
        ("old:00004", "new:00004", "whole", "merged"),
        ("old:00006", "new:00008", "part", "part"),
        ("old:99999", "new:01273", "whole", "merged"),
        ("new:00008", "new:00008", "whole", "x"),
        province="new:01",
        effective=date(2025, 6, 1),
    )
    found = {type(mistake) for mistake in mistakes(decision)}
    assert found == {
        errors.DuplicateRow,
        errors.PartAlone,
        errors.UnknownUnit,
        errors.OutsideProvince,
        errors.SuccessorOfItself,
        errors.EffectiveBeforeIssued,
        errors.PredecessorNotThere,
    }


def test_a_unit_claimed_by_another_decision_is_refused_and_by_this_one_it_is_not() -> None:
    (mistake,) = mistakes(a_decision(), _00004="2/NQ")
    assert isinstance(mistake, errors.ClaimedByAnother)
    assert (mistake.values["number"], mistake.values["path"]) == ("2/NQ", "successions[0].from")
    assert mistakes(a_decision(), _00004="1/NQ") == []


def test_a_chain_is_no_circle_and_a_long_circle_is_found_without_recursion() -> None:
    keys = [UnitKey(f"x:{number}") for number in range(5000)]
    chain = {before: [after] for before, after in pairwise(keys)}
    assert circles(chain) == []
    assert [len(circle) for circle in circles({**chain, keys[-1]: [keys[0]]})] == [5000]


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4)))
def test_a_circle_is_found_exactly_where_one_can_walk_back_to_the_start(onward: dict[str, list[str]]) -> None:
    def reaches(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = list(onward.get(start, []))
        while ahead:
            here = ahead.pop()
            if here not in seen:
                seen.add(here)
                ahead += onward.get(here, [])
        return seen

    found = circles(onward)
    assert bool(found) == any(start in reaches(start) for start in onward)
    for circle in found:
        assert all(after in onward[before] for before, after in zip(circle, [*circle[1:], circle[0]], strict=True))


def test_more_than_a_thousand_successors_of_one_unit_are_refused() -> None:
    many = [
        Unit(UnitKey(f"new:9{number:04}"), Level.COMMUNE, "xã", f"Xã {number}", UnitKey("new:01"))
        for number in range(1001)
    ]
    rows = tuple(Succession(UnitKey("old:001"), unit.key, Relation.PART, "derived") for unit in many)
    found = mistakes(a_decision(successions=rows), SmallRegister([*UNITS, *many]))
    assert [type(mistake) for mistake in found] == [errors.TooManySuccessors]
    assert "1001" in str(found[0])


def test_without_validity_dates_a_unit_may_take_part_on_any_day() -> None:
    undated = SmallRegister([replace(unit, valid_from=None, valid_to=None) for unit in UNITS])
    days = {"issued": date(1999, 1, 1), "effective": date(1999, 1, 1), "operational": date(1999, 2, 1)}
    assert mistakes(a_decision(**days), undated) == []
    assert {type(mistake) for mistake in mistakes(a_decision(**days))} == {errors.SuccessorNotThere}


def test_a_register_whose_parents_go_in_a_circle_does_not_hang_the_rules() -> None:
    looped = [
        Unit(UnitKey("new:00004"), Level.COMMUNE, "xã", "Xã A", UnitKey("new:00008")),
        Unit(UnitKey("new:00008"), Level.COMMUNE, "xã", "Xã B", UnitKey("new:00004")),
    ]
    units = [unit for unit in UNITS if unit.key not in {"new:00004", "new:00008"}]
    found = mistakes(a_decision(province="new:01"), SmallRegister([*units, *looped]))
    assert {type(mistake) for mistake in found} == {errors.OutsideProvince}


def test_a_unit_cannot_take_over_and_hand_over_in_one_decision() -> None:
    rows = [
        ("old:00001", "old:00004", "whole", "merged"),
        ("old:00004", "old:00006", "part", "part"),
        ("old:00004", "old:00001", "part", "part"),
    ]
    units = [replace(unit, valid_to=None) for unit in UNITS]
    (found,) = mistakes(a_decision(*rows[:1], ("old:00004", "old:00006", "whole", "merged")), SmallRegister(units))
    assert isinstance(found, errors.TakesOverAndHandsOver)
    assert found.values["path"] == "successions[1].from"
    assert "old:00004" in str(found)
    assert {type(one) for one in mistakes(a_decision(*rows), SmallRegister(units))} == {errors.SuccessionCycle}


def test_a_decision_of_provinces_is_told_from_one_of_communes() -> None:
    assert a_decision(("old:01", "new:01", "whole", "merged")).level == "province"
    assert a_decision(("old:01", "new:01", "whole", "unchanged"), *ROWS).level == "commune"
    assert a_decision(("old:01", "new:01", "whole", "unchanged"), province="new:01").level == "commune"
