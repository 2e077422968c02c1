"""Units from which nothing is heard, worst first: whom a steering committee rings up."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from bangiao.calendar_in_force import calendar_on
from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import day, number, out, print_json, table
from bangiao.i18n import _, render
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.silence import SilentUnit, silent_units
from checklists.working_calendar import OutsideCalendar
from db.silence import owing_units

_SHOWN = 50


def silent_now(
    connection: Connection, wiring: Wiring, decision_id: int | None = None, unit: str | None = None
) -> list[SilentUnit]:
    """The units that owe something and said nothing for the set number of working days, worst first."""
    today = wiring.today()
    owing = owing_units(connection, today, decision_id=decision_id, unit=unit)
    return silent_units(owing, wiring.settings.silent_days, today, calendar_on(connection))


def silence_page(
    connection: Connection, wiring: Wiring, decision_id: int | None, unit: str | None, as_json: bool
) -> None:
    """Print them (with --json: all of them). Raises FoundWanting when there are any."""
    found = silent_now(connection, wiring, decision_id, unit)
    days, today = wiring.settings.silent_days, wiring.today()
    if as_json:
        units = [_document(one) for one in found]
        print_json({"on": today, "working_days": days, "silent": len(found), "units": units})
    elif not found:
        out.print(_("Every unit that has something to do was heard from within {days} working days.").format(days=days))
    else:
        _table(found, today)
    if found:
        raise FoundWanting


def silence_line(connection: Connection, wiring: Wiring, decision_id: int | None) -> None:
    """One line with their number, if there are any."""
    try:
        count = len(silent_now(connection, wiring, decision_id))
    except OutsideCalendar as beyond:
        out.print(_("Silent units are not counted: {why}").format(why=render(beyond.message)))
        return
    if count:
        said = _("{count} units have not been heard from for {days} working days or more.")
        see = _("See them with: bangiao status --silent")
        out.print(said.format(count=number(count), days=wiring.settings.silent_days), see)


def silent_count(connection: Connection, wiring: Wiring, decision_id: int | None) -> int | None:
    """Their number; None where the working calendar does not reach."""
    try:
        return len(silent_now(connection, wiring, decision_id))
    except OutsideCalendar:
        return None


def _table(found: list[SilentUnit], today: date) -> None:
    columns = (
        _("Unit"),
        _("Name"),
        _("Last word"),
        _("Working days without a word"),
        _("To do"),
        _("of which overdue"),
    )
    shown = table(*columns, numbers=(3, 4, 5))
    for one in found[:_SHOWN]:
        owing = one.owing
        said = day(local_date(owing.last_word)) if owing.last_word else _("never")
        shown.add_row(owing.unit, owing.name, said, *map(number, (one.working_days, owing.open, owing.overdue)))
    out.print(shown)
    out.print(
        _("{shown} of {all} silent units on {today}").format(
            shown=min(_SHOWN, len(found)), all=number(len(found)), today=day(today)
        )
    )


def _document(one: SilentUnit) -> dict[str, object]:
    owing = one.owing
    return {
        "unit": owing.unit,
        "name": owing.name,
        "last_word": owing.last_word.isoformat() if owing.last_word else None,
        "quiet_since": owing.quiet_since,
        "working_days": one.working_days,
        "to_do": owing.open,
        "overdue": owing.overdue,
    }
