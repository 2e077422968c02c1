"""Small files that stand for huge tables, and files with nothing in them: refused before they cost anything."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from bangiao.documents import Limits
from bangiao.documents_tables import read_tables
from checklists.errors import Refused

MEGABYTE = 1024**2


def workbook(file: Path, texts: list[str]) -> Path:
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet().write_column(0, 0, texts)
    return file


def with_member(source: Path, file: Path, name: str, content: str) -> Path:
    """A copy in which one member of the archive is another."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, content if one == name else old.read(one))
    return file


def with_shared_text(folder: Path, text: str, cells: int = 600) -> Path:
    """A text that is stored once and stands in all the cells."""
    plain = workbook(folder / "plain.xlsx", ["x"] * cells)
    content = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{text}</t></si></sst>'
    return with_member(plain, folder / "shared.xlsx", "xl/sharedStrings.xml", content)


def refusal(file: Path, limits: Limits | None = None) -> str:
    with pytest.raises(Refused) as caught:
        read_tables(file, limits)
    return " ".join(str(mistake) for mistake in caught.value.mistakes)


def test_a_long_text_shared_by_many_cells_is_refused(tmp_path: Path) -> None:
    file = with_shared_text(tmp_path, "A" * 200_000)
    assert file.stat().st_size < 10_000
    assert "more than 32767 characters" in refusal(file)


def test_the_refusal_costs_no_memory(tmp_path: Path) -> None:
    file = with_shared_text(tmp_path, "A" * 200_000)
    read = (
        "import pathlib, resource, sys\n"
        "from bangiao.documents_tables import Refused, read_tables\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_tables(pathlib.Path(sys.argv[1]))\n"
        "except Refused: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    told = subprocess.run([sys.executable, "-c", read, str(file)], capture_output=True, text=True, check=True).stdout
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(told) * unit < 20 * MEGABYTE


def test_texts_in_runs_count_together(tmp_path: Path) -> None:
    runs = "</t><t>".join(["A" * 20_000] * 2)
    assert "more than 32767 characters" in refusal(with_shared_text(tmp_path, runs))


def test_a_long_text_inside_its_cell_is_refused(tmp_path: Path) -> None:
    sheet = (
        f"<worksheet><sheetData><row><c t='inlineStr'><is><t>{'A' * 40_000}</t></is></c></row></sheetData></worksheet>"
    )
    plain = workbook(tmp_path / "plain.xlsx", ["x"])
    file = with_member(plain, tmp_path / "inline.xlsx", "xl/worksheets/sheet1.xml", sheet)
    assert "more than 32767 characters" in refusal(file)


def test_texts_that_are_allowed_but_repeated_too_often_are_refused(tmp_path: Path) -> None:
    file = with_shared_text(tmp_path, "A" * 32_000, cells=100)
    assert "would unpack to" in refusal(file, Limits(max_bytes=MEGABYTE, unpacked=3))
    (table,) = read_tables(file, Limits(max_bytes=MEGABYTE, unpacked=4))
    assert len(table.rows) == 99


def test_shared_texts_are_counted_once_for_each_cell_and_not_for_numbers(tmp_path: Path) -> None:
    file = tmp_path / "numbers.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["A" * 30_000])
        sheet.write_column(1, 0, [0] * 500)
    (table,) = read_tables(file, Limits(max_bytes=MEGABYTE, unpacked=1))
    assert len(table.rows) == 500


@pytest.mark.parametrize("broken", ["<sst><si>", "<sst></si>", "<!DOCTYPE a [<!ENTITY b 'c'>]><sst>&b;</sst>"])
def test_broken_shared_texts_are_refused_with_a_sentence(tmp_path: Path, broken: str) -> None:
    plain = workbook(tmp_path / "plain.xlsx", ["x", "y"])
    file = with_member(plain, tmp_path / "broken.xlsx", "xl/sharedStrings.xml", broken)
    assert "cannot be opened" in refusal(file) or "would unpack to" in refusal(file)


@pytest.mark.parametrize("text", ["sep=;", "sep=;\n", "SEP=,", "\ufeffsep=;\n\n"])
def test_a_csv_with_nothing_but_its_separator_is_empty(tmp_path: Path, text: str) -> None:
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    assert "the file is empty" in refusal(file)
