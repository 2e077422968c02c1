"""`/admin/channels`: the ways by which people are told: recorded, changed, switched, tried out; who is told by each,
and what came of its last tries. All but the list takes an administrator of the whole installation.

The rules are those of `bangiao channel` (`bangiao.channel_recording`); a secret goes in and never comes out.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from bangiao.channel_recording import record_channel
from bangiao.channels import channel_named, opened, sealing_keys, switch_channel
from bangiao.delivery_orders import KINDS, try_out
from bangiao.i18n import language_in_force, render
from bangiao.outcome_words import outcome_word
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import BadInput, HandoverError
from checklists.people import EVERYWHERE
from db.administered import administers
from db.channel_use import channel_use, last_tries
from db.channels import ChannelOnRecord, channels_on_record
from db.delivery_reading import names_of
from db.session import begin_read
from notifiers.channels import Address, Kind, State
from notifiers.masking import masked_address
from web.admin.channel_forms import FORMS, channel_in, held_fields, kept_of, missing_sentence, services, shown_place
from web.admin.rights import demand_everything
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said
from web.refusals import page_sentence
from web.rendering import both, page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
_SEE_OTHER, _UNPROCESSABLE, _CONFLICT = 303, 422, 409
_PEOPLE, _TRIES = 20, 15


class AddressMissing(BadInput):
    """Write the address to which the test message goes."""


class NameTaken(BadInput):
    """There is a channel {name} already. Open it in the list to change it, or choose another name."""


@router.get("/admin/channels", name="channels")
async def channels(request: Request, signed: Administering) -> Response:
    """The ways out; their secrets are not shown."""
    rows, whole = await run_in_threadpool(_rows, request.app.state.wiring, signed.account)
    return page(request, "admin/channels.html", channels=rows, whole=whole, kinds=_kinds(), refusals=[])


@router.get("/admin/channels/new", name="new_channel")
async def new_channel(
    request: Request, signed: Administering, kind: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The form for a kind of channel."""
    return await _form(request, signed, _kind(kind), {})


@router.post("/admin/channels/new", name="add_channel")
async def add_channel(request: Request, signed: Administering) -> Response:
    """On record, and enabled; nothing was sent yet."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    kind = _kind(said(form, "kind"))
    try:
        name = await run_in_threadpool(_recorded, wiring, signed.account, kind, form)
    except HandoverError as refusal:
        kept = {"refusals": [_sentence(refusal, kind)], "typed": kept_of(form)}
        return await _form(request, signed, kind, kept, _status(refusal))
    return RedirectResponse(f"/admin/channels/{name}?done=added", _SEE_OTHER)


@router.get("/admin/channels/{channel}", name="channel")
async def channel_page(
    request: Request, channel: str, signed: Administering, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One channel: where it goes, who is told by it, its last tries, and what may be done."""
    return await _one(request, signed, channel, {"done": done})


@router.post("/admin/channels/{channel}/change", name="change_channel")
async def change_channel(request: Request, channel: str, signed: Administering) -> Response:
    """What is left empty of secrets and addresses stays as it is."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    try:
        await run_in_threadpool(_changed, wiring, signed.account, channel, form)
    except HandoverError as refusal:
        kept = {"refusals": [_sentence(refusal, None)], "refused_act": "change", "typed": kept_of(form)}
        return await _one(request, signed, channel, kept, _status(refusal))
    return RedirectResponse(f"/admin/channels/{channel}?done=changed", _SEE_OTHER)


@router.post("/admin/channels/{channel}/switch", name="switch_channel")
async def switch(request: Request, channel: str, signed: Administering) -> Response:
    """Off, or on again."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    enabled = said(form, "enabled") == "yes"
    try:
        await run_in_threadpool(_switched, wiring, signed.account, channel, enabled)
    except HandoverError as refusal:
        return await _one(request, signed, channel, {"refusals": [page_sentence(refusal)]}, _status(refusal))
    return RedirectResponse(f"/admin/channels/{channel}?done={'enabled' if enabled else 'disabled'}", _SEE_OTHER)


