"""`/api/v1/steps`: those within reach, by filter; one in full; its history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from bangiao.i18n import render
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.history import Entry, changes, reason, sentence
from checklists.tokens import TokenScope
from checklists.units import Level
from db.history import Scope
from db.history_names import KnownNames, here
from db.paged_steps import Asked, steps_after
from db.paged_units import Chosen, units_chosen, units_read_by
from db.record import Place, Reader, sheet
from db.session import begin_read
from web.api.bodies import Day, Name
from web.api.common import StepPath
from web.api.guard import Bearer, Caller
from web.api.instants import instant
from web.api.paging import BadCursor, Page, Paged, Window
from web.api.step_in_full import in_full, shown
from web.api.step_shapes import HistoryEntry, StepInFull, StepShown
from web.committee.board import soon_on

router = APIRouter(tags=["steps"])

Reading = Annotated[Caller, Depends(Bearer(Action.READ_WORK, TokenScope.READ))]
OfStep = Annotated[Caller, Depends(Bearer(Action.READ_WORK, TokenScope.READ, About.STEP))]

Kind = Literal[
    "waiting",
    "ready",
    "in_progress",
    "submitted",
    "done",
    "blocked",
    "not_applicable",
    "cancelled",
    "overdue",
    "soon",
    "untouched",
    "open",
    "settled",
]
"""A state, or one of the kinds that the committee's tables count."""

Stream = Literal["", "data-backup", "system-reconfiguration", "service-continuity", "cross-cutting"]


@router.get("/steps", operation_id="listSteps", summary="Steps within reach", response_model=Page[StepShown])
async def steps(
    request: Request,
    caller: Reading,
    window: Paged,
    state: Annotated[
        Kind | None,
        Query(
            description="A state; or a kind: overdue (the due date is past), soon (due within three working days), "
            "untouched (ready, not started), open (somebody still owes something), settled (done or not applicable)."
        ),
    ] = None,
    decision: Annotated[Name, Query(description="Of this decision (its number).")] = "",
    unit: Annotated[Name, Query(description="Owed by this unit (its key).")] = "",
    province: Annotated[Name, Query(description="Owed by this province or what lies in it (its key).")] = "",
    level: Annotated[Level | None, Query(description="Owed by units of this level.")] = None,
    stream: Annotated[Stream, Query(description="Of this kind of work.")] = "",
    key: Annotated[Name, Query(description="Of this step template, such as DAT-03.")] = "",
    q: Annotated[Name, Query(description="Owed by units with this in their name, with or without diacritics.")] = "",
    due_from: Annotated[Day | None, Query(description="Due that day or later.")] = None,
    due_until: Annotated[Day | None, Query(description="Due that day or earlier.")] = None,
) -> Page[StepShown]:
    """By number, which never changes: whoever reads all pages sees each step that fits all the while exactly once."""
    asked = Asked(None, state or "", decision, stream, key, due_from, due_until)
    chosen = Chosen(unit, province, level.value if level else "", q)
    return await run_in_threadpool(_steps, request.app.state.wiring, caller.account, window, (asked, chosen))


@router.get("/steps/{step}", operation_id="getStep", summary="A step in full", response_model=StepInFull)
async def step(request: Request, step: StepPath, _caller: OfStep) -> StepInFull:
    """Its deadline and why, what it waits for, its evidence and verifications, who was told and who answered."""
    return await run_in_threadpool(in_full, request.app.state.wiring, step)


@router.get(
    "/steps/{step}/history",
    operation_id="listHistoryOfStep",
    summary="What happened to a step",
    response_model=Page[HistoryEntry],
)
async def history(request: Request, step: StepPath, caller: OfStep, window: Paged) -> Page[HistoryEntry]:
    """The newest first, as sentences in the language asked for; what is new later comes before the first page."""
    return await run_in_threadpool(_history, request.app.state.wiring, caller.account, step, window)


def _steps(wiring: Wiring, account: str, window: Window, said: tuple[Asked, Chosen]) -> Page[StepShown]:
    asked, chosen = said
    (after,) = window.at(int) or (0,)
    today = wiring.today()
    if abs(after) > _LARGEST:
        raise BadCursor()
    with begin_read(wiring.engine) as connection:
        units = units_chosen(connection, units_read_by(connection, account, today), chosen)
        rows = steps_after(
            connection, replace(asked, units=units), (today, soon_on(connection, today)), after, window.reads
        )
        return window.page(rows, lambda one: (one.id,), lambda one: shown(connection, wiring, one))


_LARGEST = 2**62


def _history(wiring: Wiring, account: str, step: int, window: Window) -> Page[HistoryEntry]:
    scope = Scope(step=step)
    before = _place(window.at(str, str))
    with begin_read(wiring.engine) as connection:
        found = sheet(connection, scope, (), Reader(account, wiring.today()), before, window.limit)
        where, names = here(connection, scope), KnownNames(connection)
        items = [_entry(one, where, names) for one in found.entries]
    place = (found.rest.at.isoformat(), found.rest.id) if found.rest else None
    return window.ending(items, place)


def _place(place: tuple[Any, ...] | None) -> Place | None:
    if place is None:
        return None
    try:
        at = datetime.fromisoformat(place[0])
    except ValueError as error:
        raise BadCursor() from error
    if at.tzinfo is None or "\0" in place[1]:
        raise BadCursor()
    return Place(at, place[1])


def _entry(one: Entry, where: Any, names: KnownNames) -> HistoryEntry:
    event = one.event
    return HistoryEntry(
        id=event.id,
        type=event.type,
        at=instant(event.occurred_at),
        actor=event.actor,
        on_behalf_of=event.on_behalf_of,
        sentence=render(sentence(one, where, names)),
        reason=reason(event) or "",
        changes=[render(change) for change in changes(one, where)],
        order=event.request,
    )
