"""The working calendar of Viet Nam: its days, counting with them, and where they come from."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangiao.calendar_files import CalendarLineUnreadable, vietnam_calendar
from bangiao.i18n import render
from checklists.calendar_words import day_title
from checklists.working_calendar import (
    CalendarContradicts,
    CalendarDay,
    DayKind,
    FirstDay,
    OutsideCalendar,
    WorkingCalendar,
)

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "holidays.csv"

CALENDAR = vietnam_calendar()

ANNOUNCED = {
    2024: "01-01 02-08 02-09 02-10 02-11 02-12 02-13 02-14 04-18 04-29 04-30 05-01 09-02 09-03",
    2025: "01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-26 04-27 04-30 05-01 08-31 09-01 09-02 11-24",
    2027: "01-01 02-05 02-06 02-07 02-08 02-09 04-16 04-30 05-01 05-03 09-02 09-03 11-24",
}
MAKE_UP = {
    "2024-05-04": "2024-04-29",
    "2025-04-26": "2025-05-02",
    "2026-01-10": "2026-01-02",
    "2026-08-22": "2026-08-31",
}


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(("year", "days"), ANNOUNCED.items())
def test_the_days_off_of_a_year_are_the_announced_ones(year: int, days: str) -> None:
    off = [one.on for one in CALENDAR.days if one.on.year == year and not one.works]
    assert off == [day(f"{year}-{text}") for text in days.split()]
    assert not any(CALENDAR.is_working(one) for one in off)


@pytest.mark.parametrize(("worked", "instead_of"), MAKE_UP.items())
def test_a_make_up_saturday_is_worked_and_the_day_it_stands_for_is_off(worked: str, instead_of: str) -> None:
    saturday, off = CALENDAR.status_of(day(worked)), CALENDAR.status_of(day(instead_of))
    assert saturday.on.weekday() == 5
    assert (saturday.kind, off.kind) == (DayKind.MAKEUP, DayKind.SWAPPED)
    assert (CALENDAR.is_working(saturday.on), CALENDAR.is_working(off.on)) == (True, False)
    assert saturday.basis == off.basis


def test_no_other_saturday_or_sunday_is_worked() -> None:
    every = (date(2024, 1, 1) + timedelta(days=number) for number in range(366 + 3 * 365))
    assert [str(one) for one in every if one.weekday() >= 5 and CALENDAR.is_working(one)] == list(MAKE_UP)


def test_an_ordinary_day_has_no_basis_and_a_day_off_names_its_own() -> None:
    assert CALENDAR.status_of(day("2025-07-01")) == CalendarDay(day("2025-07-01"), DayKind.WORKING)
    assert CALENDAR.status_of(day("2025-06-29")).kind is DayKind.WEEKEND
    tet = CALENDAR.status_of(day("2026-02-17"))
    assert (tet.kind, tet.name, tet.basis) == (
        DayKind.HOLIDAY,
        "Tết Âm lịch Bính Ngọ",
        "9441/TB-BNV (16/10/2025)",
    )
    in_lieu = CALENDAR.status_of(day("2026-04-27"))
    assert (in_lieu.kind, in_lieu.name) == (DayKind.COMPENSATORY, "Nghỉ bù Giỗ Tổ Hùng Vương")


def test_every_day_off_has_a_short_name_for_sentences() -> None:
    unnamed = [one for one in CALENDAR.days if "“" in render(day_title(one), "en")]
    assert unnamed == []
    unknown = CalendarDay(day("2025-03-03"), DayKind.HOLIDAY, "Ngày lễ mới")
    assert render(day_title(unknown), "vi") == "ngày nghỉ “Ngày lễ mới”"


def test_only_2027_is_provisional() -> None:
    assert CALENDAR.provisional_years == {2027}
    assert CALENDAR.is_provisional(day("2027-07-01"))
    assert not CALENDAR.is_provisional(day("2026-12-31"))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("2025-07-01", "2025-07-01"),  # a working day is its own answer
        ("2025-06-28", "2025-06-30"),
        ("2025-04-26", "2025-04-26"),  # a make-up Saturday
        ("2025-04-30", "2025-05-05"),  # 30/04, 01/05, exchanged 02/05, weekend
        ("2026-02-14", "2026-02-23"),  # Tết
        ("2025-12-31", "2025-12-31"),
        ("2026-01-01", "2026-01-05"),
    ],
)
def test_the_next_working_day(asked: str, answer: str) -> None:
    assert CALENDAR.next_working_day(day(asked)) == day(answer)


@pytest.mark.parametrize(
    ("start", "count", "first_day", "answer"),
    [
        ("2025-06-12", 15, "exclude", "2025-07-03"),
        ("2025-06-16", 15, "exclude", "2025-07-07"),
        ("2025-07-01", 15, "exclude", "2025-07-22"),
        ("2025-07-01", 15, "include", "2025-07-21"),
        ("2025-06-28", 1, "include", "2025-06-30"),  # a Saturday is not day one
        ("2026-02-11", 5, "exclude", "2026-02-25"),  # across Tết 2026
        ("2025-01-24", 1, "exclude", "2025-02-03"),  # across Tết 2025
        ("2025-04-25", 1, "exclude", "2025-04-26"),  # onto a make-up Saturday
        ("2025-12-31", 1, "exclude", "2026-01-05"),  # over the year
        ("2026-01-09", 1, "exclude", "2026-01-10"),
        ("2024-02-28", 1, "exclude", "2024-02-29"),  # leap day
        ("2025-07-01", 0, "exclude", "2025-07-01"),
        ("2025-06-29", 0, "include", "2025-06-29"),
        ("2025-07-01", -3, "exclude", "2025-06-26"),
        ("2025-07-01", -3, "include", "2025-06-27"),
        ("2026-02-23", -1, "exclude", "2026-02-13"),
        ("2025-06-29", -1, "exclude", "2025-06-27"),
    ],
)
def test_working_days_are_counted_over_days_off(start: str, count: int, first_day: FirstDay, answer: str) -> None:
    assert CALENDAR.add_working_days(day(start), count, first_day) == day(answer)


@pytest.mark.parametrize("asked", ["2023-12-31", "2028-01-01"])
def test_a_year_that_nobody_entered_is_refused_with_a_sentence(asked: str) -> None:
    with pytest.raises(OutsideCalendar) as refused:
        CALENDAR.is_working(day(asked))
    assert f"{day(asked):%d/%m/%Y} is outside the working calendar (2024 to 2027)" in str(refused.value)


@pytest.mark.parametrize(("start", "count"), [("2027-12-31", 1), ("2024-01-02", -1), ("2025-07-01", 5000)])
def test_counting_out_of_the_entered_years_is_refused(start: str, count: int) -> None:
    with pytest.raises(OutsideCalendar):
        CALENDAR.add_working_days(day(start), count)


def test_a_day_that_is_said_twice_is_refused() -> None:
    twice = (
        CalendarDay(day("2025-05-02"), DayKind.SWAPPED, "Nghỉ hoán đổi"),
        CalendarDay(day("2025-05-02"), DayKind.HOLIDAY, "Ngày lễ"),
    )
    with pytest.raises(CalendarContradicts, match="02/05/2025: Nghỉ hoán đổi and Ngày lễ"):
        WorkingCalendar(twice, 2025, 2025)


def test_the_version_follows_the_content_and_not_the_order() -> None:
    same = WorkingCalendar(CALENDAR.days[::-1], CALENDAR.first_year, CALENDAR.last_year)
    without_a_day = WorkingCalendar(CALENDAR.days[1:], CALENDAR.first_year, CALENDAR.last_year)
    assert same.version == CALENDAR.version
    assert without_a_day.version != CALENDAR.version
    assert CALENDAR.version.startswith("vn-")
    assert len(CALENDAR.version) == len("vn-") + 12


DAYS = st.dates(date(2024, 6, 1), date(2027, 6, 1))
COUNTS = st.integers(-100, 100)


@given(DAYS, COUNTS)
def test_counting_what_was_added_gives_it_back(start: date, count: int) -> None:
    assert CALENDAR.working_days_between(start, CALENDAR.add_working_days(start, count)) == count


@given(DAYS, COUNTS, st.sampled_from(["exclude", "include"]))
def test_adding_more_working_days_never_gives_an_earlier_day(start: date, count: int, first_day: FirstDay) -> None:
    one, more = (CALENDAR.add_working_days(start, number, first_day) for number in (count, count + 1))
    assert one <= more


@given(DAYS, COUNTS.filter(bool))
def test_a_counted_working_day_is_worked(start: date, count: int) -> None:
    assert CALENDAR.is_working(CALENDAR.add_working_days(start, count))


@given(DAYS)
def test_between_a_day_and_the_next_working_day_nothing_is_worked(start: date) -> None:
    following = CALENDAR.next_working_day(start)
    between = (start + timedelta(days=number) for number in range((following - start).days))
    assert CALENDAR.is_working(following)
    assert not any(CALENDAR.is_working(one) for one in between)


def test_the_table_is_what_the_library_and_our_overrides_make() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "build_calendar.py"), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr or "days.csv is stale: run scripts/build_calendar.py"


def test_the_table_equals_the_reference_table() -> None:
    if not SHARED.exists():
        pytest.skip("the reference table of days off is not beside this repository")
    with SHARED.open(encoding="utf-8", newline="") as file:
        reference = [tuple(row.values()) for row in csv.DictReader(file)]
    ours = [
        (str(one.on), str(one.kind), one.name, one.basis, "verified" if one.announced else "projected")
        for one in CALENDAR.days
        if one.on.year >= 2025
    ]
    assert ours == reference


def test_an_office_adds_an_exchange_announced_after_the_release(tmp_path: Path) -> None:
    own = tmp_path / "days.csv"
    own.write_text(
        "date,kind,name,basis,status\n"
        "2026-11-23,swapped_day_off,Hoán đổi với thứ Bảy 28/11/2026,01/TB,verified\n"
        "2026-11-28,makeup_workday,Làm bù cho ngày 23/11/2026,01/TB,verified\n"
        "2026-11-24,ordinary,,01/TB,verified\n"
        "2028-01-01,holiday,Tết Dương lịch,Điều 112 Bộ luật Lao động 2019,projected\n",
        encoding="utf-8",
    )
    calendar = vietnam_calendar(own)
    worked = [calendar.is_working(day(f"2026-11-{number}")) for number in (23, 24, 28)]
    assert worked == [False, True, True]
    assert (calendar.last_year, calendar.provisional_years) == (2028, frozenset({2027, 2028}))
    assert calendar.version != CALENDAR.version


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("26/04/2025,holiday,,,verified", "line 2: '26/04/2025' cannot be used as date"),
        ("2025-04-26,weekend,,,verified", "line 2: 'weekend' cannot be used as kind"),
        ("2025-04-26,holiday,,,maybe", "line 2: 'maybe' cannot be used as status"),
        ("2025-04-26", "line 2: '' cannot be used as kind"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str, said: str) -> None:
    own = tmp_path / "days.csv"
    own.write_text(f"date,kind,name,basis,status\n{line}\n", encoding="utf-8")
    with pytest.raises(CalendarLineUnreadable, match=said):
        vietnam_calendar(own)
