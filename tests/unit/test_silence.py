"""When a unit counts as silent: whole working days without a word, from the day it had something to do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangiao.calendar_files import vietnam_calendar
from checklists.silence import OwingUnit, quiet_working_days, silent_units
from checklists.units import UnitKey
from checklists.working_calendar import OutsideCalendar

CALENDAR = vietnam_calendar()
day = date.fromisoformat


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def owing(
    unit: str = "new:00004",
    word: str | None = None,
    since: str = "2025-06-17T08:00",
    *,
    open_: int = 3,
    overdue: int = 0,
) -> OwingUnit:
    return OwingUnit(UnitKey(unit), "Phường Ba Đình", at(word) if word else None, at(since), open_, overdue)


def silent(today: str, *units: OwingUnit, days: int = 3) -> list[tuple[str, int]]:
    return [(one.owing.unit, one.working_days) for one in silent_units(units, days, day(today), CALENDAR)]


@pytest.mark.parametrize(
    ("today", "found"),
    [
        ("2025-06-17", []),  # Tuesday: the day it was opened
        ("2025-06-19", []),
        ("2025-06-20", []),  # Wednesday and Thursday are whole, Friday is not over
        ("2025-06-21", [("new:00004", 3)]),
        ("2025-06-23", [("new:00004", 3)]),  # a weekend is no time in which one works
        ("2025-06-24", [("new:00004", 4)]),
    ],
)
def test_who_never_spoke_is_silent_after_whole_working_days_since_the_opening(
    today: str, found: list[tuple[str, int]]
) -> None:
    assert silent(today, owing()) == found


def test_a_word_starts_the_count_again_from_its_day_in_viet_nam() -> None:
    late_evening = owing(word="2025-06-19T23:30")  # still the 19th there, the 19th at 16:30 in UTC
    after_midnight = owing(word="2025-06-20T00:30")  # the 19th at 17:30 in UTC
    assert silent("2025-06-25", late_evening) == [("new:00004", 3)]
    assert silent("2025-06-25", after_midnight) == []


def test_who_had_nothing_to_do_until_yesterday_is_not_silent() -> None:
    assert silent("2025-07-15", owing(word="2025-06-18T09:00", since="2025-07-14T09:00")) == []


def test_holidays_do_not_count() -> None:
    before = owing(word="2025-08-29T10:00", since="2025-08-01T08:00")  # 1 and 2 September 2025 are days off
    assert silent("2025-09-05", before, days=3) == []
    assert silent("2025-09-06", before, days=3) == [("new:00004", 3)]


def test_the_worst_comes_first_longest_silence_then_most_overdue() -> None:
    units = [
        owing("new:1", word="2025-06-18T08:00"),
        owing("new:2", overdue=1),
        owing("new:3", overdue=5),
        owing("new:4", overdue=5, open_=9),
    ]
    assert silent("2025-07-01", *units) == [("new:4", 9), ("new:3", 9), ("new:2", 9), ("new:1", 8)]


def test_more_patience_finds_fewer() -> None:
    assert silent("2025-06-24", owing(), days=4) == [("new:00004", 4)]
    assert silent("2025-06-24", owing(), days=5) == []


def test_a_day_beyond_the_calendar_is_refused_not_guessed() -> None:
    with pytest.raises(OutsideCalendar):
        silent("2040-01-02", owing())


@given(st.integers(0, 400), st.integers(0, 60), st.integers(1, 15))
def test_the_finding_and_its_number_of_days_agree(start: int, later: int, days: int) -> None:
    since = day("2025-01-06") + timedelta(days=start)
    today = since + timedelta(days=later)
    one = owing(since=f"{since}T09:00")
    quiet = quiet_working_days(since, today, CALENDAR)
    assert quiet == sum(CALENDAR.is_working(since + timedelta(days=ahead)) for ahead in range(1, later))
    assert bool(silent(today.isoformat(), one, days=days)) == (quiet >= days)
