"""What an auditor asks for. All filters together narrow; none at all is the whole record."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

ABOUT_PACKAGES = "package."
"""How the types of events begin that tell of packages themselves: they are part of none."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`decision` is a number, `province` and `unit` are unit keys, `person` an account (everything they did, that was
    done in their name, or that was sent to them), `since` and `until` local days, both included, of what happened;
    `states` and `overdue` narrow the steps. A unit's scope is what its checklists hold and what it holds today.
    """

    decision: str | None = None
    province: str | None = None
    unit: str | None = None
    person: str | None = None
    since: date | None = None
    until: date | None = None
    states: tuple[str, ...] = ()
    overdue: bool = False

    def filters(self) -> dict[str, Any]:
        """Only what was asked for, as JSON values in a settled order."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _plain(value) for name, value in given.items() if value}


def _plain(value: object) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, tuple) else value
