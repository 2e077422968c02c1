"""The tables of people and of work on steps. A step nobody has touched has no row here: opening stays cheap.

The other tables are in `db.models`; changes of a registered decision are in `db.change_models`.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class PersonRow(Row):
    """Somebody who may act. Accounts are never given to another person; a disabled one stays on record."""

    __tablename__ = "person"

    account: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    language: Mapped[str]
    added_at: Mapped[datetime]
    disabled_on: Mapped[date | None]


class SubstitutionRow(Row):
    """During an absence (both days included) the substitute acts in the absent person's name."""

    __tablename__ = "substitution"

    absent: Mapped[str] = mapped_column(ForeignKey("person.account"), primary_key=True)
    substitute: Mapped[str] = mapped_column(ForeignKey("person.account"), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class StepWorkRow(Row):
    """What people have said of a step; its state stands in `step`. `doers` is a JSON list of accounts."""

    __tablename__ = "step_work"

    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), primary_key=True, autoincrement=False)
    claim: Mapped[str | None]
    doers: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    unblocker: Mapped[str]
    expected_on: Mapped[date | None]
    clock_runs: Mapped[bool]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class StepHolderRow(Row):
    """Who holds a step that moved from its dissolved unit; a step without a row is held by its checklist's unit."""

    __tablename__ = "step_holder"

    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), primary_key=True, autoincrement=False)
    unit: Mapped[str] = mapped_column(ForeignKey("unit.key"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    ground: Mapped[str]
    since: Mapped[date]
    moved_at: Mapped[datetime]


class EvidenceRow(Row):
    """A file (by its SHA-256), a note or a link that proves a step. Withdrawn evidence stays on record."""

    __tablename__ = "evidence"
    __table_args__ = (Index(None, "step_id", "digest"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"))
    kind: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    size: Mapped[int]
    media_type: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    dated_on: Mapped[date]
    added_by: Mapped[str]
    on_behalf_of: Mapped[str | None]
    added_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]


class VerificationRow(Row):
    """A second person's yes to a submitted step, bound to the evidence that was looked at."""

    __tablename__ = "verification"
    __table_args__ = (Index(None, "step_id", "given_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"))
    claim: Mapped[str]
    evidence_hash: Mapped[str]
    given_by: Mapped[str]
    on_behalf_of: Mapped[str | None]
    given_at: Mapped[datetime]
    void_at: Mapped[datetime | None]
    void_because: Mapped[str] = mapped_column(Text)
