"""The watch: it looks whether anything stands still, and says so past everything that might be what stands still.

the record → `db.watching` → `checklists.escalation.watching` → **here** → `bangiao.alarms`, the dead-man URL. A
process of its own that needs neither Prefect nor sender nor worker; without the database it still speaks, by the
channels it knew before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from bangiao.alarms import ping_dead_man, say_alarm, say_over, ways
from bangiao.channels import opened, sealing_keys
from bangiao.i18n import render
from bangiao.installation import DatabaseBehind
from bangiao.settings import Settings
from bangiao.turning import OUTAGES
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.escalation.alarms import Alarms, is_over, seen_now, to_be_told, told
from checklists.escalation.watching import WATCH, WATCH_BEGAN, Finding, could_not_look, database_away, findings
from checklists.messages import Message
from db.channels import ChannelOnRecord, beat, channels_on_record
from db.session import begin_read, begin_write
from db.upgrade import HEAD, current_revision
from db.watching import alarms_kept, keep_alarms, observe
from notifiers.channels import Channel

PATIENCE = 40.0
"""Seconds for one visit to the database: more than a writer of SQLite waits for another, and no more than that."""

SETTLING = timedelta(minutes=2)
SETTLING_AFTER_A_REST = timedelta(minutes=8)
RESTED = timedelta(minutes=5)
"""Where nobody has watched for a while everything has rested, and gets the time to begin before it is judged."""

DATABASE_GRACE = timedelta(minutes=2)

Answer = TypeVar("Answer")

log = logging.getLogger("bangiao.watch")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found, the channels as they stand now, and what was remembered of alarms. `watched_at`: when the
    watch last said that it lives. Without the database only findings are there."""

    at: datetime
    found: list[Finding]
    reached: bool = False
    channels: Mapping[str, Channel] = field(default_factory=dict)
    alarms: Alarms = field(default_factory=dict)
    watched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One look and what followed from it."""

    look: Look
    settled: bool
    told: bool = False
    over: bool = False
    pinged: bool = False


def look(wiring: Wiring) -> Look:
    """Look once; nothing is written, and nobody is told. A database that does not answer is a finding."""
    return _looked(wiring, _Visit(), wiring.now())


class Watch:
    """`run` until stopped, or `round` once. It keeps what it last saw of alarms and channels, for a time without a
    database to ask."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._visit = _Visit()
        self._settled_at: datetime | None = None
        self._channels: Mapping[str, Channel] = {}
        self._alarms: Alarms = {}
        self._unsaved: Alarms = {}
        self._away_since: datetime | None = None
        self._logged: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        every = self._wiring.settings.watch_every.total_seconds()
        if not ways(self._wiring.settings):
            log.warning("nobody is told of alarms: set BANGIAO_ALARM_CHANNELS")
        while not stop.is_set():
            try:
                self.round()
            except Exception:  # whatever it is: the dead-man URL stays unpinged, and the next round tries again
                log.exception("a round of the watch failed")
            stop.wait(every)

    def round(self) -> Round:
        """Look, tell what is new, say what is over, and ping the dead-man URL when nothing stands still."""
        looked = self._looked()
        settled = looked.at >= self._settled(looked)
        alarms: Alarms = seen_now(self._alarms, looked.found, looked.at)
        spoken = over = False
        if settled and to_be_told(alarms, self._lasting(looked), looked.at):
            spoken = self._tell(looked)
            alarms = told(alarms, looked.found, looked.at) if spoken else alarms
        elif is_over(alarms, looked.found, looked.at):
            over = say_over(self._settings, self._channels, alarms, looked.at) or not ways(self._settings)
            alarms = {} if over else alarms
        self._keep(alarms, looked)
        pinged = not any(one.grave for one in looked.found) and ping_dead_man(self._settings, looked.at)
        return Round(looked, settled, spoken, over, pinged)

    def _settled(self, looked: Look) -> datetime:
        """Until then nobody is told; after an outage of the database nothing else had a chance to work either."""
        if looked.reached and self._away_since is not None:
            if looked.at - self._away_since >= RESTED:
                self._settled_at = looked.at + SETTLING_AFTER_A_REST
            self._away_since = None
        if self._settled_at is None:
            rested = not looked.reached or _rested(looked)
            self._settled_at = looked.at + (SETTLING_AFTER_A_REST if rested else SETTLING)
        return self._settled_at

    @property
    def _settings(self) -> Settings:
        return self._wiring.settings

    def _looked(self) -> Look:
        looked = _looked(self._wiring, self._visit, self._wiring.now())
        if looked.reached:
            self._channels = looked.channels
            self._alarms = {**looked.alarms, **self._unsaved}
            return looked
        self._away_since = self._away_since or looked.at
        since = self._away_since
        return replace(looked, found=[replace(one, since=since) for one in looked.found])

    def _lasting(self, looked: Look) -> list[Finding]:
        """A database that is away for a moment (a restart) is no alarm yet."""
        if self._away_since is None or looked.at >= self._away_since + DATABASE_GRACE:
            return looked.found
        return []

    def _tell(self, looked: Look) -> bool:
        """False when nobody heard: the next round says it again."""
        for one in looked.found:
            if one.kind not in self._logged:
                log.error("%s: %s", one.kind, render(one.what, "en"))
        self._logged = {one.kind for one in looked.found}
        return say_alarm(self._settings, self._channels, looked.found, looked.at)

    def _keep(self, alarms: Alarms, looked: Look) -> None:
        """On record; while there is none, in memory, and on record when it is back."""
        self._alarms, before = alarms, looked.alarms
        if not looked.reached:
            self._unsaved = alarms
            return

        def write() -> None:
            with begin_write(self._wiring.engine) as connection:
                keep_alarms(connection, before, alarms)
                if looked.watched_at is None:
                    beat(connection, WATCH_BEGAN, looked.at, "")
                beat(connection, WATCH, looked.at, f"{len(looked.found)} found")

        try:
            self._visit.within(PATIENCE, write)
            self._unsaved = {}
        except OUTAGES as error:
            log.warning("what was told cannot be kept (%s)", _first_line(error))
            self._unsaved = alarms


