"""What an order put on record: its events, the act's own first. SELECT only."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db.models import EventRow


class OrderEvent(NamedTuple):
    """An event of an order."""

    id: str
    type: str
    step: int | None
    at: datetime
    actor: str
    on_behalf_of: str | None
    payload: dict[str, Any]


def events_of_order(connection: Connection, step: int, order: str) -> list[OrderEvent]:
    """The act on this step first, then what else happened to it, then what happened to other steps."""
    columns = (
        EventRow.id,
        EventRow.type,
        EventRow.step_id,
        EventRow.occurred_at,
        EventRow.actor,
        EventRow.on_behalf_of,
        EventRow.payload,
    )
    own = select(*columns).where(EventRow.step_id == step, EventRow.request == order)
    found = [OrderEvent(*row[:6], json.loads(row[6])) for row in connection.execute(own)]
    if not found:
        return []
    others = select(*columns).where(EventRow.occurred_at == found[0].at, EventRow.request == order)
    elsewhere = others.where(EventRow.step_id.is_distinct_from(step)).order_by(EventRow.id)
    found += [OrderEvent(*row[:6], json.loads(row[6])) for row in connection.execute(elsewhere)]
    return sorted(found, key=lambda one: (one.step != step, "before" not in one.payload, one.id))
