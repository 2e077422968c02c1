"""Reading: my units, a unit's checklists, one step."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.calendar_files import vietnam_calendar
from bangiao.i18n import language_in_force
from bangiao.step_sheet import read_sheet
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.steps import OPEN, StepState
from checklists.units import UnitKey
from db.my_units import my_units
from db.queries import ChecklistSheet, sheets_of
from db.register import SqlRegister
from db.session import begin_read
from db.succession_of_work import steps_held_from_others
from web.guard import Allow, Signed
from web.lead.rows import standing
from web.rendering import page

router = APIRouter()
_SEE_OTHER = 303


@router.get("/work", name="my_work")
async def my_work(request: Request, signed: Annotated[Signed, Depends(Allow(Action.READ_WORK))]) -> Response:
    """The units I answer for; of a single one, its checklists at once."""
    wiring = request.app.state.wiring
    units = await run_in_threadpool(_my_units, wiring, signed.account)
    if len({one.key for one in units}) == 1:
        return RedirectResponse(f"/units/{units[0].key}", _SEE_OTHER)
    return page(request, "lead/my_work.html", units=units)


@router.get("/units/{unit}", name="unit", dependencies=[Depends(Allow(Action.READ_WORK, About.UNIT))])
async def unit_page(request: Request, unit: str) -> Response:
    """A unit's checklists: what is late first, then by kind of work."""
    return page(request, "lead/unit.html", **await run_in_threadpool(_unit, request.app.state.wiring, unit))


@router.get("/steps/{step}", name="step", dependencies=[Depends(Allow(Action.READ_WORK, About.STEP))])
async def step_page(request: Request, step: int) -> Response:
    """One step in full, with what may be done now."""
    return page(request, "lead/step.html", **await run_in_threadpool(step_facts, request.app.state.wiring, step))


def _my_units(wiring: Wiring, account: str) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        return my_units(connection, account, wiring.today())


def _unit(wiring: Wiring, key: str) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        unit = SqlRegister(connection, wiring.today()).unit(UnitKey(key))
        if unit is None:
            raise HTTPException(404)
        sheets = sheets_of(connection, key)
        held = steps_held_from_others(connection, key)
    rows = [row for sheet in sheets for row in _rows(sheet, wiring)]
    groups = [(title, list(of)) for title, of in groupby(rows, key=lambda row: row["sheet"])]
    settled = sum(1 for row in rows if row["state"] not in OPEN)
    late = [row for row in rows if row["standing"].late]
    return {"unit": unit, "groups": groups, "late": late, "steps": len(rows), "settled": settled, "held": held}


def _rows(sheet: ChecklistSheet, wiring: Wiring) -> list[dict[str, Any]]:
    today, calendar, language = wiring.today(), vietnam_calendar(), language_in_force()
    return [
        {
            "id": line.id,
            "key": line.key,
            "title": getattr(sheet.by_key[line.key].title, language),
            "counterpart": line.counterpart_name,
            "state": StepState(line.state),
            "standing": standing(StepState(line.state), line.due_on, today, calendar),
            "open_needs": line.open_needs,
            "sheet": (sheet.id, getattr(sheet.template.title, language), sheet.decision),
        }
        for line in sheet.steps
        if line.state != StepState.CANCELLED
    ]


def step_facts(wiring: Wiring, step: int) -> dict[str, Any]:
    """What the step's page shows; also after something was done to it."""
    with begin_read(wiring.engine) as connection:
        sheet = read_sheet(connection, wiring, step)
        units = _names(connection, wiring, {sheet.held.unit, sheet.held.holder})
    now = standing(sheet.held.step.state, sheet.held.due_on, wiring.today(), vietnam_calendar())
    open_needs = [one for one in sheet.needs if StepState(one.state) in OPEN]
    return {
        "sheet": sheet,
        "step": sheet.held.step,
        "template": sheet.held.template,
        "units": units,
        "standing": now,
        "open_needs": open_needs,
        "because": sheet.due_because[0 if language_in_force() == "vi" else 1],
        "once": uuid4().hex,
        "refusal": "",
        "receipt": "",
    }


def _names(connection: Connection, wiring: Wiring, keys: set[UnitKey]) -> dict[str, str]:
    register = SqlRegister(connection, wiring.today(), keys)
    return {key: unit.name if (unit := register.unit(key)) else key for key in keys}
