"""Duties that come back: the due dates of a recurring step between two days.

The first occurrence is the step's own deadline; the others follow from it, so that the same template always gives the
same dates whoever asks and when.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from checklists.errors import BadInput
from checklists.templates import Anchor, Recurrence


class PeriodStandsStill(BadInput):
    """A duty cannot come back every {period}. Write a period of at least one day, e.g. P7D or P1M."""


def occurrences(first_due: date, recurrence: Recurrence, anchors: Mapping[Anchor, date], until: date) -> Iterator[date]:
    """The due dates from `first_due` to `until` (included), or to the day `recurrence.until` if that comes first.

    In the last `closing_days` days up to and with that day they come every `closing_every` instead. Days off do not
    move them: a daily duty is daily. Months and years count from `first_due` (31/01, 28/02, 31/03).
    """
    end = anchors.get(recurrence.until) if recurrence.until else None
    last = min(until, end) if end else until
    closing = closing_start(first_due, recurrence, end)
    if closing is None:
        yield from _every(recurrence.every, first_due, last)
        return
    yield from _every(recurrence.every, first_due, min(last, closing - timedelta(days=1)))
    yield from _every(recurrence.closing_every or recurrence.every, closing, last)


def next_due(first_due: date, after: date, recurrence: Recurrence, anchors: Mapping[Anchor, date]) -> date | None:
    """The first due date later than `after`; None where the duty has ended by then."""
    return next((day for day in occurrences(first_due, recurrence, anchors, date.max) if day > after), None)


def closing_start(first_due: date, recurrence: Recurrence, end: date | None) -> date | None:
    """The day from which the duty comes at the pace of its last days; None where it keeps one pace."""
    if end is None or recurrence.closing_days is None or recurrence.closing_every is None:
        return None
    return max(first_due, end - timedelta(days=recurrence.closing_days - 1))


def _every(period: str, start: date, last: date) -> Iterator[date]:
    count, nth = int(period[1:-1]), _STEPS[period[-1]]
    if count < 1:
        raise PeriodStandsStill(period=period)
    times = 0
    while (day := nth(start, times * count)) <= last:
        yield day
        times += 1


def _plus_months(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


_STEPS: Mapping[str, Callable[[date, int], date]] = {
    "D": lambda start, count: start + timedelta(days=count),
    "W": lambda start, count: start + timedelta(weeks=count),
    "M": _plus_months,
    "Y": lambda start, count: _plus_months(start, count * 12),
}