@router.post("/admin/channels/{channel}/test", name="test_channel")
async def test_channel(request: Request, channel: str, signed: Administering) -> Response:
    """A test message now, and what the other side says."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    to = said(form, "to")
    try:
        tried = await run_in_threadpool(_tried, wiring, signed.account, channel, to)
    except HandoverError as refusal:
        kept = {"refusals": [page_sentence(refusal)], "to": to}
        return await _one(request, signed, channel, kept, _status(refusal))
    return await _one(request, signed, channel, {"tried": tried, "to": to})


def _status(refusal: HandoverError) -> int:
    return _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT


def _sentence(refusal: HandoverError, kind: Kind | None) -> str:
    return missing_sentence(refusal, kind) or page_sentence(refusal)


def _kind(text: str) -> Kind:
    try:
        return Kind(text or Kind.EMAIL)
    except ValueError as error:
        raise HTTPException(404) from error


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, both(KINDS[kind.value])) for kind in FORMS]


async def _form(request: Request, signed: Signed, kind: Kind, kept: dict[str, Any], status: int = 200) -> Response:
    wiring = request.app.state.wiring
    whole = await run_in_threadpool(_whole, wiring, signed.account)
    shown = {"refusals": [], "typed": {}} | kept
    title, fields = both(KINDS[kind.value]), FORMS[kind]
    facts = {"kind": kind.value, "title": title, "fields": fields, "whole": whole, "kinds": _kinds()}
    return page(request, "admin/new_channel.html", status, **facts, services=services(wiring.settings), **shown)


async def _one(request: Request, signed: Signed, channel: str, kept: dict[str, Any], status: int = 200) -> Response:
    facts = await run_in_threadpool(_facts, request.app.state.wiring, signed.account, channel)
    nothing = {"refusals": [], "refused_act": "", "tried": None, "to": "", "done": "", "typed": facts["held"]}
    return page(request, "admin/channel.html", status, **facts, **nothing | kept)


def _whole(wiring: Wiring, account: str) -> bool:
    with begin_read(wiring.engine) as connection:
        return administers(connection, account, EVERYWHERE, wiring.today())


def _rows(wiring: Wiring, account: str) -> tuple[list[Any], bool]:
    with begin_read(wiring.engine) as connection:
        rows = channels_on_record(connection)
        whole = administers(connection, account, EVERYWHERE, wiring.today())
    return [(one, _kind_word(one)) for one in rows], whole


def _kind_word(one: ChannelOnRecord) -> str:
    return both(KINDS[one.kind]) if one.kind in KINDS else one.kind


def _facts(wiring: Wiring, account: str, name: str) -> dict[str, Any]:
    """Of a channel that is there, for somebody who administers all; to others it is not there."""
    with begin_read(wiring.engine) as connection:
        row = next((one for one in channels_on_record(connection) if one.id == name), None)
        if row is None or not administers(connection, account, EVERYWHERE, wiring.today()):
            raise HTTPException(404)
        use = channel_use(connection, name, wiring.today())
        names = names_of(connection, use.first[:_PEOPLE])
        tries = [_try(one) for one in last_tries(connection, name, _TRIES)]
    place, held, unread = _place(wiring, row)
    return {
        "channel": row,
        "kind": _kind_word(row),
        "fields": FORMS[Kind(row.kind)] if row.kind in KINDS else (),
        "place": place,
        "held": held,
        "unread": unread,
        "first": [(one, names.get(one, "")) for one in use.first[:_PEOPLE]],
        "first_more": max(0, len(use.first) - _PEOPLE),
        "later": len(use.later),
        "tries": tries,
        "services": services(wiring.settings),
    }


def _place(wiring: Wiring, row: ChannelOnRecord) -> tuple[list[tuple[str, str]], dict[str, str], str]:
    """Where it goes in words, what stands in the form's fields, and why it cannot be opened, if so."""
    try:
        channel = opened(row, sealing_keys(wiring.settings))
    except HandoverError as refusal:
        return [], {"title": row.title}, page_sentence(refusal)
    return shown_place(channel), held_fields(channel), ""


def _try(one: Any) -> dict[str, Any]:
    return {
        "at": one.began_at,
        "who": one.recipient,
        "address": masked_address(one.address) if one.address else "",
        "outcome": outcome_word(one.outcome),
        "sent": one.outcome == State.SENT,
        "words": one.words,
    }


def _recorded(wiring: Wiring, by: str, kind: Kind, form: FormData) -> str:
    name = said(form, "name")
    given = channel_in(form, kind, new=True)
    with wiring.unit_of_work() as uow:
        demand_everything(uow.connection, by, wiring.today())
        if _known(uow.connection, name):
            raise NameTaken(name=name)
        record_channel(uow, name, given, wiring.settings, by)
    return name


def _known(connection: Connection, name: str) -> bool:
    return any(one.id == name for one in channels_on_record(connection))


def _changed(wiring: Wiring, by: str, name: str, form: FormData) -> None:
    with wiring.unit_of_work() as uow:
        demand_everything(uow.connection, by, wiring.today())
        row = channel_named(uow.connection, name)
        record_channel(uow, name, channel_in(form, Kind(row.kind), new=False), wiring.settings, by)


def _switched(wiring: Wiring, by: str, name: str, enabled: bool) -> None:
    with wiring.unit_of_work() as uow:
        demand_everything(uow.connection, by, wiring.today())
        switch_channel(uow, name, enabled, by)


def _tried(wiring: Wiring, by: str, name: str, to: str) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        demand_everything(connection, by, wiring.today())
        row = channel_named(connection, name)
    if not to:
        raise AddressMissing()
    outcome = try_out(wiring, row, Address(to), language_in_force(), by)
    answer = " ".join(str(part) for part in (outcome.code, outcome.words) if part)
    seconds = f"{outcome.took:.1f}".replace(".", "," if language_in_force() == "vi" else ".")
    return {"sent": outcome.state is State.SENT, "reason": render(outcome.reason), "answer": answer, "took": seconds}
