"""Setting up a second factor, and removing it."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao import own_account
from bangiao.second_factor import as_text, otpauth, secret_for
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.sign_in import WrongCode
from web.account.proving import proved
from web.guard import Allow, Signed
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()
_SEE_OTHER, _UNPROCESSABLE = 303, 422
Mine = Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]


@router.get("/account/second-factor", name="second_factor_page")
async def second_factor_page(request: Request, signed: Mine) -> Response:
    """A new secret to type into the app; or, for somebody who has a second factor, how to remove it."""
    return await _form(request, signed, {}, uuid4().hex)


@router.post("/account/second-factor", name="add_second_factor")
async def add(
    request: Request,
    signed: Mine,
    once: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """The codes for paper, shown this once; or the form again, with the same secret."""
    wiring, secret = request.app.state.wiring, _secret(request, once)
    try:
        codes = await proved(request, own_account.add_second_factor, wiring, signed.session, password, secret, code)
    except HandoverError as refused:
        return await _form(request, signed, {_field(refused): page_sentence(refused)}, once, _UNPROCESSABLE)
    return page(request, "account/recovery_codes.html", codes=codes)


@router.post("/account/second-factor/remove", name="remove_second_factor")
async def remove(request: Request, signed: Mine, password: Annotated[str, Form()] = "") -> Response:
    """Gone; or the form again."""
    try:
        await proved(request, _removed, request.app.state.wiring, signed.account, password)
    except HandoverError as refused:
        return await _form(request, signed, {_field(refused): page_sentence(refused)}, uuid4().hex, _UNPROCESSABLE)
    return RedirectResponse("/account?done=factor-removed", _SEE_OTHER)


def _removed(wiring: Wiring, account: str, password: str) -> None:
    own_account.prove(wiring, account, password)
    own_account.remove_second_factor(wiring, account)


def _secret(request: Request, once: str) -> bytes:
    return secret_for(request.cookies.get(request.app.state.cookie, ""), once)


def _field(refused: HandoverError) -> str:
    return "code" if isinstance(refused, WrongCode) else "password"


async def _form(request: Request, signed: Signed, mistakes: dict[str, str], once: str, status: int = 200) -> Response:
    wiring, secret = request.app.state.wiring, _secret(request, once)
    has, left = await run_in_threadpool(own_account.has_second_factor, wiring, signed.account)
    return page(
        request,
        "account/second_factor.html",
        status,
        has=has,
        left=left,
        has_password=await run_in_threadpool(own_account.has_password, wiring, signed.account),
        once=once,
        secret=as_text(secret),
        address=otpauth(secret, signed.account),
        mistakes=mistakes,
    )
