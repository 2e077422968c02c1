"""danh-muc.xlsx and the CSV files of a package, read back as a spreadsheet program would."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from bangiao.i18n import translator
from evidence.package.reports import write_reports
from evidence.package.tables_xlsx import ListWorkbook
from evidence.spreadsheet_safe import csv_text, harmless, shown
from tests.package_samples import FIRST_STEP, FORMULA, LONG, NAME, ORIGIN, write_sample

AT = datetime(2025, 6, 27, 8, 5, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SHEETS = {
    "vi": ["Phạm vi", "Còn thiếu", "Đơn vị", "Bước công việc", "Minh chứng", "Thông báo", "Sự kiện"],
    "en": ["Scope", "Missing", "Units", "Steps", "Evidence", "Notices", "Events"],
}
CSV_FILES = ["buoc-cong-viec.csv", "con-thieu.csv", "minh-chung.csv", "su-kien.csv", "thong-bao.csv"]
REPORT = """
import sys
from pathlib import Path
from evidence.package.reports import write_reports
write_reports(Path(sys.argv[1]), "vi")
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return reported(tmp_path_factory.mktemp("package") / "data", "vi")


def reported(data: Path, language: str, **options: Any) -> Path:
    write_sample(data)
    write_reports(data, language, translate=translator(language), **options)
    return data / "report"


def sheet(report: Path, name: str) -> list[dict[str, Any]]:
    head, *rows = CalamineWorkbook.from_path(str(report / "danh-muc.xlsx")).get_sheet_by_name(name).to_python()
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_workbook_has_its_sheets_in_the_language_asked_for(tmp_path: Path, language: str) -> None:
    folder = reported(tmp_path / "data", language)
    assert CalamineWorkbook.from_path(str(folder / "danh-muc.xlsx")).sheet_names == SHEETS[language]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*CSV_FILES, "danh-muc.xlsx", "report.pdf"])


def test_the_first_sheet_says_what_was_asked_by_whom_and_how_much_there_is(report: Path) -> None:
    rows = CalamineWorkbook.from_path(str(report / "danh-muc.xlsx")).get_sheet_by_name("Phạm vi").to_python()
    told = {str(row[0]): row[1] for row in reversed(rows) if row[1] != ""}
    assert told["Gói minh chứng"] == "goi-minh-chung-000002"
    assert told["Người lập gói"] == f"{NAME} (nguyen)"
    assert str(told["Số liệu tính đến"]) == "2025-09-30 17:00:00"
    assert told["steps.jsonl"] == 12
    assert ORIGIN in str(told["Điểm kiểm chứng"])
    assert ["steps.doers", 1.0, "Dữ liệu cá nhân của người thứ ba"] in [row[:3] for row in rows]


def test_steps_have_real_days_names_and_who_verified(report: Path) -> None:
    late = sheet(report, "Bước công việc")[1]
    assert late["Hạn"] == date(2025, 6, 27)
    assert late["Ngày hoàn thành"] == date(2025, 7, 2)
    assert late["Trễ (ngày làm việc)"] == 3
    assert late["Người xác nhận"] == f"{NAME} (nguyen)"
    assert late["Trạng thái"] == "Đã hoàn thành"
    assert late["Số minh chứng"] == 1
    assert late["Mã bước"] == str(FIRST_STEP + 1)


def test_what_was_left_out_is_marked_and_nothing_else_is(report: Path) -> None:
    steps = sheet(report, "Bước công việc")
    marked = [(place, name) for place, row in enumerate(steps) for name, cell in row.items() if cell == "[đã lược bỏ]"]
    assert marked == [(6, "Người thực hiện"), (6, "Lý do")]
    hidden = [row for row in sheet(report, "Sự kiện") if "[đã lược bỏ]" in str(row["Diễn biến"])]
    assert {row["Mã bước"] for row in hidden} == {str(FIRST_STEP + 6)}


def test_events_are_sentences(report: Path) -> None:
    told = [str(row["Diễn biến"]) for row in sheet(report, "Sự kiện")]
    assert any("Sao lưu toàn bộ dữ liệu hộ tịch, Phường Trúc Bạch 1" in one and NAME in one for one in told)
    assert not any("{" in one for one in told)


