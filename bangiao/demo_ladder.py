"""The demonstration's ladder: a simulated clock runs through a step's due date, and who hears of it gets a letter.

`bangiao.demo_units` → at each stop of the clock: **review** → notices → **sender** → SMTP → letters. The way is that
of the process tree, with the same review, queue, channel and sender; only the clock is moved by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import func, select

from bangiao.acknowledging import acknowledge_step
from bangiao.calendar_files import vietnam_calendar
from bangiao.delivery_sender import Sender
from bangiao.demo_letters import Letter, LetterBox, letter_box
from bangiao.demo_units import MovedClock, SmallOffice, minute, small_office
from bangiao.reviews import review_deadlines
from bangiao.settings import Settings
from bangiao.step_references import reference
from bangiao.succession import move_work
from checklists.decisions import MergerDecision
from checklists.escalation.timetable import local_instant
from checklists.step_rules import Actor
from checklists.units import UnitKey
from db.models import StepRow, table_of
from db.notice_models import DeliveryAttemptRow, DeliveryRow, NotificationRow, ReviewRow
from db.session import begin_read

_STEP = table_of(StepRow)

LATE = "DAT-02"
"""Due a week after the decisions were issued; no other step needs it, so nothing else is late because of it."""

PROMISE = "đang đối soát danh mục với phòng chuyên môn của huyện"
_MORNING = time(8)
_TWO_DAYS = timedelta(days=2)
_ENDS = date(2025, 7, 1)
"""The first day of the new units, and the first without the old ones."""


class Story(StrEnum):
    """What a stop of the clock is about."""

    PREPARED = "prepared"
    SOON = "soon"
    TODAY = "today"
    ABOVE = "above"
    PROMISED = "promised"
    RESTS = "rests"
    PROVINCE = "province"
    MOVED = "moved"
    COMMITTEE = "committee"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: what was planned there, what was cancelled before it left, and the letters that arrived. `facts` are
    for the words about it."""

    story: Story
    at: datetime
    planned: int = 0
    cancelled: int = 0
    letters: tuple[Letter, ...] = ()
    """Those about the late step first."""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Told(NamedTuple):
    """One attempt to tell somebody of the late step: level, person, and what the mail server said."""

    level: str
    recipient: str
    began_at: datetime
    outcome: str
    words: str
    notices: int


