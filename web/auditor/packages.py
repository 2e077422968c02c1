"""`/packages`: evidence packages as far as the reader's roles reach all of their scope: which there are, how far those
are that are being made, a form to order one, and the file itself of those that were made here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from bangiao.i18n import _
from bangiao.package_orders import ExportOrder, scope_of
from bangiao.package_queue import file_numbered, file_of, order_package, own_place
from bangiao.wiring import Wiring
from bangiao.words import word
from checklists.access import ROLES, About, Action
from checklists.errors import BadInput, HandoverError
from checklists.package.scope import Scope
from checklists.package.scope_errors import EmptyPeriod
from checklists.steps import StepState
from db.history_names import KnownNames
from db.package_reach import roles_over_scope
from db.packages import ORDERED, PackageFacts, order_waiting, package_of, packages_before, superseding
from db.record import Reader, provinces_in_reach, units_called
from db.session import begin_read
from web.auditor.meant import NothingCalled
from web.auditor.package_words import asked_words, changed, counted, size_words, stage_words, state_tag, state_words
from web.dates import day_in, typed
from web.failures import failure
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

Exporting = Annotated[Signed, Depends(Allow(Action.EXPORT))]
TheirPackage = Annotated[Signed, Depends(Allow(Action.EXPORT, About.PACKAGE))]

_SEE_OTHER, _NOT_FOUND, _UNPROCESSABLE, _CONFLICT = 303, 404, 422, 409
_ROWS, _LOOKED_AT = 30, 300
_EXPORTERS = ROLES[Action.EXPORT]
_TEXTS = ("decision", "province", "unit", "person", "purpose", "language")
_LONGEST, _OFFERED = 500, 8


class PurposeMissing(BadInput):
    """Write what the package is for. It stands in the package, and in the record."""


class NotAllYours(HandoverError):
    """Your roles do not reach all that this package would tell of. Name a unit or a province within your reach, or a
    decision all of whose units are."""


class SeveralUnits(BadInput):
    """Several units are called “{text}”: {found}. Write the key of the one that is meant."""


@router.get("/packages", name="packages")
async def package_list(
    request: Request, signed: Exporting, before: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Newest first."""
    facts = await run_in_threadpool(_list, request.app.state.wiring, signed.account, before)
    return page(request, "auditor/packages.html", **facts)


@router.get("/packages/order", name="order_form")
async def order_form(request: Request, _signed: Exporting) -> Response:
    """What somebody may ask for; another page may link here with filters in the address."""
    return await _form(request, {name: request.query_params.get(name, "")[:_LONGEST] for name in _TEXTS}, [], 200)


