"""The values that an import is made of: what a row would do, and what is on record already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from checklists.errors import Refused
from checklists.messages import Message
from checklists.places import InFile, Place, quoted_file
from checklists.unit_mentions import Register
from checklists.units import Level, Succession, Unit, UnitKey

LEVEL_ORDER = {level: place for place, level in enumerate(Level)}


class Action(StrEnum):
    """What a row would do. `same`: it is on record already, nothing would happen."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class UnitChange:
    """A later change of a unit's kind or name: the attribute is dated, the key stays."""

    unit: UnitKey
    field: str
    effective_on: date
    old_value: str
    new_value: str
    decision_number: str
    issuing_body: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of the preview. `differences` say in words what changes; `decision` belongs to successions."""

    place: Place
    action: Action
    key: str
    entry: object
    differences: tuple[Message, ...] = ()
    decision: str = ""


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """Every row with what it would do, and every mistake; either `accepted` or refused whole."""

    files: tuple[str, ...]
    rows: tuple[ImportRow, ...]
    mistakes: tuple[InFile, ...]

    def accepted(self) -> Self:
        """These rows, if they may be carried out. Raises Refused with all mistakes."""
        if self.mistakes:
            raise Refused(", ".join(map(quoted_file, self.files)), self.mistakes)
        return self

    def count(self, action: Action) -> int:
        return sum(row.action is action for row in self.rows)


class Held:
    """What is on record besides units: successions and changes."""

    def __init__(self, entries: Iterable[Succession | UnitChange]) -> None:
        self.successions: dict[tuple[UnitKey, UnitKey], Succession] = {}
        self.changes: dict[tuple[UnitKey, str, date], UnitChange] = {}
        for entry in entries:
            if isinstance(entry, Succession):
                self.successions[entry.predecessor, entry.successor] = entry
            else:
                self.changes[entry.unit, entry.field, entry.effective_on] = entry


class RegisterWithImport:
    """The register as it would be with the units of the files."""

    def __init__(self, register: Register, imported: Mapping[UnitKey, Unit]) -> None:
        self._register = register
        self._imported = imported
        self._codes: dict[str, list[UnitKey]] = {}
        for key, unit in imported.items():
            self._codes.setdefault(unit.code, []).append(key)

    def unit(self, key: UnitKey) -> Unit | None:
        return self._imported.get(key) or self._register.unit(key)

    def same_code(self, code: str) -> Sequence[UnitKey]:
        """Keys with this code, in every generation."""
        return list(dict.fromkeys([*self._codes.get(code, ()), *self._register.same_code(code)]))


def row_name(place: Place) -> Message:
    """A row of the same import, for sentences that point at another row."""
    if place.sheet is None:
        return Message("line {line} of {file}", {"line": place.line, "file": place.file})
    return Message(
        "row {line} of sheet {sheet}, {file}", {"line": place.line, "sheet": place.sheet, "file": place.file}
    )
