"""The tables of accounts elsewhere (OpenID Connect), and invitations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class IdentityRow(Row):
    """Whom the office's own sign-in means by a subject. One account has one identity at each issuer; which e-mail
    address the issuer knows plays no part."""

    __tablename__ = "identity"
    __table_args__ = (Index(None, "issuer", "account", unique=True),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"))
    called: Mapped[str]
    """What the issuer called them when they linked it: for people to recognise it, and for nothing else."""
    linked_by: Mapped[str]
    linked_at: Mapped[datetime]


class InvitationRow(Row):
    """A link by which somebody sets their first password, or a new one, or links the office's account; good once. The
    token is in the link and nowhere else."""

    __tablename__ = "invitation"
    __table_args__ = (Index(None, "account"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"))
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Used, or revoked."""
