"""`/api/v1/units`: the units within reach, and how their work stands."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.tokens import TokenScope
from checklists.units import Level, UnitKey
from db.paged_steps import counts_of_unit
from db.paged_units import AskedUnits, PagedUnit, units_after, units_read_by
from db.queries import ChecklistSheet, sheets_of
from db.register import SqlRegister
from db.session import begin_read
from db.step_surroundings import facing_units
from web.api.bodies import Name
from web.api.common import UnitKeyText, UnitPath, Words
from web.api.guard import Bearer, Caller
from web.api.paging import Page, Paged, Window
from web.api.problem_kinds import NOT_FOUND
from web.api.problems import Problem

router = APIRouter(tags=["units"])

Reading = Annotated[Caller, Depends(Bearer(Action.READ_WORK, TokenScope.READ))]
OfUnit = Annotated[Caller, Depends(Bearer(Action.READ_WORK, TokenScope.READ, About.UNIT))]


class UnitShown(BaseModel):
    """A unit of the register."""

    key: UnitKeyText
    name: str = Field(examples=["Phường Hoàn Kiếm"])
    kind: str = Field(description="As the official register calls it.", examples=["Phường"])
    level: Level
    generation: str = Field(examples=["new"])
    parent: str | None = Field(description="The unit in which it lies.", examples=["new:01"])


class StepCounts(BaseModel):
    """The steps that a unit owes today, by state."""

    waiting: int
    ready: int
    in_progress: int
    submitted: int
    done: int
    blocked: int
    not_applicable: int
    cancelled: int
    overdue: int = Field(description="Of all of these, those whose due date is past and whose clock runs.")


class ChecklistShown(BaseModel):
    """One unit's steps from one template, for one decision."""

    id: int
    decision: str = Field(examples=["1656/NQ-UBTVQH15"])
    role: str = Field(description="The unit's part in the decision.", examples=["predecessor"])
    template: str = Field(examples=["data-backup"])
    template_version: str = Field(examples=["2025.1"])
    title: Words
    steps: int = Field(description="How many steps it has.")


class UnitInFull(UnitShown):
    """A unit with its checklists and counts."""

    counts: StepCounts
    gives_to: list[str] = Field(description="Names of the units that it hands over to.")
    takes_from: list[str] = Field(description="Names of the units that it takes over from.")
    checklists: list[ChecklistShown]


@router.get("/units", operation_id="listUnits", summary="Units within reach", response_model=Page[UnitShown])
async def units(
    request: Request,
    caller: Reading,
    window: Paged,
    q: Annotated[Name, Query(description="Part of the name, with or without diacritics.")] = "",
    generation: Annotated[Literal["", "old", "new", "central"], Query(description="Of which catalogue.")] = "",
    level: Annotated[Level | None, Query(description="Of which level.")] = None,
    parent: Annotated[Name, Query(description="Lying directly in this unit.")] = "",
    at_work: Annotated[bool, Query(description="Only those that have a checklist.")] = False,
) -> Page[UnitShown]:
    """By key. A unit is within reach where its own lead, or somebody above it, is the token's person."""
    filters = {"q": q, "generation": generation, "level": level.value if level else "", "parent": parent}
    wiring: Wiring = request.app.state.wiring
    return await run_in_threadpool(_units, wiring, caller.account, window, {**filters, "at_work": at_work})


@router.get("/units/{unit}", operation_id="getUnit", summary="A unit with its counts", response_model=UnitInFull)
async def unit(request: Request, unit: UnitPath, _caller: OfUnit) -> UnitInFull:
    """Its checklists, whom it faces, and how many of the steps that it owes are in which state."""
    return await run_in_threadpool(_unit, request.app.state.wiring, unit)


def _units(wiring: Wiring, account: str, window: Window, filters: dict[str, Any]) -> Page[UnitShown]:
    (after,) = window.at(str) or ("",)
    with begin_read(wiring.engine) as connection:
        asked = AskedUnits(units_read_by(connection, account, wiring.today()), **filters)
        rows = units_after(connection, asked, after, window.reads)
    return window.page(rows, lambda one: (one.key,), _shown)


def _shown(one: PagedUnit) -> UnitShown:
    return UnitShown(**one._asdict())


def _unit(wiring: Wiring, key: str) -> UnitInFull:
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        found = SqlRegister(connection, today).unit(UnitKey(key))
        if found is None:
            raise Problem(NOT_FOUND)
        facing = facing_units(connection, key)
        return UnitInFull(
            key=key,
            name=found.name,
            kind=found.kind,
            level=found.level,
            generation=found.generation,
            parent=found.parent,
            counts=StepCounts(**counts_of_unit(connection, key, today)),
            gives_to=[one.name for one in facing if one.takes],
            takes_from=[one.name for one in facing if not one.takes],
            checklists=[_checklist(sheet) for sheet in sheets_of(connection, key)],
        )


def _checklist(sheet: ChecklistSheet) -> ChecklistShown:
    title = sheet.template.title
    return ChecklistShown(
        id=sheet.id,
        decision=sheet.decision,
        role=sheet.role,
        template=sheet.template.template,
        template_version=sheet.template.version,
        title=Words(vi=title.vi, en=title.en),
        steps=len(sheet.steps),
    )
