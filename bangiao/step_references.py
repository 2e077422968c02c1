"""How people name a step: by its number, or by unit and key.

`old:00004/DAT-05/giao` is a unit's step; `@new:00004` says for which successor where there is one for each, `#2` which
time it is of a duty that comes back (without it: the latest that is there). A decision narrows it where a unit takes
part in several.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from checklists.errors import BadInput
from checklists.places import quoted
from checklists.step_handlers import NoStepFor, UnknownStep
from db.reach import roles_over
from db.step_queries import steps_named

_FORM = re.compile(
    r"(?P<unit>[^/\s]+:[^/\s]+)/(?P<key>[^@#\s]+)(@(?P<counterpart>[^#\s]+))?(#(?P<occurrence>[1-9]\d*))?"
)

_SHOWN = 5
_LARGEST = 18
"""Digits of a number that every database holds; no step has a longer one."""


class NotAStep(BadInput):
    """ "{text}" does not name a step. Give its number, or UNIT/KEY, for example old:00004/DAT-05/giao"""


class StepUnclear(BadInput):
    """ "{text}" may be {count} steps: {which}. Name one of them by its number."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, on which day: a step they may not see is to them none that there is."""

    people: Collection[str]
    day: date

    def sees(self, connection: Connection, unit: str) -> bool:
        return any(roles_over(connection, one, unit, self.day) for one in self.people)

    def has_none(self, text: str) -> NoStepFor:
        return NoStepFor(step=text, person=min(self.people))


def resolve(connection: Connection, text: str, decision: str | None = None, reader: Reader | None = None) -> int:
    """The number of the step that `text` names, of those that `reader` may see (None: an operator); a number given as
    such is looked at by whoever acts on it. Raises NotAStep, UnknownStep, StepUnclear."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        if len(text) > _LARGEST:
            raise UnknownStep(step=quoted(text))
        return int(text)
    form = _FORM.fullmatch(text)
    if form is None:
        raise NotAStep(text=quoted(text))
    if len(form["occurrence"] or "") > _LARGEST:
        raise UnknownStep(step=quoted(text))
    occurrence = int(form["occurrence"]) if form["occurrence"] else None
    found = steps_named(connection, form["unit"], form["key"], form["counterpart"] or "", occurrence, decision)
    if reader:
        found = [one for one in found if reader.sees(connection, one[3])]
    latest = {(number, counterpart): step for step, number, counterpart, _holder in found}
    if not latest:
        raise reader.has_none(quoted(text)) if reader else UnknownStep(step=quoted(text))
    if len(latest) > 1:
        named = [f"{step} ({number}{f', @{other}' if other else ''})" for (number, other), step in latest.items()]
        shown = ", ".join(named[:_SHOWN]) + (" …" if len(named) > _SHOWN else "")
        raise StepUnclear(text=quoted(text), count=len(latest), which=shown)
    return next(iter(latest.values()))


def reference(unit: str, key: str, counterpart: str = "", occurrence: int = 1) -> str:
    """The step's name as people may type it."""
    return f"{unit}/{key}{f'@{counterpart}' if counterpart else ''}{f'#{occurrence}' if occurrence > 1 else ''}"
