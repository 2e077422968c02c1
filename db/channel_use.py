"""Who is told by a channel, and what came of its last tries. SELECT only."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from db.channels import channels_on_record
from db.models import table_of
from db.notice_models import DeliveryAttemptRow, DeliveryRow
from db.preferences import preferences

_DELIVERY, _ATTEMPT = table_of(DeliveryRow), table_of(DeliveryAttemptRow)


class ChannelUse(NamedTuple):
    """`first`: accounts that are told by it first; `later`: those for whom another way is tried before."""

    first: list[str]
    later: list[str]


class Tried(NamedTuple):
    """One try to send, the newest first in lists."""

    delivery: str
    recipient: str
    address: str
    attempt: int
    began_at: datetime
    outcome: str
    words: str


def channel_use(connection: Connection, channel: str, day: date) -> ChannelUse:
    """By account; of a disabled channel nobody."""
    enabled = [one for one in channels_on_record(connection) if one.enabled]
    use = ChannelUse([], [])
    for account, wishes in sorted(preferences(connection, day).items()):
        ways = [one.id for wish in wishes.working_channels() for one in enabled if wish.kind in {one.kind, one.id}]
        if channel in ways:
            (use.first if ways[0] == channel else use.later).append(account)
    return use


def last_tries(connection: Connection, channel: str, most: int) -> list[Tried]:
    """The newest first."""
    query = (
        select(
            _DELIVERY.c.id,
            _DELIVERY.c.recipient,
            _DELIVERY.c.address,
            _ATTEMPT.c.attempt,
            _ATTEMPT.c.began_at,
            _ATTEMPT.c.outcome,
            _ATTEMPT.c.words,
        )
        .join(_ATTEMPT, _ATTEMPT.c.delivery_id == _DELIVERY.c.id)
        .where(_DELIVERY.c.channel == channel)
        .order_by(_ATTEMPT.c.began_at.desc(), _DELIVERY.c.id)
        .limit(most)
    )
    return [Tried(*row) for row in connection.execute(query)]
