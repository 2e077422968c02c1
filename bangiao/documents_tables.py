"""CSV and spreadsheets as tables: a heading and rows that know their line (in a spreadsheet: the row of the sheet).

A spreadsheet is a ZIP archive: it is unpacked once in small pieces, counting, before the reader that builds cells opens
it. Formulas are not computed and macros not executed; the values that were saved in the cells are what counts.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

import python_calamine

from bangiao import documents_errors as errors
from bangiao.documents import SPREADSHEETS, Limits, read_bytes, read_text, refused
from bangiao.documents_cells import CellTexts, TextTooLong, shared_texts_first
from checklists.errors import BadInput, Refused
from checklists.places import InFile, Place, quoted, quoted_file
from checklists.tables import Table, TableRow

_PIECE = 1024**2
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")
_CELL_TAIL = 40


def read_tables(path: Path, limits: Limits | None = None) -> list[Table]:
    """The table of a CSV file, or those of all sheets that are not empty. Raises Refused."""
    limits = limits or Limits()
    mistakes: list[InFile] = []
    if path.suffix.lower() in SPREADSHEETS:
        sheets = _read_spreadsheet(path, limits)
    else:
        sheets = [(None, _read_csv(path, read_text(path, (".csv", *SPREADSHEETS), limits)))]
    tables = [table for name, rows in sheets if (table := _table(str(path), name, rows, mistakes))]
    if mistakes:
        raise Refused(quoted_file(path), mistakes)
    if not tables:
        raise refused(path, errors.EmptyFile())
    return tables


def _table(file: str, sheet: str | None, rows: list[tuple[int, list[Any]]], mistakes: list[InFile]) -> Table | None:
    filled = [(line, row) for line, row in rows if any(not _is_empty(cell) for cell in row)]
    if not filled:
        return None
    first, names = filled[0]
    heading = tuple(str(cell).strip().casefold() for cell in names)
    for name in {name for name in heading if name and heading.count(name) > 1}:
        mistakes.append(Place(file, first, sheet).of(errors.HeadingTwice(heading=quoted(name))))
    made = []
    for line, row in filled[1:]:
        place = Place(file, line, sheet)
        mistakes.extend(place.of(mistake) for mistake in _beside_heading(heading, row))
        cells = {name: _cell(value) for name, value in zip(heading, row, strict=False) if not _is_empty(value)}
        made.append(TableRow(place, cells))
    return Table(Place(file, first, sheet), tuple(name for name in heading if name), tuple(made))


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _beside_heading(heading: tuple[str, ...], row: Sequence[Any]) -> Iterator[BadInput]:
    for column, cell in enumerate(row):
        if not _is_empty(cell) and (column >= len(heading) or not heading[column]):
            yield errors.NoHeading(value=quoted(cell), column=column + 1)


def _cell(value: Any) -> Any:
    """The value of a cell: whole numbers without ".0", days without a time."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    return value


def _read_csv(path: Path, text: str) -> list[tuple[int, list[Any]]]:
    first = text.partition("\n")[0].strip().casefold()
    skipped = 1 if re.fullmatch(r"sep=[;,\t]", first) else 0
    heading = [*text.split("\n", skipped + 1), ""][skipped]  # after "sep=;" there may be nothing
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[Any]]] = []
    line = 1
    try:
        for row in reader:
            rows.append((line, list(row)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise refused(path, errors.NotCsv(why=quoted(error)), reader.line_num or 1) from error
    return rows[skipped:]


def _read_spreadsheet(path: Path, limits: Limits) -> list[tuple[str | None, list[tuple[int, list[Any]]]]]:
    content = read_bytes(path, SPREADSHEETS, limits)
    try:
        _check_unpacked(path, content, limits)
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [(name, _read_sheet(workbook.get_sheet_by_name(name))) for name in workbook.sheet_names]
    except Refused:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise refused(path, errors.NotASpreadsheet(why=quoted(error))) from error
    except (python_calamine.CalamineError, KeyError, OSError) as error:
        raise refused(path, errors.NotASpreadsheet(why=quoted(error))) from error
    except BaseException as error:
        # The reader is Rust; where it gives up, the exception is no Exception and has no importable class.
        if type(error).__name__ != "PanicException":
            raise
        raise refused(path, errors.NotASpreadsheet(why=quoted(error))) from error


def _read_sheet(sheet: Any) -> list[tuple[int, list[Any]]]:
    first = (sheet.start or (0, 0))[0] + 1
    return [(first + offset, row) for offset, row in enumerate(sheet.to_python(skip_empty_area=True))]


def _check_unpacked(path: Path, content: bytes, limits: Limits) -> None:
    """Unpack everything in pieces and forget it: sizes in the directory of an archive are only claims."""
    limit = limits.max_bytes * limits.unpacked
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = sorted(archive.infolist(), key=lambda member: shared_texts_first(member.filename))
        claimed = sum(member.file_size for member in members)
        if claimed > limit:
            raise refused(path, _unpacks_too_large(claimed, limit))
        texts, unpacked = CellTexts(), 0
        for member in members:
            corner = _Corner()
            texts.begin(member.filename)
            for piece in _pieces(archive, member):
                unpacked += len(piece)
                _see_texts(path, texts, piece)
                if unpacked + texts.size > limit:
                    raise refused(path, _unpacks_too_large(unpacked + texts.size, limit))
                corner.see(piece)
            if corner.cells > limits.max_cells:
                raise refused(path, errors.SheetTooWide(column=corner.column, row=corner.row, limit=limits.max_cells))


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The last one is empty."""
    with archive.open(member) as opened:
        while piece := opened.read(_PIECE):
            yield piece
    yield b""


def _see_texts(path: Path, texts: CellTexts, piece: bytes) -> None:
    try:
        texts.see(piece)
    except TextTooLong as error:
        raise refused(path, error) from error


def _unpacks_too_large(size: int, limit: int) -> BadInput:
    return errors.UnpacksTooLarge(size=size // _PIECE, limit=limit // _PIECE)


class _Corner:
    """The lowest row and rightmost column that the XML of a sheet names. Two cells in far corners are a small file and
    a huge table: the reader would allocate every cell between them."""

    def __init__(self) -> None:
        self.row = 0
        self.column = 1
        self._tail = b""
        self._columns: set[bytes] = set()

    @property
    def cells(self) -> int:
        return self.row * self.column

    def see(self, piece: bytes) -> None:
        for found in _CELL.finditer(self._tail + piece):
            self.row = max(self.row, int(found[2]))
            if found[1] not in self._columns:
                self._columns.add(found[1])
                self.column = max(self.column, _column_number(found[1]))
        self._tail = piece[-_CELL_TAIL:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
