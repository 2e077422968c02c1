"""Signs of life and queues as one glance at the installation wants them: counted by state, SELECT only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from db.audit_checkpoints import newest_checkpoint
from db.audit_models import AuditWaitingRow
from db.delivery_lists import Wanted, deliveries_counted
from db.models import OutboxRow, Row, table_of
from db.notice_models import DeliveryRow, HeartbeatRow, NotificationRow
from db.outbox import CLAIMED, PENDING

_UNSENT = ("pending", "failed", "unknown", "sending")


@dataclass(frozen=True, slots=True)
class Queues:
    """How much waits, and for what; waiting a moment is no fault."""

    events: int
    notices: int
    messages: int
    dead: int
    unsequenced: int


def heartbeats(connection: Connection) -> Mapping[str, datetime]:
    """Part → when it last said that it lives."""
    return {row.part: row.at for row in connection.execute(select(table_of(HeartbeatRow)))}


def queues(connection: Connection) -> Queues:
    def counted(table: type[Row], *which: ColumnElement[bool]) -> int:
        return connection.scalar(select(func.count()).select_from(table).where(*which)) or 0

    return Queues(
        counted(OutboxRow, OutboxRow.state.in_((PENDING, CLAIMED))),
        counted(NotificationRow, NotificationRow.state == "pending", NotificationRow.delivery_id.is_(None)),
        counted(DeliveryRow, DeliveryRow.state.in_(_UNSENT)),
        deliveries_counted(connection, Wanted(dead=True)),
        counted(AuditWaitingRow),
    )


def last_checkpoint(connection: Connection) -> tuple[int, datetime] | None:
    """Its size and when it was made."""
    newest = newest_checkpoint(connection)
    return (newest.size, newest.made_at) if newest else None
