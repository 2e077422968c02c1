"""Reading decisions: three formats give one content; whatever is handed in is read, or refused in sentences."""

from __future__ import annotations

import json
import os
import time
import unicodedata
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_register import GOOD, SmallRegister

from bangiao.decision_files import read_decision, read_decision_file
from bangiao.documents import Limits, read_document
from bangiao.register_files import decision_files
from checklists.decision_rules import mistakes_in
from checklists.errors import Refused
from checklists.units import UnitKey

Sheets = dict[str, list[list[Any]]]


def sentences(path: Path, limits: Limits | None = None) -> list[str]:
    """What a file is refused for, by its own content or by the register; empty if it may be planned."""
    try:
        read = read_decision_file(path, limits)
    except Refused as refusal:
        return [" ".join(str(mistake).split()) for mistake in refusal.mistakes]
    found = mistakes_in(
        read.decision, SmallRegister(), {UnitKey("old:00006"): "9/NQ"} if "claimed" in path.name else {}
    )
    return [" ".join(str(mistake).split()) for mistake in read.refusal(found).mistakes]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sheets_of(text: str) -> Sheets:
    """The spreadsheet form of a decision in YAML."""
    content = yaml.safe_load(text)
    rows = [list(row.values()) if isinstance(row, dict) else row for row in content.pop("successions")]
    content["central"] = ", ".join(content["central"])
    title = content.pop("title")
    fields = [["field", "value"], *map(list, content.items()), ["title.vi", title["vi"]], ["title.en", title["en"]]]
    return {"decision": fields, "successions": [["from", "to", "relation", "basis"], *rows]}


def workbook(path: Path, sheets: Sheets) -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, datetime(value.year, value.month, value.day))  # noqa: DTZ001
                    else:
                        sheet.write(number, column, value)
    return path


def as_json(text: str, **layout: Any) -> str:
    return json.dumps(yaml.safe_load(text), ensure_ascii=False, default=str, **layout)


# The good ones


def test_yaml_json_and_a_spreadsheet_give_the_same_content(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "a.yaml", GOOD),
        written(tmp_path / "b.json", as_json(GOOD)),
        written(tmp_path / "c.json", as_json(GOOD, indent=4)),
        written(tmp_path / "d.yml", "\ufeff" + GOOD),
        workbook(tmp_path / "e.xlsx", sheets_of(GOOD)),
    ]
    assert {read_decision(file).content_hash for file in files} == {read_decision(files[0]).content_hash}
    assert [sentences(file) for file in files] == [[]] * len(files)


def test_the_order_of_rows_and_the_layout_do_not_matter_but_the_content_does(tmp_path: Path) -> None:
    head, _, rows = GOOD.partition("successions:\n")
    turned = head + "successions:\n" + "".join(reversed(rows.splitlines(keepends=True)))
    loose = GOOD.replace("kind: Nghị quyết", "kind:   Nghị   quyết  # so called")
    other = GOOD.replace("whole, merged", "whole, renamed")
    hashes = [read_decision(written(tmp_path / "a.yaml", text)).content_hash for text in (GOOD, turned, loose, other)]
    assert hashes[0] == hashes[1] == hashes[2] != hashes[3]


def test_the_canonical_form_reads_back_as_the_same_decision(tmp_path: Path) -> None:
    decision = read_decision(written(tmp_path / "a.yaml", GOOD))
    again = type(decision).model_validate_json(decision.canonical_json())
    assert again.content_hash == decision.content_hash
    assert again.canonical_json() == decision.canonical_json()


def test_units_cease_on_the_day_before_the_new_ones_operate(tmp_path: Path) -> None:
    decision = read_decision(written(tmp_path / "a.yaml", GOOD))
    days = {anchor.value: day for anchor, day in decision.anchors().items()}
    assert days == {
        "issued": date(2025, 6, 16),
        "effective": date(2025, 6, 16),
        "operational": date(2025, 7, 1),
        "unit_ceased": date(2025, 6, 30),
    }
    assert decision.level == "commune"


def test_codes_that_look_like_octal_numbers_stay_as_written(tmp_path: Path) -> None:
    document = read_document(written(tmp_path / "a.yaml", "[00004, 12:30, no, 7, 1.5, true, ~, 2025-07-01]"))
    assert document.content == ["00004", "12:30", "no", 7, 1.5, True, None, "2025-07-01"]


