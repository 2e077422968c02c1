"""What a committed change puts on record, in bulk: one event for each checklist it touches, and one for each step that
it adds, cancels, frees or makes wait again. The event of the decision itself is recorded by the handler.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from checklists.events import (
    CHECKLIST_CHANGED,
    CHECKLIST_OPENED,
    CONSUMERS,
    STEP_CANCELLED,
    STEP_OPENED,
    STEP_UNLOCKED,
    STEP_WAITS_AGAIN,
)
from checklists.revision_result import ChangedChecklist
from checklists.revision_steps import StandingStep, StepWork
from checklists.step_names import step_name
from checklists.step_numbers import CHECKLIST_SHIFT
from db.bulk import in_parts, insert_rows
from db.models import EventRow, OutboxRow, UnitRow, table_of
from db.revision_rows import Commitment

_Row = tuple[str, str, int | None, str, Mapping[str, Any]]
"""Event id, type, step, unit, payload."""


def record_revision(commitment: Commitment) -> None:
    """Append the events, and an outbox row for each consumer of them."""
    written = [*_Told(commitment).rows()]
    events = [
        (
            event_id,
            kind,
            commitment.instant,
            commitment.by,
            None,
            commitment.decision_id,
            unit,
            step,
            f"change:{commitment.change.id}",
            json.dumps(payload, ensure_ascii=False, sort_keys=True),
        )
        for event_id, kind, step, unit, payload in written
    ]
    insert_rows(commitment.connection, table_of(EventRow), events)
    outbox = [
        (event_id, consumer, "pending", 0, commitment.instant, None, None, None, None)
        for event_id, kind, *_ in written
        for consumer in CONSUMERS[kind]
    ]
    insert_rows(commitment.connection, table_of(OutboxRow), outbox)


class _Told:
    """The events of one change, in the order in which people would tell it."""

    def __init__(self, commitment: Commitment) -> None:
        self._commitment = commitment
        self._revision = commitment.revision
        self._names = _names(commitment)

    def rows(self) -> Iterator[_Row]:
        revision = self._revision
        yield from self._checklists()
        yield from map(self._cancelled, revision.cancelled)
        for number in revision.waiting_again:
            yield self._stepped(STEP_WAITS_AGAIN, number)
        for number in revision.unlocked:
            yield self._stepped(STEP_UNLOCKED, number)
        for step in revision.added:
            if revision.where[step.checklist].standing is not None:
                yield self._opened(step)

    def _checklists(self) -> Iterator[_Row]:
        told = self._by_checklist()
        for number, one in sorted(self._revision.where.items()):
            if one.standing is None:
                yield self._new(one)
            elif said := told.get(number, {}) | _rewritten(one):
                payload = {
                    "checklist": number,
                    "template": one.slug,
                    "unit": one.unit,
                    "steps": one.steps,
                    "change": self._commitment.change.id,
                    "reason": self._commitment.reason,
                    **said,
                }
                event_id = f"{CHECKLIST_CHANGED}:{number}:{self._commitment.change.id}"
                yield event_id, CHECKLIST_CHANGED, None, one.unit, payload

    def _by_checklist(self) -> dict[int, dict[str, Any]]:
        """What happens to each checklist: `moved` [key, old, new], and the numbers of the steps that moved."""
        revision = self._revision
        told: dict[int, dict[str, Any]] = defaultdict(lambda: defaultdict(list))
        for number in revision.moved:
            was, becomes = revision.before[number], revision.after[number]
            said = [was.key, _text(was), _text(becomes)]
            here = told[was.checklist]
            here["moved_steps"].append(number)
            if said not in here["moved"]:
                here["moved"].append(said)
        for step in revision.added:
            told[step.checklist]["added"].append([step.key, step.counterpart])
        for step in map(revision.step, revision.cancelled):
            told[step.checklist]["cancelled"].append([step.key, step.counterpart])
        for number, unit in self._commitment.worked.returned.items():
            told[number >> CHECKLIST_SHIFT]["returned"].append([number, unit])
        for name, needs in (("needs_added", revision.needs_added), ("needs_removed", revision.needs_removed)):
            for number, _ in needs:
                here = told[number >> CHECKLIST_SHIFT]
                here[name] = (here.get(name) or 0) + 1
        return told

    def _new(self, one: ChangedChecklist) -> _Row:
        payload = {
            "checklist": one.id,
            "steps": one.steps,
            "template": one.slug,
            "unit": one.unit,
            "change": self._commitment.change.id,
        }
        return f"{CHECKLIST_OPENED}:{one.id}", CHECKLIST_OPENED, None, one.unit, payload

    def _cancelled(self, number: int) -> _Row:
        """As `checklists.step_events` tells it when somebody cancels a step."""
        was, becomes = self._revision.before[number], self._revision.after[number]
        before: dict[str, Any] = {"state": was.state}
        after: dict[str, Any] = {"state": becomes.state, "version": becomes.version}
        if said := self._commitment.worked.standing.work.get(number):
            said_before, said_after = _plain(said), _plain(StepWork(None, said.worked))
            changed = [name for name in said_before if said_before[name] != said_after[name]]
            before |= {name: said_before[name] for name in changed}
            after |= {name: said_after[name] for name in changed}
        payload = {"step": self._name(was), "reason": self._commitment.reason, "before": before, "after": after}
        return self._row(STEP_CANCELLED, becomes, payload)

    def _stepped(self, kind: str, number: int) -> _Row:
        was, becomes = self._revision.before[number], self._revision.after[number]
        payload = {
            "step": self._name(was),
            "reason": self._commitment.reason,
            "because": self._commitment.reason,
            "before": {"state": was.state},
            "after": {"state": becomes.state, "version": becomes.version},
        }
        return self._row(kind, becomes, payload)

    def _opened(self, step: StandingStep) -> _Row:
        payload = {
            "step": self._name(step),
            "key": step.key,
            "occurrence": step.occurrence,
            "due_on": _text(step),
            "because": self._commitment.reason,
            "after": {"state": step.state, "version": step.version},
        }
        return self._row(STEP_OPENED, step, payload)

    def _row(self, kind: str, step: StandingStep, payload: Mapping[str, Any]) -> _Row:
        return f"{kind}:{step.id}:{step.version}", kind, step.id, self._revision.where[step.checklist].unit, payload

    def _name(self, step: StandingStep) -> str:
        unit = self._revision.where[step.checklist].unit
        counterpart = self._names.get(step.counterpart, step.counterpart) if step.counterpart else None
        return step_name(step.key, step.occurrence, counterpart, self._names.get(unit, unit))


def _rewritten(one: ChangedChecklist) -> dict[str, Any]:
    """Another role, template version or list of what was left out."""
    was, wanted = one.standing, one.desired
    if was is None or wanted is None:
        return {}
    pairs: dict[str, list[Any]] = {
        "role": [was.role, wanted.role.value],
        "version": [was.template, wanted.template.content_hash],
        "left_out": [list(was.left_out), list(wanted.left_out)],
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _plain(said: StepWork) -> dict[str, Any]:
    return {
        "claim": said.claim,
        "unblocker": said.unblocker,
        "expected_on": said.expected_on.isoformat() if said.expected_on else None,
        "clock_runs": said.clock_runs,
    }


def _text(step: StandingStep) -> str | None:
    return step.due_on.isoformat() if step.due_on else None


def _names(commitment: Commitment) -> dict[str, str]:
    """Names of the units and counterparts whose steps are told of one by one."""
    revision = commitment.revision
    numbers = [*revision.cancelled, *revision.waiting_again, *revision.unlocked]
    steps = [*map(revision.step, numbers), *revision.added]
    keys = {revision.where[step.checklist].unit for step in steps} | {step.counterpart for step in steps}
    found: dict[str, str] = {}
    for part in in_parts(sorted(keys - {""})):
        query = select(UnitRow.key, UnitRow.name).where(UnitRow.key.in_(part))
        found.update((row.key, row.name) for row in commitment.connection.execute(query))
    return found
