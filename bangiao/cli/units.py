"""`bangiao units`: look into the register, and bring in units of another country, ministry or later round."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import uuid4

from cyclopts import Parameter

from bangiao.cli.import_page import EVERY_OPTION, ImportOptions, TableFiles, import_tables
from bangiao.cli.output import AsJson, day, heading, number, out, print_json, progress_bar, table
from bangiao.cli.status import UnknownUnit
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import wire
from bangiao.words import basis_word, word
from checklists.events import UNITS_IMPORTED, Event
from checklists.imports.preview import ImportPreview, preview_import
from checklists.imports.rows import Action
from checklists.tables import Table
from checklists.units import Succession, Unit, UnitKey
from db.imports import changes_of, on_record, write_import
from db.queries import find_units
from db.register import SqlRegister, successions_of
from db.session import begin_read
from db.unit_of_work import SqlUnitOfWork

app = noun("units", _("The register of units: list, show, import."))


@app.command(name="list", help=_("Units by level and name; the search ignores case and diacritics."))
def list_(
    *,
    search: Annotated[str, Parameter(help=_("Part of the name, for example ha dong."))] = "",
    generation: Annotated[str | None, Parameter(help=_("old, new, central, or one that was imported."))] = None,
    level: Annotated[
        Literal["ministry", "province", "district", "commune"] | None, Parameter(help=_("The level."))
    ] = None,
    parent: Annotated[str | None, Parameter(help=_("Only units directly below this one."))] = None,
    limit: Annotated[int, Parameter(help=_("How many to show; 0 for all."))] = 50,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        keys = find_units(connection, search, generation, level, parent)
        register = SqlRegister(connection, wiring.today(), keys)
        found = [unit for key in keys if (unit := register.unit(key))]
    if as_json:
        print_json([_document(unit) for unit in found])
        return
    shown = table(_("Unit"), _("Name"), _("Level"), _("Below"), _("Valid"))
    for unit in found[: limit or None]:
        valid = f"{day(unit.valid_from)} – {day(unit.valid_to)}"
        shown.add_row(unit.key, unit.name, word(unit.level.value), unit.parent or "", valid)
    if found:
        out.print(shown)
    out.print(
        _("{shown} of {all} units").format(shown=number(min(len(found), limit or len(found))), all=number(len(found)))
    )


@app.command(help=_("One unit: where it belongs, what it was and becomes, and its dated changes."))
def show(
    key: Annotated[str, Parameter(help=_("GENERATION:CODE, for example old:00004."))], /, *, as_json: AsJson = False
) -> None:
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        register = SqlRegister(connection, wiring.today())
        unit = register.unit(UnitKey(key))
        if unit is None:
            raise UnknownUnit(key=key)
        onward, backward = successions_of(connection, unit.key)
        changes = changes_of(connection, unit.key)
        if as_json:
            print_json({**_document(unit), "successors": onward, "predecessors": backward, "changes": changes})
            return
        heading(unit.name, f" ({unit.key}), {word(unit.level.value)}")
        if unit.parent and (above := register.unit(unit.parent)):
            out.print(_("Below {name} ({key})").format(name=above.name, key=above.key))
        out.print(_("Valid {start} – {end}").format(start=day(unit.valid_from), end=day(unit.valid_to)))
        _facing(_("Hands over to"), onward, "successor", register)
        _facing(_("Takes over from"), backward, "predecessor", register)
    for start, _field, old, new, decision in changes:
        out.print(
            _("From {day}: {old} → {new} ({decision})").format(day=day(start), old=old, new=new, decision=decision)
        )


def _facing(title: str, rows: list[Succession], side: str, register: SqlRegister) -> None:
    if not rows:
        return
    shown = table(_("Unit"), _("Name"), _("Relation"), _("Note"), title=title)
    for row in rows:
        unit = register.unit(getattr(row, side))
        shown.add_row(getattr(row, side), unit.name if unit else "", word(row.relation.value), basis_word(row.basis))
    out.print(shown)


@app.command(
    name="import", help=_("Read units, successions or changes from CSV or XLSX; refused whole on any mistake.")
)
def import_(files: TableFiles, /, *, options: ImportOptions = EVERY_OPTION) -> None:
    import_tables(files, options, _previewed, _carry_out, _("Unit"))


def _previewed(uow: SqlUnitOfWork, tables: list[Table], today: date) -> ImportPreview:
    with progress_bar(_("Reading"), None):
        register = SqlRegister(uow.connection, today.min)  # units as first recorded; changes come beside them
        return preview_import(tables, register, on_record(uow.connection))


def _carry_out(uow: SqlUnitOfWork, seen: ImportPreview, by: str) -> None:
    counts = {action.value: seen.count(action) for action in Action}
    if not counts[Action.ADD] and not counts[Action.CHANGE]:
        return
    write_import(uow.connection, seen)
    stamp = uuid4().hex  # not the instant: two imports may come in the same one
    event_id = f"{UNITS_IMPORTED}:{stamp}"
    uow.record([Event(event_id, UNITS_IMPORTED, uow.now, by, ", ".join(seen.files), counts, request=f"units:{stamp}")])


def _document(unit: Unit) -> dict[str, Any]:
    return {
        "key": unit.key,
        "name": unit.name,
        "level": unit.level.value,
        "kind": unit.kind,
        "parent": unit.parent,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
    }
