"""What a proposed change would do now: the decision as it would be, its plan, and the difference to what is on record.

proposal → footing after → plan → **revision, difference, hash**. Worked out when a change is drafted, and again when it
is committed: what the second person commits is what would be done at that moment, or it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property

from checklists.change_desk import ChangeDesk, ChangeKind, OpenedDecision, Proposal, WorkedOut
from checklists.change_errors import TemplateNotInDecision, UnitNotInDecision
from checklists.decision_rules import mistakes_in
from checklists.errors import HandoverError, Refused
from checklists.frozen_facts import FrozenUnits, named_in
from checklists.plan_summary import summarise
from checklists.revision import revise
from checklists.revision_colours import Colour, at_most, colours
from checklists.revision_difference import difference_hash, difference_of, touched_units
from checklists.revision_plan import FootedPlan, Footing
from checklists.revision_register import FollowingRegister
from checklists.revision_result import Revision
from checklists.revision_steps import Slot, Standing

Refusal = Callable[[list[HandoverError]], Refused]
Numbers = Callable[[int], int]


def work_out(
    opened: OpenedDecision,
    proposal: Proposal,
    desk: ChangeDesk,
    today: date,
    *,
    refused: Refusal,
    new_numbers: Numbers,
) -> WorkedOut:
    """Raises Refused (with every mistake of an amended text), TemplateNotInDecision, UnitNotInDecision."""
    standing = desk.standing(opened.held.id)
    before = _footing(opened, standing)
    if proposal.kind is ChangeKind.TEMPLATE:
        must_fit(opened, proposal, standing)
        if proposal.only:
            proposal = _restricted(opened, proposal, desk, today, standing)
    after = _changed(before, proposal, desk, refused)
    return _worked_out(opened, proposal, desk, today, standing, (before, after), new_numbers)


def must_fit(opened: OpenedDecision, proposal: Proposal, standing: Standing) -> None:
    """Whether the decision has the template, and the units a checklist of it."""
    known = opened.held.summary.templates
    number = opened.held.decision.number
    if proposal.slug not in known:
        raise TemplateNotInDecision(number=number, slug=proposal.slug, known=tuple(known))
    for unit in proposal.units or ():
        if (unit, proposal.slug) not in standing.checklists:
            raise UnitNotInDecision(unit=unit, slug=proposal.slug, number=number)


def _restricted(
    opened: OpenedDecision, proposal: Proposal, desk: ChangeDesk, today: date, standing: Standing
) -> Proposal:
    """The same version for those units only whose colour is light enough."""
    before = _footing(opened, standing)
    after = _changed(before, proposal, desk, _never)
    everybody = _worked_out(opened, proposal, desk, today, standing, (before, after), imagined)
    limit = Colour(proposal.only)
    asked = set(proposal.units) if proposal.units is not None else None
    fitting = {
        changed.unit
        for changed in everybody.revision.where.values()
        if changed.slug == proposal.slug
        and changed.standing
        and changed.standing.template != proposal.template
        and (asked is None or changed.unit in asked)
        and at_most(Colour(everybody.difference.colours.get(changed.unit, Colour.GREEN)), limit)
    }
    return replace(proposal, units=tuple(sorted(fitting)))


def _never(mistakes: list[HandoverError]) -> Refused:
    return Refused("", mistakes)


def imagined(_count: int) -> int:
    """Numbers for checklists that are only thought of: far above any block that was taken."""
    return 1 << 40


def _footing(opened: OpenedDecision, standing: Standing) -> Footing:
    templates = opened.held.summary.templates
    own = {
        place: one.template
        for place, one in standing.checklists.items()
        if place[1] in templates and templates[place[1]] != one.template
    }
    return Footing(opened.held.decision, opened.held.facts, opened.calendar, templates, own)


def _changed(before: Footing, proposal: Proposal, desk: ChangeDesk, refused: Refusal) -> Footing:
    """The footing as the proposal would have it."""
    match proposal.kind:
        case ChangeKind.AMEND if proposal.decision:
            decision = proposal.decision
            known = desk.register_on(decision.operational, named_in(decision))
            register = FollowingRegister(known, before.decision, decision)
            if mistakes := mistakes_in(decision, register, desk.claimed(decision.number)):
                raise refused(mistakes)
            units = (register.unit(key) for key in named_in(decision))
            return replace(before, decision=decision, facts=FrozenUnits(unit for unit in units if unit))
        case ChangeKind.TEMPLATE:
            return _with_template(before, proposal)
        case ChangeKind.CALENDAR:
            return replace(before, calendar=desk.calendar(proposal.calendar))
    return before


def _with_template(before: Footing, proposal: Proposal) -> Footing:
    slug = proposal.slug
    if proposal.units is None:
        own = {place: version for place, version in before.own.items() if place[1] != slug}
        return replace(before, templates={**before.templates, slug: proposal.template}, own=own)
    own = {**before.own, **{(unit, slug): proposal.template for unit in proposal.units}}
    differing = {place: version for place, version in own.items() if before.templates[place[1]] != version}
    return replace(before, own=differing)


def _worked_out(
    opened: OpenedDecision,
    proposal: Proposal,
    desk: ChangeDesk,
    today: date,
    standing: Standing,
    footings: tuple[Footing, Footing],
    new_numbers: Numbers,
) -> WorkedOut:
    before, after = footings
    plan = desk.footed(after) if proposal.kind is not ChangeKind.REVOKE else None
    summary = summarise(plan) if plan else opened.held.summary
    now = _AsItIs(desk, before)
    desired = plan.desired if plan else []
    revision = revise(desired, standing, today=today, new_numbers=new_numbers, had=now.slots, planned=now.deadlines)
    due = {number: one.due_on for number, one in plan.deadlines.items()} if plan else {}
    difference = difference_of(proposal.kind.value, revision, due, (before.decision, after.decision), today)
    returned = _returned(opened, proposal, desk, today, revision)
    difference.steps["returned"] = len(returned)
    difference.people = desk.people(touched_units(revision) | set(returned.values()), today)
    if proposal.kind is ChangeKind.TEMPLATE:
        held = desk.templates({one.template for one in standing.checklists.values()})
        difference.colours = {unit: colour.value for unit, colour in sorted(colours(revision, held).items())}
    facts = [proposal.canonical_json(), summary.hash, summary.facts_text(), *(["work returns"] if returned else [])]
    hashed = difference_hash(facts, revision, with_work=proposal.kind is not ChangeKind.REVOKE)
    units = after.facts if isinstance(after.facts, FrozenUnits) else opened.held.facts
    return WorkedOut(
        proposal, after.decision, units, after.calendar, summary, plan, standing, revision, difference, hashed, returned
    )


def _returned(
    opened: OpenedDecision, proposal: Proposal, desk: ChangeDesk, today: date, revision: Revision
) -> Mapping[int, str]:
    """What had moved to successors lies with its own unit again, unless it is cancelled anyway."""
    if proposal.kind is not ChangeKind.AMEND or proposal.decision is None:
        return {}
    gone = set(revision.cancelled)
    found = desk.returning(opened.held.id, opened.held.decision, proposal.decision, today)
    return {step: unit for step, unit in found.items() if step not in gone}


class _AsItIs:
    """The decision as it is, planned again; only where something comes back, or has come more than once."""

    def __init__(self, desk: ChangeDesk, before: Footing) -> None:
        self._desk = desk
        self._before = before
        self._slots: set[Slot] | None = None

    @cached_property
    def _plan(self) -> FootedPlan:
        return self._desk.footed(self._before)

    def deadlines(self) -> Collection[int]:
        """The numbers of its deadlines."""
        return self._plan.deadlines

    def slots(self) -> set[Slot]:
        if self._slots is None:
            self._slots = {
                (one.unit, one.template.template, step.key, step.counterpart)
                for one in self._plan.desired
                for step in one.steps
            }
        return self._slots
