"""Who may see and do what on the pages: one table. What is not in it is refused.

Acts on steps have their own table (`checklists.people.MAY`) and rules; here stands who may come near at all. A role
counts for what lies in its reach (`checklists.reach`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from checklists.people import PersonRole


class Action(StrEnum):
    """What a route lets somebody do."""

    ENTER = "enter"
    """For everybody, signed in or not: signing in, the static files, health."""
    OWN_ACCOUNT = "own account"
    READ_WORK = "read work"
    WORK_ON_STEPS = "work on steps"
    READ_DECISIONS = "read decisions"
    STEER = "steer"
    READ_RECORD = "read the record"
    EXPORT = "export"
    ADMINISTER = "administer"


class About(StrEnum):
    """What a route is about; decides over what a role must reach."""

    NOTHING = "nothing"
    UNIT = "unit"
    STEP = "step"
    DECISION = "decision"
    MINUTES = "minutes"
    PACKAGE = "package"
    PERSON = "person"


_EVERY_ROLE = frozenset(PersonRole)
_COMMITTEE, _LEAD, _VERIFIER = PersonRole.COMMITTEE, PersonRole.UNIT_LEAD, PersonRole.VERIFIER
_AUDITOR, _ADMINISTRATOR = PersonRole.AUDITOR, PersonRole.ADMINISTRATOR

ROLES: Mapping[Action, frozenset[PersonRole]] = {
    Action.READ_WORK: _EVERY_ROLE,
    Action.WORK_ON_STEPS: frozenset({_LEAD, _VERIFIER, _COMMITTEE}),
    Action.READ_DECISIONS: _EVERY_ROLE,
    Action.STEER: frozenset({_COMMITTEE}),
    Action.READ_RECORD: frozenset({_COMMITTEE, _AUDITOR, _ADMINISTRATOR}),
    Action.EXPORT: frozenset({_COMMITTEE, _AUDITOR}),
    Action.ADMINISTER: frozenset({_ADMINISTRATOR}),
}
"""One of these roles is needed. `ENTER` needs nothing, `OWN_ACCOUNT` only to be signed in."""


class Answer(StrEnum):
    """What comes of asking."""

    YES = "yes"
    NO = "no"
    """They may know that it is there, and not do this."""
    NOT_THERE = "not there"
    """For them it does not exist."""


def authorize(roles: frozenset[PersonRole] | None, action: Action) -> Answer:
    """`roles`: what somebody is over the very thing that is asked for; None for somebody who is not signed in."""
    if action is Action.ENTER:
        return Answer.YES
    if roles is None:
        return Answer.NO
    if action is Action.OWN_ACCOUNT or roles & ROLES[action]:
        return Answer.YES
    return Answer.NO if roles else Answer.NOT_THERE
