"""Minutes drafted on a page: which hand-over, what is said of the meeting; shown as they would be, then drafted.

What is handed over and what is not comes from the record and cannot be typed. Both sides confirm on the minutes' own
page (`web.lead.minutes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao import minutes
from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.errors import BadInput, HandoverError
from checklists.minutes import HandoverMinutes
from checklists.minutes_fields import Meeting
from checklists.minutes_handlers import Wanted
from checklists.step_rules import Actor
from db.handovers import Handover, handovers_of
from db.session import begin_read
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.minutes_said import meeting_of, nothing_typed, typed_in, written
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

_SEE_OTHER, _CONFLICT, _UNPROCESSABLE = 303, 409, 422

Working = Annotated[Signed, Depends(Allow(Action.WORK_ON_STEPS, About.UNIT))]


@dataclass(slots=True)
class Shown:
    """The page: what stands in the fields, what is wrong, and the minutes as they would be."""

    fields: dict[str, Any]
    mistakes: dict[str, str]
    refusal: str = ""
    content: HandoverMinutes | None = None


@router.get("/units/{unit}/minutes", name="new_minutes")
async def new_minutes(
    request: Request, unit: str, signed: Working, handover: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The form, with what is proposed or was drafted before."""
    wiring: Wiring = request.app.state.wiring
    pairs = await run_in_threadpool(_pairs, wiring, unit)
    pair = _chosen(pairs, handover)
    shown = await run_in_threadpool(_proposed, wiring, signed, pair)
    return _page(request, unit, (pairs, pair), shown)


@router.post("/units/{unit}/minutes", name="draft_minutes")
async def fill(request: Request, unit: str, signed: Working) -> Response:
    """Show them as they would be, as a page or as a PDF; or draft them."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    said = {name: value for name, value in form.items() if isinstance(value, str)}
    wiring: Wiring = request.app.state.wiring
    pairs = await run_in_threadpool(_pairs, wiring, unit)
    pair = _chosen(pairs, said.get("handover", ""))
    meeting, mistakes = meeting_of(said)
    shown = Shown(typed_in(said), mistakes, "" if pair else _("Say which handover the minutes are about."))
    if pair is None or mistakes:
        return _page(request, unit, (pairs, pair), shown, _UNPROCESSABLE)
    try:
        return await _done(request, unit, (pairs, pair), _wanted(signed, pair, meeting), (said, shown))
    except HandoverError as refusal:
        shown.refusal = " ".join(map(page_sentence, getattr(refusal, "mistakes", (refusal,))))
        status = _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT
        return _page(request, unit, (pairs, pair), shown, status)


async def _done(
    request: Request,
    unit: str,
    pairs: tuple[list[Handover], Handover | None],
    wanted: Wanted,
    said: tuple[Mapping[str, str], Shown],
) -> Response:
    wiring: Wiring = request.app.state.wiring
    form, shown = said
    if form.get("do") == "draft":
        outcome = await run_in_threadpool(minutes.draft, wiring, wanted)
        return RedirectResponse(f"/minutes/{outcome.held.id}", _SEE_OTHER)
    shown.content = await run_in_threadpool(minutes.preview, wiring, wanted)
    if form.get("do") == "pdf":
        document = await run_in_threadpool(minutes.preview_document, shown.content)
        headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote('Dự thảo biên bản.pdf')}"}
        return Response(document, media_type="application/pdf", headers=headers)
    return _page(request, unit, pairs, shown)


def _pairs(wiring: Wiring, unit: str) -> list[Handover]:
    with begin_read(wiring.engine) as connection:
        return handovers_of(connection, unit)


def named(pair: Handover) -> str:
    """As the form names a hand-over."""
    return f"{pair.giving} {pair.receiving} {pair.decision}"


def _chosen(pairs: list[Handover], said: str) -> Handover | None:
    if len(pairs) == 1 and not said:
        return pairs[0]
    return next((one for one in pairs if named(one) == said), None)


def _wanted(signed: Signed, pair: Handover, meeting: Meeting) -> Wanted:
    return Wanted(pair.giving, pair.receiving, meeting, Actor(signed.account), pair.decision)


def _proposed(wiring: Wiring, signed: Signed, pair: Handover | None) -> Shown:
    if pair is None:
        return Shown(nothing_typed(wiring.today()), {})
    try:
        content = minutes.preview(wiring, _wanted(signed, pair, Meeting()))
    except HandoverError as refusal:
        return Shown(nothing_typed(wiring.today()), {}, page_sentence(refusal))
    return Shown(written(content), {})


def _page(
    request: Request, unit: str, pairs: tuple[list[Handover], Handover | None], shown: Shown, status: int = 200
) -> Response:
    offered, pair = pairs
    choices = [(named(one), f"{one.giving_name} → {one.receiving_name} ({one.decision})") for one in offered]
    facts = {"unit": unit, "pair": pair, "choices": choices, "chosen": named(pair) if pair else "", "shown": shown}
    return page(request, "lead/minutes_draft.html", status, **facts)
