"""The tables of what happens to a decision after it was registered: proposed and committed changes, and the minutes
that two sides confirm."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class PlanChangeRow(Row):
    """A change of a registered decision: amended, revoked, another template version, another calendar. Drafted by one
    person with its difference, committed by another. `before` holds what the decision said until then."""

    __tablename__ = "plan_change"
    __table_args__ = (Index(None, "decision_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    kind: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    proposal: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    plan: Mapped[str] = mapped_column(Text)
    difference: Mapped[str] = mapped_column(Text)
    difference_hash: Mapped[str]
    before: Mapped[str] = mapped_column(Text)
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    committed_by: Mapped[str | None]
    committed_at: Mapped[datetime | None]


class RescheduleRow(Row):
    """What a committed change did to a deadline: open steps went from the old one to the new, and both stay on record.

    A step's schedules: its own deadline, and from there backwards along the rows of its key."""

    __tablename__ = "reschedule"
    __table_args__ = (Index(None, "new_deadline_id"),)

    change_id: Mapped[int] = mapped_column(ForeignKey("plan_change.id"), primary_key=True)
    step_key: Mapped[str] = mapped_column(primary_key=True)
    old_deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), primary_key=True)
    new_deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"))


class MinutesRow(Row):
    """Hand-over minutes between two units of one decision: the facts (canonical JSON) and their hash. `version` grows
    with every other content; `pdf` and `docx` are the digests under which the final documents are kept."""

    __tablename__ = "minutes"
    __table_args__ = (UniqueConstraint("decision_id", "number"), Index(None, "giving", "receiving"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    number: Mapped[str]
    giving: Mapped[str] = mapped_column(ForeignKey("unit.key"))
    receiving: Mapped[str] = mapped_column(ForeignKey("unit.key"))
    state: Mapped[str]
    dated_on: Mapped[date]
    content: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str]
    version: Mapped[int]
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    pdf: Mapped[str | None]
    docx: Mapped[str | None]
    final_at: Mapped[datetime | None]


class MinutesConfirmationRow(Row):
    """One side's yes to exactly this text."""

    __tablename__ = "minutes_confirmation"

    minutes_id: Mapped[int] = mapped_column(ForeignKey("minutes.id"), primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(primary_key=True)
    given_by: Mapped[str]
    on_behalf_of: Mapped[str | None]
    given_at: Mapped[datetime]
