"""Work on minutes: drafted from the record, confirmed by each side, and put away with the steps they prove.

record → **draft** → giving side → receiving side → documents (`evidence.minutes_pdf`) → **finish** → evidence of the
steps. Handlers never commit; a person's yes is to one content and dies with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from checklists import minutes_errors as errors
from checklists.desk import NewEvidence, Order
from checklists.messages import Message
from checklists.minutes import (
    Confirmation,
    ConfirmedAlready,
    ConfirmsForBothSides,
    ConfirmsOtherContent,
    HandoverMinutes,
    PartySide,
    confirmation_mistakes,
)
from checklists.minutes_desk import DRAFT, FINAL, Given, HeldMinutes, MinutesDesk
from checklists.minutes_events import confirmed_event, drafted_event, final_event
from checklists.minutes_facts import Between, differences, from_record, party_names, proposed, renewed, substance
from checklists.minutes_fields import Meeting, composed, people
from checklists.people import PersonRole
from checklists.step_handlers import act
from checklists.step_rules import Actor, Request
from checklists.steps import OPEN, Act
from checklists.templates import Anchor, Side
from checklists.units import Unit

SIDES: tuple[PartySide, PartySide] = (Side.PREDECESSOR, Side.SUCCESSOR)
_SHORTEST_HASH = 8
_OPTIONS = {Side.PREDECESSOR: "--giving-person", Side.SUCCESSOR: "--receiving-person"}
_MOST_DIFFERENCES = 8


class MinutesResult(StrEnum):
    """What came of a command on minutes."""

    DRAFTED = "drafted"
    DRAFTED_ANEW = "drafted_anew"
    SAME = "same"
    FINAL_SAME = "final_same"
    CONFIRMED = "confirmed"
    CONFIRMED_BEFORE = "confirmed_before"
    FINISHED = "finished"
    FINISHED_BEFORE = "finished_before"


@dataclass(frozen=True, slots=True)
class MinutesOutcome:
    """What a command did. `void`: confirmations that no longer count; `changes`: what differs from the draft before;
    `attached`: steps that the final document is evidence of."""

    result: MinutesResult
    held: HeldMinutes
    void: tuple[Given, ...] = ()
    changes: tuple[Message, ...] = ()
    attached: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Between whom minutes are to be drafted, and what is said of the meeting."""

    giving: str
    receiving: str
    meeting: Meeting
    actor: Actor
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class Yes:
    """One side's yes to the content whose hash (8 digits or more of it) was read."""

    number: str
    side: PartySide
    seen: str
    actor: Actor
    decision: str | None = None


def draft_minutes(wanted: Wanted, desk: MinutesDesk, today: date) -> MinutesOutcome:
    """Store what the record says now. The same again changes nothing; other content makes the confirmations of the
    earlier one void. Raises the errors of `minutes_errors` and `minutes_fields`."""
    between, latest, content = _drafting(wanted, desk, today)
    before = latest if latest and latest.state == DRAFT else None
    if before and before.content_hash == content.content_hash:
        return MinutesOutcome(MinutesResult.SAME, before)
    if latest and before is None and substance(latest.content) == substance(content):
        return MinutesOutcome(MinutesResult.FINAL_SAME, latest)
    _is_free(content.number, before, between, desk)
    held = desk.save(before, between, content, wanted.actor.account)
    void = before.counting if before else ()
    changes = tuple(differences(before.content, content)) if before else ()
    desk.record([drafted_event(held, wanted.actor, void, desk.now)])
    return MinutesOutcome(
        MinutesResult.DRAFTED_ANEW if before else MinutesResult.DRAFTED, held, void=void, changes=changes
    )


def preview_minutes(wanted: Wanted, desk: MinutesDesk, today: date) -> HandoverMinutes:
    """What a draft would say now; nothing is written. Raises what `draft_minutes` raises."""
    between, latest, content = _drafting(wanted, desk, today)
    _is_free(content.number, latest if latest and latest.state == DRAFT else None, between, desk)
    return content


