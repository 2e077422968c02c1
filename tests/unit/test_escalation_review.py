"""What a review plans: each level on its working day, held by what holds it, once, in order, never silently less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bangiao.calendar_files import vietnam_calendar
from checklists.escalation.facts import Promise, StepFacts
from checklists.escalation.forecast import forecast, recorded
from checklists.escalation.ladder import DEFAULT_LADDER, Audience, EscalationLadder, LadderLevel
from checklists.escalation.review import LevelPlan, Reviewed, review, still_wanted
from checklists.escalation.review_rules import RULES, Situation
from checklists.escalation.timetable import local_instant
from checklists.steps import OPEN, SETTLED, StepState
from checklists.templates import Text

CALENDAR = vietnam_calendar()
WORDS = Text(vi="Nhắc", en="Remind")
LAST_WITHOUT_REPEAT = DEFAULT_LADDER.levels[-1].model_copy(update={"repeat_every": None})
ENDING = DEFAULT_LADDER.model_copy(update={"levels": (*DEFAULT_LADDER.levels[:-1], LAST_WITHOUT_REPEAT)})


def at(text: str) -> datetime:
    """A time in Viet Nam: `2026-02-13` is 08:00 there."""
    return datetime.fromisoformat(f"{text}+07:00" if "T" in text else f"{text}T08:00+07:00").astimezone(UTC)


def step(due: str | None = "2026-03-13", state: StepState = StepState.READY, **more: Any) -> StepFacts:
    due_on = date.fromisoformat(due) if due else None
    return StepFacts(state, due_on, more.pop("dated_at", at("2026-01-05")), **more)


def run(facts: StepFacts, now: datetime, ladder: EscalationLadder = DEFAULT_LADDER) -> tuple[StepFacts, Reviewed]:
    """One review, recorded as the database will."""
    found = review(facts, ladder, CALENDAR, now)
    return recorded(facts, found), found


def climb(facts: StepFacts, until: datetime, ladder: EscalationLadder = DEFAULT_LADDER) -> list[tuple[str, str]]:
    """Every level with its local time, when the review runs exactly when it asked to."""
    plans = [plan for _, found in forecast(facts, ladder, CALENDAR, facts.dated_at, until) for plan in found.plans]
    return [(plan.planned.level, local(plan.planned.at)) for plan in plans]


def local(instant: datetime) -> str:
    return (instant + timedelta(hours=7)).strftime("%Y-%m-%d %H:%M")


def keys(plans: Sequence[LevelPlan]) -> list[str]:
    return [plan.planned.level for plan in plans]


def sentence(plan: LevelPlan) -> str:
    return plan.why.render(lambda text: text)


ALL = [level.key for level in DEFAULT_LADDER.levels]


@pytest.mark.parametrize(
    ("due", "days"),
    [
        # Tết 2026: 14/02 to 22/02 are off
        ("2026-02-13", ["2026-02-10", "2026-02-13", "2026-02-23", "2026-02-25", "2026-03-03"]),
        ("2026-02-23", ["2026-02-11", "2026-02-23", "2026-02-24", "2026-02-26", "2026-03-04"]),
        # the day is off (Mùng Một): "on the day" is the last working day before
        ("2026-02-17", ["2026-02-11", "2026-02-13", "2026-02-23", "2026-02-25", "2026-03-03"]),
        # 02/01/2026 is off for Saturday 10/01/2026, a working day
        ("2026-01-09", ["2026-01-06", "2026-01-09", "2026-01-10", "2026-01-13", "2026-01-19"]),
        # 26/04/2025, a Saturday, is worked for 02/05/2025; 30/04 and 01/05 are off
        ("2025-04-25", ["2025-04-22", "2025-04-25", "2025-04-26", "2025-04-29", "2025-05-08"]),
        ("2025-05-05", ["2025-04-26", "2025-05-05", "2025-05-06", "2025-05-08", "2025-05-14"]),
    ],
)
def test_levels_fall_on_working_days_over_tet_and_make_up_saturdays(due: str, days: list[str]) -> None:
    said = climb(step(due, dated_at=at("2025-03-03")), at("2026-06-01"), ENDING)
    assert said == [(level, f"{day} 08:00") for level, day in zip(ALL, days, strict=True)]


def test_times_are_those_of_viet_nam() -> None:
    level = LadderLevel(key="night", offset=1, at=time(6, 30), to=Audience.SUPERIOR, title=WORDS)
    _, found = run(step("2026-03-13"), at("2026-03-13"), EscalationLadder(levels=(level,)))
    assert found.next_review_at == datetime(2026, 3, 15, 23, 30, tzinfo=UTC)  # Monday the 16th, 06:30 there


def test_the_last_level_repeats_until_somebody_answers() -> None:
    said = climb(step("2026-03-13"), at("2026-04-10"))
    assert said[4:] == [("steering-committee", f"2026-{day} 08:00") for day in ("03-24", "03-31", "04-07")]


def test_a_ladder_that_has_spoken_its_last_says_so() -> None:
    facts, found = step("2026-03-13"), Reviewed()
    for _ in range(2):
        facts, found = run(facts, at("2026-06-01"), ENDING)
    assert (found.plans, found.next_review_at) == ((), None)
    assert "nobody is told more" in found.findings[0].render(str)


def test_a_week_of_outage_plans_every_missed_level_once_in_order_and_says_it_is_late() -> None:
    facts, found = run(step("2026-03-13"), at("2026-03-13T07:59"))
    assert keys(found.plans) == ["due-soon"]
    facts, found = run(facts, at("2026-03-20"))
    assert [(plan.planned.level, plan.late) for plan in found.plans] == [
        ("due-today", True),
        ("unit-above", True),
        ("provincial-chair", True),
    ]
    assert "this was to be said on 16/03/2026" in sentence(found.plans[1])
    assert run(facts, at("2026-03-20"))[1].plans == ()
    assert found.next_review_at == at("2026-03-24")


def test_of_repeats_that_an_outage_swallowed_the_latest_is_said_and_the_others_counted() -> None:
    facts, _ = run(step("2026-03-13"), at("2026-03-24"))
    facts, found = run(facts, at("2026-04-15"))
    (plan,) = found.plans
    assert (plan.planned.repeat, plan.missed, local(plan.planned.at)) == (3, 2, "2026-04-14 08:00")
    assert "2 repeats before this one could not be sent" in sentence(plan)
    assert found.next_review_at == at("2026-04-21")


def test_a_repeat_whose_hour_has_not_come_is_not_the_latest() -> None:
    facts, _ = run(step("2026-03-13"), at("2026-03-24"))
    _, found = run(facts, at("2026-04-14T07:59"))
    assert [(plan.planned.repeat, local(plan.planned.at)) for plan in found.plans] == [(2, "2026-04-07 08:00")]
    assert found.next_review_at == at("2026-04-14")


@pytest.mark.parametrize("state", sorted(SETTLED))
def test_a_settled_step_stops_everything(state: StepState) -> None:
    facts = step("2026-03-13", state)
    assert review(facts, DEFAULT_LADDER, CALENDAR, at("2026-04-01")) == Reviewed(stops=True)
    assert not still_wanted(facts, date(2026, 3, 13))


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_step_without_a_due_date_is_not_reviewed(state: StepState) -> None:
    assert review(step(None, state), DEFAULT_LADDER, CALENDAR, at("2026-04-01")) == Reviewed()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (StepState.WAITING, Audience.AWAITED_LEADS),
        (StepState.READY, Audience.UNIT_LEAD),
        (StepState.IN_PROGRESS, Audience.UNIT_LEAD),
        (StepState.SUBMITTED, Audience.VERIFIERS),
        (StepState.BLOCKED, Audience.UNIT_LEAD),
    ],
)
def test_the_state_says_who_is_reminded_but_not_who_is_told_of_what_is_overdue(
    state: StepState, told: Audience
) -> None:
    _, found = run(step("2026-03-13", state), at("2026-03-25"))
    assert [plan.planned.to for plan in found.plans] == [
        told,
        told,
        Audience.SUPERIOR,
        Audience.PROVINCE,
        Audience.COMMITTEE,
    ]


def test_a_waiting_step_names_what_it_waits_for() -> None:
    facts = step("2026-03-13", StepState.WAITING, waits_for=("A", "B", "C", "D", "E"))
    _, found = run(facts, at("2026-03-16"))
    assert sentence(found.plans[-1]) == ("Due 13/03/2026: overdue for 1 working day, it waits for A, B, C and 2 more.")


def test_who_has_the_step_now_hears_of_it_though_the_reminder_went_to_others() -> None:
    facts, _ = run(step("2026-03-13", StepState.WAITING), at("2026-03-13"))
    facts, found = run(replace(facts, state=StepState.READY), at("2026-03-13T15:00"))
    assert [(plan.planned.level, plan.planned.to, plan.late) for plan in found.plans] == [
        ("due-today", Audience.UNIT_LEAD, False)
    ]
    assert "it is their turn now" in sentence(found.plans[0])
    facts, found = run(replace(facts, state=StepState.SUBMITTED), at("2026-03-13T16:00"))
    assert [plan.planned.to for plan in found.plans] == [Audience.VERIFIERS]
    facts, found = run(replace(facts, state=StepState.IN_PROGRESS), at("2026-03-13T17:00"))
    assert found.plans == ()  # the lead has heard of this day


def test_whose_turn_it_becomes_hears_later_if_a_promise_holds_the_climb() -> None:
    facts, _ = run(step("2026-03-13", StepState.WAITING), at("2026-03-13"))
    facts = replace(facts, state=StepState.READY, promise=Promise("lan", date(2026, 3, 20)))
    facts, found = run(facts, at("2026-03-17"))
    assert (found.plans, found.next_review_at) == ((), at("2026-03-21T00:00"))
    _, found = run(facts, at("2026-03-21T00:00"))
    assert [(plan.planned.level, plan.planned.to, plan.late) for plan in found.plans] == [
        ("due-today", Audience.UNIT_LEAD, False)
    ]


def test_a_late_opening_before_the_due_date_does_not_delay_what_comes_after_it() -> None:
    ladder = EscalationLadder(
        levels=(
            LadderLevel(key="before", offset=-3, to=Audience.UNIT_LEAD, title=WORDS),
            LadderLevel(key="after", offset=1, to=Audience.SUPERIOR, title=WORDS),
        )
    )
    said = climb(step("2026-03-13", dated_at=at("2026-03-12T09:00")), at("2026-04-01"), ladder)
    assert said == [("before", "2026-03-12 09:00"), ("after", "2026-03-16 08:00")]


def test_a_blocked_step_climbs_while_its_clock_runs_and_names_who_can_unblock_it() -> None:
    facts = step("2026-03-13", StepState.BLOCKED, unblocker="Sở Tài chính", expected_on=date(2026, 3, 20))
    _, found = run(facts, at("2026-03-16"))
    assert keys(found.plans) == ["due-soon", "due-today", "unit-above"]
    assert "blocked, to be unblocked by Sở Tài chính, expected 20/03/2026" in sentence(found.plans[-1])


def test_a_blocked_step_whose_clock_is_stopped_climbs_level_by_level_after_the_expected_day() -> None:
    facts = step("2026-03-13", StepState.BLOCKED, clock_runs=False, expected_on=date(2026, 3, 20))
    assert climb(facts, at("2026-04-10"), ENDING) == [
        ("due-today", "2026-03-23 08:00"),
        ("unit-above", "2026-03-24 08:00"),
        ("provincial-chair", "2026-03-26 08:00"),
        ("steering-committee", "2026-04-01 08:00"),
    ]


def test_a_stopped_clock_without_an_expected_day_runs_and_is_a_finding() -> None:
    _, found = run(step("2026-03-13", StepState.BLOCKED, clock_runs=False), at("2026-03-13"))
    assert keys(found.plans) == ["due-soon", "due-today"]
    assert "without an expected day" in found.findings[0].render(str)


def test_overdue_at_birth_is_told_to_nobody_before_the_respite_and_then_level_by_level() -> None:
    facts = step("2025-05-15", dated_at=at("2025-07-01T10:00"), overdue_at_birth=True)
    _, found = run(facts, at("2025-07-01T10:00"))
    assert (found.plans, found.next_review_at) == ((), at("2025-07-04"))
    assert "past already: due-soon" in found.findings[0].render(str)
    assert climb(facts, at("2025-08-01"), ENDING) == [
        ("due-today", "2025-07-04 08:00"),
        ("unit-above", "2025-07-07 08:00"),
        ("provincial-chair", "2025-07-09 08:00"),
        ("steering-committee", "2025-07-15 08:00"),
    ]


def test_a_step_that_opens_after_its_reminder_is_reminded_at_once_in_working_time() -> None:
    opened_late = step("2026-03-16", dated_at=at("2026-03-13T15:00"))
    assert climb(opened_late, at("2026-03-16"))[0] == ("due-soon", "2026-03-13 15:00")
    opened_on_saturday = step("2026-03-16", dated_at=at("2026-03-14T15:00"))
    assert climb(opened_on_saturday, at("2026-03-16"))[0] == ("due-soon", "2026-03-16 08:00")


def test_a_reopened_or_unblocked_step_does_not_climb_all_at_once() -> None:
    facts = step("2026-03-13", StepState.IN_PROGRESS, resumed_at=at("2026-04-06T09:00"))
    facts, found = run(facts, at("2026-04-06T09:00"))
    assert keys(found.plans) == ["due-today"]
    assert climb(facts, at("2026-04-10"), ENDING) == [
        ("unit-above", "2026-04-07 08:00"),
        ("provincial-chair", "2026-04-09 08:00"),
    ]


def test_a_reopened_step_gets_the_time_between_two_levels_before_the_next_one_speaks() -> None:
    facts, _ = run(step("2026-03-13"), at("2026-03-18"))
    assert [one.level for one in facts.planned][-1] == "provincial-chair"
    facts = replace(facts, state=StepState.IN_PROGRESS, resumed_at=at("2026-04-06T09:00"))
    facts, found = run(facts, at("2026-04-06T09:00"))
    assert (found.plans, found.next_review_at) == ((), at("2026-04-10"))
    facts, found = run(facts, at("2026-04-10"))
    assert (keys(found.plans), found.next_review_at) == (["steering-committee"], at("2026-04-17"))


def test_a_promise_stops_the_climb_and_when_it_is_broken_the_next_level_speaks() -> None:
    facts, _ = run(step("2026-03-13"), at("2026-03-16"))
    facts = replace(facts, promise=Promise("lan", date(2026, 3, 20)))
    facts, found = run(facts, at("2026-03-20T23:59"))
    assert (found.plans, found.next_review_at) == ((), at("2026-03-23"))
    facts, found = run(facts, at("2026-03-23"))
    assert keys(found.plans) == ["provincial-chair"]
    assert "lan had promised it by 20/03/2026" in sentence(found.plans[0])
    assert found.next_review_at == at("2026-03-27")  # four working days later, as the ladder has it


def test_a_moved_due_date_starts_anew_and_what_was_planned_for_the_old_one_is_not_wanted() -> None:
    facts, _ = run(step("2026-03-13"), at("2026-03-16"))
    moved = replace(facts, due_on=date(2026, 3, 27), dated_at=at("2026-03-17"))
    assert climb(moved, at("2026-04-10"), ENDING) == [
        (level, f"{day} 08:00")
        for level, day in zip(ALL, ["2026-03-24", "2026-03-27", "2026-03-30", "2026-04-01", "2026-04-07"], strict=True)
    ]
    assert still_wanted(moved, date(2026, 3, 27))
    assert not still_wanted(moved, date(2026, 3, 13))


def test_a_day_outside_the_calendar_is_a_finding_and_looked_at_again() -> None:
    facts, found = run(step("2027-12-30"), at("2027-12-30"))
    assert keys(found.plans) == ["due-soon", "due-today"]
    assert found.next_review_at == at("2027-12-31")
    _, found = run(facts, at("2027-12-31"))
    assert keys(found.plans) == ["unit-above"]
    assert "01/01/2028 is outside the working calendar" in found.findings[0].render(str)
    early = review(step("2028-05-01"), DEFAULT_LADDER, CALENDAR, at("2026-03-01"))
    assert (early.plans, early.next_review_at) == ((), at("2027-12-01"))


def test_the_table_has_one_row_for_every_state_and_situation() -> None:
    assert {rule.when for rule in RULES} == {*StepState, *Situation}
    assert len(RULES) == len(StepState) + len(Situation)


instants = st.datetimes(datetime(2026, 1, 5), datetime(2026, 5, 30)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
days = st.dates(date(2026, 1, 1), date(2026, 4, 30))
steps = st.builds(
    StepFacts,
    state=st.sampled_from(sorted(OPEN)),
    due_on=days,
    dated_at=st.just(at("2026-01-05")) | instants,
    overdue_at_birth=st.booleans(),
    resumed_at=st.none() | instants,
    clock_runs=st.booleans(),
    expected_on=st.none() | days,
    promise=st.none() | st.builds(Promise, st.just("lan"), days),
)
jumps = st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=1), timedelta(hours=-1), timedelta(days=-1)])


@given(facts=steps, visits=st.lists(st.tuples(instants, jumps), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_level_is_planned_twice_whatever_the_clock_does(
    facts: StepFacts, visits: list[tuple[datetime, timedelta]]
) -> None:
    for now, jump in visits:
        for instant in (now, now + jump, now):
            facts, _ = run(facts, instant)
    identities = [(one.level, one.repeat, one.due_on, one.to) for one in facts.planned]
    assert len(identities) == len(set(identities))


@given(facts=steps, visits=st.lists(st.tuples(instants, st.sampled_from(sorted(OPEN))), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_whatever_the_states_were_whose_turn_it_is_has_heard_and_nobody_twice_of_the_same(
    facts: StepFacts, visits: list[tuple[datetime, StepState]]
) -> None:
    facts = replace(facts, promise=None, resumed_at=None, clock_runs=True)
    for now, state in sorted(visits):
        facts, _ = run(replace(facts, state=state), now)
    identities = [(one.level, one.repeat, one.to) for one in facts.planned]
    assert len(identities) == len(set(identities))
    turn = {StepState.WAITING: Audience.AWAITED_LEADS, StepState.SUBMITTED: Audience.VERIFIERS}
    assert not identities or turn.get(facts.state, Audience.UNIT_LEAD) in {one.to for one in facts.planned}


@given(facts=steps, visits=st.lists(instants, max_size=6), end=instants)
@settings(max_examples=150, deadline=None)
def test_whenever_reviews_ran_the_same_levels_are_planned_in_the_end_at_the_same_times(
    facts: StepFacts, visits: list[datetime], end: datetime
) -> None:
    seldom = facts
    for now in [*sorted(one for one in visits if one < end), end]:
        seldom, _ = run(seldom, now, ENDING)
    assert {(one.level, one.at) for one in seldom.planned} == {
        (one.level, one.at) for one in run(facts, end, ENDING)[0].planned
    }
    order = [ALL.index(one.level) for one in seldom.planned]
    assert order == sorted(order)


@given(facts=steps, now=instants, portion=st.floats(0, 1, exclude_max=True))
@settings(max_examples=150, deadline=None)
def test_nothing_changes_before_the_next_review_and_something_does_then(
    facts: StepFacts, now: datetime, portion: float
) -> None:
    facts, found = run(facts, now)
    assert found.next_review_at is not None  # the default ladder repeats
    assert found.next_review_at > now
    between = min(now + (found.next_review_at - now) * portion, found.next_review_at - timedelta(microseconds=1))
    assert review(facts, DEFAULT_LADDER, CALENDAR, between).plans == ()
    assert review(facts, DEFAULT_LADDER, CALENDAR, found.next_review_at).plans != ()


@given(facts=steps, now=instants)
@settings(max_examples=100, deadline=None)
def test_nothing_that_is_held_speaks_and_every_level_speaks_on_a_working_day(facts: StepFacts, now: datetime) -> None:
    _, found = run(facts, now)
    for plan in found.plans:
        assert plan.planned.at <= now
        assert plan.planned.at >= facts.dated_at
        assert CALENDAR.is_working((plan.planned.at + timedelta(hours=7)).date())
        if facts.promise:
            assert plan.planned.at > local_instant(facts.promise.expected_on, time(23, 59))