def test_the_line_of_a_value_is_known_in_yaml_and_in_json(tmp_path: Path) -> None:
    in_yaml = read_document(written(tmp_path / "a.yaml", GOOD))
    assert in_yaml.line_of("successions", 2, 1) == 16
    assert in_yaml.line_of("title", "en") == 5
    assert in_yaml.line_of("successions", 3, "no such field") == 17
    in_json = read_document(written(tmp_path / "a.json", '{"a": "\\"}",\n "b": [1,\n  {"c": null}]}'))
    assert in_json.content == {"a": '"}', "b": [1, {"c": None}]}
    assert in_json.line_of("b", 1, "c") == 3


def test_every_decision_that_ships_is_read_and_the_largest_is_read_fast() -> None:
    decisions = [read_decision(file) for file in decision_files()]
    assert len({decision.content_hash for decision in decisions}) == 35
    assert [decision.number for decision in decisions if decision.level == "province"] == ["202/2025/QH15"]
    largest = max(decision_files(), key=lambda file: file.stat().st_size)
    started = time.process_time()
    read_decision(largest)
    assert time.process_time() - started < 1  # ordinarily 0.03 s; this is where something has become quadratic


# The bad ones: what is changed in the good file, and what the sentence must then say

ROW = "- [old:00004, new:00004, whole, merged]"
LONG = "1/" + "9" * 70
NFD = unicodedata.normalize("NFD", "Sắp xếp phường")
CHANGED = [
    ("an unknown unit", ("old:00004,", "old:77777,"), "line 16: successions[2].from", '"old:77777"', "Find its key"),
    ("zeros lost", ("old:00004,", "old:4,"), "line 16", '"old:4"', "Is old:00004 Phường Trúc Bạch, "),
    ("no generation", (ROW, ROW.replace("old:", "")), "line 16", '"00004"', "old:00004 Phường Trúc Bạch or new:00004"),
    ("a wrong generation", ("new:00008, part", "new:00006, part"), "line 15", "new:00006", "Is old:00006"),
    ("a name for a key", ("old:00004,", "Phường Trúc Bạch,"), "line 16", "Trúc Bạch", "Write GENERATION:CODE"),
    (
        "outside the province",
        ("whole, merged]", "whole, merged]\n- [old:001, new:01273, whole, x]"),
        "line 17",
        "new:01273 Phường Thục Phán lies in new:04 Tỉnh Cao Bằng",
        "Correct the row",
    ),
    (
        "a province that is none",
        ("province: new:01", "province: new:00004"),
        "line 10: province",
        "Phường Ba Đình",
        "or remove the field",
    ),
    ("an unknown province", ("province: new:01", "province: new:99"), "line 10: province", '"new:99"', "Find its key"),
    (
        "part alone",
        ("- [old:00001, new:00008, part, part]\n", ""),
        "line 14: successions[0].relation",
        "old:00001 Phường Phúc Xá",
        "or write whole",
    ),
    ("whole twice", ("part, part", "whole, part"), "line 15", "old:00001 Phường Phúc Xá", "write part in each"),
    (
        "whole and part",
        ("new:00008, part, part", "new:00008, whole, x"),
        "line 15",
        "old:00001",
        "correct the relation",
    ),
    (
        "a row twice",
        (ROW, f"{ROW}\n{ROW}"),
        "line 17: successions[3]",
        "old:00004 → new:00004",
        "successions[2]",
        "Remove",
    ),
    (
        "its own successor",
        ("- [old:00004, new:00004", "- [new:00004, new:00004"),
        "line 16",
        "new:00004 cannot succeed",
        "needs no row",
    ),
    (
        "a circle",
        (ROW, "- [new:00008, new:00004, whole, x]\n- [new:00004, new:00008, whole, x]"),
        "line 17: successions[3]",
        "new:00004 → new:00008 → new:00004",
        "correct one of these rows",
    ),
    (
        "commune to province",
        (ROW, "- [old:00004, new:01, whole, merged]"),
        "line 16: successions[2].to",
        "old:00004 Phường Trúc Bạch (commune)",
        "correct the keys",
    ),
    (
        "a unit that ended",
        (ROW, "- [gone:00001, new:00004, whole, merged]"),
        "line 16",
        "gone:00001 Xã Cũ",
        "31/12/2020",
        "Correct the key",
    ),
    (
        "a unit not there yet",
        (ROW, "- [old:00004, later:00001, whole, merged]"),
        "line 16",
        "later:00001 Xã Mới",
        "01/01/2030",
        "Correct the key",
    ),
    ("no ministry", ("central:BKHCN", "new:01"), "line 11: central[0]", "new:01 Thành phố Hà Nội", "Name only"),
    (
        "a ministry twice",
        ("[central:BKHCN]", "[central:BKHCN, central:BKHCN]"),
        "line 11: central[1]",
        "BKHCN",
        "Remove",
    ),
    ("an unknown ministry", ("central:BKHCN", "central:XYZ"), "line 11: central[0]", '"central:XYZ"', "Find its key"),
    (
        "effective before issued",
        ("effective: 2025-06-16", "effective: 2025-06-01"),
        "line 8: effective",
        "01/06/2025",
        "16/06/2025",
        "Correct one of the two days",
    ),
    (
        "operational too early",
        ("operational: 2025-07-01", "operational: 2025-06-02"),
        "line 9: operational",
        "02/06/2025",
        "Correct one of the two days",
    ),
    ("long ago", ("issued: 2025", "issued: 1025"), "line 7: issued", "1025", "Correct the year"),
    (
        "far ahead",
        ("operational: 2025-07-01", "operational: 2205-07-01"),
        "line 9: operational",
        "2205",
        "Correct the year",
    ),
    (
        "the first day of all",
        ("operational: 2025-07-01", "operational: 0001-01-01"),
        "line 9: operational",
        "Correct the year",
    ),
    ("a day nobody knows", ("2025-07-01", "31/06/2025"), "line 9: operational", '"31/06/2025"', "There is no such day"),
    ("a day day-first", ("2025-07-01", "1/7/2025"), "line 9: operational", '"1/7/2025"', "Write 2025-07-01"),
    ("a day in ISO that is none", ("2025-07-01", "2025-06-31"), "line 9", '"2025-06-31"', "a day that exists"),
    ("a number for a day", ("2025-07-01", "20250701"), "line 9", '"20250701"', "Write year-month-day"),
    ("loose marks", ("Sắp xếp phường", NFD), "line 4: title.vi", NFD, "U+0061", "convert the file to NFC"),
    ("loose marks in a row", ("whole, merged]", "whole, " + NFD + "]"), "line 16: successions[2].basis", "NFC"),
    ("an unseen character", ("a test", '"a\\u200btest"'), "line 12: source", "U+200B", "Remove it"),
    ("a control character", ("number: 1/NQ", 'number: "1/NQ\\e"'), "line 1: number", "U+001B", "Remove it"),
    (
        "a control character in a row",
        (ROW, ROW.replace("merged", '"a\\0"')),
        "line 16: successions[2]",
        "U+0000",
        "Remove it",
    ),
    ("a long number", ("number: 1/NQ", f"number: {LONG}"), "line 1: number", LONG, "Write it as printed"),
    ("a number for a text", ("number: 1/NQ", "number: 1656"), "line 1: number", '"1656"', "Put it in quotes"),
    ("an empty number", ("number: 1/NQ", 'number: " "'), "line 1: number", "is empty", "Write it"),
    ("no number", ("number: 1/NQ\n", ""), "line 1: number", "is missing", "Add it"),
    ("no English title", ("  en: Rearrangement of wards\n", ""), "line 4: title.en", "is missing", "Add it"),
    (
        "a title without languages",
        ("title:\n  vi: Sắp xếp phường\n  en: Rearrangement of wards", "title: Sắp xếp"),
        "line 3: title",
        '"Sắp xếp"',
        'Write each as "name: text"',
    ),
    (
        "a misspelt field",
        ("issuing_body: Ủy", "issuing_bodies: Ủy"),
        "line 6: issuing_bodies",
        '"issuing_body" meant',
        "Correct the name",
    ),
    ("a field of another kind", ("source:", "colour: red\nsource:"), "line 12: colour", '"red"', "Remove it"),
    (
        "a row of three",
        (ROW, "- [old:00004, new:00004, whole]"),
        "line 16: successions[2]",
        "is not a succession",
        "Write [",
    ),
    ("a row that is a word", (ROW, "- everything"), "line 16: successions[2]", '"everything"', "Write ["),
    (
        "a relation that is none",
        (ROW, ROW.replace("whole", "half")),
        "line 16: successions[2].relation",
        '"half"',
        "Write whole",
    ),
    (
        "a number for a key",
        (ROW, ROW.replace("old:00004", "4")),
        "line 16: successions[2].from",
        '"4"',
        "Put it in quotes",
    ),
    ("an empty basis", (ROW, ROW.replace("merged", '""')), "line 16: successions[2].basis", "is empty", "Write it"),
    (
        "successions that are no list",
        ("[central:BKHCN]", "everybody"),
        "line 11: central",
        '"everybody"',
        "Begin each item",
    ),
    (
        "an alias",
        (ROW, ROW.replace("- ", "- &row ") + "\n- *row"),
        "line 16: successions[2]",
        '"row"',
        "Write the content",
    ),
    (
        "a field twice",
        ("kind: Nghị quyết", "kind: Nghị quyết\nkind: Luật"),
        "line 3: kind",
        "first on line 2",
        "Keep one",
    ),
    ("a second document", ("source:", "---\nsource:"), "line 12", "a second document", "Keep one document"),
    ("a tag", ("source: a", "source: !!python/name:os.system a"), "line 12: source", "os.system", "Remove it"),
    (
        "a key that is a list",
        ("source:", "? [a, b]\n: c\nsource:"),
        "line 12",
        "name of a field",
        'Write "name: value"',
    ),
    ("brackets left open", ("whole, merged]\n", "whole, merged\n"), "line 1", "is not YAML", "Correct this line"),
    ("a tab for blanks", ("  vi: Sắp", "\tvi: Sắp"), "line 4", "is not YAML", "Correct this line"),
]


