"""Needs between steps: what can never be met, and rings of steps that wait for each other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from checklists.needs import (
    ForeignDuty,
    NeedNeverMet,
    NeedOfTheirSuccessors,
    NeedsInARing,
    NeedTwice,
    StepKeyTwice,
    UnknownAnchorStep,
    UnknownNeed,
    find_mistakes,
)
from checklists.templates import ChecklistTemplate

WORDS = {"vi": "chữ", "en": "words"}


def step(
    key: str, *needs: dict[str, str] | str, side: str = "both", levels: str = "commune", **more: Any
) -> dict[str, Any]:
    return {
        "key": key,
        "duty": key.partition("/")[0],
        "category": "test",
        "title": WORDS,
        "side": side,
        "levels": levels.split(),
        "responsible": {"role": "unit_lead", "office": WORDS},
        "basis": "law",
        "source": "law",
        "deadline": {"anchor": "none"},
        "evidence": {"what": WORDS},
        "verify": False,
        "needs": [{"step": need} if isinstance(need, str) else need for need in needs],
    } | more


def of(kind: str, key: str, level: str | None = None) -> dict[str, str]:
    need = {"step": key, "of": kind}
    return need | {"level": level} if level else need


def template(*steps: dict[str, Any], name: str = "one") -> ChecklistTemplate:
    return ChecklistTemplate.model_validate({"template": name, "version": "2025.1", "title": WORDS, "steps": steps})


def test_a_hand_over_and_its_receipt_are_sound() -> None:
    found = find_mistakes(
        [
            template(
                step("AA-01/phan", side="predecessor"),
                step("AA-01/giao", "AA-01/phan", side="predecessor", levels="commune district", per="successor"),
                step("AA-01/nhan", of("predecessors", "AA-01/giao", "district"), side="successor"),
            )
        ]
    )
    assert found == []


def test_needs_may_cross_catalogues() -> None:
    assert find_mistakes([template(step("AA-01", "BB-01")), template(step("BB-01"), name="two")]) == []


def test_an_unknown_step_is_named_with_its_place() -> None:
    (found,) = find_mistakes([template(step("AA-01"), step("AA-02", "AA-01", "ZZ-99"))])
    assert isinstance(found.mistake, UnknownNeed)
    assert found.path == ("steps", 1, "needs", 1, "step")
    assert "AA-02 needs ZZ-99" in str(found.mistake)


def test_an_unknown_step_in_a_deadline_is_named() -> None:
    (found,) = find_mistakes([template(step("AA-01", deadline={"anchor": "step", "step": "ZZ-99", "offset": 3}))])
    assert isinstance(found.mistake, UnknownAnchorStep)


def test_a_key_may_stand_once_in_all_catalogues() -> None:
    (found,) = find_mistakes([template(step("AA-01")), template(step("AA-01"), name="two")])
    assert isinstance(found.mistake, StepKeyTwice)
    assert (found.template, found.path) == ("two", ("steps", 0, "key"))


def test_a_key_begins_with_its_duty() -> None:
    (found,) = find_mistakes([template(step("AA-01/giao", duty="AA-02"))])
    assert isinstance(found.mistake, ForeignDuty)


def test_the_same_need_twice_is_a_mistake() -> None:
    (found,) = find_mistakes([template(step("AA-01"), step("AA-02", "AA-01", "AA-01"))])
    assert isinstance(found.mistake, NeedTwice)


@pytest.mark.parametrize(
    ("needing", "needed"),
    [
        pytest.param(
            step("AA-01", of("predecessors", "AA-02"), side="successor"),
            step("AA-02", side="successor"),
            id="a predecessor never gets a successor's step",
        ),
        pytest.param(
            step("AA-01", of("predecessors", "AA-02"), side="predecessor"),
            step("AA-02", side="predecessor"),
            id="a predecessor has no predecessors",
        ),
        pytest.param(
            step("AA-01", of("predecessors", "AA-02", "district"), side="successor"),
            step("AA-02", side="predecessor"),
            id="the step is not for districts",
        ),
        pytest.param(step("AA-01", "AA-02"), step("AA-02", levels="province"), id="the same unit has one level only"),
        pytest.param(
            step("AA-01", of("successors", "AA-02"), side="successor"),
            step("AA-02", side="successor"),
            id="a successor has no successors",
        ),
        pytest.param(
            step("AA-01", of("predecessors", "AA-02"), side="successor"),
            step("AA-02", side="predecessor", levels="ministry"),
            id="a commune does not succeed a ministry",
        ),
        pytest.param(
            step("AA-01", "AA-02"),
            step("AA-02", side="central", levels="commune ministry"),
            id="central is for ministries",
        ),
    ],
)
def test_a_need_that_can_never_be_met_is_a_mistake(needing: dict[str, Any], needed: dict[str, Any]) -> None:
    found = find_mistakes([template(needing, needed)])
    assert [type(one.mistake) for one in found] == [NeedNeverMet]


def test_a_ring_is_named_in_one_sentence() -> None:
    (found,) = find_mistakes([template(step("AA-01", "AA-02"), step("AA-02", "AA-03"), step("AA-03", "AA-01"))])
    assert isinstance(found.mistake, NeedsInARing)
    ring = found.mistake.values["ring"].split(" → ")
    assert ring[0] == ring[-1]
    follows = {"AA-01": "AA-02", "AA-02": "AA-03", "AA-03": "AA-01"}
    assert all(follows[one] == other for one, other in pairwise(ring))


def test_a_step_that_needs_itself_is_a_ring() -> None:
    (found,) = find_mistakes([template(step("AA-01", "AA-01"))])
    assert str(found.mistake).count("AA-01") == 2


def test_a_ring_across_units_and_catalogues_is_found() -> None:
    found = find_mistakes(
        [
            template(step("AA-01", of("successors", "BB-01"), side="predecessor")),
            template(step("BB-01", of("predecessors", "AA-01"), side="successor"), name="two"),
        ]
    )
    assert [type(one.mistake) for one in found] == [NeedsInARing]


def test_a_deadline_that_counts_from_a_step_waits_for_it_too() -> None:
    found = find_mistakes(
        [template(step("AA-01", "AA-02"), step("AA-02", deadline={"anchor": "step", "step": "AA-01", "offset": 3}))]
    )
    assert [type(one.mistake) for one in found] == [NeedsInARing]


def test_a_step_may_need_the_same_step_of_its_predecessors() -> None:
    assert find_mistakes([template(step("AA-01", of("predecessors", "AA-01")))]) == []


def test_two_rings_are_two_sentences() -> None:
    found = find_mistakes(
        [template(step("AA-01", "AA-02"), step("AA-02", "AA-01"), step("BB-01", "BB-02"), step("BB-02", "BB-01"))]
    )
    assert len(found) == 2


def test_what_successors_hand_over_to_others_cannot_be_needed() -> None:
    (found,) = find_mistakes(
        [
            template(
                step("AA-01", of("successors", "AA-02"), side="predecessor"),
                step("AA-02", side="both", per="successor"),
            )
        ]
    )
    assert isinstance(found.mistake, NeedOfTheirSuccessors)
    assert found.path == ("steps", 0, "needs", 0)
