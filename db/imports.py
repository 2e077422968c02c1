"""Writing an accepted import: units, successions and dated changes, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Connection, insert, select, update

from checklists.imports.preview import ImportPreview
from checklists.imports.rows import Action, UnitChange
from checklists.names import search_key, sort_key
from checklists.units import Relation, Succession, Unit, UnitKey
from db.bulk import in_parts
from db.models import SuccessionRow, UnitChangeRow, UnitRow, table_of
from db.register import SqlRegister, changed, write_successions, write_units


def on_record(connection: Connection) -> Iterator[Succession | UnitChange]:
    """All successions and changes held, to compare an import with."""
    for row in connection.execute(select(table_of(SuccessionRow))):
        yield Succession(row.predecessor, row.successor, Relation(row.relation), row.basis)
    for row in connection.execute(select(table_of(UnitChangeRow))):
        yield UnitChange(
            row.unit,
            row.field,
            row.effective_on,
            row.old_value,
            row.new_value,
            row.decision_number,
            row.issuing_body,
            row.issued_on,
        )


def write_import(connection: Connection, accepted: ImportPreview) -> None:
    """Carry out an accepted import; rows that are on record already are left alone."""
    write_units(connection, accepted.units(Action.ADD))
    for unit in accepted.units(Action.CHANGE):
        _rewrite(connection, unit)
    for succession, number in accepted.successions():
        write_successions(connection, [succession], number)
    for change in accepted.changes():
        connection.execute(
            insert(UnitChangeRow).values(
                unit=change.unit,
                field=change.field,
                effective_on=change.effective_on,
                old_value=change.old_value,
                new_value=change.new_value,
                decision_number=change.decision_number,
                issuing_body=change.issuing_body,
                issued_on=change.issued_on,
            )
        )
    rewritten = {unit.key for unit in accepted.units(Action.CHANGE)}
    _found_by_every_name(connection, rewritten | {change.unit for change in accepted.changes()})


def _found_by_every_name(connection: Connection, keys: Iterable[UnitKey]) -> None:
    """A search finds a unit by each name it had, has or will have: they stand line by line in its search key."""
    wanted = sorted(keys)
    first = SqlRegister(connection, date.min, wanted)
    names = {key: [unit] for key in wanted if (unit := first.unit(key))}
    for part in in_parts(wanted):
        query = select(table_of(UnitChangeRow)).where(UnitChangeRow.unit.in_(part))
        for row in connection.execute(query.order_by(UnitChangeRow.effective_on, UnitChangeRow.field)):
            known = names[row.unit]
            known.append(changed(known[-1], row.field, row.new_value))
    for key, known in names.items():
        folded = dict.fromkeys(search_key(unit.name) for unit in known)
        connection.execute(update(UnitRow).where(UnitRow.key == key).values(search_key="\n".join(folded)))


def _rewrite(connection: Connection, unit: Unit) -> None:
    """A catalogue record that was completed (validity, parent); its key stays."""
    connection.execute(
        update(UnitRow)
        .where(UnitRow.key == unit.key)
        .values(
            level=unit.level.value,
            kind=unit.kind,
            name=unit.name,
            parent=unit.parent,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            search_key=search_key(unit.name),
            sort_key=sort_key(unit.name),
        )
    )


def changes_of(connection: Connection, unit: str) -> list[tuple[date, str, str, str, str]]:
    """A unit's dated changes: (from, field, old value, new value, decision), oldest first."""
    query = (
        select(
            UnitChangeRow.effective_on,
            UnitChangeRow.field,
            UnitChangeRow.old_value,
            UnitChangeRow.new_value,
            UnitChangeRow.decision_number,
        )
        .where(UnitChangeRow.unit == unit)
        .order_by(UnitChangeRow.effective_on)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(query)]
