"""`/record`: who did what, when and why, in sentences, newest first; filters in the address, one page after another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from bangiao.formats import day, moment
from bangiao.i18n import _, render
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.calendar_words import weekday_name
from checklists.deadlines import VIETNAM, local_date
from checklists.history import SHORT_HASH, Entry, Here, changes, proofs, reason, sentence
from checklists.working_calendar import CalendarDay, DayKind
from db.history import Scope
from db.history_names import KnownNames, here
from db.record import Reader, sheet
from db.session import begin_read
from web.auditor.asked import KINDS, Asked, asked_in, kind_words, place_text
from web.auditor.meant import NothingCalled, SeveralCalled, meant
from web.guard import Allow, Signed
from web.lead.receipts import code
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

ROWS = 50
_UNPROCESSABLE = 422


@router.get("/record", name="record")
async def record(request: Request, signed: Annotated[Signed, Depends(Allow(Action.READ_RECORD))]) -> Response:
    """The record as far as the reader's roles reach."""
    asked = asked_in(request.query_params)
    facts = await run_in_threadpool(record_facts, request.app.state.wiring, signed.account, asked)
    return page(request, "auditor/record.html", _UNPROCESSABLE if facts["refusals"] else 200, **facts)


def record_facts(wiring: Wiring, account: str, asked: Asked) -> dict[str, Any]:
    """What the page shows; what is asked for and is not there, or not in reach, is said, and nothing is listed."""
    reader, mistakes = Reader(account, wiring.today()), list(asked.mistakes)
    facts: dict[str, Any] = {"days": [], "older": "", "choices": []}
    with begin_read(wiring.engine) as connection:
        try:
            facts |= {} if mistakes else _listed(connection, meant(connection, asked, reader), asked, reader)
        except NothingCalled as nothing:
            mistakes.append(nothing)
        except SeveralCalled as several:
            facts |= {"choices": several.choices}
    return facts | {
        "asked": asked,
        "kinds": [(kind, kind_words(kind)) for kind in KINDS],
        "refusals": [page_sentence(one) for one in mistakes],
        "chips": list(_chips(asked)),
    }


def _listed(connection: Connection, scope: Scope, asked: Asked, reader: Reader) -> dict[str, Any]:
    names, where = KnownNames(connection), here(connection, scope)
    found = sheet(connection, scope, KINDS.get(asked.kind, ()), reader, asked.before, ROWS)
    shown = [_line(entry, where, names) for entry in found.entries]
    return {
        "days": [(_day_words(of[0]), of) for of in _by_day(shown)],
        "older": asked.query(before=place_text(found.rest)) if found.rest else "",
    }


def _by_day(shown: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for _on, of in groupby(shown, key=lambda one: one["on"]):
        yield list(of)


def _day_words(first: dict[str, Any]) -> str:
    on = first["on"]
    return f"{day(on)}, {render(weekday_name(CalendarDay(on, DayKind.WORKING)))}"


def _line(entry: Entry, where: Here, names: KnownNames) -> dict[str, Any]:
    event = entry.event
    return {
        "on": local_date(event.occurred_at),
        "at": f"{event.occurred_at.astimezone(VIETNAM):%H:%M}",
        "exactly": event.occurred_at.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "sentence": render(sentence(entry, where, names)),
        "reason": reason(event),
        "changes": [render(one) for one in changes(entry, where)],
        "proofs": list(_proofs(entry)),
        "code": code(event.request),
        "step": event.step_id,
        "decision": entry.decision,
        "id": event.id,
        "type": event.type,
        "last": moment(entry.last_at) if entry.last_at else "",
    }


def _proofs(entry: Entry) -> Iterator[dict[str, Any]]:
    for one in proofs(entry):
        is_file = one.details.get("kind", "file") == "file" and len(one.digest) > SHORT_HASH
        yield {
            "words": f"{'−' if one.withdrawn else '+'} {render(one.words)}",
            "digest": one.digest,
            "short": one.digest[:SHORT_HASH],
            "is_file": is_file,
        }


def _chips(asked: Asked) -> Iterator[tuple[str, str]]:
    """Each filter in words, and the address without it."""
    said = {
        "decision": _("Decision {number}").format(number=asked.decision),
        "unit": asked.unit,
        "person": asked.person,
        "step": _("Step {number}").format(number=asked.step),
        "kind": kind_words(asked.kind) if asked.kind else "",
        "since": _("from {day}").format(day=day(asked.since)),
        "until": _("until {day}").format(day=day(asked.until)),
    }
    for name, words in said.items():
        if getattr(asked, name):
            yield words, asked.without(name)
