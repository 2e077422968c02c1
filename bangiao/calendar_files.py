"""The working calendar of Viet Nam, read from tables; the domain (`checklists.working_calendar`) does the counting.

`data/calendar/days.csv` is made by `scripts/build_calendar.py` from the `holidays` library and our `overrides.csv`:
importing that library costs half a second, reading 60 lines costs nothing one can feel. Where each fact comes from is
in `data/calendar/PROVENANCE.md`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from checklists.errors import BadInput
from checklists.working_calendar import CalendarDay, DayKind, WorkingCalendar

COLUMNS = ("date", "kind", "name", "basis", "status")
FIRST_YEAR, LAST_YEAR = 2024, 2027
ORDINARY = "ordinary"
"""The kind by which an override says: this day is what its weekday says, nothing more."""


class CalendarLineUnreadable(BadInput):
    """{file}, line {line}: {value!r} cannot be used as {column}. Correct the line."""


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One line of a calendar table; `kind` is a DayKind or `ordinary`."""

    on: date
    kind: str
    name: str
    basis: str
    status: str

    def as_row(self) -> tuple[str, ...]:
        return (self.on.isoformat(), self.kind, self.name, self.basis, self.status)


@cache
def vietnam_calendar(own: Path | None = None) -> WorkingCalendar:
    """The calendar in force. `own` is an office's table of days announced after this release; its lines win."""
    text = files("bangiao").joinpath("data", "calendar", "days.csv").read_text(encoding="utf-8")
    lines = read_lines(text, "days.csv")
    if own is not None:
        lines = merged(lines, read_lines(own.read_text(encoding="utf-8-sig"), str(own)))
    return calendar_of(lines)


def calendar_of(lines: Iterable[CalendarLine]) -> WorkingCalendar:
    """The calendar the lines make: the years we ship, and later ones that an office's own table goes on with."""
    days = tuple(
        CalendarDay(line.on, DayKind(line.kind), line.name, line.basis, line.status != "projected") for line in lines
    )
    return WorkingCalendar(days, FIRST_YEAR, max([LAST_YEAR, *(day.on.year for day in days)]))


def merged(base: Iterable[CalendarLine], overrides: Iterable[CalendarLine]) -> tuple[CalendarLine, ...]:
    """`base` with every overridden date replaced; an `ordinary` override takes the date out."""
    by_date = {line.on: line for line in base} | {line.on: line for line in overrides}
    return tuple(line for _, line in sorted(by_date.items()) if line.kind != ORDINARY)


def read_lines(text: str, file: str) -> tuple[CalendarLine, ...]:
    """The lines of a calendar table. Raises CalendarLineUnreadable with file, line and value."""
    reader = csv.DictReader(text.splitlines())
    return tuple(_line(row, file, reader.line_num) for row in reader)


def _line(row: dict[str, str], file: str, number: int) -> CalendarLine:
    values = [row.get(column) or "" for column in COLUMNS]
    on, kind, _, _, status = values
    try:
        day = date.fromisoformat(on)
    except ValueError as error:
        raise CalendarLineUnreadable(file=file, line=number, value=on, column="date") from error
    if kind not in (ORDINARY, DayKind.MAKEUP, DayKind.HOLIDAY, DayKind.COMPENSATORY, DayKind.SWAPPED):
        raise CalendarLineUnreadable(file=file, line=number, value=kind, column="kind")
    if status not in ("verified", "projected"):
        raise CalendarLineUnreadable(file=file, line=number, value=status, column="status")
    return CalendarLine(day, *values[1:])
