"""By which way an invitation may leave: to the e-mail address or telephone number that an administrator put on record,
and only where it is nobody else's. Addresses that people gave themselves are not used: whoever sits at somebody else's
session could have given one. A webhook may be read by a whole room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.channels import limits_of, opened, sealing_keys
from bangiao.wiring import Wiring
from checklists.errors import BadInput, HandoverError
from checklists.people import Person
from db.channels import ChannelOnRecord, channels_on_record
from db.people import people_on_record, person
from db.session import begin_read
from notifiers.channels import Address, Envelope, State
from notifiers.masking import masked_address
from notifiers.message_facts import InvitationFacts, MessageFacts, RecipientFacts
from notifiers.messages import INVITATION, compose
from notifiers.sending import send

_OF = {"email": "email", "sms": "phone", "custom": "phone"}
"""Kinds of channels, and which part of the record is the address there."""


class NoSuchWay(BadInput):
    """There is no way any more to send {account} an invitation by {channel}. Choose another one, or hand the link
    over."""


class NotSent(HandoverError):
    """The invitation could not be sent ({why}), so it is not valid. Try again, or hand the link over."""


@dataclass(frozen=True, slots=True)
class Way:
    """A channel, and the person's own address there."""

    channel: str
    kind: str
    title: str
    address: str = field(repr=False)

    @property
    def masked(self) -> str:
        return masked_address(self.address)


def ways_to_invite(connection: Connection, who: Person) -> list[Way]:
    """The ways that are open now."""
    others = [one for one in people_on_record(connection).persons.values() if one.account != who.account]
    found = []
    for one in channels_on_record(connection):
        part = _OF.get(one.kind) if one.enabled else None
        address = str(getattr(who, part)).strip() if part else ""
        if address and not any(_same(getattr(other, part or ""), address) for other in others):
            found.append(Way(one.id, one.kind, one.title or one.id, address))
    return found


def way_named(connection: Connection, who: Person, channel: str) -> Way:
    """Raises NoSuchWay."""
    for one in ways_to_invite(connection, who):
        if one.channel == channel:
            return one
    raise NoSuchWay(account=who.account, channel=channel)


def deliver(wiring: Wiring, who: Person, way: Way, link: str, until: datetime, by: str) -> None:
    """Send it now; nothing of it is kept. Raises NotSent."""
    with begin_read(wiring.engine) as connection:
        row = _channel(connection, way.channel)
        inviting = person(connection, by)
    facts = MessageFacts(
        recipient=RecipientFacts(name=who.name, language=who.language),
        invitation=InvitationFacts(account=who.account, by=inviting.name if inviting else by, until=until, link=link),
    )
    made = compose(INVITATION, who.language, facts, wiring.settings.messages_dir)
    envelope = Envelope(uuid4().hex, made.subject, made.text, made.html, who.language)
    channel, to = opened(row, sealing_keys(wiring.settings)), Address(way.address, who.name)
    outcome = send(channel, to, envelope, limits_of(wiring.settings), wiring.now())
    if outcome.state is not State.SENT:
        raise NotSent(why=outcome.reason)


def _channel(connection: Connection, name: str) -> ChannelOnRecord:
    return next(one for one in channels_on_record(connection) if one.id == name)


def _same(one: str, other: str) -> bool:
    return "".join(one.casefold().split()) == "".join(other.casefold().split())
