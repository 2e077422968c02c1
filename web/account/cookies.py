"""What a browser keeps for us: its session, by what it is known, and the language. And which visitor a request is.

Over TLS the names begin with `__Host-`: the browser binds them to this host, and no other one can set them.
"""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from bangiao.oidc import WITHIN
from bangiao.sign_in import Began, Visitor
from checklists.sign_in import DEVICE_KNOWN, IN_ALL
from web import reading_language

_SEE_OTHER = 303
_A_YEAR = int(DEVICE_KNOWN.total_seconds())


def visitor_of(request: Request) -> Visitor:
    """Who asks, as far as a request tells."""
    place = request.client.host if request.client else ""
    return Visitor(
        place,
        request.headers.get("user-agent", ""),
        known_by(request),
        request.cookies.get(request.app.state.cookie, ""),
    )


def known_by(request: Request) -> str:
    """The token by which this browser is known from an earlier sign-in."""
    return request.cookies.get(_device_cookie(request), "")


def welcome(request: Request, began: Began, to: str) -> Response:
    """On to where they wanted to go, with the session's cookie; the pages speak their language."""
    response = RedirectResponse(to, _SEE_OTHER)
    _keep(request, response, request.app.state.cookie, began.token, int(IN_ALL.total_seconds()))
    _keep(request, response, _device_cookie(request), began.known_by, _A_YEAR)
    speak(request, response, began.language)
    return response


def speak(request: Request, response: Response, language: str) -> None:
    """From now on, in this browser."""
    if language in reading_language.LANGUAGES:
        secure = request.app.state.https
        response.set_cookie(
            reading_language.COOKIE, language, max_age=_A_YEAR, httponly=True, samesite="lax", secure=secure
        )


def farewell(request: Request, response: Response) -> None:
    """The session is nobody's any more; what the browser kept of the pages goes, too."""
    secure = request.app.state.https
    response.delete_cookie(request.app.state.cookie, httponly=True, samesite="lax", secure=secure)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def keep_begun(request: Request, response: Response, sealed: str) -> None:
    """What was begun at the office's own sign-in, for as long as it may take; sent along when the provider leads back
    here."""
    _keep(request, response, _begun_cookie(request), sealed, int(WITHIN.total_seconds()))


def begun(request: Request) -> str:
    return request.cookies.get(_begun_cookie(request), "")


def forget_begun(request: Request, response: Response) -> Response:
    """It is good once."""
    response.delete_cookie(_begun_cookie(request), httponly=True, samesite="lax", secure=request.app.state.https)
    return response


def inside(to: str) -> str:
    """A place of ours, whatever was asked for: `//elsewhere` and `/\\elsewhere` are other sites to a browser."""
    harmless = to.startswith("/") and to[1:2] not in {"/", "\\"} and to.isprintable()
    return to if harmless else "/"


def _begun_cookie(request: Request) -> str:
    return f"{request.app.state.cookie}-office"


def _device_cookie(request: Request) -> str:
    return f"{request.app.state.cookie}-device"


def _keep(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, secure=request.app.state.https, samesite="lax"
    )
