"""Tokens by which programs act as a person: made, shown once, used, revoked.

`bgt_<id>_<secret>`: the id is public and names the token on pages and on record, the secret stands nowhere; its SHA-256
does (192 random bits need no slow hash).
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from bangiao.wiring import Wiring
from checklists.events import TOKEN_CREATED, TOKEN_REVOKED, Event
from checklists.people import Person
from checklists.people_rules import unknown_person
from checklists.tokens import (
    MOST_TOKENS,
    USUAL_DAYS,
    TooManyTokens,
    UnknownToken,
    scopes_of,
    token_lasts,
    token_name,
)
from db import tokens as record
from db.people import people_on_record, person
from db.session import begin_read, begin_write
from db.unit_of_work import record_event

_WRITTEN = re.compile(r"bgt_([0-9a-f]{12})_([0-9a-f]{48})")
_ID_BYTES, _SECRET_BYTES = 6, 24
_USED_EVERY = timedelta(minutes=1)
"""How exactly the last use is noted: reading is not to write at every request."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """`secret` is the whole token as its program needs it. It is shown once and stands nowhere else."""

    token: record.Token
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wished:
    """What somebody wants a token for."""

    name: str
    scopes: Collection[str]
    days: int = USUAL_DAYS


def create_token(wiring: Wiring, account: str, wished: Wished, by: str = "") -> NewToken:
    """Raises UnknownPerson, TooManyTokens and what is wrong with the wish."""
    name, scopes, now = token_name(wished.name), scopes_of(wished.scopes), wiring.now()
    id_, secret = secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES)
    made = record.Token(id_, account, name, scopes, now, now + token_lasts(wished.days))
    with begin_write(wiring.engine) as connection:
        if person(connection, account) is None:
            raise unknown_person(account, people_on_record(connection))
        held = len(record.tokens_of(connection, account, now))
        if held >= MOST_TOKENS:
            raise TooManyTokens(account=account, count=held)
        record.write_token(connection, made, _hashed(secret))
        said: dict[str, object] = {"token": id_, "name": name, "scopes": sorted(scopes)}
        record_event(
            connection, _event(TOKEN_CREATED, account, now, said | {"expires": made.expires_at.isoformat()}, by)
        )
    return NewToken(made, f"bgt_{id_}_{secret}")


def tokens_now(wiring: Wiring, account: str | None = None) -> list[record.Token]:
    """Those that still count, newest first; everybody's where no account is named."""
    with begin_read(wiring.engine) as connection:
        return record.tokens_of(connection, account, wiring.now())


def revoke_token(wiring: Wiring, id_: str, account: str | None = None, by: str = "") -> record.Token:
    """From now on it is good for nothing. `account`: only where it is that person's. Raises UnknownToken."""
    now = wiring.now()
    with begin_write(wiring.engine) as connection:
        found = record.token(connection, id_)
        if found is None or account not in {None, found[0].account} or not record.revoke_token(connection, id_, now):
            raise UnknownToken(token=id_)
        said = {"token": id_, "name": found[0].name}
        record_event(connection, _event(TOKEN_REVOKED, found[0].account, now, said, by))
    return found[0]


def holder_of(wiring: Wiring, given: str) -> tuple[record.Token, Person] | None:
    """Whose token this is, if it is one, is good now, and its person may act; its last use is noted."""
    written, now = _WRITTEN.fullmatch(given), wiring.now()
    if written is None:
        return None
    with begin_read(wiring.engine) as connection:
        found = record.token(connection, written[1])
        if found is None or not hmac.compare_digest(found[1], _hashed(written[2])) or not found[0].good_at(now):
            return None
        who = person(connection, found[0].account)
    if who is None or not who.acts_on(wiring.today()):
        return None
    _note_use(wiring, found[0], now)
    return found[0], who


def _note_use(wiring: Wiring, one: record.Token, now: datetime) -> None:
    if one.used_at is None or now - one.used_at >= _USED_EVERY:
        with begin_write(wiring.engine) as connection:
            record.token_used(connection, one.id, now)


def _hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _event(kind: str, account: str, now: datetime, said: Mapping[str, object], by: str) -> Event:
    return Event(uuid4().hex, kind, now, by or account, account, said)
