"""What the PyPI package says: units and pairs of units, read from its data files without importing its code.

First of three steps: register_source → register_successions → register_decisions, driven by build_register.py.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "vietnamadminunits"
PACKAGE_VERSION = "1.0.4"
SHA256 = {
    "dataset.db": "147cbbf81c8964bb594e1dda7ebab5649bce21efbfd6cb508cab7fefca62257d",
    "converter_2025.json": "84f0848bf401b047775cbb49768c181a9271f77e4a4ec706d293b09bcb4faddd",
}

Key = tuple[str, str]
"""(generation, code); a code alone names two different communes in 3,316 cases."""


class RegisterError(Exception):
    """The register cannot be built from what is there; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class SourceUnit:
    """A unit as the package spells it; `parent` is a code of the same generation, empty for a province."""

    generation: str
    code: str
    level: str
    name: str
    parent: str

    @property
    def key(self) -> Key:
        return self.generation, self.code


@dataclass(frozen=True, slots=True)
class Source:
    """`pairs` are (old code, new code) of communes and of the five island districts without communes (3 digits)."""

    units: dict[Key, SourceUnit]
    pairs: set[tuple[str, str]]
    provinces: list[tuple[str, str]]


def read_source() -> Source:
    """The package's facts, after checking that they are the very bytes the corrections were written for."""
    folder = data_folder()
    for name, expected in SHA256.items():
        _check_bytes(folder / name, expected)
    with closing(sqlite3.connect(f"file:{folder / 'dataset.db'}?mode=ro&immutable=1", uri=True)) as database:
        units = {unit.key: unit for unit in _units(database)}
        old, new = _old_codes_by_name_key(database), _new_codes_by_name_key(database)
    converter = json.loads((folder / "converter_2025.json").read_text(encoding="utf-8"))
    pairs = {(old[before], new[after]) for before, after in _commune_pairs(converter)}
    provinces = [
        (old[before], new[after, ""])
        for after, all_before in converter["DICT_PROVINCE"].items()
        for before in all_before
    ]
    return Source(units, pairs, sorted(provinces))


def data_folder() -> Path:
    """Where the installed package keeps its data. `find_spec` of a top-level name does not run the package."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RegisterError(f"The package {PACKAGE} is not installed; install requirements-dev.lock and run again.")
    if version(PACKAGE) != PACKAGE_VERSION:
        raise RegisterError(
            f"{PACKAGE} {version(PACKAGE)} is installed, but the corrections were written for {PACKAGE_VERSION}; "
            f"install {PACKAGE}=={PACKAGE_VERSION}."
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _check_bytes(file: Path, expected: str) -> None:
    if not file.is_file():
        raise RegisterError(f"{file} is missing; install {PACKAGE}=={PACKAGE_VERSION} again.")
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != expected:
        raise RegisterError(
            f"{file} has SHA-256 {found}, expected {expected}: it is not the file of {PACKAGE} {PACKAGE_VERSION}; "
            "install the package again."
        )


def _units(database: sqlite3.Connection) -> Iterator[SourceUnit]:
    old = "SELECT provinceCode, province, districtCode, district, wardCode, ward FROM admin_units_legacy"
    for province, province_name, district, district_name, commune, commune_name in database.execute(old):
        yield SourceUnit("old", province, "province", province_name, "")
        yield SourceUnit("old", district, "district", district_name, province)
        if commune:  # five island districts had none
            yield SourceUnit("old", commune, "commune", commune_name, district)
    new = "SELECT provinceCode, province, wardCode, ward FROM admin_units"
    for province, province_name, commune, commune_name in database.execute(new):
        yield SourceUnit("new", province, "province", province_name, "")
        yield SourceUnit("new", commune, "commune", commune_name, province)


def _old_codes_by_name_key(database: sqlite3.Connection) -> dict[str, str]:
    """`province_district_commune` → commune code, or the district's if there is no commune; `province` → its code."""
    rows = database.execute(
        "SELECT provinceKey, districtKey, wardKey, provinceCode, districtCode, wardCode FROM admin_units_legacy"
    )
    codes: dict[str, str] = {}
    for province, district, commune, province_code, district_code, commune_code in rows:
        codes[province] = province_code
        codes[f"{province}_{district}_{commune or ''}"] = commune_code or district_code
    return codes


def _new_codes_by_name_key(database: sqlite3.Connection) -> dict[tuple[str, str], str]:
    codes: dict[tuple[str, str], str] = {}
    for province, commune, province_code, code in database.execute(
        "SELECT provinceKey, wardKey, provinceCode, wardCode FROM admin_units"
    ):
        codes[province, ""] = province_code
        codes[province, commune] = code
    return codes


def _commune_pairs(converter: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """(old name key, (new province key, new commune key)), both of undivided and of divided predecessors."""
    for province, successors in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for successor, predecessors in successors.items():
            yield from ((predecessor, (province, successor)) for predecessor in predecessors)
    for province, divided in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for predecessor, successors in divided.items():
            yield from ((predecessor, (province, successor["newWardKey"])) for successor in successors)
