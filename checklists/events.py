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
PERSON_RECORDED = "person.recorded"
PERSON_DISABLED = "person.disabled"
SUBSTITUTION_RECORDED = "substitution.recorded"
PASSWORD_SET = "password.set"  # noqa: S105 - the event's name
SECOND_FACTOR_SET = "second_factor.set"
SECOND_FACTOR_REMOVED = "second_factor.removed"
SESSION_BEGAN = "session.began"
SESSION_ENDED = "session.ended"
INVITATION_MADE = "invitation.made"
INVITATION_REVOKED = "invitation.revoked"
INVITATION_ACCEPTED = "invitation.accepted"
IDENTITY_LINKED = "identity.linked"
IDENTITY_UNLINKED = "identity.unlinked"
TOKEN_CREATED = "token.created"  # noqa: S105 - the event's name
TOKEN_REVOKED = "token.revoked"  # noqa: S105 - the event's name

STEP_OPENED = "step.opened"
STEP_STARTED = "step.started"
EVIDENCE_ATTACHED = "evidence.attached"
EVIDENCE_WITHDRAWN = "evidence.withdrawn"
STEP_SUBMITTED = "step.submitted"
STEP_COMPLETED = "step.completed"
STEP_VERIFIED = "step.verified"
STEP_RETURNED = "step.returned"
STEP_BLOCKED = "step.blocked"
STEP_UNBLOCKED = "step.unblocked"
STEP_NOT_APPLICABLE = "step.claimed_not_applicable"
STEP_REOPENED = "step.reopened"
STEP_CANCELLED = "step.cancelled"
STEP_UNLOCKED = "step.unlocked"
STEP_WAITS_AGAIN = "step.waits_again"
STEP_ACKNOWLEDGED = "step.acknowledged"
STEP_REMINDED = "step.reminded"
VERIFICATION_VOID = "verification.void"

WORK_MOVED = "work.moved"
DECISION_WORK_MOVED = "decision.work_moved"

CHANGE_DRAFTED = "decision.change_drafted"
CHANGE_WITHDRAWN = "decision.change_withdrawn"
DECISION_AMENDED = "decision.amended"
DECISION_REVOKED = "decision.revoked"
DECISION_TEMPLATE_APPLIED = "decision.template_applied"
DECISION_CALENDAR_APPLIED = "decision.calendar_applied"
CHECKLIST_CHANGED = "checklist.changed"

GO_NO_GO_OPENED = "decision.go_no_go_opened"
GO_NO_GO_VOTED = "decision.go_no_go_voted"
GO_NO_GO_CLOSED = "decision.go_no_go_closed"

INSTALLATION_REPAIRED = "installation.repaired"
EVENT_ERASED = "event.erased"

MINUTES_DRAFTED = "minutes.drafted"
MINUTES_CONFIRMED = "minutes.confirmed"
MINUTES_FINAL = "minutes.final"

NOTICE_DEAD = "notice.dead"
NOTICE_RESENT = "notice.resent"
NOTICE_CANCELLED = "notice.cancelled"
CHANNEL_RECORDED = "channel.recorded"
CHANNEL_ENABLED = "channel.enabled"
CHANNEL_DISABLED = "channel.disabled"
CHANNEL_TESTED = "channel.tested"
CALENDAR_PUBLISHED = "calendar.published"
PREFERENCE_RECORDED = "preference.recorded"

PACKAGE_ORDERED = "package.ordered"
PACKAGE_EXPORTED = "package.exported"
PACKAGE_REDACTED = "package.redacted"

SUBSCRIPTION_RECORDED = "subscription.recorded"
SUBSCRIPTION_PAUSED = "subscription.paused"
SUBSCRIPTION_RESUMED = "subscription.resumed"
SUBSCRIPTION_STOPPED = "subscription.stopped"
SUBSCRIPTION_REMOVED = "subscription.removed"

OPEN_CHECKLISTS = "open-checklists"
"""The consumer that opens a registered decision's checklists: a Prefect deployment of the same name."""
MOVE_WORK = "move-work"
"""The consumer that gives what units owe, which the decision has dissolved already, to those who follow them: a Prefect
deployment of the same name, which runs every night as well."""
EXPORT_PACKAGE = "export-package"
"""The consumer that makes an ordered evidence package: a Prefect deployment of the same name."""

