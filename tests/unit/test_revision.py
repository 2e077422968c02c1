"""The engine of changes by itself: desired steps against standing ones, whatever the standing ones have become."""

from __future__ import annotations

import random
from collections.abc import Container
from datetime import date
from typing import Any

import pytest
from builders import CALENDAR, decision_of, step, template, unit

from bangiao.conditions import compile_condition
from checklists.decisions import MergerDecision
from checklists.frozen_facts import FrozenUnits
from checklists.ports import Planning
from checklists.revision import revise
from checklists.revision_colours import Colour, colours
from checklists.revision_difference import Difference, difference_of, what_differs
from checklists.revision_plan import FootedPlan, Footing
from checklists.revision_result import Revision
from checklists.revision_steps import DesiredChecklist, Slot, Standing, StandingChecklist, StandingStep, StepWork
from checklists.step_numbers import CHECKLIST_SHIFT, MOST_COUNTERPARTS
from checklists.templates import ChecklistTemplate

TODAY = date(2025, 6, 17)
SETTLED = {"done", "not_applicable", "cancelled"}
UNITS = [unit(key) for key in ("old:00001", "old:00002", "old:00003", "new:00001", "new:00002")]
ROWS = [
    ("old:00001", "new:00001", "part", "part"),
    ("old:00001", "new:00002", "part", "part"),
    ("old:00002", "new:00001", "whole", "merged"),
    ("old:00003", "new:00002", "whole", "merged"),
]
BASE = template(
    step("DAT-01"),
    step("DAT-02", per="successor", needs=[{"step": "DAT-01"}]),
    step("DAT-03", side="successor", needs=[{"step": "DAT-02", "of": "predecessors"}]),
)


def desired_by(
    decision: MergerDecision, *templates: ChecklistTemplate, own: dict[tuple[str, str], str] | None = None
) -> FootedPlan:
    """What the decision should have; the last version of each template is everybody's."""
    known = {one.content_hash: one for one in templates}
    everybody = {one.template: one.content_hash for one in templates}
    footing = Footing(decision, FrozenUnits(UNITS), CALENDAR, everybody, own or {})
    return FootedPlan(
        footing, lambda calendar, versions: Planning([known[one] for one in versions], calendar, compile_condition)
    )


def opened(desired: list[DesiredChecklist], states: dict[Slot, str] | None = None, first: int = 100) -> Standing:
    """The desired steps as they stand once opened, some of them in other states since."""
    numbers: dict[Slot, int] = {}
    for place, one in enumerate(desired):
        for planned in one.steps:
            slot = (one.unit, one.template.template, planned.key, planned.counterpart)
            numbers[slot] = (first + place << CHECKLIST_SHIFT) + planned.place
    states = states or {}
    settled = {slot for slot, state in states.items() if state in SETTLED}
    checklists: dict[tuple[str, str], StandingChecklist] = {}
    needs: dict[int, set[int]] = {}
    for place, one in enumerate(desired):
        slug = one.template.template
        kept = StandingChecklist(
            first + place, one.unit, slug, one.template.content_hash, one.role.value, one.left_out, len(one.steps)
        )
        for planned in one.steps:
            slot = (one.unit, slug, planned.key, planned.counterpart)
            count = len([need for need in planned.needs if need not in settled])
            state = states.get(slot) or ("waiting" if count else "ready")
            kept.series[planned.key, planned.counterpart] = [
                StandingStep(
                    numbers[slot], first + place, planned.key, planned.counterpart, 1, state,
                    planned.due_on, planned.deadline, count, False, 1,
                )
            ]  # fmt: skip
            if planned.needs:
                needs[numbers[slot]] = {numbers[need] for need in planned.needs}
        checklists[one.unit, slug] = kept
    return Standing(checklists, needs, {})


def changed(
    desired: list[DesiredChecklist],
    standing: Standing,
    had: set[Slot] | None = None,
    planned: Container[int] = frozenset(),
) -> Revision:
    return revise(
        desired,
        standing,
        today=TODAY,
        new_numbers=lambda _count: 900,
        had=lambda: had or set(),
        planned=lambda: planned,
    )


