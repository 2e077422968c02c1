"""Tables that people hand in, as plain data: a heading and rows that know where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from checklists.decision_shape import MissingField, NotText, as_day
from checklists.errors import BadInput
from checklists.places import FieldPath, InFile, Place, quoted
from checklists.text_rules import text_mistakes

Choice = TypeVar("Choice", bound=StrEnum)


class UnknownWord(BadInput):
    """{path}: "{value}" is not one of the words {known}. Write one of them."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row; empty cells are left out."""

    place: Place
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A heading (lower case) and the rows below it that hold anything."""

    place: Place
    heading: tuple[str, ...]
    rows: tuple[TableRow, ...]

    @property
    def name(self) -> str:
        """The sheet's name in lower case; empty for CSV."""
        return (self.place.sheet or "").strip().casefold()


@dataclass(slots=True)
class CellReader:
    """Takes the cells of one row as values, noting what is wrong with each."""

    row: TableRow
    mistakes: list[InFile] = field(default_factory=list)

    def note(self, mistake: BadInput | None) -> None:
        if mistake:
            self.mistakes.append(self.row.place.of(mistake))

    def text(self, column: str, *, needed: bool = True) -> str:
        """The text of a cell, "" (and a mistake, if it is needed) where there is none."""
        value = self.row.cells.get(column)
        path = FieldPath.of(column)
        if value is None:
            self.note(MissingField(path=path) if needed else None)
            return ""
        if not isinstance(value, str):
            self.note(NotText(path=path, value=quoted(value)))
            return ""
        for mistake in text_mistakes(value.strip(), path):
            self.note(mistake)
        return value.strip()

    def choice(self, column: str, words: type[Choice]) -> Choice | None:
        text = self.text(column)
        try:
            return words(text) if text else None
        except ValueError:
            known = tuple(word.value for word in words)
            self.note(UnknownWord(path=FieldPath.of(column), value=quoted(text), known=known))
            return None

    def day(self, column: str, *, needed: bool = True) -> date | None:
        value = self.row.cells.get(column)
        if value is None:
            self.note(MissingField(path=FieldPath.of(column)) if needed else None)
            return None
        day = as_day(value, FieldPath.of(column))
        if isinstance(day, date):
            return day
        self.note(day)
        return None
