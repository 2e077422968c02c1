"""Lists as one workbook, row by row and in constant memory: `tables` → **danh-muc.xlsx**.

Every text is written as a string, never as formula or address. What stands in the file besides the rows is fixed (its
day is the package's), so that equal rows give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from xlsxwriter import Workbook

from evidence.package.tables_rows import Forms, ListSheet, fitting
from evidence.spreadsheet_safe import Cell

ROWS_OF_A_SHEET = 1_048_576
_LONGEST_TITLE = 31


def row_of(place: int) -> str:
    """Where the row of a list stands that is number `place`, counted from 1: its row, and behind it the sheet in
    brackets if it is not the first."""
    sheet, at = divmod(place - 1, ROWS_OF_A_SHEET - 1)
    return f"{at + 2}" + (f" ({sheet + 1})" if sheet else "")


class ListWorkbook:
    """A workbook that is being written; `shortened` has a place for how many characters a cell could not hold."""

    def __init__(self, path: Path, at: datetime, shortened: str, rows_of_a_sheet: int = ROWS_OF_A_SHEET) -> None:
        self._book = Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "dd/mm/yyyy",
            },
        )
        self._book.use_zip64()
        self._book.set_properties({"created": at, "author": "bangiao"})
        self._limit = rows_of_a_sheet
        top = {"valign": "top", "text_wrap": True}
        self._forms = Forms(
            text=self._book.add_format(top),
            number=self._book.add_format({"valign": "top", "num_format": "#,##0"}),
            day=self._book.add_format({"valign": "top", "num_format": "dd/mm/yyyy", "align": "left"}),
            instant=self._book.add_format({"valign": "top", "num_format": "dd/mm/yyyy hh:mm:ss", "align": "left"}),
            shortened=shortened,
        )
        self._head = self._book.add_format(top | {"bold": True, "bg_color": "#E7ECF2", "border": 1})
        self._bold = self._book.add_format(top | {"bold": True})

    def add_list(
        self, title: str, columns: Sequence[tuple[str, int]], rows: Iterator[Sequence[Cell]]
    ) -> Iterator[Sequence[Cell]]:
        """Writes the rows while they pass through, so that whoever reads on can write them elsewhere, too."""
        sheet, at, number = self._sheet(title, columns, 1), 0, 1
        for row in rows:
            at += 1
            if at == self._limit:
                self._end(sheet, at - 1, len(columns))
                number, at = number + 1, 1
                sheet = self._sheet(title, columns, number)
            sheet.write_list_row(at, row)
            yield row
        self._end(sheet, at, len(columns))

    def add_page(self, title: str, widths: Sequence[int], rows: Iterator[Sequence[Cell]]) -> None:
        """A page to read, not to filter: a row of one cell is a heading, the first cell of others a label."""
        sheet = self._added(title)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        for at, row in enumerate(rows):
            self._write_page_row(sheet, at, row)
            if row and isinstance(row[0], str):
                sheet.write_string(at, 0, self._fitting(row[0]), self._head if len(row) == 1 else self._bold)

    def close(self) -> None:
        self._book.close()

    def _sheet(self, title: str, columns: Sequence[tuple[str, int]], number: int) -> ListSheet:
        behind = f" ({number})" if number > 1 else ""
        sheet = self._added(title[: _LONGEST_TITLE - len(behind)] + behind)
        sheet.freeze_panes(1, 0)
        for column, (words, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, words, self._head)
        return sheet

    def _end(self, sheet: ListSheet, last: int, columns: int) -> None:
        sheet.autofilter(0, 0, last, columns - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0)

    def _added(self, title: str) -> ListSheet:
        sheet: ListSheet = self._book.add_worksheet(title, ListSheet)
        sheet.forms = self._forms
        return sheet

    def _write_page_row(self, sheet: ListSheet, at: int, row: Sequence[Cell]) -> None:
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(at, column, self._fitting(cell), self._forms.text)
            elif cell is not None:
                number, form = sheet.numbered(cell)
                sheet.write_number(at, column, number, form)

    def _fitting(self, text: str) -> str:
        return fitting(text, self._forms.shortened)
