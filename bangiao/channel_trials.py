"""How often a channel may be tried out, and the record of who did: otherwise the button would send anybody anything.

`bangiao channel test`, the administrator's page → **here** → `bangiao.delivery_orders.try_out`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, func, select

from bangiao.channels import channel_event
from checklists.errors import HandoverError
from checklists.events import CHANNEL_TESTED, Event
from db.channels import ChannelOnRecord
from db.models import EventRow
from db.unit_of_work import SqlUnitOfWork
from notifiers.masking import masked_address

MOST, WITHIN = 20, timedelta(minutes=10)
"""Of the whole installation."""


class TooManyTrials(HandoverError):
    """{most} test messages were sent in the last {minutes} minutes, and no more are until some time has passed. Wait a
    few minutes, then try again."""


def put_trial_on_record(uow: SqlUnitOfWork, row: ChannelOnRecord, address: str, by: str) -> None:
    """Before anything leaves, so that many at once are counted, too. Raises TooManyTrials."""
    if _trials(uow.connection, uow.now - WITHIN) >= MOST:
        raise TooManyTrials(most=MOST, minutes=int(WITHIN.total_seconds() // 60))
    said = channel_event(CHANNEL_TESTED, row, by, uow.now)
    payload = {**said.payload, "to": masked_address(address)}
    uow.record([Event(f"{CHANNEL_TESTED}:{uuid4().hex}", CHANNEL_TESTED, uow.now, by, row.id, payload)])


def _trials(connection: Connection, since: datetime) -> int:
    these = (EventRow.decision_id.is_(None), EventRow.type == CHANNEL_TESTED, EventRow.occurred_at > since)
    return connection.scalar(select(func.count()).select_from(EventRow).where(*these)) or 0
