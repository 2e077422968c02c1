"""What every import of tables asks for, does and shows: all files are read and judged before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import Parameter

from bangiao.cli.output import AsJson, By, number, out, print_json, table
from bangiao.documents import Limits
from bangiao.i18n import _, render
from bangiao.installation import make_ready
from bangiao.table_files import read_table_files
from bangiao.wiring import wire
from checklists.imports.rows import Action, CheckedRows
from checklists.tables import Table
from db.unit_of_work import SqlUnitOfWork

_ROWS_SHOWN = 40

TableFiles = Annotated[list[Path], Parameter(help=_("The tables, told apart by their headings."))]
Seen = TypeVar("Seen", bound=CheckedRows)


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options that every import has."""

    dry_run: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Show what would happen, write nothing."))
    ] = False
    by: By = None
    as_json: AsJson = False


EVERY_OPTION = ImportOptions()


def import_tables(
    files: Sequence[Path],
    options: ImportOptions,
    preview: Callable[[SqlUnitOfWork, list[Table], date], Seen],
    write: Callable[[SqlUnitOfWork, Seen, str], object],
    whose: str,
) -> None:
    """Read the files, preview them and, in the same transaction, write what was accepted. Raises Refused."""
    wiring = wire()
    make_ready(wiring)
    tables = read_table_files(files, Limits.of(wiring.settings))  # before the transaction: nobody waits for a slow file
    with wiring.unit_of_work() as uow:
        seen = preview(uow, tables, wiring.today()).accepted()
        if not options.dry_run:
            write(uow, seen, options.by or wiring.settings.actor)
    _import_page(seen, options, whose)


def _import_page(seen: CheckedRows, options: ImportOptions, whose: str) -> None:
    """The accepted rows; `whose` heads the column of their keys."""
    if options.as_json:
        counts = {action.value: seen.count(action) for action in Action}
        print_json({"files": seen.files, "written": not options.dry_run, "rows": counts})
        return
    actions = {Action.ADD: _("add"), Action.CHANGE: _("change"), Action.SAME: _("same")}
    shown = table(_("Line"), _("Action"), whose, _("What changes"), numbers=(0,))
    telling = [row for row in seen.rows if row.action is not Action.SAME]
    for row in telling[:_ROWS_SHOWN]:
        changes = "; ".join(render(one) for one in row.differences)
        line = f"{Path(row.place.file).name}: {row.place.line}" if len(seen.files) > 1 else str(row.place.line or "")
        shown.add_row(line, actions[row.action], row.key, changes)
    if telling:
        out.print(shown)
    if len(telling) > _ROWS_SHOWN:
        out.print(_("… and {count} more rows").format(count=number(len(telling) - _ROWS_SHOWN)))
    _totals(seen, options.dry_run, bool(telling))


def _totals(seen: CheckedRows, dry_run: bool, anything: bool) -> None:
    counts = {action.value: number(seen.count(action)) for action in Action}
    out.print(_("{add} to add, {change} to change, {same} already so.").format(**counts))
    if not anything:
        out.print(_("Nothing to write."))
    else:
        out.print(_("Nothing was written (--dry-run).") if dry_run else _("Written."))