@router.post("/packages/order", name="order")
async def order(request: Request, signed: Exporting) -> Response:
    """Put on record; the worker makes it. The same form sent twice is one order."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    try:
        package = await run_in_threadpool(_ordered, request.app.state.wiring, signed.account, form)
    except HandoverError as refusal:
        status = _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT
        return await _form(request, form, [refusal], status)
    return RedirectResponse(f"/packages/{package}", _SEE_OTHER)


@router.get("/packages/{package}", name="package")
async def package_page(request: Request, package: str, _signed: TheirPackage) -> Response:
    """One package, and while it is being made, how far it is."""
    facts = await run_in_threadpool(_one, request.app.state.wiring, package)
    return page(request, "auditor/package.html", **facts)


@router.get("/packages/{package}/file", name="package_file")
async def package_file(request: Request, package: str, _signed: TheirPackage) -> Response:
    """The ZIP, to be saved."""
    file = await run_in_threadpool(file_numbered, request.app.state.wiring, package)
    if file is None:
        words = _("Its file is not kept here: it was handed out at the server, or has been taken away since.")
        return failure(request, _CONFLICT, _("No file"), words)
    held = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store"}
    return FileResponse(file, media_type="application/zip", filename=f"{package}.zip", headers=held)


def _list(wiring: Wiring, account: str, before: str) -> dict[str, Any]:
    """Those that are theirs, among the newest few hundred."""
    day = wiring.today()
    with begin_read(wiring.engine) as connection:
        found = packages_before(connection, before, _LOOKED_AT + 1)
        known: dict[str, bool] = {}
        theirs: list[PackageFacts] = []
        for one in found[:_LOOKED_AT]:
            if one.scope not in known:
                scope = scope_of(json.loads(one.scope))
                roles = roles_over_scope(connection, account, scope, day, _EXPORTERS)
                known[one.scope] = bool(roles & _EXPORTERS)
            if known[one.scope] and len(theirs) <= _ROWS:
                theirs.append(one)
    shown = theirs[:_ROWS]
    further = shown[-1].id if len(theirs) > _ROWS else found[_LOOKED_AT - 1].id if len(found) > _LOOKED_AT else ""
    return {
        "rows": [_line(one) for one in shown],
        "further": further,
        "under_way": any(one.state == ORDERED for one in shown),
    }


def _line(one: PackageFacts) -> dict[str, Any]:
    return {
        "row": one,
        "state": state_words(one.state),
        "tag": state_tag(one.state),
        "asked": asked_words(one),
        "size": size_words(one.bytes),
        "stage": stage_words(one),
    }


def _one(wiring: Wiring, package: str) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        row = package_of(connection, package)
        if row is None:
            raise HTTPException(_NOT_FOUND)
        names, later = KnownNames(connection), superseding(connection, package)
        by = names.person(row.exported_by)
    document = json.loads(row.document) if row.document else None
    return _line(row) | {
        "by": by,
        "later": later,
        "document": document,
        "counts": counted(document) if document else [],
        "missing": document["rows"].get("missing.jsonl", 0) if document else 0,
        "supersedes": document["supersedes"] if document else None,
        "changes": changed(document["supersedes"]) if document and document["supersedes"] else [],
        "left_out": document["left_out"] if document else [],
        "under_way": row.state == ORDERED,
        "has_file": file_of(wiring, row) is not None,
    }


def _ordered(wiring: Wiring, account: str, form: FormData) -> str:
    purpose = said(form, "purpose")[:_LONGEST]
    scope = _scope(wiring, account, form)
    if not purpose:
        raise PurposeMissing()
    with begin_read(wiring.engine) as connection:
        if not roles_over_scope(connection, account, scope, wiring.today(), _EXPORTERS) & _EXPORTERS:
            raise NotAllYours()
    language = "en" if said(form, "language") == "en" else "vi"
    order = ExportOrder(scope, own_place(), account, purpose, language, reader=account)
    with begin_read(wiring.engine) as connection:
        waiting = order_waiting(connection, order.scope_hash, account)
    return waiting or order_package(wiring, order)


def _scope(wiring: Wiring, account: str, form: FormData) -> Scope:
    since, until = day_in(form, "since"), day_in(form, "until")
    if since and until and until < since:
        raise EmptyPeriod(since=since, until=until)
    states = {str(one) for one in form.getlist("states")} & set(StepState)
    return Scope(
        decision=said(form, "decision") or None,
        province=said(form, "province") or None,
        unit=_unit(wiring, account, said(form, "unit")),
        person=said(form, "person") or None,
        since=since,
        until=until,
        states=tuple(sorted(states)),
        overdue=bool(said(form, "overdue")),
    )


def _unit(wiring: Wiring, account: str, text: str) -> str | None:
    """A key as it was written, or the one unit in reach that is called so."""
    if not text or ":" in text:
        return text or None
    with begin_read(wiring.engine) as connection:
        found = units_called(connection, text, Reader(account, wiring.today()), _OFFERED)
    if not found:
        raise NothingCalled(text=text)
    if len(found) > 1:
        raise SeveralUnits(text=text, found=tuple(f"{name} ({key})" for key, name in found))
    return found[0][0]


async def _form(request: Request, values: Mapping[str, Any], refusals: list[HandoverError], status: int) -> Response:
    signed: Signed = request.state.signed
    provinces = await run_in_threadpool(_provinces, request.app.state.wiring, signed.account)
    chosen = set(values.getlist("states")) if isinstance(values, FormData) else set()
    return page(
        request,
        "auditor/order.html",
        status,
        refusals=[page_sentence(one) for one in refusals],
        typed={name: str(values.get(name, "")) for name in (*_TEXTS, "overdue")},
        typed_days={name: typed(values, name) for name in ("since", "until")},
        states=[(one.value, word(one.value), one.value in chosen) for one in StepState],
        provinces=provinces,
    )


def _provinces(wiring: Wiring, account: str) -> list[tuple[str, str]]:
    with begin_read(wiring.engine) as connection:
        return [
            (key, f"{name} ({key})") for key, name in provinces_in_reach(connection, Reader(account, wiring.today()))
        ]
