"""The tables of programs: tokens with their scope, subscriptions to events."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
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
