"""What a message may say of steps and levels, for many messages at once: rows → `notifiers.message_facts`.

`db.delivery_reading` + published templates + ladders + calendar → **here** → `bangiao.delivery_messages`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property

from sqlalchemy import Connection

from bangiao.calendar_in_force import calendar_on
from bangiao.step_references import reference
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.escalation.digests import speaks_for
from checklists.escalation.ladder import DEFAULT_LADDER, EscalationLadder
from checklists.steps import StepState
from checklists.templates import Text
from checklists.working_calendar import OutsideCalendar
from db.delivery_reading import (
    NoticeLine,
    ToldOne,
    ToldStep,
    awaited_steps,
    names_of,
    promises,
    told_so_far,
    told_steps,
    unit_names,
)
from db.ladders import ladders_fixed
from notifiers.message_facts import LevelFacts, StepFacts, Told

_AWAITED_SHOWN = 5
_TOLD_SHOWN = 5


class StepFactsReader:
    """The facts of these steps, on one connection."""

    def __init__(self, wiring: Wiring, connection: Connection, steps: Collection[int], today: date) -> None:
        self._wiring, self._connection, self.today = wiring, connection, today
        self._calendar = calendar_on(connection)
        self._steps = told_steps(connection, steps)
        self._awaited = awaited_steps(connection, steps)
        self._promises = promises(connection, steps)
        accounts = [one.changed_by for one in self._steps.values() if one.changed_by]
        self._names = names_of(connection, [*accounts, *(who for who, _ in self._promises.values())])
        self._units = unit_names(connection, {one.holder for one in self._steps.values()})

    def step(self, number: int) -> StepFacts:
        one = self._steps[number]
        template = self._wiring.shelf.steps(self._connection, one.template_hash)[one.key]
        named = reference(one.unit, one.key, one.counterpart, one.occurrence)
        promise = self._promises.get(number)
        base = self._wiring.settings.link_base
        return StepFacts(
            reference=named,
            title=template.title,
            unit=one.unit_name,
            unit_key=one.unit,
            holder=self._units.get(one.holder, one.holder) if one.holder != one.unit else None,
            due_on=one.due_on,
            working_days_left=self._days_left(one.due_on),
            overdue_at_birth=one.overdue_at_birth,
            explanation=_text(one.explanation_vi, one.explanation_en),
            basis=template.basis,
            evidence=template.evidence.what,
            waits_for=self._titles(number),
            by=self._names.get(one.changed_by or "", one.changed_by),
            reason=one.reason or None,
            unblocker=one.unblocker or None,
            expected_on=one.expected_on if one.state == StepState.BLOCKED else None,
            promised_by=self._names.get(promise[0], promise[0]) if promise else None,
            promised_on=promise[1] if promise else None,
            link=f"{base}/steps/{number}" if base else None,
            command=f"bangiao step show {named}",
        )

    def speaking(self, told: Sequence[NoticeLine]) -> NoticeLine:
        """Of the notices about one step, the one that the message goes by."""
        one = self._steps.get(told[0].step_id)
        return speaks_for(told, self._ladder(one)) if one and len(told) > 1 else told[-1]

    def level(self, line: NoticeLine, recipient: str) -> LevelFacts | None:
        """Why this person is told, who was before, and who is next."""
        one = self._steps[line.step_id]
        ladder = self._ladder(one)
        keys = [level.key for level in ladder.levels]
        if line.level not in keys:
            return None
        place = keys.index(line.level)
        told = [each for each in self._told.get((line.step_id, line.due_on), ()) if each.account != recipient]
        after = ladder.levels[place + 1] if place + 1 < len(keys) else None
        return LevelFacts(
            title=ladder.levels[place].title,
            told=tuple(Told(who=each.name, at=each.at) for each in told[:_TOLD_SHOWN]),
            next_title=after.title if after else None,
            next_on=self._later(one, after.offset) if after else None,
        )

    def _ladder(self, one: ToldStep) -> EscalationLadder:
        return self._ladders.get((one.decision_id, one.template), DEFAULT_LADDER)

    @cached_property
    def _told(self) -> Mapping[tuple[int, date | None], list[ToldOne]]:
        return told_so_far(self._connection, self._steps)

    @cached_property
    def _ladders(self) -> dict[tuple[int, str], EscalationLadder]:
        return ladders_fixed(self._connection)

    def _titles(self, number: int) -> tuple[Text, ...]:
        awaited = dict.fromkeys(self._awaited.get(number, ()))
        return tuple(self._wiring.shelf.steps(self._connection, template)[key].title for template, key in awaited)[
            :_AWAITED_SHOWN
        ]

    def _days_left(self, due_on: date | None) -> int | None:
        try:
            return self._calendar.working_days_between(self.today, due_on) if due_on else None
        except OutsideCalendar:
            return None

    def _later(self, one: ToldStep, offset: int) -> date | None:
        """When the next level is told. A climb that was held up (a promise, a blocked step) falls later than the ladder
        says: then on the day of the next review."""
        try:
            day = self._calendar.add_working_days(one.due_on, offset) if one.due_on else None
        except OutsideCalendar:
            return None
        if day and one.next_review_at:
            day = max(day, local_date(one.next_review_at))
        return day if day and day > self.today else None


def _text(vi: str, en: str) -> Text | None:
    return Text(vi=vi, en=en) if vi and en else None