CONSUMERS: Mapping[str, tuple[str, ...]] = {
    DECISION_DRAFTED: (),
    DECISION_REGISTERED: (OPEN_CHECKLISTS,),
    DECISION_OPENED: (MOVE_WORK,),
    CHECKLIST_OPENED: (),
    TEMPLATE_PUBLISHED: (),
    UNITS_IMPORTED: (),
    ASSIGNMENT_RECORDED: (),
    PERSON_RECORDED: (),
    PERSON_DISABLED: (),
    SUBSTITUTION_RECORDED: (),
    PASSWORD_SET: (),
    SECOND_FACTOR_SET: (),
    SECOND_FACTOR_REMOVED: (),
    SESSION_BEGAN: (),
    SESSION_ENDED: (),
    INVITATION_MADE: (),
    INVITATION_REVOKED: (),
    INVITATION_ACCEPTED: (),
    IDENTITY_LINKED: (),
    IDENTITY_UNLINKED: (),
    TOKEN_CREATED: (),
    TOKEN_REVOKED: (),
    STEP_OPENED: (),
    STEP_STARTED: (),
    EVIDENCE_ATTACHED: (),
    EVIDENCE_WITHDRAWN: (),
    STEP_SUBMITTED: (),
    STEP_COMPLETED: (),
    STEP_VERIFIED: (),
    STEP_RETURNED: (),
    STEP_BLOCKED: (),
    STEP_UNBLOCKED: (),
    STEP_NOT_APPLICABLE: (),
    STEP_REOPENED: (),
    STEP_CANCELLED: (),
    STEP_UNLOCKED: (),
    STEP_WAITS_AGAIN: (),
    STEP_ACKNOWLEDGED: (),
    STEP_REMINDED: (),
    VERIFICATION_VOID: (),
    WORK_MOVED: (),
    DECISION_WORK_MOVED: (),
    CHANGE_DRAFTED: (),
    CHANGE_WITHDRAWN: (),
    DECISION_AMENDED: (MOVE_WORK,),
    DECISION_REVOKED: (),
    DECISION_TEMPLATE_APPLIED: (),
    DECISION_CALENDAR_APPLIED: (),
    CHECKLIST_CHANGED: (),
    GO_NO_GO_OPENED: (),
    GO_NO_GO_VOTED: (),
    GO_NO_GO_CLOSED: (),
    INSTALLATION_REPAIRED: (),
    EVENT_ERASED: (),
    MINUTES_DRAFTED: (),
    MINUTES_CONFIRMED: (),
    MINUTES_FINAL: (),
    NOTICE_DEAD: (),
    NOTICE_RESENT: (),
    NOTICE_CANCELLED: (),
    CHANNEL_RECORDED: (),
    CHANNEL_ENABLED: (),
    CHANNEL_DISABLED: (),
    CHANNEL_TESTED: (),
    CALENDAR_PUBLISHED: (),
    PREFERENCE_RECORDED: (),
    PACKAGE_ORDERED: (EXPORT_PACKAGE,),
    PACKAGE_EXPORTED: (),
    PACKAGE_REDACTED: (),
    SUBSCRIPTION_RECORDED: (),
    SUBSCRIPTION_PAUSED: (),
    SUBSCRIPTION_RESUMED: (),
    SUBSCRIPTION_STOPPED: (),
    SUBSCRIPTION_REMOVED: (),
}
"""The switchboard: each event type and the consumers it is delivered to, one outbox row each."""


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `id` is given by whoever records it; where the fact can be derived again, the id can be as well.

    `actor` did it, `on_behalf_of` is in whose name (a substitution). `step_id`: the step it happened to; `subject` is
    then the unit in whose checklist it stands. `request` names the order it came from: events of one order share it.
    """

    id: str
    type: str
    occurred_at: datetime
    actor: str
    subject: str
    payload: Mapping[str, Any]
    decision_id: int | None = None
    on_behalf_of: str | None = None
    step_id: int | None = None
    request: str | None = None
