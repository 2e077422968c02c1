"""What an act on a step puts on record: one event for the act, and one for each thing that followed from it.

The ids follow from the step and its version, which grows with every change: an event is never recorded twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from checklists.desk import Acted, HeldStep, Order
from checklists.events import (
    EVIDENCE_ATTACHED,
    EVIDENCE_WITHDRAWN,
    STEP_BLOCKED,
    STEP_CANCELLED,
    STEP_COMPLETED,
    STEP_NOT_APPLICABLE,
    STEP_OPENED,
    STEP_REOPENED,
    STEP_RETURNED,
    STEP_STARTED,
    STEP_SUBMITTED,
    STEP_UNBLOCKED,
    STEP_UNLOCKED,
    STEP_VERIFIED,
    STEP_WAITS_AGAIN,
    VERIFICATION_VOID,
    Event,
)
from checklists.next_occurrence import opened_payload
from checklists.step_rules import Step
from checklists.steps import Act, StepState

_TYPES: Mapping[Act, str] = {
    Act.START: STEP_STARTED,
    Act.ATTACH: EVIDENCE_ATTACHED,
    Act.WITHDRAW: EVIDENCE_WITHDRAWN,
    Act.COMPLETE: STEP_COMPLETED,
    Act.VERIFY: STEP_VERIFIED,
    Act.RETURN: STEP_RETURNED,
    Act.BLOCK: STEP_BLOCKED,
    Act.UNBLOCK: STEP_UNBLOCKED,
    Act.NOT_APPLICABLE: STEP_NOT_APPLICABLE,
    Act.REOPEN: STEP_REOPENED,
    Act.CANCEL: STEP_CANCELLED,
}


def act_events(order: Order, acted: Acted, now: datetime) -> Iterator[Event]:
    """The events of one act, in the order in which things happened."""
    held, after = acted.held, acted.after
    kind = _TYPES[order.request.act]
    if order.request.act is Act.COMPLETE and after.state is StepState.SUBMITTED:
        kind = STEP_SUBMITTED
    yield _event(order, kind, held, change(held.step, after) | _told(order, acted), now)
    if acted.void:
        yield _event(order, VERIFICATION_VOID, held, {"because": after.reason, "version": after.version}, now)
    for followed in acted.waiting_again:
        yield _event(order, STEP_WAITS_AGAIN, followed.held, change(followed.held.step, followed.after), now)
        if followed.void:
            said = {"because": followed.after.reason, "version": followed.after.version}
            yield _event(order, VERIFICATION_VOID, followed.held, said, now)
    for unlocked in acted.unlocked:
        yield _event(order, STEP_UNLOCKED, unlocked, {"because": held.step.name} | _now(unlocked.step), now)
    if acted.opened:
        following = acted.opened
        said = opened_payload(following.step.name, following.key, following.occurrence, following.due_on)
        yield _event(order, STEP_OPENED, following, said, now)


def _told(order: Order, acted: Acted) -> dict[str, Any]:
    """What this order itself said: who attaches to a blocked step does not say why it is blocked."""
    before = acted.held.step.evidence
    attached = [
        {
            "digest": one.digest,
            "kind": one.kind,
            "name": one.name,
            "size": one.size,
            "dated_on": one.dated_on.isoformat(),
        }
        for one in order.evidence
        if one.digest not in before
    ]
    said: dict[str, Any] = {"attached": attached, "withdrawn": sorted(before - acted.after.evidence)}
    if order.made_at is not None:
        said["made_at"] = order.made_at.isoformat()
    return {"reason": order.request.reason.strip()} | {name: value for name, value in said.items() if value}


def change(before: Step, after: Step) -> dict[str, Any]:
    """Before and after of what an act changed; the state stands in both always, so that it can be followed."""
    was, is_ = plain(before), plain(after)
    changed = {name for name in is_ if was[name] != is_[name]} | {"state"}
    return {
        "step": after.name,
        "reason": after.reason,
        "before": {name: was[name] for name in sorted(changed)},
        "after": {name: is_[name] for name in sorted(changed | {"version"})},
    }


def plain(step: Step) -> dict[str, Any]:
    """What events say of a step: only what people can change."""
    return {
        "state": step.state.value,
        "version": step.version,
        "claim": step.claim.value if step.claim else None,
        "unblocker": step.unblocker,
        "expected_on": step.expected_on.isoformat() if step.expected_on else None,
        "clock_runs": step.clock_runs,
        "evidence_hash": step.evidence_hash if step.evidence else None,
    }


def _now(step: Step) -> dict[str, Any]:
    return {"step": step.name, "after": {"state": step.state.value, "version": step.version}}


def _event(order: Order, kind: str, held: HeldStep, payload: Mapping[str, Any], now: datetime) -> Event:
    version = payload["version"] if "version" in payload else payload["after"]["version"]
    return Event(
        id=f"{kind}:{held.step.id}:{version}",
        type=kind,
        occurred_at=now,
        actor=order.actor.account,
        on_behalf_of=order.actor.on_behalf_of,
        subject=held.unit,
        step_id=held.step.id,
        decision_id=held.decision_id,
        request=order.id,
        payload=payload,
    )
