"""How somebody comes in, as their administrator changes it: invitations, the office's account, a second factor that is
lost. An administrator never learns or sets a password.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.identities import link_by_name, unlink
from bangiao.invitations import Invited, invite, revoke
from bangiao.oidc_errors import NoOfficeAccounts
from bangiao.own_account import remove_second_factor
from bangiao.web_address import known_web_address
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.errors import HandoverError
from db.carried_out import CarriedOutBefore
from db.people import people_on_record
from db.session import begin_read
from web.admin.people_acts import carry_out, refused_on_page
from web.admin.rights import demand_all
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import said
from web.rendering import page

router = APIRouter()

OfPerson = Annotated[Signed, Depends(Allow(Action.ADMINISTER, About.PERSON))]
_SEE_OTHER = 303
_LONGEST_KEY = 100


class ShownBefore(HandoverError):
    """This invitation was made already, and its link is shown only once. If it was not handed over, make another
    one."""


@router.post("/admin/people/{person}/invite", name="invite_person")
async def invite_person(request: Request, person: str, signed: OfPerson) -> Response:
    """Sent; or shown, this once."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    wiring: Wiring = request.app.state.wiring
    here = f"{request.url.scheme}://{request.url.netloc}"
    try:
        made = await run_in_threadpool(_invited, wiring, signed.account, person, here, form)
    except CarriedOutBefore:
        if said(form, "way"):
            return RedirectResponse(f"/admin/people/{person}?done=invited", _SEE_OTHER)
        return await refused_on_page(request, person, signed, "invite", form, ShownBefore())
    except HandoverError as refusal:
        return await refused_on_page(request, person, signed, "invite", form, refusal)
    if made.sent:
        return RedirectResponse(f"/admin/people/{person}?done=invited", _SEE_OTHER)
    return page(request, "admin/invited.html", invited=made)


@router.post("/admin/people/{person}/invite/revoke", name="revoke_invitation")
async def revoke_invitation(request: Request, person: str, signed: OfPerson) -> Response:
    """The link is good for nothing any more."""
    return await carry_out(request, person, signed, "revoke", _revoked)


@router.post("/admin/people/{person}/office", name="link_person")
async def link_person(request: Request, person: str, signed: OfPerson) -> Response:
    """By the name under which the provider knows them."""
    return await carry_out(request, person, signed, "office", _linked)


@router.post("/admin/people/{person}/office/remove", name="unlink_person")
async def unlink_person(request: Request, person: str, signed: OfPerson) -> Response:
    """They come in another way, or are invited anew."""
    return await carry_out(request, person, signed, "office-removed", _unlinked)


@router.post("/admin/people/{person}/second-factor/remove", name="remove_factor_of")
async def remove_factor_of(request: Request, person: str, signed: OfPerson) -> Response:
    """For somebody who has lost the telephone and the codes on paper."""
    return await carry_out(request, person, signed, "factor-removed", _without_factor)


def _invited(wiring: Wiring, by: str, account: str, here: str, form: FormData) -> Invited:
    """A link that is sent names the address of the settings; one that is shown, for want of it, where the administrator
    is."""
    _demand(wiring, by, account)
    known = known_web_address(wiring.settings)
    base = wiring.settings.link_base or (known.url if known else here)
    way = said(form, "way") if wiring.settings.link_base else ""
    return invite(wiring, account, by, base, way, said(form, "once")[:_LONGEST_KEY])


def _revoked(wiring: Wiring, by: str, account: str, _form: FormData) -> None:
    _demand(wiring, by, account)
    revoke(wiring, account, by)


def _linked(wiring: Wiring, by: str, account: str, form: FormData) -> None:
    _demand(wiring, by, account)
    if not wiring.settings.oidc_issuer:
        raise NoOfficeAccounts()
    link_by_name(wiring, account, said(form, "subject"), by)


def _unlinked(wiring: Wiring, by: str, account: str, _form: FormData) -> None:
    _demand(wiring, by, account)
    unlink(wiring, account, by)


def _without_factor(wiring: Wiring, by: str, account: str, _form: FormData) -> None:
    _demand(wiring, by, account)
    remove_second_factor(wiring, account, by)


def _demand(wiring: Wiring, by: str, account: str) -> None:
    """That all this person holds is administered by whoever changes how they come in."""
    with begin_read(wiring.engine) as connection:
        who = people_on_record(connection).persons[account]
        demand_all(connection, by, [who], wiring.today())
