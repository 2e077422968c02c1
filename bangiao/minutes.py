"""Minutes of a handover: what the command line and the pages call.

record → draft → both sides' yes → **documents kept, then the rows that name them** → evidence of the steps. A process
that dies in between leaves minutes that both confirmed; `finish` puts them away, once however often it runs.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bangiao.attachments import kept_file, store_of
from bangiao.i18n import both_languages
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.desk import NewEvidence
from checklists.minutes import HandoverMinutes
from checklists.minutes_desk import FINAL, HeldMinutes
from checklists.minutes_errors import UnknownMinutes
from checklists.minutes_handlers import (
    MinutesOutcome,
    MinutesResult,
    Wanted,
    Yes,
    confirm_minutes,
    draft_minutes,
    finish_minutes,
    minutes_numbered,
    needs_both,
    preview_minutes,
)
from db.minutes import SqlMinutes
from db.reach import roles_over, units_in_reach
from db.session import begin_read
from evidence.kinds import EVERY_TYPE
from evidence.minutes_docx import minutes_docx
from evidence.minutes_pdf import minutes_pdf
from evidence.store import EvidenceStore

_TRIES = 5
_TRY_AGAIN = {"40001", "40P01"}
"""PostgreSQL's codes for a transaction that lost to another (somebody acted on one of the steps meanwhile)."""

_WRITTEN = {"pdf": minutes_pdf, "docx": minutes_docx}

Result = TypeVar("Result")


def draft(wiring: Wiring, wanted: Wanted) -> MinutesOutcome:
    """Raises what `checklists.minutes_handlers.draft_minutes` raises."""
    return _tried(wiring, lambda desk: draft_minutes(wanted, desk, wiring.today()))


def preview(wiring: Wiring, wanted: Wanted) -> HandoverMinutes:
    """What a draft would say now; nothing is written. Raises what `draft` raises."""
    with reading(wiring) as desk:
        return preview_minutes(wanted, desk, wiring.today())


def preview_document(content: HandoverMinutes) -> bytes:
    """The PDF that a draft of it would have, marked as a draft."""
    return minutes_pdf(content, ())


def confirm(wiring: Wiring, yes: Yes) -> MinutesOutcome:
    """Record one side's yes; with the second one the minutes are finished. Raises what `confirm_minutes` raises."""
    confirmed = _tried(wiring, lambda desk: confirm_minutes(yes, desk, wiring.today()))
    held = confirmed.held
    if held.both_confirmed and held.state != FINAL:
        return finish(wiring, held.number, held.decision)
    return confirmed


def finish(wiring: Wiring, number: str, decision: str | None = None) -> MinutesOutcome:
    """Put away the documents of minutes that both sides confirmed. Raises UnknownMinutes, NotConfirmedByBoth."""
    with reading(wiring) as desk:
        held = minutes_numbered(number, decision, desk)
    if held.state == FINAL:
        return MinutesOutcome(MinutesResult.FINISHED_BEFORE, held)
    needs_both(held)
    documents = _kept(wiring, held)
    return _tried(wiring, lambda desk: finish_minutes(number, held.decision, documents, desk, wiring.today()))


def read(wiring: Wiring, number: str, decision: str | None = None, reader: str | None = None) -> HeldMinutes:
    """Minutes for `reader`, only if either side is within what they may see (None: an operator)."""
    with reading(wiring) as desk:
        held = minutes_numbered(number, decision, desk)
        if reader is not None and not _may_read(desk.connection, reader, held, wiring.today()):
            raise UnknownMinutes(number=number)
    return held


def listed(
    wiring: Wiring, decision: str | None = None, unit: str | None = None, reader: str | None = None
) -> list[HeldMinutes]:
    """Minutes by decision and number; for `reader` only those of which either side is within what they may see."""
    reach = None if reader is None else units_in_reach(reader, wiring.today())
    with reading(wiring) as desk:
        return desk.listed(decision, unit, reach)


def document(wiring: Wiring, held: HeldMinutes, kind: str) -> bytes:
    """The PDF or the DOCX: of final minutes what is kept, of a draft what it says now, marked as such."""
    digest = held.pdf if kind == "pdf" else held.docx
    if digest is None:
        return _WRITTEN[kind](held.content, held.confirmations)
    with store_of(wiring.settings).open(digest) as file:
        return file.read()


def file_name(held: HeldMinutes, kind: str) -> str:
    """The number has a slash in it, which no file name has."""
    number = re.sub(r"[^\w.-]+", "-", held.number).strip("-.")[:60]
    return f"Biên bản bàn giao {number}.{kind}"


@contextmanager
def reading(wiring: Wiring) -> Iterator[SqlMinutes]:
    with begin_read(wiring.engine) as connection:
        yield _desk(wiring, connection, writing=False)


def _desk(wiring: Wiring, connection: Connection, *, writing: bool) -> SqlMinutes:
    return SqlMinutes(connection, wiring.now(), wiring.shelf, both_languages(), writing=writing)


def _may_read(connection: Connection, reader: str, held: HeldMinutes, today: date) -> bool:
    return any(roles_over(connection, reader, unit, today) for unit in (held.giving, held.receiving))


def _kept(wiring: Wiring, held: HeldMinutes) -> tuple[NewEvidence, NewEvidence]:
    """Both documents in the store. They are our own, so that the setting for what people may attach is not asked."""
    store = replace(store_of(wiring.settings), types=EVERY_TYPE)
    last = max(local_date(one.at) for one in held.confirmations)
    day = min(held.content.held_on, last)
    pdf, docx = (_put(store, held, kind, day) for kind in ("pdf", "docx"))
    return pdf, docx


def _put(store: EvidenceStore, held: HeldMinutes, kind: str, day: date) -> NewEvidence:
    written = _WRITTEN[kind](held.content, held.confirmations)
    return kept_file(store, io.BytesIO(written), file_name(held, kind), day)


def _tried(wiring: Wiring, work: Callable[[SqlMinutes], Result]) -> Result:
    for left in reversed(range(_TRIES)):
        try:
            with wiring.unit_of_work() as uow:
                return work(_desk(wiring, uow.connection, writing=True))
        except OperationalError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                raise
    raise AssertionError("unreachable")
