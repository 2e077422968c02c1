"""The register that ships with the product, as domain values: the first step of the way from decision to checklist.

The files are built by `scripts/build_register.py`; where their facts come from is in `data/register/PROVENANCE.md`.
Nothing here knows a database: `units import` and the demo read these and store them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from checklists.units import Level, Unit, UnitKey

_DATA = Path(str(files("bangiao"))) / "data"
UNIT_CHANGES_2026 = _DATA / "register" / "unit_changes_2026.csv"
"""The 25 changes of kind decided in 2026, in the columns that `units import` takes."""


def read_units() -> Iterator[Unit]:
    """All 14,149 units of both generations, every parent before its children."""
    for generation, code, level, kind, name, parent, began, ended in _rows("units.csv"):
        yield Unit(
            key=UnitKey(f"{generation}:{code}"),
            level=_level(level),
            kind=kind,
            name=name,
            parent=UnitKey(f"{generation}:{parent}") if parent else None,
            valid_from=_day(began),
            valid_to=_day(ended),
        )


def read_ministries() -> Iterator[Unit]:
    """The 17 ministries and ministry-level agencies, keyed by their document symbol in ASCII (`central:BGDDT`)."""
    for code, _symbol, kind, name, began, _provenance in _rows("ministries.csv"):
        yield Unit(UnitKey(f"central:{code}"), Level.MINISTRY, kind, name, valid_from=_day(began))


def decision_files() -> list[Path]:
    """The 35 decisions of 2025 in the order of their numbers: 202/2025/QH15, then 1654 to 1687/NQ-UBTVQH15."""
    return sorted((_DATA / "decisions").glob("*.yaml"), key=lambda file: int(file.name.partition("-")[0]))


def _rows(name: str) -> Iterator[list[str]]:
    with (_DATA / "register" / name).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        yield from rows


@cache
def _level(text: str) -> Level:
    return Level(text)


@cache
def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
