"""The table of units, worst first, and the readiness matrix: fifty rows at a time, with what few rows need beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bangiao.wiring import Wiring
from bangiao.words import word
from db.cockpit import SpokenFor, spoken_for
from db.session import begin_read
from web.committee.board import Seen, Sums, added
from web.committee.cockpit import moment_said, together
from web.committee.filters import LEVELS, STATES, STREAMS, Filters, chips, how_many, state_words

ROWS = 50


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit in the table."""

    key: str
    name: str
    level: str
    sums: Sums
    spoken: SpokenFor


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of many rows: which one, of how many, and how many rows there are."""

    number: int
    of: int
    rows: int


def sheet(rows: int, asked: int) -> Sheet:
    """The page asked for, or the last one."""
    of = max(1, -(-rows // ROWS))
    return Sheet(min(max(1, asked), of), of, rows)


def table_facts(wiring: Wiring, view: Seen, filters: Filters, asked: int) -> dict[str, Any]:
    """The page of the table."""
    found = filters.narrowed(view)
    at = sheet(len(found), asked)
    shown = found[(at.number - 1) * ROWS : at.number * ROWS]
    with begin_read(wiring.engine) as connection:
        spoken = spoken_for(connection, [one.unit.key for one, _sums in shown], wiring.today())
    whole = together(sums for _one, sums in found)
    return offered(view, filters) | {
        "rows": [
            UnitLine(one.unit.key, one.unit.name, one.unit.level, sums, spoken[one.unit.key]) for one, sums in shown
        ],
        "sheet": at,
        "whole": whole,
        "matching": how_many(whole, filters.state) if filters.state else whole.steps,
    }


def offered(view: Seen, filters: Filters) -> dict[str, Any]:
    """What the filters of a table offer, and those in force."""
    return {
        "filters": filters,
        "chips": chips(filters, view.board.units),
        "provinces": [(one.key, one.name) for one in view.provinces],
        "decisions": [(number, number) for number in view.decisions],
        "levels": [(level, word(level)) for level in LEVELS],
        "streams": [(stream, word(stream)) for stream in STREAMS],
        "states": [(state, state_words(state)) for state in STATES],
        "state_said": state_words(filters.state) if filters.state else "",
        "as_of": moment_said(view.at),
    }


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A unit with one cell for each workstream; None: nothing to do there."""

    key: str
    name: str
    cells: list[Sums | None]


def matrix_facts(view: Seen, filters: Filters, asked: int) -> dict[str, Any]:
    """Units of a province × workstreams, in the order of their names."""
    units = sorted((one for one, _sums in filters.narrowed(view)), key=lambda one: (one.unit.sort_key, one.unit.key))
    at = sheet(len(units), asked)
    shown = units[(at.number - 1) * ROWS : at.number * ROWS]
    lines = []
    for one in shown:
        cells = [added(tally for tally in one.tallies if tally.stream == stream) for stream in STREAMS]
        lines.append(MatrixLine(one.unit.key, one.unit.name, [cell if cell.steps else None for cell in cells]))
    return offered(view, filters) | {"rows": lines, "sheet": at}
