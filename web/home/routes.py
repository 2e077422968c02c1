"""The start page: what this person came for, by their roles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.people import PersonRole
from db.my_units import my_units
from db.session import begin_read
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter()
_SHOWN = 8


@router.get("/", name="home")
async def home(request: Request, signed: Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]) -> Response:
    """My units with what they ask for, and the ways to the pages of my roles."""
    units = await run_in_threadpool(_units, request.app.state.wiring, signed.account)
    return page(request, "home.html", units=units[:_SHOWN], more=max(len(units) - _SHOWN, 0), ways=_ways(signed))


def _units(wiring: Wiring, account: str) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        return my_units(connection, account, wiring.today())


def _ways(signed: Signed) -> list[tuple[str, str, str]]:
    """Address, name and what for, of the pages beside one's own units."""
    committee, auditor = PersonRole.COMMITTEE in signed.anywhere, PersonRole.AUDITOR in signed.anywhere
    found: list[tuple[str, str, str]] = []
    if committee or auditor:
        found.append(("/cockpit", _("Cockpit"), _("How all units stand, and which stand worst.")))
        found.append(("/decisions", _("Decisions"), _("What was decided, what is drafted, what is being opened.")))
        found.append(("/packages", _("Evidence packages"), _("Take away what happened, and verify it alone.")))
    if committee or auditor or PersonRole.ADMINISTRATOR in signed.anywhere:
        found.append(("/record", _("History"), _("Who did what, when, and why.")))
    if PersonRole.ADMINISTRATOR in signed.anywhere:
        found.append(("/admin", _("Administration"), _("People, roles, channels, health.")))
    return found
