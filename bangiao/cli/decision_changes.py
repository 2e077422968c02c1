"""Changing an opened decision: drafted by one person, committed by another, withdrawn, looked back at.

`bangiao decision amend|revoke|commit|withdraw|changes`, `bangiao templates apply`, `bangiao calendar apply|moves`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from bangiao import revisions
from bangiao.cli.decision_change_pages import (
    change_document,
    changes_page,
    moves_page,
    outcome_document,
    outcome_page,
)
from bangiao.cli.output import AsJson, By, print_json
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import Wiring, wire
from checklists.change_handlers import ChangeOutcome

File = Annotated[
    Path, Parameter(help=_("The whole decision as it shall be, under the same number (YAML, JSON, XLSX)."))
]
Number = Annotated[str, Parameter(name="NUMBER", help=_("The decision's number."))]
OfDecision = Annotated[str, Parameter(name="--decision", help=_("The decision's number."))]
Reason = Annotated[str, Parameter(help=_("Why; kept on record and shown with every step it touches."))]
DryRun = Annotated[
    bool, Parameter(negative=(), show_default=False, help=_("Only show what would change; nothing is written."))
]


def amend(
    file: File, /, *, reason: Reason = "", dry_run: DryRun = False, by: By = None, as_json: AsJson = False
) -> None:
    wiring = _ready()
    _propose(wiring, revisions.amendment(wiring, file), reason, dry_run, by, as_json)


def revoke(
    number_: Number, /, *, reason: Reason = "", dry_run: DryRun = False, by: By = None, as_json: AsJson = False
) -> None:
    _propose(_ready(), revisions.revocation(number_), reason, dry_run, by, as_json)


def apply_template(
    slug: Annotated[str, Parameter(name="TEMPLATE", help=_("The template, for example data-backup."))],
    /,
    *,
    decision: OfDecision,
    unit: Annotated[list[str] | None, Parameter(help=_("Only this unit; may be given more than once."))] = None,
    only: Annotated[
        Literal["green", "yellow"] | None,
        Parameter(help=_("Only units of this colour or a lighter one: green, or green and yellow.")),
    ] = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    units = tuple(unit) if unit else None
    wanted = revisions.template_change(wiring, decision, slug, units, only or "")
    _propose(wiring, wanted, reason, dry_run, by, as_json)


def apply_calendar(
    *, decision: OfDecision, reason: Reason = "", dry_run: DryRun = False, by: By = None, as_json: AsJson = False
) -> None:
    wiring = _ready()
    _propose(wiring, revisions.calendar_change(wiring, decision), reason, dry_run, by, as_json)


def commit(
    number_: Number,
    /,
    *,
    change_hash: Annotated[str, Parameter(help=_("The hash of the change that was read and agreed to."))],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    _answer(revisions.commit_drafted(wiring, number_, change_hash, by=by or wiring.settings.actor), as_json)


def withdraw(number_: Number, /, *, reason: Reason = "", by: By = None, as_json: AsJson = False) -> None:
    wiring = _ready()
    _answer(revisions.withdraw(wiring, number_, reason=reason, by=by or wiring.settings.actor), as_json)


def changes(number_: Number, /, *, as_json: AsJson = False) -> None:
    found = revisions.changes_of(_ready(), number_)
    if as_json:
        print_json([change_document(one) for one in found])
    else:
        changes_page(number_, found)


def moves(*, as_json: AsJson = False) -> None:
    found = revisions.moves_by_calendar(_ready())
    if as_json:
        print_json(found)
    else:
        moves_page(found)


def add_to_decision(app: App) -> None:
    """The commands of `bangiao decision` that change what is registered."""
    app.command(amend, help=_("Propose other dates or units for an opened decision; a second person commits them."))
    app.command(revoke, help=_("Propose to revoke an opened decision: everything open in it is cancelled."))
    app.command(commit, help=_("Carry out exactly the change that another person has drafted."))
    app.command(withdraw, help=_("Take back a drafted change that is not committed."))
    app.command(changes, help=_("Every change of a decision, with what it was before and after."))


def add_to_templates(app: App) -> None:
    words = _("Propose the newest version for the running checklists of a decision; by default they keep theirs.")
    app.command(apply_template, name="apply", help=words)


def add_to_calendar(app: App) -> None:
    app.command(moves, help=_("Which open due dates today's calendar would move, over all decisions."))
    words = _("Propose to count a decision's open due dates with today's calendar.")
    app.command(apply_calendar, name="apply", help=words)


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring


def _propose(
    wiring: Wiring, wanted: revisions.Wanted, reason: str, dry_run: bool, by: str | None, as_json: bool
) -> None:
    if dry_run:
        _answer(revisions.preview(wiring, wanted), as_json)
    else:
        _answer(revisions.draft(wiring, wanted, reason=reason, by=by or wiring.settings.actor), as_json)


def _answer(outcome: ChangeOutcome, as_json: bool) -> None:
    if as_json:
        print_json(outcome_document(outcome))
    else:
        outcome_page(outcome)