@pytest.mark.parametrize(("_case", "change", "expected"), [(name, change, said) for name, change, *said in CHANGED])
def test_a_bad_decision_gets_a_sentence_with_file_line_value_and_advice(
    tmp_path: Path, _case: str, change: tuple[str, str], expected: list[str]
) -> None:
    assert change[0] in GOOD
    file = written(tmp_path / "decision.yaml", GOOD.replace(*change))
    found = sentences(file)
    assert any(all(part in one for part in [f"{file}, ", *expected]) for one in found), found


def test_all_mistakes_are_said_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = (
        GOOD.replace("effective: 2025", "effective: 2024").replace("old:00006", "old:99999").replace("part]", "pạrt]")
    )
    found = sentences(written(tmp_path / "decision.yaml", text))
    assert len(found) == 2
    assert "line 8" in found[0]
    assert "line 17" in found[1]


def test_a_predecessor_of_another_decision_is_refused_with_its_number(tmp_path: Path) -> None:
    (found,) = sentences(written(tmp_path / "claimed.yaml", GOOD))
    assert "line 17: successions[3].from: old:00006 Phường Vĩnh Phúc is handed over already by decision 9/NQ" in found


def test_a_decision_about_nobody_is_refused(tmp_path: Path) -> None:
    text = GOOD.partition("successions:")[0].replace("[central:BKHCN]", "[]")
    (found,) = sentences(written(tmp_path / "decision.yaml", text))
    assert "names no succession and no ministry" in found
    assert "Add rows" in found


