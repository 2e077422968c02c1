"""Notices without a review: rows as a review writes them, people who read them, and channels to real servers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from receivers import LOOPBACK
from sqlalchemy import insert, select

from bangiao.channels import put_channel_on_record
from bangiao.wiring import Wiring
from checklists.escalation.ids import notice_id
from checklists.people import Person
from db.bulk import insert_rows, raw_day, raw_instant
from db.models import StepRow, table_of
from db.notice_models import DeliveryAttemptRow, DeliveryRow, NotificationRow
from db.people import write_person
from db.session import begin_read, begin_write
from notifiers.channels import Channel, Kind, Tls
from notifiers.masking import Secret

SIGNING = Secret("khoa-ky-webhook-2025")


def reaching_home(wiring: Wiring) -> Wiring:
    """The same installation, allowed to send to servers on this machine."""
    settings = replace(wiring.settings, allowed_targets=frozenset({"127.0.0.0/8"}))
    return Wiring(settings, wiring.engine, wiring.clock)


def mail_channel(port: int, name: str = "thu") -> Channel:
    return Channel(name, "Thư điện tử", Kind.EMAIL, LOOPBACK, port, Tls.NONE, sender="bangiao@hanoi.gov.vn")


def hook_channel(url: str, name: str = "truc") -> Channel:
    return Channel(name, "Trục liên thông", Kind.WEBHOOK, secret=SIGNING, url=Secret(url))


def record_channel(wiring: Wiring, *channels: Channel) -> None:
    with wiring.unit_of_work() as uow:
        for one in channels:
            put_channel_on_record(uow, one, wiring.settings, "quan-tri")


def reader(wiring: Wiring, account: str, email: str | None = None, **known: str) -> str:
    """Somebody who can be written to."""
    with begin_write(wiring.engine) as connection:
        mail = f"{account}@hanoi.gov.vn" if email is None else email
        write_person(connection, Person(account, account.title(), mail, **known), wiring.now())
    return account


def open_steps(wiring: Wiring, count: int = 1) -> list[int]:
    """Steps of the record that have a due date, the earliest first."""
    query = select(StepRow.id).where(StepRow.due_on.is_not(None)).order_by(StepRow.due_on, StepRow.id).limit(count)
    with begin_read(wiring.engine) as connection:
        return list(connection.scalars(query))


def tell(wiring: Wiring, recipients: str | Sequence[str], steps: Iterable[int], **changes: Any) -> list[str]:
    """Notices about these steps to these people, as a review plans them now; gives their ids."""
    steps = list(steps)
    with begin_write(wiring.engine) as connection:
        dues = dict(connection.execute(select(StepRow.id, StepRow.due_on).where(StepRow.id.in_(steps[:500]))).all())
        rows = [
            _row(wiring, step, dues[step], who, changes)
            for who in ([recipients] if isinstance(recipients, str) else recipients)
            for step in steps
        ]
        connection.execute(insert(NotificationRow), rows)
    return [str(row["id"]) for row in rows]


def _row(wiring: Wiring, step: int, due_on: date, who: str, changes: dict[str, Any]) -> dict[str, Any]:
    level = changes.get("level", "unit-above")
    row: dict[str, Any] = {
        "id": notice_id(step, level, due_on, 0, who, "person"),
        "kind": "step.overdue",
        "step_id": step,
        "level": level,
        "due_on": due_on,
        "recipient": who,
        "in_place_of": None,
        "urgent": False,
        "state": "pending",
        "send_at": wiring.now(),
        "delivery_id": None,
        "created_at": wiring.now(),
        "ended_at": None,
    }
    return row | changes


def tell_many(wiring: Wiring, people: Sequence[str], step: int, each: int) -> None:
    """`each` notices to every one of them, fast."""
    dialect, table = wiring.engine.dialect.name, table_of(NotificationRow)
    with begin_write(wiring.engine) as connection:
        due_on = connection.scalars(select(StepRow.due_on).where(StepRow.id == step)).one()
        now = raw_instant(dialect, wiring.now())
        rows = []
        for who in people:
            for place in range(each):
                values = _row(wiring, step, due_on, who, {"id": f"{who}-{place}"})
                values |= {"due_on": raw_day(due_on), "send_at": now, "created_at": now}
                rows.append(tuple(values[column.name] for column in table.columns))
        insert_rows(connection, table, rows)


def deliveries(wiring: Wiring) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        query = select(table_of(DeliveryRow)).order_by(DeliveryRow.created_at, DeliveryRow.recipient, DeliveryRow.id)
        return list(connection.execute(query))


def attempts(wiring: Wiring) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        table = table_of(DeliveryAttemptRow)
        return list(connection.execute(select(table).order_by(table.c.began_at, table.c.delivery_id, table.c.attempt)))


def notices(wiring: Wiring) -> list[Any]:
    with begin_read(wiring.engine) as connection:
        query = select(table_of(NotificationRow)).order_by(NotificationRow.created_at, NotificationRow.id)
        return list(connection.execute(query))
