"""How public answers leave: kept by browsers and caches for some minutes, known again by their content, and not there
at all where the office has not opened them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from bangiao.i18n import _
from bangiao.wiring import Wiring
from web.compression import accepts_gzip
from web.failures import failure

_KEPT_FOR = 600
_SECONDS = "10"
_NOT_MODIFIED, _LATER = 304, 503


@dataclass(frozen=True, slots=True)
class Made:
    """An answer as it leaves, and as it leaves compressed: a crowd costs neither rendering nor packing."""

    plain: bytes
    packed: bytes
    tag: str

    @staticmethod
    def of(text: bytes) -> Made:
        return Made(text, gzip.compress(text, mtime=0), f'W/"{sha256(text).hexdigest()[:24]}"')


async def opened(request: Request) -> None:
    """Off unless the office says otherwise."""
    wiring: Wiring = request.app.state.wiring
    if not wiring.settings.public_page:
        raise HTTPException(404)


def answered(request: Request, made: Made, kind: str, **headers: str) -> Response:
    """The same for everybody who reads in this language."""
    headers |= {"Cache-Control": f"public, max-age={_KEPT_FOR}", "Vary": "Cookie, Accept-Encoding", "ETag": made.tag}
    if made.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(made.packed, media_type=kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(made.plain, media_type=kind, headers=headers)


def come_back_later(request: Request) -> Response:
    """While the first numbers are counted, for somebody who came before."""
    words = _("The numbers are being counted. Load the page again in some seconds.")
    answer = failure(request, _LATER, _("One moment"), words)
    answer.headers["Retry-After"] = _SECONDS
    return answer
