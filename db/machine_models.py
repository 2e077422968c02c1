"""The tables of programs: tokens with their scope, subscriptions to events."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class ApiTokenRow(Row):
    """A token by which a program acts as its person. Whoever reads this cannot use it: the secret stands as SHA-256.

    `id` is the public part, by which people speak of it; `scopes`: names with blanks between them."""

    __tablename__ = "api_token"
    __table_args__ = (Index(None, "account", "revoked_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    secret_hash: Mapped[str]
    account: Mapped[str] = mapped_column(ForeignKey("person.account"))
    name: Mapped[str]
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """To the minute."""


class SubscriptionRow(Row):
    """Another system that is told of events. `cursor`: the first place in the audit log that it has not passed; until
    `failing_since` is set its receiver takes what comes. `sealed`: address and signing secret."""

    __tablename__ = "subscription"

    name: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    source: Mapped[str]
    types: Mapped[str] = mapped_column(Text)
    decision: Mapped[str | None]
    province: Mapped[str | None]
    state: Mapped[str]
    cursor: Mapped[int]
    sent: Mapped[int]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int]
    failing_since: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    last_words: Mapped[str] = mapped_column(Text)
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
