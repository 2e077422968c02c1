"""What a person does to a step, and what follows: refused with the rule that forbids it, or a new step.

The rules beside the table of `checklists.steps`: reasons are given, evidence is there, nobody verifies their own work,
and a verification holds for the evidence it saw and no other. Nothing here knows a database; `checklists.step_handlers`
carries it out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date

from checklists.errors import BadInput, HandoverError
from checklists.steps import TRANSITIONS, Act, Claim, StepState, Transition, act_words, state_words


class NotNow(HandoverError):
    """{step} is {state}, so it cannot be: {act}. The rule: {rule}."""


class ReasonMissing(BadInput):
    """To {act}, say why (--reason). The reason is kept on record with the step."""


class UnblockerMissing(BadInput):
    """{step}: say who can unblock it (--unblocker) and by when (--expected), so that somebody can be asked."""


class StillNeeds(HandoverError):
    """{step} still waits for {count} other steps, first: {first}. It can be completed when they are settled."""


class EvidenceMissing(HandoverError):
    """{step} asks for evidence and has none. Attach a file, a note or a link first."""


class OnlyEvidence(HandoverError):
    """This is the only evidence of {step}, which is {state}. Have the step returned, or reopen it, before you take it
    away."""


class UnknownEvidence(BadInput):
    """{step} has no evidence {evidence}. See what it has with: bangiao step show STEP"""


class NothingWithdrawn(BadInput):
    """Say which evidence of {step} is withdrawn: the first digits of its hash. See what it has with: bangiao step show
    {id}"""


class NoEvidenceTaken(BadInput):
    """To {act}, {step} takes no evidence along. Attach it first, then look again: bangiao step attach STEP"""


class NothingNew(BadInput):
    """There is nothing new to attach: {step} has that evidence already, or none was given. Nothing was changed; see
    what it has with: bangiao step show {id}"""


class OwnWork(HandoverError):
    """{person} has worked on {step} and cannot verify or return it, also not in another's name: somebody else must."""


class EvidenceChanged(HandoverError):
    """The evidence of {step} is not what was looked at (now {now}, seen {seen}). Look at it again, then verify with
    --seen {now}"""


class PromiseInThePast(BadInput):
    """{expected} is past. Give the day on which the step is expected to go on."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; in a substitution, also in whose name. Both names go on record."""

    account: str
    on_behalf_of: str | None = None

    @property
    def people(self) -> frozenset[str]:
        return frozenset(one for one in (self.account, self.on_behalf_of) if one)


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the rules see it. `name` is what people call it; `evidence` holds the digests attached now."""

    id: int
    name: str
    state: StepState
    version: int
    open_needs: int
    verified: bool
    evidence_required: bool
    evidence: frozenset[str] = frozenset()
    claim: Claim | None = None
    doers: frozenset[str] = frozenset()
    reason: str = ""
    unblocker: str = ""
    expected_on: date | None = None
    clock_runs: bool = True

    @property
    def evidence_hash(self) -> str:
        """SHA-256 over the sorted digests: what a verification is bound to."""
        return hashlib.sha256("\n".join(sorted(self.evidence)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Request:
    """An act with what it needs to say. `seen` is the evidence hash that a verifier looked at (8 digits or more of it);
    `digests` is what is attached or withdrawn. `clock_runs`: whether the due date still counts while blocked."""

    act: Act
    reason: str = ""
    unblocker: str = ""
    expected_on: date | None = None
    clock_runs: bool = True
    seen: str = ""
    digests: frozenset[str] = field(default=frozenset())


_REASONED = frozenset({Act.RETURN, Act.BLOCK, Act.NOT_APPLICABLE, Act.REOPEN, Act.CANCEL})
_WORKS = frozenset({Act.START, Act.ATTACH, Act.WITHDRAW, Act.COMPLETE, Act.NOT_APPLICABLE})
TAKES_EVIDENCE = frozenset({Act.ATTACH, Act.COMPLETE, Act.NOT_APPLICABLE})
"""Acts that may bring evidence along. A verification never does: it is of what was looked at."""

_SHORTEST_HASH = 8


def carried_out(step: Step, request: Request, actor: Actor, today: date) -> Step:
    """The step after the act. Raises one of the refusals above; nothing is decided elsewhere.

    `StillNeeds` comes without the name of the first need: whoever can look it up fills it in.
    """
    if request.act is Act.COMPLETE and step.state is StepState.WAITING:
        raise StillNeeds(step=step.name, count=step.open_needs, first="–")
    transition = _transition(step, request.act)
    voids = step.state is StepState.DONE and transition.after is StepState.SUBMITTED
    if (request.act in _REASONED or voids) and not request.reason.strip():
        raise ReasonMissing(act=act_words(request.act))
    if request.act is Act.BLOCK:
        _says_who_unblocks(step, request, today)
    if request.act is Act.COMPLETE and step.evidence_required and not step.evidence | request.digests:
        raise EvidenceMissing(step=step.name)
    if request.act is Act.ATTACH and not request.digests - step.evidence:
        raise NothingNew(step=step.name, id=step.id)
    if request.act is Act.WITHDRAW:
        _can_withdraw(step, request)
    if request.act in {Act.VERIFY, Act.RETURN}:
        _is_second_person(step, request, actor)
    return _followed(step, request, transition, actor.people)


def allowed(step: Step) -> list[Act]:
    """The acts the table allows now, in the table's order: what a page offers."""
    return list(dict.fromkeys(one.act for one in TRANSITIONS if _fits(one, step)))


