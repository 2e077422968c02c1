"""`/admin/people`: who is on record, in which role where; adding, correcting, appointing, absences, disabling.

The rules and their sentences are those of `bangiao user` (`checklists.people_rules`, `bangiao.people`); what is more
here is how far the administrator's own role reaches (`web.admin.rights`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.people import disable, put_on_record
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.errors import BadInput, HandoverError
from checklists.people import Assignment, Person, PersonRole, Substitution
from checklists.people_rules import Entry, own_mailbox
from checklists.units import UnitKey
from db.people import people_on_record, person
from db.unit_of_work import SqlUnitOfWork
from web.admin.people_acts import carry_out, nothing_refused, status_of
from web.admin.people_facts import people_listed, person_facts
from web.admin.rights import demand_all
from web.admin.units import unit_meant
from web.dates import day_in
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

Administering = Annotated[Signed, Depends(Allow(Action.ADMINISTER))]
OfPerson = Annotated[Signed, Depends(Allow(Action.ADMINISTER, About.PERSON))]

_SEE_OTHER = 303
_LONGEST = 200


class AccountThere(BadInput):
    """The account {account} is on record already. Open it in the list, or choose another account."""


class RoleUnchosen(BadInput):
    """Choose a role."""


class LastDayMissing(BadInput):
    """Write the last day."""


@router.get("/admin/people", name="people")
async def people(
    request: Request,
    signed: Administering,
    q: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Fifty at a time."""
    facts = await run_in_threadpool(people_listed, request.app.state.wiring, signed.account, q.strip(), after)
    return page(request, "admin/people.html", q=q, **facts)


@router.get("/admin/people/new", name="new_person")
async def new_person(request: Request, _signed: Administering) -> Response:
    """The form."""
    return page(request, "admin/new_person.html", refusals=[], typed={})


@router.post("/admin/people/new", name="add_person")
async def add_person(request: Request, signed: Administering) -> Response:
    """On record; roles are given on the person's page."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    try:
        account = await run_in_threadpool(_added, request.app.state.wiring, signed.account, form)
    except HandoverError as refusal:
        values = {name: said(form, name) for name in ("account", "name", "email", "phone", "language", "shared")}
        return page(
            request, "admin/new_person.html", status_of(refusal), refusals=[page_sentence(refusal)], typed=values
        )
    return RedirectResponse(f"/admin/people/{account}?done=added", _SEE_OTHER)


@router.get("/admin/people/{person}", name="person")
async def person_page(
    request: Request, person: str, signed: OfPerson, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One person: what they hold, their absences, and what may be changed."""
    facts = await run_in_threadpool(person_facts, request.app.state.wiring, signed.account, person)
    return page(request, "admin/person.html", **facts, **nothing_refused(), done=done)


@router.post("/admin/people/{person}/correct", name="correct_person")
async def correct_person(request: Request, person: str, signed: OfPerson) -> Response:
    """Name, address, telephone, language."""
    return await carry_out(request, person, signed, "correct", _corrected)


@router.post("/admin/people/{person}/appoint", name="appoint_person")
async def appoint_person(request: Request, person: str, signed: OfPerson) -> Response:
    """A role in a unit."""
    return await carry_out(request, person, signed, "appoint", _appointed)


@router.post("/admin/people/{person}/end", name="end_role")
async def end_role(request: Request, person: str, signed: OfPerson) -> Response:
    """The last day of a role that is held."""
    return await carry_out(request, person, signed, "end", _ended)


@router.post("/admin/people/{person}/absence", name="record_absence")
async def record_absence(request: Request, person: str, signed: OfPerson) -> Response:
    """Who stands in, and how long."""
    return await carry_out(request, person, signed, "absence", _absent)


@router.post("/admin/people/{person}/disable", name="disable_person")
async def disable_person(request: Request, person: str, signed: OfPerson) -> Response:
    """From today nothing counts any more that they hold."""
    return await carry_out(request, person, signed, "disable", _disabled)


def _write(wiring: Wiring, by: str, make: Callable[[SqlUnitOfWork], Entry]) -> bool:
    """One entry, if the administrator's role reaches it and it keeps the rules."""
    with wiring.unit_of_work() as uow:
        entry = make(uow)
        demand_all(uow.connection, by, [entry], wiring.today())
        return put_on_record(uow, entry, by, wiring.today())


def _added(wiring: Wiring, by: str, form: FormData) -> str:
    account = said(form, "account")

    def make(uow: SqlUnitOfWork) -> Entry:
        if person(uow.connection, account) is not None:
            raise AccountThere(account=account[:_LONGEST])
        return _from_form(uow, Person(account, ""), form)

    _write(wiring, by, make)
    return account


def _corrected(wiring: Wiring, by: str, account: str, form: FormData) -> None:
    _write(wiring, by, lambda uow: _from_form(uow, people_on_record(uow.connection).persons[account], form))


def _from_form(uow: SqlUnitOfWork, held: Person, form: FormData) -> Person:
    one = replace(
        held,
        name=said(form, "name"),
        email=said(form, "email"),
        phone=said(form, "phone"),
        language=said(form, "language") or held.language,
    )
    if not said(form, "shared"):
        own_mailbox(one, people_on_record(uow.connection))
    return one


def _appointed(wiring: Wiring, by: str, account: str, form: FormData) -> None:
    role = _role(form)
    since, until = day_in(form, "since") or wiring.today(), day_in(form, "until")
    _write(
        wiring,
        by,
        lambda uow: Assignment(
            account, role, unit_meant(uow.connection, by, said(form, "unit"), wiring.today()), since, until
        ),
    )


def _role(form: FormData) -> PersonRole:
    try:
        return PersonRole(said(form, "role"))
    except ValueError as error:
        raise RoleUnchosen() from error


def _ended(wiring: Wiring, by: str, account: str, form: FormData) -> None:
    """The very role that stands on the page gets a last day: today, unless another one is written."""
    until = day_in(form, "until") or wiring.today()
    since = _iso(said(form, "held"))
    _write(wiring, by, lambda _uow: Assignment(account, _role(form), UnitKey(said(form, "unit")), since, until))


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RoleUnchosen() from error


def _absent(wiring: Wiring, by: str, account: str, form: FormData) -> None:
    until = day_in(form, "until")
    if until is None:
        raise LastDayMissing()
    one = Substitution(
        account, said(form, "substitute"), day_in(form, "since") or wiring.today(), until, said(form, "reason")
    )
    _write(wiring, by, lambda _uow: one)


def _disabled(wiring: Wiring, by: str, account: str, form: FormData) -> None:
    with wiring.unit_of_work() as uow:
        demand_all(uow.connection, by, [people_on_record(uow.connection).persons[account]], wiring.today())
        disable(uow, account, said(form, "reason"), by, wiring.today())
