"""Tokens of programs on record; the secrets are not."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, Select, insert, select, update

from checklists.tokens import TokenScope
from db.machine_models import ApiTokenRow
from db.models import table_of

_TOKEN = table_of(ApiTokenRow)


@dataclass(frozen=True, slots=True)
class Token:
    """A program's token. `id` is public; `revoked_at` None: not revoked; `used_at` None: never used."""

    id: str
    account: str
    name: str
    scopes: frozenset[TokenScope]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def good_at(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


_FIELDS = tuple(one.name for one in fields(Token))


def write_token(connection: Connection, one: Token, secret_hash: str) -> None:
    row = {name: getattr(one, name) for name in _FIELDS} | {"scopes": " ".join(sorted(one.scopes))}
    connection.execute(insert(_TOKEN).values(secret_hash=secret_hash, **row))


def token(connection: Connection, id_: str) -> tuple[Token, str] | None:
    """The token and the hash of its secret."""
    row = connection.execute(_tokens().add_columns(_TOKEN.c.secret_hash).where(_TOKEN.c.id == id_)).one_or_none()
    return (_token(row[:-1]), row.secret_hash) if row else None


def tokens_of(connection: Connection, account: str | None, now: datetime) -> list[Token]:
    """Those that still count, newest first; of everybody where `account` is None."""
    query = _tokens().where(_TOKEN.c.revoked_at.is_(None), _TOKEN.c.expires_at > now)
    if account is not None:
        query = query.where(_TOKEN.c.account == account)
    return list(map(_token, connection.execute(query.order_by(_TOKEN.c.created_at.desc(), _TOKEN.c.id))))


def revoke_token(connection: Connection, id_: str, now: datetime) -> bool:
    """False where it was revoked already."""
    standing = (_TOKEN.c.id == id_, _TOKEN.c.revoked_at.is_(None))
    return connection.execute(update(_TOKEN).where(*standing).values(revoked_at=now)).rowcount == 1


def token_used(connection: Connection, id_: str, now: datetime) -> None:
    connection.execute(update(_TOKEN).where(_TOKEN.c.id == id_).values(used_at=now))


def _tokens() -> Select[tuple[object, ...]]:
    return select(*(_TOKEN.c[name] for name in _FIELDS))


def _token(row: object) -> Token:
    values = dict(zip(_FIELDS, row, strict=True))  # type: ignore[call-overload]
    return Token(**values | {"scopes": frozenset(map(TokenScope, values["scopes"].split()))})
