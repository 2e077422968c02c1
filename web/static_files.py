"""Our own static files; the content is part of the address, so browsers keep them for good."""

from __future__ import annotations

from mimetypes import guess_type

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from checklists.access import Action
from web.guard import Allow
from web.rendering import STATIC, static_address

router = APIRouter(dependencies=[Depends(Allow(Action.ENTER))])


@router.get("/static/{digest}/{name:path}", name="static")
def static(digest: str, name: str) -> Response:
    """The file, if this is its address today."""
    file = (STATIC / name).resolve()
    if not file.is_file() or STATIC not in file.parents or static_address(name) != f"/static/{digest}/{name}":
        raise HTTPException(404)
    kind = guess_type(file.name)[0] or "application/octet-stream"
    return Response(
        file.read_bytes(), media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
