"""Tables told apart by their headings: what every import begins with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from checklists.errors import BadInput
from checklists.imports.errors import UnknownColumn
from checklists.places import InFile, quoted
from checklists.tables import Table, TableRow


@dataclass(frozen=True, slots=True)
class TableKind:
    """One of the tables that can be imported, known by its columns; `other_names` of a column are taken for it."""

    name: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    other_names: Mapping[str, str] = field(default_factory=dict, hash=False)

    def column(self, heading: str) -> str:
        return self.other_names.get(heading, heading)


def rows_by_kind(
    tables: Sequence[Table], kinds: Sequence[TableKind], unknown: type[BadInput]
) -> tuple[dict[TableKind, list[TableRow]], list[InFile]]:
    """The rows of each kind under its own column names, and what is wrong with the headings. `unknown` is said of a
    table of no kind: what was `found`, and what each kind needs, by its name."""
    mistakes: list[InFile] = []
    rows: dict[TableKind, list[TableRow]] = {kind: [] for kind in kinds}
    for table in tables:
        kind = next((kind for kind in kinds if set(map(kind.column, table.heading)).issuperset(kind.needed)), None)
        if kind is None:
            needed = {kind.name: kind.needed for kind in kinds}
            mistakes.append(table.place.of(unknown(found=tuple(map(quoted, table.heading)), **needed)))
        else:
            rows[kind] += [_renamed(row, kind) for row in table.rows]
            mistakes += _unknown_columns(table, kind)
    return rows, mistakes


def _renamed(row: TableRow, kind: TableKind) -> TableRow:
    return TableRow(row.place, {kind.column(name): value for name, value in row.cells.items()})


def _unknown_columns(table: Table, kind: TableKind) -> Iterator[InFile]:
    shown = (*kind.needed, *kind.optional)
    for column in table.heading:
        if kind.column(column) not in shown:
            yield table.place.of(UnknownColumn(column=quoted(column), table=kind.name, known=shown))


def in_reading_order(mistakes: Iterable[InFile]) -> tuple[InFile, ...]:
    """By file, sheet and line."""
    return tuple(sorted(mistakes, key=_reading_place))


def _reading_place(mistake: InFile) -> tuple[str, str, int]:
    return mistake.values["file"], mistake.values.get("sheet") or "", mistake.values.get("line") or 0


def files_of(tables: Sequence[Table]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(table.place.file for table in tables))
