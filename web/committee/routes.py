"""Reading: the cockpit, the table of units, the readiness matrix. Filters stand in the address."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bangiao.go_no_go import votes_awaited
from checklists.access import Action
from checklists.people import PersonRole
from web.committee.board import seen
from web.committee.cockpit import cockpit_facts
from web.committee.filters import Filters
from web.committee.units_table import matrix_facts, table_facts
from web.committee.views import links
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter()

Reader = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS))]
Sheet = Annotated[int, Query(alias="page", ge=1, le=10_000)]


@router.get("/cockpit", name="cockpit")
async def cockpit(request: Request, signed: Reader) -> Response:
    """How all that I see stands."""
    view = await run_in_threadpool(seen, request, signed.account)
    wiring = request.app.state.wiring
    kept = await run_in_threadpool(links, wiring, signed.account)
    steers = PersonRole.COMMITTEE in signed.anywhere
    awaited = await run_in_threadpool(votes_awaited, wiring, signed.account) if steers else []
    return page(request, "committee/cockpit.html", **cockpit_facts(view), views=kept, awaited=awaited)


@router.get("/cockpit/units", name="units_table")
async def units_table(request: Request, signed: Reader, sheet: Sheet = 1) -> Response:
    """Units, worst first."""
    view = await run_in_threadpool(seen, request, signed.account)
    filters = Filters.of(request.query_params).without("step")
    facts = await run_in_threadpool(table_facts, request.app.state.wiring, view, filters, sheet)
    kept = await run_in_threadpool(links, request.app.state.wiring, signed.account)
    return page(request, "committee/units.html", **facts, views=kept)


@router.get("/cockpit/matrix", name="matrix")
async def matrix(request: Request, signed: Reader, sheet: Sheet = 1) -> Response:
    """Units × workstreams."""
    view = await run_in_threadpool(seen, request, signed.account)
    facts = await run_in_threadpool(matrix_facts, view, Filters.of(request.query_params).without("step"), sheet)
    kept = await run_in_threadpool(links, request.app.state.wiring, signed.account)
    return page(request, "committee/matrix.html", **facts, views=kept)
