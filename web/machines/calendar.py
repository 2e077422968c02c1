"""The calendar of due dates: what a telephone fetches, and the page on which its person gets the address."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.calendar_feed import address_of, feed_of, remove_address, renew_address
from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.access import Action
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter()

_SEE_OTHER, _NOT_MODIFIED = 303, 304
Mine = Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]


@router.get("/calendar/{feed}.ics", name="calendar_feed", include_in_schema=False)
async def calendar(request: Request, feed: str, _anybody: Annotated[None, Depends(Allow(Action.ENTER))]) -> Response:
    """Whoever has the address may read it; a wrong one is nothing that is there."""
    content = await run_in_threadpool(feed_of, request.app.state.wiring, feed)
    if content is None:
        raise HTTPException(404)
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="bangiao.ics"',
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers, media_type="text/calendar; charset=utf-8")


@router.get("/account/calendar", name="calendar_page")
async def calendar_page(request: Request, signed: Mine, done: str = "") -> Response:
    """Whether they have an address; the address itself is shown only when it is made."""
    held = await run_in_threadpool(address_of, request.app.state.wiring, signed.account)
    return page(request, "account/calendar.html", held=held, address="", done=done)


@router.post("/account/calendar", name="calendar_renew")
async def renew(request: Request, signed: Mine) -> Response:
    """A new address, shown this once; the one before leads nowhere."""
    wiring: Wiring = request.app.state.wiring
    made = await run_in_threadpool(renew_address, wiring, signed.account, _("My calendar"))
    base = wiring.settings.link_base or str(request.base_url).rstrip("/")
    return page(
        request, "account/calendar.html", held=made.token, address=f"{base}/calendar/{made.secret}.ics", done=""
    )


@router.post("/account/calendar/remove", name="calendar_remove")
async def remove(request: Request, signed: Mine) -> Response:
    await run_in_threadpool(remove_address, request.app.state.wiring, signed.account)
    return RedirectResponse("/account/calendar?done=removed", _SEE_OTHER)
