"""What an import of units, successions and changes would do, row by row; nothing is written here.

Three kinds of table are told apart by their heading. All tables of one import are read together: units first, so that
successions and changes may name units that come with them. One mistake refuses the whole import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checklists.errors import Refused
from checklists.imports.changes import read_changes
from checklists.imports.errors import UnknownColumn, UnknownTable
from checklists.imports.rows import LEVEL_ORDER, Action, Held, ImportRow, RegisterWithImport, UnitChange
from checklists.imports.successions import read_successions
from checklists.imports.units import read_units
from checklists.places import InFile, quoted, quoted_file
from checklists.tables import Table, TableRow
from checklists.unit_mentions import Register
from checklists.units import Succession, Unit


@dataclass(frozen=True, slots=True)
class TableKind:
    """One of the tables that can be imported, known by its columns."""

    name: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


UNITS = TableKind("units", ("generation", "code", "level", "kind", "name"), ("parent", "valid_from", "valid_to"))
SUCCESSIONS = TableKind("successions", ("from", "to", "relation", "basis"), ("decision",))
_CHANGE = ("code", "level", "field", "old_value", "new_value", "effective_date", "decision_number", "issuing_body")
CHANGES = TableKind("changes", _CHANGE, ("generation", "issue_date"))
_KINDS = (UNITS, SUCCESSIONS, CHANGES)
_OTHER_NAMES = {"parent_code": "parent", "predecessor": "from", "successor": "to"}


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """Every row with what it would do, and every mistake; either `accepted` or refused whole."""

    files: tuple[str, ...]
    rows: tuple[ImportRow, ...]
    mistakes: tuple[InFile, ...]

    def accepted(self) -> ImportPreview:
        """This preview, if it may be carried out. Raises Refused with all mistakes."""
        if self.mistakes:
            raise Refused(", ".join(map(quoted_file, self.files)), self.mistakes)
        return self

    def count(self, action: Action) -> int:
        return sum(row.action is action for row in self.rows)

    def units(self, action: Action) -> Iterator[Unit]:
        """Units to add or to change, parents before their children."""
        chosen = [row.entry for row in self.rows if row.action is action and isinstance(row.entry, Unit)]
        yield from sorted(chosen, key=lambda unit: LEVEL_ORDER[unit.level])

    def successions(self) -> Iterator[tuple[Succession, str]]:
        """Successions to add, each with the number of its decision ("" where the table does not say)."""
        for row in self.rows:
            if row.action is Action.ADD and isinstance(row.entry, Succession):
                yield row.entry, row.decision

    def changes(self) -> Iterator[UnitChange]:
        """Changes of name or kind to record."""
        for row in self.rows:
            if row.action is Action.CHANGE and isinstance(row.entry, UnitChange):
                yield row.entry


def preview_import(
    tables: Sequence[Table], register: Register, held: Iterable[Succession | UnitChange] = ()
) -> ImportPreview:
    """What importing these tables would do.

    `register` gives units as they were first recorded; `held` are the successions and changes on record, so that
    importing a file again finds everything the same.
    """
    mistakes: list[InFile] = []
    rows: dict[TableKind, list[TableRow]] = {kind: [] for kind in _KINDS}
    for table in tables:
        kind = _kind_of(table)
        if kind is None:
            mistakes.append(table.place.of(_unknown_table(table)))
        else:
            rows[kind] += [_renamed(row, kind) for row in table.rows]
            mistakes += _unknown_columns(table, kind)
    recorded = Held(held)
    units, of_units = read_units(rows[UNITS], register)
    known = RegisterWithImport(register, {row.key: row.entry for row in units if isinstance(row.entry, Unit)})
    successions, of_successions = read_successions(rows[SUCCESSIONS], known, recorded)
    changes, of_changes = read_changes(rows[CHANGES], known, recorded)
    files = tuple(dict.fromkeys(table.place.file for table in tables))
    found = sorted([*mistakes, *of_units, *of_successions, *of_changes], key=_in_reading_order)
    return ImportPreview(files, (*units, *successions, *changes), tuple(found))


def _in_reading_order(mistake: InFile) -> tuple[str, str, int]:
    return mistake.values["file"], mistake.values.get("sheet") or "", mistake.values.get("line") or 0


def _kind_of(table: Table) -> TableKind | None:
    names = {_OTHER_NAMES.get(name, name) for name in table.heading}
    return next((kind for kind in _KINDS if names.issuperset(kind.needed)), None)


def _renamed(row: TableRow, kind: TableKind) -> TableRow:
    other = {**_OTHER_NAMES, "decision_number": "decision"} if kind is SUCCESSIONS else _OTHER_NAMES
    return TableRow(row.place, {other.get(name, name): value for name, value in row.cells.items()})


def _unknown_columns(table: Table, kind: TableKind) -> Iterator[InFile]:
    known = {*kind.needed, *kind.optional, *_OTHER_NAMES, "decision_number"}
    for column in table.heading:
        if column not in known:
            shown = (*kind.needed, *kind.optional)
            yield table.place.of(UnknownColumn(column=quoted(column), table=kind.name, known=shown))


def _unknown_table(table: Table) -> UnknownTable:
    found = tuple(map(quoted, table.heading))
    return UnknownTable(found=found, units=UNITS.needed, successions=SUCCESSIONS.needed, changes=CHANGES.needed)
