"""How a person wants to be told: channels in order, send windows by kind of day, quiet hours, language.

db → **preferences** → windows, digests, reachability. Addresses are an administrator's or the person's; what is behind
a kind of channel is configured elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from itertools import pairwise

from checklists.errors import BadInput
from checklists.places import quoted
from checklists.working_calendar import DayKind, WorkingCalendar


class WindowEmpty(BadInput):
    """The send window from {opens} to {closes} is empty. Let it close after it opens, on the same day."""


class WindowsOverlap(BadInput):
    """The send windows from {first} and from {second} overlap. Make one window of them."""


class UnknownDay(BadInput):
    """There are no days called {day}. Send windows are given for: {days}."""


class NeverSends(BadInput):
    """With these windows and quiet hours nothing could ever be sent. Leave at least one window on working days."""


class DayType(StrEnum):
    """Kinds of days, as a person's windows tell them apart. A make-up Saturday is a working day."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OFF_BY_DECREE = frozenset({DayKind.HOLIDAY, DayKind.COMPENSATORY, DayKind.SWAPPED})
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach somebody: the kind (e-mail, chat, …) and their address there."""

    kind: str
    address: str
    enabled: bool = True

    @property
    def works(self) -> bool:
        return self.enabled and bool(self.address.strip())


@dataclass(frozen=True, slots=True, order=True)
class SendWindow:
    """Local times of one day between which messages may leave; `closes` is not in it."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times between which only urgent messages leave; they may run over midnight."""

    starts: time
    ends: time

    def holds(self, moment: time) -> bool:
        if self.starts <= self.ends:
            return self.starts <= moment < self.ends
        return moment >= self.starts or moment < self.ends


OFFICE_HOURS = (SendWindow(time(7, 30), time(11, 30)), SendWindow(time(13, 30), time(17, 30)))
_DEFAULT_WINDOWS: Mapping[str, tuple[SendWindow, ...]] = {DayType.WORKING: OFFICE_HOURS}


@dataclass(frozen=True, slots=True)
class Preference:
    """`windows` by kind of day, or by weekday ("friday", which wins on a day worked or not, but never on a holiday);
    a kind that is not there has none."""

    channels: tuple[Channel, ...] = ()
    windows: Mapping[str, tuple[SendWindow, ...]] = field(default_factory=lambda: _DEFAULT_WINDOWS)
    quiet: QuietHours | None = None
    language: str = "vi"

    def windows_on(self, day: date, calendar: WorkingCalendar) -> tuple[SendWindow, ...]:
        """The windows of that day, in order."""
        kind = day_type(day, calendar)
        by_weekday = None if kind is DayType.HOLIDAY else self.windows.get(_WEEKDAYS[day.weekday()])
        return tuple(sorted(self.windows.get(kind, ()) if by_weekday is None else by_weekday))

    def working_channels(self, failed: Collection[str] = ()) -> tuple[Channel, ...]:
        """The channels to try, in order, without the kinds that have `failed` already."""
        return tuple(one for one in self.channels if one.works and one.kind not in failed)


def day_type(day: date, calendar: WorkingCalendar) -> DayType:
    """What the day is to a send window; a year that the calendar lacks goes by its weekdays."""
    if not calendar.knows(day):
        return DayType.WEEKEND if day.weekday() >= _SATURDAY else DayType.WORKING
    status = calendar.status_of(day)
    if status.works:
        return DayType.WORKING
    return DayType.HOLIDAY if status.kind in _OFF_BY_DECREE else DayType.WEEKEND


def lint_preference(preference: Preference) -> list[BadInput]:
    """What is wrong with somebody's windows, as sentences."""
    known = (*DayType, *_WEEKDAYS)
    unknown = [day for day in preference.windows if day not in known]
    mistakes: list[BadInput] = [UnknownDay(day=quoted(day), days=", ".join(known)) for day in unknown]
    mistakes += [mistake for windows in preference.windows.values() for mistake in _windows(sorted(windows))]
    names = [DayType.WORKING, *_WEEKDAYS[:_SATURDAY]]
    usual = [window for name in names for window in preference.windows.get(name, ())]
    if not any(_leaves_something(window, preference.quiet) for window in usual):
        mistakes.append(NeverSends())
    return mistakes


def _windows(windows: list[SendWindow]) -> Iterator[BadInput]:
    for window in windows:
        if window.closes <= window.opens:
            yield WindowEmpty(opens=f"{window.opens:%H:%M}", closes=f"{window.closes:%H:%M}")
    for first, second in pairwise(windows):
        if second.opens < first.closes:
            yield WindowsOverlap(first=f"{first.opens:%H:%M}", second=f"{second.opens:%H:%M}")


def _leaves_something(window: SendWindow, quiet: QuietHours | None) -> bool:
    """Whether the window has a moment that is not quiet: its opening, or the end of the quiet hours."""
    moments = [window.opens] if quiet is None else [window.opens, quiet.ends]
    return any(window.opens <= one < window.closes and not (quiet and quiet.holds(one)) for one in moments)
