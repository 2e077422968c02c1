"""What every answer carries and every write must show, before any route is asked (plain ASGI, outermost).

A write is refused when the browser says it comes from another site (`Sec-Fetch-Site`, else `Origin`); the token in the
form is checked by `web.guard`, which knows the session.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_BROWSED = "cookie"


class Security:
    """`https`: the pages are reached over TLS, so browsers are told to insist on it."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self._app = app
        self._headers = headers_on(https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if not _of_programs(scope) and from_elsewhere(scope["method"], Headers(scope=scope)):
            await PlainTextResponse("403", status_code=403)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def _of_programs(scope: Scope) -> bool:
    """Where no cookie counts, no other site can make a browser do anything in somebody's name."""
    return str(scope["path"]).startswith("/api/")


def headers_on(https: bool) -> dict[str, str]:
    """What every answer carries, besides being kept nowhere."""
    return _ALWAYS | ({"Strict-Transport-Security": "max-age=31536000"} if https else {})


def from_elsewhere(method: str, headers: Headers) -> bool:
    """Whether a browser sends this write from another site's page. Programs send neither header nor cookies."""
    if method in _READING:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != headers.get("host", "")
    return _BROWSED in headers and "referer" not in headers and "authorization" not in headers
