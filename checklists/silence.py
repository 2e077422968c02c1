"""Units that owe something and say nothing ("vùng trũng thông tin"): a finding of its own, beside what is overdue.

people's acts on steps → `db.silence` → **silence** → `bangiao status --silent`. A word is any act of a person on a step
of the unit. Who has nothing to do now is not silent; who has never spoken is counted from the day something was owed.
Working days are whole ones that have passed: today is not over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from checklists.deadlines import local_date
from checklists.units import UnitKey
from checklists.working_calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class OwingUnit:
    """A unit with steps that it could work on now. `owes_since`: from when the oldest of them could be worked on."""

    unit: UnitKey
    name: str
    last_word: datetime | None
    owes_since: datetime
    open: int
    overdue: int

    @property
    def quiet_since(self) -> date:
        """The last day on which it spoke, or on which it began to owe something."""
        return local_date(max(self.last_word or self.owes_since, self.owes_since))


@dataclass(frozen=True, slots=True)
class SilentUnit:
    """A finding: so many whole working days without a word."""

    owing: OwingUnit
    working_days: int


def silent_units(owing: Iterable[OwingUnit], days: int, today: date, calendar: WorkingCalendar) -> list[SilentUnit]:
    """Those without a word for `days` working days or more, worst first. Raises OutsideCalendar."""
    first_quiet = calendar.add_working_days(today, -days)
    found = [
        SilentUnit(one, quiet_working_days(one.quiet_since, today, calendar))
        for one in owing
        if one.quiet_since < first_quiet
    ]
    return sorted(found, key=lambda one: (-one.working_days, -one.owing.overdue, -one.owing.open, one.owing.unit))


def quiet_working_days(since: date, today: date, calendar: WorkingCalendar) -> int:
    """Whole working days that have passed after `since` and before `today`."""
    return max(0, calendar.working_days_between(since, today - timedelta(days=1)))
