"""Sessions, passwords and one-time links on record; tries and devices: `db.sign_in_tries`, a second factor's codes:
`db.sign_in_codes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update

from db.models import table_of
from db.sign_in_models import CredentialRow, LoginLinkRow, SessionRow
from db.statements import Statement
from db.work_models import PersonRow

_CREDENTIAL, _SESSION, _LINK = map(table_of, (CredentialRow, SessionRow, LoginLinkRow))
_PERSON = table_of(PersonRow)


@dataclass(frozen=True, slots=True)
class Credential:
    """What an account proves itself by."""

    account: str
    password: str
    totp: str
    totp_step: int


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in. `revoked_at` None: not signed out."""

    token_hash: str
    account: str
    began_at: datetime
    seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    device: str
    by: str


def credential(connection: Connection, account: str) -> Credential | None:
    row = connection.execute(
        select(_CREDENTIAL.c.account, _CREDENTIAL.c.password, _CREDENTIAL.c.totp, _CREDENTIAL.c.totp_step).where(
            _CREDENTIAL.c.account == account
        )
    ).one_or_none()
    return Credential(*row) if row else None


def write_password(connection: Connection, account: str, password: str, now: datetime) -> None:
    """Set it, or put it in the place of the one before; a second factor stays."""
    new = {"password": password, "changed_at": now}
    if not connection.execute(update(_CREDENTIAL).where(_CREDENTIAL.c.account == account).values(new)).rowcount:
        connection.execute(insert(_CREDENTIAL).values(account=account, totp="", totp_step=0, **new))


def write_totp(connection: Connection, account: str, sealed: str, step: int, now: datetime) -> None:
    """A second factor, confirmed with the code of this time step; or none ("")."""
    new = {"totp": sealed, "totp_step": step, "changed_at": now}
    connection.execute(update(_CREDENTIAL).where(_CREDENTIAL.c.account == account).values(new))


def use_totp(connection: Connection, account: str, step: int) -> bool:
    """Take a time step's code; False when it, or a later one, was taken before."""
    fresh = (_CREDENTIAL.c.account == account, _CREDENTIAL.c.totp_step < step)
    return connection.execute(update(_CREDENTIAL).where(*fresh).values(totp_step=step)).rowcount == 1


def any_totp(connection: Connection) -> bool:
    """Whether anything of anybody's is sealed here."""
    return connection.scalar(select(_CREDENTIAL.c.account).where(_CREDENTIAL.c.totp != "").limit(1)) is not None


def write_session(connection: Connection, one: Session) -> None:
    connection.execute(insert(_SESSION).values({name: getattr(one, name) for name in Session.__slots__}))


def session(connection: Connection, token_hash: str) -> Session | None:
    rows = _ONE_SESSION.run(connection, {"hash": token_hash}).rows
    return Session(**rows[0]._asdict()) if rows else None


_ONE_SESSION = Statement(
    lambda _: select(*_SESSION.c).where(_SESSION.c.token_hash == bindparam("hash", type_=_SESSION.c.token_hash.type))
)


def sessions_of(connection: Connection, account: str, now: datetime) -> list[Session]:
    """Those that still count, newest first."""
    query = select(*_SESSION.c).where(_SESSION.c.account == account, _SESSION.c.revoked_at.is_(None))
    query = query.where(_SESSION.c.expires_at > now).order_by(_SESSION.c.began_at.desc())
    return [Session(**row._mapping) for row in connection.execute(query)]


def seen(connection: Connection, token_hash: str, now: datetime) -> None:
    connection.execute(update(_SESSION).where(_SESSION.c.token_hash == token_hash).values(seen_at=now))


def revoke(connection: Connection, account: str, now: datetime, only: str | None = None, keep: str = "") -> int:
    """End one session of an account, or all but `keep` (hashes of their tokens); gives how many."""
    these = [_SESSION.c.account == account, _SESSION.c.revoked_at.is_(None), _SESSION.c.token_hash != keep]
    if only is not None:
        these.append(_SESSION.c.token_hash == only)
    return int(connection.execute(update(_SESSION).where(*these).values(revoked_at=now)).rowcount)


def end_session(connection: Connection, token_hash: str, now: datetime) -> None:
    """The one with this token, if it has not ended."""
    one = (_SESSION.c.token_hash == token_hash, _SESSION.c.revoked_at.is_(None))
    connection.execute(update(_SESSION).where(*one).values(revoked_at=now))


def write_link(connection: Connection, token_hash: str, account: str, expires_at: datetime) -> None:
    connection.execute(insert(_LINK).values(token_hash=token_hash, account=account, expires_at=expires_at))


def use_link(connection: Connection, token_hash: str, now: datetime) -> str | None:
    """Whose link it is, used up by this; None when it was used, is over, or never was."""
    good = (_LINK.c.token_hash == token_hash, _LINK.c.used_at.is_(None), _LINK.c.expires_at > now)
    if connection.execute(update(_LINK).where(*good).values(used_at=now)).rowcount != 1:
        return None
    return connection.scalar(select(_LINK.c.account).where(_LINK.c.token_hash == token_hash))


def account_for_sign_in(connection: Connection, text: str) -> str | None:
    """The account that somebody means by its name or by an e-mail address that is nobody else's."""
    wanted = text.strip()
    found = connection.scalars(select(_PERSON.c.account).where(_PERSON.c.account == wanted)).all()
    if not found and "@" in wanted:
        found = connection.scalars(select(_PERSON.c.account).where(func.lower(_PERSON.c.email) == wanted.lower())).all()
    return found[0] if len(found) == 1 else None
