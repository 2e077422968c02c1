"""Accounts of the office's own sign-in on record, and open invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from db.identity_models import IdentityRow, InvitationRow
from db.models import table_of

_IDENTITY, _INVITATION = table_of(IdentityRow), table_of(InvitationRow)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an issuer means by a subject."""

    issuer: str
    subject: str
    account: str
    called: str
    linked_by: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """A way in that was given to somebody. `ended_at` None: neither used nor revoked."""

    token_hash: str
    account: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


def identity(connection: Connection, issuer: str, subject: str) -> Identity | None:
    row = connection.execute(
        select(*_IDENTITY.c).where(_IDENTITY.c.issuer == issuer, _IDENTITY.c.subject == subject)
    ).one_or_none()
    return Identity(**row._mapping) if row else None


def identity_of(connection: Connection, issuer: str, account: str) -> Identity | None:
    row = connection.execute(
        select(*_IDENTITY.c).where(_IDENTITY.c.issuer == issuer, _IDENTITY.c.account == account)
    ).one_or_none()
    return Identity(**row._mapping) if row else None


def write_identity(connection: Connection, one: Identity) -> None:
    connection.execute(insert(_IDENTITY).values({name: getattr(one, name) for name in Identity.__slots__}))


def remove_identity(connection: Connection, issuer: str, account: str) -> bool:
    """False where there was none."""
    mine = (_IDENTITY.c.issuer == issuer, _IDENTITY.c.account == account)
    return connection.execute(delete(_IDENTITY).where(*mine)).rowcount == 1


def write_invitation(connection: Connection, one: Invitation) -> None:
    connection.execute(insert(_INVITATION).values({name: getattr(one, name) for name in Invitation.__slots__}))


def open_invitation(connection: Connection, token_hash: str, now: datetime) -> Invitation | None:
    """None when it was used or revoked, is over, or never was."""
    query = select(*_INVITATION.c).where(_INVITATION.c.token_hash == token_hash, *_lasting(now))
    row = connection.execute(query).one_or_none()
    return Invitation(**row._mapping) if row else None


def invitation_to(connection: Connection, account: str, now: datetime) -> Invitation | None:
    """The one that is open; a newer one ends those before."""
    query = select(*_INVITATION.c).where(_INVITATION.c.account == account, *_lasting(now))
    row = connection.execute(query.order_by(_INVITATION.c.made_at.desc()).limit(1)).one_or_none()
    return Invitation(**row._mapping) if row else None


def use_invitation(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Use it up; False when somebody else was first, or it is over."""
    good = (_INVITATION.c.token_hash == token_hash, *_lasting(now))
    return connection.execute(update(_INVITATION).where(*good).values(ended_at=now)).rowcount == 1


def end_invitations(connection: Connection, account: str, now: datetime) -> int:
    """All that are open; gives how many."""
    mine = (_INVITATION.c.account == account, *_lasting(now))
    return int(connection.execute(update(_INVITATION).where(*mine).values(ended_at=now)).rowcount)


def _lasting(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _INVITATION.c.ended_at.is_(None), _INVITATION.c.expires_at > now
