"""`/api/v1/packages`: evidence packages: which there are, how far one is, the file, and ordering another."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bangiao.package_orders import ExportOrder, scope_of
from bangiao.package_queue import check_order, file_numbered, file_of, own_place, record_order
from bangiao.wiring import Wiring
from checklists.access import ROLES, About, Action
from checklists.package.scope import Scope
from checklists.package.scope_errors import EmptyPeriod
from checklists.steps import StepState
from checklists.tokens import TokenScope
from db.package_reach import roles_over_scope
from db.packages import PackageFacts, package_of, packages_before, superseding
from db.session import begin_read
from web.api.bodies import Day, Name, Sent, Text, body_of, read_json
from web.api.common import Account, Instant, PackagePath
from web.api.evidence import HARMLESS
from web.api.guard import Bearer, Caller
from web.api.instants import instant
from web.api.once import Key, Once, answered, order_of
from web.api.paging import Page, Paged, Window
from web.api.problem_kinds import NOT_FOUND, REFUSED
from web.api.problems import Problem
from web.auditor.packages import NotAllYours, PurposeMissing

router = APIRouter(tags=["packages"])

Exporting = Annotated[Caller, Depends(Bearer(Action.EXPORT, TokenScope.EXPORT))]
TheirPackage = Annotated[Caller, Depends(Bearer(Action.EXPORT, TokenScope.EXPORT, About.PACKAGE))]

_EXPORTERS = ROLES[Action.EXPORT]
_LOOKED_AT = 500
"""So many packages are looked at for one page; those outside somebody's reach are passed over."""


class ScopeShown(BaseModel):
    """What a package is about; what is left out narrows nothing."""

    decision: str | None = None
    province: str | None = None
    unit: str | None = None
    person: str | None = None
    since: date | None = None
    until: date | None = None
    states: list[StepState] = []
    overdue: bool = False


class PackageShown(BaseModel):
    """A package on record."""

    id: str = Field(examples=["goi-minh-chung-000001"])
    state: Literal["ordered", "staging", "sealed", "done", "failed"]
    scope: ScopeShown
    language: str
    purpose: str
    ordered_by: Account
    ordered_at: Instant
    stage: str = Field(description="What is being done, or why it failed, in the language of the package.")
    done: int = Field(description="Of the stage: how much is done.")
    total: int
    bytes: int | None = Field(description="Of a finished package.")
    tagmanifest_sha256: str | None = Field(description="What the seal is over.")
    superseded_by: str | None = Field(description="The package that took its place.")
    has_file: bool = Field(description="Whether the file can be downloaded here.")


class OrderSent(Sent):
    """Which package, and what for."""

    decision: Name | None = Field(None, description="A decision's number.", examples=["1656/NQ-UBTVQH15"])
    province: Name | None = Field(None, description="A province's key.")
    unit: Name | None = Field(None, description="A unit's key.", examples=["new:00070"])
    person: Name | None = Field(None, description="An account: what they did, and what was done in their name.")
    since: Day | None = None
    until: Day | None = None
    states: list[StepState] = Field([], max_length=len(StepState))
    overdue: bool = False
    purpose: Text = Field(description="Stands in the package and in the record.", examples=["Kiểm toán quý III"])
    language: Literal["vi", "en"] = "vi"


@router.get("/packages", operation_id="listPackages", summary="Evidence packages", response_model=Page[PackageShown])
async def packages(request: Request, caller: Exporting, window: Paged) -> Page[PackageShown]:
    """The newest first: those of whose whole scope the token's person is committee or auditor."""
    return await run_in_threadpool(_packages, request.app.state.wiring, caller.account, window)


@router.post(
    "/packages",
    operation_id="orderPackage",
    summary="Order a package",
    status_code=201,
    response_model=PackageShown,
    openapi_extra=body_of(OrderSent, {"unit": "new:00070", "purpose": "Kiểm toán quý III"}),
)
async def order(request: Request, caller: Exporting, key: Key) -> Response:
    """It is made in the background; ask for it again to see how far it is."""
    sent = await read_json(request, OrderSent)
    once = order_of(caller.account, key, "orderPackage", sent.model_dump())
    return await answered(request, once, partial(_order, account=caller.account, sent=sent), 201)