def test_every_attempt_to_send_is_a_row(report: Path) -> None:
    dead = [row for row in sheet(report, "Thông báo") if row["Trạng thái"] == "Không gửi được"]
    assert [(row["Lần gửi"], row["Kết quả"]) for row in dead] == [
        (1, "Chưa được, sẽ thử lại"),
        (2, "Bị từ chối hẳn"),
    ]


def test_no_cell_of_the_workbook_is_a_formula_or_an_address(report: Path) -> None:
    with zipfile.ZipFile(report / "danh-muc.xlsx") as book:
        parts = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert not [name for name in book.namelist() if "_rels" in name and "sheet" in name]
    assert sum(part.count(b"=cmd|") for part in parts) >= 10
    assert not [part for part in parts if b"<f>" in part or b"<hyperlink" in part]


@pytest.mark.parametrize("name", CSV_FILES)
def test_no_cell_of_a_csv_file_begins_a_formula(report: Path, name: str) -> None:
    raw = (report / name).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    cells = [cell for row in rows_of(report / name) for cell in row.values()]
    assert cells
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r\0")]
    assert not [cell for cell in cells if "\u202e" in cell]


def test_csv_and_workbook_hold_the_same_rows(report: Path) -> None:
    rows = rows_of(report / "buoc-cong-viec.csv")
    assert [row["Lý do"] for row in rows if row["Trạng thái"] == "Vướng mắc"] == [LONG, LONG]
    assert [row["Mã bước"] for row in rows] == [row["Mã bước"] for row in sheet(report, "Bước công việc")]
    assert {row["Nội dung công việc"] for row in rows} >= {f"'{FORMULA}"}


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (FORMULA, f"'{FORMULA}"),
        ("+84 24", "'+84 24"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\t=1", " '=1"),
        ("\r=1", "\n'=1"),
        ("\0=1", "[U+0000]=1"),
        ("\ufeff=1", "[U+FEFF]=1"),
        ("  =1", "  '=1"),
        ("＝1", "'＝1"),
        ("một;=cmd()", "một;'=cmd()"),
        ("một\n=cmd()", "một\n'=cmd()"),
        ("a = b - c; d", "a = b - c; d"),
        ("Ông Đỗ Văn Ước", "Ông Đỗ Văn Ước"),
        ("", ""),
    ],
)
def test_a_text_that_a_program_would_run_gets_an_apostrophe(text: str, safe: str) -> None:
    assert harmless(text) == safe


def test_cells_survive_quotes_commas_and_line_breaks() -> None:
    row = ('nói "vâng", rồi', "hai\ndòng", 1234567, date(2025, 6, 27), AT.replace(tzinfo=None), None)
    written = "".join(csv_text([row]))
    read = list(csv.reader(written.removeprefix("\ufeff").splitlines(keepends=True)))
    assert read == [['nói "vâng", rồi', "hai\ndòng", "1234567", "27/06/2025", "27/06/2025 08:05:00", ""]]


def test_characters_that_nobody_sees_are_shown() -> None:
    assert shown("bien\u202efdp\u200b.exe\x1b[1m\uffff") == "bien[U+202E]fdp[U+200B].exe[U+001B][1m[U+FFFF]"
    assert shown("chữ 😀 thường\r\nhai") == "chữ 😀 thường\nhai"


def test_a_text_between_marks_of_formatted_text_stays_a_text(tmp_path: Path) -> None:
    """The library writes what begins with <r> and ends with </r> into the sheet as it is."""
    raw = '<r></r></is></c><c r="A9"><f>1+1</f></c><c t="inlineStr"><is><r></r>'
    data = write_sample(tmp_path / "data")
    scope = json.loads((data / "scope.json").read_bytes())
    (data / "scope.json").write_text(json.dumps(scope | {"purpose": raw}), encoding="utf-8")
    write_reports(data, "vi")
    rows = CalamineWorkbook.from_path(str(data / "report/danh-muc.xlsx")).get_sheet_by_name("Phạm vi").to_python()
    assert [str(row[1]).strip() for row in rows if row[0] == "Mục đích"] == [raw]


