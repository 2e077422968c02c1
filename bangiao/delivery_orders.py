"""What people order about messages: send a dead letter again, cancel one that has not left, say how they want to be
told, and try a channel out.

`bangiao notify`, `bangiao channel` → **here** → rows and events; the sender does the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.channel_trials import put_trial_on_record
from bangiao.channels import limits_of, opened, sealing_keys
from bangiao.deliveries import addresses_now
from bangiao.wiring import Wiring
from checklists.errors import BadInput
from checklists.escalation.preferences import DayType, Preference, QuietHours, SendWindow, lint_preference
from checklists.events import NOTICE_CANCELLED, NOTICE_RESENT, PREFERENCE_RECORDED, Event
from checklists.people_rules import unknown_person
from checklists.templates import Text
from db.channels import ChannelOnRecord, channels_on_record, write_preference
from db.delivery_lists import DeliveryEntry, Wanted, deliveries_listed, deliveries_named
from db.delivery_moves import cancel, channels_tried, revive
from db.people import people_on_record, person
from db.unit_of_work import SqlUnitOfWork
from notifiers.channels import Address, Envelope, Outcome
from notifiers.masking import masked_address
from notifiers.message_facts import ChannelFacts, MessageFacts, RecipientFacts
from notifiers.messages import CHANNEL_TEST, compose
from notifiers.sending import send

_WINDOW = "working=07:30-11:30"
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = (*(one.value for one in DayType), *_WEEK)


class UnknownDelivery(BadInput):
    """There is no message {delivery}. See: bangiao notify list"""


class DeliveryUnclear(BadInput):
    """Several messages begin with {delivery}. Write more of the number."""


class NotADeadLetter(BadInput):
    """The message {delivery} is no dead letter, so there is nothing to send again."""


class TakenOver(BadInput):
    """The message {delivery} went on by another channel, so there is nothing to send again."""


class CannotBeCancelled(BadInput):
    """The message {delivery} has left, is leaving, or has ended; it cannot be cancelled any more."""


class NobodyToReach(BadInput):
    """There is still no channel by which {recipient} can be reached. Record an address: bangiao user add; or a
    channel: bangiao channel add"""


class BadWish(BadInput):
    """ "{text}" cannot be read. Write {form}."""


def delivery_named(connection: Connection, name: str) -> DeliveryEntry:
    """By its number or the beginning of it. Raises UnknownDelivery, DeliveryUnclear."""
    found = deliveries_named(connection, name.strip().lower()) if name.strip() else []
    if not found:
        raise UnknownDelivery(delivery=name)
    if len(found) > 1:
        raise DeliveryUnclear(delivery=name)
    return found[0]


def resend(uow: SqlUnitOfWork, name: str, by: str) -> DeliveryEntry:
    """The dead letter goes by the person's first channel as it stands now, and its tries begin anew."""
    one = delivery_named(uow.connection, name)
    if one.state != "dead":
        raise NotADeadLetter(delivery=one.id[:12])
    if one.id not in {dead.id for dead in deliveries_listed(uow.connection, Wanted(one.recipient, dead=True), None)}:
        raise TakenOver(delivery=one.id[:12])
    tried = channels_tried(uow.connection, one.recipient, one.digest, one.urgent)
    addresses = addresses_now(uow.connection, uow.now)
    ways = list(addresses.ways(one.recipient))
    if not ways:
        raise NobodyToReach(recipient=one.recipient)
    own = [way for way in ways if way.channel == one.channel]
    new = [way for way in ways if way.channel not in tried]
    way = (new or own or ways)[0]
    revive(uow.connection, one.id, way.channel, way.address, uow.now)
    uow.record([_event(NOTICE_RESENT, one, by, uow)])
    return delivery_named(uow.connection, one.id)


def cancel_delivery(uow: SqlUnitOfWork, name: str, by: str) -> DeliveryEntry:
    """Raises CannotBeCancelled."""
    one = delivery_named(uow.connection, name)
    if not cancel(uow.connection, one.id, uow.now):
        raise CannotBeCancelled(delivery=one.id[:12])
    uow.record([_event(NOTICE_CANCELLED, one, by, uow)])
    return delivery_named(uow.connection, one.id)


