"""Counting a term: from a start and a rule to its last day, and to the day it is due.

The words for it are in `checklists.deadline_words`; `checklists.deadlines` puts both together.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from checklists.errors import BadInput
from checklists.templates import DeadlineRule
from checklists.working_calendar import WorkingCalendar


class TermTooLong(BadInput):
    """{offset} days from {start} is no date of the calendar. Correct the date or the number of days."""


class Term(NamedTuple):
    """A counted term: its last day, and the day it is due (later, if the last day is a day off)."""

    start: date
    last: date
    due: date
    provisional_years: tuple[int, ...] = ()


def count_term(rule: DeadlineRule, start: date, calendar: WorkingCalendar) -> Term:
    """The term of `rule` from `start`. Only a counted forward term rolls; a day named outright (offset 0) stays.

    Raises OutsideCalendar or TermTooLong where it would need days that nobody has entered.
    """
    if rule.offset == 0:
        return Term(start, start, start)
    if rule.unit == "working":
        due = calendar.add_working_days(start, rule.offset, rule.first_day)
        return Term(start, due, due, _provisional_years(calendar, start, due))
    last = _plus_days(start, rule)
    if rule.offset < 0 or rule.roll == "none":
        return Term(start, last, last)
    due = calendar.next_working_day(last)
    return Term(start, last, due, _provisional_years(calendar, last, due))


def _plus_days(start: date, rule: DeadlineRule) -> date:
    first_counts = (1 if rule.offset > 0 else -1) if rule.first_day == "include" else 0
    try:
        return start + timedelta(days=rule.offset - first_counts)
    except OverflowError as error:
        raise TermTooLong(offset=rule.offset, start=start) from error


def _provisional_years(calendar: WorkingCalendar, one: date, other: date) -> tuple[int, ...]:
    years = range(min(one.year, other.year), max(one.year, other.year) + 1)
    return tuple(year for year in years if year in calendar.provisional_years)
