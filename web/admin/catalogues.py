"""`/admin/calendar`, `/admin/templates`: what deadlines are counted with, what checklists are made of, and what a table
of days or a template would do before anybody puts it in force.

Nothing is written here: a calendar comes with the installation and is applied to a decision by two people; a template
is published by the operator.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.documents import Limits
from bangiao.i18n import _
from bangiao.template_files import fit_to_publish
from bangiao.wiring import Wiring
from bangiao.words import word
from checklists.access import Action
from checklists.templates import ChecklistTemplate, StepTemplate
from db.models import TemplateRow
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
