"""Verifying several steps on one page: each with its evidence to be looked at, each with a yes of its own.

There is no yes for all that match a filter: a verification is bound to exactly the evidence that somebody looked at. So
a page shows few steps with all of it, nothing is ticked beforehand, and whoever ticks a step says so of that step.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from bangiao.i18n import _
from bangiao.step_sheet import StepSheet, read_sheet
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.desk import Acted, Order
from checklists.errors import HandoverError
from checklists.people import MAY
from checklists.step_handlers import NoStepFor, UnknownStep
from checklists.step_rules import Request as Asked
from checklists.steps import Act, Claim
from db.carried_out import CarriedOutBefore
from db.decisions_seen import names_of
from db.reach import roles_over
from db.session import begin_read
from db.steps_chosen import steps_chosen
from web.committee.board import Seen, board, reach, recent, soon_on
from web.committee.filters import Filters
from web.committee.steps_asked import choice_of
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.offers import hats_of, offers
from web.lead.receipts import order_id
from web.lead.step_facts import PICTURES, title_of
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter(prefix="/cockpit")

AT_ONCE = 8
"""Steps on a page: as many as a person looks at with care."""

Verifier = Annotated[Signed, Depends(Allow(Action.WORK_ON_STEPS))]


@dataclass(frozen=True, slots=True)
class Shown:
    """A step that waits for a second person, with what it claims. `why_not`: why this reader is not that person."""

    sheet: StepSheet
    title: str
    doers: str
    why_not: str

    @property
    def evidence(self) -> list[Any]:
        return [one for one in self.sheet.evidence if one.withdrawn_at is None]

    @property
    def says_not_applicable(self) -> bool:
        return self.sheet.held.step.claim is Claim.NOT_APPLICABLE


@router.get("/verify", name="verify_several")
async def look(
    request: Request, signed: Verifier, at: Annotated[int, Query(alias="page", ge=1, le=2_000)] = 1
) -> Response:
    """Steps that wait for verification, with their evidence."""
    filters = Filters.of({**dict(request.query_params), "state": "submitted"})
    rows, more = await run_in_threadpool(_waiting, request, signed, filters, at)
    facts = {"filters": filters, "rows": rows, "more": more, "at": at, "once": uuid4().hex, "pictures": PICTURES}
    return page(request, "committee/verify.html", **facts)


@router.post("/verify", name="verify_ticked")
async def verify(request: Request, signed: Verifier) -> Response:
    """A yes for each step that was ticked, to the evidence that the page showed of it."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    ticked = [int(one) for one in form.getlist("step") if isinstance(one, str) and one.isascii() and one.isdigit()]
    filters = Filters.of({name: value for name, value in form.items() if isinstance(value, str)})
    titles = await run_in_threadpool(_titles, request.app.state.wiring, signed, ticked[:AT_ONCE])
    results = await _given(request, signed, form, ticked[:AT_ONCE])
    recent(request).forget()
    rows = [(number, titles[number], *result) for number, result in zip(ticked, results, strict=False)]
    done = sum(1 for fine, _words in results if fine)
    return page(request, "committee/verified.html", filters=filters, rows=rows, done=done)


def _waiting(request: Request, signed: Signed, filters: Filters, at: int) -> tuple[list[Shown], bool]:
    """Of units over which the reader may verify; the earliest due first."""
    wiring: Wiring = request.app.state.wiring
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        keys = reach(connection, signed.account, today, MAY[Act.VERIFY])
        kept = board(request)
        choice = choice_of(connection, Seen(kept.value, kept.at, keys), filters)
        window = (AT_ONCE + 1, (at - 1) * AT_ONCE)
        found = steps_chosen(connection, choice, (today, soon_on(connection, today)), window)
        sheets = [read_sheet(connection, wiring, one.id) for one in found[:AT_ONCE]]
        accounts = frozenset(account for one in sheets for account in one.held.step.doers)
        names = names_of(connection, accounts)
        rows = []
        for one, sheet in zip(found, sheets, strict=False):
            title = title_of(connection, wiring, one.template_hash, one.key)
            hats = hats_of(connection, signed, sheet.held.holder, today)
            own = offers(sheet, [hat for hat in hats if not hat.absent], signed.account)
            why_not = "" if Act.VERIFY in own else _why_not(own.own_work)
            doers = ", ".join(sorted(names[account] for account in sheet.held.step.doers))
            rows.append(Shown(sheet, title, doers, why_not))
    return rows, len(found) > AT_ONCE


def _why_not(own_work: bool) -> str:
    if own_work:
        return _("You have worked on this step, so somebody else has to verify it.")
    return _("It waits for somebody else.")


def _titles(wiring: Wiring, signed: Signed, ticked: list[int]) -> dict[int, str]:
    """404 as soon as one of them is beyond the reader's reach."""
    today = wiring.today()
    found = {}
    with begin_read(wiring.engine) as connection:
        for number in ticked:
            try:
                held = read_sheet(connection, wiring, number).held
            except (UnknownStep, NoStepFor) as missing:
                raise HTTPException(404) from missing
            if not roles_over(connection, signed.account, held.holder, today):
                raise HTTPException(404)
            found[number] = held.step.name
    return found


async def _given(request: Request, signed: Signed, form: FormData, ticked: list[int]) -> list[tuple[bool, str]]:
    once = str(form.get("once", ""))[:40] or uuid4().hex
    writer = request.app.state.writer
    orders = [_order(signed, form, number, f"{once}:{number}") for number in ticked]
    futures = await run_in_threadpool(lambda: [writer.submit(order) for order in orders])
    waited = [asyncio.wrap_future(one) for one in futures]
    return [_said(one) for one in await asyncio.gather(*waited, return_exceptions=True)]


def _order(signed: Signed, form: FormData, number: int, once: str) -> Order:
    version = str(form.get(f"version-{number}", ""))
    seen = str(form.get(f"seen-{number}", ""))
    known = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    asked = Asked(Act.VERIFY, seen=seen or "–")
    return Order(number, asked, signed.actor(), known, id=order_id(signed.account, once), once=once)


def _said(result: Acted | BaseException) -> tuple[bool, str]:
    if isinstance(result, Acted):
        return True, _("Recorded")
    if isinstance(result, CarriedOutBefore):
        return True, _("Recorded before")
    if isinstance(result, HandoverError):
        return False, page_sentence(result)
    raise result
