"""A day as three fields, dd / mm / yyyy: no widget of the browser, which would show the month first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from checklists.errors import BadInput

PARTS = ("d", "m", "y")
_DIGITS = 4


class NotADay(BadInput):
    """“{text}” is not a day. Write it as day, month and year, for example 01 / 07 / 2025."""


def parts_of(value: date | None) -> dict[str, str]:
    """What stands in the three fields for a day."""
    return (
        {"d": f"{value.day:02d}", "m": f"{value.month:02d}", "y": f"{value.year}"}
        if value
        else dict.fromkeys(PARTS, "")
    )


def typed(form: Mapping[str, Any], name: str) -> dict[str, str]:
    """What somebody typed into the three fields, as it was typed."""
    return {part: str(form.get(f"{name}-{part}", "")).strip() for part in PARTS}


def day_in(form: Mapping[str, Any], name: str) -> date | None:
    """The day in the fields NAME-d, NAME-m and NAME-y; None when all are empty. Raises NotADay."""
    said = typed(form, name)
    if not any(said.values()):
        return None
    text = "/".join(said[part] for part in PARTS)
    if not all(one.isascii() and one.isdigit() and len(one) <= _DIGITS for one in said.values()):
        raise NotADay(text=text[:20])
    try:
        return date(int(said["y"]), int(said["m"]), int(said["d"]))
    except ValueError as error:
        raise NotADay(text=text) from error
