"""`/admin/calendar`, `/admin/templates`: what deadlines are counted with, what checklists are made of, and what a table
of days or a template would do before anybody puts it in force.

Nothing is written here: a calendar comes with the installation and is applied to a decision by two people; a template
is published by the operator.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.calendar_files import CalendarLine, calendar_of, merged, read_lines, vietnam_calendar
from bangiao.documents import Limits, read_text
from bangiao.i18n import _, render
from bangiao.template_files import fit_to_publish
from bangiao.wiring import Wiring
from bangiao.words import word
from checklists.access import Action
from checklists.calendar_words import day_label, weekday_name
from checklists.people import EVERYWHERE
from checklists.templates import ChecklistTemplate, StepTemplate
from checklists.working_calendar import CalendarDay, WorkingCalendar
from db.administered import administers
from db.models import TemplateRow
from db.revision_calendar import calendar_moves
from db.session import begin_read
from web.admin.refused import NoFileChosen, OfUploads, as_files
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import uploads_of
from web.refusals import page_sentence
from web.rendering import both, page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
_UNPROCESSABLE = 422
_FIRST, _LAST = 1900, 2200


@router.get("/admin/calendar", name="calendar")
async def calendar(
    request: Request, signed: Administering, year: Annotated[int | None, Query(ge=_FIRST, le=_LAST)] = None
) -> Response:
    """Days off and make-up working days of a year."""
    facts = await run_in_threadpool(_year, request.app.state.wiring, signed.account, year)
    return page(request, "admin/calendar.html", **facts, **_nothing())


@router.post("/admin/calendar", name="preview_calendar")
async def preview_calendar(request: Request, signed: Administering) -> Response:
    """What a table of days would change in the calendar, and which due dates would move."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    facts = await run_in_threadpool(_year, wiring, signed.account, None)
    told, status = _nothing(), 200
    try:
        told |= {"seen": await run_in_threadpool(_previewed, wiring, signed.account, form)}
    except (NoFileChosen, OfUploads) as refused:
        told |= _said(refused)
        status = _UNPROCESSABLE
    return page(request, "admin/calendar.html", status, **facts, **told)


@router.get("/admin/templates", name="templates")
async def templates(request: Request, _signed: Administering, name: str = "") -> Response:
    """The versions that decisions are planned with; with a name in the address, its steps."""
    facts = await run_in_threadpool(_templates, request.app.state.wiring, name[:100])
    return page(request, "admin/templates.html", **facts, **_nothing())


@router.post("/admin/templates", name="lint_template")
async def lint_template(request: Request, _signed: Administering) -> Response:
    """Whether a template could be published beside the others; every mistake with its line."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    facts = await run_in_threadpool(_templates, wiring, "")
    told, status = _nothing(), 200
    try:
        told |= {"seen": await run_in_threadpool(_linted, wiring, form)}
    except (NoFileChosen, OfUploads) as refused:
        told |= _said(refused)
        status = _UNPROCESSABLE
    return page(request, "admin/templates.html", status, **facts, **told)


def _nothing() -> dict[str, Any]:
    return {"refusals": [], "more": 0, "seen": None}


def _said(refused: NoFileChosen | OfUploads) -> dict[str, Any]:
    if isinstance(refused, OfUploads):
        return {"refusals": refused.sentences, "more": refused.more}
    return {"refusals": [page_sentence(refused)]}


def _year(wiring: Wiring, account: str, asked: int | None) -> dict[str, Any]:
    known = vietnam_calendar()
    year = min(max(asked or wiring.today().year, known.first_year), known.last_year)
    with begin_read(wiring.engine) as connection:
        whole = administers(connection, account, EVERYWHERE, wiring.today())
    return {
        "year": year,
        "years": range(known.first_year, known.last_year + 1),
        "days": [_day(one) for one in known.days if one.on.year == year],
        "provisional": year in known.provisional_years,
        "version": known.version,
        "whole": whole,
    }


def _day(one: CalendarDay) -> dict[str, Any]:
    label, weekday = render(day_label(one)), render(weekday_name(one))
    return {"on": one.on, "weekday": weekday, "label": label, "basis": one.basis, "announced": one.announced}


def _previewed(wiring: Wiring, account: str, form: FormData) -> dict[str, Any]:
    """Of days, for everybody; of due dates, for whoever administers the whole country."""
    known = vietnam_calendar()
    with as_files(uploads_of(form)[:1]) as paths:
        text = read_text(paths[0], (".csv",), Limits.of(wiring.settings))
        overrides = read_lines(text, str(paths[0]))
        wanted = calendar_of(merged(map(_as_line, known.days), overrides))
    with begin_read(wiring.engine) as connection:
        whole = administers(connection, account, EVERYWHERE, wiring.today())
        moves = calendar_moves(connection, wanted) if whole else []
    return {"changed": _changed(known, wanted), "moves": moves, "steps": sum(one.steps for one in moves)}


def _as_line(one: CalendarDay) -> CalendarLine:
    return CalendarLine(one.on, one.kind.value, one.name, one.basis, "verified" if one.announced else "projected")


def _changed(known: WorkingCalendar, wanted: WorkingCalendar) -> list[dict[str, Any]]:
    """Days that would be another kind of day than they are."""
    before, after = ({one.on: one for one in calendar.days} for calendar in (known, wanted))
    ordinary = _("an ordinary day")
    return [
        {
            "on": on,
            "was": render(day_label(before[on])) if on in before else ordinary,
            "is": render(day_label(after[on])) if on in after else ordinary,
        }
        for on in sorted({*before, *after})
        if before.get(on) != after.get(on)
    ]


def _templates(wiring: Wiring, name: str) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        current = wiring.planning(connection).templates
        query = select(TemplateRow.slug, TemplateRow.version, TemplateRow.published_at, TemplateRow.published_by)
        versions = connection.execute(query.order_by(TemplateRow.slug, TemplateRow.published_at.desc())).all()
    one = next((template for template in current if template.template == name), None)
    return {
        "templates": [_template(template) for template in current],
        "one": _template(one) if one else None,
        "steps": [_step(step) for step in one.steps] if one else [],
        "versions": [row for row in versions if row.slug == name],
    }


def _template(one: ChecklistTemplate) -> dict[str, Any]:
    duties = len({step.duty for step in one.steps})
    return {
        "name": one.template,
        "title": both(one.title),
        "version": one.version,
        "steps": len(one.steps),
        "duties": duties,
        "hash": one.content_hash,
    }


def _step(one: StepTemplate) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": both(one.title),
        "levels": [word(level) for level in one.levels],
        "side": _("both sides") if one.side == "both" else word(one.side),
        "evidence": both(one.evidence.what),
        "verify": one.verify,
        "basis": one.basis,
    }


def _linted(wiring: Wiring, form: FormData) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        published = wiring.planning(connection).templates
    with as_files(uploads_of(form)[:1]) as paths:
        return _template(fit_to_publish(paths[0], published, Limits.of(wiring.settings), day=wiring.today()))
