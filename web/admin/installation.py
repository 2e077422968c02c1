"""`/admin`, and the health of the installation, which takes an administrator of the whole country."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bangiao.doctor import areas, examine, sound
from bangiao.formats import number
from bangiao.health.checks import Area, Examined, Look
from bangiao.i18n import _, render
from bangiao.watching import look
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.messages import Message
from checklists.people import EVERYWHERE
from db.administered import administers
from db.session import begin_read
from web.guard import Allow, Signed
from web.rendering import page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
_FINDINGS = 20


@router.get("/admin", name="admin")
async def admin(request: Request, _signed: Administering) -> Response:
    """Where to go."""
    return page(request, "admin/start.html")


@router.get("/admin/health", name="health")
async def health(
    request: Request, signed: Administering, examined: Annotated[bool, Query(alias="examine")] = False
) -> Response:
    """What the watch sees; when asked, what the doctor finds."""
    facts = await run_in_threadpool(_health, request.app.state.wiring, signed.account, examined)
    return page(request, "admin/health.html", **facts)


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
