"""May a decision's units begin to operate? The committee asks, votes and closes; auditors read.

A decision's number has slashes in it, so it is the rest of a path; what is asked of it comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao import go_no_go
from bangiao.go_no_go_words import count_sentence, result_words
from bangiao.i18n import render
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.errors import BadInput, HandoverError
from checklists.go_no_go import Choice, Question, choice_words, counted
from checklists.go_no_go_errors import UnknownQuestion
from checklists.go_no_go_handlers import Asking, EndOfVoting, GoNoGoOutcome, GoNoGoResult, Voting
from checklists.people import PersonRole
from db.decisions_seen import names_of
from db.go_no_go import SqlGoNoGo
from db.session import begin_read
from db.steering_models import GoNoGoRow
from web.committee.board import Seen, seen
from web.dates import day_in, parts_of, typed
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter(prefix="/decisions")

_SEE_OTHER, _NOT_FOUND, _UNPROCESSABLE, _CONFLICT = 303, 404, 422, 409

Reader = Annotated[Signed, Depends(Allow(Action.READ_RECORD, About.DECISION))]
Steering = Annotated[Signed, Depends(Allow(Action.STEER, About.DECISION))]


@router.get("/{decision:path}/go-no-go", name="go_no_go")
async def questions(
    request: Request, decision: str, signed: Reader, said: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """All that was asked about it, with the form to ask where it can still be asked."""
    facts = await _facts(request, signed, decision)
    done = result_words(GoNoGoResult(said)) if said in set(GoNoGoResult) else ""
    return page(request, "committee/go_no_go.html", **facts, said=done)


@router.post("/{decision:path}/go-no-go", name="ask_go_no_go")
async def ask(request: Request, decision: str, signed: Steering) -> Response:
    """Ask the committee."""
    form = await _form(request)

    def asked(wiring: Wiring) -> GoNoGoOutcome:
        day = day_in(form, "decided_for")
        return go_no_go.ask(wiring, Asking(decision, signed.account, form.get("province", ""), day))

    return await _done(request, signed, decision, asked, form)


@router.post("/{decision:path}/go-no-go/{question}/vote", name="vote_go_no_go")
async def vote(request: Request, decision: str, question: int, signed: Steering) -> Response:
    """Vote, or change one's vote."""
    form = await _form(request)

    def voted(wiring: Wiring) -> GoNoGoOutcome:
        voting = Voting(decision, question, signed.account, form.get("choice", ""), form.get("reason", ""))
        return go_no_go.give_vote(wiring, voting)

    return await _done(request, signed, decision, voted, form, question)


@router.post("/{decision:path}/go-no-go/{question}/close", name="close_go_no_go")
async def close(request: Request, decision: str, question: int, signed: Steering) -> Response:
    """Close it, as far as the votes that stood in the form are all there are."""
    form = await _form(request)
    number = form.get("seen", "")
    seen_votes = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else -1

    def closed(wiring: Wiring) -> GoNoGoOutcome:
        end = EndOfVoting(decision, question, signed.account, seen_votes, wiring.settings.four_eyes)
        return go_no_go.close_question(wiring, end)

    return await _done(request, signed, decision, closed, form, question)


async def _form(request: Request) -> dict[str, str]:
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


async def _done(
    request: Request, signed: Signed, decision: str, work: Any, form: Mapping[str, str], about: int = 0
) -> Response:
    """What came of it: on to the page, or the page again with the refusal beside what was typed."""
    try:
        outcome: GoNoGoOutcome = await run_in_threadpool(work, request.app.state.wiring)
    except UnknownQuestion as missing:
        raise HTTPException(_NOT_FOUND) from missing
    except HandoverError as refusal:
        facts = await _facts(request, signed, decision, form, about)
        status = _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT
        facts["refusal"] = page_sentence(refusal)
        return page(request, "committee/go_no_go.html", status, **facts, said="")
    place = f"/decisions/{quote(decision, safe='/')}/go-no-go?said={outcome.result.value}"
    return RedirectResponse(f"{place}#q{outcome.question.id}", _SEE_OTHER)


async def _facts(
    request: Request, signed: Signed, decision: str, form: Mapping[str, str] | None = None, about: int = 0
) -> dict[str, Any]:
    view = await run_in_threadpool(seen, request, signed.account)
    return await run_in_threadpool(_read, request.app.state.wiring, view, signed, (decision, form or {}, about))


def _read(wiring: Wiring, view: Seen, signed: Signed, said: tuple[str, Mapping[str, str], int]) -> dict[str, Any]:
    number, form, about = said
    with begin_read(wiring.engine) as connection:
        desk = SqlGoNoGo(connection, wiring.now())
        subject = desk.subject(number)
        if subject is None:
            raise HTTPException(_NOT_FOUND)
        found = desk.questions(GoNoGoRow.decision_id == subject.id)
        able = {one.id: desk.may_vote(subject.id, one.province, wiring.today()) for one in found if not one.closing}
        accounts = {one.opened_by for one in found}.union(*able.values())
        accounts |= {vote.by for one in found for vote in one.votes}
        accounts |= {one.closing.by for one in found if one.closing}
        names = names_of(connection, frozenset(accounts))
    steers = PersonRole.COMMITTEE in signed.roles
    named = {"names": names, "provinces": {one.key: one.name for one in view.board.provinces}}
    four_eyes = wiring.settings.four_eyes
    own = {one.id: form if one.id == about else {} for one in found}
    return {
        "number": number,
        "questions": [
            _shown(one, able.get(one.id, frozenset()), signed.account, own[one.id], four_eyes) | named for one in found
        ],
        "names": names,
        "steers": steers,
        "can_ask": steers and subject.opened and wiring.today() < subject.operational,
        "in_operation": wiring.today() >= subject.operational,
        "provinces": _provinces_of(view, number),
        "province": form.get("province", ""),
        "day_parts": typed(form, "decided_for") if "decided_for-d" in form else parts_of(subject.operational),
        "operational": subject.operational,
        "choices": [(one.value, render(choice_words(one)).capitalize()) for one in Choice],
        "refusal": "",
        "asking_refused": bool(form) and not about,
    }


def _provinces_of(view: Seen, number: str) -> list[tuple[str, str]]:
    mine = {one.province for one in view.placed if any(tally.decision == number for tally in one.tallies)}
    return [(one.key, one.name) for one in view.board.provinces if one.key in mine]


def _shown(
    one: Question, able: frozenset[str], account: str, form: Mapping[str, str], four_eyes: bool
) -> dict[str, Any]:
    """A question as its part of the page shows it."""
    last = one.last
    own = last.get(account)
    count = one.closing.count if one.closing else counted(one.votes, able)
    return {
        "one": one,
        "streams": [*one.readiness.streams.items(), ("", one.readiness.whole)],
        "votes": [
            (vote, render(choice_words(vote.choice)).capitalize(), _changed(one, vote.by)) for vote in last.values()
        ],
        "silent": sorted(able - last.keys()),
        "count": count_sentence(count),
        "outcome": render(choice_words(one.closing.outcome)).capitalize() if one.closing else "",
        "may_vote": account in able and not one.closing,
        "may_close": account in able and not one.closing and not (four_eyes and account == one.opened_by),
        "opened_it": account == one.opened_by,
        "choice": form.get("choice", own.choice.value if own else ""),
        "reason": form.get("reason", own.reason if own else ""),
        "voted": own is not None,
    }


def _changed(question: Question, by: str) -> int:
    """How often somebody voted otherwise before."""
    return sum(1 for one in question.votes if one.by == by) - 1
