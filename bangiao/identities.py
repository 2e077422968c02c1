"""Accounts of the office's own sign-in and ours: entering by one, linking and unlinking.

They are linked by the person from their own account or by invitation, or by whoever administers them; never because two
e-mail addresses are the same: whoever may choose an address at the provider could choose somebody else's.
"""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bangiao.oidc_errors import (
    AccountDisabled,
    IdentityTaken,
    IdentityUnknown,
    LinkedAlready,
    NotLinked,
    OnlyWayIn,
    SecondFactorNotShown,
    SubjectMissing,
)
from bangiao.oidc_provider import Provider
from bangiao.oidc_tokens import Proven
from bangiao.sign_in import Began, Visitor, begin_for
from bangiao.wiring import Wiring
from checklists.access import About
from checklists.events import IDENTITY_LINKED, IDENTITY_UNLINKED, Event
from db.access import roles_about
from db.identities import Identity, identity, identity_of, remove_identity, write_identity
from db.people import person
from db.session import begin_read, begin_write
from db.sign_in import credential
from db.unit_of_work import record_event

BY_OFFICE = "oidc"
"""What a session says of how it began."""
_LONGEST = 255


def enter(wiring: Wiring, provider: Provider, whom: Proven, visitor: Visitor) -> Began:
    """A session for whoever this identity is linked with. Raises IdentityUnknown, AccountDisabled,
    SecondFactorNotShown."""
    with begin_read(wiring.engine) as connection:
        found = identity(connection, whom.issuer, whom.subject)
        if found is None:
            raise IdentityUnknown(called=whom.called, subject=whom.subject)
        who = person(connection, found.account)
        if who is None or not who.acts_on(wiring.today()):
            raise AccountDisabled()
        demand_strong(connection, wiring, provider, whom, found.account)
    return begin_for(wiring, who, BY_OFFICE, visitor)


def demand_strong(connection: Connection, wiring: Wiring, provider: Provider, whom: Proven, account: str) -> None:
    """Raises SecondFactorNotShown where a role of theirs demands one."""
    roles = {one.value for one in roles_about(connection, account, About.NOTHING, None, wiring.today())}
    if not whom.strong and roles & wiring.settings.second_factor_for:
        raise SecondFactorNotShown(provider=provider.label)


def identity_now(wiring: Wiring, account: str) -> Identity | None:
    """The one this account is linked with at the issuer in force."""
    if not wiring.settings.oidc_issuer:
        return None
    with begin_read(wiring.engine) as connection:
        return identity_of(connection, wiring.settings.oidc_issuer, account)


def link(wiring: Wiring, account: str, whom: Proven, by: str) -> None:
    """Raises IdentityTaken, LinkedAlready."""
    with begin_write(wiring.engine) as connection:
        link_within(connection, wiring, account, whom, by)


def link_within(connection: Connection, wiring: Wiring, account: str, whom: Proven, by: str) -> None:
    """The same in the caller's transaction. Linking what is linked so already changes nothing."""
    held = identity(connection, whom.issuer, whom.subject)
    if held is not None and held.account != account:
        raise IdentityTaken()
    if held is not None:
        return
    if identity_of(connection, whom.issuer, account) is not None:
        raise LinkedAlready(account=account)
    now = wiring.now()
    try:
        write_identity(connection, Identity(whom.issuer, whom.subject, account, whom.called, by, now))
    except IntegrityError as error:  # PostgreSQL: somebody else's was a moment earlier
        raise IdentityTaken() from error
    payload = {"issuer": whom.issuer, "account_there": whom.subject, "called": whom.called}
    record_event(connection, Event(uuid4().hex, IDENTITY_LINKED, now, by, account, payload))


def link_by_name(wiring: Wiring, account: str, subject: str, by: str) -> None:
    """As an administrator writes it down. Raises SubjectMissing and what `link` raises."""
    subject = subject.strip()
    if not 0 < len(subject) <= _LONGEST or not subject.isprintable():
        raise SubjectMissing()
    link(wiring, account, Proven(wiring.settings.oidc_issuer, subject, subject, strong=False), by)


def unlink(wiring: Wiring, account: str, by: str) -> None:
    """Raises NotLinked; OnlyWayIn for somebody who would lock themselves out."""
    now, issuer = wiring.now(), wiring.settings.oidc_issuer
    with begin_write(wiring.engine) as connection:
        if by == account and not (wiring.settings.passwords and credential(connection, account)):
            raise OnlyWayIn()
        if not remove_identity(connection, issuer, account):
            raise NotLinked(account=account)
        record_event(connection, Event(uuid4().hex, IDENTITY_UNLINKED, now, by, account, {"issuer": issuer}))
