"""`bangiao decision`: read a plan, draft it, let a second person register it, see where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.decision_changes import add_to_decision
from bangiao.cli.decision_pages import drafted_page, plan_page, preview_document, preview_page, registered_page
from bangiao.cli.follow import follow_opening
from bangiao.cli.output import AsJson, By, command_line, err, heading, moment, number, out, print_json, table
from bangiao.cli.usage import noun
from bangiao.decision_files import read_decision_file
from bangiao.documents import Limits
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.preview import preview_decision
from bangiao.wiring import wire
from bangiao.words import word
from checklists.handlers import UnknownDecision, draft_decision, register_decision
from checklists.plan_summary import PlanSummary
from db.queries import DecisionLine, decision_lines
from db.session import begin_read

app = noun("decision", _("Preview, draft, register, list and show decisions."))
add_to_decision(app)
app.command(
    "bangiao.cli.succession:move_work_command",
    name="move-work",
    help=_("Open steps of dissolved units go to those who follow them; or show what would move."),
)
app.command(
    "bangiao.cli.go_no_go:app",
    name="go-no-go",
    help=_("May the units begin to operate? Votes of the steering committee, with their reasons."),
)

File = Annotated[Path, Parameter(help=_("The decision as YAML, JSON or XLSX."))]


@app.command(help=_("What the decision would create, before anything is written, and its plan hash."))
def preview(file: File, /, *, as_json: AsJson = False) -> None:
    wiring = wire()
    make_ready(wiring)
    seen = preview_decision(file, wiring)
    if as_json:
        print_json(preview_document(seen))
    else:
        preview_page(seen, wiring.today())


@app.command(help=_("Store the decision with its plan, for a second person to register."))
def draft(
    file: File,
    /,
    *,
    replace: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Replace another person's draft of this number."))
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    written = read_decision_file(file, Limits.of(wiring.settings))
    who = by or wiring.settings.actor
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        outcome = draft_decision(written.decision, uow, planning, refused=written.refusal, by=who, replace=replace)
    if as_json:
        print_json({"number": written.decision.number, "plan_hash": outcome.summary.hash, "changed": outcome.changed})
    else:
        drafted_page(outcome)


@app.command(help=_("Commit exactly the drafted plan; checklists follow by themselves."))
def register(
    number_: Annotated[str, Parameter(name="NUMBER", help=_("The decision's number, for example 1656/NQ-UBTVQH15."))],
    /,
    *,
    plan_hash: Annotated[str, Parameter(help=_("The plan hash that was read and agreed to."))],
    wait: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Wait until its checklists are open."))
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    who = by or wiring.settings.actor
    with wiring.unit_of_work() as uow:
        outcome = register_decision(
            number_, plan_hash, uow, wiring.planning(uow.connection), by=who, four_eyes=wiring.settings.four_eyes
        )
    if as_json:
        print_json({"number": number_, "plan_hash": outcome.summary.hash, "changed": outcome.changed})
    else:
        registered_page(outcome)
    if wait:
        seconds = follow_opening(wiring, [outcome])
        err.print(_("All checklists are open after {seconds:.1f} seconds.").format(seconds=seconds))


@app.command(name="list", help=_("All decisions on record."))
def list_(*, as_json: AsJson = False) -> None:
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        lines = decision_lines(connection)
    if as_json:
        print_json([_document(line) for line in lines])
        return
    if not lines:
        out.print(_("No decision is on record yet. Begin with: bangiao decision preview FILE"))
        return
    shown = table(_("Decision"), _("State"), _("Checklists"), _("Steps"), _("Registered"), numbers=(2, 3))
    for line in lines:
        planned = sum(line.plan["checklists"].values())
        counts = f"{number(line.checklists_in)} / {number(planned)}"
        shown.add_row(line.number, word(line.state), counts, number(line.steps_in), moment(line.registered_at))
    out.print(shown)


@app.command(help=_("One decision: who drafted and registered it, its plan, and how much is open."))
def show(
    number_: Annotated[str, Parameter(name="NUMBER", help=_("The decision's number."))], /, *, as_json: AsJson = False
) -> None:
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        lines = decision_lines(connection, number_)
    if not lines:
        raise UnknownDecision(number=number_)
    line = lines[0]
    if as_json:
        print_json(_document(line))
        return
    heading(line.number, f"  {word(line.state)}")
    for name, value in (
        (_("Drafted"), f"{line.drafted_by}, {moment(line.drafted_at)}"),
        (_("Registered"), f"{line.registered_by or '–'}, {moment(line.registered_at)}"),
        (_("Opened"), moment(line.opened_at)),
        (_("Working calendar"), line.plan["calendar_version"]),
        (_("Checklists"), f"{number(line.checklists_in)} / {number(sum(line.plan['checklists'].values()))}"),
        (_("Steps"), f"{number(line.steps_in)} / {number(sum(line.plan['steps'].values()))}"),
    ):
        out.print(f" {name}: {value}")
    plan_page(PlanSummary.from_json(line.plan))
    out.print(_("Plan hash (calendar {calendar}):").format(calendar=line.plan["calendar_version"]))
    command_line(line.plan_hash)


def _document(line: DecisionLine) -> dict[str, object]:
    return {
        "number": line.number,
        "state": line.state,
        "plan_hash": line.plan_hash,
        "drafted_by": line.drafted_by,
        "registered_by": line.registered_by,
        "registered_at": line.registered_at,
        "opened_at": line.opened_at,
        "planned": {key: line.plan[key] for key in ("checklists", "steps", "templates", "calendar_version")},
        "open": {"checklists": line.checklists_in, "steps": line.steps_in},
    }
