"""`/admin/health`: what stands still, which parts live, what waits, how much room there is; and the examination of
`bangiao doctor`, on demand. It tells of the whole installation, so it takes an administrator of the whole country.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bangiao.doctor import areas, sound
from bangiao.formats import number
from bangiao.health.checks import Area, Examined
from bangiao.i18n import _, language_in_force, render
from bangiao.vital_signs import VitalSigns, vital_signs
from bangiao.watching import Look, look
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.messages import Message
from checklists.people import EVERYWHERE
from db.administered import administers
from db.session import begin_read
from web.admin.examination import Examination, examinations
from web.admin.rights import OfTheWholeInstallation
from web.committee.board import recent
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
_SEE_OTHER, _CONFLICT = 303, 409
_FINDINGS = 20


@router.get("/admin/health", name="health_page")
async def health(request: Request, signed: Administering) -> Response:
    """What the watch sees and one glance at everything; the last examination, if there was one."""
    return await _page(request, signed)


@router.get("/admin/health/progress", name="examination_progress")
async def progress(request: Request, signed: Administering) -> Response:
    """The part of the page that tells of the examination."""
    whole = await run_in_threadpool(_whole, request.app.state.wiring, signed.account)
    examined = _examined(examinations(request).last) if whole else None
    return page(request, "admin/examination.html", examined=examined)


@router.post("/admin/health/examine", name="examine")
async def examine(request: Request, signed: Administering) -> Response:
    """Begin an examination, unless one runs."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    if not await run_in_threadpool(_whole, wiring, signed.account):
        return await _page(request, signed, [page_sentence(OfTheWholeInstallation())], _CONFLICT)
    examinations(request).order(wiring, signed.account, deep=said(form, "deep") == "yes")
    return RedirectResponse("/admin/health#examination", _SEE_OTHER)


def _whole(wiring: Wiring, account: str) -> bool:
    with begin_read(wiring.engine) as connection:
        return administers(connection, account, EVERYWHERE, wiring.today())


async def _page(request: Request, signed: Signed, refusals: list[str] | None = None, status: int = 200) -> Response:
    wiring = request.app.state.wiring
    told: dict[str, Any] = {"refusals": refusals or [], "whole": False, "signs": None, "looked": [], "examined": None}
    if await run_in_threadpool(_whole, wiring, signed.account):
        kept = await run_in_threadpool(recent(request).answer, ("health",), lambda: (look(wiring), vital_signs(wiring)))
        looked, signs = kept.value
        told |= {"whole": True, "looked": _standing(looked), "signs": _signs(signs)}
        told |= {"examined": _examined(examinations(request).last)}
    return page(request, "admin/health.html", status, **told)


def _standing(looked: Look) -> list[tuple[str, str, Any, bool]]:
    return [(shown(one.what), shown(one.todo), one.since, one.grave) for one in looked.found]


def _signs(signs: VitalSigns) -> dict[str, Any]:
    waits = signs.queues
    return {
        "at": signs.at,
        "pulses": signs.pulses,
        "queues": [
            (_("events that are not passed on yet"), waits.events),
            (_("events that have no place in the audit log yet"), waits.unsequenced),
            (_("notices that are in no message yet"), waits.notices),
            (_("messages that have not left yet"), waits.messages),
            (_("messages that could not be sent"), waits.dead),
        ],
        "dead": waits.dead,
        "reviewed_at": signs.reviewed_at,
        "checkpoint": signs.checkpoint,
        "rooms": [(one.what, _gigabytes(one.free), _gigabytes(one.whole)) for one in signs.rooms],
        "versions": signs.versions,
    }


def _gigabytes(amount: float) -> str:
    text = f"{amount:.1f}" if amount < 100 else f"{amount:.0f}"
    return text.replace(".", ",") if language_in_force() == "vi" else text


def _examined(one: Examination | None) -> dict[str, Any] | None:
    if one is None:
        return None
    found = list(one.found)
    return {
        "by": one.by,
        "began_at": one.began_at,
        "ended_at": one.ended_at,
        "broken": one.broken,
        "done": len(found),
        "total": one.total,
        "coming": one.coming,
        "sound": one.ended_at is not None and not one.broken and sound(found),
        "areas": [(_area(area), [_line(each) for each in inside]) for area, inside in areas(found)],
    }


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
        "more": max(0, verdict.total - _FINDINGS) if verdict else 0,
        "findings": [(shown(f.what), shown(f.todo)) for f in verdict.findings[:_FINDINGS]] if verdict else [],
    }


def shown(message: Message) -> str:
    """The sentence, with numbers in groups of digits."""
    values = {name: number(value) if type(value) is int else value for name, value in message.values.items()}
    return render(Message(message.msgid, values))
