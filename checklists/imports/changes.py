"""Rows of a table of changes: a unit's kind or name from a day on. The generation is `new` where none is given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from checklists.decision_rules import day_mistake
from checklists.errors import BadInput
from checklists.imports import errors
from checklists.imports.rows import Action, Held, ImportRow, UnitChange, row_name
from checklists.messages import Message
from checklists.places import FieldPath, InFile, Place, quoted
from checklists.tables import CellReader, TableRow
from checklists.unit_mentions import Register, unit_mistake
from checklists.units import Level, UnitKey

_FIELDS = ("kind", "name")
_DEFAULT_GENERATION = "new"


def read_changes(rows: Iterable[TableRow], register: Register, held: Held) -> tuple[list[ImportRow], list[InFile]]:
    """What each row would do, and the mistakes of all rows. Old values are compared in the order of the days."""
    read: list[tuple[Place, UnitChange]] = []
    mistakes: list[InFile] = []
    for row in rows:
        cells = CellReader(row)
        change = _change(cells, register)
        if change:
            read.append((row.place, change))
        mistakes += cells.mistakes
    mistakes += _repeated(read)
    history = _History([*held.changes.values(), *(change for _, change in read)])
    made = []
    for place, change in read:
        known = held.changes.get((change.unit, change.field, change.effective_on))
        before = history.value_before(change, register)
        if known and known.new_value != change.new_value:
            mistakes.append(place.of(_about(errors.ChangeHeld, change, "new_value", held=known.new_value)))
        elif not known and change.old_value not in before and change.new_value not in before:
            mistake = _about(
                errors.OldValueDiffers, change, "old_value", held=before[0], value=quoted(change.old_value)
            )
            mistakes.append(place.of(mistake))
        is_same = known is not None or (change.old_value not in before and change.new_value in before)
        made.append(_import_row(place, change, is_same=is_same))
    return made, mistakes


class _History:
    """The changes on record and in the files, by unit and field, in the order of their days."""

    def __init__(self, changes: Iterable[UnitChange]) -> None:
        self._changes: dict[tuple[UnitKey, str], list[UnitChange]] = {}
        for change in sorted(changes, key=lambda change: change.effective_on):
            self._changes.setdefault((change.unit, change.field), []).append(change)

    def value_before(self, change: UnitChange, register: Register) -> tuple[str, ...]:
        """What the field held before this change; a name also as it reads once the kind in front of it has changed."""
        unit = register.unit(change.unit)
        last = self._last(change.unit, change.field, change.effective_on)
        if last is not None or unit is None:
            return (last.new_value if last else "",)
        if change.field == "kind":
            return (unit.kind,)
        kind = self._last(change.unit, "kind", change.effective_on)
        if kind is None or not unit.name.casefold().startswith(unit.kind):
            return (unit.name,)
        return unit.name, f"{kind.new_value[:1].upper()}{kind.new_value[1:]}{unit.name[len(unit.kind) :]}"

    def _last(self, key: UnitKey, field: str, day: date) -> UnitChange | None:
        earlier = (one for one in self._changes.get((key, field), ()) if one.effective_on < day)
        return max(earlier, key=lambda one: one.effective_on, default=None)


def _about(rule: type[BadInput], change: UnitChange, column: str, **values: object) -> BadInput:
    """A mistake of this rule, at this column of the change."""
    about = {"unit": change.unit, "field": change.field, "day": change.effective_on, "value": quoted(change.new_value)}
    return rule(path=FieldPath.of(column), **{**about, **values})


def _import_row(place: Place, change: UnitChange, *, is_same: bool) -> ImportRow:
    values = {"field": change.field, "old": change.old_value, "new": change.new_value, "day": change.effective_on}
    words = Message("{field}: {old} → {new} from {day}", values)
    return ImportRow(place, Action.SAME if is_same else Action.CHANGE, change.unit, change, () if is_same else (words,))


def _change(cells: CellReader, register: Register) -> UnitChange | None:
    generation = cells.text("generation", needed=False) or _DEFAULT_GENERATION
    code, level, field = cells.text("code"), cells.choice("level", Level), cells.text("field")
    old, new = cells.text("old_value"), cells.text("new_value")
    number, body = cells.text("decision_number"), cells.text("issuing_body")
    effective, issued = cells.day("effective_date"), cells.day("issue_date", needed=False)
    if cells.mistakes or effective is None:
        return None
    key = UnitKey(f"{generation}:{code}")
    change = UnitChange(key, field, effective, old, new, number, body, issued)
    _check(cells, change, level, register)
    return None if cells.mistakes else change


def _check(cells: CellReader, change: UnitChange, level: Level | None, register: Register) -> None:
    if change.field not in _FIELDS:
        cells.note(errors.UnknownChange(path=FieldPath.of("field"), value=quoted(change.field), known=_FIELDS))
    if change.old_value == change.new_value:
        cells.note(errors.ChangesNothing(path=FieldPath.of("new_value"), value=quoted(change.new_value)))
    _check_days(cells, change)
    cells.note(unit_mistake(change.unit, FieldPath.of("code"), register))
    unit = register.unit(change.unit)
    if unit is None:
        return
    if unit.level is not level:
        name, value = f"{unit.key} {unit.name}", level.value if level else ""
        cells.note(errors.OtherLevel(path=FieldPath.of("level"), unit=name, held=unit.level.value, value=value))
    if not (unit.valid_from or date.min) <= change.effective_on <= (unit.valid_to or date.max):
        start, end = unit.valid_from or Message("the beginning"), unit.valid_to or Message("further notice")
        cells.note(_about(errors.UnitNotThere, change, "effective_date", start=start, end=end))


def _check_days(cells: CellReader, change: UnitChange) -> None:
    start = change.issued_on or change.effective_on
    cells.note(day_mistake(change.effective_on, start, FieldPath.of("effective_date")))
    if change.effective_on < start:
        path = FieldPath.of("effective_date")
        cells.note(errors.EffectiveBeforeItsIssue(path=path, effective=change.effective_on, issued=start))


def _repeated(read: list[tuple[Place, UnitChange]]) -> list[InFile]:
    first: dict[tuple[UnitKey, str, date], Place] = {}
    repeated = []
    for place, change in read:
        earlier = first.setdefault((change.unit, change.field, change.effective_on), place)
        if earlier is not place:
            repeated.append(place.of(_about(errors.ChangeTwice, change, "code", first=row_name(earlier))))
    return repeated
