"""The days of the working calendar in words, for deadline sentences and calendar tables.

The table holds the Vietnamese words of each announcement; a sentence needs a short name in the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from checklists.messages import Message
from checklists.working_calendar import CalendarDay, DayKind

_HOLIDAYS = {
    "Tết Dương lịch": Message("New Year's Day"),
    "Tết Âm lịch": Message("Lunar New Year"),
    "Giỗ Tổ Hùng Vương": Message("Hùng Kings' Day"),
    "Ngày Chiến thắng": Message("Victory Day"),
    "Ngày Quốc tế Lao động": Message("Labour Day"),
    "Quốc khánh": Message("National Day"),
    "Ngày Văn hóa Việt Nam": Message("Viet Nam Culture Day"),
}

_WEEKDAYS = (
    Message("Monday"),
    Message("Tuesday"),
    Message("Wednesday"),
    Message("Thursday"),
    Message("Friday"),
    Message("Saturday"),
    Message("Sunday"),
)

_DATE_IN_NAME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def weekday_name(day: CalendarDay) -> Message:
    return _WEEKDAYS[day.on.weekday()]


def day_title(day: CalendarDay) -> Message:
    """What the day is, as a noun phrase that goes before its date in a sentence."""
    if day.kind is DayKind.HOLIDAY:
        return _holiday(day.name)
    if day.kind is DayKind.COMPENSATORY:
        return Message("the day off in lieu of {holiday}", {"holiday": _holiday(day.name)})
    if day.kind is DayKind.SWAPPED:
        return Message("the exchanged day off")
    if day.kind is DayKind.MAKEUP:
        return Message("the make-up working day")
    return weekday_name(day)


def day_label(day: CalendarDay) -> Message:
    """What the day is, as an entry of a table; swaps name their other day."""
    if day.kind is DayKind.HOLIDAY:
        return Message("Day off: {holiday}", {"holiday": _holiday(day.name)})
    if day.kind is DayKind.COMPENSATORY:
        return Message("Day off in lieu: {holiday}", {"holiday": _holiday(day.name)})
    if day.kind is DayKind.SWAPPED:
        return Message("Day off, made up on {other}", {"other": _other_day(day.name)})
    if day.kind is DayKind.MAKEUP:
        return Message("Working day, for {other}", {"other": _other_day(day.name)})
    return weekday_name(day)


def runs(days: Iterable[CalendarDay]) -> list[tuple[CalendarDay, ...]]:
    """`days` (in order) cut into runs of consecutive dates with one title: the five days of a Tết are one run."""
    found: list[tuple[CalendarDay, ...]] = []
    for day in days:
        if found and _continues(found[-1][-1], day):
            found[-1] = (*found[-1], day)
        else:
            found.append((day,))
    return found


def run_title(run: tuple[CalendarDay, ...]) -> Message:
    """The title of a run with its dates."""
    first, last = run[0], run[-1]
    if first is last:
        return Message("{what} {on}", {"what": day_title(first), "on": first.on})
    return Message("{what} {first}–{last}", {"what": day_title(first), "first": first.on, "last": last.on})


def _continues(before: CalendarDay, day: CalendarDay) -> bool:
    return before.on.toordinal() + 1 == day.on.toordinal() and day_title(before) == day_title(day)


def _holiday(name: str) -> Message:
    """The holiday a day is named after; one we do not know keeps the words of its announcement."""
    known = (title for stem, title in _HOLIDAYS.items() if stem in name)
    return next(known, Message("the holiday “{name}”", {"name": name}))


def _other_day(name: str) -> str:
    """The other day of a swap, which the announcement names as d/m/yyyy."""
    found = _DATE_IN_NAME.search(name)
    return f"{found[1]:0>2}/{found[2]:0>2}/{found[3]}" if found else name
