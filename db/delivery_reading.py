"""What a message is written from: a delivery's notices, the steps they speak of as they are now, and who was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from checklists.steps import OPEN
from db.bulk import in_parts, insert_if_new
from db.models import ChecklistRow, DeadlineRow, DecisionRow, NeedRow, StepRow, TemplateRow, UnitRow, table_of
from db.notice_models import AcknowledgementRow, NotificationRow, ReviewRow
from db.notices import CANCELLED, PENDING
from db.step_queries import OWED_BY
from db.work_models import PersonRow, StepHolderRow, StepWorkRow

_NOTICE, _PERSON = table_of(NotificationRow), table_of(PersonRow)


class DeadNotice(NamedTuple):
    """A notice that reached nobody."""

    id: str
    delivery_id: str
    kind: str
    step_id: int
    level: str
    due_on: date | None
    recipient: str
    urgent: bool


class NoticeLine(NamedTuple):
    """A notice of a delivery, and its step's state and due date as they are now."""

    id: str
    delivery_id: str
    kind: str
    step_id: int
    level: str
    due_on: date | None
    in_place_of: str | None
    state: str
    due_now: date | None


class ToldOne(NamedTuple):
    """Somebody who was told of a step."""

    account: str
    name: str
    at: datetime


class ToldStep(NamedTuple):
    """What a message may say of a step."""

    id: int
    key: str
    occurrence: int
    counterpart: str
    state: str
    due_on: date | None
    overdue_at_birth: bool
    decision_id: int
    template: str
    template_hash: str
    unit: str
    unit_name: str
    holder: str
    explanation_vi: str
    explanation_en: str
    reason: str | None
    unblocker: str | None
    expected_on: date | None
    changed_by: str | None
    next_review_at: datetime | None


def dead_notices(connection: Connection, deliveries: Sequence[str]) -> list[DeadNotice]:
    """Notices that ended with these deliveries."""
    columns = [_NOTICE.c[name] for name in DeadNotice._fields]
    found = []
    for part in in_parts(deliveries):
        query = select(*columns).where(_NOTICE.c.delivery_id.in_(part), _NOTICE.c.state == "dead")
        rows = connection.execute(query.order_by(_NOTICE.c.id))
        found += [DeadNotice(*row) for row in rows if row.step_id is not None]
    return found


def notice_lines(connection: Connection, deliveries: Sequence[str]) -> dict[str, list[NoticeLine]]:
    """Delivery → its notices that are still to be told."""
    found: dict[str, list[NoticeLine]] = {}
    for part in in_parts(deliveries):
        query = (
            select(
                _NOTICE.c.id,
                _NOTICE.c.delivery_id,
                _NOTICE.c.kind,
                _NOTICE.c.step_id,
                _NOTICE.c.level,
                _NOTICE.c.due_on,
                _NOTICE.c.in_place_of,
                StepRow.state,
                StepRow.due_on,
            )
            .join(StepRow, StepRow.id == _NOTICE.c.step_id)
            .where(_NOTICE.c.delivery_id.in_(part), _NOTICE.c.state == PENDING)
            .order_by(StepRow.due_on, _NOTICE.c.step_id, _NOTICE.c.id)
        )
        for row in connection.execute(query):
            found.setdefault(str(row[1]), []).append(NoticeLine(*row))
    return found


def told_steps(connection: Connection, steps: Collection[int]) -> dict[int, ToldStep]:
    """Those steps as they are now."""
    found: dict[int, ToldStep] = {}
    for part in in_parts(list(steps)):
        query = (
            select(
                StepRow.id,
                StepRow.key,
                StepRow.occurrence,
                StepRow.counterpart,
                StepRow.state,
                StepRow.due_on,
                StepRow.overdue_at_birth,
                ChecklistRow.decision_id,
                TemplateRow.slug,
                ChecklistRow.template_hash,
                ChecklistRow.unit,
                UnitRow.name,
                OWED_BY,
                DeadlineRow.explanation_vi,
                DeadlineRow.explanation_en,
                StepWorkRow.reason,
                StepWorkRow.unblocker,
                StepWorkRow.expected_on,
                StepWorkRow.changed_by,
                ReviewRow.next_at,
            )
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
            .join(ReviewRow, ReviewRow.step_id == StepRow.id, isouter=True)
            .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
            .join(TemplateRow, TemplateRow.hash == ChecklistRow.template_hash)
            .join(UnitRow, UnitRow.key == ChecklistRow.unit)
            .join(DeadlineRow, DeadlineRow.id == StepRow.deadline_id)
            .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
            .join(StepWorkRow, StepWorkRow.step_id == StepRow.id, isouter=True)
            .where(StepRow.id.in_(part))
        )
        rows: Any = connection.execute(query)
        found |= {row[0]: ToldStep(*row) for row in rows}
    return found


