"""What is called done is proved: evidence where it is asked for, and a second person's word that holds for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sqlalchemy import Connection

from bangiao.health.checks import Area, Check, Finding, Look, Verdict
from bangiao.health.record import finding_of, of_steps
from checklists.messages import Message
from checklists.step_rules import Step
from checklists.steps import StepState
from checklists.templates import ChecklistTemplate, StepTemplate
from db import findings_proof as proof
from db.findings import OddStep
from db.templates import template_contents

_REOPEN = Message("Look at it, then let it be proved again: bangiao step reopen {step} --reason REASON")


def current_evidence(look: Look) -> Verdict:
    """A verification is bound to the evidence it saw."""
    with look.record() as connection:
        standing = proof.standing_verifications(connection)
        other = {one.step_id for one in standing if one.evidence_hash != _evidence_hash(one.digests)}
        odd = proof.steps_named(connection, other)
    fine = Message("Each holds for the evidence that is attached now.")
    return Verdict(fine, [_of_other_evidence(step) for step in odd.rows], odd.total)


def _evidence_hash(digests: frozenset[str]) -> str:
    """As the rules say it."""
    return Step(0, "", StepState.DONE, 0, 0, True, True, evidence=digests).evidence_hash


def _of_other_evidence(step: OddStep) -> Finding:
    return finding_of(step, "{step} was verified with other evidence than is attached now.", _REOPEN)


def settled_only(look: Look) -> Verdict:
    fine = Message("None stands on a step that is open.")
    return of_steps(look, proof.unsettled_but_verified, fine, _verified_and_open)


def _verified_and_open(step: OddStep) -> Finding:
    todo = Message("Do not rely on it. Call who maintains the program: this should not be possible.")
    return finding_of(step, "{step} is {state}, and a verification of it stands.", todo)


def once(look: Look) -> Verdict:
    return of_steps(look, proof.verified_twice, Message("At most one stands for each step."), _twice)


def _twice(step: OddStep) -> Finding:
    return finding_of(step, "{found} verifications of {step} stand at once.", _REOPEN)


def second_person(look: Look) -> Verdict:
    """Nobody verifies their own work, also not in another's name."""
    with look.record() as connection:
        standing = proof.standing_verifications(connection)
        own = {one.step_id for one in standing if one.doers & {one.given_by, one.on_behalf_of}}
        odd = proof.steps_named(connection, own)
    fine = Message("Nobody verified their own work.")
    return Verdict(fine, [_own_work(step) for step in odd.rows], odd.total)


def _own_work(step: OddStep) -> Finding:
    return finding_of(step, "{step} was verified by somebody who worked on it.", _REOPEN)


def verified(look: Look) -> Verdict:
    """Where a second person is asked for, one has said yes."""
    with look.record() as connection:
        asked = _Asked(connection, lambda step: step.verify)
        silent = {
            *asked.of(proof.settled_without_verification(connection, StepState.DONE)),
            *(one.id for one in proof.settled_without_verification(connection, StepState.NOT_APPLICABLE)),
        }
        odd = proof.steps_named(connection, silent)
    fine = Message("A second person stands behind every step that asks for one.")
    return Verdict(fine, [_unverified(step) for step in odd.rows], odd.total)


def _unverified(step: OddStep) -> Finding:
    return finding_of(step, "{step} is {state}, and no verification of it stands.", _REOPEN)


def evidence(look: Look) -> Verdict:
    """Where evidence is asked for, there is some."""
    with look.record() as connection:
        asked = _Asked(connection, lambda step: step.evidence.required)
        odd = proof.steps_named(connection, set(asked.of(proof.done_without_evidence(connection))))
    fine = Message("Every done step that asks for evidence has some.")
    return Verdict(fine, [_unproved(step) for step in odd.rows], odd.total)


def _unproved(step: OddStep) -> Finding:
    todo = Message("Attach the evidence (bangiao step attach {step} --file FILE), or reopen the step.")
    return finding_of(step, "{step} is done without the evidence it asks for.", todo)


class _Asked:
    """Which step templates ask for something. Where another version was applied to a decision, what was settled before
    was judged by the old one: then every version must ask for it."""

    def __init__(self, connection: Connection, asks: Callable[[StepTemplate], bool]) -> None:
        self._changed = proof.decisions_with_other_templates(connection)
        self._slugs: dict[str, str] = {}
        self._asking: dict[tuple[str, str], bool] = {}
        for version, content in template_contents(connection).items():
            template = ChecklistTemplate.model_validate_json(content)
            self._slugs[version] = template.template
            self._asking.update({(version, step.key): asks(step) for step in template.steps})

    def of(self, steps: Iterable[proof.Settled]) -> list[int]:
        """The numbers of those whose template asks for it."""
        return [one.id for one in steps if self._asked(one)]

    def _asked(self, one: proof.Settled) -> bool:
        if one.decision_id not in self._changed:
            return self._asking.get((one.template_hash, one.key), False)
        slug = self._slugs.get(one.template_hash)
        versions = [version for version, other in self._slugs.items() if other == slug]
        return all(self._asking.get((version, one.key), True) for version in versions)


_check = partial(Check, area=Area.EVIDENCE)

CHECKS = (
    _check("evidence", title=Message("Evidence of done steps"), look=evidence),
    _check("verified", title=Message("Second person"), look=verified),
    _check("verifications-current", title=Message("Verifications and evidence"), look=current_evidence),
    _check("verifications-settled", title=Message("Verifications and states"), look=settled_only),
    _check("verifications-once", title=Message("Verifications, one each"), look=once),
    _check("verifiers", title=Message("Verifiers and doers"), look=second_person),
)
