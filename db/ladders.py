"""Escalation ladders on record, and which one a decision's checklists climb: fixed when the decision is registered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from checklists.escalation.ladder import EscalationLadder
from db.bulk import insert_if_new
from db.models import table_of
from db.notice_models import DecisionLadderRow, LadderRow

_LADDER, _OF_DECISION = table_of(LadderRow), table_of(DecisionLadderRow)


def fix_ladders(
    connection: Connection, decision_id: int, ladders: Mapping[str, EscalationLadder], now: datetime
) -> None:
    """From now on the decision's checklists of each template climb this ladder; what is fixed already stays."""
    for template, ladder in ladders.items():
        row = {"hash": ladder.content_hash, "content": ladder.model_dump_json(), "recorded_at": now}
        connection.execute(insert_if_new(connection, _LADDER), row)
        fixed = {"decision_id": decision_id, "template": template, "ladder_hash": ladder.content_hash}
        connection.execute(insert_if_new(connection, _OF_DECISION), fixed)


def ladders_fixed(connection: Connection) -> dict[tuple[int, str], EscalationLadder]:
    """Decision and template → its ladder."""
    contents = {row.hash: row.content for row in connection.execute(select(_LADDER.c.hash, _LADDER.c.content))}
    parsed = {name: EscalationLadder.model_validate_json(content) for name, content in contents.items()}
    rows = connection.execute(select(_OF_DECISION))
    return {(row.decision_id, row.template): parsed[row.ladder_hash] for row in rows}
