"""Changing an opened decision: drafted by one person with its difference, committed by another, or withdrawn.

person → **draft** → what would change, with a hash → second person → **commit** → steps, events. Handlers never commit
a transaction; nothing is changed before the second person's yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from checklists import change_errors as errors
from checklists.change_desk import ChangeDesk, ChangeKind, HeldChange, OpenedDecision, Proposal, WorkedOut
from checklists.change_working_out import Refusal, imagined, work_out
from checklists.errors import HandoverError, Refused
from checklists.events import (
    CHANGE_DRAFTED,
    CHANGE_WITHDRAWN,
    DECISION_AMENDED,
    DECISION_CALENDAR_APPLIED,
    DECISION_REVOKED,
    DECISION_TEMPLATE_APPLIED,
    Event,
)
from checklists.handlers import UnknownDecision
from checklists.ports import DRAFTED, REVOKED
from checklists.reasons import as_kept
from checklists.revision_difference import what_differs

_EVENTS: Mapping[ChangeKind, str] = {
    ChangeKind.AMEND: DECISION_AMENDED,
    ChangeKind.REVOKE: DECISION_REVOKED,
    ChangeKind.TEMPLATE: DECISION_TEMPLATE_APPLIED,
    ChangeKind.CALENDAR: DECISION_CALENDAR_APPLIED,
}


class ChangeResult(StrEnum):
    """What came of a command on a change."""

    PREVIEWED = "previewed"
    DRAFTED = "drafted"
    WAITS = "waits"
    NOTHING = "nothing"
    COMMITTED = "committed"
    COMMITTED_BEFORE = "committed_before"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """What a command did; `worked` is there when the change was worked out, `change` when it is on record."""

    result: ChangeResult
    number: str
    worked: WorkedOut | None = None
    change: HeldChange | None = None

    @property
    def changed(self) -> bool:
        return self.result in {ChangeResult.DRAFTED, ChangeResult.COMMITTED, ChangeResult.WITHDRAWN}


def preview_change(
    number: str, proposal: Proposal, desk: ChangeDesk, today: date, *, refused: Refusal | None = None
) -> ChangeOutcome:
    """What the change would do now; nothing is written."""
    opened = _opened(number, desk)
    worked = work_out(opened, proposal, desk, today, refused=refused or _refused(number), new_numbers=imagined)
    result = ChangeResult.NOTHING if _says_nothing(opened, worked) else ChangeResult.PREVIEWED
    return ChangeOutcome(result, number, worked, desk.drafted(opened.held.id))


def draft_change(
    number: str,
    proposal: Proposal,
    desk: ChangeDesk,
    today: date,
    *,
    reason: str,
    by: str,
    refused: Refusal | None = None,
) -> ChangeOutcome:
    """Store the change with the difference it would make now, for a second person.

    Drafting the same again leaves it as it is, or brings its difference up to date. Raises UnknownDecision and the
    errors of `change_errors` and `change_working_out`.
    """
    opened = _opened(number, desk)
    if not reason.strip():
        raise errors.ChangeReasonMissing(number=number)
    worked = work_out(opened, proposal, desk, today, refused=refused or _refused(number), new_numbers=imagined)
    waiting = desk.drafted(opened.held.id)
    if waiting and waiting.proposal.canonical_json() != worked.proposal.canonical_json():
        raise errors.ChangeWaits(person=waiting.drafted_by, number=number, hash=waiting.hash)
    if waiting and waiting.hash == worked.hash:
        return ChangeOutcome(ChangeResult.WAITS, number, worked, waiting)
    if _says_nothing(opened, worked):
        return ChangeOutcome(ChangeResult.NOTHING, number, worked)
    change = desk.save(opened.held.id, waiting, worked, as_kept(reason), by)
    event_id = f"{CHANGE_DRAFTED}:{change.id}:{desk.drafts(opened.held.id) + 1}:{change.hash[:12]}"
    desk.record([_event(event_id, CHANGE_DRAFTED, desk, opened, change, by)])
    return ChangeOutcome(ChangeResult.DRAFTED, number, worked, change)


def commit_change(
    number: str, change_hash: str, desk: ChangeDesk, today: date, *, by: str, four_eyes: bool
) -> ChangeOutcome:
    """Carry out exactly the drafted change. Committing again is a no-op that says so.

    Raises NoChangeDrafted, NotTheDraftedChange, SamePersonCommits, DifferenceChanged.
    """
    opened = _known(number, desk)
    change = desk.drafted(opened.held.id)
    if change is None or change.hash != change_hash:
        if done := desk.committed(opened.held.id, change_hash):
            return ChangeOutcome(ChangeResult.COMMITTED_BEFORE, number, change=done)
        if change is None:
            raise errors.NoChangeDrafted(number=number)
        raise errors.NotTheDraftedChange(given=change_hash, number=number)
    if four_eyes and by == change.drafted_by:
        raise errors.SamePersonCommits(person=by, number=number)
    desk.hold_still()
    worked = work_out(opened, change.proposal, desk, today, refused=_refused(number), new_numbers=desk.new_numbers)
    if worked.hash != change.hash:
        raise errors.DifferenceChanged(
            worked.difference,
            number=number,
            old=change.hash[:12],
            new=worked.hash[:12],
            what=what_differs(change.difference, worked.difference),
        )
    desk.carry_out(opened, change, worked, by)
    kind = _EVENTS[change.proposal.kind]
    desk.record([_event(f"{kind}:{change.id}", kind, desk, opened, change, by, worked)])
    return ChangeOutcome(ChangeResult.COMMITTED, number, worked, change)


def withdraw_change(number: str, desk: ChangeDesk, *, reason: str, by: str) -> ChangeOutcome:
    """Take back what was drafted and not committed; it stays on record as withdrawn."""
    opened = _known(number, desk)
    if not reason.strip():
        raise errors.ChangeReasonMissing(number=number)
    change = desk.drafted(opened.held.id)
    if change is None:
        raise errors.NoChangeDrafted(number=number)
    desk.withdraw(change)
    event = _event(f"{CHANGE_WITHDRAWN}:{change.id}", CHANGE_WITHDRAWN, desk, opened, change, by)
    desk.record([replace(event, payload={**event.payload, "reason": as_kept(reason)})])
    return ChangeOutcome(ChangeResult.WITHDRAWN, number, change=change)


def _known(number: str, desk: ChangeDesk) -> OpenedDecision:
    opened = desk.decision(number)
    if opened is None:
        raise UnknownDecision(number=number)
    if opened.held.state == DRAFTED:
        raise errors.OnlyADraft(number=number)
    return opened


def _opened(number: str, desk: ChangeDesk) -> OpenedDecision:
    opened = _known(number, desk)
    if opened.held.state == REVOKED:
        raise errors.IsRevoked(number=number)
    if not opened.opened:
        raise errors.NotOpenedYet(number=number)
    return opened


def _says_nothing(opened: OpenedDecision, worked: WorkedOut) -> bool:
    """Whether neither a step nor a word would change; a revocation always says something."""
    if worked.proposal.kind is ChangeKind.REVOKE:
        return False
    held = opened.held
    same = worked.decision.content_hash == held.decision.content_hash
    return same and worked.difference.empty and worked.calendar.version == opened.calendar.version


def _refused(number: str) -> Refusal:
    def refusal(mistakes: list[HandoverError]) -> Refused:
        return Refused(number, mistakes)

    return refusal


def _event(
    event_id: str,
    kind: str,
    desk: ChangeDesk,
    opened: OpenedDecision,
    change: HeldChange,
    by: str,
    worked: WorkedOut | None = None,
) -> Event:
    difference = worked.difference if worked else change.difference
    payload: dict[str, Any] = {
        "decision_id": opened.held.id,
        "number": opened.held.decision.number,
        "change": change.id,
        "kind": change.proposal.kind.value,
        "change_hash": change.hash,
        "reason": change.reason,
        "drafted_by": change.drafted_by,
        "days": difference.days,
        "units": difference.units,
        "checklists": difference.checklists,
        "steps": difference.steps,
        "needs": difference.needs,
    }
    if worked:
        payload["plan_hash"] = {"before": opened.held.summary.hash, "after": worked.summary.hash}
    return Event(event_id, kind, desk.now, by, opened.held.decision.number, payload, opened.held.id)
