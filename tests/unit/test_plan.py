"""A plan is exactly what the templates and the succession map say, in any order of the rows, on any machine."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from builders import (
    CALENDAR,
    HA_NOI,
    altered,
    decision_of,
    plan_of,
    real_decision,
    renamed,
    step,
    succession,
    template,
    unit,
)

from bangiao.calendar_files import vietnam_calendar
from bangiao.conditions import compile_condition
from bangiao.register_files import read_units
from bangiao.template_files import read_shipped_templates
from checklists.applicability import Applicability
from checklists.frozen_facts import FrozenUnits, calendar_as_json, calendar_from_json
from checklists.needs import StepKeyTwice
from checklists.participants import Role
from checklists.plan import Plan, PlannedChecklist
from checklists.plan_summary import PlanDifference, PlanSummary, by_unit, shown_digest, summarise, unit_digest
from checklists.step_numbers import (
    CHECKLIST_SHIFT,
    MOST_COUNTERPARTS,
    MOST_STEPS,
    checklist_of,
    number_range,
    step_place,
)
from checklists.templates import Side
from checklists.units import Level, UnitKey
from checklists.working_calendar import CalendarDay, DayKind, WorkingCalendar

Named = tuple[str, str, str]
"""A step by unit, key and counterpart ("": none)."""

GIVE = step("DAT-02", per="successor", levels=["commune", "district"], needs=[{"step": "DAT-01"}])
BACKUP = template(
    step("DAT-01"),
    GIVE,
    step("DAT-03", "successor", needs=[{"step": "DAT-02", "of": "predecessors"}]),
    step("DAT-04", "successor", needs=[{"step": "DAT-02", "of": "predecessors", "level": "district"}]),
)
SERVICE = template(
    step(
        "SVC-01",
        condition={"when": "succession.split", "otherwise": {"vi": "Không bị chia.", "en": "It is not divided."}},
    ),
    step("SVC-02", "successor", needs=[{"step": "DAT-03"}, {"step": "DAT-04"}, {"step": "DAT-99"}]),
    step("SVC-03", needs=[{"step": "DAT-03", "of": "successors"}, {"step": "DAT-02"}]),
    step("SVC-04", per="successor", needs=[{"step": "DAT-02"}]),
    slug="service-continuity",
)
UNITS = (unit("old:a"), unit("old:b"), unit("old:d", "district", "huyện"), unit("new:x"), unit("new:y"))
MAP = decision_of(
    ("old:a", "new:x", "part", "part"),
    ("old:a", "new:y", "part", "part"),
    ("old:b", "new:x", "whole", "merged"),
    ("old:d", "new:x", "part", "derived"),
    ("old:d", "new:y", "part", "derived"),
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(MAP, UNITS, BACKUP, SERVICE)


@pytest.fixture(scope="module")
def ha_noi() -> Plan:
    return plan_of(real_decision(HA_NOI), read_units(), *read_shipped_templates(), calendar=vietnam_calendar())


def names_of(plan: Plan) -> dict[int, Named]:
    """Every planned step by its relative number."""
    return {
        (one.number << CHECKLIST_SHIFT) + planned.place: (one.unit, planned.template.key, planned.counterpart or "")
        for one in plan.checklists()
        for planned in one.steps
    }


def needs_of(plan: Plan) -> set[tuple[Named, Named]]:
    names = names_of(plan)
    return {
        (names[(one.number << CHECKLIST_SHIFT) + planned.place], names[need])
        for one in plan.checklists()
        for planned in one.steps
        for need in planned.needs
    }


def test_a_step_per_successor_is_made_once_for_each(plan: Plan) -> None:
    made = [name for name in names_of(plan).values() if name[1] == "DAT-02"]
    assert made == [
        ("old:d", "DAT-02", "new:x"),
        ("old:d", "DAT-02", "new:y"),
        ("old:a", "DAT-02", "new:x"),
        ("old:a", "DAT-02", "new:y"),
        ("old:b", "DAT-02", "new:x"),
    ]


def test_who_receives_needs_what_each_predecessor_hands_to_it_and_to_nobody_else(plan: Plan) -> None:
    wanted = {needed for name, needed in needs_of(plan) if name == ("new:y", "DAT-03", "")}
    assert wanted == {("old:a", "DAT-02", "new:y"), ("old:d", "DAT-02", "new:y")}


def test_all_predecessors_come_together_in_one_step(plan: Plan) -> None:
    wanted = {needed for name, needed in needs_of(plan) if name == ("new:x", "DAT-03", "")}
    assert wanted == {(old, "DAT-02", "new:x") for old in ("old:a", "old:b", "old:d")}


def test_a_need_of_one_level_leaves_the_others_out(plan: Plan) -> None:
    wanted = {needed for name, needed in needs_of(plan) if name == ("new:x", "DAT-04", "")}
    assert wanted == {("old:d", "DAT-02", "new:x")}


def test_a_predecessor_may_wait_for_all_its_successors_and_for_all_its_own_handovers(plan: Plan) -> None:
    wanted = {needed for name, needed in needs_of(plan) if name == ("old:a", "SVC-03", "")}
    assert wanted == {
        ("new:x", "DAT-03", ""),
        ("new:y", "DAT-03", ""),
        ("old:a", "DAT-02", "new:x"),
        ("old:a", "DAT-02", "new:y"),
    }


def test_steps_for_the_same_counterpart_belong_together(plan: Plan) -> None:
    wanted = {pair for pair in needs_of(plan) if pair[0][:2] == ("old:a", "SVC-04")}
    assert wanted == {(("old:a", "SVC-04", to), ("old:a", "DAT-02", to)) for to in ("new:x", "new:y")}


def test_a_need_of_a_step_that_the_unit_does_not_have_is_no_need(plan: Plan) -> None:
    wanted = {needed for name, needed in needs_of(plan) if name == ("new:x", "SVC-02", "")}
    assert wanted == {("new:x", "DAT-03", ""), ("new:x", "DAT-04", "")}


def test_a_need_of_what_a_successor_hands_over_to_others_is_no_need() -> None:
    """A template check refuses it; a plan with it all the same is made without that need."""
    rows = decision_of(("old:a", "new:x", "whole", "merged"), ("new:x", "new:y", "whole", "merged"))
    made = plan_of(
        rows, UNITS, template(GIVE, step("DAT-01"), step("DAT-05", needs=[{"step": "DAT-02", "of": "successors"}]))
    )
    assert ("old:a", "DAT-05", "") in names_of(made).values()
    assert not [pair for pair in needs_of(made) if pair[0][1] == "DAT-05"]


def test_templates_that_share_a_step_key_make_no_plan() -> None:
    with pytest.raises(StepKeyTwice, match="DAT-01 stands twice, in 'data-backup' and in 'other'"):
        plan_of(MAP, UNITS, BACKUP, template(step("DAT-01", deadline={"anchor": "none"}), slug="other"))


def test_a_step_left_out_by_its_condition_is_named_where_it_would_have_stood(plan: Plan) -> None:
    left_out = {one.unit: one.left_out for one in plan.checklists() if one.template == 1}
    assert left_out == {"old:a": (), "old:b": ("SVC-01",), "new:x": (), "new:y": ()}
    assert ("old:a", "SVC-01", "") in names_of(plan).values()


def test_a_unit_without_any_step_of_a_template_gets_no_checklist_of_it(plan: Plan) -> None:
    assert [one.template for one in plan.checklists() if one.unit == "old:d"] == [0]


def test_numbers_are_unique_ascending_and_inside_their_checklist(plan: Plan) -> None:
    checklists = list(plan.checklists())
    assert [one.number for one in checklists] == sorted({one.number for one in checklists})
    for one in checklists:
        places = [planned.place for planned in one.steps]
        assert places == sorted(set(places))
        first, after = number_range(one.number)
        assert all(first <= first + place < after for place in places)


def test_an_unchanged_unit_hands_nothing_to_itself() -> None:
    decision = decision_of(("old:a", "new:x", "whole", "unchanged"))
    made = plan_of(decision, UNITS, BACKUP)
    assert {one.role for one in made.checklists()} == {Role.UNCHANGED}
    assert set(names_of(made).values()) == {("new:x", key, "") for key in ("DAT-01", "DAT-03", "DAT-04")}
    assert needs_of(made) == set()


def test_every_date_is_the_deadline_of_its_template(plan: Plan) -> None:
    due = {planned.due_on for one in plan.checklists() for planned in one.steps}
    assert due == {date(2025, 7, 1)}


# determinism


def test_the_order_of_the_rows_changes_nothing(ha_noi: Plan) -> None:
    rows = list(real_decision(HA_NOI).successions)
    random.Random(1656).shuffle(rows)  # noqa: S311 - a test
    shuffled = altered(real_decision(HA_NOI), successions=tuple(rows))
    other = plan_of(shuffled, read_units(), *read_shipped_templates(), calendar=vietnam_calendar())
    assert summarise(other) == summarise(ha_noi)


@pytest.mark.parametrize("size", [1, 7, 400, 683, 1000])
def test_chunks_one_after_another_are_the_whole_plan(ha_noi: Plan, size: int) -> None:
    whole = list(ha_noi.checklists())
    parts = [one for start in range(0, 683, size) for one in ha_noi.checklists(start, start + size)]
    assert parts == whole


def test_a_plan_can_be_walked_again_and_gives_the_same(ha_noi: Plan) -> None:
    assert list(ha_noi.checklists()) == list(ha_noi.checklists())


# the real templates on real units, against a second, naive way of reading them

SIDES = {
    Role.PREDECESSOR: {Side.PREDECESSOR, Side.BOTH},
    Role.SUCCESSOR: {Side.SUCCESSOR, Side.BOTH},
    Role.UNCHANGED: {Side.PREDECESSOR, Side.SUCCESSOR, Side.BOTH},
}


def naive_steps(plan: Plan) -> dict[str, dict[str, list[Named]]]:
    """Unit → step key → steps, every unit and every step worked out for itself, by name."""
    steps: dict[str, dict[str, list[Named]]] = {}
    for who in plan.participants:
        own = steps[who.unit.key] = {}
        for one in (one for group in plan.templates for one in group.steps):
            meant = who.unit.level in one.levels and one.side in SIDES[who.role]
            if meant and (one.condition is None or compile_condition(one.condition.when)(who.facts)):
                others = who.successors if one.per else [UnitKey("")]
                own[one.key] = [(who.unit.key, one.key, other) for other in others]
    return steps


def naive_needs(plan: Plan, steps: dict[str, dict[str, list[Named]]]) -> Iterator[tuple[Named, Named]]:
    levels = {who.unit.key: who.unit.level for who in plan.participants}
    templates = {one.key: one for group in plan.templates for one in group.steps}
    for who in plan.participants:
        near = {"unit": (who.unit.key,), "predecessors": who.predecessors, "successors": who.successors}
        for name in (name for group in steps[who.unit.key].values() for name in group):
            for need in templates[name[1]].needs:
                others = [key for key in near[need.of] if need.level in (None, levels[key])]
                found = [it for key in others for it in steps[key].get(need.step, [])]
                ours = name[2] if need.of == "unit" else who.unit.key
                yield from ((name, it) for it in found if not (it[2] and ours) or it[2] == ours)


def test_ha_noi_gets_exactly_the_steps_and_needs_that_a_naive_reading_gives(ha_noi: Plan) -> None:
    by_unit_and_key = naive_steps(ha_noi)
    steps = [name for own in by_unit_and_key.values() for group in own.values() for name in group]
    needs = set(naive_needs(ha_noi, by_unit_and_key))
    assert Counter(names_of(ha_noi).values()) == Counter(steps)
    assert needs_of(ha_noi) == needs
    assert len(steps) > 20_000
    assert len(needs) > 10_000


def test_needs_across_units_have_no_circle(ha_noi: Plan) -> None:
    """Every step can be done at last: take away, again and again, what waits for nothing."""
    waits = {name: set[Named]() for name in names_of(ha_noi).values()}
    needed_by: dict[Named, list[Named]] = {name: [] for name in waits}
    for name, needed in needs_of(ha_noi):
        waits[name].add(needed)
        needed_by[needed].append(name)
    free = [name for name, open_needs in waits.items() if not open_needs]
    done = 0
    while free:
        done += 1
        now = free.pop()
        for other in needed_by[now]:
            waits[other].discard(now)
            if not waits[other]:
                free.append(other)
    assert done == len(waits)


# summary, hash, difference


def test_a_summary_counts_what_the_plan_holds(ha_noi: Plan) -> None:
    summary = summarise(ha_noi)
    checklists = list(ha_noi.checklists())
    steps = [planned for one in checklists for planned in one.steps]
    assert summary.total_units == 683
    assert summary.total_checklists == len(checklists)
    assert summary.total_steps == len(steps) == sum(summary.due.values())
    assert summary.needs == sum(len(planned.needs) for planned in steps)
    assert summary.widest_need == max(len(planned.needs) for planned in steps)
    assert summary.earliest() == min(planned.due_on for planned in steps if planned.due_on)
    assert summary.latest() == max(planned.due_on for planned in steps if planned.due_on)
    day = date(2025, 7, 1)
    assert summary.overdue_on(day) == sum(1 for planned in steps if planned.due_on and planned.due_on < day)
    assert summary.left_out.total() == sum(len(one.left_out) for one in checklists)


def test_a_summary_survives_being_stored(ha_noi: Plan) -> None:
    summary = summarise(ha_noi)
    assert PlanSummary.from_json(summary.as_json()) == summary


def test_the_digest_of_a_unit_can_be_made_from_its_chunk_alone(ha_noi: Plan) -> None:
    summary = summarise(ha_noi)
    for unit_key, group in by_unit(ha_noi.checklists(100, 110)):
        assert summary.digests[unit_key] == shown_digest(unit_digest(group))


def changed_plans() -> dict[str, tuple[Plan, str]]:
    """Each with what the difference must say."""
    other_calendar = WorkingCalendar((CalendarDay(date(2025, 9, 3), DayKind.HOLIDAY, "khác"),), 2024, 2027)
    kept = [one for one in UNITS if one.key != "new:y"]
    level = [*kept, renamed(UNITS[4], level=Level.DISTRICT)]
    rows = (*MAP.successions, succession("old:c", "new:y"))
    later = template(*(step("DAT-01", deadline={"anchor": "operational", "offset": 1}), GIVE))
    return {
        "issued": (plan_of(altered(MAP, issued="2025-06-15"), UNITS, BACKUP, SERVICE), "text of the decision"),
        "effective": (
            plan_of(altered(MAP, effective="2025-06-17"), UNITS, BACKUP, SERVICE),
            "text of the decision",
        ),
        "operational": (
            plan_of(altered(MAP, operational="2025-07-02"), UNITS, BACKUP, SERVICE),
            "text of the decision",
        ),
        "calendar": (plan_of(MAP, UNITS, BACKUP, SERVICE, calendar=other_calendar), "the working calendar went from"),
        "template": (plan_of(MAP, UNITS, later, SERVICE), "templates changed: data-backup"),
        "template left out": (plan_of(MAP, UNITS, BACKUP), "templates changed: service-continuity"),
        "level of a unit": (plan_of(MAP, level, BACKUP, SERVICE), "units removed: new:y"),
        "a unit more": (
            plan_of(altered(MAP, successions=rows), [*UNITS, unit("old:c")], BACKUP, SERVICE),
            "units added: old:c",
        ),
    }


@pytest.mark.parametrize("what", changed_plans())
def test_every_change_of_the_facts_changes_the_hash_and_is_named(plan: Plan, what: str) -> None:
    other, said = changed_plans()[what]
    old, new = summarise(plan), summarise(other)
    assert old.hash != new.hash
    assert said in PlanDifference.between(old, new).message().render(str)


def test_a_difference_names_the_units_whose_steps_changed_and_how_many_steps_there_are_now(plan: Plan) -> None:
    other = plan_of(MAP, UNITS, BACKUP, template(step("SVC-01"), slug="service-continuity"))
    said = PlanDifference.between(summarise(plan), summarise(other)).message().render(str)
    assert "units whose steps changed: new:x, new:y, old:a, old:b" in said
    assert f"steps went from {summarise(plan).total_steps} to {summarise(other).total_steps}" in said


def test_a_difference_of_many_units_names_five_and_counts_the_rest(ha_noi: Plan) -> None:
    decision = altered(real_decision(HA_NOI), operational=date(2025, 7, 2))
    other = plan_of(decision, read_units(), *read_shipped_templates(), calendar=vietnam_calendar())
    said = PlanDifference.between(summarise(ha_noi), summarise(other)).message().render(str)
    assert "and 678 more" in said


def test_equal_plans_differ_in_nothing(plan: Plan) -> None:
    difference = PlanDifference.between(summarise(plan), summarise(plan_of(MAP, UNITS, BACKUP, SERVICE)))
    assert difference.message().render(str) == ""


# what is frozen, and numbers


def test_units_and_calendar_come_back_from_storage_as_they_were() -> None:
    kept = FrozenUnits(UNITS)
    again = FrozenUnits.from_json(kept.as_json())
    assert [again.unit(one.key) for one in UNITS] == list(UNITS)
    for calendar in (CALENDAR, vietnam_calendar()):
        assert calendar_from_json(calendar_as_json(calendar)).version == calendar.version


@pytest.mark.parametrize("checklist", [1, 5, 60_000, 2**31])
@pytest.mark.parametrize("place", [0, 1, MOST_STEPS - 1])
@pytest.mark.parametrize("counterpart", [0, 1, MOST_COUNTERPARTS])
def test_a_step_number_leads_back_to_its_checklist(checklist: int, place: int, counterpart: int) -> None:
    first, after = number_range(checklist)
    number = first + step_place(place, counterpart)
    assert checklist_of(number) == checklist
    assert first <= number < after == number_range(checklist + 1)[0]
    assert after < 2**63


def test_places_of_steps_and_counterparts_do_not_meet() -> None:
    places = {step_place(one, other) for one in range(60) for other in range(0, MOST_COUNTERPARTS + 1, 31)}
    assert len(places) == 60 * len(range(0, MOST_COUNTERPARTS + 1, 31))


def test_conditions_are_asked_once_per_kind_of_unit() -> None:
    asked: list[str] = []

    def counting(expression: str):  # type: ignore[no-untyped-def]
        condition = compile_condition(expression)
        return lambda facts: asked.append(str(facts)) or condition(facts)

    units = FrozenUnits(read_units())
    made = Plan(real_decision(HA_NOI), units, Applicability(read_shipped_templates(), counting), vietnam_calendar())
    checklists: list[PlannedChecklist] = list(made.checklists())
    kinds = len({(one.role, one.unit.level, one.profile) for one in made.participants})
    conditions = sum(1 for group in made.templates for one in group.steps if one.condition)
    assert checklists
    assert len(asked) <= 2 * kinds * conditions