def test_a_decision_about_ministries_alone_is_fine(tmp_path: Path) -> None:
    assert sentences(written(tmp_path / "decision.yaml", GOOD.partition("successions:")[0])) == []


BYTES = [
    ("empty.yaml", b"", "the file is empty", "Check"),
    ("blank.yaml", b" \n\n", "the file is empty", "Check"),
    ("bom.yaml", b"\xef\xbb\xbf", "the file is empty", "Check"),
    ("comment.yaml", b"# nothing yet\n", "the file is empty", "Check"),
    ("null.json", b"null", "the file is empty", "Check"),
    ("latin.yaml", b"number: 1\nkind: Ngh\xe9\n", "line 2: byte 0xE9", "encoding UTF-8"),
    ("utf16.yaml", "number: 1".encode("utf-16"), "text in UTF-16", "Save it again"),
    ("text.yaml", b"only a sentence", "line 1", "The content is no decision", "Compare"),
    ("list.json", b"[1, 2]", "line 1", "The content is no decision", "Compare"),
    ("nul.yaml", b"a: 1\nb: \x00\n", "line 2", "is not YAML", "Correct"),
    ("cut.json", b'{"number": "1",\n "kind"', "line 2", "is not JSON", "check commas"),
    ("nan.json", b'{"number": NaN}', "NaN is not a JSON number", "check commas"),
    ("digits.json", b'{"number": ' + b"9" * 5000 + b"}", "is not JSON", "check commas"),
    ("twice.json", b'{"number": "1",\n "number": "2"}', "line 2: number", "first on line 1", "Keep one"),
    ("surrogate.json", b'{"number": "\\ud800"}', "line 1: number", "\\ud800", "Remove it"),
    ("deep.yaml", b"a: " + b"[" * 100_000, "line 1: a", "deeper than 32 levels", "Remove"),
    ("deep.json", b"[" * 100_000, "line 1", "deeper than 32 levels", "Remove"),
    ("bomb.yaml", b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "line 1: a", "anchor or alias", "Write the content"),
    ("zip.yaml", b"PK\x03\x04....", "ZIP archive", "Save it again"),
    ("report.json", b"%PDF-1.7", "a PDF document", "Save it again"),
    ("text.xlsx", b"number: 1", '".xlsx"', "something else", "Save it again"),
    ("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel file (.xls)", "Save it again"),
    ("broken.xlsx", b"PK\x03\x04" + b"\0" * 600, "the spreadsheet cannot be opened", "save it again"),
    ("decision.docx", b"PK\x03\x04", '".docx"', ".yaml, .yml, .json, .xlsx", "Save it as one of"),
    ("decision", b"number: 1", 'ending in ""', "Save it as one of"),
]


