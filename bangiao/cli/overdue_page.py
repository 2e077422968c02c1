"""The overdue steps, oldest first: what a steering committee asks for every morning."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import day, number, out, print_json, table
from bangiao.i18n import _
from bangiao.words import word
from db.progress import overdue_steps

_SHOWN = 50


def overdue_page(connection: Connection, decision_id: int | None, unit: str | None, today: date, as_json: bool) -> None:
    """Print them (with --json: all of them). Raises FoundWanting when there are any."""
    late = overdue_steps(connection, decision_id, unit, today)
    if as_json:
        columns = ("due_on", "unit", "name", "holder", "step", "counterpart", "state", "overdue_at_birth")
        steps = [dict(zip(columns, row, strict=True)) for row in late]
        print_json({"on": today, "overdue": len(steps), "steps": steps})
    elif not late:
        out.print(_("Nothing is overdue."))
    else:
        shown = table(_("Due"), _("Unit"), _("Name"), _("Step"), _("State"))
        for due_on, key, name, holder, step, counterpart, state, _born in late[:_SHOWN]:
            shown.add_row(
                day(due_on),
                holder if holder == key else f"{holder} ({key})",
                name,
                f"{step} → {counterpart}" if counterpart else step,
                word(state),
            )
        out.print(shown)
        out.print(_("Overdue on {today}:").format(today=day(today)), end=" ")
        out.print(_("{shown} of {all} overdue steps").format(shown=min(_SHOWN, len(late)), all=number(len(late))))
    if late:
        raise FoundWanting
