"""Succession of work: to whom the open steps of a dissolved unit go, and on which ground.

decision → who ended, and who follows → **rules** → moves, and what could not move → `db.succession_of_work`. Settled
steps never move. A successor that has ended itself is followed on to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from checklists.decisions import MergerDecision
from checklists.messages import Message
from checklists.participants import UnitSource
from checklists.units import Level, UnitKey

_CLIMB = 8
"""Steps from a unit up to its province, at most; more is a register with a circle in it."""


class Ground(StrEnum):
    """Why a step goes where it goes."""

    SOLE_SUCCESSOR = "sole_successor"
    COUNTERPART = "counterpart"
    TWO_OR_MORE = "two_or_more_successors"
    PROVINCE_ABOVE = "province_above"


class Hindrance(StrEnum):
    """Why a step could not move."""

    NOBODY = "nobody"
    SEVERAL_PROVINCES = "several_provinces"
    CIRCLE = "circle"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a unit ended: from when on it is gone, who took it over, and the province its decision is about."""

    since: date
    successors: tuple[UnitKey, ...] = ()
    province: UnitKey | None = None


Endings = Callable[[UnitKey], Ending | None]
"""How a unit ended; None for one that stands."""


class OwedStep(NamedTuple):
    """An open step; `holder` owes it today, `counterpart` is the unit it was made for, or empty."""

    id: int
    holder: UnitKey
    counterpart: str


class Destination(NamedTuple):
    """Where a step goes; `via` are the units passed on the way that have ended themselves."""

    unit: UnitKey
    ground: Ground
    since: date
    via: tuple[UnitKey, ...]


class _Case(NamedTuple):
    """What the rules look at: a unit that ended, and the counterpart of one of its steps."""

    unit: UnitKey
    ending: Ending
    counterpart: str
    units: UnitSource


def _the_only_one(case: _Case) -> UnitKey | None:
    return case.ending.successors[0] if len(case.ending.successors) == 1 else None


def _the_one_it_names(case: _Case) -> UnitKey | None:
    return next((one for one in case.ending.successors if one == case.counterpart), None)


def _province_above_successors(case: _Case) -> UnitKey | None:
    if len(case.ending.successors) < 2:
        return None
    if case.ending.province and case.ending.province not in case.ending.successors:
        return case.ending.province
    above = {province_above(one, case.units) for one in case.ending.successors}
    return above.pop() if len(above) == 1 else None


def _province_above_unit(case: _Case) -> UnitKey | None:
    return province_above(case.unit, case.units)


RULES: tuple[tuple[Ground, Callable[[_Case], UnitKey | None]], ...] = (
    (Ground.SOLE_SUCCESSOR, _the_only_one),
    (Ground.COUNTERPART, _the_one_it_names),
    (Ground.TWO_OR_MORE, _province_above_successors),
    (Ground.PROVINCE_ABOVE, _province_above_unit),
)
"""The first rule that names a unit decides: the one that took over whole; of a split unit, the successor that the step
was made for; the province above two or more successors (Law 72/2025/QH15, art. 54.8: what touches two or more new
communes goes to the provincial chairperson); and where all this names nobody, the province the unit lay in."""


def ground_words(ground: Ground) -> Message:
    """The ground as people read it."""
    return _GROUNDS[ground]


def hindrance_words(hindrance: Hindrance) -> Message:
    """Why a step could not move, as people read it."""
    return _HINDRANCES[hindrance]


_GROUNDS = {
    Ground.SOLE_SUCCESSOR: Message("one unit takes over the whole"),
    Ground.COUNTERPART: Message("the step names the unit that takes over"),
    Ground.TWO_OR_MORE: Message("two or more successors: provincial level (Law 72/2025/QH15, art. 54.8)"),
    Ground.PROVINCE_ABOVE: Message("no unit can be named that takes over: the province above"),
}

_HINDRANCES = {
    Hindrance.NOBODY: Message("nobody took the unit over, and no province stands above it"),
    Hindrance.SEVERAL_PROVINCES: Message("its successors have no province in common, and none stands above it"),
    Hindrance.CIRCLE: Message("the successions lead back to the unit itself"),
}


