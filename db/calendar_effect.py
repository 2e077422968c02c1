"""What another working calendar would do to what is open, read from the record: SELECT only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, func, select

from checklists.calendar_effect import CalendarEffect, DateMove, LevelMove, PlaceMove, crossing, levels_on
from checklists.escalation.ladder import DEFAULT_LADDER, EscalationLadder
from checklists.steps import OPEN
from checklists.working_calendar import WorkingCalendar
from db.bulk import in_parts
from db.calendars import kept_calendars
from db.cockpit import PlacedUnit, heirs_of_provinces, placed_units
from db.ladders import ladders_fixed
from db.models import ChecklistRow, StepRow
from db.revision_calendar import CountedDeadline, counted_deadlines

_OPEN = sorted(one.value for one in OPEN)


def calendar_effect(connection: Connection, calendar: WorkingCalendar, today: date) -> CalendarEffect:
    """Were this calendar applied to every opened decision."""
    counted = counted_deadlines(connection, calendar)
    dates = _dates(counted)
    units = _units(connection, {one.deadline_id for one in counted if one.moves})
    places = placed_units(connection) if units else {}
    listed = [PlaceMove(key, places[key].name, steps) for key, steps in units.most_common()]
    late, relieved = crossing(dates, today)
    provinces = _provinces(units, places, heirs_of_provinces(connection) if units else {})
    return CalendarEffect(dates, _levels(connection, counted, calendar, today), provinces, listed, late, relieved)


def _dates(counted: Sequence[CountedDeadline]) -> list[DateMove]:
    steps: Counter[tuple[str, str, date | None, date | None]] = Counter()
    for one in counted:
        if one.moves:
            steps[one.number, one.key, one.old, one.new] += one.steps
    return [DateMove(*key, count) for key, count in steps.items()]


def _units(connection: Connection, deadlines: Collection[int]) -> Counter[str]:
    """Unit → its open steps with one of these deadlines."""
    found: Counter[str] = Counter()
    for part in in_parts(sorted(deadlines)):
        query = (
            select(ChecklistRow.unit, func.count())
            .join(StepRow, StepRow.checklist_id == ChecklistRow.id)
            .where(StepRow.deadline_id.in_(part), StepRow.state.in_(_OPEN), StepRow.occurrence == 1)
            .group_by(ChecklistRow.unit)
        )
        for unit, steps in connection.execute(query):
            found[unit] += steps
    return found


def _provinces(units: Mapping[str, int], places: Mapping[str, PlacedUnit], heirs: Mapping[str, str]) -> list[PlaceMove]:
    """Those of today, with the units of the provinces that they took over; most steps first."""
    steps: Counter[str] = Counter()
    members: Counter[str] = Counter()
    for unit, count in units.items():
        province = _province_of(unit, places, heirs)
        steps[province] += count
        members[province] += 1
    return [PlaceMove(one, places[one].name, count, members[one]) for one, count in steps.most_common()]


def _province_of(unit: str, places: Mapping[str, PlacedUnit], heirs: Mapping[str, str]) -> str:
    at = unit
    while (above := places[at].parent) and above in places:
        at = above
    return heirs.get(at, at)


def _levels(
    connection: Connection, counted: Sequence[CountedDeadline], calendar: WorkingCalendar, today: date
) -> list[LevelMove]:
    """Levels that are still to come, on either calendar; also of due dates that stay where they are."""
    ladders = ladders_fixed(connection)
    kept = kept_calendars(connection, {one.calendar_version for one in counted})
    found: Counter[tuple[str, str, date, date]] = Counter()
    titles = {}
    for one in counted:
        ladder = ladders.get((one.decision_id, one.template), DEFAULT_LADDER)
        for level, was, then in _changes(one, ladder, kept[one.calendar_version], calendar):
            if max(was, then) >= today:
                found[one.number, level, was, then] += one.steps
                titles[level] = next(each.title for each in ladder.levels if each.key == level)
    ordered = sorted(found.items(), key=lambda item: (item[0][2], item[0]))
    return [LevelMove(number, level, titles[level], was, then, steps) for (number, level, was, then), steps in ordered]


def _changes(
    one: CountedDeadline, ladder: EscalationLadder, was: WorkingCalendar, becomes: WorkingCalendar
) -> list[tuple[str, date, date]]:
    if one.old is None or one.new is None:
        return []
    before, then = levels_on(ladder, was, one.old), levels_on(ladder, becomes, one.new)
    return [(level, day, then[level]) for level, day in before.items() if level in then and then[level] != day]