def confirm_minutes(yes: Yes, desk: MinutesDesk, today: date) -> MinutesOutcome:
    """Record one side's yes. The same person's second yes changes nothing. Raises UnknownMinutes (also for strangers),
    MayNotConfirm, FactsChanged, ConfirmsOtherContent, ConfirmedAlready, ConfirmsForBothSides."""
    held = minutes_numbered(yes.number, yes.decision, desk)
    between = desk.between(held.decision_id, held.giving, held.receiving)
    _may_confirm(yes, held, between, desk, today)
    for one in held.counting:
        if one.confirmation.side is yes.side:
            if one.actor == yes.actor and _saw(yes.seen, held):
                return MinutesOutcome(MinutesResult.CONFIRMED_BEFORE, held)
            unit = held.content.party(yes.side).unit_name
            raise ConfirmedAlready(number=held.number, person=one.confirmation.person, unit=unit)
        if one.actor.people & yes.actor.people:
            raise ConfirmsForBothSides(number=held.number, person=one.confirmation.person)
    if not _saw(yes.seen, held):
        raise ConfirmsOtherContent(number=held.number, given=yes.seen, current=held.content_hash)
    _still_says_so(held, between)
    given = _given(yes, held, desk)
    for mistake in confirmation_mistakes(held.content, held.confirmations, given.confirmation):
        raise mistake
    confirmed = desk.confirm(held, given)
    desk.record([confirmed_event(confirmed, given, desk.now)])
    return MinutesOutcome(MinutesResult.CONFIRMED, confirmed)


def finish_minutes(
    number: str, decision: str | None, documents: tuple[NewEvidence, NewEvidence], desk: MinutesDesk, today: date
) -> MinutesOutcome:
    """Make minutes final that both sides have confirmed: the PDF and the DOCX are kept already, and the PDF becomes
    evidence of the steps between the two that are open, each in the name of whoever confirmed for its side. Settled
    steps are not touched. A second time changes nothing."""
    held, (pdf, docx) = minutes_numbered(number, decision, desk), documents
    if held.state == FINAL:
        return MinutesOutcome(MinutesResult.FINISHED_BEFORE, held)
    needs_both(held)
    by = {one.confirmation.side: one.actor for one in held.counting}
    steps = desk.between(held.decision_id, held.giving, held.receiving).steps
    to_prove = [step for step in steps if step.state in OPEN]
    for step in to_prove:
        if pdf.digest in {proof.digest for proof in step.evidence}:
            continue  # somebody wrote the PDF after the second yes and attached it: it is the same, to the byte
        order = Order(step.id, Request(Act.ATTACH), by[step.side], evidence=(pdf,), id=f"minutes:{held.id}")
        act(order, desk.entitled(), today)
    final = desk.make_final(held, pdf, docx)
    attached = tuple(step.id for step in to_prove)
    last = max(held.counting, key=lambda one: one.confirmation.at)
    desk.record([final_event(final, last.actor, pdf, attached, desk.now)])
    return MinutesOutcome(MinutesResult.FINISHED, final, attached=attached)


def minutes_numbered(number: str, decision: str | None, desk: MinutesDesk) -> HeldMinutes:
    """Raises UnknownMinutes, MinutesUnclear."""
    found = desk.numbered(number, decision)
    if not found:
        raise errors.UnknownMinutes(number=number)
    if len(found) > 1:
        raise errors.MinutesUnclear(number=number, decisions=", ".join(one.decision for one in found))
    return found[0]


def needs_both(held: HeldMinutes) -> None:
    """Raises NotConfirmedByBoth."""
    said = {one.confirmation.side for one in held.counting}
    missing = tuple(held.content.party(side).unit_name for side in SIDES if side not in said)
    if missing:
        raise errors.NotConfirmedByBoth(number=held.number, missing=missing)


def _drafting(wanted: Wanted, desk: MinutesDesk, today: date) -> tuple[Between, HeldMinutes | None, HandoverMinutes]:
    """The hand-over, the latest minutes of it, and what new ones would say."""
    between = _between(wanted, desk, today)
    latest = desk.latest(between.decision_id, wanted.giving, wanted.receiving)
    before = latest if latest and latest.state == DRAFT else None
    if before and before.both_confirmed:
        raise errors.OnlyPutAway(number=before.number, decision=before.decision)
    return between, latest, _content(wanted.meeting, between, before, desk, today)


