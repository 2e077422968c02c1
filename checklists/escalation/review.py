"""The review of one step: which levels are to be planned now, why, and when to look again.

the scan of due reviews → facts → **review** → planned levels → recipients → notices. Nothing is remembered here: what
was planned before comes in with the facts, so a review run twice, late, or under a clock that jumps plans each level
once and loses none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from checklists.deadlines import local_date
from checklists.escalation.facts import StepFacts
from checklists.escalation.ladder import Audience, EscalationLadder
from checklists.escalation.review_rules import RULE_OF, Situation
from checklists.escalation.review_words import why
from checklists.escalation.timetable import Occasion, Planned, Timetable, local_instant, of_due_date
from checklists.messages import Message
from checklists.steps import StepState
from checklists.working_calendar import OutsideCalendar, WorkingCalendar


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """A level to plan now. `planned` is to be recorded with it; `late`: its day is past; `missed`: earlier repeats."""

    planned: Planned
    urgent: bool
    late: bool
    missed: int
    why: Message


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What to plan, in order, and when to look again (None: nothing can change by time alone). `stops`: what is planned
    but unsent is cancelled."""

    plans: tuple[LevelPlan, ...] = ()
    next_review_at: datetime | None = None
    findings: tuple[Message, ...] = ()
    stops: bool = False


def review(step: StepFacts, ladder: EscalationLadder, calendar: WorkingCalendar, now: datetime) -> Reviewed:
    """The table of `review_rules`, applied at `now`. A day outside the calendar is a finding, never an exception."""
    if RULE_OF[step.state].tells is None:
        return Reviewed(stops=True)
    if step.due_on is None:
        return Reviewed()
    try:
        table = timetable(step, step.due_on, ladder, calendar)
    except OutsideCalendar as problem:
        return Reviewed((), _next_look(calendar, now), (_uncountable(problem),))
    occasions, problems = _occasions(table, now)
    plans = tuple(_plans(step, table, occasions, now))
    coming = [one.at for one in occasions if one.at > now]
    coming += [table.not_before] if _handed_on(step, table, occasions, table.not_before) else []
    coming += [_next_look(calendar, now)] if problems else []
    next_at = min((at for at in coming if at > now), default=None)
    ended = (
        [] if next_at else [Message("The ladder has spoken its last level and does not repeat: nobody is told more.")]
    )
    return Reviewed(plans, next_at, (*_fallen(table), *problems, *ended, *_endless(step)))


def still_wanted(step: StepFacts, due_on: date) -> bool:
    """Whether a notice planned for `due_on` and not sent yet should still go out."""
    return RULE_OF[step.state].tells is not None and step.due_on == due_on


def timetable(step: StepFacts, due_on: date, ladder: EscalationLadder, calendar: WorkingCalendar) -> Timetable:
    """The times of the step's levels as they stand now. Raises OutsideCalendar."""
    held = held_until(step, ladder, calendar)
    return Timetable(ladder, calendar, due_on, held, of_due_date(step.planned, due_on), step.resumed_at)


def held_until(step: StepFacts, ladder: EscalationLadder, calendar: WorkingCalendar) -> datetime:
    """Before this instant no level falls: the longest of what holds the step. Raises OutsideCalendar."""
    return max(_holds(step, ladder, calendar).values())


def _holds(step: StepFacts, ladder: EscalationLadder, calendar: WorkingCalendar) -> dict[Situation, datetime]:
    holds = {Situation.NEWLY_DATED: step.dated_at}
    if step.overdue_at_birth:
        respite_over = calendar.add_working_days(local_date(step.dated_at), ladder.respite)
        holds[Situation.OVERDUE_AT_BIRTH] = local_instant(respite_over, time.min)
    if step.resumed_at is not None:
        holds[Situation.RESUMED] = step.resumed_at
    if step.state is StepState.BLOCKED and not step.clock_runs and step.expected_on is not None:
        holds[Situation.CLOCK_STOPPED] = _day_after(step.expected_on)
    if step.promise is not None:
        holds[Situation.ACKNOWLEDGED] = _day_after(step.promise.expected_on)
    return holds


def _occasions(table: Timetable, now: datetime) -> tuple[list[Occasion], list[Message]]:
    """Every level at its first time, and the repeats of the last; with the level that cannot be dated, if any."""
    found: list[Occasion] = []
    try:
        for one in table.levels():
            found.append(one)
        for one in table.repeats(found[-1], now) if found and found[-1].at <= now else ():
            found.append(one)
    except OutsideCalendar as problem:  # what came before it stands
        return found, [_uncountable(problem)]
    return found, []


def _plans(step: StepFacts, table: Timetable, occasions: Sequence[Occasion], now: datetime) -> Iterator[LevelPlan]:
    handed_on = _handed_on(step, table, occasions, now) if now >= table.not_before else None
    spoken = {(one.level, one.repeat) for one in table.planned}
    for one in occasions:
        if one.at <= now and ((one.level.key, one.repeat) not in spoken or one is handed_on):
            planned = Planned(one.level.key, one.repeat, table.due_on, _tells(step, one), one.at)
            late = one is not handed_on and local_date(one.at) < local_date(now)
            words = why(step, table, one, now, late=late, handed_on=one is handed_on)
            yield LevelPlan(planned, one.level.urgent, late, one.missed, words)


def _tells(step: StepFacts, one: Occasion) -> Audience:
    instead = RULE_OF[step.state].tells
    return instead if instead and one.level.to is Audience.UNIT_LEAD else one.level.to


def _handed_on(step: StepFacts, table: Timetable, occasions: Sequence[Occasion], now: datetime) -> Occasion | None:
    """The latest reminder whose time has come, if it went to others only and it is now somebody else's turn.

    So nobody's superior hears of a step before those who can do something about it have heard.
    """
    lead = [one for one in occasions if one.at <= now and one.level.to is Audience.UNIT_LEAD]
    told = {one.to for one in table.planned if lead and one.level == lead[-1].level.key}
    return lead[-1] if told and _tells(step, lead[-1]) not in told else None


def _fallen(table: Timetable) -> Iterator[Message]:
    if not table.planned and (fallen := table.fallen_away()):
        keys = ", ".join(level.key for level in fallen)
        yield Message("Nobody was reminded before the due date, which was past already: {levels}.", {"levels": keys})


def _endless(step: StepFacts) -> Iterator[Message]:
    if step.state is StepState.BLOCKED and not step.clock_runs and step.expected_on is None:
        yield Message("Blocked with its clock stopped but without an expected day: it is reviewed as if the clock ran.")


def _uncountable(problem: OutsideCalendar) -> Message:
    return Message("A level of the ladder cannot be dated: {problem}", {"problem": problem.message})


def _next_look(calendar: WorkingCalendar, now: datetime) -> datetime:
    """A calendar that ends is looked at again in its last month, then daily: the next year is announced about then."""
    last_month = local_instant(date(calendar.last_year, 12, 1), time(8))
    return max(last_month, local_instant(local_date(now) + timedelta(days=1), time(8)))


def _day_after(day: date) -> datetime:
    return local_instant(day + timedelta(days=1), time.min)
