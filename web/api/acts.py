"""Acts on steps by programs: key → order → the process's one writer → what is on record of it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from bangiao.attachments import HandedIn, kept, store_of
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.desk import NewEvidence, Order
from checklists.step_rules import Request as Asked
from checklists.steps import Act
from checklists.tokens import TokenScope
from db.carried_out import CarriedOutBefore
from web.api.bodies import Day, Name, Sent, Text, body_of, read_json
from web.api.common import StepPath
from web.api.guard import Bearer, Caller
from web.api.once import Key, written
from web.api.receipts import Receipt, receipt_of
from web.lead.receipts import order_id

router = APIRouter(tags=["steps"])

Working = Annotated[Caller, Depends(Bearer(Action.WORK_ON_STEPS, TokenScope.WORK, About.STEP))]

ActPath = Annotated[Act, Path(description="What is done to it.")]
MOST_WORDS = 20
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256, as the evidence has it.")]


class ActSent(Sent):
    """What an act says. What it does not ask for may be left out: {} starts a step."""

    reason: Text = Field("", description="Why; asked for by block, return, not_applicable, reopen and cancel.")
    unblocker: Name = Field("", description="block: who can unblock it.")
    expected_on: Day | None = Field(None, description="block: when it is expected to go on.")
    seen: Annotated[str, Field(pattern="^[0-9a-f]{0,64}$")] = Field(
        "", description="verify: the evidence_hash that was looked at, or at least 8 digits of it."
    )
    withdraw: list[Digest] = Field([], max_length=MOST_WORDS, description="withdraw: which evidence.")
    notes: list[Text] = Field([], max_length=MOST_WORDS, description="attach, complete, not_applicable: notes.")
    links: list[Text] = Field([], max_length=MOST_WORDS, description="The same: addresses (https).")
    dated_on: Day | None = Field(None, description="The day of the notes and links; today unless given.")
    version: int | None = Field(
        None, ge=0, le=2**31, description="The version that was looked at; refused where it is another by now."
    )
    on_behalf_of: Name = Field("", description="In a substitution: the absent person's account.")


_EXAMPLES: tuple[dict[str, object], ...] = (
    {},
    {"reason": "Chưa có đường truyền", "unblocker": "VNPT Hà Nội", "expected_on": "2025-06-20"},
    {"notes": ["Đã sao lưu toàn bộ dữ liệu hộ tịch"], "dated_on": "2025-06-17"},
)


@router.post(
    "/steps/{step}/acts/{act}",
    operation_id="actOnStep",
    summary="Do something to a step",
    response_model=Receipt,
    openapi_extra=body_of(ActSent, *_EXAMPLES),
)
async def act_on_step(request: Request, step: StepPath, act: ActPath, caller: Working, key: Key) -> Response:
    """Start, attach, withdraw, complete, verify, return, block, unblock, declare not applicable, reopen or cancel. One
    act, whole or not at all; the same rules as for people. Files are attached as evidence, not here."""
    sent = await read_json(request, ActSent)
    wiring: Wiring = request.app.state.wiring
    evidence = await run_in_threadpool(_evidence, wiring, sent)
    return await carried_out(request, order_of_act(wiring, caller, key, (step, act), sent, evidence))


def _evidence(wiring: Wiring, sent: ActSent) -> tuple[NewEvidence, ...]:
    """Notes and links; where the act takes none along, the order is refused by its own rule."""
    if not (sent.notes or sent.links):
        return ()
    handed_in = HandedIn(sent.dated_on or wiring.today(), (), tuple(sent.notes), tuple(sent.links))
    return kept(store_of(wiring.settings), handed_in, wiring.today())


def order_of_act(
    wiring: Wiring, caller: Caller, key: str, what: tuple[int, Act], sent: ActSent, evidence: tuple[NewEvidence, ...]
) -> Order:
    """What a program asks for, as the writer takes it."""
    step, act = what
    asked = Asked(
        act,
        reason=sent.reason,
        unblocker=sent.unblocker,
        expected_on=sent.expected_on,
        clock_runs=wiring.settings.blocked_clock_runs if act is Act.BLOCK else True,
        seen=sent.seen,
        digests=frozenset(sent.withdraw) if act is Act.WITHDRAW else frozenset(),
    )
    actor = caller.actor(sent.on_behalf_of)
    return Order(step, asked, actor, sent.version, evidence, id=order_id(caller.account, key), once=key)


async def carried_out(request: Request, order: Order) -> Response:
    """The receipt; the same one where this was carried out before."""
    wiring: Wiring = request.app.state.wiring
    again = False
    try:
        await asyncio.wrap_future(request.app.state.writer.submit(order))
    except CarriedOutBefore:
        again = True
    receipt = await run_in_threadpool(receipt_of, wiring, order.step_id, order.id or "")
    return written(receipt.model_dump(mode="json"), replayed=again)
