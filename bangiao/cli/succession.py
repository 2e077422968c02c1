"""`bangiao decision move-work`: the open work of dissolved units goes to those who follow them; by hand what the daily
flow does, or only shown."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.failures import FoundWanting
from bangiao.cli.output import AsJson, By, number, out, print_json
from bangiao.cli.succession_pages import NameOf, report_document, report_page
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.succession import SuccessionReport, move_all_work, move_work
from bangiao.wiring import Wiring, wire
from checklists.errors import BadInput
from checklists.units import UnitKey
from db.register import SqlRegister
from db.session import begin_read


class OneOrAll(BadInput):
    """Name one decision, or give --all for every decision; not both, and not neither."""


def move_work_command(
    number_: Annotated[
        str | None, Parameter(name="NUMBER", help=_("The decision's number, for example 1656/NQ-UBTVQH15."))
    ] = None,
    /,
    *,
    all_: Annotated[
        bool,
        Parameter(
            name="--all", negative=(), show_default=False, help=_("Every decision whose day of operation is here.")
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        Parameter(negative=(), show_default=False, help=_("Show what would move, also before its day; write nothing.")),
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Open steps of dissolved units go to their successors."""
    if (number_ is None) is not all_:
        raise OneOrAll
    wiring = wire()
    make_ready(wiring)
    actor = by or wiring.settings.actor
    if number_ is None:
        reports = move_all_work(wiring, dry_run=dry_run, actor=actor)
    else:
        reports = [move_work(wiring, number_, dry_run=dry_run, actor=actor)]
    if as_json:
        print_json({"dry_run": dry_run, "decisions": [report_document(report) for report in reports]})
    else:
        _pages(wiring, reports, all_)
    if any(report.division.stays for report in reports):
        raise FoundWanting


def _pages(wiring: Wiring, reports: list[SuccessionReport], all_: bool) -> None:
    shown = [report for report in reports if not (all_ and report.empty)]
    with begin_read(wiring.engine) as connection:
        for report in shown:
            report_page(report, _names(SqlRegister(connection, report.as_of)))
    if all_:
        words = _("Decisions looked at: {count}; with nothing to move: {idle}.")
        out.print(words.format(count=number(len(reports)), idle=number(len(reports) - len(shown))))


def _names(register: SqlRegister) -> NameOf:
    def name(key: str) -> str:
        unit = register.unit(UnitKey(key))
        return unit.name if unit else key

    return name
