"""Rows of a list as a spreadsheet's XML, by the million: cells → **here** → a sheet of `tables_xlsx`.

The library takes a cell for anything it may be and looks it up again when it writes the row; for lists, which have
text, numbers and days only, that was half the time of a large package. What the same text becomes is worked out once
while it is remembered; everything else of the workbook stays the library's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from evidence.spreadsheet_safe import Cell, shown

LONGEST_TEXT = 32_767
"""UTF-16 units in a cell."""

_SHORT = 512
_EPOCH = date(1899, 12, 30).toordinal()
_SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Forms:
    """How each kind of cell looks; `shortened` has a place for how many characters a cell could not hold."""

    text: Any
    number: Any
    day: Any
    instant: Any
    shortened: str


class ListSheet(Worksheet):  # type: ignore[misc]  # the library has no types
    """A sheet in constant memory; rows of a list are written after its head, each once, downwards."""

    forms: Forms
    _starts: tuple[str, ...] = ()

    def write_list_row(self, at: int, row: Sequence[Cell]) -> None:
        if len(self._starts) < len(row):
            self._starts = tuple(f'<c r="{xl_col_to_name(column)}' for column in range(len(row)))
        self._check_dimensions(at, len(row) - 1)
        self._write_single_row(at)  # what the library still holds: the head
        number, forms = str(at + 1), self.forms
        text = f'{number}" s="{forms.text._get_xf_index()}" t="inlineStr"><is><t'
        parts = [f'<row r="{number}">']
        for start, cell in zip(self._starts, row, strict=False):
            if cell.__class__ is str:
                if cell:
                    parts += (start, text, inline(cell, forms.shortened))
            elif cell is not None:
                count, form = self.numbered(cell)
                parts.append(f'{start}{number}" s="{form._get_xf_index()}"><v>{count:.16G}</v></c>')
        parts.append("</row>")
        self.fh.write("".join(parts))

    def numbered(self, cell: Any) -> tuple[float, Any]:
        """Days as spreadsheets count them."""
        if isinstance(cell, datetime):
            seconds = cell.hour * 3600 + cell.minute * 60 + cell.second
            return cell.toordinal() - _EPOCH + seconds / _SECONDS_OF_A_DAY, self.forms.instant
        return (cell.toordinal() - _EPOCH, self.forms.day) if isinstance(cell, date) else (cell, self.forms.number)


def inline(text: str, shortened: str) -> str:
    """A text's XML from where its blanks are to be kept, to the end of the cell."""
    return _inline(text, shortened) if len(text) <= _SHORT else _inline.__wrapped__(text, shortened)


@lru_cache(maxsize=8_192)
def _inline(text: str, shortened: str) -> str:
    plain = Worksheet._escape_control_characters(fitting(text, shortened))
    kept = ' xml:space="preserve"' if plain != plain.strip() else ""
    return f"{kept}>{escape(plain)}</t></is></c>"


def fitting(text: str, shortened: str) -> str:
    """At most what a cell holds. A text between <r> and </r> would be taken for formatted text of the file's own:
    the blank behind it keeps it a text."""
    plain = shown(text)
    if len(plain) > LONGEST_TEXT // 2 and _units(plain) > LONGEST_TEXT:
        room = LONGEST_TEXT - len(shortened) - len(str(len(plain)))
        begun = plain.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
        plain = begun + shortened.format(len(plain) - len(begun))
    return plain + " " if plain.startswith("<r>") and plain.endswith("</r>") else plain


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
