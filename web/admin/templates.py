"""`/admin/templates`: published versions, their steps and text, how two versions differ; a new version as a draft in a
form: every mistake at its line, then what it would change, then published by who has read that.

The rules are those of `bangiao templates lint` and `publish` (`bangiao.publishing`). A draft is kept in the form alone.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from bangiao.i18n import _
from bangiao.publishing import TemplateMovedOn, fit_for_today, publish_file
from bangiao.template_text import as_text
from bangiao.template_words import rule_words, side_words
from bangiao.wiring import Wiring
from bangiao.words import word
from checklists.access import Action
from checklists.errors import BadInput, HandoverError
from checklists.people import EVERYWHERE
from checklists.templates import ChecklistTemplate, StepTemplate
from db.administered import administers
from db.session import begin_read
from db.template_use import drafts_waiting, published_versions, running_decisions, version_content
from db.templates import VersionTaken, current_hashes
from web.admin.refused import NoFileChosen, OfUploads, as_files
from web.admin.rights import demand_everything
from web.admin.template_drafts import Draft, as_uploads, compared, draft_in, next_version
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said
from web.refusals import page_sentence
from web.rendering import both, page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
Version = Annotated[str, Query(max_length=40)]
_SEE_OTHER, _UNPROCESSABLE, _CONFLICT = 303, 422, 409
_DECISIONS = 20


@router.get("/admin/templates", name="templates")
async def templates(request: Request, _signed: Administering) -> Response:
    """The versions that decisions are planned with."""
    rows = await run_in_threadpool(_current, request.app.state.wiring)
    return page(request, "admin/templates.html", templates=rows)


@router.get("/admin/templates/draft", name="template_draft")
async def draft(request: Request, _signed: Administering, template: Version = "", version: Version = "") -> Response:
    """Where a new version is written: from a file, or beginning with a published one."""
    text = await run_in_threadpool(_begun, request.app.state.wiring, template, version)
    return page(request, "admin/template_draft.html", text=text, refusals=[], more=0)


@router.post("/admin/templates/draft", name="check_draft")
async def check(request: Request, signed: Administering) -> Response:
    """Every mistake with its line, or what the version would change; nothing is published."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    given = await run_in_threadpool(draft_in, form)
    try:
        facts = await run_in_threadpool(_checked, wiring, signed.account, given)
    except (NoFileChosen, OfUploads) as refused:
        return _refused(request, given, refused)
    return page(request, "admin/template_preview.html", **facts, text=given.text, refusals=[])


@router.post("/admin/templates/publish", name="publish_template")
async def publish(request: Request, signed: Administering) -> Response:
    """Exactly the text that was compared, if nobody published another version meanwhile."""
    form, wiring = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS), request.app.state.wiring
    given = await run_in_threadpool(draft_in, form)
    try:
        template = await run_in_threadpool(_published, wiring, signed.account, given, form)
    except (NoFileChosen, OfUploads) as refused:
        return _refused(request, given, refused)
    except (TemplateMovedOn, VersionTaken) as stale:
        facts = await run_in_threadpool(_checked, wiring, signed.account, given)
        told = {"refusals": [page_sentence(stale)], "text": given.text}
        return page(request, "admin/template_preview.html", _CONFLICT, **facts, **told)
    except HandoverError as refusal:
        return _sent_back(request, given.text, [page_sentence(refusal)], refusal)
    return RedirectResponse(f"/admin/templates/{template}?done=published", _SEE_OTHER)


