"""One's own tokens: by which programs act in one's name. Made here, shown once, revoked here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao import own_account
from bangiao.tokens import Wished, create_token, revoke_token, tokens_now
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.sign_in import TooManyTries, WrongOldPassword
from checklists.tokens import SCOPE_WORDS, TokenNameMissing
from web.account.proving import proved
from web.guard import Allow, Signed
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()
_SEE_OTHER, _UNPROCESSABLE = 303, 422
_DAYS = (30, 90, 365)
Mine = Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]


@router.get("/account/tokens", name="tokens_page")
async def tokens_page(request: Request, signed: Mine, done: str = "") -> Response:
    """Those that count, and the form for another."""
    return await _page(request, signed, done=done)


@router.post("/account/tokens", name="create_token")
async def create(
    request: Request,
    signed: Mine,
    name: Annotated[str, Form()] = "",
    scope: Annotated[Sequence[str], Form()] = (),
    days: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """The token, shown this once; or the form again."""
    wished = Wished(name, list(scope), int(days) if days.isascii() and days.isdigit() else 0)
    try:
        made = await proved(request, _created, request.app.state.wiring, signed.account, wished, password)
    except HandoverError as refused:
        kept = {"mistakes": {_field(refused): page_sentence(refused)}, "wished": wished}
        return await _page(request, signed, _UNPROCESSABLE, **kept)
    return page(request, "account/new_token.html", made=made)


@router.post("/account/tokens/revoke", name="revoke_token")
async def revoke(request: Request, signed: Mine, which: Annotated[str, Form()] = "") -> Response:
    """Good for nothing from now on."""
    await run_in_threadpool(revoke_token, request.app.state.wiring, which, signed.account)
    return RedirectResponse("/account/tokens?done=revoked", _SEE_OTHER)


def _created(wiring: Wiring, account: str, wished: Wished, password: str) -> Any:
    """Whoever sits at somebody's open browser for a minute does not take a year's token along."""
    if own_account.has_password(wiring, account):
        own_account.prove(wiring, account, password)
    return create_token(wiring, account, wished)


def _field(refused: HandoverError) -> str:
    """Where the mistake stands."""
    if isinstance(refused, WrongOldPassword | TooManyTries):
        return "password"
    return "name" if isinstance(refused, TokenNameMissing) else "scope"


async def _page(request: Request, signed: Signed, status: int = 200, **more: Any) -> Response:
    facts = await run_in_threadpool(_facts, request.app.state.wiring, signed.account)
    shown = {"done": "", "mistakes": {}, "wished": Wished("", (), _DAYS[-1])} | facts | more
    return page(request, "account/tokens.html", status, scopes=SCOPE_WORDS, lasts=_DAYS, **shown)


def _facts(wiring: Wiring, account: str) -> dict[str, Any]:
    return {"tokens": tokens_now(wiring, account), "has_password": own_account.has_password(wiring, account)}
