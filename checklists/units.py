"""Units of the register and their successions.

The key of a unit is generation + code, written `old:00004` or `new:00004`, never the code alone: 3,316 of the 3,321
commune codes of 1 July 2025 were codes of other, older communes (`bangiao/data/register/PROVENANCE.md`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

UnitKey = NewType("UnitKey", str)

_KEY = re.compile(r"[a-z][a-z0-9-]{0,19}:[0-9A-Za-z][0-9A-Za-z.-]{0,19}")


class Level(StrEnum):
    """Levels of government; a ministry stands beside the territorial tree."""

    MINISTRY = "ministry"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Relation(StrEnum):
    """`whole`: the predecessor goes entirely to that one successor. `part`: it is divided among several."""

    WHOLE = "whole"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Unit:
    """One catalogue record. `valid_from`/`valid_to` are inclusive; None where the catalogue does not say."""

    key: UnitKey
    level: Level
    kind: str
    name: str
    parent: UnitKey | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def generation(self) -> str:
        return self.key.partition(":")[0]

    @property
    def code(self) -> str:
        return self.key.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Succession:
    """One row of the succession map: predecessor → successor, whole or in part, with the official note as basis."""

    predecessor: UnitKey
    successor: UnitKey
    relation: Relation
    basis: str


def is_unit_key(text: str) -> bool:
    """Whether `text` has the form GENERATION:CODE (it may still be unknown to the register)."""
    return _KEY.fullmatch(text) is not None
