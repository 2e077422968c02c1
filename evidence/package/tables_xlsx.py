"""Lists as one workbook, row by row and in constant memory: `tables` → **danh-muc.xlsx**.

Every text is written as a string, never as formula or address. What stands in the file besides the rows is fixed (its
day is the package's), so that equal rows give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from evidence.spreadsheet_safe import Cell, shown

ROWS_OF_A_SHEET = 1_048_576
_LONGEST_TEXT = 32_767
_LONGEST_TITLE = 31
_EPOCH = date(1899, 12, 30).toordinal()
_SECONDS_OF_A_DAY = 86_400


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
        self._shortened, self._limit = shortened, rows_of_a_sheet
        top = {"valign": "top", "text_wrap": True}
        self._text = self._book.add_format(top)
        self._number = self._book.add_format({"valign": "top", "num_format": "#,##0"})
        self._day = self._book.add_format({"valign": "top", "num_format": "dd/mm/yyyy", "align": "left"})
        self._instant = self._book.add_format({"valign": "top", "num_format": "dd/mm/yyyy hh:mm:ss", "align": "left"})
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
            self._write_row(sheet, at, row)
            yield row
        self._end(sheet, at, len(columns))

    def add_page(self, title: str, widths: Sequence[int], rows: Iterator[Sequence[Cell]]) -> None:
        """A page to read, not to filter: a row of one cell is a heading, the first cell of others a label."""
        sheet = self._book.add_worksheet(title)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        for at, row in enumerate(rows):
            self._write_row(sheet, at, row)
            if row and isinstance(row[0], str):
                sheet.write_string(at, 0, self._fitting(row[0]), self._head if len(row) == 1 else self._bold)

    def close(self) -> None:
        self._book.close()

    def _sheet(self, title: str, columns: Sequence[tuple[str, int]], number: int) -> Worksheet:
        behind = f" ({number})" if number > 1 else ""
        sheet = self._book.add_worksheet(title[: _LONGEST_TITLE - len(behind)] + behind)
        sheet.freeze_panes(1, 0)
        for column, (words, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, words, self._head)
        return sheet

    def _end(self, sheet: Worksheet, last: int, columns: int) -> None:
        sheet.autofilter(0, 0, last, columns - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0)

    def _write_row(self, sheet: Worksheet, at: int, row: Sequence[Cell]) -> None:
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(at, column, self._fitting(cell), self._text)
            elif cell is not None:
                number, form = self._numbered(cell)
                sheet.write_number(at, column, number, form)

    def _numbered(self, cell: int | date | datetime) -> tuple[float, Any]:
        """Days as spreadsheets count them."""
        if isinstance(cell, datetime):
            seconds = cell.hour * 3600 + cell.minute * 60 + cell.second
            return cell.toordinal() - _EPOCH + seconds / _SECONDS_OF_A_DAY, self._instant
        return (cell.toordinal() - _EPOCH, self._day) if isinstance(cell, date) else (cell, self._number)

    def _fitting(self, text: str) -> str:
        """At most what a cell holds. A text between <r> and </r> would be taken for formatted text of the file's own:
        the blank behind it keeps it a text."""
        plain = shown(text)
        if len(plain) > _LONGEST_TEXT:
            kept = _LONGEST_TEXT - len(self._shortened) - len(str(len(plain)))
            plain = plain[:kept] + self._shortened.format(len(plain) - kept)
        return plain + " " if plain.startswith("<r>") and plain.endswith("</r>") else plain
