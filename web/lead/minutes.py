"""Minutes of a handover: read, confirmed for one side by somebody who has read exactly this text, taken along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao import minutes
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.errors import BadInput, HandoverError
from checklists.minutes import PartySide
from checklists.minutes_desk import FINAL, HeldMinutes
from checklists.minutes_handlers import Yes
from checklists.people import PersonRole
from checklists.templates import Side
from web.guard import Allow, Signed
from web.lead.offers import Hat, hats_of
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

_KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_SIDES: Mapping[str, PartySide] = {"giving": Side.PREDECESSOR, "receiving": Side.SUCCESSOR}
_SEE_OTHER, _NOT_FOUND, _CONFLICT, _UNPROCESSABLE = 303, 404, 409, 422

Reading = Annotated[Signed, Depends(Allow(Action.READ_WORK, About.MINUTES))]
Working = Annotated[Signed, Depends(Allow(Action.WORK_ON_STEPS, About.MINUTES))]


@router.get("/minutes/{minutes}", name="minutes")
async def minutes_page(request: Request, minutes: int, signed: Reading, confirmed: str = "") -> Response:
    """The minutes in full, with a yes for whoever leads one of the sides."""
    facts = await run_in_threadpool(_facts, request.app.state.wiring, signed, minutes)
    return page(request, "lead/minutes.html", **facts, refusal="", just_confirmed=bool(confirmed))


@router.post("/minutes/{minutes}/confirm", name="confirm_minutes")
async def confirm(
    request: Request,
    minutes: int,
    signed: Working,
    side: Annotated[Literal["giving", "receiving"], Form()],
    seen: Annotated[str, Form()] = "",
    absent: Annotated[str, Form(alias="as")] = "",
) -> Response:
    """One side's yes to the text whose hash stood in the form."""
    wiring = request.app.state.wiring
    try:
        await run_in_threadpool(_confirm, wiring, minutes, (side, seen, signed, absent))
    except HandoverError as refused:
        facts = await run_in_threadpool(_facts, wiring, signed, minutes)
        status = _UNPROCESSABLE if isinstance(refused, BadInput) else _CONFLICT
        words = page_sentence(refused)
        return page(request, "lead/minutes.html", status, **facts, refusal=words, just_confirmed=False)
    return RedirectResponse(f"/minutes/{minutes}?confirmed=1", _SEE_OTHER)


@router.get("/minutes/{minutes}/document/{kind}", name="minutes_document")
async def document(request: Request, minutes: int, kind: Literal["pdf", "docx"], _signed: Reading) -> Response:
    """To be saved: of final minutes what is kept, of a draft what it says now."""
    content, name = await run_in_threadpool(_document, request.app.state.wiring, minutes, kind)
    disposition = f"attachment; filename*=utf-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": "sandbox; default-src 'none'"}
    return Response(content, media_type=_KINDS[kind], headers=headers)


def _held(wiring: Wiring, number: int) -> HeldMinutes:
    with minutes.reading(wiring) as desk:
        found = desk.known(number)
    if found is None:
        raise HTTPException(_NOT_FOUND)
    return found


def _facts(wiring: Wiring, signed: Signed, number: int) -> dict[str, Any]:
    held = _held(wiring, number)
    with minutes.reading(wiring) as desk:
        between = desk.between(held.decision_id, held.giving, held.receiving)
        hats = {
            side: [
                hat for unit in sorted(between.owing(side)) for hat in _leading(desk.connection, wiring, signed, unit)
            ]
            for side in _SIDES.values()
        }
    sides = [_side(held, name, hats[side], signed.account) for name, side in _SIDES.items()]
    return {"held": held, "content": held.content, "final": held.state == FINAL, "sides": sides}


def _leading(connection: Connection, wiring: Wiring, signed: Signed, unit: str) -> list[Hat]:
    hats = hats_of(connection, signed, unit, wiring.today())
    return [hat for hat in hats if PersonRole.UNIT_LEAD in hat.roles]


def _side(held: HeldMinutes, name: str, hats: list[Hat], account: str) -> dict[str, Any]:
    """Who speaks for a side, who has confirmed for it, and in whose name the reader may."""
    side = _SIDES[name]
    given = next((one for one in held.counting if one.confirmation.side is side), None)
    others = {person for one in held.counting for person in one.actor.people}
    able = {hat.absent: hat for hat in hats if not hat.people(account) & others}
    free = list(able.values()) if given is None and held.state != FINAL else []
    return {"name": name, "party": held.content.party(side), "given": given, "hats": free}


def _confirm(wiring: Wiring, number: int, said: tuple[str, str, Signed, str]) -> None:
    side, seen, signed, absent = said
    held = _held(wiring, number)
    minutes.confirm(wiring, Yes(held.number, _SIDES[side], seen, signed.actor(absent), held.decision))


def _document(wiring: Wiring, number: int, kind: str) -> tuple[bytes, str]:
    held = _held(wiring, number)
    return minutes.document(wiring, held, kind), minutes.file_name(held, kind)
