"""One glance at the installation: which parts live, what waits, what was last made, how much room there is, and which
versions work together. Cheap, so that a page may ask often; the thorough examination is `bangiao.doctor`.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import Connection, text

from bangiao.calendar_in_force import calendar_on
from bangiao.settings import Settings
from bangiao.wiring import Wiring
from checklists.escalation import watching as parts
from checklists.messages import Message
from db.session import begin_read
from db.upgrade import HEAD
from db.vital_signs import Queues, heartbeats, last_checkpoint, queues

_NAMES: Mapping[str, Message] = {
    parts.SENDER: Message("Sending of messages"),
    parts.RELAY: Message("Passing on of events"),
    parts.WATCH: Message("Watch over the installation"),
    parts.REVIEWS: Message("Review of deadlines"),
    parts.OCCURRENCES: Message("Duties that come back (by night)"),
    parts.MOVES: Message("Work of dissolved units (by night)"),
}
_REVIEWED_WITHIN = parts.REVIEW_EVERY + parts.REVIEW_GRACE + parts.REVIEW_LONGEST
_GIGABYTE = 1 << 30


@dataclass(frozen=True, slots=True)
class Pulse:
    """A part of ours: when it last said that it lives (None: never), and whether that is too long ago."""

    name: Message
    at: datetime | None
    silent: bool


@dataclass(frozen=True, slots=True)
class Room:
    """A folder's disk, in gigabytes."""

    what: Message
    free: float
    whole: float


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """As of `at`. `checkpoint`: how many entries the last one seals, and when it was made."""

    at: datetime
    pulses: Sequence[Pulse]
    queues: Queues
    reviewed_at: datetime | None
    checkpoint: tuple[int, datetime] | None
    rooms: Sequence[Room]
    versions: Sequence[tuple[Message, str]]


def vital_signs(wiring: Wiring) -> VitalSigns:
    """Nothing is written; nothing secret is told, and no folder by its path."""
    now = wiring.now()
    with begin_read(wiring.engine) as connection:
        beats = heartbeats(connection)
        return VitalSigns(
            now,
            [_pulse(part, name, beats.get(part), now, wiring.settings) for part, name in _NAMES.items()],
            queues(connection),
            beats.get(parts.REVIEWS),
            last_checkpoint(connection),
            _rooms(wiring.settings),
            _versions(connection),
        )


def _pulse(part: str, name: Message, at: datetime | None, now: datetime, settings: Settings) -> Pulse:
    after = parts.SILENT_AFTER.get(part, _REVIEWED_WITHIN)
    if part == parts.WATCH:
        after = max(3 * settings.watch_every, timedelta(minutes=2))
    return Pulse(name, at, at is None or now - at > after)


def _rooms(settings: Settings) -> list[Room]:
    folders = (
        (Message("Evidence"), settings.evidence_folder),
        (Message("Database and everything else"), settings.data_dir),
    )
    return [_room(what, folder) for what, folder in folders]


def _room(what: Message, folder: Path) -> Room:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    usage = shutil.disk_usage(there)
    return Room(what, usage.free / _GIGABYTE, usage.total / _GIGABYTE)


def _versions(connection: Connection) -> list[tuple[Message, str]]:
    if connection.dialect.name == "sqlite":
        database = f"SQLite {connection.scalar(text('SELECT sqlite_version()'))}"
    else:
        database = f"PostgreSQL {str(connection.scalar(text('SHOW server_version'))).partition(' ')[0]}"
    return [
        (Message("This program"), _own_version()),
        (Message("Tables of the database"), HEAD),
        (Message("Database"), database),
        (Message("Python"), platform.python_version()),
        (Message("Working calendar"), calendar_on(connection).version),
    ]


def _own_version() -> str:
    try:
        return version("bangiao")
    except PackageNotFoundError:
        return "–"
