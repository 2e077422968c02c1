"""The language of a request: the reader's choice (a cookie, set from the person's record when they sign in), else the
installation's. It is in force for everything the request calls, worker threads included.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from bangiao.i18n import chosen_language, speaking

COOKIE = "language"
LANGUAGES = ("vi", "en")


class ReadingLanguage:
    """Plain ASGI: the context variable must be set in the task that runs the route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with speaking(chosen(Headers(scope=scope).get("cookie", ""))):
            await self._app(scope, receive, send)


def chosen(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        morsel = None
    return morsel.value if morsel and morsel.value in LANGUAGES else chosen_language()