def _between(wanted: Wanted, desk: MinutesDesk, today: date) -> Between:
    """The hand-over that is meant, if the actor may draft its minutes; to strangers it does not exist."""
    names = {"giving": wanted.giving, "receiving": wanted.receiving}
    found = [one for one in desk.decisions_between(**names) if wanted.decision in {None, one[1]}]
    if not found:
        raise errors.NoHandover(**names)
    if len(found) > 1:
        raise errors.SeveralHandovers(**names, numbers=", ".join(number for _, number in found))
    between = desk.between(found[0][0], **names)
    units = between.owing(Side.PREDECESSOR) | between.owing(Side.SUCCESSOR)
    roles = {role for unit in sorted(units) for role in desk.roles(wanted.actor, unit, today)}
    if not roles:
        raise errors.NoHandover(**names)
    if not roles & {PersonRole.UNIT_LEAD, PersonRole.COMMITTEE}:
        raise errors.MayNotDraft(person=wanted.actor.account, **names)
    return between


def _content(
    meeting: Meeting, between: Between, before: HeldMinutes | None, desk: MinutesDesk, today: date
) -> HandoverMinutes:
    """What people say now, else what they said before, else what is proposed; and from the record what only it says."""
    fields: dict[str, Any] = proposed(between)
    fields |= {"number": before.number if before else desk.next_number(between.decision_id), "held_on": today}
    earlier = before.content if before and not meeting.anew else None
    if earlier:
        fields |= {name: getattr(earlier, name) for name in HandoverMinutes.model_fields}
    fields |= meeting.said()
    fields |= from_record(between, fields["held_on"])
    sides = ((Side.PREDECESSOR, "giving", between.giving_above), (Side.SUCCESSOR, "receiving", between.receiving_above))
    for side, name, above in sides:
        unit: Unit = getattr(between, name)
        said = getattr(meeting, f"{name}_people")
        if said or earlier is None:
            speaking = people(said or _leads(side, unit, between, desk, today))
        else:
            party = earlier.party(side)
            speaking = {"representative": party.representative, "others": party.others}
        fields[name] = party_names(unit, above) | speaking
    return composed(fields)


def _leads(side: Side, unit: Unit, between: Between, desk: MinutesDesk, today: date) -> tuple[tuple[str, str], ...]:
    """The unit's leads on record, today or on the last day before the new units began."""
    days = (today, between.decision.anchors()[Anchor.UNIT_CEASED])
    found = desk.leads(unit.key, days)
    if not found:
        raise errors.RepresentativeMissing(unit=unit.name, option=_OPTIONS[side])
    return tuple((name, "Thủ trưởng đơn vị") for name in found)


def _is_free(number: str, before: HeldMinutes | None, between: Between, desk: MinutesDesk) -> None:
    for other in desk.numbered(number, between.decision.number):
        if before is None or other.id != before.id:
            free = desk.next_number(between.decision_id)
            raise errors.NumberTaken(number=number, giving=other.giving, receiving=other.receiving, free=free)


def _may_confirm(yes: Yes, held: HeldMinutes, between: Between, desk: MinutesDesk, today: date) -> None:
    roles = {
        side: {role for unit in sorted(between.owing(side)) for role in desk.roles(yes.actor, unit, today)}
        for side in SIDES
    }
    if not any(roles.values()):
        raise errors.UnknownMinutes(number=yes.number)
    if PersonRole.UNIT_LEAD not in roles[yes.side]:
        raise errors.MayNotConfirm(person=yes.actor.account, unit=held.content.party(yes.side).unit_name)


def _saw(seen: str, held: HeldMinutes) -> bool:
    return len(seen) >= _SHORTEST_HASH and held.content_hash.startswith(seen.lower())


def _still_says_so(held: HeldMinutes, between: Between) -> None:
    now = renewed(held.content, between)
    if now.content_hash != held.content_hash:
        what = tuple(differences(held.content, now))
        raise errors.FactsChanged(
            number=held.number,
            what=what[:_MOST_DIFFERENCES] + (("…",) if len(what) > _MOST_DIFFERENCES else ()),
            giving=held.giving,
            receiving=held.receiving,
            decision=held.decision,
        )


def _given(yes: Yes, held: HeldMinutes, desk: MinutesDesk) -> Given:
    actor = yes.actor
    name = desk.name_of(actor.account)
    if actor.on_behalf_of:
        name = f"{name} (thay {desk.name_of(actor.on_behalf_of)})"
    confirmation = Confirmation(
        side=yes.side,
        actor=actor.account,
        person=name,
        on_behalf_of=held.content.party(yes.side).unit_name,
        at=desk.now,
        content_hash=held.content_hash,
    )
    return Given(confirmation, actor.on_behalf_of)