def test_a_text_longer_than_a_cell_says_how_much_is_missing(tmp_path: Path) -> None:
    data = write_sample(tmp_path / "data")
    scope = json.loads((data / "scope.json").read_bytes())
    (data / "scope.json").write_text(json.dumps(scope | {"purpose": "x" * 40_000}), encoding="utf-8")
    write_reports(data, "en")
    rows = CalamineWorkbook.from_path(str(data / "report/danh-muc.xlsx")).get_sheet_by_name("Scope").to_python()
    purpose = next(str(row[1]) for row in rows if row[0] == "Purpose")
    kept = purpose.count("x") - "characters, see the".count("x")
    assert len(purpose) <= 32_767
    assert f"[{40_000 - kept} more characters" in purpose


def test_a_full_sheet_goes_on_in_the_next_one(tmp_path: Path) -> None:
    folder = reported(tmp_path / "data", "vi", rows_of_a_sheet=6)
    book = CalamineWorkbook.from_path(str(folder / "danh-muc.xlsx"))
    named = [name for name in book.sheet_names if name.startswith("Bước công việc")]
    assert named == ["Bước công việc", "Bước công việc (2)", "Bước công việc (3)"]
    parts = [book.get_sheet_by_name(name).to_python() for name in named]
    assert [len(part) for part in parts] == [6, 6, 3]
    assert len({tuple(part[0]) for part in parts}) == 1
    assert [row[0] for part in parts for row in part[1:]] == [str(FIRST_STEP + place) for place in range(12)]


def test_the_same_rows_give_the_same_bytes_in_another_process(tmp_path: Path, report: Path) -> None:
    hashes = []
    for place, zone in (("a", "UTC"), ("b", "America/New_York")):
        data = write_sample(tmp_path / place)
        run = [sys.executable, "-c", REPORT, str(data)]
        subprocess.run(run, cwd=ROOT, env={"TZ": zone, "PYTHONHASHSEED": place.encode().hex()}, check=True)
        hashes.append({path.name: path.read_bytes() for path in (data / "report").iterdir()})
    assert hashes[0].keys() == hashes[1].keys()
    assert [name for name in hashes[0] if hashes[0][name] != hashes[1][name]] == []
    with zipfile.ZipFile(report / "danh-muc.xlsx") as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}


def test_a_report_that_was_begun_is_made_anew(tmp_path: Path) -> None:
    folder = reported(tmp_path / "data", "vi")
    (folder / "tmpleft").write_bytes(b"left by a crash")
    before = (folder / "danh-muc.xlsx").read_bytes()
    write_reports(tmp_path / "data", "vi", translate=translator("vi"))
    assert not (folder / "tmpleft").exists()
    assert (folder / "danh-muc.xlsx").read_bytes() == before


ODD_TEXTS = (" lề ", "", "a\nb", "_x0041_", "<b>&\"'</b>", "<r>x</r>", "=1+1", "\u202eabc", "😀" * 20_000, "ă" * 40_000)


def test_a_row_of_a_list_is_written_as_the_library_writes_it(tmp_path: Path) -> None:
    cells = (*ODD_TEXTS, 0, 7_000_000, date(2025, 7, 1), datetime(2025, 7, 1, 23, 59, 59), None)  # noqa: DTZ001
    columns = [(f"c{at}", 10) for at in range(len(cells))]
    book = ListWorkbook(tmp_path / "a.xlsx", datetime(2025, 7, 1), " … [{0}]")  # noqa: DTZ001
    assert list(book.add_list("list", columns, iter([cells]))) == [cells]
    book.add_page("page", [10], iter([tuple(words for words, _ in columns), cells]))
    book.close()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as made:
        ours, theirs = (made.read(f"xl/worksheets/sheet{at}.xml").decode() for at in (1, 2))
    ours, theirs = (re.sub(r' s="[0-9]+"', "", one.partition('<row r="2">')[2]) for one in (ours, theirs))
    assert len(ours) > 10_000
    assert ours.partition("</row>")[0] == theirs.partition("</row>")[0]
