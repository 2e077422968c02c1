"""Invitations: how somebody who has no way in gets one, and how a forgotten password is replaced.

administrator → `invite` → a link, sent or shown once to be handed over → whoever has it sets a password (`accept`) or
links the office's account (`accept_with_identity`), once. Nobody can ask for one themselves: an e-mail address on
record is not known to be read by that person alone, and a form for it would be one more thing to guess with.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.identities import BY_OFFICE, demand_strong, link_within
from bangiao.invitation_letters import Way, deliver, way_named
from bangiao.oidc_provider import Provider
from bangiao.oidc_tokens import Proven
from bangiao.passwords import hashed, known_passwords
from bangiao.sign_in import Began, Visitor, begin_for, demand_passwords, token_hash
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.events import INVITATION_ACCEPTED, INVITATION_MADE, INVITATION_REVOKED, PASSWORD_SET, Event
from checklists.people import Person
from checklists.people_rules import unknown_person
from checklists.sign_in import (
    INVITATION_LASTS,
    TRIES,
    TRIES_FROM_ONE_PLACE,
    TRIES_WITHIN,
    InvitationSpent,
    PasswordsDiffer,
    TooManyTries,
    check_password,
)
from db import sign_in as record
from db.carried_out import carry_out_once
from db.identities import Invitation, end_invitations, invitation_to, open_invitation, use_invitation, write_invitation
from db.people import people_on_record, person
from db.session import begin_read, begin_write
from db.sign_in_tries import forget_devices, give_back_try, take_try
from db.unit_of_work import record_event

_TOKEN_BYTES = 32


class NobodyToInvite(HandoverError):
    """{account} is disabled: nobody is invited to an account that does not act."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What was made. `link` is for whoever is invited, and stands nowhere else."""

    account: str
    until: datetime
    link: str = field(repr=False)
    sent: Way | None = None


def invite(wiring: Wiring, account: str, by: str, base: str, way: str = "", once: str = "") -> Invited:
    """A new invitation, in the place of one that was open. `way`: the channel it is sent by, if it is sent; `once`: the
    form's key. Raises NobodyToInvite, TooManyTries, NoSuchWay, NotSent, CarriedOutBefore."""
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), wiring.now()
    with begin_write(wiring.engine) as connection:
        who = _acting(connection, wiring, account)
        sent = way_named(connection, who, way) if way else None
        if once:
            carry_out_once(connection, by, once, f"invite:{account}", now)
        if not take_try(connection, uuid4().hex, [(f"invite:{account}", TRIES)], now, now - TRIES_WITHIN):
            raise TooManyTries()
        end_invitations(connection, account, now)
        made = Invitation(token_hash(token), account, by, now, now + INVITATION_LASTS)
        write_invitation(connection, made)
        payload = {"channel": sent.channel} if sent else {}
        record_event(connection, _event(INVITATION_MADE, account, now, by, payload))
    invited = Invited(account, made.expires_at, f"{base}/invitation/{token}", sent)
    if sent:
        _send(wiring, who, sent, invited, by)
    return invited


def _send(wiring: Wiring, who: Person, way: Way, invited: Invited, by: str) -> None:
    """Never inside a transaction. What did not leave is no way in."""
    try:
        deliver(wiring, who, way, invited.link, invited.until, by)
    except HandoverError:
        revoke(wiring, who.account, by)
        raise


def revoke(wiring: Wiring, account: str, by: str) -> bool:
    """False where none was open."""
    now = wiring.now()
    with begin_write(wiring.engine) as connection:
        ended = end_invitations(connection, account, now)
        if ended:
            record_event(connection, _event(INVITATION_REVOKED, account, now, by))
    return bool(ended)


def invitation_now(wiring: Wiring, account: str) -> Invitation | None:
    with begin_read(wiring.engine) as connection:
        return invitation_to(connection, account, wiring.now())


def invited_by(wiring: Wiring, token: str) -> Person | None:
    """Whom this link invites; None when it is spent. Changes nothing: mail scanners open links."""
    with begin_read(wiring.engine) as connection:
        return _invited(connection, wiring, token)


def accept(wiring: Wiring, token: str, twice: Sequence[str], visitor: Visitor) -> Began | None:
    """Set the password and begin a session; None for somebody who has a second factor, who signs in with it now: a link
    alone is no way around it. `twice`: the password as typed. Raises InvitationSpent, TooManyTries, PasswordsOff,
    PasswordsDiffer and what a password may not be."""
    demand_passwords(wiring)
    who = _demanded(wiring, token, visitor)
    if len(set(twice)) != 1:
        raise PasswordsDiffer()
    check_password(twice[0], known_passwords(), (who.account, who.name, who.email))
    kept, now = hashed(twice[0]), wiring.now()
    with begin_write(wiring.engine) as connection:
        _spend(connection, wiring, token, who)
        record.write_password(connection, who.account, kept, now)
        record_event(connection, _event(PASSWORD_SET, who.account, now, who.account))
        known = record.credential(connection, who.account)
    return None if known and known.totp else begin_for(wiring, who, "invitation", visitor)


def accept_with_identity(wiring: Wiring, provider: Provider, token: str, whom: Proven, visitor: Visitor) -> Began:
    """Link the office's account and begin a session by it. Raises InvitationSpent, TooManyTries, and what
    `identities.link` and `identities.demand_strong` raise."""
    who = _demanded(wiring, token, visitor)
    with begin_write(wiring.engine) as connection:
        demand_strong(connection, wiring, provider, whom, who.account)
        _spend(connection, wiring, token, who)
        link_within(connection, wiring, who.account, whom, who.account)
    return begin_for(wiring, who, BY_OFFICE, visitor)


def _demanded(wiring: Wiring, token: str, visitor: Visitor) -> Person:
    """Whom it invites; a link that is none is counted against the place it comes from."""
    now, try_id = wiring.now(), uuid4().hex
    with begin_write(wiring.engine) as connection:
        counts = [(f"invitation:{visitor.place}", TRIES_FROM_ONE_PLACE)]
        if not take_try(connection, try_id, counts, now, now - TRIES_WITHIN):
            raise TooManyTries()
        who = _invited(connection, wiring, token)
        if who is not None:
            give_back_try(connection, try_id)
    if who is None:
        raise InvitationSpent()
    return who


def _spend(connection: Connection, wiring: Wiring, token: str, who: Person) -> None:
    """Use it up; whoever was in before is out. Raises InvitationSpent where somebody else was first."""
    now = wiring.now()
    if not use_invitation(connection, token_hash(token), now):
        raise InvitationSpent()
    record.revoke(connection, who.account, now)
    forget_devices(connection, who.account)
    record_event(connection, _event(INVITATION_ACCEPTED, who.account, now, who.account))


def _invited(connection: Connection, wiring: Wiring, token: str) -> Person | None:
    found = open_invitation(connection, token_hash(token), wiring.now())
    who = person(connection, found.account) if found else None
    return who if who and who.acts_on(wiring.today()) else None


def _acting(connection: Connection, wiring: Wiring, account: str) -> Person:
    who = person(connection, account)
    if who is None:
        raise unknown_person(account, people_on_record(connection))
    if not who.acts_on(wiring.today()):
        raise NobodyToInvite(account=account)
    return who


def _event(kind: str, account: str, now: datetime, by: str, payload: dict[str, str] | None = None) -> Event:
    return Event(uuid4().hex, kind, now, by, account, payload or {})
