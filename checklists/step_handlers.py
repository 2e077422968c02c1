"""Commands on a step: refused with a sentence, or carried out in one transaction with everything that follows from it.

person → **act** → step, evidence, verification → steps that needed it → events. Handlers never commit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from checklists.desk import Acted, HeldStep, Order, StepDesk
from checklists.errors import BadInput, HandoverError
from checklists.people import MAY, NotYours, PersonRole, role_words
from checklists.reasons import LONGEST_NAME, as_kept
from checklists.step_events import act_events
from checklists.step_rules import TAKES_EVIDENCE, Actor, NoEvidenceTaken, Request, Step, StillNeeds, carried_out
from checklists.steps import SETTLED, Act, StepState, act_words, state_words


class UnknownStep(BadInput):
    """There is no step {step}. List steps with: bangiao step list --unit GENERATION:CODE"""


class NoStepFor(UnknownStep):
    """There is no step {step} for {person}. See theirs with: bangiao step list --mine --as {person}"""


class ChangedMeanwhile(HandoverError):
    """{step} was changed by somebody else meanwhile: it is {state} now (version {version}). Nothing was written; look
    again with: bangiao step show {id}"""


def act(order: Order, desk: StepDesk, today: date) -> Acted:
    """Carry out one act. Raises UnknownStep (also for a foreign one), NotYours, ChangedMeanwhile, and the refusals of
    `checklists.step_rules`."""
    held = desk.held(order.step_id)
    if held is None:
        raise NoStepFor(step=order.step_id, person=order.actor.account)
    _may(order, held, desk, today)
    order = replace(order, request=_composed(order.request))
    if order.version not in {None, held.step.version}:
        raise _changed(held)
    request = replace(order.request, digests=_digests(order, held.step))
    after = _ruled(held, request, order.actor, desk, today)
    if not desk.store(held, after, order.actor):
        raise _changed(desk.held(order.step_id) or held)
    acted = _follow(held, after, order, desk)
    desk.record(act_events(order, acted, desk.now))
    return acted


def _may(order: Order, held: HeldStep, desk: StepDesk, today: date) -> None:
    roles = desk.roles(order.actor, held.holder, today)
    if not roles:
        raise NoStepFor(step=order.step_id, person=order.actor.account)
    needed = MAY[order.request.act]
    if not needed & set(roles):
        said = act_words(order.request.act)
        wanted = tuple(role_words(role) for role in PersonRole if role in needed)
        raise NotYours(person=order.actor.account, act=said, unit=held.holder, roles=wanted)


def _composed(request: Request) -> Request:
    """Its words as they are kept: others read them in a terminal, on a page and in minutes."""
    if not request.reason and not request.unblocker:
        return request
    return replace(request, reason=as_kept(request.reason), unblocker=as_kept(request.unblocker, LONGEST_NAME))


def _digests(order: Order, step: Step) -> frozenset[str]:
    """Withdrawing names evidence that is there; other acts bring theirs along, if they take any."""
    act = order.request.act
    if order.evidence and act not in TAKES_EVIDENCE:
        raise NoEvidenceTaken(act=act_words(act), step=step.name)
    if act is Act.WITHDRAW:
        return _written_out(order.request.digests, step.evidence)
    return frozenset(one.digest for one in order.evidence)


def _written_out(digests: Collection[str], known: Collection[str]) -> frozenset[str]:
    """Digests as people give them, by their first digits, in full where one piece of evidence fits."""
    fitting = {one: [digest for digest in known if digest.startswith(one.lower())] for one in digests}
    return frozenset(found[0] if len(found) == 1 else one for one, found in fitting.items())


def _ruled(held: HeldStep, request: Request, actor: Actor, desk: StepDesk, today: date) -> Step:
    try:
        return carried_out(held.step, request, actor, today)
    except StillNeeds as refusal:
        first = desk.first_open_need(held.step.id)
        raise StillNeeds(**{**refusal.values, "first": first or "–"}) from None


def _changed(held: HeldStep) -> ChangedMeanwhile:
    step = held.step
    return ChangedMeanwhile(step=step.name, state=state_words(step.state), version=step.version, id=step.id)


def _follow(held: HeldStep, after: Step, order: Order, desk: StepDesk) -> Acted:
    """Evidence and verification of the step itself, then the steps that need it, then its next time."""
    before, step_id = held.step, held.step.id
    new = [one for one in order.evidence if one.digest not in before.evidence]
    if new:
        desk.attach(held, new, order.actor)
    if gone := before.evidence - after.evidence:
        desk.withdraw(held, gone, order.actor)
    was, is_ = before.state in SETTLED, after.state in SETTLED
    void = was and not is_ and _verified(before)
    if void:
        desk.void_verification(step_id, after.reason)
    fulfilled = is_ and after.state is not StepState.CANCELLED
    if fulfilled and before.state is StepState.SUBMITTED:
        desk.verify(held, order.actor)
    because = f"{before.name}: {after.reason}"
    return Acted(
        held,
        after,
        unlocked=desk.settle_needs(step_id) if is_ and not was else (),
        waiting_again=desk.unsettle_needs(step_id, order.actor, because) if was and not is_ else (),
        opened=desk.open_next(held) if fulfilled and not was else None,
        void=void,
    )


def _verified(step: Step) -> bool:
    """Whether a second person's word stands behind the step's state."""
    return step.verified or step.state is StepState.NOT_APPLICABLE
