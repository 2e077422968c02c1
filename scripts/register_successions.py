"""From the package's facts and our correction tables to the units and successions of the register.

Second of three steps: register_source → register_successions → register_decisions.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from register_source import Key, RegisterError, Source, SourceUnit

from checklists.names import search_key

OLD_ENDED, NEW_BEGAN = "2025-06-30", "2025-07-01"
_KINDS = ("thành phố", "thị trấn", "thị xã", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã")


@dataclass(frozen=True, slots=True)
class RegisterUnit:
    """One line of units.csv."""

    generation: str
    code: str
    level: str
    kind: str
    name: str
    parent: str

    @property
    def bare_name(self) -> str:
        return self.name[len(self.kind) :].strip()

    def line(self) -> tuple[str, ...]:
        began, ended = ("", OLD_ENDED) if self.generation == "old" else (NEW_BEGAN, "")
        return self.generation, self.code, self.level, self.kind, self.name, self.parent, began, ended


@dataclass(frozen=True, slots=True)
class RegisterSuccession:
    """One row of a decision file, with bare codes: the predecessor is always old, the successor always new."""

    predecessor: str
    successor: str
    relation: str
    basis: str


def read_table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def register_units(source: Source, name_corrections: Iterable[dict[str, str]]) -> dict[Key, RegisterUnit]:
    """All units in the order of the file: old before new, provinces before districts before communes, then by code."""
    names = _corrected_names(source, name_corrections)
    in_order = sorted(source.units.values(), key=lambda unit: (unit.generation != "old", len(unit.code), unit.code))
    return {unit.key: _register_unit(unit, names.get(unit.key, unit.name)) for unit in in_order}


def _corrected_names(source: Source, corrections: Iterable[dict[str, str]]) -> dict[Key, str]:
    names: dict[Key, str] = {}
    for row in corrections:
        key = row["generation"], row["code"]
        if key not in source.units or source.units[key].name != row["package_name"]:
            raise RegisterError(
                f"name_corrections.csv corrects {key} {row['package_name']}, which the package has not."
            )
        names[key] = row["name"]
    return names


def _register_unit(unit: SourceUnit, name: str) -> RegisterUnit:
    kind = next(kind for kind in _KINDS if name.casefold().startswith(kind + " "))
    return RegisterUnit(unit.generation, unit.code, unit.level, kind, name, unit.parent)


def register_successions(
    source: Source,
    units: dict[Key, RegisterUnit],
    corrections: Iterable[dict[str, str]],
    notes: Iterable[dict[str, str]],
) -> list[RegisterSuccession]:
    """All 14,280 rows, provinces before districts before communes."""
    pairs = _corrected_pairs(source.pairs, corrections)
    communes = {pair for pair in pairs if len(pair[0]) == 5}
    rows = [
        *_province_rows(source.provinces),
        *(RegisterSuccession(*pair, "whole", "district_to_special_zone") for pair in pairs - communes),
        *_district_rows(communes, units),
        *_commune_rows(communes, units),
    ]
    return sorted(_with_notes(rows, notes), key=lambda row: (len(row.predecessor), row.predecessor, row.successor))


def _corrected_pairs(pairs: set[tuple[str, str]], corrections: Iterable[dict[str, str]]) -> set[tuple[str, str]]:
    corrected = set(pairs)
    for row in corrections:
        pair = row["predecessor"], row["successor"]
        if (pair in corrected) is (row["action"] == "add"):
            raise RegisterError(f"corrections.csv: {row['action']} {pair} has no effect on the package's pairs.")
        corrected ^= {pair}
    return corrected


def _province_rows(pairs: Iterable[tuple[str, str]]) -> Iterator[RegisterSuccession]:
    fan_in = Counter(successor for _, successor in pairs)
    for predecessor, successor in pairs:
        basis = "merged" if fan_in[successor] > 1 else "unchanged"
        yield RegisterSuccession(predecessor, successor, "whole", basis)


def _district_rows(communes: set[tuple[str, str]], units: dict[Key, RegisterUnit]) -> Iterator[RegisterSuccession]:
    """No official text lists them: a district passes to each new commune that takes over one of its communes."""
    successors: dict[str, set[str]] = defaultdict(set)
    for predecessor, successor in communes:
        successors[units["old", predecessor].parent].add(successor)
    for district, takers in successors.items():
        relation = "whole" if len(takers) == 1 else "part"
        yield from (RegisterSuccession(district, taker, relation, "derived") for taker in takers)


def _commune_rows(communes: set[tuple[str, str]], units: dict[Key, RegisterUnit]) -> Iterator[RegisterSuccession]:
    fan_out = Counter(predecessor for predecessor, _ in communes)
    fan_in = Counter(successor for _, successor in communes)
    for predecessor, successor in communes:
        if fan_out[predecessor] > 1:
            yield RegisterSuccession(predecessor, successor, "part", "part")
        elif fan_in[successor] > 1:
            yield RegisterSuccession(predecessor, successor, "whole", "merged")
        else:
            basis = _basis_of_one_to_one(units["old", predecessor], units["new", successor])
            yield RegisterSuccession(predecessor, successor, "whole", basis)


def _basis_of_one_to_one(before: RegisterUnit, after: RegisterUnit) -> str:
    same_name = search_key(before.bare_name) == search_key(after.bare_name)
    if same_name:
        return "unchanged" if before.kind == after.kind else "kind_changed"
    return "renamed" if before.kind == after.kind else "renamed_kind_changed"


def _with_notes(rows: Iterable[RegisterSuccession], notes: Iterable[dict[str, str]]) -> Iterator[RegisterSuccession]:
    """The official note replaces the derived basis where the package cannot know it (land only, all people, ...)."""
    open_notes = {(note["predecessor"], note["successor"]): note["basis"] for note in notes}
    for row in rows:
        basis = open_notes.pop((row.predecessor, row.successor), row.basis)
        yield RegisterSuccession(row.predecessor, row.successor, row.relation, basis)
    if open_notes:
        raise RegisterError(f"official_notes.csv has notes on successions that do not exist: {sorted(open_notes)}.")
