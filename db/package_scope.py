"""What belongs to a package: a `Scope` as conditions of queries. Scope → **selection** → rows (`db.package_reading`).

All filters narrow together. A person and a period choose steps by what happened to them, the other filters by what
they are; decisions, checklists, events and notices follow from the same conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, and_, literal, or_, select, union

from checklists.deadlines import VIETNAM, local_date
from checklists.handlers import UnknownDecision
from checklists.package.scope import Scope
from checklists.package.scope_errors import EmptyPeriod, NobodyNamed, NotAProvince, UnitNotInRegister, UnknownStepState
from checklists.steps import OPEN, StepState
from checklists.units import Level
from db.history_names import decision_numbered, knows_account
from db.models import ChecklistRow, EventRow, StepRow, UnitRow
from db.notice_models import NotificationRow
from db.reach import reached_from
from db.work_models import EvidenceRow, StepHolderRow

Ids = Select[int] | CompoundSelect[int]


class Selection:
    """A scope that the record knows; raises what is unknown in it. `today` is the local day of the package."""

    def __init__(self, connection: Connection, scope: Scope, as_of: datetime) -> None:
        self.scope = scope
        self.today = local_date(as_of)
        self.decision = _decision(connection, scope)
        self.units = _units(connection, scope)
        _check(connection, scope)
        self._steps = self._step_ids()
        self._checklists = self._checklist_ids()

    @property
    def is_everything(self) -> bool:
        return not self.scope.filters()

    @property
    def has_period(self) -> bool:
        return self.scope.since is not None or self.scope.until is not None

    @property
    def by_what_happened(self) -> bool:
        """Whether steps belong by what happened to them, to a person or in a period."""
        return self.scope.person is not None or self.has_period

    @property
    def by_what_they_are(self) -> bool:
        """Whether steps belong by their state."""
        return bool(self.scope.states) or self.scope.overdue

    @property
    def narrows(self) -> bool:
        """Whether a checklist of this scope may be there with some of its steps only."""
        return self.by_what_happened or self.by_what_they_are

    @property
    def has_place(self) -> bool:
        """Whether units or a decision bound the scope."""
        return self.units is not None or self.decision is not None

    def of_step(self, column: Any) -> tuple[ColumnElement[bool], ...]:
        """The condition that a number is one of a step of this scope; nothing where all are."""
        return () if self._steps is None else (column.in_(self._steps),)

    def of_checklist(self, column: Any) -> tuple[ColumnElement[bool], ...]:
        return () if self._checklists is None else (column.in_(self._checklists),)

    def within(self, *instants: Any) -> tuple[ColumnElement[bool], ...]:
        """That one of these instants lies in the period; nothing where no period was asked for."""
        return (or_(*(and_(*self._between(one)) for one in instants)),) if self.has_period else ()

    def theirs(self, *accounts: Any) -> tuple[ColumnElement[bool], ...]:
        """That one of these columns names the person; nothing where no person was asked for."""
        person = self.scope.person
        return () if person is None else (or_(*(one == person for one in accounts)),)

    def here(self, *units: Any) -> tuple[ColumnElement[bool], ...]:
        """That one of these columns names a unit of the place; nothing where no place was asked for."""
        return () if self.units is None else (or_(*(one.in_(self.units) for one in units)),)

    def of_decision(self, column: Any) -> tuple[ColumnElement[bool], ...]:
        return () if self.decision is None else (column == self.decision,)

    def _between(self, instant: Any) -> Iterator[ColumnElement[bool]]:
        """Days in Viet Nam, both included; the first and the last day that there are mean no limit."""
        since, until = self.scope.since, self.scope.until
        yield instant.is_not(None)
        if since is not None and since > date.min:
            yield instant >= _midnight(since)
        if until is not None and until < date.max:
            yield instant < _midnight(until + timedelta(days=1))

    def _step_ids(self) -> Ids | None:
        conditions = list(self._of_steps())
        numbers: Select[int] = select(StepRow.id)
        if self.units is None:
            return numbers.where(*conditions) if conditions else None
        owned = numbers.join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        held = numbers.join(StepHolderRow, StepHolderRow.step_id == StepRow.id)
        return union(
            owned.where(ChecklistRow.unit.in_(self.units), *conditions),
            held.where(StepHolderRow.unit.in_(self.units), *conditions),
        )

    def _of_steps(self) -> Iterator[ColumnElement[bool]]:
        scope = self.scope
        if self.decision is not None:
            mine = select(ChecklistRow.id).where(ChecklistRow.decision_id == self.decision)
            yield StepRow.checklist_id.in_(mine)
        if scope.states:
            yield StepRow.state.in_(sorted(scope.states))
        if scope.overdue:
            yield and_(StepRow.due_on < self.today, StepRow.state.in_(sorted(OPEN)))
        if self.by_what_happened:
            yield StepRow.id.in_(self._touched())

    def _touched(self) -> CompoundSelect[int]:
        """Steps that something happened to, in the period and by or for the person as far as they are asked for."""
        event, notice, proof = EventRow, NotificationRow, EvidenceRow
        happened: list[Select[Any]] = [
            select(event.step_id).where(*self.acts(), event.step_id.is_not(None)),
            select(notice.step_id).where(*self.told(), notice.step_id.is_not(None)),
            select(proof.step_id).where(
                *self.theirs(proof.added_by, proof.on_behalf_of, proof.withdrawn_by),
                *self.within(proof.added_at, proof.withdrawn_at),
            ),
        ]
        if self.scope.person is None:
            happened.append(select(StepHolderRow.step_id).where(*self.within(StepHolderRow.moved_at)))
        return union(*happened)

    def acts(self) -> tuple[ColumnElement[bool], ...]:
        """Events of the person, in the period."""
        return (
            *self.theirs(EventRow.actor, EventRow.on_behalf_of, EventRow.subject),
            *self.within(EventRow.occurred_at),
        )

    def told(self) -> tuple[ColumnElement[bool], ...]:
        """Notices to the person, in the period."""
        notice = NotificationRow
        return (
            *self.theirs(notice.recipient, notice.in_place_of),
            *self.within(notice.created_at, notice.ended_at),
        )

    def notices(self) -> tuple[ColumnElement[bool], ...]:
        """Which notices belong: those about the scope's steps, and to the person, in the period."""
        steps = self.of_step(NotificationRow.step_id) if self.has_place or self.by_what_they_are else ()
        return (*steps, *self.told())

    def _checklist_ids(self) -> Ids | None:
        if self._steps is None:
            return None
        of_steps = select(StepRow.checklist_id).where(StepRow.id.in_(self._steps))
        of_place = select(ChecklistRow.id).where(
            *self.of_decision(ChecklistRow.decision_id), *self.here(ChecklistRow.unit)
        )
        if self.by_what_they_are or self.scope.person is not None:
            return of_steps
        return union(of_place.where(*self.within(ChecklistRow.opened_at)), of_steps)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, VIETNAM)