def endings_by(decision: MergerDecision) -> dict[UnitKey, Ending]:
    """The units that a decision ends, by its own map."""
    successors: dict[UnitKey, list[UnitKey]] = {}
    for row in sorted(decision.successions, key=lambda row: (row.predecessor, row.successor)):
        successors.setdefault(row.predecessor, []).append(row.successor)
    since, province = decision.operational, decision.province
    return {unit: Ending(since, tuple(following), province) for unit, following in successors.items()}


def province_above(unit: UnitKey, units: UnitSource) -> UnitKey | None:
    """The province that a unit below that level lies in; None for a province or a ministry."""
    known = units.unit(unit)
    for _ in range(_CLIMB):
        if known is None or known.parent is None:
            return None
        known = units.unit(known.parent)
        if known and known.level is Level.PROVINCE:
            return known.key
    return None


def destination(unit: UnitKey, counterpart: str, endings: Endings, units: UnitSource) -> Destination | Hindrance:
    """Follow the rules from a unit that ended to one that stands. The ground is that of the last choice on the way: a
    sole successor leaves none."""
    ground, since, passed = Ground.SOLE_SUCCESSOR, date.min, []
    while (ending := endings(unit)) is not None:
        if unit in passed:
            return Hindrance.CIRCLE
        passed.append(unit)
        ruled = _ruled(_Case(unit, ending, counterpart, units))
        if ruled is None:
            return Hindrance.SEVERAL_PROVINCES if ending.successors else Hindrance.NOBODY
        unit = ruled[1]
        ground = ground if ruled[0] is Ground.SOLE_SUCCESSOR else ruled[0]
        since = max(since, ending.since)
    return Destination(unit, ground, since, tuple(passed[1:]))


def _ruled(case: _Case) -> tuple[Ground, UnitKey] | None:
    named = ((ground, rule(case)) for ground, rule in RULES)
    return next(((ground, unit) for ground, unit in named if unit is not None and unit != case.unit), None)


@dataclass(frozen=True, slots=True)
class Move:
    """Steps that go from one unit to another on one ground."""

    giving: UnitKey
    to: Destination
    steps: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stay:
    """Steps of a unit that ended, which nobody can be found for; they stay where they are, and are reported."""

    unit: UnitKey
    hindrance: Hindrance
    steps: list[int] = field(default_factory=list)


class Division(NamedTuple):
    """What becomes of the open steps of units that ended."""

    moves: tuple[Move, ...]
    stays: tuple[Stay, ...]

    @property
    def moved(self) -> int:
        return sum(len(one.steps) for one in self.moves)

    @property
    def givers(self) -> int:
        return len({one.giving for one in self.moves})

    @property
    def receivers(self) -> int:
        return len({one.to.unit for one in self.moves})

    @property
    def stayed(self) -> int:
        return sum(len(one.steps) for one in self.stays)


def divide(steps: Iterable[OwedStep], endings: Endings, units: UnitSource) -> Division:
    """Each open step to its new holder; steps whose holder stands are left alone. In order of units."""
    groups = _Groups(endings, units)
    for step, holder, counterpart in steps:
        if (group := groups.of(holder, counterpart)) is not None:
            group.steps.append(step)
    moves, stays = groups.moves, groups.stays
    return Division(tuple(moves[key] for key in sorted(moves)), tuple(stays[key] for key in sorted(stays)))


class _Groups:
    """What goes together; the rules are asked once for each unit and counterpart."""

    def __init__(self, endings: Endings, units: UnitSource) -> None:
        self._endings = endings
        self._units = units
        self._known: dict[tuple[UnitKey, str], Move | Stay | None] = {}
        self.moves: dict[tuple[UnitKey, Destination], Move] = {}
        self.stays: dict[tuple[UnitKey, Hindrance], Stay] = {}

    def of(self, holder: UnitKey, counterpart: str) -> Move | Stay | None:
        key = holder, counterpart
        if key not in self._known:
            self._known[key] = self._made(holder, counterpart) if self._endings(holder) else None
        return self._known[key]

    def _made(self, holder: UnitKey, counterpart: str) -> Move | Stay:
        found = destination(holder, counterpart, self._endings, self._units)
        if isinstance(found, Hindrance):
            return self.stays.setdefault((holder, found), Stay(holder, found))
        return self.moves.setdefault((holder, found), Move(holder, found))
