"""Decisions: list, one in full, a plan before it is drafted, registering by a second person, changes.

A decision's number has slashes in it, so it is the rest of a path; what is asked of it comes last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.change_handlers import ChangeResult
from checklists.errors import BadInput, HandoverError
from checklists.people import PersonRole
from web.committee import decision_orders
from web.committee.board import recent
from web.committee.decision_facts import decision_facts, decisions_seen, progress_facts, questions
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.refusals import sentences
from web.rendering import page

router = APIRouter(prefix="/decisions")

_SEE_OTHER, _UNPROCESSABLE, _CONFLICT = 303, 422, 409

SAMPLE = """number: 01/NQ-HĐND
kind: Nghị quyết
title: {vi: "", en: ""}
issuing_body:
issued: 2025-06-16
effective: 2025-06-16
operational: 2025-07-01
province: new:01
source:
successions:
- [old:00004, new:00004, whole, merged]
"""

Reader = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS))]
ReaderOfOne = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS, About.DECISION))]
Steering = Annotated[Signed, Depends(Allow(Action.STEER))]
SteeringOne = Annotated[Signed, Depends(Allow(Action.STEER, About.DECISION))]


@router.get("", name="decisions")
async def decisions(request: Request, signed: Reader) -> Response:
    """Those that concern my units."""
    lines = await run_in_threadpool(decisions_seen, request.app.state.wiring, signed)
    return page(request, "committee/decisions.html", lines=lines, may_steer=PersonRole.COMMITTEE in signed.anywhere)


@router.get("/new", name="new_decision", dependencies=[Depends(Allow(Action.STEER))])
async def new_decision(request: Request) -> Response:
    """Where a decision is given: a file, or its text."""
    return page(request, "committee/new_decision.html", refusals=[], typed="", sample=SAMPLE)


@router.post("/new", name="preview_decision")
async def preview(request: Request, signed: Steering) -> Response:
    """Its plan; nothing is written."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    name, content, typed = await _given(form)
    wiring: Wiring = request.app.state.wiring
    try:
        seen = await run_in_threadpool(decision_orders.previewed, wiring, signed, name, content)
    except HandoverError as refusal:
        told = sentences(refusal, name)
        status = _status(refusal)
        return page(request, "committee/new_decision.html", status, refusals=told, typed=typed, sample=SAMPLE)
    asked = questions(seen, wiring.today())
    content_seen = seen.decision.canonical_json()
    return page(request, "committee/preview.html", seen=seen, questions=asked, content=content_seen)


@router.post("/draft", name="draft_decision")
async def draft(request: Request, signed: Steering) -> Response:
    """Keep the plan that was shown, for a second person."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    content, plan_hash = _text(form, "content"), _text(form, "plan_hash")
    try:
        outcome = await run_in_threadpool(decision_orders.drafted, request.app.state.wiring, signed, content, plan_hash)
    except HandoverError as refusal:
        told = sentences(refusal)
        status = _status(refusal)
        return page(request, "committee/new_decision.html", status, refusals=told, typed=content, sample=SAMPLE)
    return _to(outcome.summary.number, "drafted")


@router.get("/{decision:path}/progress", name="opening_progress")
async def progress(request: Request, decision: str, signed: ReaderOfOne) -> Response:
    """The part of the page that says how far the opening is."""
    facts = await run_in_threadpool(progress_facts, request.app.state.wiring, signed, decision)
    return page(request, "committee/progress.html", **facts)


@router.post("/{decision:path}/register", name="register_decision")
async def register(request: Request, decision: str, signed: SteeringOne) -> Response:
    """Agree to exactly the drafted plan."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    wiring: Wiring = request.app.state.wiring
    try:
        await run_in_threadpool(decision_orders.registered, wiring, signed, decision, _text(form, "plan_hash"))
    except HandoverError as refusal:
        return await _again(request, signed, decision, refusal)
    return _to(decision, "registered")


Change = Literal["amend", "revoke", "commit", "withdraw"]
_CHANGES: dict[str, Callable[..., Any]] = {
    "amend": decision_orders.amended,
    "revoke": decision_orders.revoked,
    "commit": decision_orders.committed,
    "withdraw": decision_orders.withdrawn,
}


@router.post("/{decision:path}/change/{what}", name="change_decision")
async def change(request: Request, decision: str, what: Change, signed: SteeringOne) -> Response:
    """Draft a change, carry it out, take it back."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    name, content, _typed = await _given(form)
    said = {"name": name, "content": content} | {field: _text(form, field) for field in ("reason", "change_hash")}
    try:
        outcome = await run_in_threadpool(_CHANGES[what], request.app.state.wiring, signed, decision, said)
    except HandoverError as refusal:
        return await _again(request, signed, decision, refusal, said)
    recent(request).forget()
    return _to(decision, outcome.result.value)


@router.get("/{decision:path}", name="decision")
async def one(
    request: Request, decision: str, signed: ReaderOfOne, said: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """A decision in full."""
    facts = await run_in_threadpool(decision_facts, request.app.state.wiring, signed, decision)
    return page(request, "committee/decision.html", **facts | {"said": _said(said)})


async def _given(form: FormData) -> tuple[str, bytes, str]:
    """(name, content, what was typed) of a form with a file or a text."""
    upload, typed = form.get("file"), _text(form, "text")
    if isinstance(upload, UploadFile) and (upload.filename or upload.size):
        return (upload.filename or "").replace("\\", "/").rpartition("/")[2], await upload.read(), typed
    return "decision.yaml", typed.encode(), typed


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


async def _again(
    request: Request, signed: Signed, number: str, refusal: HandoverError, said: dict[str, Any] | None = None
) -> Response:
    facts = await run_in_threadpool(decision_facts, request.app.state.wiring, signed, number)
    kept = said or {"name": "", "reason": ""}
    told = {"refusals": sentences(refusal, kept["name"]), "typed": kept["reason"]}
    return page(request, "committee/decision.html", _status(refusal), **facts | told)


def _status(refusal: HandoverError) -> int:
    return _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT


def _to(number: str, said: str) -> Response:
    return RedirectResponse(f"/decisions/{quote(number, safe='/')}?said={said}", _SEE_OTHER)


def _said(result: str) -> str:
    """What a form did, told on the page that it leads to."""
    words = {
        "drafted": _("Drafted. Somebody else has to read it and agree to exactly this."),
        "registered": _("Registered. The checklists are opened now, by themselves."),
        ChangeResult.WAITS.value: _("Exactly this change is drafted already; it waits for a second person."),
        ChangeResult.NOTHING.value: _("The decision says so already: nothing would change, and nothing was written."),
        ChangeResult.COMMITTED.value: _("The change is carried out."),
        ChangeResult.COMMITTED_BEFORE.value: _("This change was carried out already; nothing changed."),
        ChangeResult.WITHDRAWN.value: _("The change is taken back."),
    }
    return words.get(result, "")
