"""When each level of a ladder falls for one step: the first time, the repeats, and what a pause does to them.

ladder + due date + calendar → **timetable** → review. A level falls on its working day; a pause (an acknowledgement, a
stopped clock, a new opening) holds it, and afterwards the climb goes on level by level at the ladder's own distances,
so that nothing climbs at once. Equal facts give equal times, whenever one asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache

from checklists.deadlines import VIETNAM, due_instant, local_date
from checklists.escalation.ladder import Audience, EscalationLadder, LadderLevel
from checklists.working_calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Planned:
    """A level that was planned once: for which due date, whom it told, and the time at which it fell."""

    level: str
    repeat: int
    due_on: date
    to: Audience
    at: datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """A level at one of its times; `repeat` 0 is the first. `missed` repeats before it found nobody at work."""

    level: LadderLevel
    repeat: int
    at: datetime
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Timetable:
    """The ladder of one due date. No level falls before `not_before`; `planned`: what was planned for it so far. From
    `resumed_at` the climb keeps its distances, so that work which is taken up again gets the time it would have."""

    ladder: EscalationLadder
    calendar: WorkingCalendar
    due_on: date
    not_before: datetime
    planned: tuple[Planned, ...] = ()
    resumed_at: datetime | None = None

    def levels(self) -> Iterator[Occasion]:
        """The first time of every level, in order; reminders for which it is too late fall away.

        Raises OutsideCalendar when it comes to a level that falls in a year nobody has entered.
        """
        spoken = self._first_times()
        before: Occasion | None = None
        for level in self.ladder.levels:
            if level.key not in spoken and self._falls_away(level):
                continue
            before = Occasion(level, 0, spoken.get(level.key) or self._time_of(level, before))
            yield before

    def fallen_away(self) -> list[LadderLevel]:
        """Reminders before a due date that was past already when the ladder began (or went on)."""
        spoken = self._first_times()
        return [level for level in self.ladder.levels if level.key not in spoken and self._falls_away(level)]

    def repeats(self, first: Occasion, now: datetime) -> Iterator[Occasion]:
        """Of a repeating level: the latest repeat whose time has come (with the number missed), then the coming one."""
        every = first.level.repeat_every
        if every is None:
            return
        number, last = max(self._spoken(first.level), default=(0, first.at))
        coming = self._held(self._later(last, every, first.level), first.level.at)
        missed = max(0, self.calendar.working_days_between(local_date(coming), local_date(now)) // every)
        if missed and self._later(coming, missed * every, first.level) > now:
            missed -= 1
        latest = self._later(coming, missed * every, first.level) if missed else coming
        yield Occasion(first.level, number + 1 + missed, latest, missed)
        if latest <= now:
            yield Occasion(first.level, number + 2 + missed, self._later(latest, every, first.level))

    def _spoken(self, level: LadderLevel) -> Iterator[tuple[int, datetime]]:
        return ((one.repeat, one.at) for one in self.planned if one.level == level.key)

    def _first_times(self) -> Mapping[str, datetime]:
        ordered = sorted(self.planned, key=lambda one: one.at)
        return {one.level: one.at for one in ordered if one.repeat == 0}

    def _falls_away(self, level: LadderLevel) -> bool:
        return level.offset < 0 and self.not_before > due_instant(self.due_on)

    def _time_of(self, level: LadderLevel, before: Occasion | None) -> datetime:
        own = local_instant(self._day_of(level.offset), level.at)
        if before is not None and level.offset > 0:
            distance = level.offset - max(before.level.offset, 0)
            own = max(own, self._later(before.at, distance, level))
        return self._held(own, level.at)

    def _day_of(self, offset: int) -> date:
        """The level's working day; for a due date that is off, "on the day" is the last working day before it."""
        if offset == 0 and not self.calendar.is_working(self.due_on):
            return self.calendar.add_working_days(self.due_on, -1)
        return self.calendar.add_working_days(self.due_on, offset)

    def _later(self, instant: datetime, count: int, level: LadderLevel) -> datetime:
        """So many working days later, at the level's time of day; counted from the resumption where that came after."""
        start = max(instant, self.resumed_at or instant)
        return local_instant(self.calendar.add_working_days(local_date(start), count), level.at)

    def _held(self, own: datetime, at: time) -> datetime:
        """Its own time, or after a pause the first working day, at the level's time of day if that is still to come."""
        if own >= self.not_before:
            return own
        day = self.calendar.next_working_day(local_date(self.not_before))
        return max(local_instant(day, at), self.not_before)


@lru_cache(maxsize=4096)
def local_instant(day: date, at: time) -> datetime:
    """That time of day in Viet Nam as a UTC instant."""
    return datetime.combine(day, at, VIETNAM).astimezone(UTC)


def of_due_date(planned: Iterable[Planned], due_on: date) -> tuple[Planned, ...]:
    """What was planned for this due date: a moved one starts anew."""
    return tuple(one for one in planned if one.due_on == due_on)
