"""What a review writes: levels that were reached, notices to people, and when to look again. Twice is harmless."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from checklists.messages import Translate
from db.bulk import in_parts, write_rows
from db.models import StepRow, table_of
from db.notice_models import EscalationRow, NotificationRow, ReviewRow

_ESCALATION, _NOTICE, _REVIEW = table_of(EscalationRow), table_of(NotificationRow), table_of(ReviewRow)
_STEP = table_of(StepRow)

_REVIEWS = 0x7265_7669
"""The name of PostgreSQL's advisory lock that a review holds."""

PENDING, CANCELLED = "pending", "cancelled"


@dataclass(slots=True)
class ReviewRows:
    """The rows of one review, ready to be written together: values in the order of the columns."""

    escalations: list[tuple[Any, ...]] = field(default_factory=list)
    notices: list[tuple[Any, ...]] = field(default_factory=list)
    reviews: list[tuple[Any, ...]] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    """Steps that are settled: what is planned for them and not on its way is not said any more."""
    redated: list[int] = field(default_factory=list)
    """Steps for which something was planned under another due date: the same goes for that."""


def write_reviews(connection: Connection, rows: ReviewRows, now: datetime) -> None:
    """Everything of one review inside the running transaction."""
    write_rows(connection, _ESCALATION, rows.escalations)
    write_rows(connection, _NOTICE, rows.notices)
    cancel_unsent(connection, rows.stopped, now)
    _cancel_of_other_dates(connection, rows.redated, now)
    write_rows(connection, _REVIEW, rows.reviews, anew=True)


def cancel_unsent(connection: Connection, steps: Collection[int], now: datetime) -> int:
    """Notices of these steps that are not on their way yet; gives how many are not said any more."""
    ended = 0
    for part in in_parts(list(steps)):
        these = (_NOTICE.c.step_id.in_(part), _NOTICE.c.state == PENDING)
        ended += connection.execute(update(_NOTICE).where(*these).values(state=CANCELLED, ended_at=now)).rowcount
    return ended


def _cancel_of_other_dates(connection: Connection, steps: Collection[int], now: datetime) -> None:
    stands = select(_STEP.c.due_on).where(_STEP.c.id == _NOTICE.c.step_id).scalar_subquery()
    for part in in_parts(list(steps)):
        these = (_NOTICE.c.step_id.in_(part), _NOTICE.c.state == PENDING, _NOTICE.c.due_on.is_distinct_from(stands))
        connection.execute(update(_NOTICE).where(*these).values(state=CANCELLED, ended_at=now))


def reviewing_alone(connection: Connection) -> None:
    """Reviews come one after another: the second then finds nothing due. On SQLite every writer is alone already."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_REVIEWS)))


def said(messages: Sequence[Any], languages: Mapping[str, Translate]) -> str:
    """Findings as they are kept: each in both languages."""
    return json.dumps(
        [{name: one.render(translate) for name, translate in languages.items()} for one in messages],
        ensure_ascii=False,
    )
