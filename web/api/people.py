"""`/api/v1/people`: who holds which role in the units within reach."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.people import PersonRole
from checklists.tokens import TokenScope
from db.administered import HeldRole, roles_listed
from db.paged_units import PagedPerson, people_after
from db.record import Reader
from db.session import begin_read
from web.api.common import Account
from web.api.guard import Bearer, Caller
from web.api.paging import Page, Paged, Window

router = APIRouter(tags=["people"])

Recorded = Annotated[Caller, Depends(Bearer(Action.READ_RECORD, TokenScope.READ))]


class RoleShown(BaseModel):
    """A role in a unit, both days included."""

    role: PersonRole
    unit: str = Field(description="The unit's key; * is the whole country.", examples=["new:00634"])
    unit_name: str = Field(description="Empty for the whole country.", examples=["Phường Hoàn Kiếm"])
    since: date
    until: date | None = Field(description="null: open.")


class PersonShown(BaseModel):
    """Somebody who may act. Addresses and telephone numbers are not told to programs."""

    account: Account
    name: str = Field(examples=["Nguyễn Thị Lan"])
    disabled_on: date | None = Field(description="The first day on which nothing counts that they hold.")
    roles: list[RoleShown] = Field(description="Those that count today or later, within reach.")


@router.get("/people", operation_id="listPeople", summary="People in reach", response_model=Page[PersonShown])
async def people(request: Request, caller: Recorded, window: Paged) -> Page[PersonShown]:
    """By account: everybody with a role in a unit within reach of a committee, an auditor or an administrator."""
    return await run_in_threadpool(_people, request.app.state.wiring, caller.account, window)


def _people(wiring: Wiring, account: str, window: Window) -> Page[PersonShown]:
    (after,) = window.at(str) or ("",)
    reader = Reader(account, wiring.today())
    with begin_read(wiring.engine) as connection:
        reach = None if reader.reaches_all(connection) else reader.units()
        rows = people_after(connection, reach, account, after, window.reads)
        held = roles_listed(connection, [one.account for one in rows], wiring.today())
        seen = None if reach is None else frozenset(connection.scalars(reach))
    theirs = [one for one in held if seen is None or one.unit in seen or one.person == account]

    def shown(one: PagedPerson) -> PersonShown:
        roles = [_role(role) for role in theirs if role.person == one.account]
        return PersonShown(account=one.account, name=one.name, disabled_on=one.disabled_on, roles=roles)

    return window.page(rows, lambda one: (one.account,), shown)


def _role(one: HeldRole) -> RoleShown:
    return RoleShown(
        role=PersonRole(one.role), unit=one.unit, unit_name=one.unit_name, since=one.since, until=one.until
    )
