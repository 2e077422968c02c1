"""Deadlines of a package's steps, their calendars, and the ones they had before a change moved them.

A deadline is shared by all steps that it is equal for, so there are some thousands of them, whatever the scope.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, select

from checklists.frozen_facts import calendar_from_json
from checklists.package.records import DeadlineRecord
from checklists.package.texts import day_or_none
from checklists.working_calendar import WorkingCalendar
from db.bulk import in_parts
from db.change_models import PlanChangeRow, RescheduleRow
from db.models import CalendarRow, DeadlineRow, table_of

_LATEST = datetime.max.replace(tzinfo=UTC)


class Deadlines:
    """Deadlines, shared by many steps: each read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[int, tuple[date | None, DeadlineRecord]] = {}
        self._calendars: dict[str, WorkingCalendar | None] = {}

    def know(self, numbers: set[int]) -> None:
        for part in in_parts(sorted(numbers - self._known.keys())):
            for row in self._connection.execute(select(table_of(DeadlineRow)).where(DeadlineRow.id.in_(part))).all():
                self._known[row.id] = row.due_on, _deadline(row)

    def record(self, number: int) -> DeadlineRecord:
        return self._known[number][1]

    def due_on(self, number: int) -> date | None:
        return self._known[number][0]

    def calendar(self, number: int) -> WorkingCalendar | None:
        version = self._known[number][1]["calendar_version"]
        if version not in self._calendars:
            query = select(CalendarRow.content).where(CalendarRow.version == version)
            content = self._connection.scalars(query).one_or_none()
            self._calendars[version] = calendar_from_json(json.loads(content)) if content else None
        return self._calendars[version]


def _deadline(row: Any) -> DeadlineRecord:
    return {
        "rule": json.loads(row.rule),
        "anchor_on": day_or_none(row.anchor_on),
        "calendar_version": row.calendar_version,
        "provisional": bool(row.provisional),
        "explanation": {"vi": row.explanation_vi, "en": row.explanation_en},
    }


class FirstDates:
    """The due date that a step had first: committed changes moved it, and each move is on record (`reschedule`), once
    for each change, step key and deadline."""

    def __init__(self, connection: Connection) -> None:
        self._moves: dict[tuple[int, str, int], list[tuple[datetime, int]]] = defaultdict(list)
        query = select(
            PlanChangeRow.decision_id,
            RescheduleRow.step_key,
            RescheduleRow.new_deadline_id,
            PlanChangeRow.committed_at,
            RescheduleRow.old_deadline_id,
        ).join(PlanChangeRow, PlanChangeRow.id == RescheduleRow.change_id)
        for decision, key, new, at, old in connection.execute(query):
            if at is not None:
                self._moves[decision, key, new].append((at, old))
        self.deadlines = {old for moves in self._moves.values() for _, old in moves}

    def of(self, row: Any, since: datetime, until: datetime | None) -> int:
        """The deadline with which the step began: `since` it was there, `until` it was settled, if it is."""
        deadline, before = int(row.deadline_id), until or _LATEST
        while moves := [
            move for move in self._moves.get((row.decision_id, row.key, deadline), ()) if since < move[0] < before
        ]:
            before, deadline = max(moves)
        return deadline
