"""Rows of a table of units: generation, code, level, kind, name, and optionally parent, valid_from, valid_to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from checklists.circles import circles
from checklists.imports import errors
from checklists.imports.rows import LEVEL_ORDER, Action, ImportRow, RegisterWithImport, row_name
from checklists.messages import Message
from checklists.places import FieldPath, InFile, Place, quoted
from checklists.succession_rules import circle_in_words
from checklists.tables import CellReader, TableRow
from checklists.unit_mentions import Register, near_units
from checklists.units import Level, Unit, UnitKey, is_unit_key

_KEPT = ("level", "kind", "name")
_CORRECTABLE = ("parent", "valid_from", "valid_to")
_CLIMB = 8
Placed = dict[UnitKey, tuple[Place, Unit]]


def read_units(rows: Iterable[TableRow], register: Register) -> tuple[list[ImportRow], list[InFile]]:
    """What each row would do, and the mistakes of all rows."""
    units: Placed = {}
    mistakes: list[InFile] = []
    for row in rows:
        cells = CellReader(row)
        unit = _unit(cells)
        if unit and unit.key in units:
            path, first = FieldPath.of("code"), row_name(units[unit.key][0])
            cells.note(errors.EntryTwice(path=path, entry=unit.key, first=first))
        elif unit:
            units[unit.key] = (row.place, unit)
        mistakes += cells.mistakes
    combined = RegisterWithImport(register, {key: unit for key, (_, unit) in units.items()})
    mistakes += _tree_mistakes(units, combined)
    made = []
    for place, unit in units.values():
        held = register.unit(unit.key)
        mistakes += _conflicts(place, unit, held)
        made.append(_import_row(place, unit, held))
    return made, mistakes


def _unit(cells: CellReader) -> Unit | None:
    generation, code = cells.text("generation"), cells.text("code")
    level = cells.choice("level", Level)
    kind, name = cells.text("kind"), cells.text("name")
    parent = cells.text("parent", needed=False)
    start, end = cells.day("valid_from", needed=False), cells.day("valid_to", needed=False)
    key = UnitKey(f"{generation}:{code}")
    if generation and code and not is_unit_key(key):
        cells.note(errors.BadUnitKey(path=FieldPath.of("code"), value=quoted(key)))
    if start and end and end < start:
        cells.note(errors.EndsBeforeItBegins(path=FieldPath.of("valid_to"), end=end, start=start))
    if level is None or not is_unit_key(key):
        return None  # other mistakes of the row do not make its children's parent unknown
    above = UnitKey(parent if ":" in parent else f"{generation}:{parent}") if parent else None
    return Unit(key, level, kind, name, above, start, end)


def _tree_mistakes(units: Placed, register: RegisterWithImport) -> Iterator[InFile]:
    path = FieldPath.of("parent")
    for place, unit in units.values():
        if unit.parent is None:
            continue
        parent = register.unit(unit.parent)
        if parent is None:
            hint = near_units(unit.parent, register)
            yield place.of(errors.UnknownParent(path=path, key=quoted(unit.parent), hint=hint))
        elif LEVEL_ORDER[parent.level] >= LEVEL_ORDER[unit.level] and not _in_circle(unit, register):
            names = {"parent": f"{parent.key} {parent.name}", "unit": f"{unit.key} {unit.name}"}
            yield place.of(errors.ParentTooLow(path=path, **names))
    for circle in circles(_parents(units, register)):
        first = next(key for key in circle if key in units)
        yield units[first][0].of(errors.ParentCircle(path=path, circle=circle_in_words(circle)))


def _in_circle(unit: Unit, register: RegisterWithImport) -> bool:
    """Whether the unit is above itself; then that is said, not which level is too low."""
    above = unit.parent
    for _ in range(_CLIMB):
        if above is None or above == unit.key:
            break
        parent = register.unit(above)
        above = parent.parent if parent else None
    return above == unit.key


def _parents(units: Placed, register: RegisterWithImport) -> dict[UnitKey, list[UnitKey]]:
    """Child → parent, for the units of the files and everything above them."""
    parents: dict[UnitKey, list[UnitKey]] = {}
    for key in units:
        here: UnitKey | None = key
        while here is not None and here not in parents:
            unit = register.unit(here)
            parents[here] = [unit.parent] if unit and unit.parent else []
            here = unit.parent if unit else None
    return parents


def _conflicts(place: Place, unit: Unit, held: Unit | None) -> Iterator[InFile]:
    for field in _KEPT if held else ():
        before, after = getattr(held, field), getattr(unit, field)
        if before != after:
            yield place.of(
                errors.OtherValueHeld(
                    path=FieldPath.of(field), unit=unit.key, held=f'{field} "{before}"', value=f'"{quoted(after)}"'
                )
            )


def _import_row(place: Place, unit: Unit, held: Unit | None) -> ImportRow:
    """What the file leaves empty stays as it is on record."""
    if held is None:
        return ImportRow(place, Action.ADD, unit.key, unit)
    merged = replace(unit, **{field: getattr(unit, field) or getattr(held, field) for field in _CORRECTABLE})
    differences = tuple(
        Message("{field}: {old} → {new}", {"field": field, "old": before or "–", "new": getattr(merged, field)})
        for field in _CORRECTABLE
        if (before := getattr(held, field)) != getattr(merged, field)
    )
    return ImportRow(place, Action.CHANGE if differences else Action.SAME, unit.key, merged, differences)
