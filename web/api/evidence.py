"""`/api/v1/steps/{step}/evidence`: what proves a step: the list, the files, and attaching more.

Files come in as a form, streamed to disk and looked at before anything names them; they go out as they were recorded,
compared with their hash first, to be saved and not shown.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.attachments import HandedIn, kept, kept_file, store_of
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.desk import NewEvidence
from checklists.steps import Act
from checklists.tokens import TokenScope
from db.session import begin_read
from db.step_queries import EvidenceLine, evidence_of
from evidence.store import Integrity
from web.api.acts import ActSent, Working, carried_out, order_of_act
from web.api.bodies import demand_media, mistaken
from web.api.common import DigestPath, StepPath
from web.api.guard import Bearer, Caller
from web.api.once import Key
from web.api.problem_kinds import NOT_FOUND
from web.api.problems import Problem
from web.api.receipts import Receipt
from web.api.step_in_full import evidence_shown
from web.api.step_shapes import EvidenceShown
from web.guard import MOST_FIELDS, MOST_FILES
from web.lead.evidence_files import EvidenceNotAsRecorded
from web.lead.uploads import base_name, said, uploads_of

router = APIRouter(tags=["evidence"])

OfStep = Annotated[Caller, Depends(Bearer(Action.READ_WORK, TokenScope.READ, About.STEP))]
FORM = "multipart/form-data"
HARMLESS = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store"}


class EvidenceList(BaseModel):
    """All evidence of a step, in the order in which it was attached."""

    items: list[EvidenceShown]


_FIELDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "files": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "maxItems": MOST_FILES,
            "description": "PDF, Office, text and image files, as the installation takes them.",
        },
        "note": {"type": "string", "maxLength": 4000},
        "link": {"type": "string", "maxLength": 4000, "description": "An address (https)."},
        "dated_on": {"type": "string", "format": "date", "description": "The evidence's own day; today unless given."},
        "complete": {
            "type": "string",
            "enum": ["true", "false"],
            "description": "true: attach, and complete the step, in one act.",
        },
        "on_behalf_of": {"type": "string", "maxLength": 200},
    },
}
_BODY = {"requestBody": {"required": True, "content": {FORM: {"schema": _FIELDS}}}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file as it was recorded",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/steps/{step}/evidence", operation_id="listEvidence", summary="Evidence of a step", response_model=EvidenceList
)
async def evidence(request: Request, step: StepPath, _caller: OfStep) -> EvidenceList:
    """Files, notes and links, also those that were withdrawn: they stay on record."""
    lines = await run_in_threadpool(_lines, request.app.state.wiring, step)
    return EvidenceList(items=[evidence_shown(one) for one in lines])


@router.get(
    "/steps/{step}/evidence/{file}",
    operation_id="downloadEvidence",
    summary="A file of evidence",
    response_class=FileResponse,
    responses=_FILE,
)
async def download(request: Request, step: StepPath, file: DigestPath, _caller: OfStep) -> Response:
    """By its digest. It is compared with the record before it is handed out."""
    wiring: Wiring = request.app.state.wiring
    lines = await run_in_threadpool(_lines, wiring, step)
    line = next((one for one in lines if one.kind == "file" and one.digest == file), None)
    if line is None:
        raise Problem(NOT_FOUND)
    store = store_of(wiring.settings)
    if await run_in_threadpool(store.check, line.digest) is not Integrity.OK:
        raise EvidenceNotAsRecorded(file=line.name, digest=line.digest[:12])
    return FileResponse(
        store.path(line.digest), media_type="application/octet-stream", filename=line.name, headers=HARMLESS
    )


@router.post(
    "/steps/{step}/evidence",
    operation_id="attachEvidence",
    summary="Attach evidence to a step",
    response_model=Receipt,
    openapi_extra=_BODY,
)
async def attach(request: Request, step: StepPath, caller: Working, key: Key) -> Response:
    """Files, a note, a link: all that came is attached in one act, or nothing is. With `complete`, the step is
    completed by it as well."""
    demand_media(request, FORM)
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    wiring: Wiring = request.app.state.wiring
    sent = _sent(form)
    pieces = await run_in_threadpool(_kept, wiring, form, sent)
    act = Act.COMPLETE if said(form, "complete") == "true" else Act.ATTACH
    return await carried_out(request, order_of_act(wiring, caller, key, (step, act), sent, pieces))


def _sent(form: FormData) -> ActSent:
    """What stands beside the files. Raises Problem."""
    fields = {
        "notes": [text for text in [said(form, "note")] if text],
        "links": [text for text in [said(form, "link")] if text],
        "dated_on": said(form, "dated_on") or None,
        "on_behalf_of": said(form, "on_behalf_of"),
    }
    try:
        return ActSent.model_validate(fields)
    except ValidationError as error:
        raise mistaken(error) from error


def _kept(wiring: Wiring, form: FormData, sent: ActSent) -> tuple[NewEvidence, ...]:
    """All of it in the store. Raises what is wrong with the first piece that is refused; nothing names the others
    then, and what nothing names is cleared away."""
    store, today = store_of(wiring.settings), wiring.today()
    day = sent.dated_on or today
    words = kept(store, HandedIn(day, (), tuple(sent.notes), tuple(sent.links)), today)
    files = [kept_file(store, one.file, base_name(one.filename or ""), day) for one in uploads_of(form)]
    return tuple({one.digest: one for one in (*files, *words)}.values())


def _lines(wiring: Wiring, step: int) -> list[EvidenceLine]:
    with begin_read(wiring.engine) as connection:
        return evidence_of(connection, step)
