"""Planning deliveries: one message for each person and window, by the first channel of theirs that works.

reviews → notices (`db.notices`) → **here** → deliveries (`db.deliveries`) → `bangiao.delivery_sender`. Planning twice,
or on two machines, plans nothing twice: a delivery is named by person, window and channel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection

from bangiao.calendar_in_force import calendar_on
from bangiao.channels import Reach, ways_to
from bangiao.delivery_dead import DeadLetter, bury
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.escalation.preferences import Preference
from checklists.escalation.windows import GATHERED, dispatch
from checklists.messages import Message
from checklists.working_calendar import WorkingCalendar
from db.channels import ChannelOnRecord, channels_on_record
from db.deliveries import DEAD, PENDING
from db.delivery_plans import (
    NewDelivery,
    Waiting,
    anything_waits,
    digests_planned,
    failed_for_others,
    only_planner,
    postpone,
    waiting_people,
    write_plans,
)
from db.faults import faultpoint
from db.preferences import preferences
from db.session import begin_read, begin_write

PEOPLE = 500
"""People for whom deliveries are planned in one transaction."""

NO_CHANNEL = Message("There is no channel by which this person can be reached.")


@dataclass(frozen=True, slots=True)
class Addresses:
    """How everybody can be reached, as it stands now."""

    preferences: Mapping[str, Preference]
    channels: Sequence[ChannelOnRecord]

    def ways(self, account: str, tried: Collection[str] = ()) -> Iterator[Reach]:
        """In the person's order. Nobody who may not act any more is written to."""
        wishes = self.preferences.get(account)
        return ways_to(wishes, self.channels, tried) if wishes else iter(())


@dataclass(slots=True)
class Planned:
    """What one look at the waiting notices led to."""

    deliveries: list[NewDelivery] = field(default_factory=list)
    later: list[tuple[Waiting, datetime]] = field(default_factory=list)


def plan_deliveries(wiring: Wiring) -> int:
    """Plan a delivery for everybody whose notices may leave now; gives how many. While no channel at all is enabled
    notices wait for one."""
    now = wiring.now()
    if not anything_waits(wiring.engine, now):
        return 0
    with begin_read(wiring.engine) as connection:
        addresses = addresses_now(connection, now)
    if not any(one.enabled for one in addresses.channels):
        return 0
    count, last, more = 0, "", True
    while more:
        with begin_write(wiring.engine) as connection:
            waiting = waiting_people(connection, now, last, PEOPLE) if only_planner(connection) else []
            people = list(dict.fromkeys(one.recipient for one in waiting))
            planned = _planned(connection, waiting, addresses, now)
            _write(connection, planned, wiring, now)
        count += len(planned.deliveries)
        more, last = len(people) == PEOPLE, people[-1] if people else ""
    return count


def addresses_now(connection: Connection, now: datetime) -> Addresses:
    """How people can be reached."""
    return Addresses(preferences(connection, local_date(now)), channels_on_record(connection))


def delivery_id(digest: str, urgent: bool, channel: str) -> str:
    """32 hex digits: the same whoever plans it, and what the receiver knows a repeat by."""
    said = f"delivery|{digest}|{'urgent' if urgent else 'window'}|{channel}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _planned(connection: Connection, waiting: list[Waiting], addresses: Addresses, now: datetime) -> Planned:
    """The table is ordered by person, the urgent entry first."""
    people = [one.recipient for one in waiting]
    left, failed = digests_planned(connection, people, now), failed_for_others(connection, people, now)
    planned, calendar = Planned(), calendar_on(connection)
    for account, entries in groupby(waiting, key=lambda one: one.recipient):
        wishes = addresses.preferences.get(account) or Preference()
        for one in entries:
            gone = left.get((account, one.urgent), set())
            digest, leaves = departure(one, wishes, calendar, now, gone)
            if leaves is not None and leaves > now + GATHERED:
                planned.later.append((one, leaves))
                continue
            if leaves is None:
                planned.deliveries.append(_new(one, digest, addresses, failed.get(account, ())))
            break  # what is not urgent goes along with what is, now or when that has gathered
    return planned


def departure(
    one: Waiting, wishes: Preference, calendar: WorkingCalendar, now: datetime, gone: Collection[str]
) -> tuple[str, datetime | None]:
    """The digest in which these notices leave, and when; None: now. `gone`: digests of theirs that have left. A digest
    of an open window waits a moment for what is planned in the same breath."""
    told = dispatch(one.recipient, now, wishes, calendar, one.urgent, gone)
    gathered = now - one.since >= GATHERED
    if told.send_at <= now or (told.send_at <= now + GATHERED and gathered):
        return told.key, None
    return told.key, told.send_at


def _new(one: Waiting, digest: str, addresses: Addresses, failed: Collection[str]) -> NewDelivery:
    """`failed`: channels by which others could not be told of it; they are taken only where there is no other."""
    way = next(addresses.ways(one.recipient, failed), None) or next(addresses.ways(one.recipient), None)
    channel, address = (way.channel, way.address) if way else ("", "")
    name = delivery_id(digest, one.urgent, channel)
    return NewDelivery(name, one.recipient, digest, channel, address, one.urgent, PENDING if way else DEAD)


def _write(connection: Connection, planned: Planned, wiring: Wiring, now: datetime) -> None:
    write_plans(connection, planned.deliveries, now)
    postpone(connection, planned.later, now)
    unreached = [one for one in planned.deliveries if one.state == DEAD]
    letters = [DeadLetter(one.id, one.recipient, "", 0, NO_CHANNEL) for one in unreached]
    bury(connection, letters, wiring.settings.actor, now)
    if planned.deliveries:
        faultpoint("notice.planned")
