"""Subscriptions as somebody orders them: recorded, paused, resumed, removed, tried out.

`bangiao subscription` → **here** → `db.subscriptions` → `bangiao.event_delivery`. Address and signing secret are sealed
like those of channels; the secret is shown once, when it is made.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.audit_keys import log_name
from bangiao.channels import limits_of, sealing_keys
from bangiao.settings import Settings
from bangiao.wiring import Wiring
from checklists.cloud_event import demand_types, trial_event
from checklists.errors import BadInput
from checklists.events import (
    SUBSCRIPTION_PAUSED,
    SUBSCRIPTION_RECORDED,
    SUBSCRIPTION_REMOVED,
    SUBSCRIPTION_RESUMED,
    Event,
)
from checklists.handlers import UnknownDecision
from checklists.subscriptions import (
    BadPlace,
    NothingToSkip,
    SubscriptionExists,
    SubscriptionState,
    UnknownSubscription,
    subscription_name,
)
from db.audit_log import log_size
from db.channels import channels_on_record
from db.session import begin_read
from db.sign_in import any_totp
from db.subscribed_events import is_province
from db.subscriptions import (
    Subscription,
    begin_anew,
    remove_subscription,
    subscription_named,
    subscriptions_on_record,
    switch_subscription,
    write_subscription,
)
from db.unit_of_work import SqlUnitOfWork
from notifiers.channels import Channel, Kind, Outcome
from notifiers.egress import find
from notifiers.errors import UnknownHost
from notifiers.event_hooks import post_event
from notifiers.masking import Secret
from notifiers.posting import place_of
from notifiers.secrets import Keys, seal, unseal

_SECRET_BYTES = 32
_SHORTEST_SECRET = 24


class SecretTooShort(BadInput):
    """A signing secret of your own needs at least {least} characters. Leave it out, and one is made."""


class UnknownProvince(BadInput):
    """There is no province {province} on record. Give its key, e.g. new:01"""


@dataclass(frozen=True, slots=True)
class Wished:
    """What somebody wants another system to be told. `start`: the place in the log it begins at; None: what comes from
    now on. `secret`: their own, else one is made."""

    name: str
    url: Secret
    types: list[str] = field(default_factory=list)
    decision: str | None = None
    province: str | None = None
    start: int | None = None
    secret: Secret = field(default_factory=Secret)
    ca_file: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A new subscription; `secret` is shown now and stands nowhere in clear."""

    subscription: Subscription
    secret: Secret


def add_subscription(wiring: Wiring, wished: Wished, by: str) -> Made:
    """Put it on record. Raises what is wrong with the wish, InternalAddress, BadUrl."""
    name, settings = subscription_name(wished.name), wiring.settings
    secret = wished.secret or Secret(secrets.token_urlsafe(_SECRET_BYTES))
    if len(secret.reveal()) < _SHORTEST_SECRET:
        raise SecretTooShort(least=_SHORTEST_SECRET)
    channel = _channel(name, {"url": wished.url.reveal(), "secret": secret.reveal(), "ca_file": wished.ca_file})
    demand_types(wished.types)
    _demand_reachable(channel, settings)
    with wiring.unit_of_work() as uow:
        _demand_known(uow, wished)
        size = log_size(uow.connection)
        start = size if wished.start is None else wished.start
        if not 0 <= start <= size:
            raise BadPlace(given=start, size=size)
        made = Subscription(
            name=name,
            sealed=_sealed(channel, sealing_keys(settings, first_use=_first(uow.connection))),
            source=wished.source or settings.link_base or f"urn:bangiao:{log_name(settings) or 'local'}",
            types=tuple(wished.types),
            decision=wished.decision,
            province=wished.province,
            state=SubscriptionState.ACTIVE,
            cursor=start,
            recorded_by=by,
            recorded_at=uow.now,
        )
        write_subscription(uow.connection, made)
        uow.record([_event(SUBSCRIPTION_RECORDED, name, uow, by, types=list(made.types), start=start)])
    return Made(made, secret)


def pause(wiring: Wiring, name: str, by: str) -> bool:
    """Nothing is sent until it is resumed; nothing is lost. False when it stood so already."""
    with wiring.unit_of_work() as uow:
        _known(uow.connection, name)
        if not switch_subscription(uow.connection, name, SubscriptionState.PAUSED):
            return False
        uow.record([_event(SUBSCRIPTION_PAUSED, name, uow, by)])
    return True


