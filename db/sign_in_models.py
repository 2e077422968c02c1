"""The tables of signing in: passwords, second factors, sessions, devices, links, tries; and orders with a key.

Nothing here can be used by whoever reads it: tokens stand as SHA-256, passwords as Argon2id, TOTP secrets sealed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class CredentialRow(Row):
    """How a person proves who they are; `totp` is sealed, empty without a second factor. `totp_step`: the last time
    step that was used, so that no code is taken twice."""

    __tablename__ = "credential"

    account: Mapped[str] = mapped_column(ForeignKey("person.account"), primary_key=True)
    password: Mapped[str]
    totp: Mapped[str]
    totp_step: Mapped[int]
    changed_at: Mapped[datetime]


class SessionRow(Row):
    """Somebody who is signed in, until `expires_at` at the latest."""

    __tablename__ = "session"
    __table_args__ = (Index(None, "account", "revoked_at"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    device: Mapped[str]
    by: Mapped[str]
    """password, code (password and second factor), link, invitation, oidc."""


class LoginLinkRow(Row):
    """A link that signs somebody in once."""

    __tablename__ = "login_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FailedTryRow(Row):
    """A failed try to sign in, by account and by address (hashed), for holding guessers back."""

    __tablename__ = "failed_try"
    __table_args__ = (Index(None, "whom", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    whom: Mapped[str]
    at: Mapped[datetime]


class KnownDeviceRow(Row):
    """A browser in which this account has signed in before: guesses from elsewhere do not hold it back. The token is in
    the browser's cookie, and another one after each signing in."""

    __tablename__ = "known_device"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"), primary_key=True)
    seen_at: Mapped[datetime]


class CodeAwaitedRow(Row):
    """Somebody gave an account and a password, and is asked for the code. `password_right` is told to nobody until the
    code is right, too; `try_id` is the try that this was counted as."""

    __tablename__ = "code_awaited"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"))
    password_right: Mapped[bool]
    try_id: Mapped[str]
    expires_at: Mapped[datetime]


class RecoveryCodeRow(Row):
    """A code for the day the telephone is lost (hashed); good once."""

    __tablename__ = "recovery_code"

    account: Mapped[str] = mapped_column(ForeignKey("person.account"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class CarriedOutRow(Row):
    """An order that came with a key of its sender and was carried out: it is not, a second time."""

    __tablename__ = "carried_out"
    __table_args__ = (Index(None, "at"),)

    account: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    order_hash: Mapped[str]
    at: Mapped[datetime]
    answer: Mapped[str | None]
    """What its sender was told, where that does not follow from the record: given again when it comes again."""
