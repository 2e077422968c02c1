"""`/admin`: where to go."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from checklists.access import Action
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter()


@router.get("/admin", name="admin")
async def admin(request: Request, _signed: Annotated[Signed, Depends(Allow(Action.ADMINISTER))]) -> Response:
    """Where to go."""
    return page(request, "admin/start.html")
