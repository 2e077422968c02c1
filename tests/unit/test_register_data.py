"""The national register as shipped: the published counts, and that its files agree with each other."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bangiao.register_files import UNIT_CHANGES_2026, decision_files, read_ministries, read_units
from checklists.names import is_nfc
from checklists.units import Level, Unit, UnitKey, is_unit_key

REGISTER = UNIT_CHANGES_2026.parent
ISLAND_DISTRICTS = {"old:318", "old:471", "old:498", "old:536", "old:755"}

Row = tuple[str, str, str, str]


@cache
def units() -> dict[UnitKey, Unit]:
    return {unit.key: unit for unit in read_units()}


@cache
def decisions() -> dict[str, dict[str, Any]]:
    loaded = [yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader) for file in decision_files()]
    return {decision["number"]: decision for decision in loaded}


def rows_of(decision: dict[str, Any]) -> list[Row]:
    return [tuple(row) for row in decision["successions"]]


@cache
def successions() -> list[Row]:
    return [row for decision in decisions().values() for row in rows_of(decision)]


def of_level(level: Level) -> list[Row]:
    return [row for row in successions() if units()[UnitKey(row[0])].level is level]


def table(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def test_the_register_has_the_published_number_of_units_of_each_level_and_kind() -> None:
    found = Counter((unit.generation, unit.level.value, unit.kind) for unit in units().values())
    assert found == {
        ("old", "province", "tỉnh"): 57,
        ("old", "province", "thành phố"): 6,
        ("old", "district", "huyện"): 508,
        ("old", "district", "quận"): 49,
        ("old", "district", "thị xã"): 52,
        ("old", "district", "thành phố"): 87,
        ("old", "commune", "xã"): 7_692,
        ("old", "commune", "phường"): 1_726,
        ("old", "commune", "thị trấn"): 617,
        ("new", "province", "tỉnh"): 28,
        ("new", "province", "thành phố"): 6,
        ("new", "commune", "xã"): 2_621,
        ("new", "commune", "phường"): 687,
        ("new", "commune", "đặc khu"): 13,
    }
    by_level = Counter((unit.generation, unit.level.value) for unit in units().values())
    assert [by_level["old", level] for level in ("province", "district", "commune")] == [63, 696, 10_035]
    assert [by_level["new", level] for level in ("province", "commune")] == [34, 3_321]


def test_no_key_occurs_twice_and_every_key_is_well_formed() -> None:
    read = list(read_units())
    assert len(read) == len(units()) == 14_149
    assert all(is_unit_key(unit.key) for unit in read)


def test_every_parent_comes_before_its_children_and_is_of_the_level_above() -> None:
    above = {
        ("old", Level.PROVINCE): None,
        ("old", Level.DISTRICT): Level.PROVINCE,
        ("old", Level.COMMUNE): Level.DISTRICT,
        ("new", Level.PROVINCE): None,
        ("new", Level.COMMUNE): Level.PROVINCE,
    }
    seen: dict[UnitKey, Unit] = {}
    for unit in read_units():
        parent = seen[unit.parent] if unit.parent else None
        assert (parent.level if parent else None) is above[unit.generation, unit.level], unit
        assert parent is None or parent.generation == unit.generation
        seen[unit.key] = unit


def test_every_name_is_nfc_and_begins_with_its_kind() -> None:
    for unit in units().values():
        assert is_nfc(unit.name), unit
        assert unit.name.casefold().startswith(unit.kind + " "), unit
        assert unit.name == " ".join(unit.name.split())


def test_old_units_end_on_30_june_2025_and_new_ones_begin_the_day_after() -> None:
    validity = {(unit.generation, str(unit.valid_from), str(unit.valid_to)) for unit in units().values()}
    assert validity == {("old", "None", "2025-06-30"), ("new", "2025-07-01", "None")}


def test_most_new_commune_codes_were_codes_of_older_communes() -> None:
    old = {unit.code: unit.name for unit in units().values() if (unit.generation, unit.level) == ("old", Level.COMMUNE)}
    new = [unit for unit in units().values() if (unit.generation, unit.level) == ("new", Level.COMMUNE)]
    reused = [unit for unit in new if unit.code in old]
    assert len(reused) == 3_316
    assert sum(unit.name != old[unit.code] for unit in reused) == 2_175


def test_commune_successions_have_the_official_numbers() -> None:
    rows = of_level(Level.COMMUNE)
    assert len(rows) == 10_565
    assert Counter(relation for _, _, relation, _ in rows) == {"whole": 9_595, "part": 970}
    shares = Counter(predecessor for predecessor, _, _, _ in rows)
    split = {predecessor: count for predecessor, count in shares.items() if count > 1}
    assert (len(shares), len(split), max(split.values())) == (10_035, 440, 5)
    fan_in = Counter(successor for _, successor, _, _ in rows)
    assert max(fan_in.values()) == 14
    assert [units()[UnitKey(key)].name for key, count in fan_in.items() if count == 14] == ["Phường Hoàn Kiếm"]


def test_province_and_district_successions_have_the_official_numbers() -> None:
    provinces, districts = of_level(Level.PROVINCE), of_level(Level.DISTRICT)
    assert Counter(basis for _, _, _, basis in provinces) == {"merged": 52, "unchanged": 11}
    assert len({successor for _, successor, _, basis in provinces if basis == "merged"}) == 23
    assert (len(districts), sum(relation == "whole" for _, _, relation, _ in districts)) == (3_652, 14)
    assert {before for before, _, _, basis in districts if basis == "district_to_special_zone"} == ISLAND_DISTRICTS
    assert len({before for before, _, _, _ in districts}) == 696


def test_each_succession_carries_its_official_note() -> None:
    assert Counter(basis for _, _, _, basis in successions()) == {
        "merged": 9_515,
        "derived": 3_646,
        "part": 823,
        "unchanged": 138,
        "part_area": 83,
        "part_area_all_population": 58,
        "district_to_special_zone": 5,
        "kind_changed": 3,
        "part_population": 2,
        "renamed": 2,
        "all_area": 1,
        "part_remainder": 1,
        "part_renamed": 1,
        "part_renamed_kind_changed": 1,
        "unincorporated_area": 1,
    }


def test_whole_means_one_successor_and_part_means_several() -> None:
    relations: dict[str, list[str]] = defaultdict(list)
    for predecessor, _, relation, _ in successions():
        relations[predecessor].append(relation)
    for predecessor, found in relations.items():
        assert found == ["whole"] or (len(found) > 1 and set(found) == {"part"}), predecessor


def test_every_row_joins_an_old_unit_of_the_register_to_a_new_one() -> None:
    assert len(set(successions())) == len(successions()) == 14_280
    for predecessor, successor, _, _ in successions():
        assert units()[UnitKey(predecessor)].generation == "old"
        assert units()[UnitKey(successor)].generation == "new"
    assert {before for before, _, _, _ in successions()} == {key for key in units() if key.startswith("old:")}
    assert {after for _, after, _, _ in successions()} == {key for key in units() if key.startswith("new:")}


def test_every_predecessor_is_in_exactly_one_decision() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for number, decision in decisions().items():
        for predecessor, _, _, _ in rows_of(decision):
            homes[predecessor].add(number)
    assert len(homes) == 10_794
    assert {len(numbers) for numbers in homes.values()} == {1}


def test_the_35_decisions_have_their_dates_and_bodies() -> None:
    assert list(decisions()) == ["202/2025/QH15", *(f"{number}/NQ-UBTVQH15" for number in range(1654, 1688))]
    for number, decision in decisions().items():
        national = number == "202/2025/QH15"
        assert str(decision["issued"]) == str(decision["effective"]) == ("2025-06-12" if national else "2025-06-16")
        assert str(decision["operational"]) == "2025-07-01"
        assert decision["issuing_body"] == ("Quốc hội" if national else "Ủy ban Thường vụ Quốc hội")
        assert decision["kind"] == "Nghị quyết"
        assert is_nfc(decision["title"]["vi"])
        assert decision["title"]["en"].isprintable()


def test_each_commune_resolution_stays_in_its_province_and_has_the_published_counts() -> None:
    provinces = set()
    for published in table(REGISTER / "decisions.csv"):
        if not published["province"]:
            continue
        decision = decisions()[published["number"]]
        assert decision["province"] == f"new:{published['province']}"
        provinces.add(decision["province"])
        successors = {units()[UnitKey(after)] for _, after, _, _ in rows_of(decision) if after != decision["province"]}
        assert {unit.parent for unit in successors} == {decision["province"]}
        kinds = Counter(unit.kind for unit in successors)
        assert len(successors) == int(published["communes"])
        assert [kinds[kind] for kind in ("xã", "phường", "đặc khu")] == [
            int(published[column]) for column in ("xa", "phuong", "dac_khu")
        ]
    assert len(provinces) == 34


def test_the_national_resolution_merges_52_provinces_and_concerns_every_ministry() -> None:
    national = decisions()["202/2025/QH15"]
    assert len(national["successions"]) == 52
    assert national["central"] == [unit.key for unit in read_ministries()]
    assert "province" not in national


def test_hanoi_is_526_communes_into_126() -> None:
    rows = rows_of(decisions()["1656/NQ-UBTVQH15"])
    communes = [row for row in rows if units()[UnitKey(row[0])].level is Level.COMMUNE]
    assert len({before for before, _, _, _ in communes}) == 526
    assert len({after for _, after, _, _ in communes}) == 126
    assert ("old:01", "new:01", "whole", "unchanged") in rows
    assert len({row[0] for row in rows if units()[UnitKey(row[0])].level is Level.DISTRICT}) == 30


def test_each_row_shows_both_names_as_a_comment() -> None:
    file = next(file for file in decision_files() if file.name == "1656-NQ-UBTVQH15.yaml")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("- [")]
    for line, (before, after, _, _) in zip(lines, rows_of(decisions()["1656/NQ-UBTVQH15"]), strict=True):
        assert line.endswith(f"# {units()[UnitKey(before)].name} → {units()[UnitKey(after)].name}")


def test_there_are_14_ministries_and_3_ministry_level_agencies() -> None:
    ministries = list(read_ministries())
    assert Counter(unit.kind for unit in ministries) == {"bộ": 14, "cơ quan ngang bộ": 3}
    assert len({unit.key for unit in ministries}) == 17
    assert {unit.level for unit in ministries} == {Level.MINISTRY}
    assert all(is_unit_key(unit.key) and is_nfc(unit.name) and unit.parent is None for unit in ministries)


def test_the_changes_of_2026_start_from_kinds_that_the_register_has() -> None:
    changes = list(table(UNIT_CHANGES_2026))
    assert Counter((change["level"], change["old_value"], change["new_value"]) for change in changes) == {
        ("commune", "xã", "phường"): 22,
        ("province", "tỉnh", "thành phố"): 3,
    }
    for change in changes:
        unit = units()[UnitKey(f"new:{change['code']}")]
        assert (change["field"], change["old_value"]) == ("kind", unit.kind)
        assert change["effective_date"] > "2025-07-01"


def test_every_correction_states_its_reason() -> None:
    corrections = list(table(REGISTER / "corrections.csv"))
    assert Counter(row["action"] for row in corrections) == {"reject": 33, "add": 1}
    assert all(len(row["reason"]) > 20 for row in corrections)
    assert all(row["reason"] for row in table(REGISTER / "name_corrections.csv"))
    assert all(row["source"] for row in table(REGISTER / "official_notes.csv"))
