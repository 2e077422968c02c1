"""What people see when something cannot be done: a sentence, what to do next, and never a stack trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from bangiao.i18n import _, render
from checklists.errors import BadInput, HandoverError
from web.api.failures import of_api, told_to_program
from web.api.problems import Problem
from web.guard import FormTooOld, SecondFactorFirst, SignInFirst, TooManyUploads
from web.rendering import page

_SEE_OTHER, _FORBIDDEN, _NOT_FOUND, _CONFLICT = 303, 403, 404, 409
_TOO_LARGE, _UNPROCESSABLE, _TOO_MANY, _BROKEN = 413, 422, 429, 500


def register(app: FastAPI) -> None:
    """Hang the handlers into the application."""
    app.add_exception_handler(Problem, told_to_program)
    app.add_exception_handler(SignInFirst, _sign_in)
    app.add_exception_handler(SecondFactorFirst, _second_factor)
    app.add_exception_handler(FormTooOld, _too_old)
    app.add_exception_handler(TooManyUploads, _too_many)
    app.add_exception_handler(HTTPException, _by_asker(_by_status))
    app.add_exception_handler(RequestValidationError, _by_asker(_not_understood))
    app.add_exception_handler(DataError, _not_kept)
    app.add_exception_handler(HandoverError, _by_asker(_refused))
    app.add_exception_handler(Exception, _by_asker(_broken))


Handler = Callable[[Request, Exception], Awaitable[Response]]


def _by_asker(for_people: Handler) -> Handler:
    """A page for people, a problem document for programs."""

    async def told(request: Request, error: Exception) -> Response:
        return await (told_to_program if of_api(request) else for_people)(request, error)

    return told


async def _sign_in(request: Request, _error: Exception) -> Response:
    """To the sign-in page, and back to where they wanted to go; a form's content is not taken along."""
    back = request.url.path if request.method == "GET" else "/"
    query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
    response = RedirectResponse(f"/sign-in?{urlencode({'to': back + query})}", _SEE_OTHER)
    response.headers["HX-Redirect"] = response.headers["location"]
    return response


async def _second_factor(_request: Request, _error: Exception) -> Response:
    """To where it is set up."""
    response = RedirectResponse("/account/second-factor", _SEE_OTHER)
    response.headers["HX-Redirect"] = response.headers["location"]
    return response


async def _too_old(request: Request, _error: Exception) -> Response:
    return failure(request, _FORBIDDEN, _("This page is out of date"), _("Reload it and send it again."))


async def _too_many(request: Request, error: Exception) -> Response:
    wait = error.wait if isinstance(error, TooManyUploads) else 0
    words = _("Too many files came in a short time. Nothing is lost: go on in {minutes} minutes.")
    told = failure(request, _TOO_MANY, _("Not so fast"), words.format(minutes=wait // 60 + 1))
    told.headers["Retry-After"] = str(wait)
    return told


async def _by_status(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else _BROKEN
    if status == _NOT_FOUND:
        words = _(
            "There is nothing here, or it is not within your reach. Check the address, or begin at the start page."
        )
        return failure(request, status, _("Page not found"), words)
    if status == _FORBIDDEN:
        words = _("Your role does not allow this. Whoever administers the users of your unit can tell you who may.")
        return failure(request, status, _("Not allowed"), words)
    if status == _TOO_LARGE:
        words = _("What was sent is too large. Send fewer files at once, or smaller ones. Nothing was changed.")
        return failure(request, status, _("Too large"), words)
    return failure(request, status, _("This cannot be done"), _("The request was not understood. Nothing was changed."))


async def _not_understood(request: Request, _error: Exception) -> Response:
    words = _("Something in the form is missing or of another kind than expected. Nothing was changed.")
    return failure(request, _UNPROCESSABLE, _("This cannot be done"), words)


async def _not_kept(request: Request, _error: Exception) -> Response:
    """The database keeps no such text (U+0000) or number: whoever sent it has sent nothing that means anything."""
    return await _by_asker(_not_understood)(request, RequestValidationError([]))


async def _refused(request: Request, error: Exception) -> Response:
    """A rule of ours said no: its own sentence says why and what to do."""
    status = _UNPROCESSABLE if isinstance(error, BadInput) else _CONFLICT
    words = render(error.message) if isinstance(error, HandoverError) else ""
    return failure(request, status, _("This cannot be done"), words)


async def _broken(request: Request, _error: Exception) -> Response:
    words = _("Something went wrong on our side. Nothing was half written. Try again, or tell your administrator.")
    told = failure(request, _BROKEN, _("Something went wrong"), words)
    told.headers.update(request.app.state.headers)  # this answer is made outside of all that is around a route
    return told


def failure(request: Request, status: int, title: str, words: str) -> Response:
    """A page with one sentence."""
    return page(request, "failure.html", status, title=title, words=words)