def awaited_steps(connection: Connection, steps: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """Step → template hash and key of the open steps that it needs."""
    found: dict[int, list[tuple[str, str]]] = {}
    for part in in_parts(list(steps)):
        query = (
            select(NeedRow.step_id, ChecklistRow.template_hash, StepRow.key)
            .join(StepRow, StepRow.id == NeedRow.needs_id)
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
            .where(NeedRow.step_id.in_(part), StepRow.state.in_([one.value for one in OPEN]))
            .order_by(NeedRow.step_id, StepRow.id)
        )
        for step, template, key in connection.execute(query):
            found.setdefault(step, []).append((template, key))
    return found


def promises(connection: Connection, steps: Collection[int]) -> dict[int, tuple[str, date]]:
    """Step → who promised it last, and for which day."""
    promise = table_of(AcknowledgementRow)
    found: dict[int, tuple[str, date]] = {}
    for part in in_parts(list(steps)):
        query = select(promise.c.step_id, promise.c.given_by, promise.c.expected_on).where(promise.c.step_id.in_(part))
        rows = connection.execute(query.order_by(promise.c.given_at, promise.c.id))
        found |= {step: (who, expected) for step, who, expected in rows}
    return found


def told_so_far(connection: Connection, steps: Collection[int]) -> dict[tuple[int, date | None], list[ToldOne]]:
    """Step and due date → who was told of it, by which account, name and when; the latest first."""
    found: dict[tuple[int, date | None], list[ToldOne]] = {}
    for part in in_parts(list(steps)):
        query = (
            select(_NOTICE.c.step_id, _NOTICE.c.due_on, _PERSON.c.account, _PERSON.c.name, _NOTICE.c.ended_at)
            .join(_PERSON, _PERSON.c.account == _NOTICE.c.recipient)
            .where(_NOTICE.c.step_id.in_(part), _NOTICE.c.state == "sent", _NOTICE.c.ended_at.is_not(None))
            .order_by(_NOTICE.c.ended_at.desc())
        )
        for step, due_on, *told in connection.execute(query):
            found.setdefault((step, due_on), []).append(ToldOne(*told))
    return found


def names_of(connection: Connection, accounts: Iterable[str]) -> Mapping[str, str]:
    """Account → name of those on record."""
    found: dict[str, str] = {}
    for part in in_parts(sorted(set(accounts))):
        rows: Any = connection.execute(select(_PERSON.c.account, _PERSON.c.name).where(_PERSON.c.account.in_(part)))
        found |= {row.account: row.name for row in rows}
    return found


def unit_names(connection: Connection, units: Iterable[str]) -> Mapping[str, str]:
    """Unit key → name."""
    found: dict[str, str] = {}
    for part in in_parts(sorted(set(units))):
        rows: Any = connection.execute(select(UnitRow.key, UnitRow.name).where(UnitRow.key.in_(part)))
        found |= {row.key: row.name for row in rows}
    return found


def cancel_notices(connection: Connection, notices: Sequence[str], now: datetime) -> None:
    """They are not said any more: their step is settled, or its due date moved."""
    for part in in_parts(notices):
        these = (_NOTICE.c.id.in_(part), _NOTICE.c.state == PENDING)
        connection.execute(update(_NOTICE).where(*these).values(state=CANCELLED, ended_at=now))


def write_notices(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Notices to further people; those that are there already stay as they are."""
    if rows:
        connection.execute(insert_if_new(connection, _NOTICE), list(rows))
