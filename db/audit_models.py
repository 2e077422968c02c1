"""The tables of the audit log: which events wait for their place, which place each has, and what was signed over them.

event → (trigger) audit_waiting → sequencer → audit_entry and audit_subtree → checkpoint → checkpoint_stamp. All but the
queue only grow: triggers refuse UPDATE and DELETE there and on `event` (migration 20260604), a legal erasure excepted.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class AuditWaitingRow(Row):
    """An event that has no place yet. A trigger writes it, so that nobody who writes events can forget to."""

    __tablename__ = "audit_waiting"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event_id: Mapped[str]


class AuditEntryRow(Row):
    """An event's place in the log, gapless from 0, and the hash of its leaf."""

    __tablename__ = "audit_entry"

    audit_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(unique=True)
    seed: Mapped[bytes] = mapped_column(LargeBinary)
    """Salts of the event's commitments come from it; it never leaves the database."""
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditSubtreeRow(Row):
    """The hash of a complete subtree at every eighth level, so that a root or a proof reads a few hundred hashes."""

    __tablename__ = "audit_subtree"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class CheckpointRow(Row):
    """A signed tree head, with the text exactly as it was handed out."""

    __tablename__ = "checkpoint"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    why: Mapped[str]


class CheckpointStampRow(Row):
    """A time-stamp token (RFC 3161) over a checkpoint's text. There may be several: old ones are stamped again before
    the authority's certificate ends."""

    __tablename__ = "checkpoint_stamp"

    size: Mapped[int] = mapped_column(ForeignKey("checkpoint.size"), primary_key=True)
    stamped_at: Mapped[datetime] = mapped_column(primary_key=True)
    authority: Mapped[str]
    token: Mapped[bytes] = mapped_column(LargeBinary)


class ErasureRow(Row):
    """One value of one event that was erased for a legal reason; its commitment keeps the leaf true."""

    __tablename__ = "erasure"

    event_id: Mapped[str] = mapped_column(ForeignKey("event.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    basis: Mapped[str]
    erased_by: Mapped[str]
    erased_at: Mapped[datetime]
    recorded: Mapped[str]
    """The event `event.erased` that tells of it."""
