"""What an import of units, successions and changes would do, row by row; nothing is written here.

Three kinds of table are told apart by their heading. All tables of one import are read together: units first, so that
successions and changes may name units that come with them. One mistake refuses the whole import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from checklists.imports.changes import read_changes
from checklists.imports.errors import UnknownTable
from checklists.imports.rows import LEVEL_ORDER, Action, CheckedRows, Held, RegisterWithImport, UnitChange
from checklists.imports.successions import read_successions
from checklists.imports.table_kinds import TableKind, files_of, in_reading_order, rows_by_kind
from checklists.imports.units import read_units
from checklists.tables import Table
from checklists.unit_mentions import Register
from checklists.units import Succession, Unit

UNITS = TableKind(
    "units",
    ("generation", "code", "level", "kind", "name"),
    ("parent", "valid_from", "valid_to"),
    {"parent_code": "parent"},
)
SUCCESSIONS = TableKind(
    "successions",
    ("from", "to", "relation", "basis"),
    ("decision",),
    {"predecessor": "from", "successor": "to", "decision_number": "decision"},
)
_CHANGE = ("code", "level", "field", "old_value", "new_value", "effective_date", "decision_number", "issuing_body")
CHANGES = TableKind("changes", _CHANGE, ("generation", "issue_date"))
_KINDS = (UNITS, SUCCESSIONS, CHANGES)


class ImportPreview(CheckedRows):
    """What an import of units would do."""

    __slots__ = ()

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
    rows, of_tables = rows_by_kind(tables, _KINDS, UnknownTable)
    recorded = Held(held)
    units, of_units = read_units(rows[UNITS], register)
    known = RegisterWithImport(register, {row.entry.key: row.entry for row in units if isinstance(row.entry, Unit)})
    successions, of_successions = read_successions(rows[SUCCESSIONS], known, recorded)
    changes, of_changes = read_changes(rows[CHANGES], known, recorded)
    found = in_reading_order([*of_tables, *of_units, *of_successions, *of_changes])
    return ImportPreview(files_of(tables), (*units, *successions, *changes), found)
