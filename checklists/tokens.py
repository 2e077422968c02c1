"""Tokens of programs: what one may be good for, how long, and what is refused.

A token acts as its person, and never for more than they may do themselves; its scopes narrow that down.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum

from checklists.errors import BadInput, HandoverError
from checklists.messages import Message

USUAL_DAYS, MOST_DAYS = 365, 730
MOST_TOKENS = 50
"""Of one person, at a time."""
LONGEST_NAME = 100


class TokenScope(StrEnum):
    """What a program may do with a token."""

    READ = "read"
    WORK = "work"
    STEER = "steer"
    EXPORT = "export"
    CALENDAR = "calendar"
    EVENTS = "events"
    METRICS = "metrics"


SCOPE_WORDS: Mapping[TokenScope, Message] = {
    TokenScope.READ: Message("read decisions, units, steps, evidence and people"),
    TokenScope.WORK: Message("act on steps and attach evidence"),
    TokenScope.STEER: Message("draft and register decisions"),
    TokenScope.EXPORT: Message("order and download evidence packages"),
    TokenScope.CALENDAR: Message("the calendar of due dates, nothing else"),
    TokenScope.EVENTS: Message("receive events, and send in decisions as events"),
    TokenScope.METRICS: Message("the measurements of the installation, nothing else"),
}


class UnknownScope(BadInput):
    """ "{scope}" is no scope of a token. Choose among: {scopes}."""


class ScopesMissing(BadInput):
    """Say what the token is to be good for. Choose among: {scopes}."""


class TokenNameMissing(BadInput):
    """Give the token a name that says which program uses it, in at most {most} characters."""


class TokenTooLong(BadInput):
    """A token is good for 1 to {most} days; {days} was asked for."""


class TooManyTokens(HandoverError):
    """{account} has {count} tokens already, and that is the most. Revoke those that nobody uses."""


class UnknownToken(BadInput):
    """There is no token {token}, or it has been revoked already."""


def scopes_of(words: Collection[str]) -> frozenset[TokenScope]:
    """The scopes with these names. Raises UnknownScope, ScopesMissing."""
    known = {one.value for one in TokenScope}
    for word in words:
        if word not in known:
            raise UnknownScope(scope=word, scopes=tuple(TokenScope))
    if not words:
        raise ScopesMissing(scopes=tuple(TokenScope))
    return frozenset(map(TokenScope, words))


def token_name(text: str) -> str:
    """The name as it is kept. Raises TokenNameMissing."""
    name = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise TokenNameMissing(most=LONGEST_NAME)
    return name


def token_lasts(days: int) -> timedelta:
    """Raises TokenTooLong."""
    if not 1 <= days <= MOST_DAYS:
        raise TokenTooLong(days=days, most=MOST_DAYS)
    return timedelta(days=days)
