"""`/api/v1/decisions`: those that concern units within reach; previewing, drafting and registering.

A decision's number has slashes in it: it is the rest of a path, and what is asked of it comes last.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bangiao.decision_files import DecisionFile, read_decision_file
from bangiao.documents import Limits
from bangiao.preview import preview_decision
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.frozen_facts import named_in
from checklists.handlers import Outcome, draft_decision, register_decision
from checklists.plan_summary import PlanSummary
from checklists.ports import REGISTERED
from checklists.tokens import TokenScope
from db.decisions import SqlDecisions
from db.decisions_seen import decisions_naming
from db.paged_steps import counts_of_decision
from db.paged_units import units_read_by
from db.queries import DecisionLine, decision_lines
from db.session import begin_read
from web.api.bodies import JSON, body_of, demand_media, read_json
from web.api.common import DecisionPath, Words
from web.api.decision_shapes import (
    DecisionInFull,
    DecisionSent,
    DecisionShown,
    DraftShown,
    PreviewShown,
    ProgressShown,
    RegisterSent,
    plan_shown,
)
from web.api.guard import Bearer, Caller
from web.api.instants import instant, instant_or_none
from web.api.once import Key, Once, answered, order_of
from web.api.paging import Page, Paged, Window
from web.api.problem_kinds import NOT_FOUND
from web.api.problems import Problem
from web.committee.board import reach as reach_of
from web.committee.decision_orders import as_file
from web.committee.decision_scope import demand_all, demand_seen

router = APIRouter(prefix="/decisions", tags=["decisions"])

Reading = Annotated[Caller, Depends(Bearer(Action.READ_DECISIONS, TokenScope.READ))]
OfDecision = Annotated[Caller, Depends(Bearer(Action.READ_DECISIONS, TokenScope.READ, About.DECISION))]
Steering = Annotated[Caller, Depends(Bearer(Action.STEER, TokenScope.STEER))]
SteeringOne = Annotated[Caller, Depends(Bearer(Action.STEER, TokenScope.STEER, About.DECISION))]

_EXAMPLE = {
    "number": "02/NQ-HĐND",
    "kind": "Nghị quyết",
    "title": {"vi": "Sắp xếp đơn vị hành chính", "en": "Rearrangement of administrative units"},
    "issuing_body": "Hội đồng nhân dân",
    "issued": "2025-06-16",
    "effective": "2025-06-16",
    "operational": "2025-07-01",
    "province": "new:01",
    "source": "Công báo",
    "successions": [{"from": "old:00004", "to": "new:00004", "relation": "whole", "basis": "merged"}],
}


@router.get("", operation_id="listDecisions", summary="Decisions", response_model=Page[DecisionShown])
async def decisions(request: Request, caller: Reading, window: Paged) -> Page[DecisionShown]:
    """By number: those that name a unit within reach."""
    return await run_in_threadpool(_decisions, request.app.state.wiring, caller, window)


@router.post(
    "/preview",
    operation_id="previewDecision",
    summary="The plan that a decision would have",
    response_model=PreviewShown,
    openapi_extra=body_of(DecisionSent, _EXAMPLE),
)
async def preview(request: Request, caller: Steering) -> PreviewShown:
    """Nothing is written. All mistakes are told together, each with its place in the body."""
    return await run_in_threadpool(_previewed, request.app.state.wiring, caller, await _content(request))


@router.post(
    "",
    operation_id="draftDecision",
    summary="Draft a decision",
    status_code=201,
    response_model=DraftShown,
    openapi_extra=body_of(DecisionSent, _EXAMPLE),
)
async def draft(request: Request, caller: Steering, key: Key) -> Response:
    """Store it with its plan; a second person has to agree to exactly this plan (registerDecision)."""
    content = await _content(request)
    once = order_of(caller.account, key, "draftDecision", content.decode(errors="replace"))
    return await answered(request, once, partial(_drafted, caller=caller, content=content), 201)


@router.get(
    "/{decision:path}/progress",
    operation_id="getProgressOfDecision",
    summary="How far a decision is",
    response_model=ProgressShown,
)
async def progress(request: Request, decision: DecisionPath, caller: OfDecision) -> ProgressShown:
    """Checklists opened of those planned, and its steps by state."""
    return await run_in_threadpool(_progress, request.app.state.wiring, caller, decision)


@router.post(
    "/{decision:path}/register",
    operation_id="registerDecision",
    summary="Register a drafted decision",
    response_model=DraftShown,
    openapi_extra=body_of(RegisterSent),
)
async def register(request: Request, decision: DecisionPath, caller: SteeringOne, key: Key) -> Response:
    """By another person than who drafted it, with the hash of the plan that they have read. Its checklists are opened
    in the background."""
    sent = await read_json(request, RegisterSent)
    once = order_of(caller.account, key, "registerDecision", decision, sent.plan_hash)
    return await answered(request, once, partial(_registered, caller=caller, number=decision, hash_=sent.plan_hash))


@router.get("/{decision:path}", operation_id="getDecision", summary="A decision", response_model=DecisionInFull)
async def one(request: Request, decision: DecisionPath, caller: OfDecision) -> DecisionInFull:
    """What it says, and its plan."""
    return await run_in_threadpool(_one, request.app.state.wiring, caller, decision)


async def _content(request: Request) -> bytes:
    demand_media(request, JSON)
    return await request.body()


def _decisions(wiring: Wiring, caller: Caller, window: Window) -> Page[DecisionShown]:
    (after,) = window.at(str) or ("",)
    with begin_read(wiring.engine) as connection:
        keys = reach_of(connection, caller.account, wiring.today())
        seen = {one.number for one in decisions_naming(connection, keys)}
        lines = sorted(decision_lines(connection), key=lambda line: line.number)
    rows = [line for line in lines if line.number in seen and line.number > after]
    return window.page(rows, lambda line: (line.number,), lambda line: DecisionShown(**_shown(line)))


def _shown(line: DecisionLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "state": line.state,
        "plan_hash": line.plan_hash,
        "drafted_by": line.drafted_by,
        "drafted_at": instant(line.drafted_at),
        "registered_by": line.registered_by,
        "registered_at": instant_or_none(line.registered_at),
        "opened_at": instant_or_none(line.opened_at),
        "checklists": sum(line.plan["checklists"].values()),
        "steps": sum(line.plan["steps"].values()),
    }


def _line(wiring: Wiring, caller: Caller, number: str) -> DecisionLine:
    with begin_read(wiring.engine) as connection:
        demand_seen(connection, wiring, caller, number)
        lines = decision_lines(connection, number)
    if not lines:
        raise Problem(NOT_FOUND)
    return lines[0]


def _one(wiring: Wiring, caller: Caller, number: str) -> DecisionInFull:
    line = _line(wiring, caller, number)
    with begin_read(wiring.engine) as connection:
        held = SqlDecisions(connection, wiring.now(), wiring.settings.chunk_units).find(number)
    if held is None:
        raise Problem(NOT_FOUND)
    said = held.decision
    return DecisionInFull(
        **_shown(line),
        kind=said.kind,
        title=Words(vi=said.title.vi, en=said.title.en),
        issuing_body=said.issuing_body,
        issued=said.issued,
        effective=said.effective,
        operational=said.operational,
        province=said.province,
        central=list(said.central),
        source=said.source,
        successions=[[row.predecessor, row.successor, row.relation.value, row.basis] for row in said.successions],
        plan=plan_shown(PlanSummary.from_json(line.plan)),
    )


def _progress(wiring: Wiring, caller: Caller, number: str) -> ProgressShown:
    line = _line(wiring, caller, number)
    with begin_read(wiring.engine) as connection:
        reach = units_read_by(connection, caller.account, wiring.today())
        states = counts_of_decision(connection, line.id, reach)
    return ProgressShown(
        number=number,
        state=line.state,
        checklists=line.checklists_in,
        checklists_planned=sum(line.plan["checklists"].values()),
        steps=line.steps_in,
        steps_planned=sum(line.plan["steps"].values()),
        by_state=states,
    )


def _previewed(wiring: Wiring, caller: Caller, content: bytes) -> PreviewShown:
    with as_file("body.json", content) as file:
        _written(wiring, caller, content)
        seen = preview_decision(file, wiring)
    return PreviewShown(
        number=seen.decision.number,
        plan=plan_shown(seen.summary),
        overdue_at_birth=seen.overdue_at_birth,
        overlaps=seen.overlaps,
        nobody_to_ask=seen.nobody_to_ask.total(),
    )


def _written(wiring: Wiring, caller: Caller, content: bytes) -> DecisionFile:
    """The decision in the body, by somebody who steers all units that it names. Raises Refused, NotAllYours."""
    with as_file("body.json", content) as file:
        written = read_decision_file(file, Limits.of(wiring.settings))
    demand_all(wiring, caller, written.decision.number, named_in(written.decision))
    return written


def _drafted(wiring: Wiring, once: Once, *, caller: Caller, content: bytes) -> dict[str, Any]:
    written = _written(wiring, caller, content)
    with wiring.unit_of_work() as uow:
        once.note(uow.connection, wiring)
        planning = wiring.planning(uow.connection)
        outcome = draft_decision(written.decision, uow, planning, refused=written.refusal, by=caller.account)
        return once.keep(uow.connection, _outcome(outcome, "registered" if outcome.registered else "drafted"))


def _registered(wiring: Wiring, once: Once, *, caller: Caller, number: str, hash_: str) -> dict[str, Any]:
    demand_all(wiring, caller, number)
    with wiring.unit_of_work() as uow:
        once.note(uow.connection, wiring)
        planning = wiring.planning(uow.connection)
        four_eyes = wiring.settings.four_eyes
        outcome = register_decision(number, hash_, uow, planning, by=caller.account, four_eyes=four_eyes)
        return once.keep(uow.connection, _outcome(outcome, REGISTERED))


def _outcome(outcome: Outcome, state: str) -> dict[str, Any]:
    plan = plan_shown(outcome.summary)
    number = outcome.summary.number
    return DraftShown(number=number, state=state, plan=plan, changed=outcome.changed).model_dump(mode="json")
