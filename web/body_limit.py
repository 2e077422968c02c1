"""How much a request may bring along, before anything of it is kept: forms little, forms with files more (plain ASGI).

The limit for one file is the evidence store's, and it has a sentence of its own; this one stands before it, so that
nobody fills the disk that files pass through.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEGABYTE = 1 << 20
BEFORE_SIGNING_IN = 1 << 16
FILES_AT_ONCE = 4
"""So many files of the largest size may come in one form; smaller ones, more."""

_WITH_EVIDENCE = re.compile(r"/steps/[0-9]+/(attach|complete|not_applicable)|/check|/api/v1/steps/[0-9]+/evidence")
_BY_ANYBODY = re.compile(r"/(sign-in(/code)?|language|enter/.*)")
_TOO_LARGE = 413


class BodyLimit:
    """`evidence_mb`: the largest file that the evidence store takes; `file_mb`: the largest of any other kind."""

    def __init__(self, app: ASGIApp, evidence_mb: int, file_mb: int) -> None:
        self._app = app
        self._evidence = (evidence_mb * FILES_AT_ONCE + 1) * MEGABYTE
        self._ordinary = (file_mb + 1) * MEGABYTE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self.limit_for(scope["path"])
        said = Headers(scope=scope).get("content-length", "0")
        came = int(said) if said.isdigit() else 0

        async def counted() -> Message:
            nonlocal came
            if came > limit:
                raise HTTPException(_TOO_LARGE)
            message = await receive()
            if not said.isdigit() or said == "0":
                came += len(message.get("body", b""))
                if came > limit:
                    raise HTTPException(_TOO_LARGE)
            return message

        await self._app(scope, counted, send)

    def limit_for(self, path: str) -> int:
        """For a request to this path, in bytes."""
        if _BY_ANYBODY.fullmatch(path):
            return BEFORE_SIGNING_IN
        return self._evidence if brings_files(path) else self._ordinary


def brings_files(path: str) -> bool:
    """Whether a request to this path may bring evidence."""
    return _WITH_EVIDENCE.fullmatch(path) is not None