def resume(wiring: Wiring, name: str, by: str, *, skip: bool = False) -> Subscription:
    """Go on at once where it stands; `skip`: after the event that its receiver will not take. Raises NothingToSkip."""
    with wiring.unit_of_work() as uow:
        one = _known(uow.connection, name)
        if skip and one.failing is None:
            raise NothingToSkip(name=name)
        switch_subscription(uow.connection, name, SubscriptionState.ACTIVE)
        begin_anew(uow.connection, name, one.cursor + skip)
        said = {"skipped": one.cursor} if skip else {}
        uow.record([_event(SUBSCRIPTION_RESUMED, name, uow, by, **said)])
        return _known(uow.connection, name)


def remove(wiring: Wiring, name: str, by: str) -> Subscription:
    """Gone for good, secret and all; the record keeps that it was there."""
    with wiring.unit_of_work() as uow:
        one = _known(uow.connection, name)
        remove_subscription(uow.connection, name)
        uow.record([_event(SUBSCRIPTION_REMOVED, name, uow, by, cursor=one.cursor, sent=one.sent)])
    return one


def known_subscription(wiring: Wiring, name: str) -> Subscription:
    """Raises UnknownSubscription."""
    with begin_read(wiring.engine) as connection:
        return _known(connection, name)


def lags_of(wiring: Wiring) -> list[tuple[Subscription, int]]:
    """Each subscription with how many entries of the log it has still to pass."""
    with begin_read(wiring.engine) as connection:
        size = log_size(connection)
        return [(one, size - one.cursor) for one in subscriptions_on_record(connection)]


def try_out(wiring: Wiring, name: str) -> Outcome:
    """Send an event that says nothing but that it arrived, now, past the queue."""
    one, now = known_subscription(wiring, name), wiring.now()
    channel = opened(one, sealing_keys(wiring.settings))
    return post_event(channel, trial_event(name, one.source, now, uuid4().hex), limits_of(wiring.settings), now)


def opened(one: Subscription, keys: Keys) -> Channel:
    """Where its events go and what signs them. Raises WrongKey, BrokenSeal."""
    return _channel(one.name, json.loads(unseal(one.sealed, keys, _place(one.name)).reveal()))


def host_of(one: Subscription, settings: Settings) -> str:
    """Where it goes, without what may be secret in the address."""
    channel = opened(one, sealing_keys(settings))
    return place_of(channel, channel.url.reveal()).host


def _channel(name: str, content: dict[str, Any]) -> Channel:
    options = {"ca_file": content["ca_file"]} if content.get("ca_file") else {}
    url, secret = Secret(content["url"]), Secret(content["secret"])
    return Channel(f"subscription:{name}", name, Kind.WEBHOOK, url=url, secret=secret, options=options)


def _sealed(channel: Channel, keys: Keys) -> str:
    content = {"url": channel.url.reveal(), "secret": channel.secret.reveal()}
    content["ca_file"] = channel.options.get("ca_file", "")
    return seal(json.dumps(content, sort_keys=True), keys, _place(channel.name))


def _place(name: str) -> str:
    return f"subscription:{name}"


def _first(connection: Connection) -> bool:
    """Whether nothing is sealed here yet."""
    return not (channels_on_record(connection) or any_totp(connection) or subscriptions_on_record(connection))


def _demand_reachable(channel: Channel, settings: Settings) -> None:
    """The address may be gone to; a name that is unknown today may be known tomorrow."""
    place = place_of(channel, channel.url.reveal())
    with suppress(UnknownHost):
        find(place.host, place.port, limits_of(settings).allowed)


def _demand_known(uow: SqlUnitOfWork, wished: Wished) -> None:
    if subscription_named(uow.connection, wished.name):
        raise SubscriptionExists(name=wished.name)
    if wished.decision is not None and uow.decisions.find(wished.decision) is None:
        raise UnknownDecision(number=wished.decision)
    if wished.province is not None and not is_province(uow.connection, wished.province):
        raise UnknownProvince(province=wished.province)


def _known(connection: Connection, name: str) -> Subscription:
    found = subscription_named(connection, name)
    if found is None:
        raise UnknownSubscription(name=name)
    return found


def _event(kind: str, name: str, uow: SqlUnitOfWork, by: str, **said: Any) -> Event:
    return Event(f"{kind}:{uuid4().hex}", kind, uow.now, by, name, said)