def _looked(wiring: Wiring, visit: _Visit, now: datetime) -> Look:
    try:
        return visit.within(PATIENCE, lambda: _look(wiring, now))
    except HandoverError as error:
        return Look(now, [could_not_look(str(error), now)])
    except OUTAGES as error:
        return Look(now, [database_away(_first_line(error), now)])
    except Exception as error:
        log.exception("the watch could not look")
        return Look(now, [could_not_look(f"{type(error).__name__}: {_first_line(error)}", now)])


def _look(wiring: Wiring, now: datetime) -> Look:
    _demand_schema(wiring)
    with begin_read(wiring.engine) as connection:
        rows = [one for one in channels_on_record(connection) if one.enabled]
        channels, unusable = _opened(rows, wiring.settings)
        seen = replace(observe(connection, now), unusable=unusable)
        alarms = alarms_kept(connection)
    return Look(now, findings(seen), True, channels, alarms, seen.beats.get(WATCH))


def _demand_schema(wiring: Wiring) -> None:
    """An embedded database that is not there is not made by asking. Raises FileNotFoundError, DatabaseBehind."""
    url = wiring.engine.url
    if wiring.engine.dialect.name == "sqlite" and not Path(url.database or "").is_file():
        raise FileNotFoundError(f"{url.database} is not there")
    if (found := current_revision(wiring.engine)) != HEAD:
        raise DatabaseBehind(found=found or "-", needed=HEAD)


def _opened(rows: list[ChannelOnRecord], settings: Settings) -> tuple[dict[str, Channel], dict[str, Message]]:
    """Channels ready for use, and why others are not."""
    channels: dict[str, Channel] = {}
    unusable: dict[str, Message] = {}
    for row in rows:
        try:
            channels[row.id] = opened(row, sealing_keys(settings))
        except HandoverError as error:
            unusable[row.id] = error.message
    return channels, unusable


def _rested(looked: Look) -> bool:
    return looked.watched_at is None or not looked.at - RESTED <= looked.watched_at <= looked.at


def _first_line(error: BaseException) -> str:
    said = str(error.orig if isinstance(error, DBAPIError) and error.orig else error)
    return (said.strip() or type(error).__name__).partition("\n")[0][:200]


class _Visit:
    """One visit to the database at a time, in a thread that is left behind when it hangs: a server that takes
    connections and never answers must not silence the watch."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def within(self, seconds: float, work: Callable[[], Answer]) -> Answer:
        """What `work` gives, or raises. Raises TimeoutError when it takes longer, or the one before still does."""
        if self._thread and self._thread.is_alive():
            raise TimeoutError("it has not answered since the last look")
        came: list[Answer] = []
        wrong: list[BaseException] = []

        def visit() -> None:
            try:
                came.append(work())
            except BaseException as error:
                wrong.append(error)

        self._thread = threading.Thread(target=visit, name="visit to the database", daemon=True)
        self._thread.start()
        self._thread.join(seconds)
        if wrong:
            raise wrong[0]
        if not came:
            raise TimeoutError(f"no answer within {seconds:.0f} seconds")
        return came[0]