@pytest.mark.parametrize(("name", "content", "expected"), [(name, content, said) for name, content, *said in BYTES])
def test_a_file_that_is_no_decision_gets_a_sentence(
    tmp_path: Path, name: str, content: bytes, expected: list[str]
) -> None:
    file = written(tmp_path / name, content)
    started = time.process_time()
    found = sentences(file)
    assert time.process_time() - started < 5
    assert any(all(part in one for part in [str(file), *expected]) for one in found), found


def test_files_that_are_not_there_or_no_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    said = {name: sentences(tmp_path / name) for name in ("missing.yaml", "folder.yaml", "pipe.yaml", "no\0name.yaml")}
    assert "there is no file of this name" in said["missing.yaml"][0]
    assert "a folder or a device" in said["folder.yaml"][0]
    assert "a folder or a device" in said["pipe.yaml"][0]
    assert "cannot be opened" in said["no\0name.yaml"][0]


@pytest.mark.parametrize("name", ["huge.yaml", "huge.json", "huge.xlsx"])
def test_a_file_of_50_mb_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    with file.open("wb") as opened:
        opened.truncate(50 * 1024**2)
    started = time.process_time()
    (found,) = sentences(file)
    assert time.process_time() - started < 0.5
    assert f"{file}: the file is larger than 10 MB (50.0 MB)" in found
    assert "BANGIAO_MAX_FILE_MB" in found


# Spreadsheets


SHEETS = [
    ("an unknown unit", ("successions", 3, 0, "old:77777"), "sheet successions, row 4", '"old:77777"', "Find its key"),
    ("a number for a key", ("successions", 3, 0, 4), "sheet successions, row 4", '"4"', "format the cell as text"),
    ("a relation that is none", ("successions", 4, 2, "half"), "sheet successions, row 5", '"half"', "Write whole"),
    ("an empty key", ("successions", 4, 1, ""), "sheet successions, row 5", "successions[3].to", "Write"),
    (
        "a day as text",
        ("decision", 6, 1, "1/7/2025"),
        "sheet decision, row 7: operational",
        '"1/7/2025"',
        "Write 2025-07-01",
    ),
    (
        "a misspelt field",
        ("decision", 1, 0, "numbr"),
        "sheet decision, row 2: numbr",
        '"number" meant',
        "Correct the name",
    ),
    ("a field twice", ("decision", 1, 0, "kind"), "sheet decision, row 3", '"kind"', "Keep one of the rows"),
    ("a number that lost its text", ("decision", 1, 1, 1656), "sheet decision, row 2: number", '"1656"', "as text"),
    ("a column renamed", ("successions", 0, 0, "predecessor"), "sheet successions, row 1", "predecessor", "first row"),
    (
        "a heading twice",
        ("successions", 0, 0, "to"),
        "sheet successions, row 1",
        'heading "to"',
        "Rename or remove one",
    ),
    (
        "a value beside the table",
        ("successions", 2, 6, "look"),
        "sheet successions, row 3",
        '"look"',
        "column 7",
        "heading",
    ),
]


