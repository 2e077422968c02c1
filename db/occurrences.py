"""Duties that come back, in the database: whose period has ended, and the rows of the times that are opened.

A time's number is the one before it plus one (docs/decisions/0005), so "is the next one open?" is a look at a key.
Whoever opens the next time holds the row of the one before: a person's act by having written it, the nightly run by
locking it. So both may come at once, and each time is opened once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from checklists.deadlines import local_date
from checklists.decisions import anchors_said
from checklists.events import STEP_OPENED, STEP_UNLOCKED
from checklists.messages import Translate
from checklists.next_occurrence import (
    DutyFacts,
    Latest,
    NextOccurrence,
    missed_occurrences,
    next_occurrence,
    opened_payload,
)
from checklists.participants import Role
from checklists.ports import REGISTERED
from checklists.step_names import step_name
from checklists.steps import StepState
from db.bulk import in_parts, insert_rows, raw_day, raw_instant
from db.deadline_rows import write_deadlines
from db.models import ChecklistRow, DecisionRow, EventRow, StepRow, UnitRow, table_of
from db.statements import Statement, among
from db.templates import TemplateShelf
from db.work_models import StepHolderRow

_STEP, _EVENT, _HOLDER, _DECISION = (table_of(row) for row in (StepRow, EventRow, StepHolderRow, DecisionRow))
_FIRST, _SECOND = aliased(StepRow), aliased(StepRow)

STANDS_STILL = (StepState.WAITING.value, StepState.CANCELLED.value)
"""In these states of its latest time a duty does not come back: it has not begun, or it is over."""

_LATEST = (
    select(
        StepRow.id,
        StepRow.checklist_id,
        StepRow.key,
        StepRow.occurrence,
        StepRow.due_on,
        func.coalesce(_FIRST.due_on, _SECOND.due_on).label("first_due"),
        ChecklistRow.decision_id,
        ChecklistRow.unit,
        ChecklistRow.role,
        ChecklistRow.template_hash,
        ChecklistRow.opened_at,
        UnitRow.name,
    )
    .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    .join(UnitRow, UnitRow.key == ChecklistRow.unit)
    .join(_FIRST, _FIRST.id == StepRow.id - StepRow.occurrence + 1)
    .join(_SECOND, _SECOND.id == _FIRST.id + 1, isouter=True)
    .where(StepRow.counterpart == "")
    .order_by(StepRow.id)
)

# what a person's act waits for is compiled once
_ONE_LATEST = Statement(lambda dialect: _LATEST.where(among(_STEP.c.id, dialect)))
_PRESENT = Statement(lambda dialect: select(_STEP.c.id).where(among(_STEP.c.id, dialect)))
_HOLDERS = Statement(lambda dialect: select(_HOLDER).where(among(_HOLDER.c.step_id, dialect)))
_SAID = Statement(
    lambda dialect: select(_DECISION.c.id, _DECISION.c.content, _DECISION.c.calendar_version).where(
        among(_DECISION.c.id, dialect)
    )
)
_anchors_said = lru_cache(maxsize=64)(anchors_said)


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who writes the times of duties, when, from which templates and in which words."""

    connection: Connection
    now: datetime
    shelf: TemplateShelf
    languages: Mapping[str, Translate]

    @property
    def today(self) -> date:
        return local_date(self.now)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A time to be written, after the row it follows."""

    after: Any
    number: int
    following: NextOccurrence


@dataclass(frozen=True, slots=True)
class RunningDuty:
    """A duty that comes back in the checklists of one decision; `end` is the last day it may be due."""

    decision_id: int
    template: str
    key: str
    end: date | None


def running_duties(connection: Connection, shelf: TemplateShelf) -> Iterator[RunningDuty]:
    """Every duty that comes back in a registered decision."""
    query = (
        select(ChecklistRow.decision_id, ChecklistRow.template_hash)
        .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
        .where(DecisionRow.state == REGISTERED)
        .distinct()
        .order_by(ChecklistRow.decision_id, ChecklistRow.template_hash)
    )
    used = connection.execute(query).all()
    decisions = _decisions(connection, sorted({row.decision_id for row in used}))
    anchors = {number: anchors_said(row.content) for number, row in decisions.items()}
    for decision_id, template in used:
        for key, step in shelf.steps(connection, template).items():
            if (again := step.recurrence) is not None:
                end = anchors[decision_id].get(again.until) if again.until else None
                yield RunningDuty(decision_id, template, key, end)


def periods_ended(connection: Connection, duty: RunningDuty, today: date) -> list[int]:
    """The latest time of this duty wherever its date is past.

    Three looks at one end of an index for each checklist, so the cost does not grow with the times there were. They
    stand in the list of columns, where no planner can make one pass over everything that was ever due of them.
    """
    latest = (
        select(StepRow.id)
        .where(StepRow.checklist_id == ChecklistRow.id, StepRow.key == duty.key, StepRow.counterpart == "")
        .order_by(StepRow.occurrence.desc())
        .limit(1)
        .correlate(ChecklistRow)
    )
    columns = (StepRow.id, StepRow.due_on, StepRow.state)
    query = select(*(latest.with_only_columns(one).scalar_subquery() for one in columns)).where(
        ChecklistRow.decision_id == duty.decision_id, ChecklistRow.template_hash == duty.template
    )
    before = min(today, duty.end or today)
    rows = connection.execute(query.select_from(ChecklistRow))
    return [step for step, due_on, state in rows if due_on and due_on < before and state not in STANDS_STILL]


def open_missed(clerk: Clerk, latest: Sequence[int], actor: str) -> int:
    """Open what is missing after these times, with an event for each; gives how many were new."""
    query = _LATEST.where(StepRow.state.not_in(STANDS_STILL))
    locked = query.with_for_update(of=StepRow, key_share=True)  # no-op on SQLite, where one writes at a time
    rows = [row for part in in_parts(latest) for row in clerk.connection.execute(locked.where(StepRow.id.in_(part)))]
    times = _Times(clerk, rows)
    wanted = [
        _Opened(row, row.id + following.occurrence - row.occurrence, following)
        for row in rows
        for following in times.missed(row)
    ]
    opened = _not_there(clerk.connection, wanted)
    _write(clerk, opened)
    insert_rows(clerk.connection, _EVENT, [_event(clerk, one, actor) for one in opened])
    return len(opened)


def open_next(clerk: Clerk, settled: int) -> int | None:
    """Open the time after the one that this transaction has settled; gives its number, None where there is none."""
    row = next(iter(_ONE_LATEST.run(clerk.connection, {"these": [settled]}).rows), None)
    following = _Times(clerk, [row]).next(row) if row else None
    if row is None or following is None:
        return None
    opened = _not_there(clerk.connection, [_Opened(row, row.id + 1, following)])
    _write(clerk, opened)
    return opened[0].number if opened else None


class _Times:
    """Works out the times after given rows; what many units share is worked out once."""

    def __init__(self, clerk: Clerk, rows: Sequence[Any]) -> None:
        self._clerk = clerk
        self._duties: dict[tuple[int, str, str, bool], DutyFacts] = {}
        self._missed: dict[tuple[object, ...], list[NextOccurrence]] = {}
        self._decisions = _decisions(clerk.connection, sorted({row.decision_id for row in rows}))
        needing = [row.id for row in rows if row.occurrence == 1 and self._duty(row).template.needs]
        self._unlocked = _unlocked_on(clerk.connection, needing)

    def missed(self, row: Any) -> list[NextOccurrence]:
        duty, latest = self._duty(row), self._latest(row)
        known = (row.decision_id, row.template_hash, row.key, duty.hands_over, latest)
        if known not in self._missed:
            self._missed[known] = list(missed_occurrences(latest, duty, self._clerk.today))
        return self._missed[known]

    def next(self, row: Any) -> NextOccurrence | None:
        return next_occurrence(self._latest(row), self._duty(row), self._clerk.today)

    def _latest(self, row: Any) -> Latest:
        if row.occurrence > 1:
            return Latest(row.occurrence, row.due_on, row.first_due)
        opened = local_date(row.opened_at)
        return Latest(row.occurrence, row.due_on, row.first_due, max(opened, self._unlocked.get(row.id, opened)))

    def _duty(self, row: Any) -> DutyFacts:
        hands_over = row.role == Role.PREDECESSOR.value
        known = (row.decision_id, row.template_hash, row.key, hands_over)
        if known not in self._duties:
            template = self._clerk.shelf.steps(self._clerk.connection, row.template_hash)[row.key]
            said = self._decisions[row.decision_id]
            self._duties[known] = DutyFacts(template, _anchors_said(said.content), said.calendar_version, hands_over)
        return self._duties[known]


def _decisions(connection: Connection, numbers: Sequence[int]) -> dict[int, Any]:
    return {row.id: row for row in _SAID.run(connection, {"these": list(numbers)}).rows}


def _unlocked_on(connection: Connection, steps: Sequence[int]) -> dict[int, date]:
    """The day from which each of these steps waited for no other, where it ever did."""
    found: dict[int, date] = {}
    for part in in_parts(steps):
        query = select(_EVENT.c.step_id, func.max(_EVENT.c.occurred_at)).group_by(_EVENT.c.step_id)
        rows = connection.execute(query.where(_EVENT.c.step_id.in_(part), _EVENT.c.type == STEP_UNLOCKED))
        found.update((step, local_date(at)) for step, at in rows)
    return found


def _not_there(connection: Connection, wanted: Sequence[_Opened]) -> list[_Opened]:
    """Looked at after the rows before them were locked: somebody else may have opened them until then."""
    held = {row.id for row in _PRESENT.run(connection, {"these": [one.number for one in wanted]}).rows}
    return [one for one in wanted if one.number not in held]


def _write(clerk: Clerk, opened: Sequence[_Opened]) -> None:
    shared = {id(one.following): one.following for one in opened}
    numbers = {same: following.deadline_number for same, following in shared.items()}
    deadlines = {numbers[same]: following.deadline for same, following in shared.items()}
    write_deadlines(clerk.connection, deadlines, clerk.languages)
    insert_rows(clerk.connection, _STEP, [_step(one, numbers[id(one.following)], clerk.today) for one in opened])
    _pass_on_holders(clerk, opened)


def _step(one: _Opened, deadline: int, today: date) -> tuple[Any, ...]:
    following, due = one.following, one.following.deadline.due_on
    late = int(due is not None and due < today)
    place = (one.number, one.after.checklist_id, one.after.key, "", following.occurrence)
    return (*place, StepState.READY.value, raw_day(due), deadline, 0, late, 1)


def _pass_on_holders(clerk: Clerk, opened: Sequence[_Opened]) -> None:
    """Who holds the time before (after a succession of work) holds those that follow it."""
    these = sorted({one.after.id for one in opened})
    held = {row.step_id: row for row in _HOLDERS.run(clerk.connection, {"these": these}).rows}
    dialect = clerk.connection.dialect.name
    rows = [
        (one.number, row.unit, row.decision_id, row.ground, raw_day(row.since), raw_instant(dialect, row.moved_at))
        for one in opened
        if (row := held.get(one.after.id))
    ]
    insert_rows(clerk.connection, _HOLDER, rows)


def _event(clerk: Clerk, one: _Opened, actor: str) -> tuple[Any, ...]:
    row, occurrence = one.after, one.following.occurrence
    name = step_name(row.key, occurrence, None, row.name)
    payload = opened_payload(name, row.key, occurrence, one.following.deadline.due_on)
    return (
        f"{STEP_OPENED}:{one.number}:1",
        STEP_OPENED,
        raw_instant(clerk.connection.dialect.name, clerk.now),
        actor,
        None,
        row.decision_id,
        row.unit,
        one.number,
        None,
        json.dumps(payload, ensure_ascii=False, sort_keys=True),
    )
