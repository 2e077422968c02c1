"""How public answers leave: kept by browsers and caches for some minutes, known again by their content, and not there
at all where the office has not opened them."""

from __future__ import annotations

from hashlib import sha256

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from bangiao.i18n import _
from bangiao.wiring import Wiring
from web.failures import failure

_KEPT_FOR = 600
_SECONDS = "10"
_NOT_MODIFIED, _LATER = 304, 503


async def opened(request: Request) -> None:
    """Off unless the office says otherwise."""
    wiring: Wiring = request.app.state.wiring
    if not wiring.settings.public_page:
        raise HTTPException(404)


def answered(request: Request, body: bytes, kind: str, **headers: str) -> Response:
    """The same for everybody who reads in this language."""
    tag = f'"{sha256(body).hexdigest()[:24]}"'
    headers |= {"Cache-Control": f"public, max-age={_KEPT_FOR}", "Vary": "Cookie", "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    return Response(body, media_type=kind, headers=headers)


def come_back_later(request: Request) -> Response:
    """While the first numbers are counted, for somebody who came before."""
    words = _("The numbers are being counted. Load the page again in some seconds.")
    answer = failure(request, _LATER, _("One moment"), words)
    answer.headers["Retry-After"] = _SECONDS
    return answer
