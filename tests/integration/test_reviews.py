"""Reviews on the record, on both databases: from day to day, each level of each step reaches the right people once.

The office is small enough to know by heart (`trial_office`): its only step that leads off, DAT-01 of old:00007, is due
on Tuesday 1 July 2025, so its ladder falls on 26 June, 1, 2, 4 and 10 July, and then every five working days.
"""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import works
from builders import write_decision
from consistency import assert_consistent
from databases import OfficeMaker
from offices import do, note
from sqlalchemy import func, insert, select, update
from trial_office import DIVIDED, FED_TWICE, LEADS, NEW, STAND_IN, TrialOffice, decision, trial_office

from bangiao import revisions
from bangiao.acknowledging import Acknowledged, acknowledge_step
from bangiao.reviews import ReviewReport, review_deadlines, simulate
from bangiao.settings import parse_fault
from bangiao.succession import move_work
from bangiao.wiring import Wiring
from checklists.change_handlers import ChangeResult
from checklists.errors import Refused
from checklists.escalation.acknowledgement import NotToldOfIt, PromisePushedOn, PromiseTooFar
from checklists.events import STEP_ACKNOWLEDGED
from checklists.people import NoSubstitution
from checklists.step_rules import Actor, PromiseInThePast
from checklists.steps import Act
from db.models import DecisionRow, EventRow, StepRow, table_of
from db.notice_models import AcknowledgementRow, ChannelRow, EscalationRow, LadderRow, NotificationRow, ReviewRow
from db.people import disable_person
from db.review_due import due_queries
from db.session import begin_read, begin_write
from db.work_models import PersonRow, StepWorkRow

if TYPE_CHECKING:
    from clocks import SetClock

LEAD, SECOND_LEAD = LEADS[DIVIDED], "lead-to-come"
"""Both lead old:00007 from 20 June on; the first is absent until the end of the month."""

VERIFIER, COMMITTEE, CITY = "verifier", "committee", "lead-city"
LADDER = ("due-soon", "due-today", "unit-above", "provincial-chair", "steering-committee")
DAYS = ("06-26", "07-01", "07-02", "07-04", "07-10")

Told = tuple[str, str, tuple[str, ...]]


def day(text: str, hour: str = "08:00") -> datetime:
    return datetime.fromisoformat(f"2025-{text}T{hour}:00+07:00")


@pytest.fixture
def office_maker() -> OfficeMaker:
    return trial_office


def number(office: TrialOffice, holder: str = DIVIDED, key: str = "DAT-01") -> int:
    return next(one.id for one in office.book().lines.values() if (one.holder, one.key) == (holder, key))


def told(report: ReviewReport, step: int | None = None) -> list[Told]:
    """Step, level and who is told, in order."""
    return [
        (one.step.name.partition(",")[0], one.plan.planned.level, tuple(who.account for who, _ in one.to))
        for one in report.tellings
        if step in {None, one.step.id}
    ]


def levels(report: ReviewReport, step: int) -> list[str]:
    return [level for _, level, _ in told(report, step)]


def rows(wiring: Wiring, row: type[Any], *where: Any) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        return list(connection.execute(select(table_of(row)).where(*where)))


def spoken(wiring: Wiring, step: int) -> list[tuple[str, int]]:
    """Levels on record, in the order in which they fell."""
    found = rows(wiring, EscalationRow, EscalationRow.step_id == step)
    return [(one.level, one.repeat) for one in sorted(found, key=lambda one: one.at)]


def notices(wiring: Wiring, step: int) -> set[tuple[str, str, str]]:
    found = rows(wiring, NotificationRow, NotificationRow.step_id == step)
    assert len({one.id for one in found}) == len(found)
    return {(one.level, one.recipient, one.state) for one in found}


def states(wiring: Wiring, step: int) -> list[str]:
    return sorted(one.state for one in rows(wiring, NotificationRow, NotificationRow.step_id == step))


