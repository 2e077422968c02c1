"""`bangiao status`: what is open, by level, checklist and due date; one unit's checklists in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from cyclopts import Parameter
from sqlalchemy import Connection

from bangiao.cli.checklist_page import checklist_document, checklist_page
from bangiao.cli.output import AsJson, day, number, out, print_json, table
from bangiao.cli.overdue_page import overdue_page
from bangiao.cli.silence_page import silence_line, silence_page, silent_count
from bangiao.cli.succession_pages import held_document
from bangiao.cli.unassigned_page import unassigned_page, unassigned_totals
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import wire
from bangiao.words import word
from checklists.errors import BadInput
from checklists.handlers import UnknownDecision
from checklists.steps import StepState
from checklists.units import UnitKey
from db.progress import due_counts, state_counts, step_counts
from db.queries import decision_lines, sheets_of
from db.register import SqlRegister
from db.session import begin_read
from db.succession_of_work import steps_held_from_others
from db.unassigned import unassigned as unassigned_steps

_DATES_SHOWN = 14


class UnknownUnit(BadInput):
    """There is no unit {key} in the register. Write GENERATION:CODE, for example new:00004; search with: bangiao units
    list --search NAME"""


_Flag = Parameter(negative=(), show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Lists:
    """What is listed instead of the totals; each list exits with 3 if there is anything on it."""

    overdue: Annotated[bool, _Flag, Parameter(help=_("The overdue steps, oldest first; exits with 3 if any."))] = False
    unassigned: Annotated[
        bool, _Flag, Parameter(help=_("Steps nobody can be asked for, worst first; exits with 3 if any."))
    ] = False
    silent: Annotated[
        bool,
        _Flag,
        Parameter(
            help=_("Units with something to do and not heard from for working days, worst first; exits with 3 if any.")
        ),
    ] = False


_TOTALS = Lists()


def status(
    *,
    decision: Annotated[str | None, Parameter(help=_("Only this decision."))] = None,
    unit: Annotated[str | None, Parameter(help=_("One unit (GENERATION:CODE), its checklists in full."))] = None,
    lists: Lists = _TOTALS,
    as_json: AsJson = False,
) -> None:
    """Checklists and steps by level, checklist and due date."""
    wiring = wire()
    make_ready(wiring)
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        decision_id = _decision_id(connection, decision)
        if lists.overdue:
            overdue_page(connection, decision_id, unit, today, as_json)
        elif lists.unassigned:
            unassigned_page(unassigned_steps(connection, today, decision_id, unit), today, as_json)
        elif lists.silent:
            silence_page(connection, wiring, decision_id, unit, as_json)
        elif unit is not None:
            _unit(connection, unit, decision, today, as_json)
        elif as_json:
            totals = _totals_document(connection, decision_id, today)
            print_json(totals | {"silent_units": silent_count(connection, wiring, decision_id)})
        else:
            totals_page(connection, decision_id, today)
            silence_line(connection, wiring, decision_id)


def _decision_id(connection: Connection, decision: str | None) -> int | None:
    if decision is None:
        return None
    lines = decision_lines(connection, decision)
    if not lines:
        raise UnknownDecision(number=decision)
    return lines[0].id


def _unit(connection: Connection, key: str, decision: str | None, today: date, as_json: bool) -> None:
    unit = SqlRegister(connection, today).unit(UnitKey(key))
    if unit is None:
        raise UnknownUnit(key=key)
    sheets = [sheet for sheet in sheets_of(connection, key) if decision in {None, sheet.decision}]
    if as_json:
        checklists = [checklist_document(sheet) for sheet in sheets]
        held = held_document(steps_held_from_others(connection, key))
        print_json({"unit": key, "name": unit.name, "checklists": checklists, "held_from_others": held})
        return
    checklist_page(connection, unit, sheets, today)


def _totals_document(connection: Connection, decision_id: int | None, today: date) -> dict[str, Any]:
    dates = due_counts(connection, decision_id, None)
    columns = ("level", "template", "checklists", "steps")
    return {
        "checklists": [dict(zip(columns, row, strict=True)) for row in step_counts(connection, decision_id, None)],
        "states": state_counts(connection, decision_id, None),
        "due": [{"on": due, "steps": steps, "waiting": waiting} for due, steps, waiting in dates],
        "overdue": _late(dates, today),
        "unassigned": unassigned_totals(unassigned_steps(connection, today, decision_id)),
    }


def totals_page(connection: Connection, decision_id: int | None, today: date) -> None:
    """What is open, by level and checklist, and by due date."""
    counts = step_counts(connection, decision_id, None)
    if not counts:
        out.print(_("No checklist is open yet. Begin with: bangiao decision preview FILE"))
        return
    dates = due_counts(connection, decision_id, None)
    out.print(_levels(counts))
    out.print(states_table(state_counts(connection, decision_id, None)))
    out.print(_due(dates, today))
    if late := _late(dates, today):
        out.print(_("{count} steps are overdue. See them with: bangiao status --overdue").format(count=number(late)))
    if lines := unassigned_steps(connection, today, decision_id):
        words = _("Nobody can be asked for {steps} steps of {units} units. See them with: bangiao status --unassigned")
        out.print(words.format(**{name: number(count) for name, count in unassigned_totals(lines).items()}))


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


def states_table(counts: dict[str, int]) -> Any:
    """How many steps are in which state, in the order in which a step goes through them."""
    shown = table(*(word(state) for state in StepState), numbers=range(len(StepState)))
    shown.add_row(*(number(counts.get(state, 0)) for state in StepState))
    return shown


def _due(dates: list[Any], today: date) -> Any:
    """What is overdue in one row, then the next dates one by one."""
    shown = table(_("Due"), _("Steps"), _("of which waiting"), numbers=(1, 2))
    dated = [row for row in dates if row[0] is not None]
    coming = [row for row in dated if row[0] >= today]
    for words, rows, style in (
        (_("overdue (before {today})").format(today=day(today)), dated[: len(dated) - len(coming)], "red"),
        *((day(row[0]), [row], "") for row in coming[:_DATES_SHOWN]),
        (_("later"), coming[_DATES_SHOWN:], ""),
        (_("no date of its own"), [row for row in dates if row[0] is None], ""),
    ):
        if rows:
            sums = (number(sum(row[place] for row in rows)) for place in (1, 2))
            shown.add_row(words, *sums, style=style)
    return shown