class Climb:
    """The late step of one ward, and the clock that runs through its ladder."""

    def __init__(self, office: SmallOffice, box: LetterBox) -> None:
        self.office, self._box, self.folder = office, box, box.folder
        self.late_unit, self.other_unit = office.units.wards[:2]
        self.step = office.step(self.late_unit, LATE)
        self.reference = reference(self.late_unit, LATE)
        self._in_time = office.units.wards
        self._other = office.step(self.other_unit, LATE)
        with begin_read(office.wiring.engine) as connection:
            self.due_on: date = connection.scalars(select(_STEP.c.due_on).where(_STEP.c.id == self.step)).one()

    def stops(self) -> Iterator[Stop]:
        """The whole way, one stop after the other."""
        yield self._prepared()
        yield self._stop(Story.SOON, self._morning(-3))
        yield self._stop(Story.TODAY, self._morning(0))
        yield self._above()
        yield self._promised()
        yield self._stop(Story.RESTS, self._morning(3))
        yield self._stop(Story.PROVINCE, self._next_look())
        yield self._moved()
        yield self._stop(Story.COMMITTEE, self._next_look())
        yield self._over()

    def told(self) -> list[Told]:
        """Every attempt to tell somebody of the late step, in order."""
        notice, tried = table_of(NotificationRow), table_of(DeliveryAttemptRow)
        counted = notice.alias("counted")
        count = select(func.count()).where(counted.c.delivery_id == notice.c.delivery_id).scalar_subquery()
        query = (
            select(notice.c.level, notice.c.recipient, tried.c.began_at, tried.c.outcome, tried.c.words, count)
            .join(tried, tried.c.delivery_id == notice.c.delivery_id)
            .where(notice.c.step_id == self.step)
            .order_by(tried.c.began_at, tried.c.attempt)
        )
        with begin_read(self.office.wiring.engine) as connection:
            return [Told(*row) for row in connection.execute(query)]

    def counted(self) -> dict[str, int]:
        """Notices planned and cancelled, and letters, over the whole way."""
        notices = table_of(NotificationRow)
        by_state = select(notices.c.state, func.count()).group_by(notices.c.state)
        with begin_read(self.office.wiring.engine) as connection:
            states = {str(state): count for state, count in connection.execute(by_state)}
            letters = connection.scalar(select(func.count()).select_from(DeliveryRow)) or 0
        return {"notices": sum(states.values()), "cancelled": states.get("cancelled", 0), "letters": letters}

    def _prepared(self) -> Stop:
        """All but the two late steps is done in good time; so it goes on, at each stop."""
        successors = self.office.complete_all((self.office.units.successor,), self.due_on + _TWO_DAYS)
        return Stop(Story.PREPARED, self._clock.now, facts={"done": self._others_done() + successors})

    def _above(self) -> Stop:
        """Between plan and letter the other ward completes its step: nothing is said of it any more."""
        return self._stop(Story.ABOVE, self._next_look(), completes=self._other)

    def _promised(self) -> Stop:
        self._clock.now += timedelta(hours=1)
        lead, until = self._lead(self.late_unit), self._working_day(3)
        given = acknowledge_step(self.office.wiring, self.step, Actor(lead), until, PROMISE).acknowledgement
        return Stop(Story.PROMISED, self._clock.now, facts={"until": until, "words": given.words})

    def _moved(self) -> Stop:
        """The wards are no more; what they still owe goes to their successor, whose own work is done by then."""
        wiring, units = self.office.wiring, self.office.units
        self._clock.now = local_instant(_ENDS, _MORNING)
        moved = len(move_work(wiring, self.office.number).division.moves)
        self.office.leads |= dict.fromkeys(units.wards, self._lead(units.successor))
        self._in_time = (*units.wards, units.successor)
        return Stop(Story.MOVED, self._clock.now, facts={"moved": moved})

    def _over(self) -> Stop:
        """The next level would speak again; the step is completed, so that nobody is told any more."""
        again = self._next_look()
        self._clock.now += timedelta(hours=2)
        self.office.complete(self.step, self._lead(self.office.units.successor))
        return self._stop(Story.OVER, again)

    def _stop(self, story: Story, at: datetime, completes: int | None = None) -> Stop:
        """The clock moves on; a review plans; a minute later the sender sends what is due."""
        wiring, self._clock.now = self.office.wiring, at
        self._others_done()
        before = self.counted()
        planned = review_deadlines(wiring).notices
        minute(self._clock, 20)
        if completes is not None:
            self.office.complete(completes, self._lead(self.other_unit))
        minute(self._clock, 40)
        self._send()
        cancelled = self.counted()["cancelled"] - before["cancelled"]
        letters = sorted(self._box.arrived(), key=lambda one: self.reference not in one.text)
        return Stop(story, at, planned, cancelled, tuple(letters))

    def _others_done(self) -> int:
        soon = vietnam_calendar().add_working_days(self.office.wiring.today(), 5)
        return self.office.complete_all(self._in_time, soon, but=(self.step, self._other))

    def _send(self) -> None:
        sender = Sender(self.office.wiring)
        sender.drain()
        sender.close()

    def _lead(self, unit: UnitKey) -> str:
        return self.office.leads[unit]

    @property
    def _clock(self) -> MovedClock:
        return self.office.clock

    def _working_day(self, offset: int) -> date:
        return vietnam_calendar().add_working_days(self.due_on, offset)

    def _morning(self, offset: int) -> datetime:
        return local_instant(self._working_day(offset), _MORNING)

    def _next_look(self) -> datetime:
        """When the product itself will look at the step next."""
        query = select(ReviewRow.next_at).where(ReviewRow.step_id == self.step)
        with begin_read(self.office.wiring.engine) as connection:
            return connection.scalars(query).one() or self._clock.now


@contextmanager
def ladder_climbed(settings: Settings, decision: MergerDecision) -> Iterator[Climb]:
    """A few units of the decision beside the demonstration, with a mail server, until the end of the block."""
    with letter_box(settings.data_dir / "letters") as box:
        office = small_office(settings, decision, box)
        try:
            yield Climb(office, box)
        finally:
            office.wiring.engine.dispose()
