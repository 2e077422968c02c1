"""Steps by filter, and acts on all that match: counted and hashed first, then carried out, each with its receipt.

A filter → a selection (numbers and versions, hashed) → a page that says how many → the process's writer. Whatever
changed meanwhile changes the hash, and nothing is done. Nobody verifies in bulk: a yes is bound to the evidence that
was looked at, so `web.committee.verifying` shows it, and each yes is given by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.formats import number
from bangiao.i18n import _, render
from bangiao.reminding import Reminded, remind
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.desk import Acted, Order
from checklists.errors import BadInput, HandoverError
from checklists.people import MAY, PersonRole
from checklists.step_rules import Request as Asked
from checklists.steps import Act, act_words
from db.carried_out import CarriedOutBefore
from db.session import begin_read
from db.steps_chosen import ChosenStep, how_many_titled, steps_chosen
from web.committee.board import Seen, board, reach, recent, seen, soon_on
from web.committee.filters import STATES, Filters, how_many
from web.committee.steps_asked import choice_of
from web.committee.units_table import ROWS, offered, sheet
from web.committee.views import links
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.receipts import order_id
from web.lead.step_facts import title_of
from web.refusals import sentences
from web.rendering import page as plain_page

router = APIRouter(prefix="/cockpit")

MOST = 500
"""Steps in one go: about a second of the one writer's time."""

COUNTED = 1_000
"""Steps of a title, up to which they are counted and shown; who wants more narrows the filters."""

_SHOWN = 20
_UNPROCESSABLE, _CONFLICT = 422, 409


class Beside(StrEnum):
    """What may be done with many steps and is no act on any of them."""

    REMIND = "remind"


BulkAct = Act | Beside

ACTS: Mapping[str, tuple[BulkAct, ...]] = {
    "submitted": (Beside.REMIND, Act.RETURN),
    "blocked": (Beside.REMIND, Act.UNBLOCK, Act.CANCEL),
    "settled": (Act.REOPEN,),
    "overdue": (Beside.REMIND, Act.CANCEL),
    "soon": (Beside.REMIND, Act.CANCEL),
    "untouched": (Beside.REMIND, Act.CANCEL),
    "open": (Beside.REMIND, Act.CANCEL),
}
"""What a committee may do to all steps of a kind."""

_WITHOUT_REASON: frozenset[BulkAct] = frozenset({Act.UNBLOCK, Beside.REMIND})

Reader = Annotated[Signed, Depends(Allow(Action.READ_DECISIONS))]
Steering = Annotated[Signed, Depends(Allow(Action.STEER))]


class TooManyAtOnce(BadInput):
    """More than {most} steps match. Narrow the filters, so that a person can answer for all of them."""


class NothingChosen(BadInput):
    """No step matches these filters any more."""


class SelectionChanged(HandoverError):
    """What matches is not what you looked at any more: it was {before} steps and is {now}, or some of them changed.
    Nothing was done; look at it again."""


class WhyMissing(BadInput):
    """Write why. The reason is kept on record with every one of the steps."""


def page(request: Request, name: str, status: int = 200, /, **shown: Any) -> Response:
    """With the names of acts."""
    return plain_page(request, name, status, act_name=_act_name, **shown)


def _act_name(act: BulkAct) -> str:
    return _("Remind") if isinstance(act, Beside) else render(act_words(act)).capitalize()


@dataclass(frozen=True, slots=True)
class Selection:
    """Steps that a filter finds, as somebody agrees to act on them."""

    steps: list[ChosenStep]

    @property
    def hash(self) -> str:
        return sha256("\n".join(f"{one.id}:{one.version}" for one in self.steps).encode()).hexdigest()


@router.get("/steps", name="steps_table")
async def steps(
    request: Request, signed: Reader, at: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1
) -> Response:
    """Steps of a kind, the earliest due first."""
    view = await run_in_threadpool(seen, request, signed.account)
    filters = _filters(request.query_params)
    facts = await run_in_threadpool(_listed, request.app.state.wiring, view, filters, at)
    steering = PersonRole.COMMITTEE in signed.anywhere
    facts["may_verify"] = bool(signed.anywhere & MAY[Act.VERIFY])
    facts["views"] = await run_in_threadpool(links, request.app.state.wiring, signed.account)
    return page(request, "committee/steps.html", acts=ACTS[filters.state] if steering else (), most=MOST, **facts)


@router.get("/bulk", name="bulk_preview")
async def preview(request: Request, signed: Steering, act: str) -> Response:
    """How many steps an act would be done to, and which."""
    filters = _filters(request.query_params)
    return await _asked(request, signed, filters, _offered(filters, act), None, "")


