"""Text goes out compressed: a page and its files weigh a quarter (plain ASGI, around the application).

Compressed are whole texts of ours. What comes in pieces (files, packages, live updates) passes as it is: it is packed
already, or has to arrive at once. That the length of an answer tells nothing of a secret in it is `web.guard`'s work:
the token of forms looks different in every answer.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TEXTS = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "text/plain",
        "text/csv",
        "text/calendar",
        "image/svg+xml",
        "application/json",
        "application/problem+json",
        "application/manifest+json",
    }
)
WORTH_IT = 1_000
"""Bytes: below, it is one packet either way."""

_QUICK, _SMALLEST = 5, 9
_GZIP = 16 + zlib.MAX_WBITS


class Compression:
    """For clients that say they read gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reads_gzip = accepts_gzip(Headers(scope=scope).get("accept-encoding", ""))
        held: Message | None = None

        async def packed(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_text(message):
                held = message
                return
            if held is not None:
                start, held = held, None
                if message["type"] == "http.response.body":
                    _pack(start, message, reads_gzip)
                await send(start)
            await send(message)

        await self._app(scope, receive, packed)


def accepts_gzip(said: str) -> bool:
    """Whether an Accept-Encoding header says so."""
    for one in said.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() in {"gzip", "*"}:
            return not weight or weight.replace(" ", "").rstrip("0.") != "q="
    return False


def _is_text(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in TEXTS and "content-encoding" not in headers and "content-range" not in headers


def _pack(start: Message, body: Message, reads_gzip: bool) -> None:
    """Change both in place, if it is the whole text and worth it."""
    text = body.get("body", b"")
    if body.get("more_body", False) or len(text) < WORTH_IT:
        return
    headers = MutableHeaders(raw=start["headers"])
    headers.add_vary_header("Accept-Encoding")
    if reads_gzip:
        for_good = "immutable" in headers.get("cache-control", "")
        body["body"] = _for_good(text) if for_good else _gzip(text, _QUICK)
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body["body"]))


def _gzip(text: bytes, level: int) -> bytes:
    """Without a time in it: the same text gives the same bytes."""
    work = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return work.compress(text) + work.flush()


@lru_cache(maxsize=64)
def _for_good(text: bytes) -> bytes:
    """Of files that never change under their address."""
    return _gzip(text, _SMALLEST)
