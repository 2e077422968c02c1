"""What is done to a step on its page: form → files kept → order → the process's one writer → the step with a receipt.

A refusal gives the page back with its sentence and with everything that was typed and sent. The same form sent again
(the sender's key, `once` or the header `Idempotency-Key`) is carried out once and gets the same receipt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.acknowledging import Acknowledged, Key, acknowledge_step
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.desk import Order
from checklists.errors import BadInput, HandoverError
from checklists.events import STEP_ACKNOWLEDGED
from checklists.step_rules import TAKES_EVIDENCE
from checklists.step_rules import Request as Asked
from checklists.steps import Act
from db.carried_out import CarriedOutBefore
from db.session import begin_read
from db.step_surroundings import event_at
from web.dates import NotADay, day_in, typed
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.receipts import order_id, written_at
from web.lead.step_facts import step_facts
from web.lead.uploads import Received, receive, said, sentences, shown, uploads_of
from web.rendering import page

router = APIRouter()

_SEE_OTHER, _UNPROCESSABLE, _CONFLICT = 303, 422, 409
_LONGEST_KEY = 100
_TYPED = ("reason", "unblocker", "note", "link", "as", "words")
_DAYS = ("dated", "expected")

Working = Annotated[Signed, Depends(Allow(Action.WORK_ON_STEPS, About.STEP))]


class KeyUnusable(BadInput):
    """The key of this order cannot be used: it has {length} characters, and at most {limit} are taken."""


class DayMissing(BadInput):
    """Say by which day you expect it to be done, so that whoever is told next knows when to look again."""


@dataclass
class Filled:
    """A form that somebody sent: for which step, to do what, with which key."""

    signed: Signed
    step: int
    act: str
    form: FormData
    once: str
    received: Received = field(default_factory=Received)

    @property
    def owner(self) -> str:
        """For whom and what the files in it are kept."""
        return f"{self.signed.account}\0{self.step}"

    @property
    def id(self) -> str:
        return order_id(self.signed.account, self.once)


@router.post("/steps/{step}/acknowledge", name="acknowledge")
async def acknowledge(request: Request, step: int, signed: Working) -> Response:
    """ "I have it in hand, expected by …". Only ever by sending the form: a mail scanner that follows links answers
    nothing."""
    filled = await _filled(request, signed, step, "acknowledge")
    try:
        receipt = await run_in_threadpool(_acknowledged, request.app.state.wiring, filled)
    except CarriedOutBefore:
        return _back(step, filled.id)
    except HandoverError as refusal:
        return await _again(request, filled, [refusal])
    return _back(step, receipt)


@router.post("/steps/{step}/{act}", name="act_on_step")
async def act_on_step(request: Request, step: int, act: Act, signed: Working) -> Response:
    """One act, whole or not at all."""
    filled = await _filled(request, signed, step, act.value)
    wiring: Wiring = request.app.state.wiring
    try:
        order = await _order_of(wiring, filled, act)
        if filled.received.refusals:
            return await _again(request, filled, filled.received.refusals)
        await asyncio.wrap_future(request.app.state.writer.submit(order))
    except CarriedOutBefore:
        return _back(step, filled.id)
    except HandoverError as refusal:
        return await _again(request, filled, [refusal])
    return _back(step, filled.id)


async def _filled(request: Request, signed: Signed, step: int, act: str) -> Filled:
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    once = request.headers.get("idempotency-key") or said(form, "once") or uuid4().hex
    return Filled(signed, step, act, form, once)


async def _order_of(wiring: Wiring, filled: Filled, act: Act) -> Order:
    """Files go to the disk on a thread; words alone are not worth the way there."""
    if uploads_of(filled.form):
        return await run_in_threadpool(_order, wiring, filled, act)
    return _order(wiring, filled, act)


def _order(wiring: Wiring, filled: Filled, act: Act) -> Order:
    """What the form asks for; its files are in the store then. Raises what is wrong with it as a whole."""
    _demand_key(filled)
    if act in TAKES_EVIDENCE:
        filled.received = _received(wiring, filled)
    return Order(
        filled.step,
        _asked(wiring, filled.form, act),
        filled.signed.actor(said(filled.form, "as")),
        evidence=filled.received.evidence,
        id=filled.id,
        once=filled.once,
        made_at=written_at(said(filled.form, "made_at")),
    )


def _demand_key(filled: Filled) -> None:
    if len(filled.once) > _LONGEST_KEY:
        raise KeyUnusable(length=len(filled.once), limit=_LONGEST_KEY)


def _received(wiring: Wiring, filled: Filled) -> Received:
    """Its files are kept also when the day beside them is none: they came over a bad line."""
    mistakes: list[HandoverError] = []
    dated_on = wiring.today()
    try:
        dated_on = day_in(filled.form, "dated") or dated_on
    except NotADay as mistake:
        mistakes.append(mistake)
    received = receive(wiring, filled.form, filled.owner, dated_on)
    received.refusals[:0] = mistakes
    return received


def _asked(wiring: Wiring, form: FormData, act: Act) -> Asked:
    blocks = act is Act.BLOCK
    return Asked(
        act,
        reason=said(form, "reason"),
        unblocker=said(form, "unblocker") if blocks else "",
        expected_on=day_in(form, "expected") if blocks else None,
        clock_runs=wiring.settings.blocked_clock_runs if blocks else True,
        seen=said(form, "seen"),
        digests=frozenset(str(one) for one in form.getlist("evidence") if one) if act is Act.WITHDRAW else frozenset(),
    )


def _acknowledged(wiring: Wiring, filled: Filled) -> str:
    """Put it on record; gives the id of the event that says so, also when it had been said before."""
    _demand_key(filled)
    expected_on: date | None = day_in(filled.form, "expected")
    if expected_on is None:
        raise DayMissing()
    actor = filled.signed.actor(said(filled.form, "as"))
    key, words = Key(filled.once, filled.id), said(filled.form, "words")
    told: Acknowledged = acknowledge_step(wiring, filled.step, actor, expected_on, words, key)
    with begin_read(wiring.engine) as connection:
        return event_at(connection, filled.step, STEP_ACKNOWLEDGED, told.acknowledgement.given_at)


def _back(step: int, receipt: str) -> Response:
    return RedirectResponse(f"/steps/{step}?receipt={receipt}", _SEE_OTHER)


async def _again(request: Request, filled: Filled, refusals: Sequence[HandoverError]) -> Response:
    """The page once more, with the reasons and with all that was sent."""
    facts = await run_in_threadpool(step_facts, request.app.state.wiring, filled.signed, filled.step)
    bad = any(isinstance(one, BadInput) for one in refusals)
    kept = _kept(filled, refusals)
    if filled.act == Act.ATTACH and Act.COMPLETE in facts["offers"]:
        kept["refused_act"] = Act.COMPLETE.value  # one form for both, with two buttons
    return page(request, "lead/step.html", _UNPROCESSABLE if bad else _CONFLICT, **facts | kept)


def _kept(filled: Filled, refusals: Sequence[HandoverError]) -> dict[str, Any]:
    return {
        "refusals": sentences(refusals),
        "refused_act": filled.act,
        "typed": {name: said(filled.form, name) for name in _TYPED},
        "typed_days": {name: typed(filled.form, name) for name in _DAYS},
        "kept_files": shown(filled.received.files, filled.owner),
        "typed_once": filled.once,
    }
