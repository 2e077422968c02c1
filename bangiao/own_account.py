"""What somebody does about their own account: password, second factor, where they are signed in, language, wishes.

Whoever changes how they prove themselves proves themselves first; tries at that are counted as tries to sign in are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from bangiao.passwords import matches
from bangiao.people import put_on_record
from bangiao.second_factor import recovery_codes, recovery_hashes, sealed_secret, step_of_code
from bangiao.sign_in import demand_passwords, set_password, sign_out
from bangiao.wiring import Wiring
from checklists.events import SECOND_FACTOR_REMOVED, SECOND_FACTOR_SET, Event
from checklists.people import Person
from checklists.sign_in import (
    TRIES,
    TRIES_WITHIN,
    NoPasswordYet,
    NoSuchSession,
    PasswordsDiffer,
    TooManyTries,
    WrongCode,
    WrongOldPassword,
    lasts,
)
from db import sign_in as record
from db.session import begin_read, begin_write
from db.sign_in_codes import recovery_codes_left, write_recovery_codes
from db.sign_in_tries import give_back_try, take_try
from db.unit_of_work import record_event


def change_password(wiring: Wiring, session: record.Session, old: str, new: Sequence[str], known_by: str = "") -> None:
    """`new`: the password twice, as typed. Every other session ends. Raises WrongOldPassword, TooManyTries,
    PasswordsDiffer, PasswordsOff, and what a password may not be. Who has none yet needs no old one."""
    demand_passwords(wiring)
    if has_password(wiring, session.account):
        prove(wiring, session.account, old)
    if len(set(new)) != 1:
        raise PasswordsDiffer()
    set_password(wiring, session.account, new[0], session.account, keep=session.token_hash, known_by=known_by)


def has_password(wiring: Wiring, account: str) -> bool:
    with begin_read(wiring.engine) as connection:
        return record.credential(connection, account) is not None


def proves_by_password(wiring: Wiring, account: str) -> bool:
    """Whether that is how they show that it is they: somebody without one is known by their session alone."""
    return wiring.settings.passwords and has_password(wiring, account)


def prove(wiring: Wiring, account: str, password: str) -> None:
    """That whoever sits there is the account's owner. Raises WrongOldPassword, TooManyTries."""
    now, try_id = wiring.now(), uuid4().hex
    with begin_write(wiring.engine) as connection:
        if not take_try(connection, try_id, [(f"own:{account}", TRIES)], now, now - TRIES_WITHIN):
            raise TooManyTries()
        known = record.credential(connection, account)
    if not matches(password, known.password if known else None):
        raise WrongOldPassword()
    with begin_write(wiring.engine) as connection:
        give_back_try(connection, try_id)


def has_second_factor(wiring: Wiring, account: str) -> tuple[bool, int]:
    """Whether there is one, and how many of the codes on paper are left."""
    with begin_read(wiring.engine) as connection:
        known = record.credential(connection, account)
        return bool(known and known.totp), recovery_codes_left(connection, account)


def add_second_factor(wiring: Wiring, session: record.Session, password: str, secret: bytes, code: str) -> list[str]:
    """From now on a code is asked for; gives the codes on paper, which are shown once. Every other session ends. Raises
    NoPasswordYet, WrongOldPassword, WrongCode."""
    if not has_password(wiring, session.account):
        raise NoPasswordYet()
    prove(wiring, session.account, password)
    now = wiring.now()
    step = step_of_code(secret, code, now)
    if step is None:
        raise WrongCode()
    codes = recovery_codes()
    with begin_write(wiring.engine) as connection:
        sealed = sealed_secret(connection, wiring.settings, session.account, secret)
        record.write_totp(connection, session.account, sealed, step, now)
        write_recovery_codes(connection, session.account, recovery_hashes(session.account, codes))
        record.revoke(connection, session.account, now, keep=session.token_hash)
        record_event(connection, _event(SECOND_FACTOR_SET, session.account, now))
    return codes


def remove_second_factor(wiring: Wiring, account: str, by: str = "") -> bool:
    """From now on the password is enough; False when it was already."""
    now = wiring.now()
    with begin_write(wiring.engine) as connection:
        known = record.credential(connection, account)
        if not (known and known.totp):
            return False
        record.write_totp(connection, account, "", known.totp_step, now)
        write_recovery_codes(connection, account, ())
        record_event(connection, _event(SECOND_FACTOR_REMOVED, account, now, by))
    return True


def sessions_now(wiring: Wiring, account: str) -> list[record.Session]:
    """Where somebody is signed in, the latest first."""
    with begin_read(wiring.engine) as connection:
        held = record.sessions_of(connection, account, wiring.now())
    return [one for one in held if lasts(one.began_at, one.seen_at, wiring.now())]


def end_session(wiring: Wiring, account: str, token_hash: str) -> None:
    """Raises NoSuchSession."""
    if not sign_out(wiring, account, token_hash):
        raise NoSuchSession()


def choose_language(wiring: Wiring, person: Person, language: str) -> None:
    """On record: pages and messages speak it."""
    with wiring.unit_of_work() as uow:
        put_on_record(uow, replace(person, language=language), person.account, wiring.today())


def _event(kind: str, account: str, now: datetime, by: str = "") -> Event:
    return Event(uuid4().hex, kind, now, by or account, account, {})
