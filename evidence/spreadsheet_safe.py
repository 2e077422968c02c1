"""Text that a spreadsheet program shows and never runs: one rule for everything of ours that opens in one.

rows → **here** → CSV files of a package and of the pages; `shown` also for XLSX cells. A program that opens a CSV takes
a cell beginning with = + - @ for a formula; an apostrophe in front makes it text. Where the program parts cells at
semicolons (Vietnamese settings do), a formula may begin inside our cell: there, too. Such a CSV is for reading; what is
machine-read stands in the JSON lines beside it.
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from io import StringIO
from pathlib import Path

Cell = str | int | date | datetime | None
"""A datetime is local already and carries no zone; an int is a number, which no program takes for a formula."""

BOM = "\ufeff"
_DANGEROUS = re.compile(r"((?:^|[;\n])\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_NO_CHARACTERS = ("\ufffe", "\uffff")
_LINES_AT_ONCE = 1_000
_PLANE = 1 << 16


@lru_cache(maxsize=8_192)
def harmless(text: str) -> str:
    """`text` for a CSV cell: an apostrophe stands before whatever a program would take for the start of a formula.
    TAB, CR, NUL and hidden characters, behind which one could wait, have become blanks, lines and words by then."""
    if text.isalnum():
        return text
    return _DANGEROUS.sub(r"\1'", shown(text))


@lru_cache(maxsize=2_048)
def shown(text: str) -> str:
    """`text` with each character that nobody sees (direction marks, NUL) as its code point; lines and tabs stay lines
    and blanks."""
    if text.isascii() and text.isprintable():
        return text
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _hidden().sub(lambda found: f"[U+{ord(found[0]):04X}]", plain)


@cache
def _hidden() -> re.Pattern[str]:
    """All such characters as few ranges: lists have millions of cells, and most have none of them."""
    codes = (*range(_PLANE * 2), *range(_PLANE * 14, _PLANE * 15))  # between them no such characters stand
    hidden = {code for code in codes if code != ord("\n") and _is_hidden(chr(code))}
    first = sorted(code for code in hidden if code - 1 not in hidden)
    last = sorted(code for code in hidden if code + 1 not in hidden)
    ranges = (f"\\U{start:08x}-\\U{end:08x}" for start, end in zip(first, last, strict=True))
    return re.compile(f"[{''.join(ranges)}{chr(_PLANE * 15)}-{chr(sys.maxunicode)}]")


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN or char in _NO_CHARACTERS


def csv_text(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """RFC 4180 in pieces, for a file or a streamed answer: mark of UTF-8 first, CRLF at the end of each row."""
    page = StringIO(newline="")
    page.write(BOM)
    writer = csv.writer(page, lineterminator="\r\n")
    for at, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(cell) for cell in row])
        if at % _LINES_AT_ONCE == 0:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def write_csv(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_text(rows))


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell if cell.isalnum() else harmless(cell)  # most are the one or known
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M:%S}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return "" if cell is None else str(cell)
