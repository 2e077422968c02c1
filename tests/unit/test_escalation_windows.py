"""When a message may leave, which digest it joins, and which notice speaks for a step in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bangiao.calendar_files import vietnam_calendar
from checklists.escalation.digests import speaks_for
from checklists.escalation.ids import digest_key, notice_id
from checklists.escalation.ladder import DEFAULT_LADDER
from checklists.escalation.preferences import Channel, DayType, Preference, QuietHours, SendWindow, lint_preference
from checklists.escalation.windows import GATHERED, dispatch, send_at

CALENDAR = vietnam_calendar()
OFFICE = Preference()
ALL_DAY = (SendWindow(time(0), time(23, 59)),)
NIGHT = QuietHours(time(21), time(6))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2026-03-16T08:00", "2026-03-16T08:00"),
        ("2026-03-16T05:00", "2026-03-16T07:30"),
        ("2026-03-16T11:30", "2026-03-16T13:30"),
        ("2026-03-16T17:30", "2026-03-17T07:30"),
        ("2026-03-13T18:00", "2026-03-16T07:30"),  # Friday evening
        ("2026-02-13T18:00", "2026-02-23T07:30"),  # over Tết
        ("2026-01-01T08:00", "2026-01-05T07:30"),  # 02/01 is off by decree
        ("2026-01-10T08:00", "2026-01-10T08:00"),  # and this Saturday is worked for it
        ("2025-04-26T08:00", "2025-04-26T08:00"),
        ("2025-05-02T08:00", "2025-05-05T07:30"),
    ],
)
def test_a_message_leaves_in_office_hours_of_working_days(now: str, leaves: str) -> None:
    assert send_at(at(now), OFFICE, CALENDAR) == at(leaves)
    assert send_at(at(now), OFFICE, CALENDAR, urgent=True) == at(now)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2026-03-16T20:59", "2026-03-16T20:59"),
        ("2026-03-16T21:00", "2026-03-17T06:00"),
        ("2026-03-17T03:00", "2026-03-17T06:00"),
        ("2026-03-21T03:00", "2026-03-21T09:00"),  # Saturday: its own window
        ("2026-03-22T12:00", "2026-03-23T06:00"),  # Sunday has none
        ("2026-02-18T12:00", "2026-02-18T19:00"),  # Tết has its own
    ],
)
def test_quiet_hours_and_windows_by_weekday_and_holiday(now: str, leaves: str) -> None:
    windows = {
        DayType.WORKING: ALL_DAY,
        DayType.HOLIDAY: (SendWindow(time(19), time(20)),),
        "saturday": (SendWindow(time(9), time(10)),),
    }
    assert send_at(at(now), Preference(windows=windows, quiet=NIGHT), CALENDAR) == at(leaves)


def test_a_mistake_in_somebodys_windows_does_not_silence_them() -> None:
    assert send_at(at("2026-03-16T03:00"), Preference(windows={}), CALENDAR) == at("2026-03-16T03:00")


def test_days_beyond_the_calendar_go_by_their_weekday() -> None:
    assert send_at(at("2028-01-01T08:00"), OFFICE, CALENDAR) == at("2028-01-03T07:30")


@pytest.mark.parametrize(
    ("windows", "quiet", "found"),
    [
        ({DayType.WORKING: ALL_DAY}, NIGHT, []),
        ({"monday": ALL_DAY}, None, []),
        ({DayType.WORKING: (SendWindow(time(9), time(9)),)}, None, ["WindowEmpty", "NeverSends"]),
        (
            {DayType.WORKING: (SendWindow(time(8), time(10)), SendWindow(time(9), time(11)))},
            None,
            ["WindowsOverlap"],
        ),
        ({DayType.HOLIDAY: ALL_DAY}, None, ["NeverSends"]),
        ({DayType.WORKING: ALL_DAY, "Thứ hai": ALL_DAY}, None, ["UnknownDay"]),
        ({DayType.WORKING: (SendWindow(time(22), time(23)),)}, NIGHT, ["NeverSends"]),
        ({DayType.WORKING: (SendWindow(time(5), time(7)),)}, NIGHT, []),
    ],
)
def test_mistakes_in_windows_are_sentences(
    windows: dict[str, tuple[SendWindow, ...]], quiet: QuietHours | None, found: list[str]
) -> None:
    mistakes = lint_preference(Preference(windows=windows, quiet=quiet))
    assert [type(one).__name__ for one in mistakes] == found


def test_channels_are_tried_in_order_without_those_that_failed_or_do_not_work() -> None:
    mail, chat, off = Channel("mail", "a@b.vn"), Channel("chat", "@a"), Channel("sms", "09", enabled=False)
    preference = Preference(channels=(off, chat, mail, Channel("hook", "  ")))
    assert preference.working_channels() == (chat, mail)
    assert preference.working_channels(failed={"chat"}) == (mail,)


def test_all_of_one_window_leaves_as_one_digest_a_breath_after_the_first() -> None:
    early, first, later = (
        dispatch("lan", at(f"2026-03-16T{moment}"), OFFICE, CALENDAR) for moment in ("06:00", "08:00", "09:00")
    )
    assert early.key == first.key == later.key == digest_key("lan", at("2026-03-16T07:30"))
    assert early.send_at == at("2026-03-16T07:30")
    assert first.send_at == at("2026-03-16T08:00") + GATHERED
    assert dispatch("minh", at("2026-03-16T08:00"), OFFICE, CALENDAR).key != first.key


def test_what_comes_after_a_digest_has_left_takes_the_next_window() -> None:
    first = dispatch("lan", at("2026-03-16T08:00"), OFFICE, CALENDAR)
    second = dispatch("lan", at("2026-03-16T08:05"), OFFICE, CALENDAR, left={first.key})
    assert (second.window_start, second.send_at) == (at("2026-03-16T13:30"), at("2026-03-16T13:30"))
    third = dispatch("lan", at("2026-03-16T08:05"), OFFICE, CALENDAR, left={first.key, second.key})
    assert third.window_start == at("2026-03-17T07:30")


def test_the_last_breath_of_a_window_does_not_push_a_message_out_of_it() -> None:
    moment = at("2026-03-16T11:29:50")
    assert dispatch("lan", moment, OFFICE, CALENDAR).send_at == moment
    quiet = Preference(windows={DayType.WORKING: ALL_DAY}, quiet=NIGHT)
    assert dispatch("lan", at("2026-03-16T20:59:50"), quiet, CALENDAR).send_at == at("2026-03-16T20:59:50")


def test_urgent_messages_break_the_night_and_are_gathered_for_ten_minutes() -> None:
    first, second, third = (
        dispatch("lan", at(f"2026-03-15T{moment}"), OFFICE, CALENDAR, urgent=True)
        for moment in ("02:01", "02:09", "02:11")
    )
    assert first.key == second.key != third.key
    assert first.send_at == at("2026-03-15T02:01") + GATHERED
    held = dispatch("lan", at("2026-03-15T02:05"), OFFICE, CALENDAR, urgent=True, left={first.key})
    assert held.send_at == at("2026-03-15T02:10")


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
times = st.times()
quiets = st.none() | st.builds(QuietHours, times, times)


@given(now=moments, quiet=quiets, opens=times, closes=times)
@settings(max_examples=200, deadline=None)
def test_what_may_leave_then_may_leave_then(now: datetime, quiet: QuietHours | None, opens: time, closes: time) -> None:
    preference = Preference(windows={DayType.WORKING: (SendWindow(opens, closes),)}, quiet=quiet)
    leaves = send_at(now, preference, CALENDAR)
    assert leaves >= now
    assert send_at(leaves, preference, CALENDAR) == leaves
    if not lint_preference(preference):
        local = leaves + timedelta(hours=7)
        assert CALENDAR.is_working(local.date())
        assert opens <= local.time() < closes
        assert not (quiet and quiet.holds(local.time()))


@dataclass(frozen=True)
class Spoken:
    level: str
    repeat: int = 0


@given(st.permutations(["due-today", "unit-above", "provincial-chair", "no-such-level"]))
def test_the_highest_level_speaks_in_whatever_order_they_came(levels: list[str]) -> None:
    assert speaks_for([Spoken(level) for level in levels], DEFAULT_LADDER).level == "provincial-chair"


def test_of_one_level_the_last_speaks_and_a_level_that_is_gone_only_where_there_is_no_other() -> None:
    first, last = Spoken("steering-committee", 1), Spoken("steering-committee", 2)
    assert speaks_for([first, last], DEFAULT_LADDER) is last
    assert speaks_for([Spoken("gone"), Spoken("due-soon")], DEFAULT_LADDER).level == "due-soon"


def test_the_id_of_a_notice_never_changes() -> None:
    """Ids are on record and at the recipients': another way of making them would send everything again."""
    made = notice_id(2**40 + 5, "unit-above", date(2026, 3, 13), 0, "lan", "mail")
    assert made == notice_id(2**40 + 5, "unit-above", date(2026, 3, 13), 0, "lan", "mail")
    assert made == "2017b244191ab52e71d056248fc4c1fa"
    assert digest_key("lan", at("2026-03-16T07:30")) == digest_key("lan", at("2026-03-16T07:30").astimezone())


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["a", "a1", "1a"]),
            st.dates(date(2026, 1, 1), date(2026, 1, 3)),
            st.integers(0, 11),
            st.sampled_from(["lan", "1lan", "minh"]),
            st.sampled_from(["mail", "chat"]),
        ),
        unique=True,
    )
)
def test_different_notices_have_different_ids(notices: list[tuple[int, str, date, int, str, str]]) -> None:
    assert len({notice_id(*one) for one in notices}) == len(notices)
