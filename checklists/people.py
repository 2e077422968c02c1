"""People: roles in units, who may do what to whose step, and acting in another's name during an absence.

Scope follows the unit tree (`checklists.reach`): a role held in a province reaches its districts and communes, and
those of the old provinces it took over. A role held in `*` reaches the whole country. Nothing is allowed that is not
said here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from checklists.errors import HandoverError
from checklists.messages import Message
from checklists.step_rules import Actor
from checklists.steps import Act
from checklists.units import UnitKey

EVERYWHERE = UnitKey("*")


class PersonRole(StrEnum):
    """What somebody does in a unit."""

    COMMITTEE = "committee"
    UNIT_LEAD = "unit_lead"
    VERIFIER = "verifier"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


_ROLE_WORDS: Mapping[PersonRole, Message] = {
    PersonRole.COMMITTEE: Message("steering committee"),
    PersonRole.UNIT_LEAD: Message("unit lead"),
    PersonRole.VERIFIER: Message("verifier"),
    PersonRole.AUDITOR: Message("auditor"),
    PersonRole.ADMINISTRATOR: Message("administrator"),
}


def role_words(role: PersonRole) -> Message:
    """The role as people call it."""
    return _ROLE_WORDS[role]


_LEAD, _VERIFIER, _COMMITTEE = PersonRole.UNIT_LEAD, PersonRole.VERIFIER, PersonRole.COMMITTEE

MAY: Mapping[Act, frozenset[PersonRole]] = {
    Act.START: frozenset({_LEAD}),
    Act.ATTACH: frozenset({_LEAD}),
    Act.WITHDRAW: frozenset({_LEAD}),
    Act.COMPLETE: frozenset({_LEAD}),
    Act.VERIFY: frozenset({_VERIFIER, _LEAD, _COMMITTEE}),
    Act.RETURN: frozenset({_VERIFIER, _LEAD, _COMMITTEE}),
    Act.BLOCK: frozenset({_LEAD, _COMMITTEE}),
    Act.UNBLOCK: frozenset({_LEAD, _COMMITTEE}),
    Act.NOT_APPLICABLE: frozenset({_LEAD}),
    Act.REOPEN: frozenset({_LEAD, _VERIFIER, _COMMITTEE}),
    Act.CANCEL: frozenset({_COMMITTEE}),
}
"""Which roles may do what. Reading is for every role, within its scope."""


class NotYours(HandoverError):
    """{person} may not {act} steps of {unit}: that takes the role {roles} there or above."""


class NoSubstitution(HandoverError):
    """{person} does not stand in for {absent} on {day}. Record the absence first: bangiao user substitute"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may act; `disabled_on` is the first day on which nothing they hold counts any more."""

    account: str
    name: str
    email: str = ""
    phone: str = ""
    language: str = "vi"
    disabled_on: date | None = None

    @property
    def key(self) -> tuple[str]:
        return (self.account,)

    def acts_on(self, day: date) -> bool:
        return self.disabled_on is None or day < self.disabled_on


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role in a unit, both days included; `until` None: open."""

    person: str
    role: PersonRole
    unit: UnitKey
    since: date
    until: date | None = None

    @property
    def key(self) -> tuple[str, PersonRole, UnitKey, date]:
        return self.person, self.role, self.unit, self.since

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Substitution:
    """During an absence (both days included) the substitute acts in the absent person's name."""

    absent: str
    substitute: str
    since: date
    until: date
    reason: str = ""

    @property
    def key(self) -> tuple[str, str, date]:
        return self.absent, self.substitute, self.since

    def holds_on(self, day: date) -> bool:
        return self.since <= day <= self.until


def acting_for(actor: Actor, substitutions: Collection[Substitution], day: date) -> str:
    """Whose roles count: the absent person's, if the actor stands in for them that day, else the actor's own.

    Raises NoSubstitution.
    """
    if actor.on_behalf_of is None:
        return actor.account
    for one in substitutions:
        if (one.absent, one.substitute) == (actor.on_behalf_of, actor.account) and one.holds_on(day):
            return one.absent
    raise NoSubstitution(person=actor.account, absent=actor.on_behalf_of, day=day)


def roles_in(assignments: Collection[Assignment], reach: Collection[UnitKey], day: date) -> frozenset[PersonRole]:
    """The roles these assignments give over a unit whose own key and all above it are `reach`."""
    return frozenset(one.role for one in assignments if one.holds_on(day) and one.unit in {*reach, EVERYWHERE})