def run_on(office: TrialOffice, clock: SetClock, *moments: datetime) -> ReviewReport:
    """A review at each of these moments; gives the last."""
    report = ReviewReport(clock.now, dry_run=False)
    for moment in moments:
        clock.now = moment
        report = review_deadlines(office.wiring)
        assert review_deadlines(office.wiring).steps == 0, "twice at the same moment"
    return report


# -- day after day --


def test_from_registering_on_each_level_reaches_its_people_on_its_day(office: TrialOffice, clock: SetClock) -> None:
    step = number(office)
    assert levels(run_on(office, clock, clock.now + timedelta(days=3)), step) == []
    assert told(run_on(office, clock, day("06-26")), step) == [("DAT-01", "due-soon", (STAND_IN, SECOND_LEAD))]
    assert told(run_on(office, clock, day("07-01")), step) == [("DAT-01", "due-today", (LEAD, SECOND_LEAD))]
    above = run_on(office, clock, day("07-02"))
    assert told(above, step) == [("DAT-01", "unit-above", (CITY, COMMITTEE))]
    assert told(run_on(office, clock, day("07-04")), step) == [("DAT-01", "provincial-chair", (CITY, COMMITTEE))]
    assert told(run_on(office, clock, day("07-10")), step) == [("DAT-01", "steering-committee", (COMMITTEE,))]
    assert told(run_on(office, clock, day("07-17")), step) == [("DAT-01", "steering-committee", (COMMITTEE,))]
    assert spoken(office.wiring, step) == [*((level, 0) for level in LADDER), ("steering-committee", 1)]
    kinds = {(one.level, one.kind, one.urgent) for one in rows(office.wiring, NotificationRow)}
    assert {
        ("due-soon", "step.reminder", False),
        ("due-today", "step.due_today", False),
        ("unit-above", "step.overdue", False),
        ("steering-committee", "step.overdue", True),
    } <= kinds


def test_before_its_time_nothing_is_said_and_a_minute_after_it_everything(office: TrialOffice, clock: SetClock) -> None:
    step = number(office)
    assert levels(run_on(office, clock, day("06-26", "07:59")), step) == []
    assert levels(run_on(office, clock, day("06-26", "08:01")), step) == ["due-soon"]


def test_what_is_planned_in_the_night_leaves_in_office_hours(office: TrialOffice, clock: SetClock) -> None:
    step = number(office)
    run_on(office, clock, day("06-26", "20:00"))
    found = rows(office.wiring, NotificationRow, NotificationRow.step_id == step)
    assert {one.send_at for one in found} == {day("06-27", "07:30")}
    assert {(one.recipient, one.in_place_of) for one in found} == {(STAND_IN, LEAD), (SECOND_LEAD, None)}


def test_a_trial_run_shows_the_same_and_writes_nothing(office: TrialOffice, clock: SetClock) -> None:
    clock.now = day("06-26")
    tried = review_deadlines(office.wiring, dry_run=True)
    assert rows(office.wiring, ReviewRow) == rows(office.wiring, NotificationRow) == []
    assert told(review_deadlines(office.wiring)) == told(tried) != []


def test_a_simulation_foretells_what_reviews_then_do(office: TrialOffice, clock: SetClock) -> None:
    foretold = [
        (one.step.id, one.plan.planned, tuple(who.account for who, _ in one.to))
        for one in simulate(office.wiring, clock.now, day("07-20"))
        if one.plan.planned.at >= day("07-01")
    ]
    done = []
    for hours in range(24 * 34):
        clock.now = day("06-17") + timedelta(hours=hours)
        done += [
            (one.step.id, one.plan.planned, tuple(who.account for who, _ in one.to))
            for one in review_deadlines(office.wiring).tellings
        ]
    happened = [one for one in done if day("07-01") <= one[1].at <= day("07-20")]
    # who is there may differ from what was expected on the first day: the stand-in was to stand in then
    assert [one[:2] for one in happened] == [one[:2] for one in foretold]


# -- twice, late, at once, under a clock that jumps --


