"""The rules of signing in: how long a session lasts, how often one may try, which passwords are taken.

Limits after OWASP ASVS 5.0 (6.2, 6.3, 7.3): length counts, no rules about kinds of characters, known passwords are
refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta

from checklists.errors import BadInput, HandoverError

IDLE = timedelta(minutes=30)
IN_ALL = timedelta(hours=12)
LINK_LASTS = timedelta(minutes=30)
CODE_WITHIN = timedelta(minutes=5)
INVITATION_LASTS = timedelta(hours=72)
DEVICE_KNOWN = timedelta(days=365)
RECOVERY_CODES = 8

TRIES = 10
TRIES_FROM_ONE_PLACE = 50
TRIES_WITHIN = timedelta(minutes=5)

SHORTEST, LONGEST = 12, 128


class WrongNameOrPassword(HandoverError):
    """The account, the password or the code is not right. After several tries, wait five minutes."""


class PasswordsOff(HandoverError):
    """Passwords are not used here. Sign in with the office's own account."""


class TooManyTries(HandoverError):
    """Too many tries. Wait five minutes and try again; whoever is signed in already stays so."""


class SignInTooOld(HandoverError):
    """Too much time has passed since the password. Sign in again from the beginning."""


class WrongOldPassword(BadInput):
    """This is not your password of today."""


class WrongCode(BadInput):
    """This code is not right. Codes change every half minute; check that the clock of your telephone is right."""


class PasswordsDiffer(BadInput):
    """The two new passwords are not the same."""


class NoPasswordYet(BadInput):
    """You have no password yet, and a second factor goes with one. Set a password first."""


class NoSuchSession(BadInput):
    """This sign-in has ended already."""


class LinkSpent(HandoverError):
    """This link has been used already, or its time is over. Ask for another one."""


class InvitationSpent(HandoverError):
    """This invitation has been used already, was revoked, or its time is over. Ask whoever sent it for another one."""


class PasswordTooShort(BadInput):
    """The password has {count} characters; it takes at least {least}. Three or four words together are easy to keep."""


class PasswordTooLong(BadInput):
    """The password has {count} characters; at most {most} are taken."""


class PasswordKnown(BadInput):
    """This password is on the list of those that are tried first, or it is your name. Choose another one."""


def composed_password(password: str) -> str:
    """NFC: the same password from every keyboard."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, known: Collection[str], own: Collection[str]) -> None:
    """Raises the rule it breaks. `known`: passwords that are tried first, folded; `own`: account, name, address."""
    if len(password) < SHORTEST:
        raise PasswordTooShort(count=len(password), least=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(count=len(password), most=LONGEST)
    folded = password.casefold()
    if folded in known or len(set(folded)) < _DIFFERENT or any(one and folded == one.casefold() for one in own):
        raise PasswordKnown()


_DIFFERENT = 5
"""Characters that differ, at the least."""


def lasts(began: datetime, seen: datetime, now: datetime) -> bool:
    """Whether a session that began and was last seen then is still good. A clock that was set back ends none."""
    return now < began + IN_ALL and now < seen + IDLE
