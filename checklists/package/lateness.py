"""How late something was, in working days: what a package says of a step beside its two dates."""

from __future__ import annotations

from datetime import date

from checklists.working_calendar import WorkingCalendar


def working_days_late(calendar: WorkingCalendar, due_on: date, ended_on: date) -> int | None:
    """0 in time; after the due date at least 1, since a weekend begun is late as well. None where the calendar does not
    know one of the years."""
    if ended_on <= due_on:
        return 0
    if not (calendar.knows(due_on) and calendar.knows(ended_on)):
        return None
    return max(1, calendar.working_days_between(due_on, ended_on))