def _decision(connection: Connection, scope: Scope) -> int | None:
    if scope.decision is None:
        return None
    found = decision_numbered(connection, scope.decision)
    if found is None:
        raise UnknownDecision(number=scope.decision)
    return found


def _units(connection: Connection, scope: Scope) -> list[str] | None:
    """The units of the place that was asked for, by key: the province with all below it and what it took over, or the
    unit itself; both: the unit, if it lies there."""
    if scope.province is None and scope.unit is None:
        return None
    if scope.unit is not None:
        _known(connection, scope.unit)
    if scope.province is None:
        return [str(scope.unit)]
    if _known(connection, scope.province) != Level.PROVINCE.value:
        raise NotAProvince(key=scope.province)
    reached = connection.scalars(reached_from(select(literal(scope.province).label("key"))))
    return sorted(key for key in reached if scope.unit in (None, key))


def _known(connection: Connection, key: str) -> str:
    """The unit's level."""
    level = connection.scalars(select(UnitRow.level).where(UnitRow.key == key)).one_or_none()
    if level is None:
        raise UnitNotInRegister(key=key)
    return level


def _check(connection: Connection, scope: Scope) -> None:
    if scope.person is not None and not (knows_account(connection, scope.person)):
        raise NobodyNamed(account=scope.person)
    for state in scope.states:
        if state not in set(StepState):
            raise UnknownStepState(state=state, known=", ".join(StepState))
    if scope.since and scope.until and scope.since > scope.until:
        raise EmptyPeriod(since=scope.since, until=scope.until)
