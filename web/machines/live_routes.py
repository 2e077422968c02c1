"""Which numbers are live: those of the cockpit, and how far the opening of a decision is.

Asked for as an event stream they go on; asked for as anything else they are told once, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from bangiao.formats import number
from bangiao.i18n import _, language_in_force, speaking
from bangiao.sign_in import token_hash
from bangiao.wiring import Wiring
from checklists.access import About, Action, Answer, authorize
from checklists.sign_in import lasts
from db.access import roles_about
from db.people import person
from db.session import begin_read
from db.sign_in import session
from web.committee.board import board, seen
from web.committee.cockpit import cockpit_facts, moment_said
from web.committee.decision_facts import progress_facts
from web.guard import Allow, Signed
from web.machines.live import Live, Watcher

router = APIRouter(prefix="/live")

_TOO_MANY = 429
_TRY_AGAIN = "60"
_STREAM = "text/event-stream"
Reader = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS))]
ReaderOfOne = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS, About.DECISION))]
Seen = tuple[Mapping[str, Any], datetime]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is live: `look` gives it and as of when it is true; `as_of` only that. `decision`: what it is about."""

    as_of: Callable[[], datetime]
    look: Callable[[], Seen]
    decision: str | None = None


@router.get("/cockpit", name="live_cockpit", include_in_schema=False)
async def cockpit(request: Request, signed: Reader) -> Response:
    """The cockpit's numbers, of all that the reader reaches."""
    return await _answered(request, signed, Shown(lambda: board(request).at, lambda: _cockpit(request, signed.account)))


@router.get("/opening/{decision:path}", name="live_opening", include_in_schema=False)
async def opening(request: Request, decision: str, signed: ReaderOfOne) -> Response:
    """How many of a decision's checklists are open."""
    shown = Shown(request.app.state.wiring.now, lambda: _opening(request, signed, decision), decision)
    return await _answered(request, signed, shown)


async def _answered(request: Request, signed: Signed, shown: Shown) -> Response:
    language = language_in_force()

    def spoken() -> tuple[str, datetime]:
        with speaking(language):
            content, at = shown.look()
            return json.dumps(content, ensure_ascii=False, sort_keys=True), at

    def stamped(content: str, at: datetime | None) -> str:
        """With the moment, which is no news by itself."""
        with speaking(language):
            said = _("Numbers as of {time}").format(time=moment_said(at)) if at else ""
        return json.dumps({**json.loads(content), "at": said}, ensure_ascii=False)

    if _STREAM not in request.headers.get("accept", ""):
        content, at = await run_in_threadpool(spoken)
        return JSONResponse(json.loads(stamped(content, at)))
    live: Live = request.app.state.live
    if live.full(signed.account):
        return Response(status_code=_TOO_MANY, headers={"Retry-After": _TRY_AGAIN})
    watcher = Watcher(signed.account, lambda: _allowed(request, shown.decision), shown.as_of, spoken, stamped)
    stream = live.stream(watcher, request.headers.get("last-event-id", ""))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type=_STREAM)


def _cockpit(request: Request, account: str) -> Seen:
    kept = board(request)
    facts = cockpit_facts(seen(request, account))
    whole = facts["whole"]
    settled = _("{settled} of {steps} steps settled").format(settled=number(whole.settled), steps=number(whole.steps))
    text = {f"number-{name}": number(count) for name, _words, count in facts["numbers"]}
    text |= {"settled": f"{settled} ({facts['percent']} %)"}
    return {"text": text}, kept.at


def _opening(request: Request, signed: Signed, decision: str) -> Seen:
    wiring: Wiring = request.app.state.wiring
    at = wiring.now()
    facts = progress_facts(wiring, signed, decision)
    line, planned = facts["line"], facts["planned"]
    words = _("The checklists are being opened: {done} of {all} so far.")
    said = words.format(done=number(line.checklists_in), all=number(planned))
    done = not facts["running"]
    return {"text": {} if done else {"opening": said}, "part": [line.checklists_in, planned or 1], "done": done}, at


def _allowed(request: Request, decision: str | None) -> bool:
    """Whether the session lasts and its person may still see this. That somebody watches does not make it last longer:
    whoever has gone away from an open page is signed out like everybody else."""
    wiring: Wiring = request.app.state.wiring
    now, today = wiring.now(), wiring.today()
    with begin_read(wiring.engine) as connection:
        held = session(connection, token_hash(request.cookies.get(request.app.state.cookie, "")))
        if held is None or held.revoked_at is not None or not lasts(held.began_at, held.seen_at, now):
            return False
        who = person(connection, held.account)
        about = About.DECISION if decision is not None else About.NOTHING
        roles = roles_about(connection, held.account, about, decision, today)
    return who is not None and who.acts_on(today) and authorize(roles, Action.READ_DECISIONS) is Answer.YES
