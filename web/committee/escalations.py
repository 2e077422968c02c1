"""What climbed and who answered; messages that reached nobody, to be sent again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, Select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.delivery_orders import resend
from bangiao.i18n import _, render
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.escalation.ladder import Audience, audience_words
from checklists.people import PersonRole
from db.decisions_seen import names_of, unit_names
from db.escalations_seen import climbed_steps, dead_letters, last_answers
from db.reach import units_in_reach
from db.session import begin_read
from notifiers.masking import masked_address
from web.committee.board import reach
from web.committee.views import links
from web.guard import Allow, Signed
from web.lead.step_facts import title_of
from web.refusals import sentences
from web.rendering import page

router = APIRouter()

_ROWS = 50
_SEE_OTHER, _CONFLICT = 303, 409

Reader = Annotated[Signed, Depends(Allow(Action.READ_RECORD))]
Steering = Annotated[Signed, Depends(Allow(Action.STEER))]


@router.get("/escalations", name="escalations")
async def escalations(
    request: Request,
    signed: Reader,
    show: Annotated[Literal["unanswered", "all"], Query()] = "unanswered",
    sheet: Annotated[int, Query(alias="page", ge=1, le=2_000)] = 1,
) -> Response:
    """Open steps of which a level has spoken."""
    facts = await run_in_threadpool(_escalated, request.app.state.wiring, signed, show, sheet)
    facts["views"] = await run_in_threadpool(links, request.app.state.wiring, signed.account)
    return page(request, "committee/escalations.html", show=show, number_of=sheet, **facts)


@router.get("/letters", name="dead_letters")
async def letters(request: Request, signed: Reader, said: Annotated[Literal["", "resent"], Query()] = "") -> Response:
    """Messages that reached nobody."""
    facts = await run_in_threadpool(_letters, request.app.state.wiring, signed)
    words = _("The message leaves again, within a minute.") if said else ""
    return page(request, "committee/letters.html", said=words, refusals=[], **facts)


@router.post("/letters/{letter}/resend", name="resend_letter")
async def send_again(request: Request, letter: str, signed: Steering) -> Response:
    """Send one again, by the person's channels as they are now."""
    try:
        await run_in_threadpool(_resend, request.app.state.wiring, signed, letter)
    except HandoverError as refusal:
        facts = await run_in_threadpool(_letters, request.app.state.wiring, signed)
        return page(request, "committee/letters.html", _CONFLICT, said="", refusals=sentences(refusal), **facts)
    return RedirectResponse("/letters?said=resent", _SEE_OTHER)


def _in_reach(
    connection: Connection, wiring: Wiring, account: str, roles: frozenset[PersonRole] | None = None
) -> Select[str] | None:
    """As a query; None for somebody who reaches everything."""
    if reach(connection, account, wiring.today(), roles) is None:
        return None
    return units_in_reach(account, wiring.today(), roles)


def _escalated(wiring: Wiring, signed: Signed, show: str, sheet: int) -> dict[str, Any]:
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        mine = _in_reach(connection, wiring, signed.account)
        window = (_ROWS + 1, (sheet - 1) * _ROWS)
        found = climbed_steps(connection, mine, today, unanswered=show == "unanswered", window=window)
        shown = found[:_ROWS]
        answers = last_answers(connection, [one.id for one in shown])
        across = unit_names(connection, {one.counterpart for one in shown if one.counterpart})
        rows = [
            {
                "step": one,
                "title": title_of(connection, wiring, one.template_hash, one.key),
                "told": render(audience_words(Audience(one.audience))),
                "answer": answers.get(one.id),
                "across": across.get(one.counterpart, ""),
            }
            for one in shown
        ]
    return {"rows": rows, "more": len(found) > _ROWS}


def _letters(wiring: Wiring, signed: Signed) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        found = dead_letters(connection, _in_reach(connection, wiring, signed.account))
        names = names_of(connection, {one.recipient for one in found})
    rows = [{"letter": one, "to": names[one.recipient], "address": masked_address(one.address)} for one in found]
    return {"rows": rows, "may_steer": PersonRole.COMMITTEE in signed.anywhere}


def _resend(wiring: Wiring, signed: Signed, letter: str) -> None:
    with wiring.unit_of_work() as uow:
        mine = _in_reach(uow.connection, wiring, signed.account, frozenset({PersonRole.COMMITTEE}))
        if letter not in {one.id for one in dead_letters(uow.connection, mine)}:
            raise HTTPException(404)
        resend(uow, letter, signed.account)
