"""The record agrees with itself: needs, states, checklists, events and what is on its way to a consumer."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import Connection

from bangiao.health.checks import JUST_NOW, Area, Check, Finding, Look, Verdict
from bangiao.step_references import reference
from checklists.deadlines import VIETNAM
from checklists.messages import Message
from checklists.plan_summary import PlanSummary
from checklists.steps import StepState, state_words
from db import findings
from db.findings import Odd, OddStep
from db.openings import stale_openings

_MANY_ATTEMPTS = 5
RESTORE = Message("Nothing in the program does this: restore the last good backup, or call who maintains it.")
_REPAIR = Message("Count again with: bangiao doctor --repair")


def name_of(step: OddStep) -> str:
    """The step as people may type it; its number, if even its checklist is gone."""
    if step.unit is None:
        return str(step.id)
    return reference(step.unit, step.key, step.counterpart, step.occurrence)


def told_of(step: OddStep) -> dict[str, object]:
    """What sentences about a step may say."""
    known = step.state in {one.value for one in StepState}
    state = state_words(StepState(step.state)) if known else step.state
    return {"step": name_of(step), "state": state, "found": step.found, "right": step.right, "id": step.id}


def finding_of(step: OddStep, msgid: str, todo: Message, mended: bool = False) -> Finding:
    """A finding about one step; both sentences may name it."""
    said = told_of(step)
    return Finding(Message(msgid, said), Message(todo.msgid, said), name_of(step), mended)


def of_steps(
    look: Look, query: Callable[[Connection], Odd], fine: Message, finding: Callable[[OddStep], Finding]
) -> Verdict:
    """Every step that the query finds, as a finding."""
    with look.record() as connection:
        odd = query(connection)
    return Verdict(fine, [finding(step) for step in odd.rows], odd.total)


def needs_counted(look: Look) -> Verdict:
    with look.record() as connection:
        fine = Message("Counted for {count} steps.", {"count": findings.steps_counted(connection)})
    return of_steps(look, findings.miscounted, fine, _miscounted)


def _miscounted(step: OddStep) -> Finding:
    return finding_of(step, "{step} counts {found} open needs, and there are {right}.", _REPAIR, mended=True)


def waiting(look: Look) -> Verdict:
    fine = Message("Whoever waits has something to wait for, and nobody else does.")
    return of_steps(look, findings.wrongly_waiting, fine, _wrongly_waiting)


def _wrongly_waiting(step: OddStep) -> Finding:
    to_return = Message("Return it, so that it waits: bangiao step return {step} --reason REASON")
    mended = step.state != StepState.SUBMITTED
    return finding_of(step, "{step} is {state} with {right} open needs.", _REPAIR if mended else to_return, mended)


def done_too_early(look: Look) -> Verdict:
    fine = Message("No step is done while one it needs is open.")
    return of_steps(look, findings.done_too_early, fine, _done_too_early)


def _done_too_early(step: OddStep) -> Finding:
    todo = Message("Reopen it until they are settled: bangiao step reopen {step} --reason REASON")
    return finding_of(step, "{step} is done, and {right} steps it needs are open.", todo)


def needs_of_nothing(look: Look) -> Verdict:
    fine = Message("Every step that is needed is there.")
    return of_steps(look, findings.needing_nobody, fine, _needs_nothing)


def _needs_nothing(step: OddStep) -> Finding:
    return finding_of(step, "{step} needs step {found}, which is not there.", RESTORE)


def homeless(look: Look) -> Verdict:
    return of_steps(look, findings.homeless, Message("Every step has both."), _homeless)


def _homeless(step: OddStep) -> Finding:
    return finding_of(step, "Step {id} has no checklist or no deadline (it names {found} and {right}).", RESTORE)


def checklists(look: Look) -> Verdict:
    """Each checklist holds its steps, and each opened decision the checklists and steps that two people agreed to."""
    with look.record() as connection:
        short, decisions = findings.checklists_short(connection), findings.opened_decisions(connection)
    found = []
    for one in short.rows:
        told = {"checklist": one.id, "unit": one.unit, "decision": one.decision, "found": one.found, "right": one.right}
        what = Message("Checklist {checklist} of {unit} ({decision}) holds {found} steps instead of {right}.", told)
        found.append(Finding(what, RESTORE, one.unit))
    for decision in decisions:
        agreed = PlanSummary.from_json(json.loads(decision.plan))
        planned = (agreed.total_checklists, agreed.total_steps)
        if not decision.changed and planned != (decision.checklists, decision.steps):
            told = {
                "number": decision.number,
                "found": (decision.checklists, decision.steps),
                "right": planned,
            }
            what = Message("Decision {number} has {found} checklists and steps instead of {right}.", told)
            found.append(Finding(what, RESTORE, decision.number))
    fine = Message("{count} opened decisions hold what was agreed to.", {"count": len(decisions)})
    return Verdict(fine, found, short.total - len(short.rows) + len(found))


def openings(look: Look) -> Verdict:
    """Registered decisions get their checklists."""
    before = look.wiring.now() - JUST_NOW
    todo = Message("See that a worker runs (bangiao up); it takes them up again by itself.")
    found = [
        Finding(
            Message(
                "Decision {decision} was handed over to be opened (try {attempt}), without progress for an hour.",
                {"decision": one.decision_id, "attempt": one.attempt + 1},
            ),
            todo,
            one.event_id,
        )
        for one in stale_openings(look.wiring.engine, stale_before=before)
    ]
    return Verdict(Message("No opening stands still."), found)


def deliveries(look: Look) -> Verdict:
    """Events reach their consumers."""
    before = look.wiring.now() - JUST_NOW
    with look.record() as connection:
        odd = findings.stuck_deliveries(connection, before, _MANY_ATTEMPTS)
    found = []
    for one in odd.rows:
        told = {
            "event": one.event_id,
            "consumer": one.consumer,
            "since": f"{one.since.astimezone(VIETNAM):%d/%m/%Y %H:%M}",
            "attempts": one.attempt,
            "why": one.last_error or "–",
        }
        what = Message("{event} does not reach {consumer}: since {since}, tries {attempts}, last error: {why}.", told)
        found.append(Finding(what, Message("See that a worker runs and reaches Prefect: bangiao up"), one.event_id))
    return Verdict(Message("Nothing is stuck on its way."), found, odd.total)


def events(look: Look) -> Verdict:
    """What was done to a step is told by an event, and no event tells of a step that is not there."""
    with look.record() as connection:
        silent, of_nothing = findings.changed_without_event(connection), findings.events_of_nothing(connection)
    found = [
        finding_of(step, "{step} was changed (version {found}), and no event tells of it.", RESTORE)
        for step in silent.rows
    ]
    for one in of_nothing.rows:
        told = {"event": one.id, "step": one.step_id, "unit": one.subject}
        what = Message("{event} ({unit}) tells of step {step}, which is not there.", told)
        found.append(Finding(what, RESTORE, one.id))
    return Verdict(Message("Every change is told, and nothing else."), found, silent.total + of_nothing.total)


_RECORD = Area.RECORD

CHECKS = (
    Check("needs-counted", _RECORD, Message("Open needs"), needs_counted),
    Check("waiting", _RECORD, Message("Waiting steps"), waiting),
    Check("done-too-early", _RECORD, Message("Done steps"), done_too_early),
    Check("needs-of-nothing", _RECORD, Message("Needed steps"), needs_of_nothing),
    Check("homeless-steps", _RECORD, Message("Checklist and deadline"), homeless),
    Check("checklists", _RECORD, Message("Checklists as planned"), checklists),
    Check("openings", _RECORD, Message("Openings"), openings),
    Check("deliveries", _RECORD, Message("Deliveries"), deliveries),
    Check("events", _RECORD, Message("Events of steps"), events),
)
