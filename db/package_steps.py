"""Steps of a package: each with its words from the template version that it stands under, and what the events say of
when it was finished.

Steps, the moments of their events and their needs are three streams in the order of step numbers, read side by side:
three statements, however many steps there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, select

from checklists.deadlines import local_date
from checklists.events import STEP_COMPLETED, STEP_OPENED, STEP_VERIFIED
from checklists.package.lateness import working_days_late
from checklists.package.records import StepRecord
from checklists.package.texts import day_or_none, instant_or_none
from checklists.steps import OPEN, StepState
from checklists.working_calendar import WorkingCalendar
from db.models import ChecklistRow, DecisionRow, EventRow, NeedRow, StepRow
from db.package_checklists import StepWordsKnown
from db.package_deadlines import Deadlines, FirstDates
from db.package_rows import Named, parts, stream
from db.package_scope import Selection
from db.step_queries import OWED_BY
from db.work_models import StepHolderRow, StepWorkRow

_FINISHED = frozenset({StepState.DONE.value, StepState.NOT_APPLICABLE.value})
_OPEN = frozenset(one.value for one in OPEN)
_NO_MOMENTS: Mapping[str, datetime] = {}


class StepsRead:
    """The steps of a selection on the package's day."""

    def __init__(self, connection: Connection, selection: Selection, words: StepWordsKnown, named: Named) -> None:
        self.connection = connection
        self.selection = selection
        self.words = words
        self.named = named

    def rows(self) -> Iterator[StepRecord]:
        """By id."""
        moments = _Beside(self._moments())
        needs = _Beside(self._needs())
        deadlines = Deadlines(self.connection)
        first_dates = FirstDates(self.connection)
        for part in parts(self.connection, self._query()):
            deadlines.know({row.deadline_id for row in part} | first_dates.deadlines)
            for row in part:
                told = {kind: at for _, kind, at in moments.of(row.id)} or _NO_MOMENTS
                finished = _finished_at(row.state, told)
                first = first_dates.of(row, told.get(STEP_OPENED, row.opened_at), finished)
                yield self._record(row, finished, deadlines, first, [str(one) for _, one in needs.of(row.id)])

    def _record(
        self, row: Any, finished: datetime | None, deadlines: Deadlines, first: int, needs: list[str]
    ) -> StepRecord:
        doers = json.loads(row.doers) if row.doers else []
        self.named.people(*doers)
        self.named.places(row.unit, row.holder, row.counterpart)
        due, ended = row.due_on, local_date(finished) if finished else None
        late, overdue = self._lateness(row.state, due, ended, deadlines.calendar(row.deadline_id))
        words = self.words.of(row.template_hash, row.key)
        return {
            "id": str(row.id),
            "checklist": str(row.checklist_id),
            "decision": row.number,
            "unit": row.unit,
            "holder": row.holder,
            "key": row.key,
            "counterpart": row.counterpart,
            "occurrence": row.occurrence,
            "title": words.title,
            "basis": words.basis,
            "category": words.category,
            "state": row.state,
            "claim": row.claim,
            "reason": row.reason or "",
            "due_on": day_or_none(due),
            "due_on_first": day_or_none(deadlines.due_on(first)),
            "deadline": deadlines.record(row.deadline_id),
            "overdue_at_birth": bool(row.overdue_at_birth),
            "finished_at": instant_or_none(finished),
            "finished_on": day_or_none(ended),
            "late_working_days": late,
            "overdue_working_days": overdue,
            "doers": doers,
            "needs": needs,
            "evidence_wanted": words.evidence_wanted,
            "wants_verification": words.verify,
        }

    def _lateness(
        self, state: str, due: date | None, ended: date | None, calendar: WorkingCalendar | None
    ) -> tuple[int | None, int | None]:
        if due is None or calendar is None:
            return None, None
        if ended is not None:
            return working_days_late(calendar, due, ended), None
        today = self.selection.today
        return None, working_days_late(calendar, due, today) if state in _OPEN and today > due else None

    def _query(self) -> Any:
        return (
            select(
                StepRow.id,
                StepRow.checklist_id,
                StepRow.key,
                StepRow.counterpart,
                StepRow.occurrence,
                StepRow.state,
                StepRow.due_on,
                StepRow.deadline_id,
                StepRow.overdue_at_birth,
                ChecklistRow.decision_id,
                ChecklistRow.unit,
                ChecklistRow.template_hash,
                ChecklistRow.opened_at,
                DecisionRow.number,
                OWED_BY.label("holder"),
                StepWorkRow.claim,
                StepWorkRow.doers,
                StepWorkRow.reason,
            )
            .join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
            .join(DecisionRow, DecisionRow.id == ChecklistRow.decision_id)
            .join(StepHolderRow, StepHolderRow.step_id == StepRow.id, isouter=True)
            .join(StepWorkRow, StepWorkRow.step_id == StepRow.id, isouter=True)
            .where(*self.selection.of_step(StepRow.id))
            .order_by(StepRow.id)
        )

    def _moments(self) -> Iterator[tuple[int, str, datetime]]:
        """(step, event, when it happened last) for the events that open and finish steps."""
        kinds = (STEP_COMPLETED, STEP_OPENED, STEP_VERIFIED)
        query = (
            select(EventRow.step_id, EventRow.type, func.max(EventRow.occurred_at))
            .where(EventRow.step_id.is_not(None), EventRow.type.in_(kinds), *self.selection.of_step(EventRow.step_id))
            .group_by(EventRow.step_id, EventRow.type)
            .order_by(EventRow.step_id)
        )
        return ((row[0], row[1], row[2]) for row in stream(self.connection, query))

    def _needs(self) -> Iterator[tuple[int, int]]:
        query = (
            select(NeedRow.step_id, NeedRow.needs_id)
            .where(*self.selection.of_step(NeedRow.step_id))
            .order_by(NeedRow.step_id, NeedRow.needs_id)
        )
        return ((row[0], row[1]) for row in stream(self.connection, query))


class _Beside:
    """Rows that begin with a step's number, in its order, read beside the steps: each step is asked for once."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def of(self, step: int) -> Iterator[Any]:
        while self._next is not None and self._next[0] < step:
            self._next = next(self._groups, None)
        if self._next is not None and self._next[0] == step:
            yield from self._next[1]


def _finished_at(state: str, told: Mapping[str, datetime]) -> datetime | None:
    """The completing act of a step that is finished, or its verification, whichever was later."""
    ends = [told[kind] for kind in (STEP_COMPLETED, STEP_VERIFIED) if kind in told]
    return max(ends) if ends and state in _FINISHED else None
