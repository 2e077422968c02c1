"""Importing tables of units, successions and changes: previewed row by row, refused whole with lines."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_register import SmallRegister

from bangiao.register_files import UNIT_CHANGES_2026, read_units
from bangiao.table_files import read_table_files
from checklists.errors import Refused
from checklists.imports.preview import ImportPreview, preview_import
from checklists.imports.rows import Action, UnitChange
from checklists.unit_mentions import Register
from checklists.units import Relation, Succession, UnitKey

UNITS = """\
generation,code,level,kind,name,parent,valid_from,valid_to
th,10,province,changwat,Bangkok,,2025-01-01,
th,1001,district,khet,Phra Nakhon,10,,
th,100101,commune,khwaeng,Wat Sam Phraya,th:1001,,
"""
SUCCESSIONS = """\
from,to,relation,basis,decision
old:00004,new:00004,whole,merged,1/NQ
old:00001,new:00004,part,part,1/NQ
old:00001,new:00008,part,part,1/NQ
"""
CHANGES = """\
code,level,field,old_value,new_value,effective_date,decision_number,issuing_body,issue_date
01273,commune,kind,phường,xã,2026-04-30,237/NQ,Ủy ban,2026-04-14
04,province,kind,tỉnh,thành phố,2026-09-01,36/NQ,Quốc hội,
"""
TABLES = {"units": UNITS, "successions": SUCCESSIONS, "changes": CHANGES}


def previewed(files: Sequence[Path], register: Register, held: Iterable[Succession | UnitChange] = ()) -> ImportPreview:
    return preview_import(read_table_files(files), register, held)


def preview(folder: Path, *texts: str, held: tuple[Succession | UnitChange, ...] = ()) -> ImportPreview:
    files = [folder / f"table{number}.csv" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    return previewed(files, SmallRegister(), held)


def sentences(folder: Path, *texts: str, held: tuple[Succession | UnitChange, ...] = ()) -> list[str]:
    try:
        found = preview(folder, *texts, held=held).mistakes
    except Refused as refusal:
        return [" ".join(str(mistake).split()) for mistake in refusal.mistakes]
    return [" ".join(str(mistake).split()) for mistake in found]


def test_units_of_another_country_are_previewed_row_by_row(tmp_path: Path) -> None:
    seen = preview(tmp_path, UNITS).accepted()
    assert [(row.place.line, row.action, row.key) for row in seen.rows] == [
        (2, Action.ADD, "th:10"),
        (3, Action.ADD, "th:1001"),
        (4, Action.ADD, "th:100101"),
    ]
    assert [unit.parent for unit in seen.units(Action.ADD)] == [None, "th:10", "th:1001"]


def test_parents_come_before_their_children_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    head, *rows = UNITS.splitlines()
    seen = preview(tmp_path, "\n".join([head, *reversed(rows)])).accepted()
    assert [unit.code for unit in seen.units(Action.ADD)] == ["10", "1001", "100101"]


def test_the_shipped_changes_of_2026_are_25_changes_of_kind() -> None:
    register = SmallRegister(list(read_units()))
    seen = previewed([UNIT_CHANGES_2026], register).accepted()
    assert seen.count(Action.CHANGE) == 25
    words = seen.rows[0].differences[0].render(str)
    assert words == "kind: xã → phường from 30/04/2026"
    again = previewed([UNIT_CHANGES_2026], register, list(seen.changes())).accepted()
    assert again.count(Action.SAME) == 25
    assert list(again.changes()) == []


def test_importing_again_finds_everything_the_same(tmp_path: Path) -> None:
    first = preview(tmp_path, SUCCESSIONS, CHANGES).accepted()
    held = (*(row for row, _ in first.successions()), *first.changes())
    again = preview(tmp_path, SUCCESSIONS, CHANGES, held=held).accepted()
    assert {row.action for row in again.rows} == {Action.SAME}
    assert list(again.successions()) == []


def test_successions_keep_the_number_of_their_decision(tmp_path: Path) -> None:
    rows = list(preview(tmp_path, SUCCESSIONS).accepted().successions())
    assert rows[0] == (Succession(UnitKey("old:00004"), UnitKey("new:00004"), Relation.WHOLE, "merged"), "1/NQ")


def test_successions_may_name_units_that_come_in_another_file_of_the_same_import(tmp_path: Path) -> None:
    table = "from,to,relation,basis\nth:100101,new:00004,whole,merged\n"
    assert sentences(tmp_path, table, UNITS) == []
    assert any('"th:100101"' in one for one in sentences(tmp_path, table))


def test_a_row_that_fills_in_a_day_is_a_change_and_an_empty_cell_takes_nothing_away(tmp_path: Path) -> None:
    head = "generation,code,level,kind,name,parent,valid_from,valid_to\n"
    seen = preview(tmp_path, head + "new,00004,commune,phường,Phường Ba Đình,01,2025-07-01,2030-01-01\n").accepted()
    assert [unit.valid_to for unit in seen.units(Action.CHANGE)] == [date(2030, 1, 1)]
    same = preview(tmp_path, "generation,code,level,kind,name\nnew,00004,commune,phường,Phường Ba Đình\n").accepted()
    assert [row.action for row in same.rows] == [Action.SAME]


def test_semicolons_a_byte_order_mark_and_the_separator_line_of_a_spreadsheet_program_are_understood(
    tmp_path: Path,
) -> None:
    assert len(preview(tmp_path, "\ufeff" + UNITS.replace(",", ";")).accepted().rows) == 3
    assert preview(tmp_path, "sep=;\n" + UNITS.replace(",", ";")).accepted().rows[0].place.line == 3


def test_a_cell_of_two_lines_keeps_the_line_numbers_right(tmp_path: Path) -> None:
    text = UNITS.replace("Bangkok", '"Bang\nkok"').replace("100101,commune", "100101,village")
    assert any("line 5: level" in one for one in sentences(tmp_path, text))


def test_a_spreadsheet_gives_the_same_preview_and_names_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "units.xlsx"
    with xlsxwriter.Workbook(str(file), {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, text in TABLES.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(csv.reader(text.splitlines())):
                sheet.write_row(number, 0, row)
        book.get_worksheet_by_name("units").write_datetime(1, 6, datetime(2025, 1, 1))  # noqa: DTZ001
        book.get_worksheet_by_name("changes").write_number(1, 0, 1273)
        book.add_worksheet("empty")
    seen = previewed([file], SmallRegister())
    (mistake,) = seen.mistakes
    assert f'{file}, sheet changes, row 2: code: "1273" is not text' in str(mistake)
    assert next(seen.units(Action.ADD)).valid_from == date(2025, 1, 1)
    with pytest.raises(Refused):
        seen.accepted()


NFD = unicodedata.normalize("NFD", "Phố")
BAD: list[tuple[str, str, tuple[str, str], str, str, str]] = [
    (
        "an unknown parent",
        "units",
        ("Phra Nakhon,10", "Phra Nakhon,99"),
        "line 3: parent",
        '"th:99"',
        "Add the parent's",
    ),
    ("a bad generation", "units", ("th,10,", "Thai Land,10,"), "line 2: code", '"Thai Land:10"', "lower-case letters"),
    ("a bad code", "units", ("1001,district", "10 01,district"), "line 3: code", '"th:10 01"', "e.g. 00004"),
    ("a bad level", "units", ("commune", "village"), "line 4: level", '"village"', "Write one of them"),
    ("a key twice", "units", ("100101,commune", "1001,commune"), "line 4: code", "th:1001", "Remove one"),
    ("an empty name", "units", ("Bangkok", ""), "line 2: name", "missing", "Add it"),
    ("loose marks", "units", ("Bangkok", NFD), "line 2: name", NFD, "convert the file to NFC"),
    ("a bad day", "units", ("2025-01-01", "31/06/2025"), "line 2: valid_from", '"31/06/2025"', "There is no such day"),
    (
        "an end before the beginning",
        "units",
        ("2025-01-01,", "2025-01-01,2024-01-01"),
        "line 2: valid_to",
        "01/01/2024",
        "Correct one",
    ),
    (
        "a parent of a lower level",
        "units",
        ("Phra Nakhon,10", "Phra Nakhon,new:00004"),
        "line 3: parent",
        "new:00004 Phường Ba Đình",
        "Correct the parent",
    ),
    (
        "parents in a circle",
        "units",
        ("Bangkok,", "Bangkok,th:100101"),
        "line 2: parent",
        "th:100101 → th:1001",
        "Correct one of these rows",
    ),
    (
        "a held key for another name",
        "units",
        ("th,10,province,changwat,Bangkok", "new,01,province,thành phố,Huế"),
        "line 2: name",
        "Thành phố Hà Nội",
        "table of changes",
    ),
    (
        "a held key on another level",
        "units",
        ("th,10,province,changwat", "new,04,district,tỉnh"),
        "line 2: level",
        '"district"',
        "own code or generation",
    ),
    (
        "a value beside the table",
        "units",
        ("Bangkok,,2025-01-01,", "Bangkok,,2025-01-01,,x"),
        "line 2",
        '"x"',
        "heading",
    ),
    ("a strange column", "units", ("valid_to\n", "valid_to,colour\n"), "line 1", '"colour"', "Rename or remove it"),
    ("a strange table", "units", ("generation,", "country,"), "line 1", "country", "Correct the heading"),
    ("a quote left open", "units", ("Phra Nakhon", '"Phra Nakhon'), "line", "is not CSV", "Save the table again"),
    ("no generation", "successions", ("old:00004", "00004"), "line 2: from", '"00004"', "old:00004 Phường Trúc Bạch"),
    ("an unknown unit", "successions", ("new:00008", "new:00009"), "line 4: to", '"new:00009"', "Find its key"),
    ("a bad relation", "successions", ("whole", "half"), "line 2: relation", '"half"', "Write one of them"),
    (
        "part alone",
        "successions",
        ("old:00001,new:00008,part,part,1/NQ\n", ""),
        "line 3: relation",
        "old:00001",
        "or write whole",
    ),
    (
        "a row twice",
        "successions",
        ("old:00001,new:00008", "old:00001,new:00004"),
        "line 4",
        "stands already in #3",
        "Remove",
    ),
    (
        "levels",
        "successions",
        ("new:00004,whole", "new:01,whole"),
        "line 2: to",
        "new:01 Thành phố Hà Nội",
        "correct the keys",
    ),
    ("itself", "successions", ("old:00004,new:00004", "new:00004,new:00004"), "line 2", "new:00004", "needs no row"),
    ("an unknown code", "changes", ("01273", "01274"), "line 2: code", '"new:01274"', "Find its key"),
    ("another level", "changes", ("01273,commune", "01273,district"), "line 2: level", "district", "Correct the code"),
    ("another field", "changes", ("commune,kind", "commune,area"), "line 2: field", '"area"', "recorded"),
    ("another old value", "changes", ("phường,xã", "thị trấn,xã"), "line 2: old_value", '"thị trấn"', "Check the code"),
    ("no change", "changes", ("phường,xã", "phường,phường"), "line 2: new_value", '"phường"', "remove the row"),
    ("no decision", "changes", ("237/NQ", ""), "line 2: decision_number", "missing", "Add it"),
    (
        "in effect before its issue",
        "changes",
        ("2026-04-30", "2026-04-01"),
        "line 2: effective_date",
        "01/04/2026",
        "Correct",
    ),
    (
        "before the unit was there",
        "changes",
        ("2026-04-30,237/NQ,Ủy ban,2026-04-14", "2025-06-30,237/NQ,Ủy ban,"),
        "line 2: effective_date",
        "01/07/2025",
        "Correct the code",
    ),
    (
        "a day day-first",
        "changes",
        ("2026-04-30", "30/04/2026"),
        "line 2: effective_date",
        '"30/04/2026"',
        "Write 2026-04-30",
    ),
    (
        "two changes on one day",
        "changes",
        ("04,province,kind,tỉnh,thành phố,2026-09-01", "01273,commune,kind,phường,xã,2026-04-30"),
        "line 3",
        "new:01273",
        "Keep",
    ),
]
CASES = [(case, table, change, said) for case, table, change, *said in BAD]


@pytest.mark.parametrize(("_case", "table", "change", "expected"), CASES)
def test_a_bad_row_refuses_the_import_with_its_line_value_and_advice(
    tmp_path: Path, _case: str, table: str, change: tuple[str, str], expected: list[str]
) -> None:
    assert change[0] in TABLES[table]
    found = sentences(tmp_path, TABLES[table].replace(*change, 1))
    assert any(all(part in one for part in [f"{tmp_path / 'table0.csv'}, ", *expected]) for one in found), found


def test_a_change_builds_on_the_change_before_it_in_the_file_or_on_record(tmp_path: Path) -> None:
    head = CHANGES.splitlines()[0]
    later = "01273,commune,name,Xã Thục Phán,Xã Nùng Trí Cao,2027-01-01,9/NQ,Quốc hội,"
    back = "01273,commune,kind,xã,phường,2027-06-01,9/NQ,Quốc hội,"
    assert sentences(tmp_path, CHANGES + later + "\n" + back + "\n") == []
    (found,) = sentences(tmp_path, "\n".join([head, later, back]))
    assert 'is "Phường Thục Phán" on 01/01/2027, not "Xã Thục Phán"' in found
    held = tuple(preview(tmp_path, CHANGES).accepted().changes())
    assert sentences(tmp_path, "\n".join([head, later, back]), held=held) == []


def test_what_is_on_record_otherwise_is_not_overwritten(tmp_path: Path) -> None:
    held_row = Succession(UnitKey("old:00004"), UnitKey("new:00004"), Relation.WHOLE, "renamed")
    (found,) = sentences(tmp_path, SUCCESSIONS, held=(held_row,))
    assert "line 2: relation" in found
    assert "whole, renamed" in found
    change = UnitChange(UnitKey("new:04"), "kind", date(2026, 9, 1), "tỉnh", "vùng", "1/NQ", "Quốc hội")
    (found,) = sentences(tmp_path, CHANGES, held=(change,))
    assert "line 3: new_value" in found
    assert '"vùng"' in found


def test_all_mistakes_of_all_files_are_said_at_once_in_reading_order(tmp_path: Path) -> None:
    found = sentences(tmp_path, UNITS.replace("commune", "x").replace("Bangkok", ""), CHANGES.replace("01273", "09999"))
    assert [one.split(": ")[0].rpartition("/")[2] for one in found] == [
        "table0.csv, line 2",
        "table0.csv, line 4",
        "table1.csv, line 2",
    ]


def test_files_that_cannot_be_read_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(Refused) as refusal:
        previewed([tmp_path / name for name in ("missing.csv", "notes.txt", "empty.csv")], SmallRegister())
    said = [str(mistake) for mistake in refusal.value.mistakes]
    assert [
        part in one for part, one in zip(["no file of this name", "Save it as one of", "is empty"], said, strict=True)
    ] == [True] * 3


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=200),
        st.lists(st.sampled_from([*"".join(TABLES.values()).splitlines(), '"', ";;;", "\t", ",,,,,,,,,"])).map(
            "\n".join
        ),
    )
)
def test_no_table_whatsoever_raises_anything_but_a_refusal(tmp_path: Path, text: str) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes(text.encode("utf-8", "replace"))
    try:
        seen: Any = previewed([file], SmallRegister())
    except Refused:
        return
    assert all(str(file) in str(mistake) for mistake in seen.mistakes)
