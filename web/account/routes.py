"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao.i18n import render
from bangiao.sign_in import Began, follow_link, sign_in, sign_out
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.sign_in import IN_ALL
from web import reading_language
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter()
_ANYBODY = [Depends(Allow(Action.ENTER))]
_SEE_OTHER, _UNPROCESSABLE = 303, 422


@router.get("/sign-in", dependencies=_ANYBODY, name="sign_in_page")
async def sign_in_page(request: Request, to: Annotated[str, Query()] = "/") -> Response:
    """The form."""
    return page(request, "account/sign_in.html", to=inside(to), name="", refusal="")


@router.post("/sign-in", dependencies=_ANYBODY, name="sign_in")
async def sign_in_now(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """A session, or the form again with the reason."""
    wiring, device = request.app.state.wiring, request.headers.get("user-agent", "")
    place = request.client.host if request.client else ""
    try:
        began = await run_in_threadpool(sign_in, wiring, name, password, place, device)
    except HandoverError as refused:
        words = render(refused.message)
        return page(request, "account/sign_in.html", _UNPROCESSABLE, to=inside(to), name=name, refusal=words)
    return welcome(request, began, inside(to))


@router.get("/enter/{link}", dependencies=_ANYBODY, name="link_page")
async def link_page(request: Request, link: str) -> Response:
    """A one-time link is followed by pressing a button: a mail scanner that opens it uses nothing up."""
    return page(request, "account/link.html", link=link)


@router.post("/enter/{link}", dependencies=_ANYBODY, name="follow_link")
async def follow(request: Request, link: str) -> Response:
    """A session, once."""
    began = await run_in_threadpool(follow_link, request.app.state.wiring, link, request.headers.get("user-agent", ""))
    return welcome(request, began, "/")


@router.post("/sign-out", name="sign_out")
async def sign_out_now(request: Request, signed: Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]) -> Response:
    """The session ends here and on record."""
    await run_in_threadpool(sign_out, request.app.state.wiring, signed.account, signed.session.token_hash)
    response = RedirectResponse("/sign-in", _SEE_OTHER)
    response.delete_cookie(request.app.state.cookie)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/language", dependencies=_ANYBODY, name="choose_language")
async def choose_language(
    request: Request, language: Annotated[str, Form()] = "vi", to: Annotated[str, Form()] = "/"
) -> Response:
    """For this browser."""
    response = RedirectResponse(inside(to), _SEE_OTHER)
    if language in reading_language.LANGUAGES:
        response.set_cookie(
            reading_language.COOKIE, language, max_age=31536000, samesite="lax", secure=request.app.state.https
        )
    return response


def welcome(request: Request, began: Began, to: str) -> Response:
    """On to where they wanted to go, with the session's cookie."""
    response = RedirectResponse(to, _SEE_OTHER)
    response.set_cookie(
        request.app.state.cookie,
        began.token,
        max_age=int(IN_ALL.total_seconds()),
        path="/",
        httponly=True,
        secure=request.app.state.https,
        samesite="lax",
    )
    return response


def inside(to: str) -> str:
    """A place of ours, whatever was asked for: `//elsewhere` and `/\\elsewhere` are other sites to a browser."""
    return to if to.startswith("/") and to[1:2] not in {"/", "\\"} and "\n" not in to and "\r" not in to else "/"