def _fits(one: Transition, step: Step) -> bool:
    return step.state in one.before and one.verified in {None, step.verified}


def _transition(step: Step, act: Act) -> Transition:
    rows = [one for one in TRANSITIONS if one.act is act]
    for one in rows:
        if _fits(one, step):
            return one
    raise NotNow(step=step.name, state=state_words(step.state), act=act_words(act), rule=rows[0].rule)


def _says_who_unblocks(step: Step, request: Request, today: date) -> None:
    if not request.unblocker.strip() or request.expected_on is None:
        raise UnblockerMissing(step=step.name)
    if request.expected_on < today:
        raise PromiseInThePast(expected=request.expected_on)


def _can_withdraw(step: Step, request: Request) -> None:
    if not request.digests:
        raise NothingWithdrawn(step=step.name, id=step.id)
    if unknown := request.digests - step.evidence:
        raise UnknownEvidence(step=step.name, evidence=min(unknown)[:12])
    proved = step.state in {StepState.SUBMITTED, StepState.DONE} and step.claim is not Claim.NOT_APPLICABLE
    if proved and step.evidence_required and not step.evidence - request.digests:
        raise OnlyEvidence(step=step.name, state=state_words(step.state))


def _is_second_person(step: Step, request: Request, actor: Actor) -> None:
    if own := actor.people & step.doers:
        raise OwnWork(person=min(own), step=step.name)
    if request.act is Act.VERIFY and step.claim is Claim.DONE and not _saw(request.seen, step.evidence_hash):
        shown = step.evidence_hash[:12]
        raise EvidenceChanged(step=step.name, now=shown, seen=request.seen[:12] or "–")


def _saw(seen: str, evidence_hash: str) -> bool:
    return len(seen) >= _SHORTEST_HASH and evidence_hash.startswith(seen.lower())


def _followed(step: Step, request: Request, transition: Transition, people: Collection[str]) -> Step:
    after = transition.after or step.state
    if request.act is Act.VERIFY and step.claim is Claim.NOT_APPLICABLE:
        after = StepState.NOT_APPLICABLE
    if request.act in {Act.UNBLOCK, Act.RETURN, Act.REOPEN} and step.open_needs:
        after = StepState.WAITING
    blocks, stays = request.act is Act.BLOCK, after is StepState.BLOCKED
    return replace(
        step,
        state=after,
        version=step.version + 1,
        evidence=_evidence(step, request),
        claim=_claim(step, request.act, after),
        doers=step.doers | frozenset(people) if request.act in _WORKS else step.doers,
        reason=_reason(step, request),
        unblocker=request.unblocker.strip() if blocks else step.unblocker if stays else "",
        expected_on=request.expected_on if blocks else step.expected_on if stays else None,
        clock_runs=request.clock_runs if blocks else step.clock_runs or not stays,
    )


def _evidence(step: Step, request: Request) -> frozenset[str]:
    if request.act is Act.WITHDRAW:
        return step.evidence - request.digests
    return step.evidence | request.digests


def _reason(step: Step, request: Request) -> str:
    """The last reason given. Attaching to a step that is blocked or was returned does not make its reason go away, and
    why a step does not apply stays said when a second person has agreed."""
    said = request.reason.strip()
    agrees = request.act is Act.VERIFY and step.claim is Claim.NOT_APPLICABLE
    keeps = agrees or request.act in {Act.START, Act.ATTACH, Act.WITHDRAW}
    return step.reason if not said and keeps else said


def _claim(step: Step, act: Act, after: StepState) -> Claim | None:
    if act is Act.NOT_APPLICABLE:
        return Claim.NOT_APPLICABLE
    if after is StepState.SUBMITTED:
        return (step.claim if step.state is StepState.SUBMITTED else None) or Claim.DONE
    return None
