"""Units and calendar as they were when a decision was registered: what was planned then is opened, whatever changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from checklists.decisions import MergerDecision
from checklists.units import Level, Unit, UnitKey
from checklists.working_calendar import CalendarDay, DayKind, WorkingCalendar


class FrozenUnits:
    """Units held by value; `as_json` and `from_json` carry them through the database."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units: Mapping[UnitKey, Unit] = {unit.key: unit for unit in units}

    def unit(self, key: UnitKey) -> Unit | None:
        return self._units.get(key)

    def as_json(self) -> list[list[str | None]]:
        return [
            [one.key, one.level.value, one.kind, one.name, one.parent, _text(one.valid_from), _text(one.valid_to)]
            for one in sorted(self._units.values(), key=lambda unit: unit.key)
        ]

    @staticmethod
    def from_json(rows: list[list[Any]]) -> FrozenUnits:
        return FrozenUnits(
            Unit(key, Level(level), kind, name, parent, _day(start), _day(end))
            for key, level, kind, name, parent, start, end in rows
        )


def named_in(decision: MergerDecision) -> set[UnitKey]:
    """Every unit a decision names."""
    rows = decision.successions
    return {row.predecessor for row in rows} | {row.successor for row in rows} | set(decision.central)


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def calendar_as_json(calendar: WorkingCalendar) -> dict[str, Any]:
    """The calendar by value; `calendar_from_json` makes one of the same version."""
    days = [[one.on.isoformat(), one.kind.value, one.name, one.basis, one.announced] for one in calendar.days]
    return {"first_year": calendar.first_year, "last_year": calendar.last_year, "days": days}


def calendar_from_json(plain: dict[str, Any]) -> WorkingCalendar:
    days = tuple(
        CalendarDay(date.fromisoformat(on), DayKind(kind), name, basis, announced)
        for on, kind, name, basis, announced in plain["days"]
    )
    return WorkingCalendar(days, plain["first_year"], plain["last_year"])