def test_after_an_outage_of_a_week_every_level_is_said_once_and_says_that_it_is_late(
    office: TrialOffice, clock: SetClock
) -> None:
    step = number(office)
    run_on(office, clock, day("06-26"))
    report = run_on(office, clock, day("07-04", "09:00"))
    assert levels(report, step) == ["due-today", "unit-above", "provincial-chair"]
    assert [one.plan.late for one in report.tellings if one.step.id == step] == [True, True, False]
    assert spoken(office.wiring, step) == [(level, 0) for level in LADDER[:4]]


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=1)], ids=["an hour", "a day"])
@pytest.mark.parametrize("sign", [1, -1], ids=["on", "back"])
def test_a_clock_that_jumps_repeats_nothing_and_loses_nothing(
    office: TrialOffice, clock: SetClock, jump: timedelta, sign: int
) -> None:
    step = number(office)
    for place, on in enumerate(DAYS):
        run_on(office, clock, day(on), day(on) + sign * jump, day(on) + timedelta(hours=2))
        assert [level for level, _ in spoken(office.wiring, step)][: place + 1] == list(LADDER[: place + 1])
    assert spoken(office.wiring, step) == [(level, 0) for level in LADDER]
    assert len(notices(office.wiring, step)) == 2 + 2 + 2 + 2 + 1


def test_two_reviews_at_once_plan_each_notice_once(office: TrialOffice, clock: SetClock) -> None:
    for on in DAYS:
        clock.now, start = day(on), Barrier(3)

        def work(start: Barrier = start) -> int:
            start.wait(timeout=60)
            return review_deadlines(office.wiring).notices

        with ThreadPoolExecutor(3) as pool:
            planned = sum(one.result() for one in [pool.submit(work) for _ in range(3)])
        assert planned == len(rows(office.wiring, NotificationRow, NotificationRow.created_at == clock.now))
    assert spoken(office.wiring, number(office)) == [(level, 0) for level in LADDER]


def test_while_steps_are_worked_on_and_reviewed_at_once_nothing_is_said_of_what_is_done(
    office: TrialOffice, clock: SetClock
) -> None:
    step, start = number(office), Barrier(2)
    clock.now = day("07-01")

    def work() -> None:
        start.wait(timeout=60)
        sent = do(office.wiring, step, Act.COMPLETE, LEAD, evidence=(note(),))
        do(office.wiring, step, Act.VERIFY, VERIFIER, seen=sent.after.evidence_hash)

    def look() -> None:
        start.wait(timeout=60)
        for _ in range(5):
            review_deadlines(office.wiring)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(work), pool.submit(look)]:
            one.result()
    review_deadlines(office.wiring)
    assert "pending" not in states(office.wiring, step)


@pytest.mark.parametrize("fault", ["commit.before", "commit.after"])
def test_a_review_that_dies_is_made_good_by_the_next(
    office: TrialOffice, clock: SetClock, processes: ForkServerContext, fault: str
) -> None:
    clock.now = day("07-02")
    armed = replace(office.wiring.settings, fault=parse_fault(fault), clock=clock.now)
    dying = processes.Process(target=works.review, args=(armed,))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL
    written = len(rows(office.wiring, NotificationRow))
    assert bool(written) == (fault == "commit.after")
    again = review_deadlines(office.wiring)
    assert bool(again.notices) == (fault == "commit.before")
    assert spoken(office.wiring, number(office)) == [(level, 0) for level in LADDER[:3]]


# -- what holds a step, whom it concerns --


def test_a_step_that_waits_concerns_those_it_waits_for(office: TrialOffice, clock: SetClock) -> None:
    report = run_on(office, clock, day("07-01"))
    received = number(office, FED_TWICE, "DAT-02/nhan")
    assert {who for _, level, to in told(report, received) for who in to if level == "due-today"} == {
        LEAD,
        SECOND_LEAD,
        LEADS["old:00031"],
    }


def test_what_is_submitted_concerns_those_who_verify_and_not_who_did_it(office: TrialOffice, clock: SetClock) -> None:
    step = number(office)
    run_on(office, clock, day("06-26"))
    do(office.wiring, step, Act.COMPLETE, STAND_IN, in_the_name_of=LEAD, evidence=(note(),))
    report = run_on(office, clock, day("06-26", "09:00"))
    assert told(report, step) == [("DAT-01", "due-soon", (VERIFIER,))], "it is handed on"
    assert told(run_on(office, clock, day("07-01")), step) == [("DAT-01", "due-today", (VERIFIER,))]
    kinds = {one.kind for one in rows(office.wiring, NotificationRow, NotificationRow.recipient == VERIFIER)}
    assert kinds == {"step.submitted"}


