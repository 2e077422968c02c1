"""The rules of a step: what may be done in which state, and the sentence where it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from checklists.people import MAY
from checklists.step_rules import (
    Actor,
    EvidenceChanged,
    EvidenceMissing,
    NothingNew,
    NothingWithdrawn,
    NotNow,
    OnlyEvidence,
    OwnWork,
    PromiseInThePast,
    ReasonMissing,
    Request,
    Step,
    StillNeeds,
    UnblockerMissing,
    UnknownEvidence,
    allowed,
    carried_out,
)
from checklists.steps import OPEN, SETTLED, TRANSITIONS, Act, Claim, StepState, act_words, state_words

TODAY = date(2025, 6, 17)
LEAD, VERIFIER = Actor("lan"), Actor("hoa")
ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64

AFTER = {
    # act: {state: state afterwards}, for a step that a second person verifies; what is not here is refused
    Act.START: {"ready": "in_progress"},
    Act.ATTACH: {
        "waiting": "waiting",
        "ready": "in_progress",
        "in_progress": "in_progress",
        "submitted": "submitted",
        "blocked": "blocked",
        "done": "submitted",
    },
    Act.WITHDRAW: {
        "waiting": "waiting",
        "ready": "ready",
        "in_progress": "in_progress",
        "submitted": "submitted",
        "blocked": "blocked",
        "done": "submitted",
    },
    Act.COMPLETE: {"ready": "submitted", "in_progress": "submitted"},
    Act.VERIFY: {"submitted": "done"},
    Act.RETURN: {"submitted": "in_progress"},
    Act.BLOCK: {"waiting": "blocked", "ready": "blocked", "in_progress": "blocked"},
    Act.UNBLOCK: {"blocked": "in_progress"},
    Act.NOT_APPLICABLE: {
        "waiting": "submitted",
        "ready": "submitted",
        "in_progress": "submitted",
        "blocked": "submitted",
    },
    Act.REOPEN: {"done": "in_progress", "not_applicable": "in_progress"},
    Act.CANCEL: dict.fromkeys(("waiting", "ready", "in_progress", "submitted", "blocked"), "cancelled"),
}


def step(state: str = "ready", **changes: Any) -> Step:
    """A step with two pieces of evidence that a second person verifies."""
    needs = 2 if state == "waiting" else 0
    claim = Claim.DONE if state == "submitted" else None
    made = Step(7, "DAT-05/giao", StepState(state), 3, needs, True, True, frozenset({ONE, TWO}), claim)
    return replace(made, **changes)


def request(act: Act, **changes: Any) -> Request:
    """The act with everything it may have to say."""
    said: dict[str, Any] = {"reason": "vì thế", "unblocker": "Sở KH&CN", "expected_on": TODAY}
    if act is Act.VERIFY:
        said["seen"] = step().evidence_hash
    if act is Act.WITHDRAW:
        said["digests"] = frozenset({ONE})
    if act is Act.ATTACH:
        said["digests"] = frozenset({THREE})
    return Request(act, **{**said, **changes})


@pytest.mark.parametrize(("state", "act"), list(product(StepState, Act)), ids=lambda value: value.value)
def test_every_act_in_every_state_leads_where_the_table_says_or_is_refused_with_its_rule(
    state: StepState, act: Act
) -> None:
    before = step(state.value)
    expected = AFTER[act].get(state.value)
    if expected is None:
        with pytest.raises((NotNow, StillNeeds)) as refusal:
            carried_out(before, request(act), VERIFIER, TODAY)
        assert "DAT-05/giao" in str(refusal.value)
        return
    after = carried_out(before, request(act), VERIFIER, TODAY)
    assert (after.state.value, after.version) == (expected, before.version + 1)


@pytest.mark.parametrize("state", StepState, ids=lambda value: value.value)
def test_what_is_offered_is_what_is_not_refused(state: StepState) -> None:
    offered = set(allowed(step(state.value)))
    assert offered == {act for act, states in AFTER.items() if state.value in states}


def test_every_act_and_state_has_words_and_somebody_who_may_do_it() -> None:
    assert all(act_words(act).msgid for act in Act)
    assert all(state_words(state).msgid for state in StepState)
    assert MAY.keys() == set(Act)
    assert all(MAY.values())
    assert {row.act for row in TRANSITIONS} == set(Act)
    assert set(StepState) == OPEN | SETTLED
    assert not OPEN & SETTLED


@pytest.mark.parametrize("state", ["ready", "in_progress"])
def test_a_step_that_asks_for_no_second_person_is_done_when_it_is_completed(state: str) -> None:
    after = carried_out(step(state, verified=False), request(Act.COMPLETE), LEAD, TODAY)
    assert (after.state, after.claim) == (StepState.DONE, None)


def test_evidence_that_comes_with_completing_counts() -> None:
    bare = step(evidence=frozenset())
    with pytest.raises(EvidenceMissing):
        carried_out(bare, Request(Act.COMPLETE), LEAD, TODAY)
    after = carried_out(bare, Request(Act.COMPLETE, digests=frozenset({ONE})), LEAD, TODAY)
    assert after.evidence == {ONE}


def test_a_step_that_asks_for_no_evidence_is_completed_without() -> None:
    assert carried_out(step(evidence=frozenset(), evidence_required=False), Request(Act.COMPLETE), LEAD, TODAY)


def test_a_waiting_step_is_not_completed_and_says_how_many_it_waits_for() -> None:
    with pytest.raises(StillNeeds, match="2 other steps"):
        carried_out(step("waiting"), request(Act.COMPLETE), LEAD, TODAY)


@pytest.mark.parametrize("act", [Act.RETURN, Act.BLOCK, Act.NOT_APPLICABLE, Act.REOPEN, Act.CANCEL])
@pytest.mark.parametrize("reason", ["", "   "])
def test_what_is_said_against_a_step_has_a_reason(act: Act, reason: str) -> None:
    state = next(iter(AFTER[act]))
    with pytest.raises(ReasonMissing):
        carried_out(step(state), request(act, reason=reason), VERIFIER, TODAY)


@pytest.mark.parametrize("act", [Act.ATTACH, Act.WITHDRAW])
def test_changing_the_evidence_of_a_verified_step_takes_a_reason(act: Act) -> None:
    with pytest.raises(ReasonMissing):
        carried_out(step("done"), request(act, reason=""), LEAD, TODAY)
    assert carried_out(step("submitted"), request(act, reason=""), LEAD, TODAY).state is StepState.SUBMITTED


@pytest.mark.parametrize("state", ["in_progress", "submitted", "done"])
def test_nothing_new_is_attached_and_nothing_unnamed_is_withdrawn(state: str) -> None:
    for there_already in ((), (ONE,), (ONE, TWO)):
        with pytest.raises(NothingNew, match="DAT-05/giao"):
            carried_out(step(state), request(Act.ATTACH, digests=frozenset(there_already)), LEAD, TODAY)
    after = carried_out(step(state), request(Act.ATTACH, digests=frozenset({ONE, THREE})), LEAD, TODAY)
    assert after.evidence == {ONE, TWO, THREE}
    with pytest.raises(NothingWithdrawn, match="DAT-05/giao"):
        carried_out(step(state), request(Act.WITHDRAW, digests=frozenset()), LEAD, TODAY)


def test_a_blocked_step_says_who_can_unblock_it_and_when() -> None:
    for missing in ({"unblocker": " "}, {"expected_on": None}):
        with pytest.raises(UnblockerMissing):
            carried_out(step(), request(Act.BLOCK, **missing), LEAD, TODAY)
    with pytest.raises(PromiseInThePast):
        carried_out(step(), request(Act.BLOCK, expected_on=date(2025, 6, 16)), LEAD, TODAY)
    blocked = carried_out(step(), request(Act.BLOCK, clock_runs=False), LEAD, TODAY)
    assert (blocked.unblocker, blocked.expected_on, blocked.clock_runs) == ("Sở KH&CN", TODAY, False)
    free = carried_out(blocked, request(Act.UNBLOCK), LEAD, TODAY)
    assert (free.unblocker, free.expected_on, free.clock_runs) == ("", None, True)


def test_attaching_to_a_blocked_step_leaves_what_it_is_blocked_by() -> None:
    blocked = carried_out(step(), request(Act.BLOCK, clock_runs=False), LEAD, TODAY)
    after = carried_out(blocked, Request(Act.ATTACH, digests=frozenset({THREE})), LEAD, TODAY)
    assert (after.reason, after.unblocker, after.expected_on, after.clock_runs) == ("vì thế", "Sở KH&CN", TODAY, False)


@pytest.mark.parametrize("act", [Act.UNBLOCK, Act.RETURN, Act.REOPEN])
def test_a_step_that_still_needs_others_goes_back_to_waiting(act: Act) -> None:
    state = next(iter(AFTER[act]))
    after = carried_out(step(state, open_needs=1), request(act), VERIFIER, TODAY)
    assert after.state is StepState.WAITING


@pytest.mark.parametrize("verifier", [LEAD, Actor("minh", "lan"), Actor("lan", "minh")])
@pytest.mark.parametrize("act", [Act.VERIFY, Act.RETURN])
def test_nobody_verifies_their_own_work_also_not_through_a_substitution(verifier: Actor, act: Act) -> None:
    submitted = carried_out(step(), request(Act.COMPLETE), LEAD, TODAY)
    with pytest.raises(OwnWork):
        carried_out(submitted, request(act), verifier, TODAY)


def test_work_in_anothers_name_is_the_work_of_both() -> None:
    submitted = carried_out(step(), request(Act.COMPLETE), Actor("lan", "minh"), TODAY)
    assert submitted.doers == {"lan", "minh"}
    with pytest.raises(OwnWork):
        carried_out(submitted, request(Act.VERIFY), Actor("minh"), TODAY)


def test_a_verification_is_bound_to_the_evidence_that_was_looked_at() -> None:
    submitted = carried_out(step(), request(Act.COMPLETE), LEAD, TODAY)
    seen = submitted.evidence_hash
    more = carried_out(submitted, Request(Act.ATTACH, digests=frozenset({THREE})), LEAD, TODAY)
    for wrong in (seen, "", seen[:7], more.evidence_hash[:7]):
        with pytest.raises(EvidenceChanged):
            carried_out(more, Request(Act.VERIFY, seen=wrong), VERIFIER, TODAY)
    done = carried_out(more, Request(Act.VERIFY, seen=more.evidence_hash[:8].upper()), VERIFIER, TODAY)
    assert done.state is StepState.DONE


def test_the_evidence_hash_does_not_depend_on_the_order_of_the_evidence() -> None:
    assert step(evidence=frozenset([ONE, TWO])).evidence_hash == step(evidence=frozenset([TWO, ONE])).evidence_hash
    assert step(evidence=frozenset([ONE])).evidence_hash != step(evidence=frozenset([TWO])).evidence_hash


@pytest.mark.parametrize("state", ["submitted", "done"])
def test_the_only_evidence_of_a_proved_step_is_not_taken_away(state: str) -> None:
    with pytest.raises(OnlyEvidence):
        carried_out(step(state, evidence=frozenset({ONE})), request(Act.WITHDRAW), LEAD, TODAY)
    assert carried_out(step("in_progress", evidence=frozenset({ONE})), request(Act.WITHDRAW), LEAD, TODAY)


def test_evidence_that_is_not_there_is_not_withdrawn() -> None:
    with pytest.raises(UnknownEvidence):
        carried_out(step(), request(Act.WITHDRAW, digests=frozenset({"9" * 64})), LEAD, TODAY)


def test_not_applicable_is_a_claim_that_a_second_person_approves_also_where_no_one_verifies_the_work() -> None:
    claimed = carried_out(step("waiting", verified=False), request(Act.NOT_APPLICABLE), LEAD, TODAY)
    assert (claimed.state, claimed.claim) == (StepState.SUBMITTED, Claim.NOT_APPLICABLE)
    with pytest.raises(OwnWork):
        carried_out(claimed, request(Act.VERIFY), LEAD, TODAY)
    settled = carried_out(claimed, Request(Act.VERIFY), VERIFIER, TODAY)
    assert (settled.state, settled.claim) == (StepState.NOT_APPLICABLE, None)


def test_a_returned_claim_is_forgotten() -> None:
    claimed = carried_out(step("ready"), request(Act.NOT_APPLICABLE), LEAD, TODAY)
    returned = carried_out(claimed, request(Act.RETURN, reason="có áp dụng"), VERIFIER, TODAY)
    assert (returned.state, returned.claim, returned.reason) == (StepState.IN_PROGRESS, None, "có áp dụng")


def test_why_a_step_does_not_apply_stays_said_when_a_second_person_has_agreed() -> None:
    claimed = carried_out(step(), request(Act.NOT_APPLICABLE, reason="không có máy chủ"), LEAD, TODAY)
    agreed = carried_out(claimed, Request(Act.VERIFY), VERIFIER, TODAY)
    assert (agreed.state, agreed.reason) == (StepState.NOT_APPLICABLE, "không có máy chủ")
    returned = carried_out(claimed, Request(Act.RETURN, reason="vẫn phải làm"), VERIFIER, TODAY)
    assert returned.reason == "vẫn phải làm"
