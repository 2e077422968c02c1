"""Signing in: password and code, or a one-time link → a session, whose token only the browser has.

The database keeps tokens as SHA-256. A guess costs a third of a second and is counted before it is made, against the
account and the place it comes from; a browser in which the account has signed in before has a count of its own, so that
guessers elsewhere lock nobody out. Whoever has a second factor is asked for the code whatever the password was: that it
is right is told to nobody who has only the password.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.passwords import hashed, known_passwords, matches
from bangiao.second_factor import accepts
from bangiao.wiring import Wiring
from checklists.events import PASSWORD_SET, SESSION_BEGAN, SESSION_ENDED, Event
from checklists.people import Person
from checklists.people_rules import unknown_person
from checklists.sign_in import (
    CODE_WITHIN,
    DEVICE_KNOWN,
    IN_ALL,
    LINK_LASTS,
    TRIES,
    TRIES_FROM_ONE_PLACE,
    TRIES_WITHIN,
    LinkSpent,
    PasswordsOff,
    SignInTooOld,
    TooManyTries,
    WrongNameOrPassword,
    check_password,
    lasts,
)
from db import sign_in as record
from db.carried_out import forget_old
from db.identities import end_invitations
from db.people import people_on_record, person
from db.session import begin_read, begin_write
from db.sign_in_codes import CodeAwaited, await_code, await_no_more, code_awaited
from db.sign_in_tries import (
    forget_devices,
    forget_old_devices,
    give_back_try,
    is_known_device,
    remember_device,
    take_try,
)
from db.unit_of_work import record_event

_TOKEN_BYTES = 32
_SEEN_EVERY = 60.0
"""Seconds: a session's last sight is not written down at every click."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser somebody signs in with: where it is, what it says it is, the token by which it is known from before,
    and that of a session it still has, which ends with the new one."""

    place: str = ""
    device: str = ""
    known_by: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Began:
    """A new session. The tokens are for the browser and stand nowhere else: `token` is the session's, `known_by` that
    by which this browser is known from now on."""

    token: str
    session: record.Session
    known_by: str
    language: str


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The second step: `token` stands for what was given in the first."""

    token: str = field(repr=False)


def sign_in(wiring: Wiring, name: str, password: str, visitor: Visitor) -> Began | CodeWanted:
    """Begin a session for whoever proves to be that person, or ask for the code. Raises WrongNameOrPassword,
    TooManyTries, PasswordsOff."""
    demand_passwords(wiring)
    now, try_id = wiring.now(), uuid4().hex
    with begin_write(wiring.engine) as connection:
        account = record.account_for_sign_in(connection, name[:_LONGEST_NAME])
        _take(connection, try_id, account or name[:_LONGEST_NAME], visitor, now)
        known = record.credential(connection, account) if account else None
        who = person(connection, account) if account else None
    right = matches(password, known.password if known else None)
    acts = who is not None and who.acts_on(wiring.today())
    if who and acts and known and known.totp:
        return _ask_for_code(wiring, who.account, right, try_id)
    if not (right and who and acts):
        raise WrongNameOrPassword()
    return begin_for(wiring, who, "password", visitor, try_id)


def give_code(wiring: Wiring, token: str, code: str, visitor: Visitor) -> Began:
    """The second step. Raises SignInTooOld, TooManyTries, WrongNameOrPassword: the same whether the password was wrong
    or the code."""
    demand_passwords(wiring)
    now, try_id = wiring.now(), uuid4().hex
    with begin_write(wiring.engine) as connection:
        waiting = code_awaited(connection, token_hash(token), now)
        if waiting is None:
            raise SignInTooOld()
        _take(connection, try_id, waiting.account, visitor, now)
        known, who = record.credential(connection, waiting.account), person(connection, waiting.account)
        both = waiting.password_right and known is not None and _code_is_right(connection, wiring, known, code, now)
        if both:
            both = await_no_more(connection, waiting.token_hash)
            give_back_try(connection, waiting.try_id)
    if not (both and who and who.acts_on(wiring.today())):
        raise WrongNameOrPassword()
    return begin_for(wiring, who, "code", visitor, try_id)


def demand_passwords(wiring: Wiring) -> None:
    """Raises PasswordsOff where the office wants none."""
    if not wiring.settings.passwords:
        raise PasswordsOff()


def _code_is_right(connection: Connection, wiring: Wiring, known: record.Credential, code: str, now: datetime) -> bool:
    """Of somebody whose second factor was removed meanwhile, none is."""
    return bool(known.totp) and accepts(connection, wiring.settings, known, code, now)


def _ask_for_code(wiring: Wiring, account: str, right: bool, try_id: str) -> CodeWanted:
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), wiring.now()
    with begin_write(wiring.engine) as connection:
        await_code(connection, CodeAwaited(token_hash(token), account, right, try_id, now + CODE_WITHIN), now)
    return CodeWanted(token)