def after(standing: Standing, revision: Revision) -> tuple[dict[int, StandingStep], dict[int, set[int]]]:
    """All steps and needs as they are once the revision is written."""
    steps = {
        one.id: revision.after.get(one.id, one)
        for checklist in standing.checklists.values()
        for series in checklist.series.values()
        for one in series
    }
    steps |= {one.id: one for one in revision.added}
    needs = {number: set(needed) for number, needed in standing.needs.items()}
    for number, needed in revision.needs_removed:
        needs[number].discard(needed)
    for number, needed in revision.needs_added:
        needs.setdefault(number, set()).add(needed)
    return steps, needs


def assert_consistent(standing: Standing, revision: Revision) -> None:
    steps, needs = after(standing, revision)
    for one in steps.values():
        count = sum(steps[need].state not in SETTLED for need in needs.get(one.id, ()))
        assert one.open_needs == count, one
        if one.state in {"waiting", "ready", "in_progress", "submitted"}:
            assert (one.state == "waiting") == (count > 0), one
        assert one.id >> CHECKLIST_SHIFT == one.checklist
    assert len(steps) == len({(one.checklist, one.key, one.counterpart, one.occurrence) for one in steps.values()})
    for number, was in revision.before.items():
        if was.state in SETTLED:
            kept = revision.after.get(number, was)
            assert kept._replace(open_needs=0) == was._replace(open_needs=0), "settled steps are never touched"


def test_the_same_plan_changes_nothing() -> None:
    desired = desired_by(decision_of(*ROWS), BASE).desired
    revision = changed(desired, opened(desired))
    assert (revision.after, revision.added, revision.agreed) == ({}, [], [])


WEEKLY = template(
    step("DAT-01", recurrence={"every": "P7D"}),
    step("DAT-02", per="successor", needs=[{"step": "DAT-01"}]),
)


def _again(standing: Standing, *states: str, planned_anew: int = 0) -> Standing:
    """The weekly duty of every unit has come so often, in these states; one time was planned again by a change."""
    for one in standing.checklists.values():
        if ("DAT-01", "") in one.series:
            (first,) = one.series["DAT-01", ""]
            one.series["DAT-01", ""] = [
                first._replace(
                    id=first.id + place,
                    occurrence=place + 1,
                    state=state,
                    deadline=first.deadline if place in (0, planned_anew) else 7,
                    due_on=first.due_on if place in (0, planned_anew) else date(2025, 7, 1 + 7 * place),
                )
                for place, state in enumerate(states)
            ]
            for needed in standing.needs.values():
                if first.id in needed and planned_anew:
                    assert isinstance(needed, set)
                    needed.remove(first.id)
                    needed.add(first.id + planned_anew)
    return standing


@pytest.mark.parametrize(
    ("states", "planned_anew"),
    [
        (("cancelled", "ready"), 0),
        (("done", "cancelled"), 0),
        (("cancelled", "done", "in_progress"), 0),
        (("done", "cancelled", "ready"), 2),
        (("cancelled", "ready"), 1),
    ],
)
def test_the_same_plan_changes_nothing_of_a_duty_that_has_come_back(states: tuple[str, ...], planned_anew: int) -> None:
    """Whichever of its times somebody cancelled, and whichever was planned again after the duty had fallen away."""
    plan = desired_by(decision_of(*ROWS), WEEKLY)
    standing = opened(plan.desired, {slot: "cancelled" for slot in _slots_of(plan.desired) if slot[2] == "DAT-01"})
    revision = changed(
        plan.desired, _again(standing, *states, planned_anew=planned_anew), _slots_of(plan.desired), plan.deadlines
    )
    assert (revision.added, revision.moved, revision.needs_added, revision.needs_removed) == ([], [], [], [])
    assert revision.agreed == []


