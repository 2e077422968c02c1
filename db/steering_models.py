"""The tables of steering: whether units may begin to operate (go or no go), and views that people keep by a name."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class GoNoGoRow(Row):
    """A question whether a decision's units (those of one province; "": all) may begin to operate on a day. `facts`:
    how they stood when it was opened (canonical JSON). Open until `outcome` is there; of one subject one is open at a
    time, as commands come one after another. `counted`: what the outcome was computed from (JSON)."""

    __tablename__ = "go_no_go"
    __table_args__ = (Index(None, "decision_id", "province"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    province: Mapped[str]
    decided_for: Mapped[date]
    facts: Mapped[str] = mapped_column(Text)
    facts_hash: Mapped[str]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    outcome: Mapped[str | None]
    counted: Mapped[str | None] = mapped_column(Text)
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class GoNoGoVoteRow(Row):
    """One vote; a changed mind is another row, numbered through the question. The last one of a person counts."""

    __tablename__ = "go_no_go_vote"

    question_id: Mapped[int] = mapped_column(ForeignKey("go_no_go.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    given_by: Mapped[str]
    choice: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]


class SavedViewRow(Row):
    """A table with its filters, kept under a name by a person; `shared` with those who sit in a committee with them."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(ForeignKey("person.account"))
    name: Mapped[str]
    page: Mapped[str]
    query: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool]
    saved_at: Mapped[datetime]