def begin_session(wiring: Wiring, account: str, by: str, device: str = "") -> Began:
    """A session for somebody who has proved it in some other way (`by`)."""
    with begin_read(wiring.engine) as connection:
        who = person(connection, account)
        if who is None:
            raise unknown_person(account, people_on_record(connection))
    return begin_for(wiring, who, by, Visitor(device=device))


def begin_for(wiring: Wiring, who: Person, by: str, visitor: Visitor, try_id: str = "") -> Began:
    """A session for this person in this browser; one that the browser still had ends. `try_id`: a try that was none."""
    token, known_by, now = secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES), wiring.now()
    device = "".join(one for one in visitor.device if one.isprintable())[:200]
    made = record.Session(token_hash(token), who.account, now, now, now + IN_ALL, None, device, by)
    with begin_write(wiring.engine) as connection:
        give_back_try(connection, try_id)
        record.end_session(connection, token_hash(visitor.session), now)
        record.write_session(connection, made)
        remember_device(connection, token_hash(visitor.known_by), token_hash(known_by), who.account, now)
        forget_old_devices(connection, now - DEVICE_KNOWN)
        forget_old(connection, now)
        record_event(connection, _event(SESSION_BEGAN, who.account, now, {"by": by}))
    return Began(token, made, known_by, who.language)


def session_of(connection: Connection, token: str, now: datetime, today: date) -> tuple[record.Session, Person] | None:
    """Whose token this is, while it counts; looked up anew each time, so that a revoked one ends at once."""
    found = record.session(connection, token_hash(token))
    if found is None or found.revoked_at is not None or not lasts(found.began_at, found.seen_at, now):
        return None
    who = person(connection, found.account)
    return (found, who) if who is not None and who.acts_on(today) else None


def note_sight(wiring: Wiring, session: record.Session) -> None:
    """Its person was here; to be said after the reading, as it writes."""
    now = wiring.now()
    if (now - session.seen_at).total_seconds() > _SEEN_EVERY:
        with begin_write(wiring.engine) as connection:
            record.seen(connection, session.token_hash, now)


def sign_out(wiring: Wiring, account: str, only: str | None = None, keep: str = "", by: str = "") -> int:
    """End one session of an account, or all but `keep` (hashes of their tokens); gives how many."""
    now = wiring.now()
    with begin_write(wiring.engine) as connection:
        ended = record.revoke(connection, account, now, only, keep)
        if ended:
            record_event(connection, _event(SESSION_ENDED, account, now, {"sessions": ended}, by))
    return ended


def set_password(wiring: Wiring, account: str, password: str, by: str, keep: str = "", known_by: str = "") -> None:
    """Give an account a password; every session it had ends but `keep` (a hash), every browser but the one `known_by`
    is unknown again, and an invitation that was open is none any more. Raises the rule it breaks."""
    now = wiring.now()
    with begin_read(wiring.engine) as connection:
        who = person(connection, account)
        if who is None:
            raise unknown_person(account, people_on_record(connection))
    check_password(password, known_passwords(), (who.account, who.name, who.email))
    kept = hashed(password)
    with begin_write(wiring.engine) as connection:
        record.write_password(connection, account, kept, now)
        record.revoke(connection, account, now, keep=keep)
        forget_devices(connection, account, keep=token_hash(known_by))
        end_invitations(connection, account, now)
        record_event(connection, _event(PASSWORD_SET, account, now, {}, by))


def make_link(wiring: Wiring, account: str) -> str:
    """The token of a link that signs this person in once, within half an hour."""
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), wiring.now()
    with begin_write(wiring.engine) as connection:
        if person(connection, account) is None:
            raise unknown_person(account, people_on_record(connection))
        record.write_link(connection, token_hash(token), account, now + LINK_LASTS)
    return token


def follow_link(wiring: Wiring, token: str, visitor: Visitor) -> Began:
    """Begin a session by a one-time link. Raises LinkSpent."""
    with begin_write(wiring.engine) as connection:
        account = record.use_link(connection, token_hash(token), wiring.now())
        who = person(connection, account) if account else None
    if who is None or not who.acts_on(wiring.today()):
        raise LinkSpent()
    return begin_for(wiring, who, "link", visitor)


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _take(connection: Connection, try_id: str, account: str, visitor: Visitor, now: datetime) -> None:
    """Count this try before it is made. Raises TooManyTries."""
    counts = [(f"account:{account}", TRIES), (f"place:{visitor.place}", TRIES_FROM_ONE_PLACE)]
    device = token_hash(visitor.known_by)
    if visitor.known_by and is_known_device(connection, device, account):
        counts = [(f"device:{device}:{account}", TRIES)]
    if not take_try(connection, try_id, counts, now, now - TRIES_WITHIN):
        raise TooManyTries()


def _event(kind: str, account: str, now: datetime, payload: dict[str, object], by: str = "") -> Event:
    return Event(uuid4().hex, kind, now, by or account, account, payload)
