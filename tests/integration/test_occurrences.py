"""Duties that come back, on both databases: settled or missed, each time is a step of its own, and is opened once."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from multiprocessing.context import ForkServerContext
from threading import Barrier
from typing import Any

import pytest
from builders import HA_NOI, SPLIT, open_all, own_decision, real_decision, registered
from offices import (
    HA_NOI_COMMITTEE,
    do,
    finish,
    finish_with_needs,
    held,
    joined_units,
    lead_of,
    needs_of,
    note,
    opened,
    state_of,
    step_of,
)
from sqlalchemy import func, insert, select, update

from bangiao.cli.occurrences import open_due
from bangiao.occurrences import OccurrencesReport, chunks_due, open_due_occurrences
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from checklists.steps import Act
from db.faults import parse_fault
from db.models import ChecklistRow, DeadlineRow, DecisionRow, EventRow, StepRow, table_of
from db.session import begin_read, begin_write
from db.work_models import EvidenceRow, StepHolderRow

day = date.fromisoformat
DAILY, WEEKLY = "NET-01/truoc", "DAT-02"
"""Duties of a unit that hands over: one daily from 17/06 to 30/06; one weekly from 23/06, daily from 25/06 to 01/07."""

RECEIVES = next(row.successor for row in own_decision().successions)
"""One of the five that SPLIT was divided among."""


def on(wiring: Wiring, when: str) -> None:
    wiring.clock.now = datetime.fromisoformat(f"{when}T08:00:00+07:00")  # type: ignore[attr-defined]


def times(wiring: Wiring, key: str, unit: str = SPLIT) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        query = (
            select(table_of(StepRow), DeadlineRow.explanation_vi, DeadlineRow.explanation_en)
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
            .join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id)
            .where(ChecklistRow.unit == unit, StepRow.key == key)
            .order_by(StepRow.occurrence)
        )
        return list(connection.execute(query))


def due_dates(wiring: Wiring, key: str, unit: str = SPLIT) -> list[str]:
    return [one.due_on.isoformat() for one in times(wiring, key, unit)]


def opened_events(wiring: Wiring) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        query = select(table_of(EventRow)).where(EventRow.type == "step.opened")
        return list(connection.execute(query.order_by(EventRow.step_id)))


def assert_each_time_is_there_once_with_its_event(wiring: Wiring) -> None:
    """Numbers follow each other, and every time after the first was put on record exactly once."""
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(StepRow.id, StepRow.occurrence).where(StepRow.occurrence > 1)).all()
        known = set(connection.scalars(select(StepRow.id)))
    assert all(row.id - 1 in known for row in rows)
    assert sorted(row.id for row in rows) == [event.step_id for event in opened_events(wiring)]


def test_a_settled_time_opens_the_next_one_with_its_own_date_reason_and_evidence(wiring: Wiring) -> None:
    opened(wiring)
    first = step_of(wiring, f"{SPLIT}/{DAILY}")
    acted = do(wiring, first, Act.COMPLETE, lead_of(wiring, SPLIT), evidence=(note(),))

    if acted.after.state.value == "submitted":
        assert acted.opened is None
        acted = do(wiring, first, Act.VERIFY, HA_NOI_COMMITTEE, seen=acted.after.evidence_hash)
    assert acted.opened
    following = acted.opened
    assert (following.step.id, following.occurrence, following.due_on) == (first + 1, 2, day("2025-06-18"))
    assert (following.step.state.value, following.step.version, following.step.evidence) == ("ready", 1, frozenset())
    _, second = times(wiring, DAILY)
    assert second.explanation_vi == "Hạn 18/06/2025: lần 2, hằng ngày kể từ ngày 17/06/2025."
    assert second.explanation_en == "Due 18/06/2025: time 2, every day from 17/06/2025."
    assert not second.overdue_at_birth
    (event,) = opened_events(wiring)
    assert (event.id, event.subject, event.step_id) == (f"step.opened:{first + 1}:1", SPLIT, first + 1)
    assert json.loads(event.payload) == {
        "step": f"{DAILY} (2), {following.step.name.partition(', ')[2]}",
        "key": DAILY,
        "occurrence": 2,
        "due_on": "2025-06-18",
        "after": {"state": "ready", "version": 1},
    }


def test_each_time_is_proved_by_itself_until_the_duty_ends(wiring: Wiring) -> None:
    opened(wiring)
    for place in range(14):
        on(wiring, f"2025-06-{17 + place}")
        finish(wiring, times(wiring, DAILY)[-1].id)
    assert due_dates(wiring, DAILY) == [f"2025-06-{one}" for one in range(17, 31)]
    assert {one.state for one in times(wiring, DAILY)} == {"done"}
    with begin_read(wiring.engine) as connection:
        assert connection.scalar(select(func.count(EvidenceRow.step_id.distinct()))) == 14
    assert_each_time_is_there_once_with_its_event(wiring)


def test_a_time_that_is_reopened_and_settled_again_opens_nothing_more(wiring: Wiring) -> None:
    opened(wiring)
    first = step_of(wiring, f"{SPLIT}/{DAILY}")
    finish(wiring, first)
    do(wiring, first, Act.REOPEN, HA_NOI_COMMITTEE, reason="thiếu biên bản")
    finish(wiring, first)
    assert [one.state for one in times(wiring, DAILY)] == ["done", "ready"]
    assert_each_time_is_there_once_with_its_event(wiring)


def test_a_duty_declared_not_applicable_for_once_comes_back_all_the_same(wiring: Wiring) -> None:
    opened(wiring)
    first = step_of(wiring, f"{SPLIT}/{WEEKLY}")
    claimed = do(wiring, first, Act.NOT_APPLICABLE, lead_of(wiring, SPLIT), reason="không phát sinh dữ liệu")
    acted = do(wiring, first, Act.VERIFY, HA_NOI_COMMITTEE, seen=claimed.after.evidence_hash)
    assert acted.after.state.value == "not_applicable"
    assert acted.opened
    assert acted.opened.due_on == day("2025-06-25")


def test_nothing_is_opened_while_the_period_runs(wiring: Wiring) -> None:
    opened(wiring)
    assert open_due_occurrences(wiring) == OccurrencesReport(0, 0)
    assert opened_events(wiring) == []


def test_a_clock_that_jumps_by_weeks_leaves_every_missed_time_open_by_itself_and_none_after_the_end(
    wiring: Wiring,
) -> None:
    opened(wiring)
    on(wiring, "2025-07-20")
    report = open_due_occurrences(wiring)
    assert due_dates(wiring, DAILY) == [f"2025-06-{one}" for one in range(17, 31)]
    assert due_dates(wiring, WEEKLY) == [*(f"2025-06-{one}" for one in (23, *range(25, 31))), "2025-07-01"]
    assert {one.state for one in times(wiring, DAILY)} == {"ready"}
    assert [one.overdue_at_birth for one in times(wiring, DAILY)] == [False] + [True] * 13
    assert report.opened == len(opened_events(wiring)) > 50
    assert {event.actor for event in opened_events(wiring)} == {"bangiao"}
    assert_each_time_is_there_once_with_its_event(wiring)

    assert open_due_occurrences(wiring).opened == 0
    on(wiring, "2025-07-21")
    assert 0 < open_due_occurrences(wiring).opened < 40  # those who took over, and nobody who ended
    assert due_dates(wiring, DAILY)[-1] == "2025-06-30"


def test_what_is_settled_late_is_followed_by_the_next_date_and_the_round_opens_the_others(wiring: Wiring) -> None:
    opened(wiring)
    on(wiring, "2025-06-20")
    finish(wiring, step_of(wiring, f"{SPLIT}/{DAILY}"))
    assert due_dates(wiring, DAILY) == ["2025-06-17", "2025-06-18"]
    open_due_occurrences(wiring)
    assert due_dates(wiring, DAILY) == [f"2025-06-{one}" for one in (17, 18, 19, 20)]
    finish(wiring, times(wiring, DAILY)[1].id)  # one in the middle: the next is there
    assert len(times(wiring, DAILY)) == 4
    assert_each_time_is_there_once_with_its_event(wiring)


def test_a_checklist_opened_late_does_not_owe_the_times_before_it(wiring: Wiring) -> None:
    on(wiring, "2025-06-27")
    opened(wiring)
    assert open_due_occurrences(wiring).opened > 0
    assert due_dates(wiring, DAILY) == ["2025-06-17", "2025-06-28"]
    assert "không kể các kỳ đến hết ngày 27/06/2025" in times(wiring, DAILY)[1].explanation_vi


def test_a_duty_that_waits_for_another_step_has_not_begun_and_then_counts_from_the_day_it_can(wiring: Wiring) -> None:
    opened(wiring)
    on(wiring, "2025-07-10")
    key = "TRA-02"
    (waiting,) = times(wiring, key, RECEIVES)
    assert waiting.state == "waiting"
    open_due_occurrences(wiring)
    assert len(times(wiring, key, RECEIVES)) == 1

    with begin_read(wiring.engine) as connection:
        needed = needs_of(connection, waiting.id)
    assert needed
    for one in needed:
        finish_with_needs(wiring, one)
    assert state_of(wiring, waiting.id) == "ready"
    on(wiring, "2025-07-12")
    open_due_occurrences(wiring)
    assert due_dates(wiring, key, RECEIVES) == ["2025-07-02", "2025-07-11", "2025-07-12"]


def test_a_duty_without_a_date_comes_back_a_period_after_it_was_completed(wiring: Wiring) -> None:
    opened(wiring)
    on(wiring, "2025-08-20")
    (first,) = times(wiring, "MON-04/lap-moc", RECEIVES)
    assert first.due_on is None
    finish_with_needs(wiring, first.id)
    assert times(wiring, "MON-04/lap-moc", RECEIVES)[1].due_on == day("2026-08-20")
    finish(wiring, first.id + 1)
    assert times(wiring, "MON-04/lap-moc", RECEIVES)[2].due_on == day("2027-08-20")


def test_a_time_that_was_cancelled_is_the_last_and_a_revoked_decision_opens_nothing(wiring: Wiring) -> None:
    decision = opened(wiring)
    do(wiring, step_of(wiring, f"{SPLIT}/{DAILY}"), Act.CANCEL, HA_NOI_COMMITTEE, reason="quyết định thay đổi")
    on(wiring, "2025-06-19")
    open_due_occurrences(wiring)
    assert due_dates(wiring, DAILY) == ["2025-06-17"]
    assert len(times(wiring, "SVC-01/truoc")) == 3

    with begin_write(wiring.engine) as connection:
        connection.execute(update(DecisionRow).where(DecisionRow.id == decision).values(state="revoked"))
    on(wiring, "2025-06-25")
    assert chunks_due(wiring) == []
    assert open_due_occurrences(wiring).opened == 0


@pytest.mark.parametrize("by_whom", ["a person", "the round"])
def test_whoever_holds_a_time_after_a_succession_of_work_holds_the_next(wiring: Wiring, by_whom: str) -> None:
    decision = opened(wiring)
    first = step_of(wiring, f"{SPLIT}/{DAILY}")
    moved = {"step_id": first, "unit": RECEIVES, "decision_id": decision, "ground": "whole", "since": day("2025-07-01")}
    with begin_write(wiring.engine) as connection:
        connection.execute(insert(StepHolderRow).values(moved_at=wiring.now(), **moved))
    if by_whom == "a person":
        finish(wiring, first)
    else:
        on(wiring, "2025-06-19")
        open_due_occurrences(wiring)
    following = held(wiring, first + 1)
    assert (following.unit, following.holder) == (SPLIT, RECEIVES)
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(table_of(StepHolderRow)).order_by(StepHolderRow.step_id)).all()
    assert len(rows) == len(times(wiring, DAILY))
    assert {tuple(row)[1:] for row in rows} == {tuple(rows[0])[1:]}


def another(wiring: Wiring) -> Wiring:
    """The same database as another process sees it."""
    return Wiring(wiring.settings, wiring.engine, wiring.clock)


def at_once(*works: Callable[[], object]) -> None:
    barrier = Barrier(len(works))

    def together(work: Callable[[], object]) -> object:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        list(threads.map(together, works))


def test_two_rounds_at_once_open_each_time_once(wiring: Wiring) -> None:
    opened(wiring)
    on(wiring, "2025-06-26")
    at_once(*[lambda: open_due_occurrences(another(wiring))] * 3)
    assert due_dates(wiring, DAILY) == [f"2025-06-{one}" for one in range(17, 27)]
    assert_each_time_is_there_once_with_its_event(wiring)


def test_people_who_settle_times_while_the_round_opens_them_lose_nothing(wiring: Wiring) -> None:
    opened(wiring)
    on(wiring, "2025-06-26")
    keys = [DAILY, "SVC-01/truoc", WEEKLY]
    steps = [step_of(wiring, f"{SPLIT}/{key}") for key in keys]
    lead_of(wiring, SPLIT)
    at_once(
        lambda: open_due_occurrences(another(wiring)),
        *(lambda one=one: finish(another(wiring), one) for one in steps),
        lambda: open_due_occurrences(another(wiring)),
    )
    open_due_occurrences(wiring)
    assert [state_of(wiring, one) for one in steps] == ["done"] * 3
    assert due_dates(wiring, DAILY) == [f"2025-06-{one}" for one in range(17, 27)]
    assert_each_time_is_there_once_with_its_event(wiring)


def test_the_round_can_be_made_by_hand(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(wiring)
    monkeypatch.setenv("BANGIAO_DATABASE_URL", wiring.settings.database_url)
    monkeypatch.setenv("BANGIAO_CLOCK", "2025-06-20T08:00:00+07:00")
    open_due(as_json=True)
    assert json.loads(capsys.readouterr().out) == {"duties": 2, "opened": 6}
    assert due_dates(wiring, DAILY) == [f"2025-06-{one}" for one in (17, 18, 19, 20)]
    open_due()
    assert "không có gì phải mở" in capsys.readouterr().out


def round_of(settings: Settings) -> None:
    """What a process does that is killed."""
    open_due_occurrences(wire(settings))


@pytest.mark.parametrize("fault", ["commit.before:1", "commit.after:1", "commit.before:3", "commit.after:3"])
def test_a_round_that_is_killed_leaves_whole_chunks_and_the_next_one_finishes_it(
    wiring: Wiring, processes: ForkServerContext, fault: str
) -> None:
    opened(wiring, joined_units())
    on(wiring, "2025-06-20")
    small = replace(wiring.settings, chunk_units=2)
    assert len(chunks_due(Wiring(small, wiring.engine, wiring.clock))) > 3
    dying = processes.Process(target=round_of, args=(replace(small, fault=parse_fault(fault), clock=wiring.now()),))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL
    place, nth = fault.split(":")
    whole = int(nth) - (place == "commit.before")
    assert (len(opened_events(wiring)) > 0) == (whole > 0)
    assert_each_time_is_there_once_with_its_event(wiring)

    open_due_occurrences(wiring)
    for unit in joined_units():
        assert due_dates(wiring, DAILY, unit) == [f"2025-06-{one}" for one in (17, 18, 19, 20)]
    assert_each_time_is_there_once_with_its_event(wiring)


def test_ha_noi_in_the_week_before_the_change(wiring: Wiring) -> None:
    outcome = registered(wiring, real_decision(HA_NOI))
    open_all(wiring, outcome.decision_id)
    planned = outcome.summary.total_steps
    new = 0
    for ahead in range(1, 4):
        on(wiring, (day("2025-06-17") + timedelta(days=ahead)).isoformat())
        report = open_due_occurrences(wiring)
        assert report.opened == report.duties > 1000  # 526 communes and 30 districts, two daily duties each
        new += report.opened
        assert open_due_occurrences(wiring) == OccurrencesReport(0, 0)
    with begin_read(wiring.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(StepRow)) == planned + new
        assert not connection.scalar(select(func.count()).where(StepRow.occurrence > 1, StepRow.state != "ready"))
    assert_each_time_is_there_once_with_its_event(wiring)
