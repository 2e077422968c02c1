"""`/admin/calendar`: the days of a year, and days that a decree changes: what would move is shown first, then exactly
that is published; decisions that are open take it over one by one, by two people.

The rules are those of `bangiao calendar override` (`bangiao.calendar_orders`).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao import revisions
from bangiao.calendar_in_force import calendar_on
from bangiao.calendar_orders import CalendarPreview, preview_overrides, publish_overrides
from bangiao.i18n import _, language_in_force, render
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.calendar_overrides import CalendarMovedOn, CalendarOrder
from checklists.calendar_words import day_label, weekday_name
from checklists.change_handlers import ChangeResult
from checklists.errors import BadInput, HandoverError, Refused
from checklists.people import EVERYWHERE
from checklists.working_calendar import CalendarDay
from db.administered import administers
from db.calendar_waiting import waiting_decisions
from db.calendars import recorded_days
from db.session import begin_read
from web.admin.calendar_forms import DAYS, day_order, file_order, kinds, order_of, packed, typed_in
from web.admin.refused import OfUploads
from web.admin.rights import demand_everything
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said
from web.refusals import page_sentence
from web.rendering import both, page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
_SEE_OTHER, _UNPROCESSABLE, _CONFLICT = 303, 422, 409
_FIRST, _LAST = 1900, 2200
_ROWS, _PLACES = 20, 10


@router.get("/admin/calendar", name="calendar")
async def calendar(
    request: Request,
    signed: Administering,
    year: Annotated[int | None, Query(ge=_FIRST, le=_LAST)] = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Days off and make-up working days of a year, and what was changed after the release."""
    return await _calendar(request, signed, {"done": done}, year=year)


@router.post("/admin/calendar", name="preview_calendar")
async def preview(request: Request, signed: Administering) -> Response:
    """What a day, or a table of days, would change; nothing is written."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    try:
        seen, whole = await run_in_threadpool(_previewed, wiring, signed.account, form)
    except (HandoverError, OfUploads) as refused:
        told = {"refusals": _sentences(refused), "refused_act": said(form, "what"), "typed": typed_in(form)}
        return await _calendar(request, signed, told, _refused_status(refused))
    facts = await run_in_threadpool(_shown, seen, wiring)
    return page(request, "admin/calendar_preview.html", **facts, whole=whole, refusals=[])


@router.post("/admin/calendar/publish", name="publish_calendar")
async def publish(request: Request, signed: Administering) -> Response:
    """Exactly what was shown, or nothing and the new preview."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    try:
        order = order_of(said(form, "order"))
        await run_in_threadpool(_published, wiring, signed.account, order, said(form, "seen"))
    except CalendarMovedOn as stale:
        return await _anew(request, wiring, order, stale)
    except HandoverError as refusal:
        return await _calendar(request, signed, {"refusals": _sentences(refusal)}, _refused_status(refusal))
    return RedirectResponse("/admin/calendar/decisions?done=published", _SEE_OTHER)


