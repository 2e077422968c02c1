"""What a unit's page shows: its steps by kind of work, late ones first, and what each waits for and from
whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from bangiao.calendar_in_force import calendar_on
from bangiao.i18n import language_in_force
from bangiao.minutes import listed
from bangiao.wiring import Wiring
from checklists.steps import OPEN, StepState
from checklists.units import UnitKey
from checklists.working_calendar import WorkingCalendar
from db.queries import ChecklistSheet, sheets_of
from db.register import SqlRegister
from db.session import begin_read
from db.step_surroundings import NearStep, StepTakenOver, facing_units, moved_away, needed_by_steps, taken_over
from web.lead.rows import standing
from web.lead.step_facts import title_of

_SHOWN = 3
"""Steps that a row names of those it waits for; how many more there are is said."""


class Now(NamedTuple):
    """By what is counted how many days are left."""

    today: date
    calendar: WorkingCalendar


def unit_facts(wiring: Wiring, key: str, *, everything: bool) -> dict[str, Any]:
    """The page of a unit; `everything`: settled steps, too."""
    with begin_read(wiring.engine) as connection:
        unit = SqlRegister(connection, wiring.today()).unit(UnitKey(key))
        if unit is None:
            raise HTTPException(404)
        sheets, over = sheets_of(connection, key), taken_over(connection, key)
        moved = moved_away(connection, [sheet.id for sheet in sheets])
        waiting = [line.id for sheet in sheets for line in sheet.steps if line.open_needs]
        waiting += [one.id for one in over if one.open_needs]
        waits = _waits(connection, wiring, needed_by_steps(connection, waiting, only_open=True), key)
        now = Now(wiring.today(), calendar_on(connection))
        rows = [row for sheet in sheets for row in _rows(sheet, now, waits, moved)]
        facing = facing_units(connection, key)
        held = [
            _held(title_of(connection, wiring, one.template_hash, one.key), now, one, waits)
            for one in over
            if one.state != StepState.CANCELLED
        ]
    mine = [row for row in (*rows, *held) if not row["moved"]]
    late = [row for row in mine if row["standing"].late]
    shown = [row for row in rows if everything or (row["open"] and row not in late)]
    return {
        "unit": unit,
        "groups": [(title, sorted(of, key=_first)) for title, of in groupby(shown, key=lambda row: row["sheet"])],
        "late": sorted(late, key=lambda row: row["due_on"]),
        "held": [(name, list(of)) for name, of in groupby(held, key=lambda row: row["origin"])],
        "steps": len(mine),
        "settled": sum(1 for row in mine if not row["open"]),
        "to_verify": [row for row in mine if row["state"] is StepState.SUBMITTED],
        "everything": everything,
        "gives_to": [one.name for one in facing if one.takes],
        "takes_from": [one.name for one in facing if not one.takes],
        "minutes": listed(wiring, unit=key),
    }


def _first(row: dict[str, Any]) -> tuple[bool, bool, date]:
    """What can be done now stands before what waits and what is done, each by its date."""
    return row["state"] is StepState.WAITING or not row["open"], row["due_on"] is None, row["due_on"] or date.max


def _rows(
    sheet: ChecklistSheet, now: Now, waits: Mapping[int, list[str]], moved: Mapping[int, str]
) -> Iterable[dict[str, Any]]:
    language = language_in_force()
    group = (sheet.id, getattr(sheet.template.title, language), sheet.decision)
    for line in sheet.steps:
        if line.state != StepState.CANCELLED:
            title = getattr(sheet.by_key[line.key].title, language)
            yield _row(now, line, title, waits) | {
                "counterpart": line.counterpart_name,
                "moved": moved.get(line.id, ""),
                "sheet": group,
            }


def _held(title: str, now: Now, one: StepTakenOver, waits: Mapping[int, list[str]]) -> dict[str, Any]:
    return _row(now, one, title, waits) | {
        "counterpart": one.counterpart,
        "moved": "",
        "origin": (one.origin, one.origin_name, one.decision),
    }


def _row(now: Now, line: Any, title: str, waits: Mapping[int, list[str]]) -> dict[str, Any]:
    state = StepState(line.state)
    named = waits.get(line.id, [])
    return {
        "id": line.id,
        "title": title,
        "state": state,
        "open": state in OPEN,
        "due_on": line.due_on,
        "standing": standing(state, line.due_on, now.today, now.calendar),
        "waits": named[:_SHOWN],
        "more_waits": max(len(named) - _SHOWN, 0),
    }


def _waits(connection: Connection, wiring: Wiring, near: Iterable[NearStep], unit: str) -> dict[int, list[str]]:
    """For each step, what it waits for as words: a step of the unit itself by its title, another's also by its unit."""
    found: dict[int, list[str]] = {}
    for one in near:
        title = title_of(connection, wiring, one.template_hash, one.key)
        found.setdefault(one.of, []).append(title if one.unit == unit else f"{one.unit_name}: {title}")
    return found
