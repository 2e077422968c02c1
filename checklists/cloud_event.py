"""Events as other systems receive them: CloudEvents 1.0 in structured JSON, and what of an event they may see.

event at its place in the log → **here** → `bangiao.event_delivery` → a subscriber. Told are the facts: which event,
when, which decision, unit and step, states, dates, counts and hashes. Never told: who did it, in whose name, reasons
and any other words that people wrote, names of files and of persons. What is not named here does not leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checklists.errors import BadInput
from checklists.events import CONSUMERS, Event

PREFIX, SUFFIX = "vn.bangiao.", ".v1"
SPEC_VERSION = "1.0"
MEDIA_TYPE = "application/cloudevents+json"
TRIAL = "subscription.trial"
"""Type of the event that only tries a subscription out."""

_AREAS = frozenset({"checklist", "decision", "evidence", "minutes", "step", "template", "verification", "work"})
"""Events about things. Those about people, accounts, messages, channels and packages are nobody's outside."""

PUBLISHED: tuple[str, ...] = tuple(one for one in CONSUMERS if one.partition(".")[0] in _AREAS)

_FIELDS = frozenset(
    {
        "change",
        "change_hash",
        "checklist",
        "checklists",
        "claim",
        "clock_runs",
        "content_hash",
        "could_not_move",
        "count",
        "dated_on",
        "days",
        "digest",
        "due_on",
        "evidence_hash",
        "expected_on",
        "from",
        "giving",
        "ground",
        "hash",
        "key",
        "kind",
        "level",
        "made_at",
        "minutes",
        "needs",
        "number",
        "occurrence",
        "plan_hash",
        "receiving",
        "side",
        "since",
        "size",
        "state",
        "steps",
        "template",
        "to",
        "unit",
        "units",
        "version",
        "via",
        "withdrawn",
    }
)
"""Fields of payloads that say no more than facts."""

_INSIDE = frozenset({"before", "after", "attached", "plan_hash"})
"""Fields that hold further fields, of which the same ones are told."""


class UnknownEventType(BadInput):
    """ "{type}" is no type of event that other systems are told of. Name one of {known}, or all of an area as
    decision.* (the areas are {areas})."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event and what its subscribers need to understand it. `unit`: key and name of the unit it happened in."""

    index: int
    event: Event
    decision: str | None = None
    unit: tuple[str, str] | None = None


def types_meant(asked: Iterable[str]) -> list[str]:
    """The types behind `step.completed`, `decision.*`; nothing said: all, also those that a later release adds."""
    wanted = list(asked)
    found = frozenset().union(*map(_meant, wanted)) if wanted else frozenset(PUBLISHED)
    return [one for one in PUBLISHED if one in found]


def demand_types(asked: Iterable[str]) -> None:
    """Raises UnknownEventType for what means none."""
    for one in asked:
        if not _meant(one):
            raise UnknownEventType(type=one, known=PUBLISHED, areas=tuple(sorted(_AREAS)))


def _meant(asked: str) -> frozenset[str]:
    area, _, rest = asked.partition(".")
    return frozenset(one for one in PUBLISHED if one == asked or (rest == "*" and one.partition(".")[0] == area))


def cloud_event(told: Told, source: str, link_base: str = "") -> dict[str, Any]:
    """The event as it is sent: the same at each try, and to each subscriber of one `source`."""
    event = told.event
    return {
        "specversion": SPEC_VERSION,
        "id": event.id,
        "source": source,
        "type": PREFIX + event.type + SUFFIX,
        "subject": event.subject,
        "time": rfc3339(event.occurred_at),
        "datacontenttype": "application/json",
        "sequence": f"{told.index:012d}",
        "data": {name: value for name, value in _content(told, link_base) if value not in (None, "", {})},
    }


def trial_event(name: str, source: str, now: datetime, unique: str) -> dict[str, Any]:
    """An event that says nothing but that it arrived."""
    return {
        "specversion": SPEC_VERSION,
        "id": f"trial:{unique}",
        "source": source,
        "type": PREFIX + TRIAL + SUFFIX,
        "subject": name,
        "time": rfc3339(now),
        "datacontenttype": "application/json",
        "data": {"subscription": name},
    }


def rfc3339(instant: datetime) -> str:
    """In UTC, to the microsecond where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _content(told: Told, link_base: str) -> Iterator[tuple[str, Any]]:
    event = told.event
    yield "event", event.type
    yield "index", told.index
    yield "decision", told.decision
    yield "unit", {"key": told.unit[0], "name": told.unit[1]} if told.unit else None
    if event.step_id is not None:
        yield "step", {"id": event.step_id, "name": _step_name(event)}
        yield "link", f"{link_base}/steps/{event.step_id}" if link_base else None
    yield "details", facts_of(event.payload)


def _step_name(event: Event) -> str | None:
    name = event.payload.get("step")
    return name if isinstance(name, str) else None


def facts_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What of a payload is told."""
    return {
        name: _facts(value) if name in _INSIDE else value
        for name, value in sorted(payload.items())
        if name in _FIELDS or name in _INSIDE
    }


def _facts(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) <= {"before", "after"}:
            return dict(value)
        return facts_of(value)
    return [_facts(one) for one in value] if isinstance(value, list) else value