@router.get("/admin/calendar/decisions", name="calendar_decisions")
async def decisions(
    request: Request, signed: Administering, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Decisions that are still counted with another calendar, and how many of their steps it would move."""
    return await _decisions(request, signed, {"done": done})


@router.post("/admin/calendar/decisions", name="draft_calendar")
async def draft(request: Request, signed: Administering) -> Response:
    """Draft the calendar in force for a decision; a second person carries it out on the decision's page."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    number, reason = said(form, "decision"), said(form, "reason")
    try:
        result = await run_in_threadpool(_drafted, wiring, signed.account, number, reason)
    except HandoverError as refusal:
        kept = {"refusals": _sentences(refusal), "tried": number, "reason": reason}
        return await _decisions(request, signed, kept, _refused_status(refusal))
    return RedirectResponse(f"/admin/calendar/decisions?done={result.value}", _SEE_OTHER)


def _refused_status(refused: HandoverError | OfUploads) -> int:
    return _UNPROCESSABLE if isinstance(refused, BadInput | OfUploads) else _CONFLICT


def _sentences(refused: HandoverError | OfUploads) -> list[str]:
    if isinstance(refused, OfUploads):
        return refused.sentences
    mistakes = refused.mistakes if isinstance(refused, Refused) else (refused,)
    return [page_sentence(one) for one in mistakes[:_ROWS]]


async def _calendar(
    request: Request, signed: Signed, told: dict[str, Any], status: int = 200, year: int | None = None
) -> Response:
    facts = await run_in_threadpool(_year, request.app.state.wiring, signed.account, year)
    nothing = {"refusals": [], "refused_act": "", "typed": {name: {} for name in DAYS}, "done": ""}
    return page(request, "admin/calendar.html", status, **facts, **nothing | told, kinds=kinds())


def _year(wiring: Wiring, account: str, asked: int | None) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        known, recorded = calendar_on(connection), recorded_days(connection)
        whole = administers(connection, account, EVERYWHERE, wiring.today())
    year = min(max(asked or wiring.today().year, known.first_year), known.last_year)
    changed = {one.override.on for one in recorded}
    return {
        "year": year,
        "years": range(known.first_year, known.last_year + 1),
        "days": [_day(one) | {"changed": one.on in changed} for one in known.days if one.on.year == year],
        "overrides": [_day(known.status_of(one.override.on)) | {"record": one} for one in recorded],
        "provisional": year in known.provisional_years,
        "version": known.version,
        "whole": whole,
    }


def _day(one: CalendarDay) -> dict[str, Any]:
    label, weekday = render(day_label(one)), render(weekday_name(one))
    return {"on": one.on, "weekday": weekday, "label": label, "basis": one.basis, "announced": one.announced}


def _previewed(wiring: Wiring, account: str, form: FormData) -> tuple[CalendarPreview, bool]:
    """Days for everybody who administers; due dates for whoever administers the whole country. Raises NoFileChosen,
    OfUploads, Refused."""
    order = file_order(wiring, form) if said(form, "what") == "file" else day_order(form)
    with begin_read(wiring.engine) as connection:
        whole = administers(connection, account, EVERYWHERE, wiring.today())
    return preview_overrides(wiring, order), whole


def _published(wiring: Wiring, account: str, order: CalendarOrder, seen: str) -> None:
    with begin_read(wiring.engine) as connection:
        demand_everything(connection, account, wiring.today())
    publish_overrides(wiring, order, by=account, seen=seen)


async def _anew(request: Request, wiring: Wiring, order: CalendarOrder, stale: CalendarMovedOn) -> Response:
    seen = await run_in_threadpool(preview_overrides, wiring, order)
    facts = await run_in_threadpool(_shown, seen, wiring)
    told = {"whole": True, "refusals": [page_sentence(stale)]}
    return page(request, "admin/calendar_preview.html", _CONFLICT, **facts, **told)


def _titles(wiring: Wiring) -> dict[str, str]:
    """Step key → what the versions in force call it."""
    with begin_read(wiring.engine) as connection:
        templates = wiring.planning(connection).templates
    return {step.key: both(step.title) for template in templates for step in template.steps}


def _shown(seen: CalendarPreview, wiring: Wiring) -> dict[str, Any]:
    effect, spoken = seen.effect, language_in_force()
    titles = _titles(wiring)
    levels = [(one, str(getattr(one.title, spoken))) for one in effect.levels]
    return {
        "days": [(then.on, render(day_label(before)), render(day_label(then))) for before, then in seen.days[:_ROWS]],
        "more_days": max(0, len(seen.days) - _ROWS),
        "nothing": seen.nothing,
        "order": packed(seen.order),
        "reason": seen.order.reason,
        "bases": seen.order.bases,
        "hash": seen.hash,
        "effect": effect,
        "dates": [(one, titles.get(one.key, "")) for one in effect.dates[:_ROWS]],
        "more_dates": max(0, len(effect.dates) - _ROWS),
        "levels": levels[:_ROWS],
        "more_levels": max(0, len(levels) - _ROWS),
        "provinces": effect.provinces[:_PLACES],
        "more_provinces": max(0, len(effect.provinces) - _PLACES),
        "units": effect.units[:_PLACES],
        "more_units": max(0, len(effect.units) - _PLACES),
    }


async def _decisions(request: Request, signed: Signed, told: dict[str, Any], status: int = 200) -> Response:
    facts = await run_in_threadpool(_waiting, request.app.state.wiring, signed.account)
    nothing = {"refusals": [], "tried": "", "reason": "", "done": ""}
    return page(request, "admin/calendar_decisions.html", status, **facts, **nothing | told)


def _waiting(wiring: Wiring, account: str) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        known = calendar_on(connection)
        whole = administers(connection, account, EVERYWHERE, wiring.today())
        found = waiting_decisions(connection, known) if whole else []
        bases = dict.fromkeys(one.override.basis for one in recorded_days(connection) if one.override.basis)
    usual = _("The working calendar was changed by {basis}").format(basis="; ".join(bases)) if bases else ""
    return {"waiting": found, "whole": whole, "version": known.version, "usual": usual}


def _drafted(wiring: Wiring, account: str, number: str, reason: str) -> ChangeResult:
    with begin_read(wiring.engine) as connection:
        demand_everything(connection, account, wiring.today())
    wanted = revisions.calendar_change(wiring, number)
    return revisions.draft(wiring, wanted, reason=reason, by=account).result