def test_a_duty_that_was_planned_again_follows_the_next_date() -> None:
    plan = desired_by(decision_of(*ROWS), WEEKLY)
    standing = _again(opened(plan.desired), "done", "cancelled", "ready", planned_anew=2)
    later = desired_by(decision_of(*ROWS, operational="2025-08-01"), WEEKLY)
    revision = changed(later.desired, standing, _slots_of(plan.desired), plan.deadlines)
    moved = {(revision.after[one].key, revision.after[one].occurrence) for one in revision.moved}
    assert moved == {("DAT-01", 3), ("DAT-02", 1)}
    assert revision.kept == []


def _slots_of(desired: list[DesiredChecklist]) -> set[Slot]:
    return {
        (one.unit, one.template.template, planned.key, planned.counterpart) for one in desired for planned in one.steps
    }


def test_a_plan_on_one_footing_is_summarised_as_the_plan_itself() -> None:
    footed = desired_by(decision_of(*ROWS), BASE)
    plan = Planning([BASE], CALENDAR, compile_condition).plan(decision_of(*ROWS), FrozenUnits(UNITS))
    assert list(footed.checklists()) == list(plan.checklists())
    assert {one.due_on for one in footed.deadlines.values()} == {one.due_on for one in plan.deadlines.values()}


def test_a_step_for_another_counterpart_gets_a_number_of_its_own_beside_the_others() -> None:
    fewer = desired_by(decision_of(*ROWS[:1], *ROWS[2:3]), BASE).desired
    standing = opened(fewer)
    revision = changed(desired_by(decision_of(*ROWS), BASE).desired, standing)
    added = [one.id & MOST_COUNTERPARTS for one in revision.added if revision.where[one.checklist].unit == "old:00001"]
    assert added == [2]
    assert_consistent(standing, revision)


def test_a_new_key_never_takes_the_numbers_of_another() -> None:
    desired = desired_by(decision_of(*ROWS), BASE).desired
    first = template(step("DAT-99"), *(one.model_dump(mode="json") for one in BASE.steps), version="2025.2")
    standing = opened(desired)
    revision = changed(desired_by(decision_of(*ROWS), first).desired, standing)
    assert {one.key for one in revision.added} == {"DAT-99"}
    blocks = {(one.checklist, one.id >> 10) for one in revision.added}
    taken = {(one.id, series[0].id >> 10) for one in standing.checklists.values() for series in one.series.values()}
    assert not blocks & taken
    assert_consistent(standing, revision)


def test_units_on_two_versions_need_of_each_other_only_what_the_other_has() -> None:
    without = template(*(one.model_dump(mode="json") for one in (BASE.steps[0],)), version="2025.2")
    kept = template(*(one.model_dump(mode="json") for one in BASE.steps))
    own = {(one.key, "data-backup"): without.content_hash for one in UNITS if one.key == "old:00002"}
    known = desired_by(decision_of(*ROWS), without, kept, own=own)
    by_unit = {one.unit: one for one in known.desired}
    assert [one.key for one in by_unit[UNITS[1].key].steps] == ["DAT-01"]
    receiving = next(one for one in by_unit[UNITS[3].key].steps if one.key == "DAT-03")
    assert_needs = {need[0] for need in receiving.needs}
    assert "old:00001" in assert_needs


def test_green_yellow_and_red() -> None:
    desired = desired_by(decision_of(*ROWS), BASE).desired
    worded = [one.model_dump(mode="json") | {"basis": "other words"} for one in BASE.steps]
    green = changed(desired_by(decision_of(*ROWS), template(*worded, version="2025.2")).desired, opened(desired))
    held = {BASE.content_hash: BASE}
    assert set(colours(green, held).values()) == {Colour.GREEN}
    fewer = template(*(one.model_dump(mode="json") for one in BASE.steps[:1]), version="2025.3")
    standing = opened(desired, {("old:00002", "data-backup", "DAT-02", "new:00001"): "blocked"})
    found = colours(changed(desired_by(decision_of(*ROWS), fewer).desired, standing), held)
    assert (found["old:00002"], found["old:00003"]) == (Colour.RED, Colour.YELLOW)