@router.get("/admin/templates/{template}", name="template")
async def template_page(
    request: Request,
    template: str,
    _signed: Administering,
    version: Version = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """A version's steps; all its versions, and which of them open checklists have."""
    facts = await run_in_threadpool(_one, request.app.state.wiring, template, version)
    return page(request, "admin/template.html", **facts, done=done)


@router.get("/admin/templates/{template}/text", name="template_text")
async def template_text(request: Request, template: str, _signed: Administering, version: Version = "") -> Response:
    """A version as the text of a file."""
    one = await run_in_threadpool(_version, request.app.state.wiring, template, version)
    return page(request, "admin/template_text.html", one=_summary(one), text=as_text(one))


@router.get("/admin/templates/{template}/difference", name="template_difference")
async def difference(
    request: Request, template: str, _signed: Administering, old: Version = "", new: Version = ""
) -> Response:
    """Step by step, what two versions say otherwise."""
    facts = await run_in_threadpool(_difference, request.app.state.wiring, template, old, new)
    return page(request, "admin/template_difference.html", **facts)


def _refused(request: Request, given: Draft, refused: NoFileChosen | OfUploads) -> Response:
    if isinstance(refused, OfUploads):
        return _sent_back(request, given.text, refused.sentences, None, refused.more)
    return _sent_back(request, given.text, [_("Choose a file, or write the text of the template.")], refused)


def _sent_back(request: Request, text: str, told: list[str], refusal: HandoverError | None, more: int = 0) -> Response:
    status = _UNPROCESSABLE if refusal is None or isinstance(refusal, BadInput) else _CONFLICT
    return page(request, "admin/template_draft.html", status, text=text, refusals=told, more=more)


def _current(wiring: Wiring) -> list[dict[str, Any]]:
    with begin_read(wiring.engine) as connection:
        return [_summary(one) for one in wiring.planning(connection).templates]


def _begun(wiring: Wiring, template: str, version: str) -> str:
    """The text of that version under the next free number; "" for an empty form."""
    if not template:
        return ""
    with begin_read(wiring.engine) as connection:
        one = _read(connection, template, version)
        taken = [row.version for row in published_versions(connection, template)]
    return as_text(one.model_copy(update={"version": next_version(taken, wiring.today().year)}))


def _version(wiring: Wiring, template: str, version: str) -> ChecklistTemplate:
    with begin_read(wiring.engine) as connection:
        return _read(connection, template, version)


def _read(connection: Connection, template: str, version: str) -> ChecklistTemplate:
    """The named version, or the current one; 404 for one that is not published."""
    wanted = version or next((row.version for row in published_versions(connection, template)), "")
    content = version_content(connection, template, wanted)
    if content is None:
        raise HTTPException(404)
    return ChecklistTemplate.model_validate_json(content)


def _one(wiring: Wiring, template: str, version: str) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        one = _read(connection, template, version)
        versions = published_versions(connection, template)
    current = next(row.version for row in versions if row.current)
    steps = [_step(step) for step in one.steps]
    return {"one": _summary(one), "steps": steps, "versions": versions, "current": current}


def _difference(wiring: Wiring, template: str, old: str, new: str) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        versions = published_versions(connection, template)
        after = _read(connection, template, new)
        before = _read(connection, template, old or _before(versions, after.version))
    names = [row.version for row in versions]
    return {"one": _summary(after), "before": before.version, "versions": names, "found": compared(before, after)}


def _before(versions: list[Any], version: str) -> str:
    """The version that was published before this one; itself for the first."""
    names = [row.version for row in versions]
    return str(names[min(names.index(version) + 1, len(names) - 1)])


def _checked(wiring: Wiring, account: str, given: Draft) -> dict[str, Any]:
    """The draft against what is published, and what is open with it. Raises NoFileChosen, OfUploads."""
    with begin_read(wiring.engine) as connection:
        with as_files(as_uploads(given)) as paths:
            one = fit_for_today(wiring, connection, paths[0])
        current = current_hashes(connection).get(one.template, "")
        held = version_content(connection, one.template, one.version)
        running = running_decisions(connection, one.template)
        before = _read(connection, one.template, "") if current else None
        whole = administers(connection, account, EVERYWHERE, wiring.today())
        waiting = drafts_waiting(connection) if whole else []
    known = ChecklistTemplate.model_validate_json(held).content_hash if held else ""
    return {
        "one": _summary(one),
        "before": before.version if before else "",
        "found": compared(before, one) if before else None,
        "current": current,
        "same": current == one.content_hash,
        "taken": bool(known) and known != one.content_hash,
        "running": running[:_DECISIONS] if whole else [],
        "more_running": max(0, len(running) - _DECISIONS),
        "open_checklists": sum(row.checklists for row in running),
        "waiting": waiting[:_DECISIONS],
        "whole": whole,
    }


def _published(wiring: Wiring, account: str, given: Draft, form: FormData) -> str:
    with begin_read(wiring.engine) as connection:
        demand_everything(connection, account, wiring.today())
    try:
        with as_files(as_uploads(given)) as paths:
            done = publish_file(wiring, paths[0], by=account, instead_of=said(form, "current"))
    except OfUploads as refused:
        if isinstance(refused.__cause__, TemplateMovedOn | VersionTaken):
            raise refused.__cause__ from refused
        raise
    return done.template.template


def _summary(one: ChecklistTemplate) -> dict[str, Any]:
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
        "side": side_words(one),
        "deadline": rule_words(one.deadline),
        "evidence": both(one.evidence.what),
        "verify": one.verify,
        "basis": one.basis,
    }