@router.get(
    "/packages/{package}",
    operation_id="getPackage",
    summary="A package, and how far it is",
    response_model=PackageShown,
)
async def package(request: Request, package: PackagePath, _caller: TheirPackage) -> PackageShown:
    """One package."""
    return await run_in_threadpool(_one, request.app.state.wiring, package)


@router.get(
    "/packages/{package}/file",
    operation_id="downloadPackage",
    summary="A package's file",
    response_class=FileResponse,
    responses={
        200: {
            "description": "The sealed ZIP",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def package_file(request: Request, package: PackagePath, _caller: TheirPackage) -> Response:
    """409 while it is being made, and where it was handed out elsewhere."""
    wiring: Wiring = request.app.state.wiring
    file = await run_in_threadpool(file_numbered, wiring, package)
    if file is None:
        raise Problem(REFUSED, more={"rule": "no-file"})
    return FileResponse(file, media_type="application/zip", filename=f"{package}.zip", headers=HARMLESS)


def _packages(wiring: Wiring, account: str, window: Window) -> Page[PackageShown]:
    (before,) = window.at(str) or ("",)
    theirs: list[PackageFacts] = []
    known: dict[str, bool] = {}
    with begin_read(wiring.engine) as connection:
        found = packages_before(connection, before, _LOOKED_AT)
        for row in found:
            if row.scope not in known:
                scope = scope_of(json.loads(row.scope))
                roles = roles_over_scope(connection, account, scope, wiring.today(), _EXPORTERS)
                known[row.scope] = bool(roles & _EXPORTERS)
            if known[row.scope]:
                theirs.append(row)
    page = window.page(theirs, lambda one: (one.id,), lambda one: _shown(wiring, one, None))
    if page.next is None and len(found) == _LOOKED_AT:
        return window.ending(page.items, (found[-1].id,))
    return page


def _one(wiring: Wiring, package: str) -> PackageShown:
    with begin_read(wiring.engine) as connection:
        row = package_of(connection, package)
        if row is None:
            raise Problem(NOT_FOUND)
        return _shown(wiring, row, superseding(connection, package))


def _shown(wiring: Wiring, row: PackageFacts, later: str | None) -> PackageShown:
    return PackageShown(
        id=row.id,
        state=row.state,
        scope=ScopeShown(**json.loads(row.scope)),
        language=row.language,
        purpose=row.purpose,
        ordered_by=row.exported_by,
        ordered_at=instant(row.ordered_at),
        stage=row.stage,
        done=row.done,
        total=row.total,
        bytes=row.bytes,
        tagmanifest_sha256=row.tagmanifest_sha256,
        superseded_by=later,
        has_file=file_of(wiring, row) is not None,
    )


def _order(wiring: Wiring, once: Once, *, account: str, sent: OrderSent) -> dict[str, Any]:
    order = ExportOrder(_scope(sent), own_place(), account, sent.purpose.strip(), sent.language, reader=account)
    if not order.purpose:
        raise PurposeMissing()
    with begin_read(wiring.engine) as connection:
        if not roles_over_scope(connection, account, order.scope, wiring.today(), _EXPORTERS) & _EXPORTERS:
            raise NotAllYours()
    check_order(wiring, order)
    with wiring.unit_of_work() as uow:
        once.note(uow.connection, wiring)
        row = package_of(uow.connection, record_order(uow, wiring, order))
        assert row  # noqa: S101 - written a moment ago
        return once.keep(uow.connection, _shown(wiring, row, None).model_dump(mode="json"))


def _scope(sent: OrderSent) -> Scope:
    if sent.since and sent.until and sent.until < sent.since:
        raise EmptyPeriod(since=sent.since, until=sent.until)
    return Scope(
        decision=sent.decision or None,
        province=sent.province or None,
        unit=sent.unit or None,
        person=sent.person or None,
        since=sent.since,
        until=sent.until,
        states=tuple(sorted(one.value for one in sent.states)),
        overdue=sent.overdue,
    )