def test_evidence_on_a_step_that_waits_is_work_as_well() -> None:
    desired = desired_by(decision_of(*ROWS), BASE).desired
    standing = opened(desired)
    number = standing.checklists["old:00002", "data-backup"].series["DAT-02", "new:00001"][0].id
    standing.work = {number: StepWork(None, worked=True)}
    fewer = template(*(one.model_dump(mode="json") for one in BASE.steps[:1]), version="2025.3")
    assert changed(desired_by(decision_of(*ROWS), fewer).desired, standing).worked == {number}


def test_two_differences_are_compared_in_words() -> None:
    old, new = (
        Difference("amend", steps={"cancelled": 2}),
        Difference("amend", steps={"cancelled": 3}, units_added=["u"]),
    )
    assert what_differs(old, new).render(str) == "steps cancelled: 2 → 3, units added: u"
    assert what_differs(old, old).render(str) == "other steps than before, as many of them"


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_steps_have_become_a_change_leaves_needs_counted_and_settled_steps_alone(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    plan = desired_by(decision_of(*_some(chance)), BASE)
    standing = opened(plan.desired, _states(chance, plan.desired))
    later = chance.choice(["2025-06-20", "2025-07-01", "2025-08-01"])
    other = desired_by(decision_of(*_some(chance), operational=later), chance.choice([BASE, _without(chance)]))
    revision = changed(other.desired, standing, _slots_of(plan.desired), plan.deadlines)
    assert_consistent(standing, revision)
    due = {number: one.due_on for number, one in other.deadlines.items()}
    counted = difference_of("amend", revision, due, (plan.decision, other.decision), TODAY)
    assert counted.steps["moved"] == sum(row[4] for row in counted.moved)
    assert counted.steps["cancelled"] == sum(row[2] for row in counted.cancelled)
    assert Difference.from_json(counted.as_json()) == counted
    steps, _needs = after(standing, revision)
    slots = {
        (revision.where[one.checklist].unit, one.key, one.counterpart): one
        for one in steps.values()
        if one.state not in SETTLED
    }
    wanted = {
        (one.unit, planned.key, planned.counterpart): planned.due_on for one in other.desired for planned in one.steps
    }
    assert slots.keys() <= wanted.keys()
    assert all(one.due_on == wanted[slot] for slot, one in slots.items())


def _some(chance: random.Random) -> list[tuple[str, str, str, str]]:
    """Some rows of the map; a unit with one row left goes whole."""
    rows = [row for row in ROWS if chance.random() < 0.7] or ROWS[2:3]
    alone = [row for row in rows if sum(row[0] == other[0] for other in rows) == 1]
    return [(*row[:2], "whole", "merged") if row in alone else row for row in rows]


def _states(chance: random.Random, desired: list[DesiredChecklist]) -> dict[Slot, str]:
    """States that a real office could have come to: what waits has not begun, what is done had its needs settled."""
    states: dict[Slot, str] = {}
    for key in ("DAT-01", "DAT-02", "DAT-03"):
        for one in desired:
            for planned in one.steps:
                slot = (one.unit, one.template.template, planned.key, planned.counterpart)
                free = all(states.get(need) in SETTLED for need in planned.needs)
                if planned.key == key and free:
                    states[slot] = chance.choice(["ready", "in_progress", "submitted", "blocked", *SETTLED])
    return states


def _without(chance: random.Random) -> ChecklistTemplate:
    gone = chance.choice(["DAT-02", "DAT-03"])
    kept: list[dict[str, Any]] = []
    for one in BASE.steps:
        if one.key != gone:
            said = one.model_dump(mode="json")
            kept.append(said | {"needs": [need for need in said["needs"] if need["step"] != gone]})
    return template(*kept, step("DAT-07"), version="2025.4")
