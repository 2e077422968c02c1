"""Channels: an administrator's ways out, sealed in the record; and which of them reaches a person, and where.

`bangiao channel add` → sealed row → **here** → `notifiers.channels.Channel` → the sender. All of a channel but its
name, kind and title is sealed: whoever reads the database reads no password, no token and no host.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.settings import Settings
from checklists.errors import BadInput
from checklists.escalation.preferences import Preference
from checklists.events import CHANNEL_DISABLED, CHANNEL_ENABLED, CHANNEL_RECORDED, Event
from db.channels import ChannelOnRecord, channels_on_record, enable_channel, write_channel
from db.unit_of_work import SqlUnitOfWork
from notifiers.channels import Channel, Kind, Limits, Tls
from notifiers.egress import Allowed
from notifiers.masking import Secret
from notifiers.secrets import Keys, make_key_file, read_key_file, seal, unseal

_PLAIN = ("host", "port", "user", "sender", "sender_name", "schema")


class UnknownChannel(BadInput):
    """There is no channel {channel}. See: bangiao channel list"""


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to one person: the channel's name, and their address there."""

    channel: str
    address: str


def sealing_keys(settings: Settings, *, first_use: bool = False) -> Keys:
    """The installation's keys; at the first use, where no channel is sealed yet, the file is made."""
    if first_use and not settings.sealing_key_file.exists():
        settings.sealing_key_file.parent.mkdir(parents=True, exist_ok=True)
        return make_key_file(settings.sealing_key_file)
    return read_key_file(settings.sealing_key_file)


def sealed(channel: Channel, keys: Keys) -> str:
    """Everything about the channel but its name, kind and title; it opens only under this name."""
    content: dict[str, Any] = {name: getattr(channel, name) for name in _PLAIN}
    content |= {"tls": channel.tls.value, "options": dict(channel.options)}
    content |= {"secret": channel.secret.reveal(), "url": channel.url.reveal()}
    return seal(json.dumps(content, ensure_ascii=False, sort_keys=True), keys, f"channel:{channel.id}")


def opened(row: ChannelOnRecord, keys: Keys) -> Channel:
    """The channel ready for use. Raises WrongKey, BrokenSeal."""
    content = json.loads(unseal(row.sealed, keys, f"channel:{row.id}").reveal())
    return Channel(
        id=row.id,
        name=row.title or row.id,
        kind=Kind(row.kind),
        tls=Tls(content["tls"]),
        secret=Secret(content["secret"]),
        url=Secret(content["url"]),
        options=content["options"],
        **{field: content[field] for field in _PLAIN},
    )


def limits_of(settings: Settings) -> Limits:
    """What the settings let the sender reach."""
    return Limits(allowed=Allowed.parse(sorted(settings.allowed_targets)), schemas=settings.allowed_services)


def put_channel_on_record(uow: SqlUnitOfWork, channel: Channel, settings: Settings, by: str) -> bool:
    """Record the channel, or change it; True where it is new. A disabled one stays so."""
    known = {one.id: one.enabled for one in channels_on_record(uow.connection)}
    keys = sealing_keys(settings, first_use=not known)
    enabled = known.get(channel.id, True)
    row = ChannelOnRecord(channel.id, channel.kind.value, channel.name, sealed(channel, keys), enabled, by, uow.now)
    write_channel(uow.connection, row)
    uow.record([channel_event(CHANNEL_RECORDED, row, by, uow.now)])
    return channel.id not in known


def switch_channel(uow: SqlUnitOfWork, name: str, enabled: bool, by: str) -> bool:
    """False when it stood so already. What waits for a disabled channel goes by each person's next one."""
    row = channel_named(uow.connection, name)
    if not enable_channel(uow.connection, name, enabled):
        return False
    uow.record([channel_event(CHANNEL_ENABLED if enabled else CHANNEL_DISABLED, row, by, uow.now)])
    return True


def channel_named(connection: Connection, name: str) -> ChannelOnRecord:
    """Raises UnknownChannel."""
    for one in channels_on_record(connection):
        if one.id == name:
            return one
    raise UnknownChannel(channel=name)


def channel_event(kind: str, row: ChannelOnRecord, by: str, now: datetime) -> Event:
    payload = {"channel": row.id, "kind": row.kind, "title": row.title}
    return Event(f"{kind}:{uuid4().hex}", kind, now, by, row.id, payload)


def ways_to(
    preference: Preference, channels: Iterable[ChannelOnRecord], tried: Collection[str] = ()
) -> Iterator[Reach]:
    """The person's ways in their order, without those that were `tried`: a wish names a kind of channel (then each
    enabled one of it), or one channel."""
    enabled = [one for one in channels if one.enabled and one.id not in tried]
    seen: set[str] = set()
    for wish in preference.working_channels():
        for one in enabled:
            if wish.kind in {one.kind, one.id} and one.id not in seen:
                seen.add(one.id)
                yield Reach(one.id, wish.address)
