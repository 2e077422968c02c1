"""How a package writes days, instants and step numbers: one form each, so that equal facts give equal bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime


def instant(value: datetime) -> str:
    """UTC with microseconds, always: `2025-06-20T01:00:00.000000Z`."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def instant_or_none(value: datetime | None) -> str | None:
    return None if value is None else instant(value)


def day(value: date) -> str:
    return value.isoformat()


def day_or_none(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
