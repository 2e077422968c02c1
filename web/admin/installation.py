"""`/admin`: what belongs to the whole installation: channels with a trial, health. Everybody who administers may look;
switching, trying out and examining take an administrator of the whole country.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.channels import channel_named, switch_channel
from bangiao.delivery_orders import KINDS, try_out
from bangiao.doctor import areas, examine, sound
from bangiao.formats import number
from bangiao.health.checks import Area, Examined, Look
from bangiao.i18n import _, language_in_force, render
from bangiao.watching import look
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import BadInput, HandoverError
from checklists.messages import Message
from checklists.people import EVERYWHERE
from db.administered import administers
from db.channels import channels_on_record
from db.session import begin_read
from notifiers.channels import Address, State
from web.admin.rights import demand_everything
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said
from web.refusals import page_sentence
from web.rendering import both, page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
_SEE_OTHER, _UNPROCESSABLE, _CONFLICT = 303, 422, 409
_FINDINGS = 20


class AddressMissing(BadInput):
    """Write the address to which the test message goes."""


@router.get("/admin", name="admin")
async def admin(request: Request, _signed: Administering) -> Response:
    """Where to go."""
    return page(request, "admin/start.html")


@router.get("/admin/channels", name="channels")
async def channels(request: Request, signed: Administering) -> Response:
    """The ways out; their secrets are not shown."""
    return await _channels(request, signed, {})


@router.post("/admin/channels/switch", name="switch_channel")
async def switch(request: Request, signed: Administering) -> Response:
    """Off, or on again."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    try:
        await run_in_threadpool(_switched, request.app.state.wiring, signed.account, form)
    except HandoverError as refusal:
        return await _channels(request, signed, {"refusals": [page_sentence(refusal)]}, _status(refusal))
    return RedirectResponse("/admin/channels", _SEE_OTHER)


@router.post("/admin/channels/test", name="test_channel")
async def test_channel(request: Request, signed: Administering) -> Response:
    """A test message now, and what the other side says."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    try:
        tried = await run_in_threadpool(_tried, request.app.state.wiring, signed.account, form)
    except HandoverError as refusal:
        kept = {"refusals": [page_sentence(refusal)], "to": said(form, "to"), "trying": said(form, "channel")}
        return await _channels(request, signed, kept, _status(refusal))
    return await _channels(request, signed, {"tried": tried, "to": said(form, "to"), "trying": said(form, "channel")})


@router.get("/admin/health", name="health")
async def health(
    request: Request, signed: Administering, examined: Annotated[bool, Query(alias="examine")] = False
) -> Response:
    """What the watch sees; when asked, what the doctor finds."""
    facts = await run_in_threadpool(_health, request.app.state.wiring, signed.account, examined)
    return page(request, "admin/health.html", **facts)


def _status(refusal: HandoverError) -> int:
    return _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT


async def _channels(request: Request, signed: Signed, said_: dict[str, Any], status: int = 200) -> Response:
    rows, whole = await run_in_threadpool(_channel_rows, request.app.state.wiring, signed.account)
    shown = {"refusals": [], "tried": None, "to": "", "trying": ""} | said_
    return page(request, "admin/channels.html", status, channels=rows, whole=whole, **shown)


def _channel_rows(wiring: Wiring, account: str) -> tuple[list[Any], bool]:
    with begin_read(wiring.engine) as connection:
        rows = channels_on_record(connection)
        whole = administers(connection, account, EVERYWHERE, wiring.today())
    return [(one, both(KINDS[one.kind]) if one.kind in KINDS else one.kind) for one in rows], whole


def _switched(wiring: Wiring, by: str, form: FormData) -> None:
    with wiring.unit_of_work() as uow:
        demand_everything(uow.connection, by, wiring.today())
        switch_channel(uow, said(form, "channel"), said(form, "enabled") == "yes", by)


def _tried(wiring: Wiring, by: str, form: FormData) -> dict[str, Any]:
    to = said(form, "to")
    with begin_read(wiring.engine) as connection:
        demand_everything(connection, by, wiring.today())
        row = channel_named(connection, said(form, "channel"))
    if not to:
        raise AddressMissing()
    outcome = try_out(wiring, row, Address(to), language_in_force(), by)
    answer = " ".join(str(part) for part in (outcome.code, outcome.words) if part)
    return {"sent": outcome.state is State.SENT, "reason": render(outcome.reason), "answer": answer}


def _health(wiring: Wiring, account: str, examined: bool) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        whole = administers(connection, account, EVERYWHERE, wiring.today())
    if not whole:
        return {"whole": False, "looked": None, "examined": None, "at": None, "sound": False}
    looked = look(wiring)
    found = list(examine(Look(wiring, False, _no_bar))) if examined else []
    return {
        "whole": True,
        "looked": [(shown(one.what), shown(one.todo), one.since, one.grave) for one in looked.found],
        "at": looked.at,
        "examined": [(_area(area), [_line(one) for one in inside]) for area, inside in areas(found)],
        "sound": bool(found) and sound(found),
    }


@contextmanager
def _no_bar(_words: Message, _total: int) -> Iterator[Any]:
    yield lambda: None


def _area(area: Area) -> str:
    return {
        Area.ENVIRONMENT: _("What it stands on"),
        Area.RECORD: _("The record"),
        Area.EVIDENCE: _("Evidence"),
        Area.PEOPLE: _("People"),
    }[area]


def _line(one: Examined) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "title": render(one.check.title),
        "health": one.health.value,
        "fine": shown(verdict.fine) if verdict and not verdict.total else "",
        "why": shown(one.why) if one.why else "",
        "total": verdict.total if verdict else 0,
        "findings": [(shown(f.what), shown(f.todo)) for f in verdict.findings[:_FINDINGS]] if verdict else [],
    }


def shown(message: Message) -> str:
    """The sentence, with numbers in groups of digits."""
    values = {name: number(value) if type(value) is int else value for name, value in message.values.items()}
    return render(Message(message.msgid, values))
