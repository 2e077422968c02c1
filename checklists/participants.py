"""Who is concerned by a decision: the units, their roles, whom they face, and the facts that conditions may ask.

A predecessor hands over and ends; a successor takes over. An unchanged unit stands twice in the register (old and new
record of the same office): it takes part once, under its new record, and faces only the districts whose duties it takes
over. A ministry takes part on its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from checklists.decisions import MergerDecision
from checklists.units import Level, Relation, Succession, Unit, UnitKey

UNCHANGED_BASIS = "unchanged"
_LEVEL_ORDER = {level: place for place, level in enumerate(Level)}


class Role(StrEnum):
    """What a unit does in a decision."""

    PREDECESSOR = "predecessor"
    SUCCESSOR = "successor"
    UNCHANGED = "unchanged"
    CENTRAL = "central"


Facts = Mapping[str, Mapping[str, object]]


class UnitSource(Protocol):
    """Where units come from; a decision's own frozen facts, or the register."""

    def unit(self, key: UnitKey) -> Unit | None: ...


@dataclass(frozen=True, slots=True)
class Participant:
    """One unit in its role. `predecessors`/`successors` are those it faces, in register order."""

    ordinal: int
    unit: Unit
    role: Role
    predecessors: tuple[UnitKey, ...]
    successors: tuple[UnitKey, ...]
    facts: Facts = field(repr=False)
    profile: tuple[object, ...] = field(repr=False)


def participants(decision: MergerDecision, units: UnitSource) -> list[Participant]:
    """The units concerned, ministries first, then by level and key: the order of checklists and chunks.

    The decision must have been found free of mistakes (`decision_rules`); a missing unit is a KeyError here.
    """
    faced = _Faced(decision.successions, units)
    roles = dict(faced.roles())
    roles.update(dict.fromkeys(decision.central, Role.CENTRAL))
    concerned = sorted((_known(units, key) for key in roles), key=lambda unit: (_LEVEL_ORDER[unit.level], unit.key))
    days = (decision.operational - decision.issued).days
    decided: dict[str, object] = {"level": decision.level, "days_to_operational": days}
    return [_participant(place, unit, roles[unit.key], faced, decided) for place, unit in enumerate(concerned)]


def _known(units: UnitSource, key: UnitKey) -> Unit:
    unit = units.unit(key)
    if unit is None:
        raise KeyError(key)
    return unit


class _Faced:
    """The succession map of one decision, read from both sides."""

    def __init__(self, rows: Iterable[Succession], units: UnitSource) -> None:
        self.units = units
        self.onward: dict[UnitKey, list[Succession]] = defaultdict(list)
        self.backward: dict[UnitKey, list[Succession]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row.predecessor, row.successor)):
            self.onward[row.predecessor].append(row)
            self.backward[row.successor].append(row)

    def level(self, key: UnitKey) -> Level:
        return _known(self.units, key).level

    def is_unchanged(self, successor: UnitKey) -> bool:
        own = [row for row in self.backward[successor] if self.level(row.predecessor) == self.level(successor)]
        return len(own) == 1 and own[0].basis == UNCHANGED_BASIS and own[0].relation is Relation.WHOLE

    def roles(self) -> Iterable[tuple[UnitKey, Role]]:
        for key in self.backward:
            yield key, Role.UNCHANGED if self.is_unchanged(key) else Role.SUCCESSOR
        for key, rows in self.onward.items():
            if not (len(rows) == 1 and rows[0].basis == UNCHANGED_BASIS and self.is_unchanged(rows[0].successor)):
                yield key, Role.PREDECESSOR


def _participant(ordinal: int, unit: Unit, role: Role, faced: _Faced, decided: dict[str, object]) -> Participant:
    onward, backward = faced.onward.get(unit.key, []), faced.backward.get(unit.key, [])
    if role is Role.UNCHANGED:
        backward = [row for row in backward if row.basis != UNCHANGED_BASIS]
    own_level = [row for row in backward if faced.level(row.predecessor) == unit.level]
    facts: Facts = {
        "unit": {"level": unit.level.value, "kind": unit.kind, "role": role.value, "generation": unit.generation},
        "succession": {
            "predecessors": len(own_level),
            "successors": len(onward),
            "split": len(onward) > 1,
            "receives_part": any(row.relation is Relation.PART for row in own_level),
            "renamed": _differs(unit, own_level, faced, "name"),
            "kind_changed": _differs(unit, own_level, faced, "kind"),
            "from_districts": sum(faced.level(row.predecessor) is Level.DISTRICT for row in backward),
        },
        "decision": decided,
    }
    return Participant(
        ordinal,
        unit,
        role,
        tuple(row.predecessor for row in backward),
        tuple(row.successor for row in onward),
        facts,
        tuple(value for group in facts.values() for value in group.values()),
    )


def _differs(unit: Unit, own_level: list[Succession], faced: _Faced, attribute: str) -> bool:
    """Whether no predecessor of the same level had this name (without its kind) or this kind."""

    def shown(one: Unit) -> str:
        return one.kind if attribute == "kind" else one.name.casefold().removeprefix(one.kind.casefold()).strip()

    return bool(own_level) and all(shown(_known(faced.units, row.predecessor)) != shown(unit) for row in own_level)