def _event(kind: str, one: DeliveryEntry, by: str, uow: SqlUnitOfWork) -> Event:
    payload = {"delivery": one.id, "channel": one.channel}
    return Event(f"{kind}:{uuid4().hex}", kind, uow.now, by, one.recipient, payload)


def wish(
    uow: SqlUnitOfWork, account: str, channels: Sequence[str], windows: Sequence[str], quiet: str | None, by: str
) -> None:
    """Put on record how somebody wants to be told: channels in order (`email`, `truc=ADDRESS`), windows by kind of day
    (`working=07:30-11:30`), quiet hours (`22:00-06:00`). Raises the first rule it breaks."""
    if person(uow.connection, account) is None:
        raise unknown_person(account, people_on_record(uow.connection))
    listed = [_channel(one, channels_on_record(uow.connection)) for one in channels]
    spoken: dict[str, list[tuple[time, time]]] = {}
    for one in windows:
        kind, mark, hours = one.partition("=")
        if not mark:
            raise BadWish(text=one, form=_WINDOW)
        spoken.setdefault(kind.strip().lower(), []).append(_hours(hours, _WINDOW))
    rests = _hours(quiet, "22:00-06:00") if quiet else None
    _demand_sound(spoken, rests)
    content: dict[str, Any] = {name: [_written(one) for one in said] for name, said in spoken.items()}
    content |= {"quiet": _written(rests)} if rests else {}
    usual = listed or [("email", ""), ("sms", "")]
    write_preference(uow.connection, account, json.dumps(usual, ensure_ascii=False), json.dumps(content), uow.now)
    payload = {"channels": [name for name, _address in usual], "windows": content}
    kind = PREFERENCE_RECORDED
    uow.record([Event(f"{kind}:{uuid4().hex}", kind, uow.now, by, account, payload)])


def _demand_sound(spoken: Mapping[str, list[tuple[time, time]]], rests: tuple[time, time] | None) -> None:
    """Raises the first mistake in these windows and quiet hours."""
    for name in spoken:
        if name not in _DAYS:
            raise BadWish(text=name, form=", ".join(_DAYS))
    wishes = Preference(quiet=QuietHours(*rests) if rests else None)
    if spoken:
        windows = {name: tuple(SendWindow(*one) for one in said) for name, said in spoken.items()}
        wishes = replace(wishes, windows=windows)
    for mistake in lint_preference(wishes):
        raise mistake


def _channel(text: str, known: Sequence[ChannelOnRecord]) -> tuple[str, str]:
    name, _mark, address = text.partition("=")
    names = {one.id for one in known} | {one.kind for one in known}
    if name.strip() not in names:
        raise BadWish(text=text, form=", ".join(sorted(names)) or "email")
    return name.strip(), address.strip()


def _hours(text: str, form: str) -> tuple[time, time]:
    opens, _mark, closes = text.partition("-")
    try:
        return time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError as error:
        raise BadWish(text=text, form=form) from error


def _written(hours: tuple[time, time]) -> tuple[str, str]:
    return f"{hours[0]:%H:%M}", f"{hours[1]:%H:%M}"


KINDS = {
    "email": Text(vi="thư điện tử", en="e-mail"),
    "webhook": Text(vi="webhook", en="webhook"),
    "chat": Text(vi="trò chuyện", en="chat"),
    "sms": Text(vi="tin nhắn SMS", en="SMS"),
    "custom": Text(vi="cổng gửi riêng", en="gateway"),
}
"""What people call a kind of channel."""


def try_out(wiring: Wiring, row: ChannelOnRecord, to: Address, language: str, by: str) -> Outcome:
    """Send a test message by this channel now; that it was asked for, and by whom, is on record. Raises
    TooManyTrials."""
    now = wiring.now()
    with wiring.unit_of_work() as uow:
        put_trial_on_record(uow, row, to.value, by)
    facts = MessageFacts(
        recipient=RecipientFacts(name=to.name or to.masked, language=language),
        channel=ChannelFacts(kind=KINDS[row.kind], address=masked_address(to.value), at=now, asked_by=by),
    )
    made = compose(CHANNEL_TEST, language, facts, wiring.settings.messages_dir)
    envelope = Envelope(uuid4().hex, made.subject, made.text, made.html, language)
    return send(opened(row, sealing_keys(wiring.settings)), to, envelope, limits_of(wiring.settings), now)
