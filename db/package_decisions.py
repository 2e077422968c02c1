"""Decisions of a package, and what was in force for them: template versions, calendars, ladders.

They are few whatever the scope is, so each table is read whole; checklists and steps are in `db.package_steps`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, select, union

from checklists.package.decision_records import (
    CalendarRecord,
    ChangeRecord,
    DecisionRecord,
    LadderRecord,
    TemplateRecord,
)
from checklists.package.texts import instant, instant_or_none
from db.change_models import PlanChangeRow
from db.models import CalendarRow, ChecklistRow, DeadlineRow, DecisionRow, EventRow, StepRow, TemplateRow, table_of
from db.notice_models import DecisionLadderRow, LadderRow
from db.package_rows import Named
from db.package_scope import Selection
from db.work_models import StepHolderRow

_CHANGE, _DECISION, _TEMPLATE = table_of(PlanChangeRow), table_of(DecisionRow), table_of(TemplateRow)


class DecisionsRead:
    """The decisions of a selection and what they rest on, found once."""

    def __init__(self, connection: Connection, selection: Selection, named: Named) -> None:
        self._connection = connection
        self._named = named
        self.ids = frozenset(connection.scalars(_decision_ids(selection)))
        self._ladders = self._fixed_ladders()
        self._templates = frozenset(connection.scalars(_template_hashes(selection)))
        self._calendars = frozenset(connection.scalars(_calendar_versions(selection)))

    def decisions(self) -> Iterator[DecisionRecord]:
        """By number."""
        changes = self._changes()
        rows = [row for row in self._connection.execute(select(_DECISION)) if row.id in self.ids]
        for row in sorted(rows, key=lambda one: str(one.number)):
            self._named.people(row.drafted_by, row.registered_by)
            yield {
                "id": str(row.id),
                "number": row.number,
                "state": row.state,
                "content": json.loads(row.content),
                "plan_hash": row.plan_hash,
                "calendar_version": row.calendar_version,
                "ladders": self._ladders[row.id],
                "drafted_by": row.drafted_by,
                "drafted_at": instant(row.drafted_at),
                "registered_by": row.registered_by,
                "registered_at": instant_or_none(row.registered_at),
                "opened_at": instant_or_none(row.opened_at),
                "changes": changes[row.id],
            }

    def templates(self) -> Iterator[TemplateRecord]:
        """The versions of the scope's checklists, by hash."""
        rows = [row for row in self._connection.execute(select(_TEMPLATE)) if row.hash in self._templates]
        for row in sorted(rows, key=lambda one: str(one.hash)):
            self._named.people(row.published_by)
            yield {
                "hash": row.hash,
                "template": row.slug,
                "version": row.version,
                "published_by": row.published_by,
                "published_at": instant(row.published_at),
                "content": json.loads(row.content),
            }

    def calendars(self) -> Iterator[CalendarRecord]:
        """The versions that the decisions have now and that the steps' due dates were counted by, by version."""
        rows = self._connection.execute(select(CalendarRow.version, CalendarRow.content))
        wanted = self._calendars | frozenset(self._of_decisions())
        for version, content in sorted((row.version, row.content) for row in rows if row.version in wanted):
            yield {"version": version, "content": json.loads(content)}

    def ladders(self) -> Iterator[LadderRecord]:
        """By hash."""
        wanted = {name for one in self._ladders.values() for name in one.values()}
        rows = self._connection.execute(select(table_of(LadderRow)))
        for row in sorted((row for row in rows if row.hash in wanted), key=lambda one: str(one.hash)):
            yield {
                "hash": row.hash,
                "recorded_at": instant(row.recorded_at),
                "content": json.loads(row.content),
            }

    def _of_decisions(self) -> Iterator[str]:
        for number, version in self._connection.execute(select(_DECISION.c.id, _DECISION.c.calendar_version)):
            if number in self.ids:
                yield version

    def _fixed_ladders(self) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = defaultdict(dict)
        for row in self._connection.execute(select(table_of(DecisionLadderRow))):
            if row.decision_id in self.ids:
                found[row.decision_id][row.template] = row.ladder_hash
        return found

    def _changes(self) -> dict[int, list[ChangeRecord]]:
        found: dict[int, list[ChangeRecord]] = defaultdict(list)
        columns = [one for one in _CHANGE.c if one.name not in {"facts", "plan", "difference"}]
        for row in self._connection.execute(select(*columns).order_by(_CHANGE.c.id)):
            if row.decision_id in self.ids:
                self._named.people(row.drafted_by, row.committed_by)
                found[row.decision_id].append(_change(row))
        return found


def _change(row: Any) -> ChangeRecord:
    dated: str | None = (json.loads(row.proposal).get("decision") or {}).get("issued")
    return {
        "kind": row.kind,
        "state": row.state,
        "dated_on": dated,
        "reason": row.reason,
        "drafted_by": row.drafted_by,
        "drafted_at": instant(row.drafted_at),
        "committed_by": row.committed_by,
        "committed_at": instant_or_none(row.committed_at),
        "content_before": json.loads(json.loads(row.before)["content"]) if row.before else None,
    }


def _decision_ids(selection: Selection) -> Any:
    """Those of the checklists, those that moved their steps, and those that the events are about."""
    if selection.is_everything:
        return select(DecisionRow.id)
    if selection.decision is not None and not selection.narrows:
        return select(DecisionRow.id).where(DecisionRow.id == selection.decision)
    of_checklists = select(ChecklistRow.decision_id).where(*selection.of_checklist(ChecklistRow.id))
    of_holders = select(StepHolderRow.decision_id).where(*selection.of_step(StepHolderRow.step_id))
    found: list[Select[Any]] = [of_checklists, of_holders]
    if selection.by_what_happened:
        about = EventRow.decision_id.is_not(None)
        found.append(
            select(EventRow.decision_id).where(about, *selection.of_decision(EventRow.decision_id), *selection.acts())
        )
    return union(*found)


def _template_hashes(selection: Selection) -> Select[str]:
    return select(ChecklistRow.template_hash).where(*selection.of_checklist(ChecklistRow.id)).distinct()


def _calendar_versions(selection: Selection) -> Select[str]:
    deadlines = select(StepRow.deadline_id).where(*selection.of_step(StepRow.id))
    return select(DeadlineRow.calendar_version).where(DeadlineRow.id.in_(deadlines)).distinct()
