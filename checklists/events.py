"""What happened, in the past tense, and who must hear of it. Events are never edited; payloads grow by new fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

DECISION_DRAFTED = "decision.drafted"
DECISION_REGISTERED = "decision.registered"
DECISION_OPENED = "decision.opened"
CHECKLIST_OPENED = "checklist.opened"
TEMPLATE_PUBLISHED = "template.published"
UNITS_IMPORTED = "units.imported"
ASSIGNMENT_RECORDED = "assignment.recorded"

OPEN_CHECKLISTS = "open-checklists"
"""The consumer that opens a registered decision's checklists: a Prefect deployment of the same name."""

CONSUMERS: Mapping[str, tuple[str, ...]] = {
    DECISION_DRAFTED: (),
    DECISION_REGISTERED: (OPEN_CHECKLISTS,),
    DECISION_OPENED: (),
    CHECKLIST_OPENED: (),
    TEMPLATE_PUBLISHED: (),
    UNITS_IMPORTED: (),
    ASSIGNMENT_RECORDED: (),
}
"""The switchboard: each event type and the consumers it is delivered to, one outbox row each."""


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `id` is given by whoever records it; where the fact can be derived again, the id can be as well."""

    id: str
    type: str
    occurred_at: datetime
    actor: str
    subject: str
    payload: Mapping[str, Any]
    decision_id: int | None = None
