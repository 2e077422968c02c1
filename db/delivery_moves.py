"""Deliveries that somebody or something moves on: by another channel, sent again, or cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from db.bulk import insert_rows
from db.deliveries import CANCELLED, DEAD, FAILED, PENDING, UNKNOWN
from db.delivery_plans import NewDelivery, delivery_row
from db.models import table_of
from db.notice_models import DeliveryRow, NotificationRow

_DELIVERY, _NOTICE = table_of(DeliveryRow), table_of(NotificationRow)


def channels_tried(connection: Connection, recipient: str, digest: str, urgent: bool) -> set[str]:
    """By which channels this digest went so far."""
    mine = (_DELIVERY.c.recipient == recipient, _DELIVERY.c.digest == digest, _DELIVERY.c.urgent.is_(urgent))
    return set(connection.scalars(select(_DELIVERY.c.channel).where(*mine)))


def replace_delivery(connection: Connection, new: NewDelivery, now: datetime) -> None:
    """The notices of the delivery that it replaces go by this one."""
    insert_rows(connection, _DELIVERY, [delivery_row(connection, new, now)])
    mine = (_NOTICE.c.delivery_id == new.replaces, _NOTICE.c.state == DEAD)
    moved: Mapping[str, Any] = {"delivery_id": new.id, "state": PENDING, "ended_at": None}
    connection.execute(update(_NOTICE).where(*mine).values(moved))


def revive(connection: Connection, delivery: str, channel: str, address: str, now: datetime) -> bool:
    """A dead letter is due again, its tries begin anew. False when it was not dead."""
    anew = {
        "state": PENDING,
        "tries": 0,
        "channel": channel,
        "address": address,
        "next_try_at": now,
        "ended_at": None,
    }
    dead = (_DELIVERY.c.id == delivery, _DELIVERY.c.state == DEAD)
    if not connection.execute(update(_DELIVERY).where(*dead).values(anew)).rowcount:
        return False
    mine = (_NOTICE.c.delivery_id == delivery, _NOTICE.c.state == DEAD)
    connection.execute(update(_NOTICE).where(*mine).values(state=PENDING, ended_at=None))
    return True


def cancel(connection: Connection, delivery: str, now: datetime) -> bool:
    """What has not left is not sent any more, nor are its notices. False when it is being sent, or has ended."""
    unsent = (_DELIVERY.c.id == delivery, _DELIVERY.c.state.in_((PENDING, FAILED, UNKNOWN)))
    if not connection.execute(update(_DELIVERY).where(*unsent).values(state=CANCELLED, ended_at=now)).rowcount:
        return False
    mine = (_NOTICE.c.delivery_id == delivery, _NOTICE.c.state == PENDING)
    connection.execute(update(_NOTICE).where(*mine).values(state=CANCELLED, ended_at=now))
    return True
