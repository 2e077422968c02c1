"""Tables of persons, roles and absences: rows become a preview, or mistakes with their lines.

All tables of one import are read together: persons first, then roles, then absences, so that each may name what comes
with it. The rules are those of a single command (`checklists.people_rules`); one mistake refuses the whole import.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from checklists.errors import BadInput
from checklists.imports.errors import EntryTwice
from checklists.imports.rows import Action, CheckedRows, ImportRow, row_name
from checklists.imports.table_kinds import TableKind, files_of, in_reading_order, rows_by_kind
from checklists.messages import Message
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole, Substitution, role_words
from checklists.people_rules import Entry, PeopleOnRecord, mistakes_in
from checklists.places import FieldPath, InFile, Place
from checklists.tables import CellReader, Table, TableRow
from checklists.unit_mentions import Register, named, unit_mistake
from checklists.units import UnitKey

SUBSTITUTIONS = TableKind("substitutions", ("absent", "substitute", "since", "until"), ("reason",))
ASSIGNMENTS = TableKind("assignments", ("account", "role", "unit", "since"), ("until",), {"person": "account"})
PERSONS = TableKind("persons", ("account", "name"), ("email", "phone", "language"), {"person": "account"})
_COLUMNS = {"person": "account"}


class UnknownPeopleTable(BadInput):
    """a table with the columns {found} is not known. Persons need {persons}; roles need {assignments}; absences need
    {substitutions}. Correct the heading."""


class InColumn(BadInput):
    """{path}: {reason}"""


class PeoplePreview(CheckedRows):
    """What an import of people would do."""

    __slots__ = ()

    def changed(self) -> list[Entry]:
        """What to write: persons before roles before absences."""
        return [row.entry for row in self.rows if row.action is not Action.SAME and isinstance(row.entry, Entry)]


def preview_people(tables: Sequence[Table], record: PeopleOnRecord, register: Register, today: date) -> PeoplePreview:
    """What importing these tables would do; `record` is left with the rows of the files in it."""
    rows, mistakes = rows_by_kind(tables, (SUBSTITUTIONS, ASSIGNMENTS, PERSONS), UnknownPeopleTable)
    reading = _Reading(record, register, today)
    for kind, entry_of in ((PERSONS, reading.person), (ASSIGNMENTS, reading.assignment), (SUBSTITUTIONS, _absence)):
        for row in rows[kind]:
            reading.read(row, entry_of)
    return PeoplePreview(files_of(tables), tuple(reading.rows), in_reading_order([*mistakes, *reading.mistakes]))


class _Reading:
    """The rows read so far, on top of what is on record."""

    def __init__(self, record: PeopleOnRecord, register: Register, today: date) -> None:
        self.rows: list[ImportRow] = []
        self.mistakes: list[InFile] = []
        self._record, self._register, self._today = record, register, today
        self._places: dict[tuple[object, ...], Place] = {}

    def read(self, row: TableRow, entry_of: Callable[[CellReader], Entry | None]) -> None:
        cells = CellReader(row)
        entry = entry_of(cells)
        if entry is not None and not cells.mistakes:
            self._take(entry, cells)
        elif isinstance(entry, Person):
            self._record.add(entry)  # so that it is not also said of their roles that nobody knows them
        self.mistakes += cells.mistakes

    def _take(self, entry: Entry, cells: CellReader) -> None:
        place, held = cells.row.place, self._record.held(entry)
        first = self._places.setdefault((type(entry), *entry.key), place)
        if first is not place:
            path, shown = FieldPath.of(next(iter(cells.row.cells))), self._shown(entry)
            cells.note(EntryTwice(path=path, entry=shown, first=row_name(first)))
            return
        entry = _filled(entry, held)
        broken = () if entry == held else mistakes_in(entry, self._record, self._today)  # what is on record stays
        for field, mistake in broken:
            cells.note(InColumn(path=FieldPath.of(_column(field, entry)), reason=mistake.message))
        self._record.add(entry)
        action = Action.ADD
        changes: tuple[Message, ...] = (self._shown(entry),)
        if held is not None:
            changes = _differences(held, entry)
            action = Action.CHANGE if changes else Action.SAME
        self.rows.append(ImportRow(place, action, entry.key[0], entry, changes))

    def person(self, cells: CellReader) -> Person:
        account, name = cells.text("account"), cells.text("name")
        email, phone, language = (cells.text(column, needed=False) for column in PERSONS.optional)
        held = self._record.persons.get(account) or Person(account, name)
        filled = Person(account, name, email or held.email, phone or held.phone, language or held.language)
        return replace(filled, disabled_on=held.disabled_on)

    def assignment(self, cells: CellReader) -> Assignment | None:
        account, role, unit = cells.text("account"), cells.choice("role", PersonRole), UnitKey(cells.text("unit"))
        since, until = cells.day("since"), cells.day("until", needed=False)
        if unit and unit != EVERYWHERE:
            cells.note(unit_mistake(unit, FieldPath.of("unit"), self._register))
        return Assignment(account, role, unit, since, until) if role and since else None

    def _shown(self, entry: Entry) -> Message:
        match entry:
            case Person():
                texts = (entry.name, entry.email, entry.phone)
                return Message("{parts}", {"parts": tuple(text for text in texts if text)})
            case Assignment():
                everywhere = Message("the whole country")
                where = everywhere if entry.unit == EVERYWHERE else named(entry.unit, self._register)
                words = {"role": role_words(entry.role), "unit": where, "since": entry.since, "until": entry.until}
                if entry.until is None:
                    return Message("{role} in {unit} from {since}", words)
                return Message("{role} in {unit} from {since} until {until}", words)
            case Substitution():
                words = {"substitute": entry.substitute, "since": entry.since, "until": entry.until}
                return Message("{substitute} stands in from {since} until {until}", words)


def _absence(cells: CellReader) -> Substitution | None:
    absent, substitute = cells.text("absent"), cells.text("substitute")
    since, until = cells.day("since"), cells.day("until")
    reason = cells.text("reason", needed=False)
    return Substitution(absent, substitute, since, until, reason) if since and until else None


def _filled(entry: Entry, held: Entry | None) -> Entry:
    """What the file leaves empty stays as it is on record."""
    match entry, held:
        case Assignment(until=None), Assignment():
            return replace(entry, until=held.until)
        case Substitution(reason=""), Substitution():
            return replace(entry, reason=held.reason)
    return entry


def _differences(held: Entry, entry: Entry) -> tuple[Message, ...]:
    return tuple(
        Message(
            "{field}: {old} → {new}", {"field": name, "old": getattr(held, name) or "–", "new": getattr(entry, name)}
        )
        for name in ("name", "email", "phone", "language", "until", "reason")
        if getattr(held, name, None) != getattr(entry, name, None)
    )


def _column(field: str, entry: Entry) -> str:
    return field if isinstance(entry, Substitution) else _COLUMNS.get(field, field)