@pytest.mark.parametrize(("_case", "change", "expected"), [(name, change, said) for name, change, *said in SHEETS])
def test_a_mistake_in_a_spreadsheet_names_sheet_row_and_value(
    tmp_path: Path, _case: str, change: tuple[str, int, int, Any], expected: list[str]
) -> None:
    sheets = sheets_of(GOOD)
    name, row, column, value = change
    cells = sheets[name][row]
    cells += [""] * (column + 1 - len(cells))
    cells[column] = value
    file = workbook(tmp_path / "decision.xlsx", sheets)
    found = sentences(file)
    assert any(all(part in one for part in [str(file), *expected]) for one in found), found


def test_a_spreadsheet_without_the_sheet_of_successions_says_which_it_needs(tmp_path: Path) -> None:
    sheets = sheets_of(GOOD.replace("[central:BKHCN]", "[]"))
    del sheets["successions"]
    (found,) = sentences(workbook(tmp_path / "decision.xlsx", sheets))
    assert 'no sheet "successions" (it has: decision)' in found
    assert "columns from, to, relation, basis" in found


def test_a_formula_counts_with_the_value_that_was_saved(tmp_path: Path) -> None:
    file = tmp_path / "decision.xlsx"
    sheets = sheets_of(GOOD)
    sheets["successions"][3][0] = "=HYPERLINK(1/0)"
    found = sentences(workbook(file, sheets))
    assert any("sheet successions, row 4" in one for one in found), found


def test_a_spreadsheet_that_unpacks_to_far_more_is_refused_unopened(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 120 * 1024**2)
    assert file.stat().st_size < 1024**2
    (found,) = sentences(file)
    assert "would unpack to 120 MB" in found
    assert "Copy only the cells" in found


def test_two_cells_in_far_corners_are_refused_before_the_table_between_them_is_built(tmp_path: Path) -> None:
    file = tmp_path / "corners.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("decision")
        sheet.write(0, 0, "field")
        sheet.write(1_048_575, 16_383, "far")
    (found,) = sentences(file)
    assert "column 16384, row 1048576" in found
    assert "Delete the empty rows" in found


# Whatever is handed in


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(st.sampled_from([*GOOD.splitlines(), "- &a [", "*a", "? ", "!!int x", "\t- }", "'", '"\\u'])).map(
            lambda lines: "\n".join(lines).encode()
        ),
    ),
    suffix=st.sampled_from([".yaml", ".json", ".xlsx"]),
    head=st.sampled_from([b"", b"PK\x03\x04"]),
)
def test_no_content_whatsoever_raises_anything_but_a_refusal(
    tmp_path: Path, content: bytes, suffix: str, head: bytes
) -> None:
    file = written(tmp_path / f"any{suffix}", head + content)
    assert all(str(file) in one for one in sentences(file))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = ["number", "kind", "title", "issued", "effective", "operational", "province", "central", "successions", "new"]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3))
def test_any_value_in_any_field_is_refused_or_planned_without_an_exception(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    content = {**yaml.safe_load(GOOD), **changes}
    file = written(tmp_path / "any.json", json.dumps(content, default=str))
    assert all(str(file) in one for one in sentences(file))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 6000), byte=st.integers(0, 255))
def test_a_damaged_spreadsheet_is_refused_or_read(tmp_path: Path, place: int, byte: int) -> None:
    content = bytearray(workbook(tmp_path / "good.xlsx", sheets_of(GOOD)).read_bytes())
    content[place % len(content)] = byte
    assert isinstance(sentences(written(tmp_path / "damaged.xlsx", bytes(content))), list)
