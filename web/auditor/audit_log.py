"""`/audit-log`: how the log stands, its newest signed head to be copied, and all heads and public keys to keep.

What is handed out here lets anybody demand later that the log still says the same; so it is for everybody who may read
the record, wherever their roles reach.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection, func, select
from starlette.concurrency import run_in_threadpool

from bangiao.audit_keys import verifier_keys
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.audit.checkpoint import VerifierKey
from db.audit_checkpoints import StoredCheckpoint, checkpoints
from db.audit_log import log_size, waiting_since
from db.audit_models import CheckpointStampRow
from db.session import begin_read
from evidence.signing.errors import PublicKeysMissing
from web.guard import Allow
from web.rendering import page

router = APIRouter()

_LISTED = 20
_READING = Depends(Allow(Action.READ_RECORD))


@router.get("/audit-log", name="audit_log", dependencies=[_READING])
async def audit_log(request: Request) -> Response:
    """How the log stands."""
    facts = await run_in_threadpool(_facts, request.app.state.wiring)
    return page(request, "auditor/audit_log.html", **facts)


@router.get("/audit-log/checkpoints", name="audit_checkpoints", dependencies=[_READING])
async def audit_checkpoints(request: Request) -> Response:
    """All signed heads, the smallest first, as they were handed out."""
    text = await run_in_threadpool(_all_heads, request.app.state.wiring)
    return _to_keep(text, "bangiao-checkpoints.txt")


@router.get("/audit-log/keys", name="audit_keys", dependencies=[_READING])
async def audit_keys(request: Request) -> Response:
    """The public keys, one a line."""
    keys = await run_in_threadpool(_keys, request.app.state.wiring)
    return _to_keep("".join(f"{one}\n" for one in keys), "bangiao-log.vkey")


def _to_keep(text: str, name: str) -> Response:
    saved = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=saved)


def _facts(wiring: Wiring) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        heads, size = checkpoints(connection), log_size(connection)
        waits, since = waiting_since(connection)
        newest = heads[-1] if heads else None
        stamped = _stamped(connection, newest)
    return {
        "size": size,
        "newest": newest,
        "root": base64.b64encode(newest.root).decode() if newest else "",
        "stamped": stamped,
        "unsigned": size - (newest.size if newest else 0),
        "waits": waits,
        "waits_since": since,
        "heads": heads[: -_LISTED - 1 : -1],
        "count": len(heads),
        "keys": [str(one) for one in _keys(wiring)],
    }


def _stamped(connection: Connection, newest: StoredCheckpoint | None) -> datetime | None:
    """When an authority first stamped the newest head; None where none did."""
    if newest is None:
        return None
    stamps = select(func.min(CheckpointStampRow.stamped_at)).where(CheckpointStampRow.size == newest.size)
    return connection.scalar(stamps)


def _all_heads(wiring: Wiring) -> str:
    with begin_read(wiring.engine) as connection:
        return "\n".join(one.text for one in checkpoints(connection))


def _keys(wiring: Wiring) -> list[VerifierKey]:
    try:
        return verifier_keys(wiring.settings)
    except PublicKeysMissing:
        return []
