"""Cell by cell: the shipped register against the official one, where that lies beside the repository.

What differs must be listed with its reason in bangiao/data/register/differences.csv, and nothing else may be.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bangiao.register_files import UNIT_CHANGES_2026, decision_files

REGISTER = UNIT_CHANGES_2026.parent
OFFICIAL = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not OFFICIAL.is_dir(), reason="the official register to compare with is not beside this repository"
)


def table(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def listed_differences(file: str) -> set[tuple[str, str, str, str]]:
    rows = list(table(REGISTER / "differences.csv"))
    assert all(row["reason"] for row in rows)
    return {(row["key"], row["field"], row["ours"], row["official"]) for row in rows if row["file"] == file}


def decision_rows() -> Iterator[tuple[str, str, str, str, str]]:
    for file in decision_files():
        decision = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
        for before, after, relation, basis in decision["successions"]:
            yield decision["number"], before, after, relation, basis


def test_every_cell_of_the_units_agrees_with_the_official_register_or_is_a_listed_difference() -> None:
    ours = {
        (row["generation"], row["code"]): row | {"parent_code": row["parent"]} for row in table(REGISTER / "units.csv")
    }
    official = {(row["generation"], row["code"]): row for row in table(OFFICIAL / "units.csv")}
    assert set(ours) == set(official)
    found = {
        (":".join(key), field, ours[key][field], value)
        for key, row in official.items()
        for field, value in row.items()
        if ours[key][field] != value
    }
    assert found == listed_differences("units.csv")


def test_every_succession_agrees_with_the_official_register_or_is_a_listed_difference() -> None:
    ours = {
        (before, after): {"relation": relation, "basis": basis, "decision_number": number}
        for number, before, after, relation, basis in decision_rows()
    }
    official = {
        (f"old:{row['predecessor_code']}", f"new:{row['successor_code']}"): row
        for row in table(OFFICIAL / "successions.csv")
    }
    assert set(ours) == set(official)
    found = {
        (" → ".join(key), field, value, official[key][field])
        for key, row in ours.items()
        for field, value in row.items()
        # A row that no text names (unchanged units, districts) has no number there; here it has the file it is in.
        if official[key][field] != value and (field != "decision_number" or official[key][field])
    }
    assert found == listed_differences("successions")


def test_the_tables_of_facts_agree_with_the_official_ones() -> None:
    assert UNIT_CHANGES_2026.read_text(encoding="utf-8") == (OFFICIAL / "unit_changes.csv").read_text(encoding="utf-8")
    ours = {(row["action"], row["predecessor"], row["successor"]) for row in table(REGISTER / "corrections.csv")}
    assert ours == {
        (row["action"], row["predecessor_code"], row["successor_code"]) for row in table(OFFICIAL / "corrections.csv")
    }
    dates = ("issue_date", "effective_date", "operational_date", "province_code")
    assert [
        (row["number"], row["issued"], row["effective"], row["operational"], row["province"])
        for row in table(REGISTER / "decisions.csv")
    ] == [(row["decision_number"], *(row[field] for field in dates)) for row in table(OFFICIAL / "decisions.csv")]
