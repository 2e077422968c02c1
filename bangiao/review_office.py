"""What reviews share and read once: ladders, calendars, units, people, and how each person wants to be told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cached_property

from sqlalchemy import Connection, select

from checklists.escalation.ladder import DEFAULT_LADDER, Audience, EscalationLadder
from checklists.escalation.preferences import Preference
from checklists.escalation.recipients import Directory, Found, ReachedUnit, recipients
from checklists.frozen_facts import calendar_from_json
from checklists.units import Level, UnitKey
from checklists.working_calendar import WorkingCalendar
from db.ladders import ladders_fixed
from db.models import CalendarRow, UnitRow
from db.people import people_on_record
from db.preferences import preferences
from db.reach import unit_tree
from db.reviews import ReviewedStep

_WORTH_THE_TREE = 20
"""From so many units on, reading the tree of all units is quicker than one branch after another."""


class ReviewOffice:
    """One day's facts, on one connection; each kind is read when it is first asked for."""

    def __init__(self, connection: Connection, day: date, calendar: WorkingCalendar) -> None:
        self._connection = connection
        self._day = day
        self.calendar = calendar
        """The newest, by which messages leave; deadlines and levels go by the decision's own."""
        self._calendars: dict[str, WorkingCalendar] = {}
        self._chains: dict[str, tuple[ReachedUnit, ...]] = {}

    def ladder(self, step: ReviewedStep) -> EscalationLadder:
        return self._ladders.get((step.decision_id, step.template), DEFAULT_LADDER)

    def calendar_of(self, step: ReviewedStep) -> WorkingCalendar:
        version = step.calendar_version
        if version not in self._calendars:
            content = self._connection.scalars(select(CalendarRow.content).where(CalendarRow.version == version)).one()
            self._calendars[version] = calendar_from_json(json.loads(content))
        return self._calendars[version]

    def told(self, step: ReviewedStep, audience: Audience) -> list[Found]:
        """Whom a level of this audience reaches; the leads of every awaited unit, where those are meant."""
        reachable = self.reachable
        if audience is Audience.AWAITED_LEADS:
            holders = step.awaited or (step.holder,)
            return [recipients(audience, self._chain(one), self._directory, reachable=reachable) for one in holders]
        left_out = step.doers if audience is Audience.VERIFIERS else frozenset()
        chain = self._chain(step.holder)
        return [recipients(audience, chain, self._directory, reachable=reachable, not_to=left_out)]

    def preference(self, account: str) -> Preference:
        return self._preferences.get(account) or Preference()

    @cached_property
    def reachable(self) -> frozenset[str] | None:
        """Accounts with a working channel; None while no channel is set up at all: notices then wait for one."""
        able = frozenset(account for account, one in self._preferences.items() if one.working_channels())
        return able or None

    def expect(self, steps: list[ReviewedStep]) -> None:
        """Say which steps will be asked for, so that their units are read at once."""
        wanted = {one.holder for one in steps} | {unit for one in steps for unit in one.awaited}
        missing = wanted - self._chains.keys()
        if len(missing) > _WORTH_THE_TREE:
            tree = unit_tree(self._connection)
            for unit in missing:
                self._chains[unit] = self._named(tree.reach(UnitKey(unit)))

    def _chain(self, unit: str) -> tuple[ReachedUnit, ...]:
        if unit not in self._chains:
            self._chains[unit] = self._named(unit_tree(self._connection, unit).reach(UnitKey(unit)))
        return self._chains[unit]

    def _named(self, keys: list[UnitKey]) -> tuple[ReachedUnit, ...]:
        return tuple(ReachedUnit(key, *self._units[key]) for key in keys if key in self._units)

    @cached_property
    def _units(self) -> Mapping[str, tuple[Level, str]]:
        rows = self._connection.execute(select(UnitRow.key, UnitRow.level, UnitRow.name))
        return {row.key: (Level(row.level), row.name) for row in rows}

    @cached_property
    def _ladders(self) -> Mapping[tuple[int, str], EscalationLadder]:
        return ladders_fixed(self._connection)

    @cached_property
    def _directory(self) -> Directory:
        record = people_on_record(self._connection)
        roles = [role for account in record.persons for role in record.roles(account)]
        absences = {one for account in record.persons for one in record.absences(account)}
        return Directory(record.persons.values(), roles, absences, self._day)

    @cached_property
    def _preferences(self) -> Mapping[str, Preference]:
        return preferences(self._connection, self._day)
