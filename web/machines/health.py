"""`/health`: whether this process lives, and whether it can work; says no more than that."""

from __future__ import annotations

import logging
from asyncio import timeout

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from bangiao.wiring import Wiring
from checklists.access import Action
from db.upgrade import HEAD, current_revision
from web.guard import Allow

router = APIRouter(dependencies=[Depends(Allow(Action.ENTER))])

log = logging.getLogger("bangiao.web")

_UNAVAILABLE = 503
_PATIENCE = 5.0


@router.get("/health", name="health", include_in_schema=False)
async def alive() -> JSONResponse:
    """The process answers; nothing else is asked."""
    return JSONResponse({"status": "alive"})


@router.get("/health/ready", name="ready", include_in_schema=False)
async def ready(request: Request) -> JSONResponse:
    """The database answers, and its schema is the one this program needs."""
    try:
        async with timeout(_PATIENCE):
            state = await run_in_threadpool(_state, request.app.state.wiring)
    except TimeoutError:
        state = "database-away"
    return JSONResponse({"status": state}, 200 if state == "ready" else _UNAVAILABLE)


def _state(wiring: Wiring) -> str:
    try:
        found = current_revision(wiring.engine)
    except Exception as error:  # whatever it is: it is not ready, and why stands in the log, not in the answer
        log.warning("not ready: %s", str(error).partition("\n")[0][:200])
        return "database-away"
    return "ready" if found == HEAD else "database-behind"
