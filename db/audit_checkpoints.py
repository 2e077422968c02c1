"""Checkpoints as they are kept: never changed, one for each size of the log, each with the time stamps it got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from db.audit_models import CheckpointRow, CheckpointStampRow
from db.bulk import insert_if_new
from db.faults import faultpoint
from db.models import table_of
from db.session import begin_write

_CHECKPOINT, _STAMP = table_of(CheckpointRow), table_of(CheckpointStampRow)


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """`text` is the signed note as it was handed out."""

    size: int
    root: bytes
    text: str
    made_at: datetime
    why: str


def newest_checkpoint(connection: Connection) -> StoredCheckpoint | None:
    row = connection.execute(_ALL.order_by(_CHECKPOINT.c.size.desc()).limit(1)).first()
    return StoredCheckpoint(row.size, bytes(row.root), row.text, row.made_at, row.why) if row else None


def checkpoints(connection: Connection) -> list[StoredCheckpoint]:
    """All of them, the smallest first."""
    rows = connection.execute(_ALL.order_by(_CHECKPOINT.c.size))
    return [StoredCheckpoint(row.size, bytes(row.root), row.text, row.made_at, row.why) for row in rows]


def checkpoint_of(connection: Connection, size: int) -> StoredCheckpoint | None:
    row = connection.execute(_ALL.where(_CHECKPOINT.c.size == size)).first()
    return StoredCheckpoint(row.size, bytes(row.root), row.text, row.made_at, row.why) if row else None


def keep_checkpoint(engine: Engine, made: StoredCheckpoint) -> bool:
    """Write it down unless there is one of this size: then that one holds, and False."""
    row = {"size": made.size, "root": made.root, "text": made.text, "made_at": made.made_at, "why": made.why}
    faultpoint("audit.signed")
    with begin_write(engine) as connection:
        return bool(connection.execute(insert_if_new(connection, _CHECKPOINT), row).rowcount)


def unstamped(connection: Connection) -> StoredCheckpoint | None:
    """The newest checkpoint, if no authority has stamped it."""
    newest = newest_checkpoint(connection)
    if newest is None:
        return None
    stamped = select(_STAMP.c.size).where(_STAMP.c.size == newest.size).limit(1)
    return None if connection.execute(stamped).first() else newest


def keep_stamp(engine: Engine, size: int, token: bytes, authority: str, now: datetime) -> None:
    row = {"size": size, "stamped_at": now, "authority": authority, "token": token}
    with begin_write(engine) as connection:
        connection.execute(insert(_STAMP), row)


_ALL = select(_CHECKPOINT)