def test_what_is_completed_is_not_said_any_more(office: TrialOffice, clock: SetClock) -> None:
    step = number(office)
    run_on(office, clock, day("07-01"))
    sent = do(office.wiring, step, Act.COMPLETE, LEAD, evidence=(note(),))
    do(office.wiring, step, Act.VERIFY, VERIFIER, seen=sent.after.evidence_hash)
    assert "pending" in states(office.wiring, step)
    run_on(office, clock, day("07-01", "08:05"))
    assert set(states(office.wiring, step)) == {"cancelled"}
    for on in DAYS[2:]:
        assert levels(run_on(office, clock, day(on)), step) == []


def test_what_is_reopened_climbs_on_with_the_time_it_would_have(office: TrialOffice, clock: SetClock) -> None:
    step = number(office)
    run_on(office, clock, day("07-01"), day("07-02"))
    sent = do(office.wiring, step, Act.COMPLETE, LEAD, evidence=(note(),))
    do(office.wiring, step, Act.VERIFY, VERIFIER, seen=sent.after.evidence_hash)
    run_on(office, clock, day("07-03"), day("07-15"))
    clock.now = day("07-16")
    do(office.wiring, step, Act.REOPEN, COMMITTEE, reason="thiếu")
    assert levels(run_on(office, clock, day("07-16", "09:00"), day("07-17")), step) == []
    assert levels(run_on(office, clock, day("07-18")), step) == ["provincial-chair"]
    assert spoken(office.wiring, step)[-1] == ("provincial-chair", 0)


@pytest.mark.parametrize("clock_runs", [True, False])
def test_a_blocked_step_climbs_unless_its_clock_is_stopped(
    office: TrialOffice, clock: SetClock, clock_runs: bool
) -> None:
    step = number(office)
    run_on(office, clock, day("07-01"))
    do(office.wiring, step, Act.BLOCK, LEAD, reason="mất điện", unblocker="EVN", expected_on=date(2025, 7, 8))
    if not clock_runs:
        _stop_the_clock(office.wiring, step)
    report = run_on(office, clock, day("07-02"))
    assert levels(report, step) == (["unit-above"] if clock_runs else [])
    if clock_runs:
        (words,) = [one.plan.why.render(str) for one in report.tellings if one.step.id == step]
        assert "EVN" in words
    else:
        assert levels(run_on(office, clock, day("07-08", "17:00")), step) == []
        assert levels(run_on(office, clock, day("07-09")), step) == ["unit-above"]


@pytest.mark.parametrize("clock_runs", [True, False], ids=["running", "stopped"])
def test_unblocking_gives_time_back_only_where_the_clock_had_stopped(
    office: TrialOffice, clock: SetClock, clock_runs: bool
) -> None:
    step, reasons = number(office), {"reason": "mất điện", "unblocker": "EVN", "expected_on": date(2025, 7, 8)}
    run_on(office, clock, day("07-01"), day("07-02"))
    do(office.wiring, step, Act.BLOCK, LEAD, clock_runs=clock_runs, **reasons)
    clock.now = day("07-04", "07:00")
    do(office.wiring, step, Act.UNBLOCK, LEAD)
    assert levels(run_on(office, clock, day("07-04")), step) == (["provincial-chair"] if clock_runs else [])
    report = run_on(office, clock, day("07-08"))
    assert levels(report, step) == ([] if clock_runs else ["provincial-chair"])


def _stop_the_clock(wiring: Wiring, step: int) -> None:
    with begin_write(wiring.engine) as connection:
        connection.execute(update(StepWorkRow).where(StepWorkRow.step_id == step).values(clock_runs=False))


