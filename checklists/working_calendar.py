"""Working days: which days count in a term, and why.

decision → plan → **deadlines** stand on this. A calendar is built from the days that are not what their weekday says;
the table of Viet Nam is read by `bangiao.calendar_files`. A year that nobody has entered is refused, never guessed.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Literal

from checklists.errors import BadInput

FirstDay = Literal["exclude", "include"]

_SATURDAY = 5


class OutsideCalendar(BadInput):
    """{day} is outside the working calendar ({first} to {last}): correct the date or add that year's days off."""


class CalendarContradicts(BadInput):
    """The working calendar says two things about {day}: {one} and {other}. Keep one of them."""


class DayKind(StrEnum):
    """What a day is: worked (the first two) or off."""

    WORKING = "working"
    MAKEUP = "makeup_workday"
    HOLIDAY = "holiday"
    COMPENSATORY = "compensatory_day_off"
    SWAPPED = "swapped_day_off"
    WEEKEND = "weekend"


WORKED = frozenset({DayKind.WORKING, DayKind.MAKEUP})


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """What one day is, with the words of the announcement and the text it rests on (Vietnamese, as published)."""

    on: date
    kind: DayKind
    name: str = ""
    basis: str = ""
    announced: bool = True

    @property
    def works(self) -> bool:
        return self.kind in WORKED


@dataclass(frozen=True)
class WorkingCalendar:
    """The days that differ from their weekday, for whole years `first_year` to `last_year`.

    A year with a day that is not announced yet is provisional: its dates may still move.
    """

    days: tuple[CalendarDay, ...]
    first_year: int
    last_year: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", tuple(sorted(self.days, key=lambda day: day.on)))
        for one, other in zip(self.days, self.days[1:], strict=False):
            if one.on == other.on:
                raise CalendarContradicts(day=one.on, one=one.name, other=other.name)
        for day in self.days:
            self._known(day.on)

    @cached_property
    def version(self) -> str:
        """Short hash of everything the calendar says: equal versions give equal dates and equal sentences."""
        said = [f"{self.first_year}-{self.last_year}"]
        said += [f"{day.on}|{day.kind}|{day.name}|{day.basis}|{day.announced}" for day in self.days]
        return "vn-" + hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    @cached_property
    def provisional_years(self) -> frozenset[int]:
        return frozenset(day.on.year for day in self.days if not day.announced)

    def is_provisional(self, day: date) -> bool:
        """Whether the days off of that year are still a projection."""
        return day.year in self.provisional_years

    def knows(self, day: date) -> bool:
        """Whether the days off of that year have been entered."""
        return self.first_year <= day.year <= self.last_year

    def is_working(self, day: date) -> bool:
        self._known(day)
        return day.toordinal() in self._worked_set

    def status_of(self, day: date) -> CalendarDay:
        """What the day is and why; an ordinary working day or weekend has neither name nor basis."""
        self._known(day)
        ordinary = DayKind.WEEKEND if day.weekday() >= _SATURDAY else DayKind.WORKING
        return self._by_ordinal.get(day.toordinal()) or CalendarDay(day, ordinary)

    def next_working_day(self, day: date) -> date:
        """The day itself if it is worked, else the first worked day after it."""
        self._known(day)
        return self._worked_at(bisect_left(self._worked, day.toordinal()), day)

    def add_working_days(self, day: date, count: int, first_day: FirstDay = "exclude") -> date:
        """The `count`-th working day after `day` (before it, if negative); 0 is `day` itself.

        With `first_day` "include", `day` is day one if it is worked.
        """
        self._known(day)
        if count == 0:
            return day
        counted = day.toordinal() - (1 if first_day == "include" else 0) * (1 if count > 0 else -1)
        if count > 0:
            return self._worked_at(bisect_right(self._worked, counted) + count - 1, day)
        return self._worked_at(bisect_left(self._worked, counted) + count, day)

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`, as a term counts them; before `start`, negative.

        The inverse of `add_working_days`: between(day, add(day, n)) is n.
        """
        self._known(start)
        self._known(end)
        side = bisect_right if end >= start else bisect_left
        return side(self._worked, end.toordinal()) - side(self._worked, start.toordinal())

    def special_days_between(self, start: date, end: date) -> tuple[CalendarDay, ...]:
        """The days from `start` to `end` (both included) that are not what their weekday says."""
        ordinals = self._special
        return self.days[bisect_left(ordinals, start.toordinal()) : bisect_right(ordinals, end.toordinal())]

    @cached_property
    def _by_ordinal(self) -> Mapping[int, CalendarDay]:
        return {day.on.toordinal(): day for day in self.days}

    @cached_property
    def _special(self) -> tuple[int, ...]:
        return tuple(day.on.toordinal() for day in self.days)

    @cached_property
    def _worked(self) -> tuple[int, ...]:
        """The ordinals of all worked days in order: a term is one bisection and one index."""
        first, last = date(self.first_year, 1, 1).toordinal(), date(self.last_year, 12, 31).toordinal()
        return tuple(number for number in range(first, last + 1) if self.status_of(date.fromordinal(number)).works)

    @cached_property
    def _worked_set(self) -> frozenset[int]:
        return frozenset(self._worked)

    def _worked_at(self, index: int, asked: date) -> date:
        if index < 0:
            raise self._outside(date(self.first_year, 1, 1) - timedelta(days=1))
        if index >= len(self._worked):
            raise self._outside(max(asked, date(self.last_year + 1, 1, 1)))
        return date.fromordinal(self._worked[index])

    def _known(self, day: date) -> None:
        if not self.knows(day):
            raise self._outside(day)

    def _outside(self, day: date) -> OutsideCalendar:
        return OutsideCalendar(day=day, first=self.first_year, last=self.last_year)
