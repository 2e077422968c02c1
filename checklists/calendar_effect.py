"""What another working calendar would do to what is open: due dates, levels of ladders, and whose they are.

deadlines as they are and as they would be (`db.revision_calendar`) → **effect** → the preview that somebody confirms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from checklists.deadlines import local_date
from checklists.errors import HandoverError
from checklists.escalation.ladder import EscalationLadder
from checklists.escalation.timetable import Timetable
from checklists.templates import Text
from checklists.working_calendar import WorkingCalendar

_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LevelMove:
    """A level of a decision's ladder that would fall on another day, for so many open steps."""

    number: str
    level: str
    title: Text
    old: date
    new: date
    steps: int


@dataclass(frozen=True, slots=True)
class PlaceMove:
    """Open steps of one place whose due date would move: a province with its units, or one unit."""

    key: str
    name: str
    steps: int
    units: int = 1


@dataclass(frozen=True, slots=True)
class DateMove:
    """Open steps of one key in one decision whose due date would move."""

    number: str
    key: str
    old: date | None
    new: date | None
    steps: int


@dataclass(frozen=True, slots=True)
class CalendarEffect:
    """All that a preview tells. `late`: steps that would be overdue at once; `relieved`: steps that would no longer
    be; `untouched`: opened decisions counted with another calendar of which nothing moves."""

    dates: Sequence[DateMove] = ()
    levels: Sequence[LevelMove] = ()
    provinces: Sequence[PlaceMove] = ()
    units: Sequence[PlaceMove] = ()
    late: int = 0
    relieved: int = 0

    @property
    def steps(self) -> int:
        return sum(one.steps for one in self.dates)

    @property
    def decisions(self) -> list[str]:
        return list(dict.fromkeys(one.number for one in self.dates))

    def spelled(self) -> Iterator[tuple[str, ...]]:
        """Every date that would move, without how many steps share it."""
        return ((one.number, one.key, str(one.old), str(one.new)) for one in self.dates)


def crossing(dates: Iterable[DateMove], today: date) -> tuple[int, int]:
    """How many steps would be overdue at once, and how many would no longer be."""
    late = relieved = 0
    for one in dates:
        was = one.old is not None and one.old < today
        would = one.new is not None and one.new < today
        late += one.steps if would and not was else 0
        relieved += one.steps if was and not would else 0
    return late, relieved


def levels_on(ladder: EscalationLadder, calendar: WorkingCalendar, due_on: date) -> Mapping[str, date]:
    """Level → the day on which it falls first, for a step that nobody has worked on or answered for. Empty where the
    calendar does not reach."""
    try:
        occasions = list(Timetable(ladder, calendar, due_on, _LONG_AGO).levels())
    except HandoverError:
        return {}
    return {one.level.key: local_date(one.at) for one in occasions}
