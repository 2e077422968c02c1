"""`bangiao step`: what people do to their steps, one command for each act; `step_pages` shows what came of it.

Every act takes one step or many. Each step is a transaction of its own: what is refused leaves the others as they are.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from cyclopts import Parameter

from bangiao.attachments import kept, store_of
from bangiao.cli.failures import FINE
from bangiao.cli.output import AsJson, out, print_json
from bangiao.cli.step_options import AT_ALL, NOTHING, As, Decision, Proof, Reason, Step, Steps, Told
from bangiao.cli.step_orders import Asked, carry_out, step_numbers
from bangiao.cli.step_pages import list_document, list_page, receipt, sheet_document, sheet_page
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.step_references import Reader, resolve
from bangiao.step_sheet import read_sheet
from bangiao.wiring import Wiring, wire
from checklists.errors import BadInput
from checklists.step_rules import NothingNew, Request
from checklists.steps import Act, StepState
from db.reach import units_in_reach
from db.session import begin_read
from db.step_queries import Wanted, evidence_of, steps_counted, steps_listed
from evidence.store import EvidenceStore

app = noun("step", _("Work on steps: list, show, start, attach, complete, verify, return, block, …"))


class NoStepNamed(BadInput):
    """No step was named, so nothing was done. Give their numbers or UNIT/KEY; - reads them from standard input."""


class NotDays(BadInput):
    """{days} is no number of days that can be looked ahead. Give 0 to {most}."""


class NothingToAttach(BadInput):
    """There is nothing to attach. Give --file, --note or --link."""


_FURTHEST = 36_500
"""Days: a hundred years. No deadline lies further off, and a calendar ends somewhere."""


app.command(
    "bangiao.cli.occurrences:open_due",
    name="open-due",
    help=_("Open the next time of every duty whose period has ended; what the nightly flow does, by hand."),
)


app.command(
    "bangiao.cli.acknowledge:acknowledge",
    help=_("Say that you have a step in hand and by when: nobody above is told until that day is past."),
)


@app.command(name="list", help=_("Steps by due date, with what they wait for."))
def list_(
    *,
    unit: Annotated[str | None, Parameter(help=_("Steps that this unit owes (GENERATION:CODE)."))] = None,
    decision: Decision = None,
    key: Annotated[str | None, Parameter(help=_("Steps of this key, for example DAT-05/giao."))] = None,
    state: Annotated[
        tuple[StepState, ...], Parameter(negative=(), help=_("Only in this state; may be repeated."))
    ] = (),
    due_within: Annotated[int | None, Parameter(help=_("Open steps due within so many days, or overdue."))] = None,
    mine: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Only steps that you may see (the setting actor)."))
    ] = False,
    ids: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Numbers only, for another command."))
    ] = False,
    limit: Annotated[int, Parameter(help=_("How many to show; 0 for all."))] = 50,
    by: Annotated[str | None, Parameter(name="--as", help=_("Only what this person may see."))] = None,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    today = wiring.today()
    if due_within is not None and not 0 <= due_within <= _FURTHEST:
        raise NotDays(days=due_within, most=_FURTHEST)
    due_by = None if due_within is None else today + timedelta(days=due_within)
    reach = units_in_reach(by or wiring.settings.actor, today) if mine or by else None
    wanted = Wanted(decision, unit, key, tuple(one.value for one in state), due_by, reach)
    with begin_read(wiring.engine) as connection:
        count = steps_counted(connection, wanted)
        found = steps_listed(connection, wanted, None if ids or as_json else limit or None)
        titles = {one.template_hash: wiring.shelf.steps(connection, one.template_hash) for one in found}
    if as_json:
        print_json([list_document(one, titles) for one in found])
    elif ids:
        print("\n".join(str(one.id) for one in found))
    else:
        list_page(found, titles, count, today)


@app.command(help=_("One step in full: what, until when and why, its evidence, and what may be done now."))
def show(
    step: Step,
    /,
    *,
    decision: Decision = None,
    by: As = None,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        reader = Reader((by,), wiring.today()) if by else None
        sheet = read_sheet(connection, wiring, resolve(connection, step, decision, reader), by)
    if as_json:
        print_json(sheet_document(sheet))
    else:
        sheet_page(sheet, wiring.today())


@app.command(help=_("Say that work has begun."))
def start(steps: Steps, /, *, told: Told = AT_ALL) -> int:
    return _act(steps, Request(Act.START), told)


@app.command(help=_("Attach files, notes or links as evidence."))
def attach(steps: Steps, /, *, proof: Proof = NOTHING, reason: Reason = "", told: Told = AT_ALL) -> int:
    if not proof:
        raise NothingToAttach
    return _act(steps, Request(Act.ATTACH, reason=reason), told, proof)


@app.command(help=_("Withdraw evidence; it stays on record as withdrawn."))
def withdraw(
    step: Step,
    digests: Annotated[list[str], Parameter(help=_("The SHA-256 of what is withdrawn, or its first digits."))],
    /,
    *,
    reason: Reason = "",
    told: Told = AT_ALL,
) -> int:
    return _act([step], Request(Act.WITHDRAW, reason=reason, digests=frozenset(digests)), told)


@app.command(help=_("Complete a step, with its evidence; where a second person verifies, it is submitted."))
def complete(steps: Steps, /, *, proof: Proof = NOTHING, told: Told = AT_ALL) -> int:
    return _act(steps, Request(Act.COMPLETE), told, proof)


@app.command(help=_("Verify what was submitted, as somebody who has not worked on it."))
def verify(
    steps: Steps,
    /,
    *,
    seen: Annotated[str, Parameter(help=_("The evidence hash that was looked at (step show gives it)."))] = "",
    told: Told = AT_ALL,
) -> int:
    return _act(steps, Request(Act.VERIFY, seen=seen), told)


@app.command(name="return", help=_("Return what was submitted, with a reason."))
def return_(steps: Steps, /, *, reason: Reason = "", told: Told = AT_ALL) -> int:
    return _act(steps, Request(Act.RETURN, reason=reason), told)


@app.command(help=_("Say that a step is blocked: why, who can unblock it, and when it is expected to go on."))
def block(
    steps: Steps,
    /,
    *,
    reason: Reason = "",
    unblocker: Annotated[str, Parameter(help=_("Who can unblock it."))] = "",
    expected: Annotated[date | None, Parameter(help=_("When it is expected to go on."))] = None,
    told: Told = AT_ALL,
) -> int:
    return _act(steps, Request(Act.BLOCK, reason, unblocker, expected), told)


@app.command(help=_("Say that a blocked step can go on."))
def unblock(steps: Steps, /, *, reason: Reason = "", told: Told = AT_ALL) -> int:
    return _act(steps, Request(Act.UNBLOCK, reason=reason), told)


@app.command(help=_("Say that a step does not apply here, and why; a second person approves by verifying."))
def not_applicable(steps: Steps, /, *, proof: Proof = NOTHING, reason: Reason = "", told: Told = AT_ALL) -> int:
    return _act(steps, Request(Act.NOT_APPLICABLE, reason=reason), told, proof)


@app.command(help=_("Open a settled step again; what was done on the strength of it waits again and says so."))
def reopen(steps: Steps, /, *, reason: Reason = "", told: Told = AT_ALL) -> int:
    return _act(steps, Request(Act.REOPEN, reason=reason), told)


def _act(steps: list[str], request: Request, told: Told, proof: Proof = NOTHING) -> int:
    wiring = wire()
    make_ready(wiring)
    asked = Asked(request, told.actor(wiring.settings.actor), told.version)
    numbers = step_numbers(wiring, steps, told.decision, asked.actor)  # first: a step that is not there costs no upload
    if not numbers:
        raise NoStepNamed
    store = store_of(wiring.settings)
    lost = _lost_files(wiring, store, numbers) if proof and request.act is Act.ATTACH else frozenset()
    evidence = kept(store, proof.handed_in(wiring.today()), wiring.today()) if proof else ()
    try:
        return receipt(carry_out(wiring, asked, numbers, evidence), as_json=told.as_json)
    except NothingNew:
        if not lost & {one.digest for one in evidence}:
            raise
        out.print(_("It was attached already; the file that was missing is in its place again."))
        return FINE


def _lost_files(wiring: Wiring, store: EvidenceStore, numbers: list[int]) -> frozenset[str]:
    """Files on record for these steps that are not in the store."""
    with begin_read(wiring.engine) as connection:
        lines = [line for number in numbers for line in evidence_of(connection, number) if line.kind == "file"]
    return frozenset(line.digest for line in lines if not store.path(line.digest).exists())
