"""The working calendar in force: what the release ships, and over it the days that an administrator put on record.

release (`bangiao.calendar_files`) + overrides (`db.calendars`) → **here** → plans, reviews, pages.
"""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Connection

from bangiao.calendar_files import vietnam_calendar
from checklists.calendar_overrides import DayOverride, overridden
from checklists.working_calendar import WorkingCalendar
from db.calendars import overrides_on_record


def calendar_on(connection: Connection) -> WorkingCalendar:
    """As this transaction sees it."""
    return _with(overrides_on_record(connection))


@lru_cache(maxsize=8)
def _with(overrides: tuple[DayOverride, ...]) -> WorkingCalendar:
    return overridden(vietnam_calendar(), overrides)
