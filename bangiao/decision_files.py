"""A decision from the file that somebody wrote: YAML, JSON, or a spreadsheet (sheets `decision` and `successions`).

A file gives a `MergerDecision` or is `Refused` with every mistake that can be seen without the register, each with
file, line (or sheet and row), path and value. What the register says about it comes next, from
`checklists.decision_rules`; `DecisionFile.refusal` says on which lines those mistakes stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bangiao.documents import SPREADSHEETS, Limits, read_document, refused
from bangiao.documents_errors import UnknownFormat
from bangiao.documents_tables import read_tables
from checklists.decision_shape import NotADecision, shape_mistakes
from checklists.decisions import MergerDecision
from checklists.errors import BadInput, HandoverError, Refused
from checklists.places import FieldPath, InFile, Place, quoted, quoted_file
from checklists.tables import Table, TableRow

_ENDINGS = (".yaml", ".yml", ".json", *SPREADSHEETS)
_FIELDS_SHEET, _ROWS_SHEET = "decision", "successions"
_ROW_COLUMNS = ("from", "to", "relation", "basis")

PlaceOf = Callable[[tuple[str | int, ...]], Place]


class SheetMissing(BadInput):
    """the spreadsheet has no sheet "{sheet}" (it has: {found}). A decision needs the sheets "decision" (columns field,
    value) and "successions" (columns from, to, relation, basis)."""


class ColumnsDiffer(BadInput):
    """the sheet "{sheet}" has the columns {found}; it needs exactly {wanted}. Correct the first row."""


class FieldTwice(BadInput):
    """the field "{value}" stands twice in this sheet. Keep one of the rows."""


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """A decision and where each part of it was written."""

    file: str
    decision: MergerDecision
    place_of: PlaceOf

    def refusal(self, mistakes: Iterable[HandoverError]) -> Refused:
        """The refusal of this file for `mistakes` found later, each with its line."""
        return _refusal(self.file, mistakes, self.place_of)


def read_decision(path: Path, limits: Limits | None = None) -> MergerDecision:
    """The decision in the file. Raises Refused."""
    return read_decision_file(path, limits).decision


def read_decision_file(path: Path, limits: Limits | None = None) -> DecisionFile:
    """The decision, keeping the lines for mistakes that are found later. Raises Refused."""
    suffix = path.suffix.lower()
    if path.is_file() and suffix not in _ENDINGS:
        raise refused(path, UnknownFormat(suffix=quoted(path.suffix), known=_ENDINGS))
    content, place_of = _from_sheets(path, limits) if suffix in SPREADSHEETS else _from_document(path, limits)
    try:
        decision = MergerDecision.model_validate(content)
    except ValidationError as error:
        raise _refusal(str(path), shape_mistakes(error), place_of) from error
    return DecisionFile(str(path), decision, place_of)


def _refusal(file: str, mistakes: Iterable[HandoverError], place_of: PlaceOf) -> Refused:
    placed = [_placed(mistake, file, place_of) for mistake in mistakes]
    return Refused(quoted_file(file), sorted(placed, key=lambda mistake: mistake.values.get("line") or 0))


def _placed(mistake: HandoverError, file: str, place_of: PlaceOf) -> InFile:
    if isinstance(mistake, InFile):
        return mistake
    path = mistake.values.get("path")
    return (place_of(path.parts) if isinstance(path, FieldPath) else Place(file)).of(mistake)


def _from_document(path: Path, limits: Limits | None) -> tuple[dict[str, Any], PlaceOf]:
    document = read_document(path, limits)
    if not isinstance(document.content, dict):
        raise refused(path, NotADecision(), document.line_of())
    return document.content, lambda parts: document.place_of(*parts)


def _from_sheets(path: Path, limits: Limits | None) -> tuple[dict[str, Any], PlaceOf]:
    tables = {table.name: table for table in read_tables(path, limits)}
    fields = _sheet(path, tables, _FIELDS_SHEET)
    _check_columns(path, fields, ("field", "value"))
    content, places = _fields(path, fields)
    rows: tuple[TableRow, ...] = ()
    if _ROWS_SHEET in tables or not content.get("central"):
        table = _sheet(path, tables, _ROWS_SHEET)
        _check_columns(path, table, _ROW_COLUMNS)
        rows = table.rows
    content["successions"] = [[row.cells.get(column, "") for column in _ROW_COLUMNS] for row in rows]

    def place_of(parts: tuple[str | int, ...]) -> Place:
        match parts:
            case ["successions", int(row), *_] if row < len(rows):
                return rows[row].place
            case ["title", str(language)] if f"title.{language}" in places:
                return places[f"title.{language}"]
            case [str(field), *_] if field in places:
                return places[field]
        return Place(str(path), fields.place.line, fields.place.sheet)

    return content, place_of


def _sheet(path: Path, tables: Mapping[str, Table], name: str) -> Table:
    if name not in tables:
        raise refused(path, SheetMissing(sheet=name, found=tuple(quoted(found) for found in tables)))
    return tables[name]


def _check_columns(path: Path, table: Table, wanted: tuple[str, ...]) -> None:
    if set(table.heading) != set(wanted):
        found = tuple(map(quoted, table.heading))
        mistake = ColumnsDiffer(sheet=table.name, found=found, wanted=wanted)
        raise refused(path, mistake, table.place.line, table.place.sheet)


def _fields(path: Path, table: Table) -> tuple[dict[str, Any], dict[str, Place]]:
    """The fields of the sheet `decision`; title.vi and title.en stand in rows of their own, central is separated by
    commas."""
    content: dict[str, Any] = {}
    places: dict[str, Place] = {}
    for row in table.rows:
        name = str(row.cells.get("field", "")).strip()
        value = row.cells.get("value")
        if name in places:
            raise refused(path, FieldTwice(value=quoted(name)), row.place.line, row.place.sheet)
        places[name] = row.place
        group, _, language = name.partition(".")
        if group == "title" and language:
            content.setdefault("title", {})[language] = value
        elif name == "central" and (value is None or isinstance(value, str)):
            content[name] = [key.strip() for key in (value or "").split(",") if key.strip()]
        elif value is not None:
            content[name] = value
    return content, places
