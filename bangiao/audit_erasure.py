"""Legal erasure: one value of one event goes for good, and the log stays true, because its commitment is kept.

The erasure is an event itself: who, which field of which entry, on which legal basis, why. What else knows the value
(other events, tables, files, backups, packages that left) is for whoever erases to find.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from bangiao.wiring import Wiring
from checklists.audit.leaf import PAYLOAD, is_impersonal
from checklists.errors import BadInput
from checklists.events import EVENT_ERASED, Event
from checklists.reasons import as_kept
from db.audit_erasure import sweep, write_erasure
from db.audit_log import LoggedEvent, entries, entry_at, sequence_all
from db.faults import faultpoint
from db.unit_of_work import SqlUnitOfWork


class UnknownEntry(BadInput):
    """There is no entry "{entry}" in the audit log. Give an event's id or its place in the log (a number from 0);
    bangiao audit show --verbose shows the ids."""


class NothingToErase(BadInput):
    """Entry {index} ({event}) has no value {field} that could be erased. It has: {fields}."""


class ErasedAlready(BadInput):
    """{field} of entry {index} was erased already; nothing was changed."""


class ErasureUnexplained(BadInput):
    """Erasing is for good, so it needs its legal basis and a reason: --basis BASIS --reason REASON"""


_KEY = "id"
"""An event's id is its key: other rows name it, so it cannot go."""

_TELLS = {PAYLOAD + "index", PAYLOAD + "field"}
"""Without these, nobody could tell what an `event.erased` is about."""


def found_entry(wiring: Wiring, entry: str) -> LoggedEvent:
    """The entry by its event's id or its index. Raises UnknownEntry."""
    sequence_all(wiring.engine)
    with wiring.engine.connect() as connection:
        found = entries(connection, [entry])
        at = found[0] if found else entry_at(connection, int(entry)) if _is_index(entry) else None
    if at is None:
        raise UnknownEntry(entry=entry)
    return at


def erasable(entry: LoggedEvent) -> list[str]:
    """The names of the fields that can be erased."""
    kept = {_KEY, *entry.erased} | (_TELLS if entry.event.type == EVENT_ERASED else set())
    return [name for name in entry.document()["sealed"] if name not in kept]


@dataclass(frozen=True, slots=True)
class Erasure:
    """`entry` as it was. `swept`: the value is also gone from free places of the database's files."""

    entry: LoggedEvent
    swept: bool


def erase(wiring: Wiring, entry: str, name: str, basis: str, reason: str, by: str) -> Erasure:
    """Erase the value. Raises UnknownEntry, NothingToErase, ErasedAlready, ErasureUnexplained."""
    basis, reason = as_kept(basis), as_kept(reason)
    if not basis or not reason:
        raise ErasureUnexplained
    at = found_entry(wiring, entry)
    with wiring.unit_of_work() as uow:
        _erase(uow, at.event.id, name, basis, reason, by)
    return Erasure(at, sweep(wiring.engine))


def _erase(uow: SqlUnitOfWork, event_id: str, name: str, basis: str, reason: str, by: str) -> None:
    (at,) = entries(uow.connection, [event_id])  # again: now nobody else can erase it meanwhile
    if name in at.erased:
        raise ErasedAlready(field=name, index=at.index)
    if name not in erasable(at):
        raise NothingToErase(index=at.index, event=event_id, field=name, fields=", ".join(erasable(at)) or "–")
    teller = _event(uow, at, name, basis, reason, by)
    uow.record([teller])
    commitment = bytes.fromhex(at.document()["sealed"][name])
    write_erasure(uow.connection, event_id, name, commitment, basis, by, uow.now, teller.id)
    faultpoint("audit.erased")


def _event(uow: SqlUnitOfWork, at: LoggedEvent, name: str, basis: str, reason: str, by: str) -> Event:
    payload = {"index": at.index, "field": name, "basis": basis, "reason": reason}
    return Event(
        id=f"{EVENT_ERASED}:{uuid4().hex}",
        type=EVENT_ERASED,
        occurred_at=uow.now,
        actor=by,
        subject=at.event.subject if is_impersonal(at.event.type) else "bangiao",
        payload=payload,
        decision_id=at.event.decision_id,
        step_id=at.event.step_id,
    )


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST


_LONGEST = 18
