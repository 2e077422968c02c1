"""Evidence handed out again: as a file to keep, never as a page; a photo also as a picture.

What is handed out is compared with its hash first. Files come from people: the browser is told to save them and to run
nothing of them.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.attachments import store_of
from bangiao.i18n import _
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.errors import HandoverError
from db.session import begin_read
from db.step_queries import EvidenceLine, evidence_of
from evidence.store import Integrity
from web.failures import failure
from web.guard import Allow, Signed
from web.lead.step_facts import PICTURES
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

Reading = Annotated[Signed, Depends(Allow(Action.READ_WORK, About.STEP))]
_HARMLESS = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store"}
_NOT_FOUND, _CONFLICT = 404, 409


class EvidenceNotAsRecorded(HandoverError):
    """The file {file} is not in the evidence store as it was recorded ({digest}), so it is not handed out. Tell your
    administrator: a backup may still have it."""


@router.get("/steps/{step}/evidence/{file}", name="evidence_file")
async def evidence_file(request: Request, step: int, file: str, _signed: Reading) -> Response:
    """The file, to be saved."""
    return await _handed_out(request, step, file, picture=False)


@router.get("/steps/{step}/evidence/{file}/image", name="evidence_image")
async def evidence_image(request: Request, step: int, file: str, _signed: Reading) -> Response:
    """The photo itself, for an `<img>`: JPEG and PNG, nothing else."""
    return await _handed_out(request, step, file, picture=True)


@router.get("/steps/{step}/evidence/{file}/view", name="evidence_view")
async def evidence_view(request: Request, step: int, file: str, _signed: Reading) -> Response:
    """A page around the photo."""
    line = await run_in_threadpool(_line, request.app.state.wiring, step, file)
    if line.media_type not in PICTURES:
        raise HTTPException(_NOT_FOUND)
    return page(request, "lead/picture.html", step_id=step, line=line)


async def _handed_out(request: Request, step: int, file: str, *, picture: bool) -> Response:
    wiring = request.app.state.wiring
    line = await run_in_threadpool(_line, wiring, step, file)
    if picture and line.media_type not in PICTURES:
        raise HTTPException(_NOT_FOUND)
    store = store_of(wiring.settings)
    if await run_in_threadpool(store.check, line.digest) is not Integrity.OK:
        words = page_sentence(EvidenceNotAsRecorded(file=line.name, digest=line.digest[:12]))
        return failure(request, _CONFLICT, _("This cannot be done"), words)
    return FileResponse(
        store.path(line.digest),
        media_type=line.media_type,
        filename=line.name,
        content_disposition_type="inline" if picture else "attachment",
        headers=_HARMLESS,
    )


def _line(wiring: Wiring, step: int, file: str) -> EvidenceLine:
    """The file as the step's record names it, also a withdrawn one: it stays on record."""
    with begin_read(wiring.engine) as connection:
        for line in evidence_of(connection, step):
            if line.kind == "file" and line.digest == file:
                return line
    raise HTTPException(_NOT_FOUND)