@router.post("/bulk", name="bulk")
async def carry_out(request: Request, signed: Steering) -> Response:
    """Do it to exactly those that were looked at."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    said = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    filters = _filters(said)
    act = _offered(filters, said.get("act", ""))
    try:
        selection = await run_in_threadpool(_agreed, request, signed, filters, said, act)
    except HandoverError as refusal:
        return await _asked(request, signed, filters, act, refusal, said.get("reason", ""))
    wiring: Wiring = request.app.state.wiring
    if isinstance(act, Beside):
        numbers = [(one.id, one.version) for one in selection.steps]
        answers = await run_in_threadpool(remind, wiring, numbers, signed.account)
        results = [_told(one) for one in answers]
    else:
        results = [_said_of(one) for one in await _carried_out(request, signed, selection, act, said)]
    recent(request).forget()
    facts = await run_in_threadpool(_results, wiring, selection, results)
    return page(request, "committee/bulk_done.html", filters=filters, act=act, **facts)


def _offered(filters: Filters, act: str) -> BulkAct:
    """422 for an act that is not for steps of this kind, or not for many at once."""
    for one in ACTS[filters.state]:
        if one.value == act:
            return one
    raise HTTPException(422)


def _filters(said: Any) -> Filters:
    filters = Filters.of(said)
    return filters if filters.state in STATES else Filters.of({**dict(said), "state": "overdue"})


def _listed(wiring: Wiring, view: Seen, filters: Filters, asked: int) -> dict[str, Any]:
    with begin_read(wiring.engine) as connection:
        days = (wiring.today(), soon_on(connection, wiring.today()))
        choice = choice_of(connection, view, filters)
        if filters.step:
            matching = how_many_titled(connection, choice, days, COUNTED + 1)
        else:
            matching = sum(how_many(sums, filters.state) for _one, sums in filters.narrowed(view))
        at = sheet(min(matching, COUNTED) if filters.step else matching, asked)
        chosen = steps_chosen(connection, choice, days, (ROWS, (at.number - 1) * ROWS))
        rows = [(one, title_of(connection, wiring, one.template_hash, one.key)) for one in chosen]
    over = bool(filters.step) and matching > COUNTED
    return offered(view, filters) | {"rows": rows, "sheet": at, "over": over, "units": view.board.units}


def _selection(request: Request, signed: Signed, filters: Filters) -> Selection:
    """Of what the person steers, not of all they read. Raises TooManyAtOnce, NothingChosen."""
    wiring: Wiring = request.app.state.wiring
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        keys = reach(connection, signed.account, today, frozenset({PersonRole.COMMITTEE}))
        kept = board(request)
        view = Seen(kept.value, kept.at, keys)
        found = steps_chosen(
            connection, choice_of(connection, view, filters), (today, soon_on(connection, today)), (MOST + 1, 0)
        )
    if len(found) > MOST:
        raise TooManyAtOnce(most=MOST)
    if not found:
        raise NothingChosen()
    return Selection(found)


def _agreed(request: Request, signed: Signed, filters: Filters, said: dict[str, str], act: BulkAct) -> Selection:
    recent(request).forget()
    selection = _selection(request, signed, filters)
    if selection.hash != said.get("hash"):
        raise SelectionChanged(before=said.get("count", "–")[:10], now=len(selection.steps))
    if act not in _WITHOUT_REASON and not said.get("reason", "").strip():
        raise WhyMissing()
    return selection


async def _asked(
    request: Request, signed: Signed, filters: Filters, act: BulkAct, refusal: HandoverError | None, reason: str
) -> Response:
    """The page that asks whether to do it; with a refusal where there is one."""
    told = sentences(refusal) if refusal else []
    selection = Selection([])
    try:
        selection = await run_in_threadpool(_selection, request, signed, filters)
    except HandoverError as beyond:
        told, refusal = sentences(beyond), beyond
    wiring: Wiring = request.app.state.wiring
    rows = await run_in_threadpool(_titled, wiring, selection.steps[:_SHOWN])
    status = 200 if refusal is None else _UNPROCESSABLE if isinstance(refusal, BadInput) else _CONFLICT
    facts: dict[str, Any] = {
        "asks_why": act not in _WITHOUT_REASON,
        "filters": filters,
        "act": act,
        "selection": selection,
        "rows": rows,
        "once": uuid4().hex,
    }
    return page(request, "committee/bulk.html", status, refusals=told, reason=reason, **facts)


def _titled(wiring: Wiring, chosen: list[ChosenStep]) -> list[tuple[ChosenStep, str]]:
    with begin_read(wiring.engine) as connection:
        return [(one, title_of(connection, wiring, one.template_hash, one.key)) for one in chosen]


async def _carried_out(
    request: Request, signed: Signed, selection: Selection, act: Act, said: dict[str, str]
) -> list[Acted | BaseException]:
    once = said.get("once", "")[:40] or uuid4().hex
    asked = Asked(act, reason=said.get("reason", ""))
    orders = [
        Order(
            one.id,
            asked,
            signed.actor(),
            one.version,
            id=order_id(signed.account, f"{once}:{one.id}"),
            once=f"{once}:{one.id}",
        )
        for one in selection.steps
    ]
    writer = request.app.state.writer
    futures = await run_in_threadpool(lambda: [writer.submit(order) for order in orders])
    waited = [asyncio.wrap_future(one) for one in futures]
    return list(await asyncio.gather(*waited, return_exceptions=True))


Result = tuple[bool, str]
"""Whether it was done, and what to say of it."""


def _told(one: Reminded) -> Result:
    """What came of reminding of a step."""
    if one.refusal:
        return False, " ".join(sentences(one.refusal))
    if not one.told:
        return True, _("Reminded today already")
    return True, _("{count} people are told").format(count=number(one.told))


def _said_of(result: Acted | BaseException) -> Result:
    if isinstance(result, Acted):
        return True, _("Recorded")
    if isinstance(result, CarriedOutBefore):
        return True, _("Recorded before")
    if isinstance(result, HandoverError):
        return False, " ".join(sentences(result))
    raise result


def _results(wiring: Wiring, selection: Selection, results: list[Result]) -> dict[str, Any]:
    """Each step with what came of it."""
    titled = _titled(wiring, selection.steps)
    rows = [(one, title, *result) for (one, title), result in zip(titled, results, strict=True)]
    return {"rows": rows, "done": sum(1 for fine, _words in results if fine)}
