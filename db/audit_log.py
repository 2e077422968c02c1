"""The sequencer: events that wait get their place in the log, gapless, in batches, one sequencer at a time.

event → queue (a trigger) → **sequencer** → entry with leaf hash → `audit_checkpoints`. Writers never wait for each
other's place: they only leave a row in the queue. What committed is what is sequenced; what comes out of the queue has
an entry from the same transaction on.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select

from checklists.audit.leaf import SEED_BYTES, leaf_document, leaf_of
from checklists.events import Event
from db.audit_models import AuditEntryRow, AuditWaitingRow, ErasureRow
from db.audit_tree import StoredTree, store_subtrees
from db.bulk import in_parts, insert_rows
from db.faults import faultpoint
from db.models import EventRow, table_of
from db.session import begin_read, begin_write

BATCH = 1_000
"""So many events get their place in one transaction: whoever wants to write meanwhile waits for a tenth of a second."""

_SEQUENCER = 0x62616E6769616F + 1
"""The name of PostgreSQL's advisory lock that a sequencer holds."""

_WAITING, _ENTRY, _EVENT = table_of(AuditWaitingRow), table_of(AuditEntryRow), table_of(EventRow)
_ERASURE = table_of(ErasureRow)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event at its place in the log. `erased`: the commitments of values that are gone, by field."""

    index: int
    event: Event
    seed: bytes
    leaf_hash: bytes
    erased: Mapping[str, bytes]

    def document(self) -> dict[str, Any]:
        """What `leaf_hash` is the hash of."""
        return leaf_document(self.event, self.seed, self.index, self.erased)


def anything_waits(engine: Engine) -> bool:
    """Whether an event has no place yet: a cheap look that takes no lock."""
    with begin_read(engine) as connection:
        return connection.execute(select(_WAITING.c.position).limit(1)).first() is not None


def sequence_all(engine: Engine, batch: int = BATCH) -> int:
    """Give every event that waits its place, a transaction for each batch. Says how many got one."""
    done = 0
    while anything_waits(engine):
        with begin_write(engine) as connection:
            done += sequence(connection, batch)
    return done


def sequence(connection: Connection, limit: int | None = None) -> int:
    """The same inside a writer's transaction, for up to `limit` events; other sequencers wait until it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SEQUENCER)))
    query = select(_WAITING.c.position, _WAITING.c.event_id).order_by(_WAITING.c.position).limit(limit)
    taken = connection.execute(query).all()
    size = log_size(connection)
    fresh = list(_without_place(connection, list(dict.fromkeys(event_id for _, event_id in taken))))
    entries = list(_placed(fresh, size))
    faultpoint("audit.hashed")
    insert_rows(connection, _ENTRY, entries)
    faultpoint("audit.entries")
    store_subtrees(connection, size, [leaf for *_, leaf in entries])
    for part in in_parts([position for position, _ in taken]):
        connection.execute(delete(_WAITING).where(_WAITING.c.position.in_(part)))
    faultpoint("audit.sequenced")
    return len(entries)


def log_size(connection: Connection) -> int:
    """The number of entries."""
    last: int | None = connection.scalar(select(func.max(_ENTRY.c.audit_index)))
    return 0 if last is None else last + 1


def waiting_since(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait for their place, and when the oldest of them happened."""
    query = select(func.count(), func.min(_EVENT.c.occurred_at)).select_from(_WAITING)
    row = connection.execute(query.join(_EVENT, _EVENT.c.id == _WAITING.c.event_id)).one()
    return row[0], row[1]


def tree(connection: Connection, size: int | None = None) -> StoredTree:
    """The log's first `size` entries (all of them if not said) for roots and proofs."""
    return StoredTree(connection, log_size(connection) if size is None else size)


def entries(connection: Connection, event_ids: Sequence[str]) -> list[LoggedEvent]:
    """The entries of these events in log order; an event that has no place yet is left out."""
    found: list[LoggedEvent] = []
    for part in in_parts(list(dict.fromkeys(event_ids))):
        query = _ENTRIES.where(_ENTRY.c.event_id.in_(part))
        erased = erasures(connection, part)
        found += [_logged(row, erased.get(row.id, {})) for row in connection.execute(query)]
    return sorted(found, key=lambda one: one.index)


def entry_at(connection: Connection, index: int) -> LoggedEvent | None:
    row = connection.execute(_ENTRIES.where(_ENTRY.c.audit_index == index)).first()
    return _logged(row, erasures(connection, [row.id]).get(row.id, {})) if row else None


def erasures(connection: Connection, event_ids: Sequence[str]) -> dict[str, dict[str, bytes]]:
    """By event, the commitments of erased fields."""
    found: dict[str, dict[str, bytes]] = {}
    query = select(_ERASURE.c.event_id, _ERASURE.c.field, _ERASURE.c.commitment)
    for event_id, name, commitment in connection.execute(query.where(_ERASURE.c.event_id.in_(event_ids))):
        found.setdefault(event_id, {})[name] = bytes(commitment)
    return found


def event_of(row: Any) -> Event:
    """A row of the event table as it is hashed."""
    return Event(
        row.id,
        row.type,
        row.occurred_at,
        row.actor,
        row.subject,
        payload_of(row.payload),
        row.decision_id,
        row.on_behalf_of,
        row.step_id,
        row.request,
    )


def payload_of(text: str) -> dict[str, Any]:
    """A payload as it is hashed: whatever somebody wrote there by hand has a hash, too, and stops no sequencer."""
    try:
        payload = json.loads(text)
    except ValueError:
        return {"text": text}
    return payload if isinstance(payload, dict) else {"text": text}


_ENTRIES = select(_ENTRY.c.audit_index, _ENTRY.c.seed, _ENTRY.c.leaf_hash, _EVENT).join(
    _EVENT, _EVENT.c.id == _ENTRY.c.event_id
)


def _logged(row: Any, erased: Mapping[str, bytes]) -> LoggedEvent:
    return LoggedEvent(row.audit_index, event_of(row), bytes(row.seed), bytes(row.leaf_hash), erased)


def _without_place(connection: Connection, event_ids: Sequence[str]) -> Iterator[Event]:
    """The events in the order in which they were written. One that has an entry already, or is no longer there, was
    tampered with: it gets no new place, and `audit verify` names it."""
    for part in in_parts(event_ids):
        placed = set(connection.scalars(select(_ENTRY.c.event_id).where(_ENTRY.c.event_id.in_(part))))
        rows = connection.execute(select(_EVENT).where(_EVENT.c.id.in_(part)))
        found = {row.id: row for row in rows}
        yield from (event_of(found[one]) for one in part if one in found and one not in placed)


def _placed(events: Sequence[Event], size: int) -> Iterator[tuple[int, str, bytes, bytes]]:
    seeds = secrets.token_bytes(SEED_BYTES * len(events))
    for place, event in enumerate(events):
        seed = seeds[place * SEED_BYTES : (place + 1) * SEED_BYTES]
        index = size + place
        yield index, event.id, seed, leaf_of(event, seed, index)
