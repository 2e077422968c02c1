"""The whole record at one moment, and everything that is wrong in it, by name.

The state of steps is compared with what the events say, told again from the first; every verification is held against
the evidence it is bound to and the people who worked. Nothing here uses the rules that the product works by.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Connection, select

from checklists.events import CONSUMERS
from db.models import Row, SuccessionRow, UnitChangeRow, UnitRow, table_of

REGISTER = {UnitRow.__tablename__, UnitChangeRow.__tablename__, SuccessionRow.__tablename__}
"""Tables of many thousand rows that acts on steps never write: not read again and again."""

DOING = {
    "step.started",
    "evidence.attached",
    "evidence.withdrawn",
    "step.submitted",
    "step.completed",
    "step.claimed_not_applicable",
}
"""Events whose people have worked on the step, and so may not verify it."""

OF_STEPS = ("step.", "evidence.", "verification.")


@dataclass(frozen=True)
class Record:
    """Every row of every table but the register's; two of the same content are equal."""

    tables: Mapping[str, Sequence[Any]]

    def __getitem__(self, table: str) -> Sequence[Any]:
        return self.tables[table]

    @cached_property
    def steps(self) -> dict[int, Any]:
        return {row.id: row for row in self["step"]}

    @cached_property
    def work(self) -> dict[int, Any]:
        return {row.step_id: row for row in self["step_work"]}

    @cached_property
    def checklists(self) -> dict[int, Any]:
        return {row.id: row for row in self["checklist"]}

    @cached_property
    def needs(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for row in self["need"]:
            found[row.step_id].append(row.needs_id)
        return found

    @cached_property
    def evidence(self) -> dict[int, set[str]]:
        """What is attached to each step now."""
        found: dict[int, set[str]] = defaultdict(set)
        for row in self["evidence"]:
            if row.withdrawn_at is None:
                found[row.step_id].add(row.digest)
        return found

    @cached_property
    def standing(self) -> dict[int, list[Any]]:
        """The verifications of each step that are not void."""
        found: dict[int, list[Any]] = defaultdict(list)
        for row in self["verification"]:
            if row.void_at is None:
                found[row.step_id].append(row)
        return found

    @cached_property
    def told(self) -> dict[int, list[tuple[Any, dict[str, Any]]]]:
        """The events of each step that carry its version, in the order in which it changed."""
        found: dict[int, list[tuple[Any, dict[str, Any]]]] = defaultdict(list)
        for row in self["event"]:
            said = json.loads(row.payload)
            if row.step_id is not None and "version" in said.get("after", ()):
                found[row.step_id].append((row, said))
        for events in found.values():
            events.sort(key=lambda one: one[1]["after"]["version"])
        return found

    @cached_property
    def moved(self) -> Counter[int]:
        """How often a change of the decision gave each step another date: told once for a checklist."""
        payloads = [json.loads(row.payload) for row in self["event"] if row.type == "checklist.changed"]
        return Counter(one for said in payloads for one in said.get("moved_steps", ()))

    def verified(self, step: Any) -> bool:
        """Whether the step's template asks for a second person."""
        return _verified(self._contents[self.checklists[step.checklist_id].template_hash])[step.key]

    @cached_property
    def _contents(self) -> dict[str, str]:
        return {row.hash: row.content for row in self["template"]}

    def claim(self, step_id: int) -> str | None:
        return self.work[step_id].claim if step_id in self.work else None


@cache
def _verified(template: str) -> dict[str, bool]:
    return {step["key"]: step["verify"] for step in json.loads(template)["steps"]}


def record_in(connection: Connection) -> Record:
    tables = [table_of(mapper.class_) for mapper in Row.registry.mappers]
    return Record(
        {
            one.name: connection.execute(select(one).order_by(*one.primary_key)).all()
            for one in tables
            if one.name not in REGISTER
        }
    )


def faults_in(record: Record) -> Iterator[str]:
    """A line for everything that is wrong."""
    for step in record["step"]:
        yield from _events(record, step)
        yield from _verifications(record, step)
    yield from _evidence(record)
    yield from _people_and_subjects(record)
    yield from _outbox(record)


def _events(record: Record, step: Any) -> Iterator[str]:
    """Told again from the first event, the step is what it is."""
    waits = bool(record.needs[step.id])
    state, version = ("waiting" if waits else "ready"), 1
    if record.told[step.id] and record.told[step.id][0][0].type == "step.opened":
        state, version = "", 0
    first = version
    said: dict[str, Any] = {"claim": None, "unblocker": "", "expected_on": None, "clock_runs": True}
    said["evidence_hash"] = None
    attached: set[str] = set()
    for row, payload in record.told[step.id]:
        after, before = payload["after"], payload.get("before", {})
        if before.get("state", state) != state:
            yield f"{row.id} says that the step was {before['state']}, and it was {state}"
        if after["version"] <= version:
            yield f"{row.id} comes after version {version}"
        state, version = after["state"], after["version"]
        said |= {name: value for name, value in after.items() if name in said}
        attached |= {one["digest"] for one in payload.get("attached", ())}
        attached -= set(payload.get("withdrawn", ()))
    if state != step.state or version > step.version:
        yield f"step {step.id} is {step.state} ({step.version}); its events say {state} ({version})"
    # of several that a step needs only the last one that is settled is told; what has no needs tells everything
    if not waits and step.version != first + len(record.told[step.id]) + record.moved[step.id]:
        yield f"step {step.id} is of version {step.version} after {len(record.told[step.id])} events"
    if attached != record.evidence[step.id]:
        yield f"step {step.id} has the evidence {record.evidence[step.id]}; its events say {attached}"
    yield from _said(record, step, said)


def _said(record: Record, step: Any, said: dict[str, Any]) -> Iterator[str]:
    work = record.work.get(step.id)
    held = {
        "claim": work.claim if work else None,
        "unblocker": work.unblocker if work else "",
        "expected_on": work.expected_on.isoformat() if work and work.expected_on else None,
        "clock_runs": work.clock_runs if work else True,
        "evidence_hash": evidence_hash(record.evidence[step.id]) if record.evidence[step.id] else None,
    }
    if held != said:
        yield f"of step {step.id} the record says {held}; its events say {said}"
    if (step.state == "submitted") != (held["claim"] is not None):
        yield f"step {step.id} is {step.state} and claims {held['claim']}"


def evidence_hash(digests: set[str]) -> str:
    """What a verification is bound to: SHA-256 over the digests in order, one a line."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def _verifications(record: Record, step: Any) -> Iterator[str]:
    standing = record.standing[step.id]
    due = step.state == "not_applicable" or (step.state == "done" and record.verified(step))
    if len(standing) != due:
        yield f"step {step.id} is {step.state} and has {len(standing)} verifications that stand"
    doers = {one for row, _ in record.told[step.id] if row.type in DOING for one in (row.actor, row.on_behalf_of)}
    doers -= {None}
    for row in standing:
        if row.evidence_hash != evidence_hash(record.evidence[step.id]):
            yield f"verification {row.id} is of other evidence than step {step.id} has"
        if row.claim != step.state:
            yield f"verification {row.id} says {row.claim} and step {step.id} is {step.state}"
        if own := {row.given_by, row.on_behalf_of} & doers:
            yield f"verification {row.id} is by {own}, who have worked on step {step.id}"
    recorded = set(json.loads(record.work[step.id].doers)) if step.id in record.work else set()
    if doers != recorded:
        yield f"{doers} have worked on step {step.id}, and the record says {recorded}"


def _evidence(record: Record) -> Iterator[str]:
    attached = Counter((row.step_id, row.digest) for row in record["evidence"] if row.withdrawn_at is None)
    for (step, digest), times in attached.items():
        if times > 1:
            yield f"step {step} has the evidence {digest} {times} times"
    for row in record["evidence"]:
        if (row.withdrawn_at is None) != (row.withdrawn_by is None):
            yield f"evidence {row.id} is withdrawn by {row.withdrawn_by} at {row.withdrawn_at}"
    for row in record["verification"]:
        if row.void_at is not None and not row.void_because:
            yield f"verification {row.id} is void and does not say why"


def _people_and_subjects(record: Record) -> Iterator[str]:
    for row in record["event"]:
        if not row.actor or not row.subject:
            yield f"event {row.id} is by {row.actor!r}, of {row.subject!r}"
        if row.on_behalf_of == row.actor:
            yield f"event {row.id} is by {row.actor} in their own name, twice"
        if row.type.startswith(OF_STEPS) != (row.step_id is not None):
            yield f"event {row.id} is of step {row.step_id}"
        if row.step_id is not None:
            whose = record.checklists[record.steps[row.step_id].checklist_id]
            if (row.subject, row.decision_id) != (whose.unit, whose.decision_id):
                yield f"event {row.id} is of {row.subject}, and its step of {whose.unit}"


def _outbox(record: Record) -> Iterator[str]:
    wanted = {(row.id, consumer) for row in record["event"] for consumer in CONSUMERS[row.type]}
    there = {(row.event_id, row.consumer) for row in record["outbox"]}
    if wanted != there:
        yield f"the outbox lacks {wanted - there} and has {there - wanted} too many"
