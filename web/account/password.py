"""Changing one's password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao import own_account
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.sign_in import PasswordsDiffer, TooManyTries, WrongOldPassword
from web.account.cookies import known_by
from web.account.proving import proved
from web.guard import Allow, Signed
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()
_SEE_OTHER, _UNPROCESSABLE = 303, 422
Mine = Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]


@router.get("/account/password", name="password_page")
async def password_page(request: Request, signed: Mine) -> Response:
    """The form."""
    return await _form(request, signed, {})


@router.post("/account/password", name="change_password")
async def change(
    request: Request,
    signed: Mine,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Changed, and everybody else who was signed in with the old one is out; or the form with what is wrong."""
    wiring, twice = request.app.state.wiring, (new, again)
    try:
        await proved(request, own_account.change_password, wiring, signed.session, old, twice, known_by(request))
    except HandoverError as refused:
        return await _form(request, signed, {_field(refused): page_sentence(refused)}, _UNPROCESSABLE)
    return RedirectResponse("/account?done=password", _SEE_OTHER)


def _field(refused: HandoverError) -> str:
    """Where the mistake stands."""
    if isinstance(refused, WrongOldPassword | TooManyTries):
        return "old"
    return "again" if isinstance(refused, PasswordsDiffer) else "new"


async def _form(request: Request, signed: Signed, mistakes: dict[str, str], status: int = 200) -> Response:
    has = await run_in_threadpool(own_account.has_password, request.app.state.wiring, signed.account)
    return page(request, "account/password.html", status, has_password=has, mistakes=mistakes)
