"""The log read from end to end for checking it: in pages, each of one consistent view, so that nobody has to wait.

Rows come as the database has them, next to nothing converted: a million of them are read in one go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text

from checklists.audit.leaf import PAYLOAD
from checklists.events import EVENT_ERASED
from db.audit_log import event_of, payload_of
from db.audit_models import AuditEntryRow, AuditSubtreeRow, AuditWaitingRow, CheckpointStampRow, ErasureRow
from db.audit_tree import HEIGHT
from db.models import EventRow, table_of
from db.session import begin_read

PAGE = 16 << HEIGHT
"""Entries in a page: whole subtrees."""

_ENTRY, _EVENT, _ERASURE = table_of(AuditEntryRow), table_of(EventRow), table_of(ErasureRow)
_WAITING, _SUBTREE, _STAMP = table_of(AuditWaitingRow), table_of(AuditSubtreeRow), table_of(CheckpointStampRow)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries from `first` up to `end` as they are stored: `rows` has those that are there, in order."""

    first: int
    end: int
    rows: list[Any]
    erased: Mapping[str, Mapping[str, bytes]]
    subtrees: Mapping[int, bytes]
    """The stored hash of each complete subtree of 256 entries, by its place."""


def pages(engine: Engine, size: int) -> Iterator[Page]:
    query = (
        select(
            _ENTRY.c.audit_index,
            _ENTRY.c.event_id,
            _ENTRY.c.seed,
            _ENTRY.c.leaf_hash,
            *(one.label(one.name) for one in _EVENT.columns),
        )
        .join(_EVENT, _EVENT.c.id == _ENTRY.c.event_id, isouter=True)
        .order_by(_ENTRY.c.audit_index)
    )
    for first in range(0, size, PAGE):
        end = min(first + PAGE, size)
        within = (_ENTRY.c.audit_index >= first, _ENTRY.c.audit_index < end)
        with begin_read(engine) as connection:
            rows = list(connection.execute(query.where(*within)))
            yield Page(first, end, rows, _erased(connection, *within), _subtrees(connection, first, end))


def _erased(connection: Connection, *within: Any) -> dict[str, dict[str, bytes]]:
    query = select(_ERASURE.c.event_id, _ERASURE.c.field, _ERASURE.c.commitment)
    found: dict[str, dict[str, bytes]] = {}
    for event_id, name, commitment in connection.execute(
        query.join(_ENTRY, _ENTRY.c.event_id == _ERASURE.c.event_id).where(*within)
    ):
        found.setdefault(event_id, {})[name] = bytes(commitment)
    return found


def _subtrees(connection: Connection, first: int, end: int) -> dict[int, bytes]:
    query = select(_SUBTREE.c.position, _SUBTREE.c.hash).where(_SUBTREE.c.level == HEIGHT)
    place = _SUBTREE.c.position
    rows = connection.execute(query.where(place >= first >> HEIGHT, place < end >> HEIGHT))
    return {position: bytes(digest) for position, digest in rows}


def higher_subtrees(connection: Connection) -> list[tuple[int, int, bytes]]:
    """(level, position, hash) of those of 65,536 entries and more."""
    rows = connection.execute(
        select(_SUBTREE.c.level, _SUBTREE.c.position, _SUBTREE.c.hash).where(_SUBTREE.c.level > HEIGHT)
    )
    return [(level, position, bytes(digest)) for level, position, digest in rows]


def smuggled(connection: Connection, most: int) -> list[str]:
    """Events that have no place and do not wait for one."""
    events, entries, waiting = (
        connection.scalar(select(func.count()).select_from(table)) or 0 for table in (_EVENT, _ENTRY, _WAITING)
    )
    if events == entries + waiting:
        return []
    placed = select(_ENTRY.c.event_id).where(_ENTRY.c.event_id == _EVENT.c.id)
    query = select(_EVENT.c.id).where(~placed.exists(), _EVENT.c.id.not_in(select(_WAITING.c.event_id)))
    return list(connection.scalars(query.order_by(_EVENT.c.occurred_at, _EVENT.c.id).limit(most)))


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure on record: whether an event tells of it, and whether the value is gone."""

    index: int
    event_id: str
    field: str
    told: bool
    gone: bool


def erasures_on_record(connection: Connection) -> Iterator[Erased]:
    query = (
        select(_ENTRY.c.audit_index, _ERASURE.c.field, _ERASURE.c.recorded, _EVENT)
        .join(_EVENT, _EVENT.c.id == _ERASURE.c.event_id)
        .join(_ENTRY, _ENTRY.c.event_id == _ERASURE.c.event_id)
        .order_by(_ENTRY.c.audit_index, _ERASURE.c.field)
    )
    for row in connection.execute(query).all():
        teller = connection.execute(select(_EVENT.c.type, _EVENT.c.payload).where(_EVENT.c.id == row.recorded)).first()
        said = payload_of(teller.payload) if teller and teller.type == EVENT_ERASED else {}
        told = (said.get("index"), said.get("field")) == (row.audit_index, row.field)
        yield Erased(row.audit_index, row.id, row.field, told, _value(row) in ("", None))


def _value(row: Any) -> Any:
    if row.field.startswith(PAYLOAD):
        return event_of(row).payload.get(row.field.removeprefix(PAYLOAD))
    return getattr(row, row.field)


def stamps(connection: Connection) -> list[tuple[int, bytes]]:
    """(size, token) of every time stamp."""
    rows = connection.execute(select(_STAMP.c.size, _STAMP.c.token).order_by(_STAMP.c.size, _STAMP.c.stamped_at))
    return [(size, bytes(token)) for size, token in rows]


GUARDED = ("audit_entry", "audit_subtree", "checkpoint", "checkpoint_stamp", "erasure")


def missing_guards(connection: Connection) -> list[str]:
    """Triggers of the log that are not there, or switched off."""
    if connection.dialect.name == "postgresql":
        wanted = {f"{table}_{kind}" for table in ("event", *GUARDED) for kind in ("kept", "not_emptied")}
        found = connection.scalars(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"))
    else:
        wanted = {f"{table}_kept_{order}" for table in GUARDED for order in ("update", "delete")} | {
            "event_kept_delete"
        }
        found = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    return sorted((wanted | {"event_queued", "event_not_changed"}) - set(found))
