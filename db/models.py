"""The tables. Class names end in `Row`; every unique key that makes a second run harmless is named here.

Keys are given by us, never by the database: unit keys are `generation:code`, checklist and step numbers follow from
the plan (docs/decisions/0005), event ids are given or derived.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware instant; UTC in the database, aware (UTC) when read. Naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant without a zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Row(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    # INTEGER, not BIGINT, on SQLite: only so is a primary key the row id itself
    type_annotation_map: ClassVar = {
        datetime: Instant,
        int: BigInteger().with_variant(Integer(), "sqlite"),
        str: String,
    }


def table_of(row: type[Row]) -> Table:
    """The table behind a row class, for writing tuples and whole rows."""
    assert isinstance(row.__table__, Table)  # noqa: S101 - declared as such; the stub says FromClause
    return row.__table__


class UnitRow(Row):
    __tablename__ = "unit"
    __table_args__ = (Index(None, "generation", "level", "sort_key"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[str]
    code: Mapped[str]
    level: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    parent: Mapped[str | None] = mapped_column(index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    search_key: Mapped[str] = mapped_column(index=True)
    """The name folded for searching; one line per name where dated changes gave it others."""
    sort_key: Mapped[str]


class UnitChangeRow(Row):
    """A later change of kind or name: the unit's attributes are dated, its key stays."""

    __tablename__ = "unit_change"

    unit: Mapped[str] = mapped_column(ForeignKey("unit.key"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    effective_on: Mapped[date] = mapped_column(primary_key=True)
    old_value: Mapped[str]
    new_value: Mapped[str]
    decision_number: Mapped[str]
    issuing_body: Mapped[str]
    issued_on: Mapped[date | None]


class SuccessionRow(Row):
    __tablename__ = "succession"

    predecessor: Mapped[str] = mapped_column(ForeignKey("unit.key"), primary_key=True)
    successor: Mapped[str] = mapped_column(ForeignKey("unit.key"), primary_key=True, index=True)
    relation: Mapped[str]
    basis: Mapped[str]
    decision_number: Mapped[str] = mapped_column(index=True)


class AssignmentRow(Row):
    """Who holds which role in which unit, from when to when (inclusive); unit `*`, which is no unit of the register, is
    the whole country."""

    __tablename__ = "assignment"

    person: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True, index=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date | None]


class TemplateRow(Row):
    """A published template version, immutable, named by its content hash."""

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("slug", "version"),)

    hash: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str]
    version: Mapped[str]
    content: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by: Mapped[str]


class CalendarRow(Row):
    """A working calendar as it was when a decision was registered."""

    __tablename__ = "calendar"

    version: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)


class DecisionRow(Row):
    """A drafted or registered decision with the facts it was planned from, frozen."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    content: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    plan: Mapped[str] = mapped_column(Text)
    plan_hash: Mapped[str]
    calendar_version: Mapped[str]
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    registered_by: Mapped[str | None]
    registered_at: Mapped[datetime | None]
    first_checklist: Mapped[int | None]
    chunk_units: Mapped[int | None]
    opened_at: Mapped[datetime | None]


class NumberBlockRow(Row):
    """The next free number of a series; blocks are taken inside the transaction that uses them."""

    __tablename__ = "number_block"

    series: Mapped[str] = mapped_column(primary_key=True)
    next: Mapped[int]


class OpeningRow(Row):
    """One chunk of a decision's checklists, written together with them: what is here is never opened again."""

    __tablename__ = "opening"

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    chunk: Mapped[int] = mapped_column(primary_key=True)
    units: Mapped[int]
    checklists: Mapped[int]
    steps: Mapped[int]
    opened_at: Mapped[datetime]


class ChecklistRow(Row):
    __tablename__ = "checklist"
    __table_args__ = (UniqueConstraint("decision_id", "unit", "template_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    unit: Mapped[str] = mapped_column(ForeignKey("unit.key"), index=True)
    template_hash: Mapped[str] = mapped_column(ForeignKey("template.hash"))
    role: Mapped[str]
    steps: Mapped[int]
    left_out: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]


class DeadlineRow(Row):
    """A computed deadline with its explanation; steps of one decision share it."""

    __tablename__ = "deadline"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(Text)
    anchor_on: Mapped[date | None]
    due_on: Mapped[date | None]
    calendar_version: Mapped[str]
    provisional: Mapped[bool]
    explanation_vi: Mapped[str] = mapped_column(Text)
    explanation_en: Mapped[str] = mapped_column(Text)


class StepRow(Row):
    """A step; its number is checklist × 2^20 + place, so one range of the primary key is one checklist."""

    __tablename__ = "step"
    __table_args__ = (
        Index(
            "uq_step_checklist_id_key_counterpart_occurrence",
            "checklist_id",
            "key",
            "counterpart",
            "occurrence",
            unique=True,
        ),
        Index(None, "due_on", "state", "version"),  # all that a review asks of steps that it has seen already
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    key: Mapped[str]
    counterpart: Mapped[str]
    occurrence: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    """Of a duty that comes back: which time this is, from 1; 1 for all others."""
    state: Mapped[str]
    due_on: Mapped[date | None]
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"))
    open_needs: Mapped[int]
    overdue_at_birth: Mapped[bool]
    version: Mapped[int]


class NeedRow(Row):
    """`step_id` waits until `needs_id` is done."""

    __tablename__ = "need"
    __table_args__ = ({"sqlite_with_rowid": False},)

    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), primary_key=True)
    needs_id: Mapped[int] = mapped_column(primary_key=True, index=True)


class EventRow(Row):
    """A fact that happened. Append-only."""

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "decision_id", "type"),
        Index(None, "subject", "occurred_at"),
        Index(None, "occurred_at", "id"),  # the record as it is read: newest first
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    actor: Mapped[str]
    on_behalf_of: Mapped[str | None]
    decision_id: Mapped[int | None]
    subject: Mapped[str]
    step_id: Mapped[int | None] = mapped_column(index=True)
    """The step it happened to, if any; `subject` is then the unit whose checklist it is in."""
    request: Mapped[str | None]
    payload: Mapped[str] = mapped_column(Text)


class OutboxRow(Row):
    """One event on its way to one consumer."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "available_at"),)

    event_id: Mapped[str] = mapped_column(ForeignKey("event.id"), primary_key=True)
    consumer: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    attempt: Mapped[int]
    available_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    run_id: Mapped[str | None]
    last_error: Mapped[str | None]
