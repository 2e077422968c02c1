"""Overrides of the working calendar on record, and calendars kept by their version."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, select

from checklists.calendar_overrides import DayOverride
from checklists.frozen_facts import calendar_as_json, calendar_from_json
from checklists.working_calendar import WorkingCalendar
from db.bulk import insert_if_new, upsert
from db.calendar_models import CalendarDayRow
from db.models import CalendarRow, table_of
from db.statements import Statement

_DAY, _CALENDAR = table_of(CalendarDayRow), table_of(CalendarRow)
_FIELDS = ("kind", "name", "basis", "announced")
_ALL = Statement(lambda _: select(_DAY.c.on_day, *(_DAY.c[name] for name in _FIELDS)).order_by(_DAY.c.on_day))


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """An override with who put it on record, when and why."""

    override: DayOverride
    reason: str
    by: str
    at: datetime


def overrides_on_record(connection: Connection) -> tuple[DayOverride, ...]:
    """By date; asked for each time a plan or a date is counted."""
    return tuple(DayOverride(*row) for row in _ALL.run(connection, {}).rows)


def recorded_days(connection: Connection) -> list[RecordedDay]:
    """By date."""
    rows = connection.execute(select(_DAY).order_by(_DAY.c.on_day)).all()
    return [
        RecordedDay(
            DayOverride(row.on_day, *(getattr(row, name) for name in _FIELDS)),
            row.reason,
            row.recorded_by,
            row.recorded_at,
        )
        for row in rows
    ]


def write_overrides(
    connection: Connection, overrides: Iterable[DayOverride], reason: str, by: str, now: datetime
) -> None:
    """Each in the place of the one that its day had."""
    for one in overrides:
        row = {"on_day": one.on} | {name: getattr(one, name) for name in _FIELDS}
        upsert(connection, _DAY, row | {"reason": reason, "recorded_by": by, "recorded_at": now})


def take_back(connection: Connection, days: Collection[date]) -> None:
    connection.execute(delete(_DAY).where(_DAY.c.on_day.in_(sorted(days))))


def keep_calendar(connection: Connection, calendar: WorkingCalendar) -> None:
    """Kept by its version, for good."""
    content = json.dumps(calendar_as_json(calendar), ensure_ascii=False)
    row = {"version": calendar.version, "content": content}
    connection.execute(insert_if_new(connection, _CALENDAR), row)


def kept_calendars(connection: Connection, versions: Collection[str]) -> dict[str, WorkingCalendar]:
    query = select(_CALENDAR).where(_CALENDAR.c.version.in_(sorted(versions)))
    return {row.version: calendar_from_json(json.loads(row.content)) for row in connection.execute(query)}
