"""What the watch makes of what it sees, and when an alarm is said, said again, and over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from checklists.escalation.alarms import AGAIN, AGAIN_WHERE_NOT_GRAVE, OVER_AFTER, is_over, seen_now, to_be_told, told
from checklists.escalation.watching import (
    MOST_COUNTED,
    MOVES,
    NIGHTLY,
    OCCURRENCES,
    RELAY,
    REVIEW_LONGEST,
    REVIEWS,
    REVIEWS_BEGAN,
    SENDER,
    SILENT_AFTER,
    WATCH_BEGAN,
    Backlog,
    Finding,
    Observed,
    database_away,
    findings,
    looked_at_by,
    owed_run,
)
from checklists.messages import Message

NOW = datetime.fromisoformat("2025-07-01T09:04:00+07:00")
MINUTE = timedelta(minutes=1)
ALIVE = dict.fromkeys((SENDER, RELAY, REVIEWS, OCCURRENCES, MOVES), NOW - MINUTE)
WELL = Observed(at=NOW, beats=ALIVE, channels=1)


def kinds(seen: Observed) -> list[str]:
    return [one.kind for one in findings(seen)]


def heard(changes: Mapping[str, datetime | None]) -> Observed:
    beats = {**ALIVE, **changes}
    return replace(WELL, beats={part: at for part, at in beats.items() if at is not None})


def test_where_everything_speaks_and_nothing_waits_nothing_is_found() -> None:
    assert findings(WELL) == []


@pytest.mark.parametrize(
    ("at", "owed"),
    [("09:02:59", "08:55"), ("09:03:00", "09:00"), ("09:07:59", "09:00"), ("09:08:00", "09:05"), ("00:01:00", "23:55")],
)
def test_a_review_is_owed_three_minutes_after_each_of_its_runs(at: str, owed: str) -> None:
    instant = datetime.fromisoformat(f"2025-07-01T{at}+07:00")
    assert f"{owed_run(instant).astimezone(NOW.tzinfo):%H:%M}" == owed


def test_a_review_in_the_middle_of_its_work_is_given_a_quarter_of_an_hour() -> None:
    began = {REVIEWS_BEGAN: NOW - 4 * MINUTE, REVIEWS: NOW - 9 * MINUTE}
    assert looked_at_by(NOW, began) == NOW - REVIEW_LONGEST
    assert looked_at_by(NOW + 11 * MINUTE, began) == owed_run(NOW + 11 * MINUTE)
    assert looked_at_by(NOW, {**began, REVIEWS: NOW - 3 * MINUTE}) == owed_run(NOW)
    assert kinds(heard(began)) == []


def test_reviews_that_begin_again_and_again_and_are_never_through_are_found() -> None:
    assert kinds(heard({REVIEWS_BEGAN: NOW - 4 * MINUTE, REVIEWS: NOW - 16 * MINUTE})) == ["review-deadlines-silent"]


@pytest.mark.parametrize("part", SILENT_AFTER)
def test_a_part_is_silent_once_its_time_is_over_and_where_its_word_lies_in_the_future(part: str) -> None:
    limit = SILENT_AFTER[part]
    assert kinds(heard({part: NOW - limit})) == []
    (late,) = findings(heard({part: NOW - limit - MINUTE}))
    assert (late.kind, late.since, late.grave) == (f"{part}-silent", NOW - limit - MINUTE, part not in NIGHTLY)
    (ahead,) = findings(heard({part: NOW + timedelta(hours=1)}))
    assert (ahead.kind, ahead.since) == (f"{part}-silent", None)


def test_a_nightly_flow_is_missed_only_after_a_night_has_been_watched() -> None:
    assert kinds(heard({MOVES: None})) == []
    assert kinds(heard({MOVES: None, WATCH_BEGAN: NOW - timedelta(hours=8)})) == []
    assert kinds(heard({MOVES: None, WATCH_BEGAN: NOW - timedelta(hours=27)})) == ["move-work-silent"]
    assert kinds(heard({SENDER: None})) == ["sender-silent"]


QUEUES = [one.name for one in fields(Observed) if isinstance(one.default, Backlog)]


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_that_waits_is_a_finding_with_its_count_its_time_and_what_to_do(queue: str) -> None:
    assert len(QUEUES) == 11
    backlog = Backlog(MOST_COUNTED + 1, datetime(2025, 7, 1, 1, 0, tzinfo=UTC))
    (found,) = findings(replace(WELL, **{queue: backlog}))
    said = found.what.render(str)
    assert f"{MOST_COUNTED}+ " in said
    assert "08:00 01/07/2025" in said
    assert "bangiao" in found.todo.render(str)
    assert found.grave is (queue not in {"in_vain", "dead", "untold"})


def test_without_a_channel_waiting_notices_are_told_with_what_to_do_and_not_as_a_dead_sender() -> None:
    assert kinds(replace(WELL, channels=0)) == []
    assert kinds(replace(WELL, channels=0, notices=Backlog(3, NOW))) == ["no-channel"]


def test_channels_that_cannot_be_used_are_told_one_by_one() -> None:
    why = Message("The key is not there.")
    found = findings(replace(WELL, unusable={"thu": why, "sms": why}))
    assert [one.kind for one in found] == ["channel-unusable:sms", "channel-unusable:thu"]


# -- alarms --

SENDER_GONE = Finding("sender-silent", Message("x"), Message("y"))
DEAD_LETTERS = Finding("dead-letters", Message("x"), Message("y"), grave=False)


def test_an_alarm_is_said_once_and_again_after_its_time() -> None:
    for one, again in ((SENDER_GONE, AGAIN), (DEAD_LETTERS, AGAIN_WHERE_NOT_GRAVE)):
        alarms = seen_now({}, [one], NOW)
        assert to_be_told(alarms, [one], NOW)
        alarms = told(alarms, [one], NOW)
        assert not to_be_told(alarms, [one], NOW + again - MINUTE)
        assert to_be_told(alarms, [one], NOW + again)


def test_a_clock_that_was_set_back_does_not_silence_an_alarm() -> None:
    alarms = told({}, [SENDER_GONE], NOW)
    assert to_be_told(alarms, [SENDER_GONE], NOW - timedelta(days=1))


def test_something_new_is_said_at_once_whatever_was_said_before() -> None:
    alarms = told({}, [SENDER_GONE], NOW)
    assert to_be_told(alarms, [SENDER_GONE, database_away("x", NOW)], NOW + MINUTE)


def test_what_follows_from_something_told_is_no_news_until_the_cause_is_gone() -> None:
    waiting = Finding("notices-waiting", Message("x"), Message("y"))
    alarms = told({}, [SENDER_GONE], NOW)
    assert not to_be_told(alarms, [SENDER_GONE, waiting], NOW + MINUTE)
    assert to_be_told(alarms, [waiting], NOW + MINUTE)


def test_what_was_never_told_is_forgotten_and_what_was_told_is_over_after_a_while() -> None:
    assert seen_now(seen_now({}, [SENDER_GONE], NOW), [], NOW + MINUTE) == {}
    alarms = seen_now(told({}, [SENDER_GONE], NOW), [], NOW + MINUTE)
    assert not is_over(alarms, [], NOW + OVER_AFTER - MINUTE)
    assert is_over(alarms, [], NOW + OVER_AFTER)
    assert not is_over({}, [], NOW)


def test_all_is_not_clear_while_anything_is_left_and_what_went_before_is_forgotten_meanwhile() -> None:
    alarms = told({}, [SENDER_GONE, DEAD_LETTERS], NOW)
    later = NOW + OVER_AFTER
    assert not is_over(seen_now(alarms, [DEAD_LETTERS], later), [DEAD_LETTERS], later)
    assert set(seen_now(alarms, [DEAD_LETTERS], later - MINUTE)) == {"sender-silent", "dead-letters"}
    assert set(seen_now(alarms, [DEAD_LETTERS], later)) == {"dead-letters"}