def promised(
    office: TrialOffice, step: int, by: str, expected: date, words: str = "đang làm", name: str | None = None
) -> Acknowledged:
    return acknowledge_step(office.wiring, step, Actor(by, name), expected, words)


def test_a_promise_rests_the_climb_until_its_day_is_past(office: TrialOffice, clock: SetClock) -> None:
    step = number(office)
    run_on(office, clock, day("07-01"))
    assert not promised(office, step, LEAD, date(2025, 7, 7)).again
    assert levels(run_on(office, clock, day("07-02"), day("07-04"), day("07-07", "20:00")), step) == []
    report = run_on(office, clock, day("07-08"))
    assert levels(report, step) == ["unit-above"]
    (words,) = [one.plan.why.render(str) for one in report.tellings if one.step.id == step]
    assert LEAD in words
    assert levels(run_on(office, clock, day("07-09")), step) == []
    assert levels(run_on(office, clock, day("07-10")), step) == ["provincial-chair"]


def test_a_promise_said_twice_is_one_and_cannot_be_pushed_on_before_the_next_level(
    office: TrialOffice, clock: SetClock
) -> None:
    step = number(office)
    run_on(office, clock, day("07-01"))
    promised(office, step, LEAD, date(2025, 7, 3))
    clock.advance(minutes=1)
    assert promised(office, step, LEAD, date(2025, 7, 3)).again
    with pytest.raises(PromisePushedOn):
        promised(office, step, LEAD, date(2025, 7, 4))
    assert len(rows(office.wiring, AcknowledgementRow)) == 1
    assert levels(run_on(office, clock, day("07-04")), step) == ["unit-above"]
    promised(office, step, CITY, date(2025, 7, 9), "tổ công tác xuống phường")
    assert levels(run_on(office, clock, day("07-09")), step) == []
    events = rows(office.wiring, EventRow, EventRow.type == STEP_ACKNOWLEDGED)
    assert [one.actor for one in sorted(events, key=lambda one: one.occurred_at)] == [LEAD, CITY]
    assert_consistent(office.wiring)


def test_only_who_was_told_or_leads_may_promise_and_a_substitute_does_so_in_the_absent_name(
    office: TrialOffice, clock: SetClock
) -> None:
    step = number(office)
    run_on(office, clock, day("06-26"))
    with pytest.raises(NotToldOfIt):
        promised(office, step, "lead-elsewhere", date(2025, 6, 30))
    with pytest.raises(NoSubstitution):
        promised(office, step, "lead-elsewhere", date(2025, 6, 30), name=LEAD)
    with pytest.raises(PromiseInThePast):
        promised(office, step, STAND_IN, date(2025, 6, 25))
    with pytest.raises(PromiseTooFar):
        promised(office, step, STAND_IN, date(2025, 9, 30))
    given = promised(office, step, STAND_IN, date(2025, 6, 30), name=LEAD).acknowledgement
    assert (given.by, given.on_behalf_of, given.level) == (STAND_IN, LEAD, "due-soon")
    assert rows(office.wiring, AcknowledgementRow)[0].on_behalf_of == LEAD


def test_a_promise_of_one_due_date_does_not_hold_another(office: TrialOffice, clock: SetClock, tmp_path: Path) -> None:
    step = number(office)
    run_on(office, clock, day("06-26"))
    promised(office, step, STAND_IN, date(2025, 7, 10))
    clock.now = day("06-27")
    _amended(office, tmp_path, "2025-07-03")
    assert levels(run_on(office, clock, day("06-30")), step) == ["due-soon"]


def test_two_promises_at_once_leave_one_on_record(office: TrialOffice, clock: SetClock) -> None:
    step, start = number(office), Barrier(2)
    run_on(office, clock, day("07-01"))

    def promise() -> bool:
        start.wait(timeout=60)
        return promised(office, step, LEAD, date(2025, 7, 7)).again

    with ThreadPoolExecutor(2) as pool:
        again = sorted(one.result() for one in [pool.submit(promise), pool.submit(promise)])
    assert again == [False, True]


