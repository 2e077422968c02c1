"""`bangiao calendar`: the days off that deadlines are counted with, and why a date is what it is."""

from __future__ import annotations

import re
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from bangiao.calendar_files import vietnam_calendar
from bangiao.calendar_in_force import calendar_on
from bangiao.cli.calendar_override import add_override
from bangiao.cli.decision_changes import add_to_calendar
from bangiao.cli.output import AsJson, day, out, print_json, table
from bangiao.cli.usage import noun
from bangiao.i18n import _, render
from bangiao.installation import make_ready
from bangiao.wiring import wire
from checklists.calendar_words import day_label, weekday_name
from checklists.deadlines import Deadline, compute_deadline
from checklists.errors import BadInput
from checklists.templates import Anchor, DeadlineRule
from checklists.working_calendar import CalendarDay, OutsideCalendar, WorkingCalendar
from db.session import begin_read

app = noun("calendar", _("The working calendar, and why a deadline is what it is."))
add_to_calendar(app)
add_override(app)

_DATE_AND_RULE = re.compile(r"(?P<start>\d{4}-\d{2}-\d{2})(?P<offset>[+-]\d{1,4})(?P<unit>d|wd)")


class RuleUnreadable(BadInput):
    """{text!r} is not DATE+RULE, such as 2025-07-01+15d, 2025-06-16+15wd (working days) or 2025-07-01-3d."""


@app.command(help=_("Days off and make-up working days of a year."))
def show(
    year: Annotated[int, Parameter(help=_("The year, for example 2025."))],
    /,
    *,
    as_json: AsJson = False,
) -> None:
    calendar = _calendar()
    days = _days_of(calendar, year)
    if as_json:
        print_json(
            {
                "year": year,
                "calendar_version": calendar.version,
                "provisional": year in calendar.provisional_years,
                "days": [_day_document(one) for one in days],
            }
        )
    else:
        _print_year(calendar, year, days)


@app.command(help=_("The due date of DATE+RULE, and why: 2025-07-01+15d, 2025-06-16+15wd, 2025-07-01-3d."))
def explain(
    rule: Annotated[
        str, Parameter(name="DATE+RULE", help=_("A date, + or -, and a number of days (d) or working days (wd)."))
    ],
    /,
    *,
    first_day: Annotated[
        Literal["exclude", "include"], Parameter(help=_("Whether the start counts as the first day."))
    ] = "exclude",
    roll: Annotated[
        bool, Parameter(help=_("A term that ends on a day off runs to the end of the next working day."))
    ] = True,
    as_json: AsJson = False,
) -> None:
    deadline = _deadline(rule, first_day, roll)
    if as_json:
        print_json(
            {
                "due_on": deadline.due_on,
                "explanation": {language: render(deadline.explanation, language) for language in ("vi", "en")},
                "calendar_version": deadline.calendar_version,
                "provisional": deadline.provisional,
            }
        )
    else:
        out.print(day(deadline.due_on), style="bold")
        out.print(render(deadline.explanation), markup=False)


def _deadline(text: str, first_day: Literal["exclude", "include"], roll: bool) -> Deadline:
    found = _DATE_AND_RULE.fullmatch(text)
    if not found:
        raise RuleUnreadable(text=text)
    try:
        start = date.fromisoformat(found["start"])
    except ValueError as error:
        raise RuleUnreadable(text=text) from error
    rule = DeadlineRule(
        anchor=Anchor.FIXED,
        fixed=start,
        offset=int(found["offset"]),
        unit="working" if found["unit"] == "wd" else "calendar",
        first_day=first_day,
        roll="next_working_day" if roll else "none",
    )
    return compute_deadline(rule, {}, _calendar())


def _calendar() -> WorkingCalendar:
    """The one in force; where nothing was set up yet, the release's."""
    wiring = wire()
    if wiring.engine.dialect.name == "sqlite" and not Path(wiring.engine.url.database or "").is_file():
        return vietnam_calendar()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        return calendar_on(connection)


def _days_of(calendar: WorkingCalendar, year: int) -> list[CalendarDay]:
    if not calendar.first_year <= year <= calendar.last_year:
        raise OutsideCalendar(day=year, first=calendar.first_year, last=calendar.last_year)
    return [one for one in calendar.days if one.on.year == year]


def _print_year(calendar: WorkingCalendar, year: int, days: list[CalendarDay]) -> None:
    if year in calendar.provisional_years:
        out.print(_("{year} is provisional: its days off are not announced yet.").format(year=year), style="yellow")
    title = _("Working calendar {year}").format(year=year)
    shown = table(_("Date"), _("Weekday"), _("What"), _("Basis"), title=title)
    for _month, of_month in groupby(days, key=lambda one: one.on.month):
        for one in of_month:
            shown.add_row(day(one.on), render(weekday_name(one)), _what(one), one.basis)
        shown.add_section()
    out.print(shown)
    out.print(_("Calendar {version}").format(version=calendar.version), style="dim")


def _what(one: CalendarDay) -> str:
    label = render(day_label(one))
    return label if one.announced else _("{label} (provisional)").format(label=label)


def _day_document(one: CalendarDay) -> dict[str, object]:
    return {"date": one.on, "kind": one.kind, "name": one.name, "basis": one.basis, "announced": one.announced}
