"""Decisions of a package, and what was in force for them; the other rows are in `checklists.package.records`."""

from __future__ import annotations

from typing import Any, TypedDict


class ChangeRecord(TypedDict):
    """A change of a decision, drafted by one person and committed by another. `dated_on` is the day on which an amended
    text was issued, `content_before` what the decision said until the change was committed."""

    kind: str
    state: str
    dated_on: str | None
    reason: str
    drafted_by: str
    drafted_at: str
    committed_by: str | None
    committed_at: str | None
    content_before: dict[str, Any] | None


class DecisionRecord(TypedDict):
    """`decisions.jsonl`, by number. `content` is the decision as registered last; `ladders` names the escalation ladder
    (by hash) of the checklists of each template."""

    id: str
    number: str
    state: str
    content: dict[str, Any]
    plan_hash: str
    calendar_version: str
    ladders: dict[str, str]
    drafted_by: str
    drafted_at: str
    registered_by: str | None
    registered_at: str | None
    opened_at: str | None
    changes: list[ChangeRecord]


class TemplateRecord(TypedDict):
    """`templates/<hash>.json`."""

    hash: str
    template: str
    version: str
    published_by: str
    published_at: str
    content: dict[str, Any]


class CalendarRecord(TypedDict):
    """`calendars/<version>.json`."""

    version: str
    content: dict[str, Any]


class LadderRecord(TypedDict):
    """`ladders/<hash>.json`."""

    hash: str
    recorded_at: str
    content: dict[str, Any]