def test_who_is_disabled_is_not_told_and_a_level_with_nobody_goes_further_up_and_says_so(
    office: TrialOffice, clock: SetClock
) -> None:
    step = number(office)
    with begin_write(office.wiring.engine) as connection:
        for account in (LEAD, SECOND_LEAD):
            disable_person(connection, account, date(2025, 6, 30))
    report = run_on(office, clock, day("07-01"))
    told_now = {who for _, level, to in told(report, step) for who in to if level == "due-today"}
    assert told_now
    assert not told_now & {LEAD, SECOND_LEAD, STAND_IN}
    (one,) = rows(office.wiring, ReviewRow, ReviewRow.step_id == step)
    findings = json.loads(one.findings)
    assert findings
    assert all(set(finding) == {"vi", "en"} and all(finding.values()) for finding in findings)


def test_only_people_with_a_working_channel_count_once_there_are_channels(office: TrialOffice, clock: SetClock) -> None:
    with begin_write(office.wiring.engine) as connection:
        channel = {"id": "k1", "kind": "email", "title": "Thư", "sealed": "", "enabled": True, "recorded_by": "a"}
        connection.execute(insert(table_of(ChannelRow)), channel | {"recorded_at": clock.now})
        reachable = update(PersonRow).where(PersonRow.account == COMMITTEE).values(email="bcd@hanoi.example")
        connection.execute(reachable)
    step = number(office)
    report = run_on(office, clock, day("07-01"))
    assert {who for _, _, to in told(report, step) for who in to} == {COMMITTEE}


def test_a_step_without_a_due_date_is_left_alone(office: TrialOffice, clock: SetClock) -> None:
    step = number(office)
    with begin_write(office.wiring.engine) as connection:
        connection.execute(update(StepRow).where(StepRow.id == step).values(due_on=None))
    for on in DAYS:
        assert levels(run_on(office, clock, day(on)), step) == []
    assert rows(office.wiring, ReviewRow, ReviewRow.step_id == step) == []


def test_what_was_overdue_when_it_was_opened_has_a_respite_and_then_climbs_level_by_level(
    wiring: Wiring, clock: SetClock
) -> None:
    clock.now = day("07-07")
    office = trial_office(wiring)
    step = number(office)
    assert levels(run_on(office, clock, day("07-07", "09:00"), day("07-08"), day("07-09")), step) == []
    climbed = [(on, levels(run_on(office, clock, day(on)), step)) for on in ("07-10", "07-11", "07-14", "07-18")]
    assert [level for _, found in climbed for level in found] == ["due-today", "unit-above", "provincial-chair"][
        : len([level for _, found in climbed for level in found])
    ]
    assert all(len(found) <= 1 for _, found in climbed)
    assert climbed[0][1], "the respite is over"


# -- when the decision changes --


def _amended(office: TrialOffice, folder: Path, operational: str) -> None:
    wanted = revisions.amendment(office.wiring, write_decision(folder, decision(operational=operational)))
    drafted = revisions.draft(office.wiring, wanted, reason="lùi ngày", by="thu-ky")
    assert drafted.change
    done = revisions.commit_drafted(office.wiring, drafted.number, drafted.change.hash, by="chu-tich")
    assert done.result is ChangeResult.COMMITTED


def test_a_due_date_that_moves_climbs_anew_and_what_was_unsaid_of_the_old_one_stays_unsaid(
    office: TrialOffice, clock: SetClock, tmp_path: Path
) -> None:
    step = number(office)
    run_on(office, clock, day("06-26"))
    clock.now = day("06-27")
    _amended(office, tmp_path, "2025-08-01")
    run_on(office, clock, day("06-27", "09:00"))
    assert set(states(office.wiring, step)) == {"cancelled"}
    for on in DAYS[1:]:
        assert levels(run_on(office, clock, day(on)), step) == []
    assert levels(run_on(office, clock, day("07-29")), step) == ["due-soon"]
    assert levels(run_on(office, clock, day("08-01")), step) == ["due-today"]
    due = {one.due_on for one in rows(office.wiring, EscalationRow, EscalationRow.step_id == step)}
    assert due == {date(2025, 7, 1), date(2025, 8, 1)}


