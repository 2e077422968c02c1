"""Steps for which nobody can be asked, worst first: what somebody must be found for before anything else moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import day, number, out, print_json, table
from bangiao.i18n import _, render
from checklists.people import role_words
from db.unassigned import Unassigned

_SHOWN = 50


def unassigned_totals(lines: Sequence[Unassigned]) -> dict[str, int]:
    return {"units": len({line.unit for line in lines}), "steps": sum(line.steps for line in lines)}


def unassigned_page(lines: Sequence[Unassigned], today: date, as_json: bool) -> None:
    """Print them (with --json: all of them). Raises FoundWanting when there are any."""
    totals = unassigned_totals(lines)
    if as_json:
        print_json({"on": today, **totals, "lines": [asdict(line) for line in lines]})
    elif not lines:
        out.print(_("Somebody can be asked for every open step."))
    else:
        shown = table(
            _("Unit"), _("Name"), _("Who is missing"), _("Steps"), _("Overdue"), _("First due"), numbers=(3, 4)
        )
        for line in lines[:_SHOWN]:
            role, due = render(role_words(line.role)), day(line.first_due)
            shown.add_row(line.unit, line.name, role, number(line.steps), number(line.overdue), due)
        out.print(shown)
        words = _("{shown} of {all} rows; together {steps} steps of {units} units that nobody can be asked for.")
        counts = {name: number(count) for name, count in totals.items()}
        out.print(words.format(shown=number(min(_SHOWN, len(lines))), all=number(len(lines)), **counts))
        out.print(_("Give somebody the role with: bangiao user assign ACCOUNT --role ROLE --unit UNIT"), style="dim")
    if lines:
        raise FoundWanting
