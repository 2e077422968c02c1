"""`bangiao status`: what is open, by level, checklist and due date; one unit's checklists in full."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from cyclopts import Parameter
from sqlalchemy import Connection

from bangiao.cli.checklist_page import checklist_document, checklist_page
from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import AsJson, day, number, out, print_json, table
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import wire
from bangiao.words import word
from checklists.errors import BadInput
from checklists.handlers import UnknownDecision
from checklists.units import UnitKey
from db.queries import decision_lines, due_counts, sheets_of, step_counts
from db.register import SqlRegister
from db.session import begin_read

_DATES_SHOWN = 14


class UnknownUnit(BadInput):
    """There is no unit {key} in the register. Write GENERATION:CODE, for example new:00004; search with: bangiao units
    list --search NAME"""


def status(
    *,
    decision: Annotated[str | None, Parameter(help=_("Only this decision."))] = None,
    unit: Annotated[str | None, Parameter(help=_("One unit (GENERATION:CODE), its checklists in full."))] = None,
    overdue: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Exit with 3 when steps are overdue."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Checklists and steps by level, category and due date."""
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        decision_id = _decision_id(connection, decision)
        if unit is not None:
            _unit(connection, unit, wiring.today(), as_json)
        elif as_json:
            print_json(_totals_document(connection, decision_id, wiring.today()))
        else:
            totals_page(connection, decision_id, wiring.today())
        if overdue and _late(due_counts(connection, decision_id, unit), wiring.today()):
            raise FoundWanting


def _decision_id(connection: Connection, decision: str | None) -> int | None:
    if decision is None:
        return None
    lines = decision_lines(connection, decision)
    if not lines:
        raise UnknownDecision(number=decision)
    return lines[0].id


def _unit(connection: Connection, key: str, today: date, as_json: bool) -> None:
    unit = SqlRegister(connection, today).unit(UnitKey(key))
    if unit is None:
        raise UnknownUnit(key=key)
    sheets = sheets_of(connection, key)
    if as_json:
        print_json({"unit": key, "name": unit.name, "checklists": [checklist_document(sheet) for sheet in sheets]})
        return
    checklist_page(connection, unit, sheets, today)


def _totals_document(connection: Connection, decision_id: int | None, today: date) -> dict[str, Any]:
    dates = due_counts(connection, decision_id, None)
    columns = ("level", "template", "checklists", "steps")
    return {
        "checklists": [dict(zip(columns, row, strict=True)) for row in step_counts(connection, decision_id, None)],
        "due": [{"on": due, "steps": steps, "waiting": waiting} for due, steps, waiting in dates],
        "overdue": _late(dates, today),
    }


def totals_page(connection: Connection, decision_id: int | None, today: date) -> None:
    """What is open, by level and checklist, and by due date."""
    counts = step_counts(connection, decision_id, None)
    if not counts:
        out.print(_("No checklist is open yet. Begin with: bangiao decision preview FILE"))
        return
    dates = due_counts(connection, decision_id, None)
    out.print(_levels(counts))
    out.print(_due(dates, today))
    out.print(_("Overdue on {today}: {count} steps").format(today=day(today), count=number(_late(dates, today))))


def _late(dates: list[tuple[date | None, int, int]], today: date) -> int:
    return sum(count for due, count, _waiting in dates if due and due < today)


def _levels(counts: list[Any]) -> Any:
    slugs = list(dict.fromkeys(slug for _level, slug, _count, _steps in sorted(counts, key=lambda row: row[1])))
    shown = table(
        _("Level"), *(word(slug) for slug in slugs), _("Checklists"), _("Steps"), numbers=range(1, len(slugs) + 3)
    )
    for level in ("ministry", "province", "district", "commune"):
        rows = {slug: (count, steps) for one, slug, count, steps in counts if one == level}
        if rows:
            cells = [number(rows[slug][1]) if slug in rows else "–" for slug in slugs]
            lists, steps = (sum(row[place] for row in rows.values()) for place in (0, 1))
            shown.add_row(word(level), *cells, number(lists), number(steps))
    lists, steps = (sum(row[place] for row in counts) for place in (2, 3))
    cells = [number(sum(row[3] for row in counts if row[1] == slug)) for slug in slugs]
    shown.add_row(_("together"), *cells, number(lists), number(steps), style="bold")
    return shown


def _due(dates: list[Any], today: date) -> Any:
    shown = table(_("Due"), _("Steps"), _("of which waiting"), "", numbers=(1, 2))
    dated = [row for row in dates if row[0] is not None]
    for due, steps, waiting in dated[:_DATES_SHOWN]:
        shown.add_row(day(due), number(steps), number(waiting), _("overdue") if due < today else "")
    if rest := dated[_DATES_SHOWN:]:
        shown.add_row(_("later"), number(sum(row[1] for row in rest)), number(sum(row[2] for row in rest)), "")
    for _due_on, steps, waiting in (row for row in dates if row[0] is None):
        shown.add_row(_("no date of its own"), number(steps), number(waiting), "")
    return shown
