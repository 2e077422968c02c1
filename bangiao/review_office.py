"""What reviews share and read once: ladders, calendars, units, people, and how each person wants to be told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import Connection, Select, select

from bangiao.calendar_in_force import calendar_on
from bangiao.i18n import both_languages
from checklists.escalation.facts import StepFacts
from checklists.escalation.ladder import DEFAULT_LADDER, Audience, EscalationLadder
from checklists.escalation.preferences import Preference, QuietHours
from checklists.escalation.reachability import UnreachableLevel, unreachable_levels
from checklists.escalation.recipients import Directory, Found, ReachedUnit, recipients
from checklists.escalation.review import Reviewed, review
from checklists.escalation.windows import send_at
from checklists.frozen_facts import calendar_from_json
from checklists.messages import Message
from checklists.reach import UnitTree
from checklists.units import Level, UnitKey
from checklists.working_calendar import WorkingCalendar
from db.directory import directory_on
from db.ladders import ladders_fixed
from db.models import CalendarRow, UnitRow
from db.notices import said
from db.preferences import Preferences, preferences
from db.reach import unit_tree
from db.reviews import ReviewedStep

_WORTH_THE_TREE = 20
"""From so many units on, reading the tree of all units is quicker than one branch after another."""

_NAMED = select(UnitRow.key, UnitRow.level, UnitRow.name)


class ReviewOffice:
    """One day's facts; each kind is read when it is first asked for, and what is the same for many steps is worked out
    once. One round of reviews has one: it is told in which transaction it stands."""

    _connection: Connection
    calendar: WorkingCalendar
    """The one in force, by which messages leave; deadlines and levels go by the decision's own."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._calendars: dict[str, WorkingCalendar] = {}
        self._chains: dict[str, tuple[ReachedUnit, ...]] = {}
        self._names: dict[str, tuple[Level, str]] = {}
        self._all_named = False
        self._told: dict[tuple[Audience, tuple[str, ...], frozenset[str]], Found] = {}
        self._leaves: dict[tuple[int, QuietHours | None, datetime, bool], tuple[Preference, datetime]] = {}
        self._reviewed: dict[tuple[StepFacts, str, str, datetime], Reviewed] = {}
        self._said: dict[tuple[int, ...], tuple[tuple[Message, ...], str]] = {}
        self._languages = both_languages()

    def on(self, connection: Connection) -> None:
        """From now on facts are read there."""
        self._connection = connection
        self.calendar = calendar_on(connection)

    def reviewed(self, step: ReviewedStep, now: datetime) -> Reviewed:
        """The review of the step; steps of which the same is true share it."""
        ladder = self.ladder(step)
        key = (step.facts, ladder.content_hash, step.calendar_version, now)
        if key not in self._reviewed:
            self._reviewed[key] = review(step.facts, ladder, self.calendar_of(step), now)
        return self._reviewed[key]

    def said(self, messages: tuple[Message, ...]) -> str:
        """The sentences in both languages, as they are kept. Steps that share a review share its messages, which are
        told apart by their identity; they are kept, so that none is given away again."""
        key = tuple(map(id, messages))
        if key not in self._said:
            self._said[key] = messages, said(messages, self._languages)
        return self._said[key][1]

    @cached_property
    def earliest_offset(self) -> int:
        """How many working days from the due date the first level of any ladder lies."""
        ladders = {DEFAULT_LADDER.content_hash: DEFAULT_LADDER}
        ladders |= {one.content_hash: one for one in self._ladders.values()}
        return min(level.offset for one in ladders.values() for level in one.levels)

    def ladder(self, step: ReviewedStep) -> EscalationLadder:
        return self.ladder_of(step.decision_id, step.template)

    def ladder_of(self, decision_id: int, template: str) -> EscalationLadder:
        return self._ladders.get((decision_id, template), DEFAULT_LADDER)

    def name(self, unit: str) -> str:
        self._learn([unit])
        return self._names[unit][1]

    def unreachable(self, holder: str, ladder: EscalationLadder) -> list[UnreachableLevel]:
        """Levels of the ladder that have nobody with a working channel, for steps of this holder."""
        able = self.reachable or frozenset()
        return unreachable_levels(ladder, self._chain(holder), self._directory, able)

    def calendar_of(self, step: ReviewedStep) -> WorkingCalendar:
        version = step.calendar_version
        if version not in self._calendars:
            content = self._connection.scalars(select(CalendarRow.content).where(CalendarRow.version == version)).one()
            self._calendars[version] = calendar_from_json(json.loads(content))
        return self._calendars[version]

    def told(self, step: ReviewedStep, audience: Audience) -> Found:
        """Whom a level of this audience reaches, each once; the leads of every awaited unit, where those are meant."""
        awaiting = audience is Audience.AWAITED_LEADS
        holders = (step.awaited if awaiting else ()) or (step.holder,)
        left_out = step.doers if audience is Audience.VERIFIERS else frozenset()
        key = (audience, holders, left_out)
        if key not in self._told and len(holders) == 1:
            self._told[key] = self._found(audience, holders[0], left_out)
        if key not in self._told:
            found = [self._found(audience, one, left_out) for one in holders]
            people = {one.account: one for each in reversed(found) for one in reversed(each.recipients)}
            findings = tuple(one for each in found for one in each.findings)
            widened = any(each.widened for each in found)
            self._told[key] = Found(tuple(reversed(people.values())), widened, findings)
        return self._told[key]

    def _found(self, audience: Audience, holder: str, left_out: frozenset[str]) -> Found:
        chain = self._chain(holder)
        return recipients(audience, chain, self._directory, reachable=self.reachable, not_to=left_out)

    def leaves(self, account: str, now: datetime, urgent: bool) -> datetime:
        """The first moment from `now` on at which somebody may be told. Most people have the same windows."""
        own = self._preferences.hours(account)
        key = (id(own.windows), own.quiet, now, urgent)
        if key not in self._leaves:
            self._leaves[key] = own, send_at(now, own, self.calendar, urgent)
        return self._leaves[key][1]

    def preference(self, account: str) -> Preference:
        return self._preferences.get(account) or Preference()

    @cached_property
    def reachable(self) -> frozenset[str] | None:
        """Accounts with a working channel; None while no channel is set up at all: notices then wait for one."""
        return self._preferences.reached() or None

    def expect(self, steps: list[ReviewedStep]) -> None:
        """Say which steps will be asked for, so that their units are read at once."""
        self.expect_units({one.holder for one in steps} | {unit for one in steps for unit in one.awaited})

    def expect_units(self, units: set[str]) -> None:
        missing = units - self._chains.keys()
        if len(missing) > _WORTH_THE_TREE:
            self._learn_all()
            for unit in missing:
                self._grow(unit)

    def _grow(self, unit: str) -> tuple[ReachedUnit, ...]:
        """The chain of a unit is the unit and what is above it; whatever is below a unit shares what is above that."""
        if unit not in self._chains:
            above = self._tree.directly_above(UnitKey(unit))
            if len(above) == 1:
                self._chains[unit] = (*self._named([UnitKey(unit)]), *self._grow(above[0]))
            else:
                self._chains[unit] = self._named(self._tree.reach(UnitKey(unit)))
        return self._chains[unit]

    def _chain(self, unit: str) -> tuple[ReachedUnit, ...]:
        if unit not in self._chains:
            reach = unit_tree(self._connection, unit).reach(UnitKey(unit))
            self._learn(reach)
            self._chains[unit] = self._named(reach)
        return self._chains[unit]

    def _named(self, keys: list[UnitKey]) -> tuple[ReachedUnit, ...]:
        return tuple(ReachedUnit(key, *self._names[key]) for key in keys if key in self._names)

    def _learn(self, units: Iterable[str]) -> None:
        """Level and name of these units."""
        missing = set(units) - self._names.keys()
        if missing and not self._all_named:
            self._keep(_NAMED.where(UnitRow.key.in_(missing)))

    def _learn_all(self) -> None:
        if not self._all_named:
            self._keep(_NAMED)
            self._all_named = True

    def _keep(self, query: Select[str, str, str]) -> None:
        levels = {one.value: one for one in Level}
        self._names |= {key: (levels[level], name) for key, level, name in self._connection.execute(query).all()}

    @cached_property
    def _tree(self) -> UnitTree:
        return unit_tree(self._connection)

    @cached_property
    def _ladders(self) -> Mapping[tuple[int, str], EscalationLadder]:
        return ladders_fixed(self._connection)

    @cached_property
    def _directory(self) -> Directory:
        return directory_on(self._connection, self._day)

    @cached_property
    def _preferences(self) -> Preferences:
        return preferences(self._connection, self._day)
