"""Signing in with the office's own account: to the provider and back, and out again there.

Plain links lead there, not forms: a form of ours may only lead to us (the policy's `form-action`). Coming back, a
session begins; what somebody came to link is asked about once more, and linked by sending that form.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao import own_account
from bangiao.identities import enter
from bangiao.invitations import invited_by
from bangiao.oidc import Errand, begin, finish, sealed_proof
from bangiao.oidc_errors import NoOfficeAccounts, ProviderAway, SignInNotBegun
from bangiao.oidc_provider import Provider
from bangiao.oidc_tokens import Proven
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.sign_in import InvitationSpent
from web.account.cookies import begun, forget_begun, inside, keep_begun, visitor_of, welcome
from web.account.forms import provider_of, sign_in_form
from web.guard import Allow
from web.rendering import page

router = APIRouter()
_ANYBODY = [Depends(Allow(Action.ENTER))]
_GOOD, _SEE_OTHER, _UNPROCESSABLE, _BAD_GATEWAY = 200, 303, 422, 502
_AT_ONCE = 4

Result = TypeVar("Result")
Given = ParamSpec("Given")


@router.get("/sign-in/office", dependencies=_ANYBODY, name="office_sign_in")
async def office_sign_in(request: Request, to: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """To the provider."""
    return await lead_there(request, Errand(inside(to)))


@router.get("/sign-in/office/back", dependencies=_ANYBODY, name="office_back")
async def office_back(request: Request) -> Response:
    """Back from it: in, or asked what came to be linked."""
    try:
        provider, wiring = demanded(request), request.app.state.wiring
        answer = dict(request.query_params)
        errand, whom = await asked(request, finish, wiring, provider, begun(request), answer)
        if errand.account or errand.invitation:
            response = await _question(request, errand, whom)
        else:
            began = await asked(request, enter, wiring, provider, whom, visitor_of(request))
            response = welcome(request, began, inside(errand.to))
    except HandoverError as refused:
        response = refused_there(request, refused)
    return forget_begun(request, response)


@router.get("/signed-out", dependencies=_ANYBODY, name="signed_out")
async def signed_out(request: Request) -> Response:
    """Out here; and a way out there, where the provider has one."""
    provider = provider_of(request)
    there = await asked(request, provider.farewell) if provider else ""
    return page(request, "account/signed_out.html", there=there, office=provider.label if provider else "")


async def lead_there(request: Request, errand: Errand) -> Response:
    """With what this browser keeps meanwhile; or the sign-in page with the reason."""
    try:
        start = await asked(request, begin, request.app.state.wiring, demanded(request), errand)
    except HandoverError as refused:
        return refused_there(request, refused)
    response = RedirectResponse(start.address, _SEE_OTHER)
    keep_begun(request, response, start.cookie)
    return response


def demanded(request: Request) -> Provider:
    """Raises NoOfficeAccounts."""
    provider = provider_of(request)
    if provider is None:
        raise NoOfficeAccounts()
    return provider


def refused_there(request: Request, refused: HandoverError) -> Response:
    status = _BAD_GATEWAY if isinstance(refused, ProviderAway) else _UNPROCESSABLE
    return sign_in_form(request, "/", refused, status)


async def asked(request: Request, work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """In threads of their own: a provider that is slow keeps no page from anybody."""
    state = request.app.state
    if not hasattr(state, "asking"):
        state.asking = CapacityLimiter(_AT_ONCE)
    return await to_thread.run_sync(partial(work, *given, **named), limiter=state.asking)


async def _question(request: Request, errand: Errand, whom: Proven) -> Response:
    """Whether this is to be linked with that: asked of the session that set out, or of whoever has the invitation.
    Raises SignInNotBegun, InvitationSpent."""
    wiring: Wiring = request.app.state.wiring
    if errand.invitation:
        who = await run_in_threadpool(invited_by, wiring, errand.invitation)
        if who is None:
            raise InvitationSpent()
        place, prove = f"/invitation/{errand.invitation}/office", False
    else:
        signed = await Allow(Action.OWN_ACCOUNT)(request)
        if signed is None or (signed.account, signed.session.token_hash) != (errand.account, errand.session):
            raise SignInNotBegun()
        who, place = signed.person, "/account/office"
        prove = await run_in_threadpool(own_account.proves_by_password, wiring, who.account)
    proof = await run_in_threadpool(sealed_proof, wiring, errand, whom)
    return link_form(request, place, who.account, whom.called, proof, prove)


def link_form(
    request: Request, place: str, account: str, called: str, proof: str, prove: bool, mistake: str = ""
) -> Response:
    """The question. `prove`: the password is asked for, too."""
    return page(
        request,
        "account/link_office.html",
        _UNPROCESSABLE if mistake else _GOOD,
        place=place,
        account=account,
        called=called,
        proof=proof,
        prove=prove,
        mistake=mistake,
        office=demanded(request).label,
    )
