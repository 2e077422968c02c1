"""Reading: my units, a unit's checklists, one step."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao.wiring import Wiring
from checklists.access import About, Action
from db.my_units import my_units
from db.session import begin_read
from web.guard import Allow, Signed
from web.lead.step_facts import step_facts
from web.lead.unit_facts import unit_facts
from web.rendering import page

router = APIRouter()
_SEE_OTHER = 303


@router.get("/work", name="my_work")
async def my_work(request: Request, signed: Annotated[Signed, Depends(Allow(Action.READ_WORK))]) -> Response:
    """The units I answer for; of a single one, its checklists at once."""
    units = await run_in_threadpool(_my_units, request.app.state.wiring, signed.account)
    if len({one.key for one in units}) == 1:
        return RedirectResponse(f"/units/{units[0].key}", _SEE_OTHER)
    return page(request, "lead/my_work.html", units=units)


@router.get("/units/{unit}", name="unit", dependencies=[Depends(Allow(Action.READ_WORK, About.UNIT))])
async def unit_page(request: Request, unit: str, show: Annotated[Literal["open", "all"], Query()] = "open") -> Response:
    """A unit's checklists: what is late first, then by kind of work."""
    facts = await run_in_threadpool(unit_facts, request.app.state.wiring, unit, everything=show == "all")
    return page(request, "lead/unit.html", **facts)


@router.get("/steps/{step}", name="step")
async def step_page(
    request: Request,
    step: int,
    signed: Annotated[Signed, Depends(Allow(Action.READ_WORK, About.STEP))],
    receipt: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """One step in full, with what may be done now; after an act, with its receipt."""
    facts = await run_in_threadpool(step_facts, request.app.state.wiring, signed, step, receipt)
    return page(request, "lead/step.html", **facts)


def _my_units(wiring: Wiring, account: str) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        return my_units(connection, account, wiring.today())
