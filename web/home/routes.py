"""The start page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from checklists.access import Action
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter()


@router.get("/", name="home")
async def home(request: Request, signed: Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]) -> Response:
    """What this person can do here."""
    return page(request, "home.html", roles=sorted(signed.anywhere))
