"""The readable part of a package: `data/report/` with report.pdf, danh-muc.xlsx and the CSV files.

staged rows in `data/` → **here** → `data/report/`. Rows pass one at a time; the report is made anew each time.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from checklists.messages import Translate
from evidence.package.report_counts import Counts, counted
from evidence.package.report_pdf import write_pdf
from evidence.package.report_rows import Sources, sources
from evidence.package.tables import Table, tables
from evidence.package.tables_scope import scope_rows
from evidence.package.tables_xlsx import ROWS_OF_A_SHEET, ListWorkbook
from evidence.spreadsheet_safe import Cell, write_csv

STEPS_IN_FULL = 2_000
"""A scope with more steps than this is too long to be read on paper; its report says where the details are."""


def write_reports(
    data: Path,
    language: str,
    *,
    translate: Translate = str,
    steps_in_full: int = STEPS_IN_FULL,
    rows_of_a_sheet: int = ROWS_OF_A_SHEET,
) -> None:
    """From the rows staged in `data`, in `language` ("vi" or "en"); `translate` gives the sentences about events in it
    (as they stand in the code they are English). A report that is there already is replaced."""
    folder = data / "report"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    known = sources(data, language, translate)
    counts = counted(known)
    write_pdf(folder / "report.pdf", known, counts, steps_in_full)
    _write_lists(folder, known, counts, rows_of_a_sheet)


def _write_lists(folder: Path, known: Sources, counts: Counts, rows_of_a_sheet: int) -> None:
    at = known.made_at.replace(tzinfo=None)
    book = ListWorkbook(folder / "danh-muc.xlsx", at, known.w("shortened"), rows_of_a_sheet)
    book.add_page(known.w("sheet_scope"), (34, 60, 50, 40), scope_rows(known))
    for table in tables(known, counts):
        columns = [(known.w(name), width) for name, width in table.columns]
        written = book.add_list(known.w(table.title), columns, table.rows())
        _pass_on(folder, table, [words for words, _width in columns], written)
    book.close()


def _pass_on(folder: Path, table: Table, head: Sequence[str], rows: Iterator[Sequence[Cell]]) -> None:
    """The same rows into the CSV file, where the list has one; else they are only drawn through the workbook."""
    if not table.csv:
        deque(rows, maxlen=0)
        return
    write_csv(folder / table.csv, _with_head(head, rows))


def _with_head(head: Sequence[str], rows: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    yield head
    yield from rows
