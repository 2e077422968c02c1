"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao.identities import BY_OFFICE
from bangiao.sign_in import CodeWanted, follow_link, give_code, sign_in, sign_out
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.sign_in import LinkSpent, SignInTooOld, TooManyTries
from web.account.cookies import farewell, inside, speak, visitor_of, welcome
from web.account.forms import sign_in_form
from web.account.proving import proved
from web.guard import Allow, Signed
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()
_ANYBODY = [Depends(Allow(Action.ENTER))]
_SEE_OTHER, _GONE, _UNPROCESSABLE, _TOO_MANY = 303, 410, 422, 429


@router.get("/sign-in", dependencies=_ANYBODY, name="sign_in_page")
async def sign_in_page(request: Request, to: Annotated[str, Query()] = "/") -> Response:
    """The form."""
    return sign_in_form(request, to)


@router.post("/sign-in", dependencies=_ANYBODY, name="sign_in")
async def sign_in_now(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """A session, or the question for the code, or the form again with the reason."""
    try:
        answer = await proved(request, sign_in, request.app.state.wiring, name, password, visitor_of(request))
    except HandoverError as refused:
        return sign_in_form(request, to, refused, _status(refused), name)
    if isinstance(answer, CodeWanted):
        return page(request, "account/code.html", to=inside(to), given=answer.token, refusal="")
    return welcome(request, answer, inside(to))


@router.post("/sign-in/code", dependencies=_ANYBODY, name="give_code")
async def give_code_now(
    request: Request,
    given: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """A session, or the question again."""
    wiring = request.app.state.wiring
    try:
        began = await run_in_threadpool(give_code, wiring, given, code, visitor_of(request))
    except SignInTooOld as refused:
        return sign_in_form(request, to, refused, _UNPROCESSABLE)
    except HandoverError as refused:
        again = {"to": inside(to), "given": given, "refusal": page_sentence(refused)}
        return page(request, "account/code.html", _status(refused), **again)
    return welcome(request, began, inside(to))


@router.get("/enter/{link}", dependencies=_ANYBODY, name="link_page")
async def link_page(request: Request, link: str) -> Response:
    """A one-time link is followed by pressing a button: a mail scanner that opens it uses nothing up."""
    return page(request, "account/link.html", link=link)


@router.post("/enter/{link}", dependencies=_ANYBODY, name="follow_link")
async def follow(request: Request, link: str) -> Response:
    """A session, once."""
    try:
        began = await run_in_threadpool(follow_link, request.app.state.wiring, link, visitor_of(request))
    except LinkSpent as refused:
        return sign_in_form(request, "/", refused, _GONE)
    return welcome(request, began, "/")


@router.post("/sign-out", name="sign_out")
async def sign_out_now(request: Request, signed: Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]) -> Response:
    """The session ends here and on record."""
    await run_in_threadpool(sign_out, request.app.state.wiring, signed.account, signed.session.token_hash)
    response = RedirectResponse("/signed-out" if signed.session.by == BY_OFFICE else "/sign-in", _SEE_OTHER)
    farewell(request, response)
    return response


@router.post("/language", dependencies=_ANYBODY, name="choose_language")
async def choose_language(
    request: Request, language: Annotated[str, Form()] = "vi", to: Annotated[str, Form()] = "/"
) -> Response:
    """For this browser; for good it is chosen on the page of one's account."""
    response = RedirectResponse(inside(to), _SEE_OTHER)
    speak(request, response, language)
    return response


def _status(refused: HandoverError) -> int:
    return _TOO_MANY if isinstance(refused, TooManyTries) else _UNPROCESSABLE
