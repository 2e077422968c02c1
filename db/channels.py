"""Channels, people's wishes and heartbeats as rows. What a channel's sealed part says is read in `bangiao.channels`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from db.bulk import upsert
from db.models import table_of
from db.notice_models import ChannelRow, HeartbeatRow, PreferenceRow
from db.work_models import PersonRow

_CHANNEL, _PREFERENCE, _HEARTBEAT = table_of(ChannelRow), table_of(PreferenceRow), table_of(HeartbeatRow)
_PERSON = table_of(PersonRow)


@dataclass(frozen=True, slots=True)
class ChannelOnRecord:
    """A channel as it is kept; `sealed` holds everything else about it."""

    id: str
    kind: str
    title: str
    sealed: str
    enabled: bool
    recorded_by: str
    recorded_at: datetime


class Reader(NamedTuple):
    """Somebody who is written to."""

    account: str
    name: str
    email: str
    phone: str
    language: str


def channels_on_record(connection: Connection) -> list[ChannelOnRecord]:
    """All of them, the disabled ones too, in the order of their names."""
    return [ChannelOnRecord(**row) for row in connection.execute(select(_CHANNEL).order_by(_CHANNEL.c.id)).mappings()]


def write_channel(connection: Connection, channel: ChannelOnRecord) -> None:
    """Record it, or give the one of this name new content."""
    upsert(connection, _CHANNEL, {column.name: getattr(channel, column.name) for column in _CHANNEL.columns})


def enable_channel(connection: Connection, channel: str, enabled: bool) -> bool:
    """False when it stood so already."""
    other = update(_CHANNEL).where(_CHANNEL.c.id == channel, _CHANNEL.c.enabled.is_(not enabled))
    return bool(connection.execute(other.values(enabled=enabled)).rowcount)


def write_preference(connection: Connection, account: str, channels: str, windows: str, now: datetime) -> None:
    """Both are JSON, as `db.preferences` reads them."""
    row = {"account": account, "channels": channels, "windows": windows, "recorded_at": now}
    upsert(connection, _PREFERENCE, row)


def preference_texts(connection: Connection, account: str) -> tuple[str, str] | None:
    """What `write_preference` wrote for them."""
    query = select(_PREFERENCE.c.channels, _PREFERENCE.c.windows).where(_PREFERENCE.c.account == account)
    row = connection.execute(query).one_or_none()
    return (row.channels, row.windows) if row else None


def readers(connection: Connection, accounts: list[str]) -> Mapping[str, Reader]:
    columns = [_PERSON.c[name] for name in Reader._fields]
    rows: Any = connection.execute(select(*columns).where(_PERSON.c.account.in_(accounts)))
    return {row.account: Reader(*row) for row in rows}


def beat(connection: Connection, part: str, now: datetime, words: str) -> None:
    """This part of ours lives."""
    upsert(connection, _HEARTBEAT, {"part": part, "at": now, "words": words})
