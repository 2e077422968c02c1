"""Dead letters: a message that came to nothing is on record, can be seen and sent again, and the level above hears.

a refusal for good, the last try, or nobody to reach → **here** → an event, and notices for those who are told next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bangiao.i18n import both_languages
from bangiao.review_office import ReviewOffice
from checklists.deadlines import local_date
from checklists.escalation.ids import notice_id
from checklists.escalation.ladder import Audience, EscalationLadder
from checklists.escalation.windows import send_at
from checklists.events import NOTICE_DEAD, Event
from checklists.messages import Message
from db.delivery_reading import DeadNotice, dead_notices, write_notices
from db.notices import PENDING
from db.reviews import ReviewedStep, reviewed_steps
from db.unit_of_work import record_event

_INSTEAD = "instead of {recipient}"
"""In the id of a notice: it is planned because one to somebody below reached nobody."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that came to nothing, on its last channel."""

    delivery: str
    recipient: str
    channel: str
    tries: int
    why: Message


def bury(connection: Connection, letters: Sequence[DeadLetter], by: str, now: datetime) -> None:
    """Inside the transaction that wrote these deliveries as dead."""
    if not letters:
        return
    notices = dead_notices(connection, [one.delivery for one in letters])
    for one in letters:
        steps = sorted({notice.step_id for notice in notices if notice.delivery_id == one.delivery})
        payload = {
            "delivery": one.delivery,
            "channel": one.channel,
            "tries": one.tries,
            "cause": {name: one.why.render(translate) for name, translate in both_languages().items()},
            "steps": steps,
        }
        name = f"{NOTICE_DEAD}:{one.delivery}:{now.timestamp():.6f}"
        record_event(connection, Event(name, NOTICE_DEAD, now, by, one.recipient, payload))
    tell_level_above(connection, notices, now)


def tell_level_above(connection: Connection, notices: Sequence[DeadNotice], now: datetime) -> None:
    """What reached nobody is told at once to whom the ladder would tell next; by their own channels."""
    steps = {one.id: one for one in reviewed_steps(connection, sorted({one.step_id for one in notices}))}
    office = ReviewOffice(local_date(now))
    office.on(connection)
    office.expect(list(steps.values()))
    write_notices(
        connection, [row for one in notices for row in _to_the_level_above(one, steps[one.step_id], office, now)]
    )


def _to_the_level_above(
    dead: DeadNotice, step: ReviewedStep, office: ReviewOffice, now: datetime
) -> Iterator[dict[str, object]]:
    level, audience = _above(office.ladder(step), dead.level)
    told: set[str] = {dead.recipient}
    instead = _INSTEAD.format(recipient=dead.recipient)
    for one in office.told(step, audience).recipients:
        if one.account in told:
            continue
        told.add(one.account)
        yield {
            "id": notice_id(step.id, level, dead.due_on or local_date(now), 0, one.account, instead),
            "kind": dead.kind,
            "step_id": step.id,
            "level": level,
            "due_on": dead.due_on,
            "recipient": one.account,
            "in_place_of": one.on_behalf_of,
            "urgent": dead.urgent,
            "state": PENDING,
            "send_at": send_at(now, office.preference(one.account), office.calendar, dead.urgent),
            "delivery_id": None,
            "created_at": now,
            "ended_at": None,
        }


def _above(ladder: EscalationLadder, level: str) -> tuple[str, Audience]:
    """The next level that speaks to others; above the last one there is only the steering committee."""
    keys = [one.key for one in ladder.levels]
    place = keys.index(level) if level in keys else -1
    own = ladder.levels[place].to if place >= 0 else Audience.UNIT_LEAD
    for one in ladder.levels[place + 1 :]:
        if one.to != own:
            return one.key, Audience(one.to)
    return level, Audience.COMMITTEE
