"""Signing in: password and code, or a one-time link → a session, whose token only the browser has.

The database keeps tokens as SHA-256. A guess costs a third of a second and counts against the account and against the
place it comes from; whoever is signed in stays signed in meanwhile.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.passwords import hashed, known_passwords, matches
from bangiao.wiring import Wiring
from checklists.events import PASSWORD_SET, SESSION_BEGAN, SESSION_ENDED, Event
from checklists.people import Person
from checklists.people_rules import unknown_person
from checklists.sign_in import (
    IN_ALL,
    LINK_LASTS,
    TRIES,
    TRIES_FROM_ONE_PLACE,
    TRIES_WITHIN,
    LinkSpent,
    TooManyTries,
    WrongNameOrPassword,
    check_password,
    lasts,
)
from db import sign_in as record
from db.carried_out import forget_old
from db.people import people_on_record, person
from db.session import begin_read, begin_write
from db.unit_of_work import record_event

_TOKEN_BYTES = 32
_SEEN_EVERY = 60.0
"""Seconds: a session's last sight is not written down at every click."""


@dataclass(frozen=True, slots=True)
class Began:
    """A new session: the token is for the browser and stands nowhere else."""

    token: str
    session: record.Session


def sign_in(wiring: Wiring, name: str, password: str, place: str, device: str = "") -> Began:
    """Begin a session for whoever proves to be that person. Raises WrongNameOrPassword, TooManyTries."""
    now = wiring.now()
    with begin_read(wiring.engine) as connection:
        account = record.account_for_sign_in(connection, name)
        _hold_back(connection, account or name, place, now)
        known = record.credential(connection, account) if account else None
        who = person(connection, account) if account else None
    right = matches(password, known.password if known else None)
    if not (right and who and who.acts_on(wiring.today())):
        _note_failure(wiring, account or name, place, now)
        raise WrongNameOrPassword()
    return begin_session(wiring, who.account, "password", device)


def begin_session(wiring: Wiring, account: str, by: str, device: str) -> Began:
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), wiring.now()
    made = record.Session(token_hash(token), account, now, now, now + IN_ALL, None, device[:200], by)
    with begin_write(wiring.engine) as connection:
        record.write_session(connection, made)
        forget_old(connection, now)
        record_event(connection, _event(SESSION_BEGAN, account, now, {"by": by}))
    return Began(token, made)


def session_of(wiring: Wiring, token: str) -> tuple[record.Session, Person] | None:
    """Whose token this is, while it counts; looked up anew each time, so that a revoked one ends at once."""
    now = wiring.now()
    with begin_read(wiring.engine) as connection:
        found = record.session(connection, token_hash(token))
        if found is None or found.revoked_at is not None or not lasts(found.began_at, found.seen_at, now):
            return None
        who = person(connection, found.account)
    if who is None or not who.acts_on(wiring.today()):
        return None
    if (now - found.seen_at).total_seconds() > _SEEN_EVERY:
        with begin_write(wiring.engine) as connection:
            record.seen(connection, found.token_hash, now)
    return found, who


def sign_out(wiring: Wiring, account: str, token_hash: str | None = None) -> int:
    """End one session, or all of an account."""
    now = wiring.now()
    with begin_write(wiring.engine) as connection:
        ended = record.revoke(connection, account, now, token_hash)
        if ended:
            record_event(connection, _event(SESSION_ENDED, account, now, {"sessions": ended}))
    return ended


def set_password(wiring: Wiring, account: str, password: str, by: str) -> None:
    """Give an account a password; every session it had ends. Raises the rule it breaks."""
    now = wiring.now()
    with begin_read(wiring.engine) as connection:
        who = person(connection, account)
        if who is None:
            raise unknown_person(account, people_on_record(connection))
    check_password(password, known_passwords(), (who.account, who.name, who.email))
    kept = hashed(password)
    with begin_write(wiring.engine) as connection:
        record.write_password(connection, account, kept, now)
        record.revoke(connection, account, now)
        record_event(connection, _event(PASSWORD_SET, account, now, {}, by))


def make_link(wiring: Wiring, account: str) -> str:
    """The token of a link that signs this person in once, within half an hour."""
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), wiring.now()
    with begin_write(wiring.engine) as connection:
        record.write_link(connection, token_hash(token), account, now + LINK_LASTS)
    return token


def follow_link(wiring: Wiring, token: str, device: str = "") -> Began:
    """Begin a session by a one-time link. Raises LinkSpent."""
    with begin_write(wiring.engine) as connection:
        account = record.use_link(connection, token_hash(token), wiring.now())
    if account is None:
        raise LinkSpent()
    return begin_session(wiring, account, "link", device)


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _hold_back(connection: Connection, account: str, place: str, now: datetime) -> None:
    for whom, most in ((f"account:{account}", TRIES), (f"place:{place}", TRIES_FROM_ONE_PLACE)):
        if record.failed_tries(connection, _whom(whom), now - TRIES_WITHIN) >= most:
            raise TooManyTries()


def _note_failure(wiring: Wiring, account: str, place: str, now: datetime) -> None:
    with begin_write(wiring.engine) as connection:
        for whom in (f"account:{account}", f"place:{place}"):
            record.write_failed_try(connection, uuid4().hex, _whom(whom), now, now - TRIES_WITHIN)


def _whom(text: str) -> str:
    """Hashed: a name typed into the wrong field, or an address, is nobody's business."""
    return sha256(text.encode()).hexdigest()


def _event(kind: str, account: str, now: datetime, payload: dict[str, object], by: str = "") -> Event:
    return Event(uuid4().hex, kind, now, by or account, account, payload)