def test_work_that_moves_concerns_whoever_holds_it_now(office: TrialOffice, clock: SetClock) -> None:
    run_on(office, clock, day("06-26"))
    clock.now = day("07-01", "00:05")
    move_work(office.wiring, decision().number)
    given = [one.id for one in office.book().lines.values() if one.key == "DAT-02/giao" and one.counterpart == NEW]
    report = run_on(office, clock, day("07-01"))
    (one,) = [telling for telling in report.tellings if telling.step.id == given[0]]
    assert one.step.holder == NEW
    first = number(office)
    assert {who for _, _, to in told(report, first) for who in to} == {CITY}


def test_a_revoked_decision_is_not_spoken_of(office: TrialOffice, clock: SetClock) -> None:
    run_on(office, clock, day("06-26"))
    wanted = revisions.revocation(decision().number)
    drafted = revisions.draft(office.wiring, wanted, reason="bãi bỏ", by="thu-ky")
    assert drafted.change
    revisions.commit_drafted(office.wiring, drafted.number, drafted.change.hash, by="chu-tich")
    run_on(office, clock, day("06-26", "09:00"))
    with begin_read(office.wiring.engine) as connection:
        unsaid = connection.scalar(select(func.count()).where(NotificationRow.state == "pending"))
    assert unsaid == 0
    assert run_on(office, clock, *map(day, DAYS[1:])).tellings == []


def test_a_round_of_more_steps_than_one_transaction_takes_comes_to_its_end(
    office: TrialOffice, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bangiao.reviews.CHUNK", 2)
    clock.now = day("07-02")
    report = review_deadlines(office.wiring)
    assert report.steps == len({one.step.id for one in report.tellings}) > 4
    assert review_deadlines(office.wiring).steps == 0


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_which_steps_are_due_is_found_by_an_index_and_not_by_reading_all_steps(
    office: TrialOffice, clock: SetClock
) -> None:
    run_on(office, clock, day("06-26"))
    with begin_read(office.wiring.engine) as connection:
        for query in due_queries(clock.now, date(2025, 7, 1)):
            said = query.compile(connection, compile_kwargs={"render_postcompile": True})
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", tuple(_bound(said))).all()
            assert not [one.detail for one in plan if one.detail.startswith("SCAN")], said


def _bound(said: Any) -> list[Any]:
    return [str(said.params[name]) for name in said.positiontup]


# -- ladders --

FAST = """\
default:
  levels:
  - {key: at-once, offset: 1, at: "07:00", to: province, urgent: true, repeat_every: 2, title: {vi: Quá hạn, en: Late}}
"""


def test_a_decision_climbs_the_ladder_it_was_registered_with_whatever_is_set_afterwards(
    wiring: Wiring, clock: SetClock, tmp_path: Path
) -> None:
    file = tmp_path / "bac-thang.yaml"
    file.write_text(FAST, encoding="utf-8")
    office = trial_office(replace(wiring, settings=replace(wiring.settings, ladders=file)))
    file.write_text(FAST.replace("at-once", "tomorrow"), encoding="utf-8")
    step = number(office)
    assert levels(run_on(office, clock, *map(day, DAYS[:2])), step) == []
    assert told(run_on(office, clock, day("07-02", "07:00")), step) == [("DAT-01", "at-once", (CITY, COMMITTEE))]
    assert levels(run_on(office, clock, day("07-04", "07:00")), step) == ["at-once"]
    assert spoken(office.wiring, step) == [("at-once", 0), ("at-once", 1)]
    assert len(rows(office.wiring, LadderRow)) == 1


def test_with_a_file_of_ladders_that_cannot_be_used_nothing_is_registered(wiring: Wiring, tmp_path: Path) -> None:
    file = tmp_path / "bac-thang.yaml"
    file.write_text(FAST.replace("offset: 1", "offset: 0"), encoding="utf-8")
    with pytest.raises(Refused):
        trial_office(replace(wiring, settings=replace(wiring.settings, ladders=file)))
    assert [one.state for one in rows(wiring, DecisionRow)] == ["drafted"]
    assert rows(wiring, LadderRow) == []
