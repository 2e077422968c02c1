"""One's own account and the office's: linking them from a session, and undoing it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao import own_account
from bangiao.identities import identity_now, link, unlink
from bangiao.oidc import Errand, opened_proof
from bangiao.oidc_errors import SignInNotBegun
from bangiao.oidc_tokens import Proven
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.sign_in import TooManyTries, WrongOldPassword
from web.account.forms import provider_of
from web.account.office import lead_there, link_form
from web.account.proving import proved
from web.guard import Allow, Signed
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()
_GOOD, _SEE_OTHER, _UNPROCESSABLE = 200, 303, 422
Mine = Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]


@router.get("/account/office", name="office_page")
async def office_page(request: Request, signed: Mine) -> Response:
    """Whether the two are linked."""
    return await _shown(request, signed)


@router.get("/account/office/begin", name="begin_linking")
async def begin_linking(request: Request, signed: Mine) -> Response:
    """To the provider; nothing is linked before somebody who came back says yes."""
    return await lead_there(request, Errand("/account/office", signed.account, signed.session.token_hash))


@router.post("/account/office", name="link_office")
async def link_office(
    request: Request, signed: Mine, proof: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Linked; or asked again."""
    wiring: Wiring = request.app.state.wiring
    try:
        whom = await run_in_threadpool(opened_proof, wiring, proof, signed.account, signed.session.token_hash)
    except SignInNotBegun as refused:
        return await _shown(request, signed, page_sentence(refused))
    try:
        await proved(request, _link, wiring, signed.account, whom, password)
    except (WrongOldPassword, TooManyTries) as refused:
        words = page_sentence(refused)
        return link_form(request, "/account/office", signed.account, whom.called, proof, prove=True, mistake=words)
    except HandoverError as refused:
        return await _shown(request, signed, page_sentence(refused))
    return RedirectResponse("/account?done=office", _SEE_OTHER)


@router.post("/account/office/remove", name="unlink_office")
async def unlink_office(request: Request, signed: Mine, password: Annotated[str, Form()] = "") -> Response:
    """Not linked any more; or the page again."""
    try:
        await proved(request, _unlink, request.app.state.wiring, signed.account, password)
    except HandoverError as refused:
        return await _shown(request, signed, page_sentence(refused))
    return RedirectResponse("/account?done=office-removed", _SEE_OTHER)


def _link(wiring: Wiring, account: str, whom: Proven, password: str) -> None:
    if own_account.proves_by_password(wiring, account):
        own_account.prove(wiring, account, password)
    link(wiring, account, whom, account)


def _unlink(wiring: Wiring, account: str, password: str) -> None:
    if own_account.proves_by_password(wiring, account):
        own_account.prove(wiring, account, password)
    unlink(wiring, account, account)


async def _shown(request: Request, signed: Signed, refusal: str = "") -> Response:
    provider, wiring = provider_of(request), request.app.state.wiring
    return page(
        request,
        "account/office.html",
        _UNPROCESSABLE if refusal else _GOOD,
        office=provider.label if provider else "",
        linked=await run_in_threadpool(identity_now, wiring, signed.account),
        prove=await run_in_threadpool(own_account.proves_by_password, wiring, signed.account),
        refusal=refusal,
    )
