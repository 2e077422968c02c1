"""`bangiao decision go-no-go`: may the units begin to operate? Open the question, vote, close it, read it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter

from bangiao import go_no_go
from bangiao.cli.go_no_go_pages import outcome_page, question_document, question_page
from bangiao.cli.output import AsJson, By, out, print_json
from bangiao.cli.usage import noun
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.wiring import Wiring, wire
from checklists.go_no_go_handlers import Asking, EndOfVoting, GoNoGoOutcome, Voting

app = noun("go-no-go", _("May the units begin to operate? Votes of the steering committee, with their reasons."))

Number = Annotated[str, Parameter(name="NUMBER", help=_("The decision's number."))]
Question = Annotated[int, Parameter(help=_("The number of the question, as it was told when it was opened."))]


@app.command(
    name="open", help=_("Ask the committee; how ready the units are at this moment is kept with the question.")
)
def open_(
    number: Number,
    /,
    *,
    province: Annotated[
        str, Parameter(help=_("Only the units of this province (GENERATION:CODE); all units unless given."))
    ] = "",
    decided_for: Annotated[
        date | None,
        Parameter(help=_("The day on which they would begin (the day of operation in the decision unless given).")),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    asking = Asking(number, by or wiring.settings.actor, province, decided_for)
    _tell(wiring, go_no_go.ask(wiring, asking), as_json)


@app.command(help=_("Vote; another vote of the same person takes its place, and both stay on record."))
def vote(
    number: Number,
    /,
    *,
    question: Question,
    choice: Annotated[str, Parameter(help=_("go, conditions (go with conditions) or no_go."))],
    reason: Annotated[str, Parameter(help=_("Why, or which conditions; needed for everything but a plain go."))] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    voting = Voting(number, question, by or wiring.settings.actor, choice, reason)
    _tell(wiring, go_no_go.give_vote(wiring, voting), as_json)


@app.command(help=_("Close the question: the outcome follows from the votes on record."))
def close(
    number: Number,
    /,
    *,
    question: Question,
    seen: Annotated[
        int | None, Parameter(help=_("How many votes were read; refused if there are others by now."))
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    wiring = _ready()
    end = EndOfVoting(number, question, by or wiring.settings.actor, seen, wiring.settings.four_eyes)
    _tell(wiring, go_no_go.close_question(wiring, end), as_json)


@app.command(help=_("What was asked about a decision: figures, votes with their reasons, outcomes."))
def show(number: Number, /, *, as_json: AsJson = False) -> None:
    wiring = _ready()
    found = go_no_go.questions_of(wiring, number)
    if as_json:
        print_json([question_document(one) for one in found])
        return
    for one in found:
        question_page(one, go_no_go.who_may_vote(wiring, one))
    if not found:
        out.print(_("Nobody has asked yet whether the units of {number} may begin to operate.").format(number=number))


def _tell(wiring: Wiring, outcome: GoNoGoOutcome, as_json: bool) -> None:
    if as_json:
        print_json({"result": outcome.result.value, "question": question_document(outcome.question)})
    else:
        outcome_page(outcome, go_no_go.who_may_vote(wiring, outcome.question))


def _ready() -> Wiring:
    wiring = wire()
    make_ready(wiring)
    return wiring
