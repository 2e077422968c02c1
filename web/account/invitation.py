"""The page behind an invitation: set a password, or link the office's account; opening the link uses nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bangiao.invitations import accept, accept_with_identity, invited_by
from bangiao.oidc import Errand, opened_proof
from bangiao.oidc_errors import SignInNotBegun
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.people import Person
from checklists.sign_in import InvitationSpent, PasswordsDiffer, TooManyTries
from web.account.cookies import visitor_of, welcome
from web.account.forms import provider_of, sign_in_form
from web.account.office import demanded, lead_there, refused_there
from web.account.proving import proved
from web.guard import Allow
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()
_ANYBODY = [Depends(Allow(Action.ENTER))]
_GOOD, _GONE, _UNPROCESSABLE = 200, 410, 422


@router.get("/invitation/{link}", dependencies=_ANYBODY, name="invitation")
async def invitation(request: Request, link: str) -> Response:
    """For whom it is, and what can be done with it."""
    who = await run_in_threadpool(invited_by, request.app.state.wiring, link)
    if who is None:
        return sign_in_form(request, "/", InvitationSpent(), _GONE)
    return _form(request, link, who, {})


@router.post("/invitation/{link}", dependencies=_ANYBODY, name="accept_invitation")
async def accept_invitation(
    request: Request, link: str, new: Annotated[str, Form()] = "", again: Annotated[str, Form()] = ""
) -> Response:
    """Signed in; or to the sign-in, where a code is asked for; or the form again."""
    wiring = request.app.state.wiring
    try:
        began = await proved(request, accept, wiring, link, (new, again), visitor_of(request))
    except (InvitationSpent, TooManyTries) as refused:
        return sign_in_form(request, "/", refused, _GONE)
    except HandoverError as refused:
        who = await run_in_threadpool(invited_by, wiring, link)
        if who is None:
            return sign_in_form(request, "/", InvitationSpent(), _GONE)
        field = "again" if isinstance(refused, PasswordsDiffer) else "new"
        return _form(request, link, who, {field: page_sentence(refused)})
    if began is None:
        return sign_in_form(request, "/", done="password")
    return welcome(request, began, "/")


@router.get("/invitation/{link}/office", dependencies=_ANYBODY, name="invitation_office")
async def invitation_office(request: Request, link: str) -> Response:
    """To the provider; the invitation waits."""
    return await lead_there(request, Errand("/", invitation=link))


@router.post("/invitation/{link}/office", dependencies=_ANYBODY, name="accept_with_office")
async def accept_with_office(request: Request, link: str, proof: Annotated[str, Form()] = "") -> Response:
    """Linked, and signed in."""
    wiring = request.app.state.wiring
    try:
        provider = demanded(request)
        whom = await run_in_threadpool(opened_proof, wiring, proof, "", link)
        began = await run_in_threadpool(accept_with_identity, wiring, provider, link, whom, visitor_of(request))
    except SignInNotBegun as refused:
        return refused_there(request, refused)
    except HandoverError as refused:
        return sign_in_form(request, "/", refused, _GONE)
    return welcome(request, began, "/")


def _form(request: Request, link: str, who: Person, mistakes: dict[str, str]) -> Response:
    provider = provider_of(request)
    return page(
        request,
        "account/invitation.html",
        _UNPROCESSABLE if mistakes else _GOOD,
        link=link,
        person=who,
        mistakes=mistakes,
        passwords=request.app.state.wiring.settings.passwords,
        office=provider.label if provider else "",
    )
