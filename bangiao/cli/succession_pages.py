"""What succession of work looks like: what moved, on which ground, to whom, what could not; what a unit holds from
others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from itertools import groupby
from typing import Any

from bangiao.cli.output import day, heading, number, out, table
from bangiao.i18n import _, render
from bangiao.succession import SuccessionReport
from checklists.steps import OPEN
from checklists.succession_of_work import Ground, Move, Stay, ground_words, hindrance_words
from db.succession_of_work import StepFromAnother

_SHOWN = 12

NameOf = Callable[[str], str]
"""A unit's name by its key."""


def report_page(report: SuccessionReport, name_of: NameOf) -> None:
    """One decision's report."""
    heading(report.number, "  " + _("Open work of dissolved units, as of {day}").format(day=day(report.as_of)))
    moves, stays = report.division.moves, report.division.stays
    if report.empty:
        out.print(_("Nothing to move: no dissolved unit owes an open step."))
        return
    if moves:
        out.print(_summary(report))
        out.print(_grounds(moves), _receivers(moves, name_of))
        _more(report.division.receivers)
    if stays:
        out.print(
            _("Could not move: {count} steps. They stay with the unit that ended.").format(
                count=number(report.division.stayed)
            ),
            style="red",
        )
        out.print(_left(stays, name_of))
        _more(len(stays))
    if report.dry_run:
        out.print(_("Nothing has been written (dry run)."), style="dim")


def _summary(report: SuccessionReport) -> str:
    words = (
        _("{steps} steps of {giving} dissolved units would move to {receiving} units.")
        if report.dry_run
        else _("{steps} steps of {giving} dissolved units moved to {receiving} units.")
    )
    division = report.division
    return words.format(
        steps=number(division.moved), giving=number(division.givers), receiving=number(division.receivers)
    )


def _grounds(moves: Iterable[Move]) -> Any:
    moves = list(moves)
    shown = table(_("Ground"), _("Steps"), _("From units"), _("To units"), numbers=(1, 2, 3))
    for ground in Ground:
        if own := [move for move in moves if move.to.ground is ground]:
            steps = sum(len(move.steps) for move in own)
            units = ({move.giving for move in own}, {move.to.unit for move in own})
            shown.add_row(render(ground_words(ground)), *map(number, (steps, *map(len, units))))
    return shown


def _receivers(moves: Iterable[Move], name_of: NameOf) -> Any:
    steps: Counter[str] = Counter()
    givers: dict[str, set[str]] = {}
    for move in moves:
        steps[move.to.unit] += len(move.steps)
        givers.setdefault(move.to.unit, set()).add(move.giving)
    shown = table(_("Now held by"), _("Name"), _("Steps"), _("From units"), numbers=(2, 3))
    for unit, count in sorted(steps.items(), key=lambda one: (-one[1], one[0]))[:_SHOWN]:
        shown.add_row(unit, name_of(unit), number(count), number(len(givers[unit])))
    return shown


def _left(stays: Iterable[Stay], name_of: NameOf) -> Any:
    shown = table(_("Unit"), _("Name"), _("Steps"), _("Why"), numbers=(2,))
    for stay in list(stays)[:_SHOWN]:
        shown.add_row(stay.unit, name_of(stay.unit), number(len(stay.steps)), render(hindrance_words(stay.hindrance)))
    return shown


def _more(count: int) -> None:
    if count > _SHOWN:
        out.print(_("… and {count} more units (all of them: --json)").format(count=number(count - _SHOWN)))


def report_document(report: SuccessionReport) -> dict[str, Any]:
    """One decision's report as plain data, whole."""
    return {
        "number": report.number,
        "as_of": report.as_of,
        "moved": report.division.moved,
        "could_not_move": report.division.stayed,
        "moves": [
            {
                "from": move.giving,
                "to": move.to.unit,
                "ground": move.to.ground.value,
                "since": move.to.since,
                "via": list(move.to.via),
                "count": len(move.steps),
                "steps": move.steps,
            }
            for move in report.division.moves
        ],
        "stays": [
            {"unit": stay.unit, "reason": stay.hindrance.value, "count": len(stay.steps), "steps": stay.steps}
            for stay in report.division.stays
        ],
    }


def held_page(held: list[StepFromAnother], today: date) -> None:
    """What a unit holds from dissolved ones, by ground and unit; nothing where there is nothing."""
    if held:
        heading(_("Steps taken over from dissolved units"))
    for ground, of_ground in groupby(sorted(held, key=lambda one: one.ground), key=lambda one: one.ground):
        out.print(f" • {render(ground_words(Ground(ground)))}")
        shown = table(_("From unit"), _("Since"), _("Open"), _("of which overdue"), numbers=(2, 3))
        givers = [(*named, list(steps)) for named, steps in groupby(of_ground, key=lambda one: (one.unit, one.name))]
        for unit, name, steps in givers[:_SHOWN]:
            still = [one for one in steps if one.state in OPEN]
            late = sum(one.due_on is not None and one.due_on < today for one in still)
            since = day(max(one.since for one in steps))
            shown.add_row(f"{name} ({unit})", since, number(len(still)), number(late))
        out.print(shown)
        _more(len(givers))


def held_document(held: list[StepFromAnother]) -> list[dict[str, Any]]:
    return [one._asdict() for one in held]
