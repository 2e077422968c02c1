"""`bangiao review-deadlines` and `bangiao simulate`: who is told of what, now and in the days to come."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from cyclopts import Parameter

from bangiao.cli.output import AsJson, day, moment, number, out, print_json
from bangiao.cli.reachability_page import reachability_page
from bangiao.cli.review_pages import Channels, letters_table, period, steps_table
from bangiao.heartbeats import review_on_record
from bangiao.i18n import _, render
from bangiao.installation import make_ready
from bangiao.reviews import ReviewReport, Telling, review_deadlines, simulate
from bangiao.wiring import Wiring, wire
from checklists.deadlines import due_instant
from checklists.errors import BadInput
from checklists.escalation.timetable import local_instant
from db.queries import decision_lines
from db.session import begin_read

_SHOWN = 40
_MONTH = timedelta(days=30)

EachStep = Annotated[
    bool, Parameter(negative=(), show_default=False, help=_("A line for each level of each step, with the reason."))
]


class OnlyATrial(BadInput):
    """A review happens now. To see what it would do at another time, add --dry-run."""


class EndsBeforeItBegins(BadInput):
    """The period would end on {until}, before it begins on {since}. Correct one of the two dates."""


def review(
    *,
    at: Annotated[datetime | None, Parameter(help=_("The instant, with its zone; only with --dry-run."))] = None,
    dry_run: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Show who would be told; write nothing."))
    ] = False,
    reachability: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Show instead which levels would reach nobody."))
    ] = False,
    each_step: EachStep = False,
    as_json: AsJson = False,
) -> None:
    """Plan the notices of every step whose time has come; what the flow does every five minutes."""
    if at is not None and not dry_run:
        raise OnlyATrial
    wiring = wire()
    make_ready(wiring)
    if reachability:
        reachability_page(wiring, as_json)
        return
    with nullcontext() if dry_run else review_on_record(wiring):
        report = review_deadlines(wiring, at=at, dry_run=dry_run)
    if as_json:
        print_json(_document(report, Channels(wiring)))
    else:
        _page(report, wiring, each_step)


def simulate_(
    *,
    since: Annotated[date | None, Parameter(name="--from", help=_("First day (today unless given)."))] = None,
    until: Annotated[date | None, Parameter(name="--to", help=_("Last day (30 days later unless given)."))] = None,
    decision: Annotated[str | None, Parameter(help=_("Only this decision."))] = None,
    limit: Annotated[int, Parameter(help=_("How many to show; 0 for all."))] = _SHOWN,
    each_step: EachStep = False,
    as_json: AsJson = False,
) -> None:
    """Who would be told of what, if nobody did anything meanwhile; nothing is written."""
    wiring = wire()
    make_ready(wiring)
    first = since or wiring.today()
    last = until or first + _MONTH
    if last < first:
        raise EndsBeforeItBegins(since=first, until=last)
    with begin_read(wiring.engine) as connection:
        lines = decision_lines(connection, decision) if decision else []
    start = local_instant(first, datetime.min.time())
    found = list(simulate(wiring, start, due_instant(last), lines[0].id if lines else None))
    if as_json:
        channels = Channels(wiring)
        print_json([_telling(one, channels) for one in found])
        return
    _table(found, limit or len(found), wiring, each_step)
    out.print(period(found, day(first), day(last)))


def _page(report: ReviewReport, wiring: Wiring, each_step: bool) -> None:
    if not report.steps:
        out.print(_("Nothing is due for review."))
        return
    _table(report.tellings, _SHOWN, wiring, each_step)
    words = _("{steps} steps reviewed at {at}: {levels} levels reached, {notices} notices planned.")
    counts = {"steps": number(report.steps), "levels": number(len(report.tellings)), "notices": number(report.notices)}
    out.print(words.format(**counts, at=moment(report.at)))
    if report.dry_run:
        out.print(_("Nothing was written (--dry-run)."))


def _table(tellings: list[Telling], most: int, wiring: Wiring, each_step: bool) -> None:
    if each_step:
        steps_table(tellings, most)
    else:
        letters_table(tellings, most, Channels(wiring))


def _document(report: ReviewReport, channels: Channels) -> dict[str, Any]:
    return {
        "at": report.at,
        "dry_run": report.dry_run,
        "steps": report.steps,
        "notices": report.notices,
        "levels": [_telling(one, channels) for one in report.tellings],
    }


def _telling(one: Telling, channels: Channels) -> dict[str, Any]:
    planned = one.plan.planned
    return {
        "step": one.step.id,
        "name": one.step.name,
        "unit": one.step.unit,
        "holder": one.step.holder,
        "due_on": planned.due_on,
        "level": planned.level,
        "repeat": planned.repeat,
        "audience": planned.to.value,
        "at": planned.at,
        "late": one.plan.late,
        "urgent": one.plan.urgent,
        "why": {"vi": render(one.plan.why, "vi"), "en": render(one.plan.why, "en")},
        "to": [
            {
                "account": recipient.account,
                "in_place_of": recipient.on_behalf_of,
                "leaves_at": leaves,
                "channel": channels.first(recipient.account),
            }
            for recipient, leaves in one.to
        ],
        "findings": [render(finding) for finding in one.findings],
    }
