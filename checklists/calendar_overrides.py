"""Days that are another kind of day than the release says: by a decree that came after it, put on record by an
administrator.

calendar of the release + **overrides on record** → calendar in force → plans, deadlines that are counted from now on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from checklists.errors import BadInput, HandoverError
from checklists.working_calendar import WORKED, CalendarDay, DayKind, WorkingCalendar

ORDINARY = "ordinary"
"""The kind by which an override says: this day is what its weekday says, nothing more."""

KINDS = (DayKind.HOLIDAY, DayKind.COMPENSATORY, DayKind.SWAPPED, DayKind.MAKEUP)
"""What an override can make of a day, beside `ORDINARY`."""

LONGEST = 200
_SATURDAY = 5


class NoOverrideGiven(BadInput):
    """Nothing is to be changed in the calendar. Say which day becomes what, or which override is taken back."""


class OverrideOutsideYears(BadInput):
    """The days off of {year} have not been entered ({first} to {last}): a single day of it would make the rest of that
    year look complete. Enter the whole year first."""


class OverrideUnnamed(BadInput):
    """Say what {day} is called, or for which day it is exchanged: the explanations of due dates name it."""


class OverrideUnfounded(BadInput):
    """Say by which decree or announcement {day} changes; auditors will ask."""


class OverrideTooLong(BadInput):
    """The words about {day} have more than {most} characters. Shorten them."""


class OverrideTwice(BadInput):
    """{day} is changed twice. Keep one of them."""


class MakesNoDifference(BadInput):
    """{day} is that already. Leave it out."""


class MakeupOnWorkday(BadInput):
    """{day} is worked anyway, so it cannot make up for another day. Check the date."""


class ExchangedWeekend(BadInput):
    """{day} is a day off anyway: there is nothing to exchange. Check the date."""


class NotOverridden(BadInput):
    """{day} is as this release says; there is no override to take back."""


class OverrideUnexplained(BadInput):
    """Write why the calendar changes. The reason is kept on record."""


class CalendarMovedOn(HandoverError):
    """The calendar, or what it would move, is not what you looked at any more. Nothing was written; look at it again
    and decide anew."""


@dataclass(frozen=True, slots=True, order=True)
class DayOverride:
    """What a day is from now on. `kind`: one of `KINDS`, or `ORDINARY`."""

    on: date
    kind: str
    name: str = ""
    basis: str = ""
    announced: bool = True

    @property
    def day(self) -> CalendarDay | None:
        """As a day of the calendar; None for an ordinary one."""
        if self.kind == ORDINARY:
            return None
        return CalendarDay(self.on, DayKind(self.kind), self.name, self.basis, self.announced)


def overridden(base: WorkingCalendar, overrides: Iterable[DayOverride]) -> WorkingCalendar:
    """The calendar with these days as the overrides say; the very `base` where there are none."""
    changed = {one.on: one.day for one in overrides}
    if not changed:
        return base
    kept = [day for day in base.days if day.on not in changed]
    return WorkingCalendar((*kept, *(day for day in changed.values() if day)), base.first_year, base.last_year)


@dataclass(frozen=True, slots=True)
class CalendarOrder:
    """What somebody wants changed: days that become something else, overrides that are taken back, and why."""

    overrides: tuple[DayOverride, ...] = ()
    taken_back: tuple[date, ...] = ()
    reason: str = ""

    @property
    def bases(self) -> str:
        """The decrees it rests on, each once."""
        return "; ".join(dict.fromkeys(one.basis for one in self.overrides if one.basis))


def after(order: CalendarOrder, held: Collection[DayOverride]) -> tuple[DayOverride, ...]:
    """The overrides on record once the order is carried out, by date."""
    kept = {one.on: one for one in held if one.on not in order.taken_back}
    return tuple(sorted((kept | {one.on: one for one in order.overrides}).values()))


def mistakes_in(order: CalendarOrder, base: WorkingCalendar, held: Collection[DayOverride]) -> Iterator[HandoverError]:
    """Everything that refuses the order, in the order of its days. `base`: the calendar of the release."""
    if not order.overrides and not order.taken_back:
        yield NoOverrideGiven()
    days = [one.on for one in order.overrides] + list(order.taken_back)
    yield from (OverrideTwice(day=day) for day in sorted(set(days)) if days.count(day) > 1)
    now = overridden(base, held)
    for one in order.overrides:
        yield from _in_day(one, base)
        if one not in held and one.day == {day.on: day for day in now.days}.get(one.on):
            yield MakesNoDifference(day=one.on)
    known = {one.on for one in held}
    yield from (NotOverridden(day=day) for day in order.taken_back if day not in known)


def _in_day(one: DayOverride, base: WorkingCalendar) -> Iterator[HandoverError]:
    if not base.knows(one.on):
        yield OverrideOutsideYears(year=str(one.on.year), first=str(base.first_year), last=str(base.last_year))
        return
    weekend = one.on.weekday() >= _SATURDAY
    if not one.basis:
        yield OverrideUnfounded(day=one.on)
    if one.kind != ORDINARY and not one.name:
        yield OverrideUnnamed(day=one.on)
    if max(len(one.name), len(one.basis)) > LONGEST:
        yield OverrideTooLong(day=one.on, most=LONGEST)
    if one.kind == DayKind.MAKEUP and not weekend:
        yield MakeupOnWorkday(day=one.on)
    if one.kind == DayKind.SWAPPED and weekend:
        yield ExchangedWeekend(day=one.on)


def changed_days(was: WorkingCalendar, becomes: WorkingCalendar) -> list[tuple[CalendarDay, CalendarDay]]:
    """Days that are not what they were, each before and after; words that differ count as well."""
    named = {day.on for calendar in (was, becomes) for day in calendar.days}
    pairs = [(was.status_of(on), becomes.status_of(on)) for on in sorted(named) if was.knows(on) and becomes.knows(on)]
    return [(before, then) for before, then in pairs if before != then]


def turned(pairs: Iterable[tuple[CalendarDay, CalendarDay]]) -> int:
    """How many of these days are worked now and were not, or the other way round: the others change words only."""
    return sum((before.kind in WORKED) != (then.kind in WORKED) for before, then in pairs)


def order_hash(order: CalendarOrder, was: str, becomes: str, moves: Iterable[tuple[str, ...]]) -> str:
    """What somebody agrees to who confirms a preview: from which calendar to which, and every due date that would move.
    How many steps share a date is left out, so that people who go on working do not make it stale."""
    said = [
        was,
        becomes,
        [[str(one.on), one.kind, one.name, one.basis, one.announced] for one in sorted(order.overrides)],
        sorted(map(str, order.taken_back)),
        order.reason,
        sorted(moves),
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
