"""What every import of tables asks for and shows: the rows that would change something, and how many there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.output import number, out, print_json, table
from bangiao.i18n import _, render
from checklists.imports.rows import Action, CheckedRows

_ROWS_SHOWN = 40

TableFiles = Annotated[list[Path], Parameter(help=_("The tables, told apart by their headings."))]
DryRun = Annotated[bool, Parameter(negative=(), show_default=False, help=_("Show what would happen, write nothing."))]


def import_page(seen: CheckedRows, dry_run: bool, whose: str, as_json: bool) -> None:
    """The accepted rows; `whose` heads the column of their keys."""
    if as_json:
        counts = {action.value: seen.count(action) for action in Action}
        print_json({"files": seen.files, "written": not dry_run, "rows": counts})
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
    _totals(seen, dry_run, bool(telling))


def _totals(seen: CheckedRows, dry_run: bool, anything: bool) -> None:
    counts = {action.value: number(seen.count(action)) for action in Action}
    out.print(_("{add} to add, {change} to change, {same} already so.").format(**counts))
    if not anything:
        out.print(_("Nothing to write."))
    else:
        out.print(_("Nothing was written (--dry-run).") if dry_run else _("Written."))
