"""How I want to be told: ways in order, when messages may leave, quiet hours. The same as `bangiao notify prefer`.

What somebody has on record and the form does not show (a weekday's own windows, a fifth way) stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from bangiao.delivery_orders import KINDS, wish
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.errors import HandoverError
from checklists.escalation.preferences import OFFICE_HOURS
from db.channels import channels_on_record, preference_texts
from db.session import begin_read
from web.guard import Allow, Signed
from web.refusals import page_sentence
from web.rendering import both, page

router = APIRouter()
_SEE_OTHER, _UNPROCESSABLE = 303, 422
Mine = Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]

WAYS = 4
WINDOWS = (("working", 2), ("weekend", 1), ("holiday", 1))
"""Kinds of days, and how many windows of each the form has room for."""

_USUAL_WAYS = [["email", ""], ["sms", ""]]
_USUAL_WINDOWS = {"working": [[f"{one.opens:%H:%M}", f"{one.closes:%H:%M}"] for one in OFFICE_HOURS]}


@dataclass(frozen=True, slots=True)
class Wishes:
    """As a form holds them: ways with their address, windows by kind of day, quiet hours; all as text."""

    ways: list[list[str]]
    windows: dict[str, list[list[str]]]
    quiet: list[str]


@router.get("/account/notices", name="wishes_page")
async def wishes_page(request: Request, signed: Mine) -> Response:
    """What is on record, or what everybody has."""
    wiring = request.app.state.wiring
    shown = await run_in_threadpool(_read, wiring, signed.account)
    return page(request, "account/wishes.html", refusal="", **shown)


@router.post("/account/notices", name="keep_wishes")
async def keep_wishes(request: Request, signed: Mine) -> Response:
    """On record; or the form again, as it was filled in."""
    typed = typed_wishes(dict((await request.form()).items()))
    try:
        await run_in_threadpool(_write, request.app.state.wiring, signed.account, typed)
    except HandoverError as refused:
        shown = await run_in_threadpool(_read, request.app.state.wiring, signed.account)
        again = shown | {"wishes": typed, "refusal": page_sentence(refused)}
        return page(request, "account/wishes.html", _UNPROCESSABLE, **again)
    return RedirectResponse("/account?done=notices", _SEE_OTHER)


def typed_wishes(form: Mapping[str, Any]) -> Wishes:
    """What stands in the fields; an empty pair of hours is no window."""

    def field(name: str) -> str:
        return str(form.get(name, "")).strip()

    ways = [[field(f"way-{one}"), field(f"address-{one}")] for one in range(WAYS) if field(f"way-{one}")]
    windows = {
        kind: [
            [field(f"{kind}-{one}-opens"), field(f"{kind}-{one}-closes")]
            for one in range(most)
            if field(f"{kind}-{one}-opens") or field(f"{kind}-{one}-closes")
        ]
        for kind, most in WINDOWS
    }
    quiet = [field("quiet-starts"), field("quiet-ends")]
    return Wishes(ways, {kind: said for kind, said in windows.items() if said}, quiet if any(quiet) else [])


def _write(wiring: Wiring, account: str, typed: Wishes) -> None:
    with wiring.unit_of_work() as uow:
        before = _on_record(uow.connection, account)
        unseen = {kind: said[_room(kind) :] for kind, said in before.windows.items()}
        windows = [
            f"{kind}={opens}-{closes}"
            for said in (typed.windows, unseen)
            for kind in said
            for opens, closes in said[kind]
        ]
        ways = [f"{name}={address}" if address else name for name, address in typed.ways + before.ways[WAYS:]]
        wish(uow, account, ways, windows, "-".join(typed.quiet) or None, account)


def _room(kind: str) -> int:
    return dict(WINDOWS).get(kind, 0)


def _read(wiring: Wiring, account: str) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        wishes, channels = _on_record(connection, account), channels_on_record(connection)
    kinds = [kind for kind in KINDS if any(one.enabled and one.kind == kind for one in channels)]
    choices = [(kind, both(KINDS[kind])) for kind in kinds]
    choices += [(one.id, one.title or one.id) for one in channels if one.enabled and one.id not in KINDS]
    known = {name for name, _words in choices}
    choices += [(name, name) for name, _address in wishes.ways if name not in known and name not in KINDS]
    choices += [(name, both(KINDS[name])) for name, _address in wishes.ways if name not in known and name in KINDS]
    return {"wishes": wishes, "choices": choices, "places": WAYS, "kinds": WINDOWS, "working": bool(kinds)}


def _on_record(connection: Connection, account: str) -> Wishes:
    texts = preference_texts(connection, account)
    if texts is None:
        return Wishes(_USUAL_WAYS, _USUAL_WINDOWS, [])
    ways, windows = json.loads(texts[0]), json.loads(texts[1])
    quiet = list(windows.pop("quiet", None) or [])
    return Wishes([list(one) for one in ways], windows or _USUAL_WINDOWS, quiet)
