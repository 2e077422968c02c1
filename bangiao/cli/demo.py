"""`bangiao demo`: the main job from end to end, on real units: decision → plan → two people → Prefect → checklists."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from bangiao.cli.checklist_page import checklist_page
from bangiao.cli.decision_pages import drafted_page, preview_page, registered_page
from bangiao.cli.demo_ladder_page import ladder_page
from bangiao.cli.demo_package_page import package_page
from bangiao.cli.demo_serving import come_back, serve_demo
from bangiao.cli.demo_work_page import day_of_work
from bangiao.cli.follow import follow_deliveries, follow_opening
from bangiao.cli.output import AsJson, heading, moment, number, out, print_json, progress_bar, table
from bangiao.cli.status import states_table, totals_page
from bangiao.decision_files import read_decision, read_decision_file
from bangiao.demo_people import appoint_three
from bangiao.demo_place import CLOCK, fresh_place
from bangiao.demo_stack import stack_beside
from bangiao.i18n import _, render
from bangiao.installation import install
from bangiao.preview import DecisionPreview, preview_decision
from bangiao.register_files import decision_files
from bangiao.settings import load_settings
from bangiao.wiring import Wiring, wire
from checklists.errors import BadInput
from checklists.handlers import Outcome, SamePerson, draft_decision, register_decision
from checklists.participants import Participant
from checklists.units import UnitKey
from db.progress import state_counts
from db.queries import sheets_of
from db.register import SqlRegister
from db.session import begin_read

_DRAFTER, _REGISTRAR = "Nguyễn Thị An", "Trần Văn Bình"


class NoSuchProvince(BadInput):
    """There is no resolution of 2025 for province {code}. The codes are those of bangiao units list --level province
    --generation new, for example 01."""


def demo(
    *,
    province: Annotated[str, Parameter(help=_("The province whose resolution is carried out."))] = "01",
    all_: Annotated[
        bool, Parameter(name="--all", negative=(), show_default=False, help=_("All 35 decisions of 2025."))
    ] = False,
    serve: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Serve the pages at the end, until stopped."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Registers a real decision, lets Prefect open the checklists, and shows them."""
    files = decision_files() if all_ else [_file_of(province)]
    out.quiet = as_json
    wiring = wire(fresh_place(load_settings()))
    out.print(
        _("Demonstration in {place}; its clock starts at {start}.").format(
            place=wiring.settings.data_dir, start=moment(CLOCK)
        )
    )
    with ExitStack() as stack:
        with progress_bar(_("Loading the national register"), None):
            loaded = install(wiring).units
        out.print(_("Loaded {count} units of the national register.").format(count=number(loaded)))
        running = stack.enter_context(stack_beside(wiring.settings))
        previews = _read(files, wiring)
        outcomes = [_two_people(file, wiring, tell=len(files) == 1) for file in files]
        seconds = follow_opening(wiring, outcomes, running.must_run)
        follow_deliveries(wiring, running.must_run)
    delivered = _told(wiring, previews, outcomes, seconds, as_json)
    example = read_decision(files[0] if not all_ else _file_of(province))
    climbed = ladder_page(wiring.settings, example)
    appoint_three(wiring, _widest(previews).unit.key)
    if as_json:
        print_json({**_document(outcomes, seconds), "ladder": climbed})
    elif delivered:
        package_page(wiring, delivered)
    if serve:
        serve_demo(wiring)
    come_back(wiring)


def _file_of(province: str) -> Path:
    for file in decision_files():
        if read_decision(file).province == f"new:{province}":
            return file
    raise NoSuchProvince(code=province)


def _read(files: list[Path], wiring: Wiring) -> list[DecisionPreview]:
    """Preview before anything is written: in full for one decision, a line each for many."""
    with progress_bar(_("Planning"), len(files), shown=len(files) > 1) as advance:
        previews = []
        for file in files:
            previews.append(preview_decision(file, wiring))
            advance()
    if len(previews) == 1:
        preview_page(previews[0], wiring.today())
        return previews
    shown = table(_("Decision"), _("Units"), _("Checklists"), _("Steps"), _("Plan hash"), numbers=(1, 2, 3))
    for one in previews:
        plan = one.summary
        counts = (number(plan.total_units), number(plan.total_checklists), number(plan.total_steps))
        shown.add_row(plan.number, *counts, plan.hash[:12])
    out.print(shown)
    return previews


def _two_people(file: Path, wiring: Wiring, tell: bool) -> Outcome:
    """One person drafts, and cannot register; a second one can."""
    written = read_decision_file(file)
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        drafted = draft_decision(written.decision, uow, planning, refused=written.refusal, by=_DRAFTER)
    if tell:
        out.print()
        heading(_DRAFTER)
        drafted_page(drafted)
        try:
            _register(wiring, drafted, _DRAFTER)
        except SamePerson as refused:
            out.print(render(refused.message), style="yellow")
        heading(_REGISTRAR)
    registered = _register(wiring, drafted, _REGISTRAR)
    if tell:
        registered_page(registered)
        out.print()
    return registered


def _register(wiring: Wiring, drafted: Outcome, by: str) -> Outcome:
    summary = drafted.summary
    with wiring.unit_of_work() as uow:
        planning = wiring.planning(uow.connection)
        return register_decision(summary.number, summary.hash, uow, planning, by=by, four_eyes=True)


def _document(outcomes: list[Outcome], seconds: float) -> dict[str, Any]:
    return {
        "clock": CLOCK,
        "decisions": {outcome.summary.number: outcome.summary.hash for outcome in outcomes},
        "checklists": sum(outcome.summary.total_checklists for outcome in outcomes),
        "steps": sum(outcome.summary.total_steps for outcome in outcomes),
        "seconds": seconds,
    }


def _told(
    wiring: Wiring, previews: list[DecisionPreview], outcomes: list[Outcome], seconds: float, as_json: bool
) -> UnitKey | None:
    """Gives the unit that delivered last."""
    if as_json:
        return None
    said = _document(outcomes, seconds)
    words = _("Prefect started and opened {checklists} checklists with {steps} steps in {seconds:.1f} seconds.")
    counts = {"checklists": number(said["checklists"]), "steps": number(said["steps"])}
    out.print(words.format(**counts, seconds=seconds), style="green")
    with begin_read(wiring.engine) as connection:
        totals_page(connection, None, wiring.today())
        widest = _widest(previews)
        _one_unit(connection, wiring, widest.unit.key)
    last = day_of_work(wiring, widest.unit.key)
    with begin_read(wiring.engine) as connection:
        out.print(states_table(state_counts(connection, None, None)))
    out.print(_("Registering once more changes nothing:"))
    registered_page(_register(wiring, outcomes[0], _REGISTRAR))
    return last.held.unit if last else None


def _widest(previews: list[DecisionPreview]) -> Participant:
    """The unit that takes over from the most others."""
    mergers = [one.widest_merger for one in previews if one.widest_merger]
    return max(mergers, key=lambda one: len(one.predecessors))


def _one_unit(connection: Any, wiring: Wiring, key: UnitKey) -> None:
    """Its first checklist in full; all of them would fill the terminal several times."""
    unit, sheets = SqlRegister(connection, wiring.today()).unit(key), sheets_of(connection, key)
    if unit is not None:
        out.print()
        checklist_page(connection, unit, sheets[:1], wiring.today())
        words = _("This unit has {count} more checklists. All of them: bangiao units show {unit}")
        out.print()
        out.print(words.format(count=number(len(sheets) - 1), unit=key))
