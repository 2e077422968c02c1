"""The language of a request: the reader's choice (a cookie, set from the person's record when they sign in; of a
program, the header Accept-Language), else the installation's. It is in force for everything the request calls, worker
threads included.
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
        headers = Headers(scope=scope)
        program = scope["path"].startswith("/api/") and not scope["path"].endswith("/docs")
        language = accepted(headers.get("accept-language", "")) if program else chosen(headers.get("cookie", ""))
        with speaking(language):
            await self._app(scope, receive, send)


def chosen(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        morsel = None
    return morsel.value if morsel and morsel.value in LANGUAGES else chosen_language()


def accepted(header: str) -> str:
    """The language of ours that a program likes best; the earlier one of two it likes as well."""
    liked: list[tuple[float, str]] = []
    for part in header.lower().split(",")[:_MOST]:
        name, _, rest = part.partition(";")
        language = name.strip().partition("-")[0]
        if language in LANGUAGES:
            liked.append((_weight(rest), language))
    best = max(liked, key=lambda one: one[0], default=(0.0, ""))
    return best[1] if best[0] > 0 else chosen_language()


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return min(float(value), 1.0) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


_MOST = 20
"""Parts of the header that are read."""
