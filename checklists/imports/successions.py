"""Rows of a table of successions: from, to, relation, basis, and optionally the number of the decision."""

from __future__ import annotations

from collections.abc import Iterable

from checklists.errors import BadInput
from checklists.imports import errors
from checklists.imports.rows import Action, Held, ImportRow
from checklists.places import FieldPath, InFile, quoted
from checklists.succession_rules import circle_mistakes, level_mistake, mistakes_of_predecessors
from checklists.tables import CellReader, TableRow
from checklists.unit_mentions import Register, unit_mistake
from checklists.units import Relation, Succession, UnitKey


def read_successions(rows: Iterable[TableRow], register: Register, held: Held) -> tuple[list[ImportRow], list[InFile]]:
    """What each row would do, and the mistakes of all rows."""
    made: list[ImportRow] = []
    mistakes: list[InFile] = []
    for row in rows:
        cells = CellReader(row)
        succession = _succession(cells, register)
        decision = cells.text("decision", needed=False)
        if succession:
            cells.note(_conflict(succession, held))
            known = (succession.predecessor, succession.successor) in held.successions
            action = Action.SAME if known else Action.ADD
            made.append(ImportRow(row.place, action, succession.predecessor, succession, decision=decision))
        mistakes += cells.mistakes
    return made, mistakes + _among(made, register)


def _succession(cells: CellReader, register: Register) -> Succession | None:
    keys = []
    for column in ("from", "to"):
        key = UnitKey(cells.text(column))
        cells.note(unit_mistake(key, FieldPath.of(column), register) if key else None)
        keys.append(key)
    relation, basis = cells.choice("relation", Relation), cells.text("basis")
    before, after = (register.unit(key) for key in keys)
    if before and after:
        cells.note(level_mistake(before, after, FieldPath.of("to")))
    if relation is None or cells.mistakes:
        return None
    return Succession(keys[0], keys[1], relation, basis)


def _conflict(succession: Succession, held: Held) -> BadInput | None:
    known = held.successions.get((succession.predecessor, succession.successor))
    if known is None or known == succession:
        return None
    return errors.SuccessionHeld(
        path=FieldPath.of("relation"),
        predecessor=succession.predecessor,
        successor=succession.successor,
        held=f"{known.relation.value}, {known.basis}",
        value=quoted(f"{succession.relation.value}, {succession.basis}"),
    )


def _among(made: list[ImportRow], register: Register) -> list[InFile]:
    """Mistakes that only several rows together show."""
    rows = [(index, row.entry) for index, row in enumerate(made) if isinstance(row.entry, Succession)]

    def path_of(index: int, column: str | None) -> FieldPath:
        path = FieldPath(column or f"#{made[index].place.line}")
        path.parts = (index,)
        return path

    found = [*mistakes_of_predecessors(rows, register, {}, path_of), *circle_mistakes(rows, path_of)]
    return [made[_index(mistake)].place.of(mistake) for mistake in found]


def _index(mistake: BadInput) -> int:
    """Which row a mistake is about: `path_of` above kept it."""
    path: FieldPath = mistake.values["path"]
    return int(path.parts[0])
