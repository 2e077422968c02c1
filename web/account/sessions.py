"""One's account: where one is signed in, and the language."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao import own_account
from bangiao.identities import identity_now
from bangiao.sign_in import sign_out
from bangiao.wiring import Wiring
from checklists.access import Action
from web import reading_language
from web.account.cookies import farewell, speak
from web.account.device_words import device_words
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter()
_SEE_OTHER = 303
Mine = Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]


@router.get("/account", name="account")
async def account(request: Request, signed: Mine, done: Annotated[str, Query()] = "") -> Response:
    """What is set, and what can be changed."""
    facts = await run_in_threadpool(_facts, request.app.state.wiring, signed)
    return page(request, "account/account.html", done=done, **facts)


@router.post("/account/sessions/end", name="end_session")
async def end_session(request: Request, signed: Mine, which: Annotated[str, Form()] = "") -> Response:
    """One of them."""
    await run_in_threadpool(own_account.end_session, request.app.state.wiring, signed.account, which)
    return RedirectResponse("/account?done=ended#sessions", _SEE_OTHER)


@router.post("/account/sessions/end-all", name="end_all_sessions")
async def end_all(request: Request, signed: Mine) -> Response:
    """All, this one too."""
    await run_in_threadpool(sign_out, request.app.state.wiring, signed.account)
    response = RedirectResponse("/sign-in", _SEE_OTHER)
    farewell(request, response)
    return response


@router.post("/account/language", name="keep_language")
async def keep_language(request: Request, signed: Mine, language: Annotated[str, Form()] = "vi") -> Response:
    """For good: pages and messages."""
    response = RedirectResponse("/account?done=language", _SEE_OTHER)
    if language in reading_language.LANGUAGES:
        wiring = request.app.state.wiring
        await run_in_threadpool(own_account.choose_language, wiring, signed.person, language)
        speak(request, response, language)
    return response


def _facts(wiring: Wiring, signed: Signed) -> dict[str, Any]:
    factor, codes = own_account.has_second_factor(wiring, signed.account)
    rows = [
        {"one": one, "device": device_words(one.device), "this": one.token_hash == signed.session.token_hash}
        for one in own_account.sessions_now(wiring, signed.account)
    ]
    return {
        "sessions": rows,
        "passwords": wiring.settings.passwords,
        "offered": bool(wiring.settings.oidc_issuer),
        "linked": identity_now(wiring, signed.account),
        "factor": factor,
        "codes": codes,
        "has_password": own_account.has_password(wiring, signed.account),
    }
