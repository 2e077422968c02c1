"""One function per command: draft a decision, register it. Handlers never commit; the unit of work does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checklists.decision_rules import mistakes_in
from checklists.decisions import MergerDecision
from checklists.errors import BadInput, HandoverError, Refused
from checklists.events import DECISION_DRAFTED, DECISION_REGISTERED, Event
from checklists.frozen_facts import FrozenUnits, named_in
from checklists.plan_summary import PlanDifference, PlanSummary, summarise
from checklists.ports import REGISTERED, REVOKED, HeldDecision, Planning, UnitOfWork


class UnknownDecision(BadInput):
    """There is no decision {number} on record. Draft it first: bangiao decision draft FILE."""


class AlreadyRegistered(BadInput):
    """Decision {number} is registered with other content (drafted by {drafted_by}, registered by {registered_by}). A
    registered decision is not replaced: change it with bangiao decision amend FILE, or draft the new text under its own
    number."""


class RevokedBefore(BadInput):
    """Decision {number} is on record as revoked, and a number is not used twice. Give the new text its own number."""


class DraftOfAnother(BadInput):
    """{person} drafted decision {number} with other content; nothing was written. Talk with each other, give your text
    a number of its own, or put it in the place of that draft with: bangiao decision draft FILE --replace"""


class SamePerson(HandoverError):
    """{person} drafted decision {number} and cannot register it as well: a second person must (setting four_eyes)."""


class NotTheDraftedPlan(BadInput):
    """{given} is not the hash of the drafted plan of {number}. Read the plan with: bangiao decision preview FILE, and
    give the hash it shows."""


class PlanChanged(HandoverError):
    """The plan of {number} has changed since it was drafted ({old} is now {new}): {what}. Nothing was registered; draft
    the decision again and let a second person read it."""

    def __init__(self, difference: PlanDifference, **values: object) -> None:
        super().__init__(**values)
        self.difference = difference


Refusal = Callable[[list[HandoverError]], Refused]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did. `changed` is False when everything was so already."""

    changed: bool
    decision_id: int
    summary: PlanSummary
    event_id: str | None = None
    replaced: HeldDecision | None = None
    registered: bool = False


def draft_decision(
    decision: MergerDecision,
    uow: UnitOfWork,
    planning: Planning,
    *,
    refused: Refusal,
    by: str,
    replace: bool = False,
) -> Outcome:
    """Store the decision with the plan it would have now; `refused` puts mistakes in their place in the file.

    Drafting again replaces the draft, another person's draft of other content only with `replace`; a registered
    decision with the same content is left as it is. Raises Refused, AlreadyRegistered, RevokedBefore,
    DraftOfAnother.
    """
    held = uow.decisions.find(decision.number)
    if held and held.state in {REGISTERED, REVOKED}:
        must_not_replace(held, decision)
        return Outcome(False, held.id, held.summary, registered=True)
    if held and not replace and held.drafted_by != by and held.decision.content_hash != decision.content_hash:
        raise DraftOfAnother(person=held.drafted_by, number=decision.number)
    summary, facts = _planned(decision, uow, planning, refused)
    if held and (held.summary.hash, held.drafted_by) == (summary.hash, by):
        return Outcome(False, held.id, held.summary)
    decision_id = uow.decisions.save_draft(decision, summary, facts, by)
    event_id = f"{DECISION_DRAFTED}:{decision_id}:{uow.decisions.drafts(decision_id) + 1}"
    uow.record([_event(event_id, DECISION_DRAFTED, uow, by, decision_id, summary)])
    return Outcome(True, decision_id, summary, event_id, held)


def must_not_replace(held: HeldDecision, decision: MergerDecision) -> None:
    """Raises AlreadyRegistered when `held` is registered and `decision` says something else under its number, and
    RevokedBefore when it is not in force any more."""
    if held.state == REVOKED:
        raise RevokedBefore(number=decision.number)
    if held.state == REGISTERED and held.decision.content_hash != decision.content_hash:
        raise AlreadyRegistered(
            number=held.decision.number, drafted_by=held.drafted_by, registered_by=held.registered_by
        )


def register_decision(
    number: str, plan_hash: str, uow: UnitOfWork, planning: Planning, *, by: str, four_eyes: bool
) -> Outcome:
    """Commit exactly the drafted plan. Registering again is a no-op that says so.

    Raises UnknownDecision, RevokedBefore, NotTheDraftedPlan, SamePerson, PlanChanged (with the difference), Refused.
    """
    held = uow.decisions.find(number)
    if held is None:
        raise UnknownDecision(number=number)
    if held.state == REVOKED:
        raise RevokedBefore(number=number)
    if plan_hash != held.summary.hash:
        raise NotTheDraftedPlan(given=plan_hash, number=number)
    if held.state == REGISTERED:
        return Outcome(False, held.id, held.summary)
    if four_eyes and by == held.drafted_by:
        raise SamePerson(person=by, number=number)
    summary, facts = _planned(held.decision, uow, planning, lambda mistakes: Refused(number, mistakes))
    if summary.hash != plan_hash:
        raise _plan_changed(held, summary)
    uow.decisions.register(
        HeldDecision(held.id, held.state, held.decision, summary, facts, held.drafted_by, by), planning, by
    )
    event_id = f"{DECISION_REGISTERED}:{held.id}"
    uow.record([_event(event_id, DECISION_REGISTERED, uow, by, held.id, summary)])
    return Outcome(True, held.id, summary, event_id)


def _planned(
    decision: MergerDecision, uow: UnitOfWork, planning: Planning, refused: Refusal
) -> tuple[PlanSummary, FrozenUnits]:
    register = uow.register_on(decision.operational, named_in(decision))
    mistakes = mistakes_in(decision, register, uow.decisions.claimed(besides=decision.number))
    if mistakes:
        raise refused(mistakes)
    named = (register.unit(key) for key in named_in(decision))
    facts = FrozenUnits(unit for unit in named if unit)
    return summarise(planning.plan(decision, facts)), facts


def _plan_changed(held: HeldDecision, now: PlanSummary) -> PlanChanged:
    difference = PlanDifference.between(held.summary, now)
    return PlanChanged(
        difference, number=now.number, old=held.summary.hash[:12], new=now.hash[:12], what=difference.message()
    )


def _event(event_id: str, kind: str, uow: UnitOfWork, by: str, decision_id: int, summary: PlanSummary) -> Event:
    payload = {
        "decision_id": decision_id,
        "number": summary.number,
        "plan_hash": summary.hash,
        "units": summary.total_units,
        "checklists": summary.total_checklists,
        "steps": summary.total_steps,
    }
    return Event(event_id, kind, uow.now, by, summary.number, payload, decision_id)
