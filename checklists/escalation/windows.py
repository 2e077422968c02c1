"""When a message may leave: the next moment inside a person's send windows and outside their quiet hours.

preferences + calendar → **windows** → digests. All that is meant for one person in one window leaves as one digest;
urgent messages break windows and quiet hours, and are gathered for ten minutes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from checklists.deadlines import VIETNAM, local_date
from checklists.escalation.ids import digest_key
from checklists.escalation.preferences import Preference, QuietHours
from checklists.escalation.timetable import local_instant
from checklists.working_calendar import WorkingCalendar

URGENT_GATHERED = timedelta(minutes=10)
"""Urgent messages of one person within this time leave as one."""

GATHERED = timedelta(seconds=30)
"""How long a digest waits for what is planned in the same breath."""

_DAYS_AHEAD = 60


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """One window on one day, as instants; `closes` is not in it. `leaves_at`: the first permitted moment asked for."""

    opens: datetime
    closes: datetime
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The digest that a message joins, and when that digest leaves."""

    key: str
    window_start: datetime
    send_at: datetime


def send_at(now: datetime, preference: Preference, calendar: WorkingCalendar, urgent: bool = False) -> datetime:
    """The first moment from `now` on at which a message may leave."""
    return open_window(now, preference, calendar, urgent).leaves_at


def open_window(now: datetime, preference: Preference, calendar: WorkingCalendar, urgent: bool = False) -> OpenWindow:
    """The window in which a message of `now` leaves. Somebody whose windows never open is told at once: a mistake in
    settings must not silence anybody."""
    if urgent:
        return _ten_minutes(now)
    return next(_windows_from(now, preference, calendar), None) or _ten_minutes(now)


def dispatch(
    person: str,
    now: datetime,
    preference: Preference,
    calendar: WorkingCalendar,
    urgent: bool = False,
    left: Collection[str] = (),
) -> Dispatch:
    """The digest for a message planned `now`. `left`: keys of digests that have left: later ones wait for the next."""
    asked = now
    while True:
        window = open_window(asked, preference, calendar, urgent)
        key = digest_key(person, window.opens)
        if key not in left:
            gathered = max(window.leaves_at, now.astimezone(UTC) + GATHERED)
            still_open = open_window(gathered, preference, calendar, urgent) == replace(window, leaves_at=gathered)
            return Dispatch(key, window.opens, gathered if still_open else window.leaves_at)
        asked = window.closes


def _ten_minutes(now: datetime) -> OpenWindow:
    utc = now.astimezone(UTC)
    opens = utc - (utc - datetime.min.replace(tzinfo=UTC)) % URGENT_GATHERED
    return OpenWindow(opens, opens + URGENT_GATHERED, utc)


def _windows_from(now: datetime, preference: Preference, calendar: WorkingCalendar) -> Iterator[OpenWindow]:
    today = local_date(now)
    for day in (today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD)):
        for window in preference.windows_on(day, calendar):
            opens, closes = local_instant(day, window.opens), local_instant(day, window.closes)
            leaves_at = after_quiet(max(opens, now.astimezone(UTC)), preference.quiet)
            if leaves_at < closes:
                yield OpenWindow(opens, closes, leaves_at)


def after_quiet(instant: datetime, quiet: QuietHours | None) -> datetime:
    """That moment, or the end of the quiet hours it falls in."""
    local = instant.astimezone(VIETNAM)
    if quiet is None or not quiet.holds(local.time()):
        return instant
    day = local.date() if local.time() < quiet.ends else local.date() + timedelta(days=1)
    return local_instant(day, quiet.ends)
