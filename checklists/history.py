"""A recorded event as people read it: one sentence, the reason given, what changed, what was attached or taken away.

event on record (`db.history`) → **sentence** → page (`bangiao.cli.audit`). Payloads grow by new fields and old ones
lack some: of the sentences for a type the first is said whose places can all be filled. Values of payloads are text
from people: they are filled in, never read as sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import Any

from checklists.events import EVIDENCE_ATTACHED, EVIDENCE_WITHDRAWN, STEP_STARTED, VERIFICATION_VOID, Event
from checklists.history_sentences import SENTENCES, UNKNOWN
from checklists.history_words import field_words, plain_text, value_words
from checklists.messages import Message
from checklists.steps import StepState

SHORT_HASH = 12

Names = Callable[[str], str]
"""An account as people call its person."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded event, and what stands beside it on record: its step's, its decision's and its unit's name, and the
    names of evidence by digest (an event of withdrawal says digests only). `last_at`: it stands for many,
    up to then."""

    event: Event
    step: str = ""
    decision: str = ""
    unit: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """Whose history is read: what need not be named again in each sentence."""

    step: int | None = None
    unit: str = ""
    unit_name: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence in an event; `withdrawn` if it was taken away."""

    name: str
    digest: str
    withdrawn: bool
    details: Mapping[str, Any]


def sentence(entry: Entry, here: Here = Here(), names: Names = str) -> Message:
    """Who, in whose name, did what to what. Never fails, whatever the payload holds."""
    places = _places(entry, here, names)
    for candidate in SENTENCES.get(entry.event.type, ()):
        if all(name in places for _, name, _, _ in Formatter().parse(candidate.msgid) if name):
            return Message(candidate.msgid, places)
    return Message(UNKNOWN.msgid, places)


def who(event: Event, names: Names = str) -> Message | str:
    """Who did it; in a substitution, also in whose name."""
    actor = plain_text(names(event.actor))
    if not event.on_behalf_of or event.on_behalf_of == event.actor:
        return actor
    return Message("{person} on behalf of {absent}", {"person": actor, "absent": plain_text(names(event.on_behalf_of))})


def reason(event: Event) -> str:
    """The reason that was given, or that led to it; empty where there is none."""
    said = said_in(event)
    given = said.get("because") if event.type == VERIFICATION_VOID else said.get("reason")
    if event.type in _KEEP_REASONS and _mapping(said.get("before")).get("state") != StepState.DONE:
        given = ""
    return plain_text(given) if isinstance(given, str) else ""


_KEEP_REASONS = {STEP_STARTED, EVIDENCE_ATTACHED, EVIDENCE_WITHDRAWN}
"""Acts that leave the reason of an earlier one standing (why it is blocked, why it was returned): these people did not
say it. Only where the step was done, an act on its evidence takes a reason of its own."""


def changes(entry: Entry, *, all_fields: bool = False) -> Iterator[Message]:
    """What the event changed, "field: before → after"; `all_fields` also the version."""
    said = said_in(entry.event)
    before, after = _mapping(said.get("before")), _mapping(said.get("after"))
    for name in sorted({*before, *after}, key=lambda one: (one != "state", one)):
        if name == "version" and not all_fields:
            continue
        was, is_ = value_words(name, before.get(name)), value_words(name, after.get(name))
        if was == is_:
            continue
        values = {"field": field_words(name), "before": _shown(was), "after": _shown(is_)}
        if name in before:
            yield Message("{field}: {before} → {after}", values)
        else:
            yield Message("{field}: {after}", values)


def proofs(entry: Entry) -> Iterator[Proof]:
    """The evidence that was attached or withdrawn."""
    said = said_in(entry.event)
    for one in _sequence(said.get("attached")):
        details = {"digest": one} if isinstance(one, str) else _mapping(one)
        yield _proof(entry, str(details.get("digest") or ""), details, withdrawn=False)
    for one in _sequence(said.get("withdrawn")):
        details = {"digest": one} if isinstance(one, str) else _mapping(one)
        yield _proof(entry, str(details.get("digest") or ""), details, withdrawn=True)


def said_in(event: Event) -> Mapping[str, Any]:
    """The payload, whatever is on record."""
    return _mapping(event.payload)


def _proof(entry: Entry, digest: str, details: Mapping[str, Any], *, withdrawn: bool) -> Proof:
    name = details.get("name") or entry.evidence.get(digest) or ""
    return Proof(plain_text(name), plain_text(digest), withdrawn, details)


def _places(entry: Entry, here: Here, names: Names) -> dict[str, Any]:
    """Everything a sentence may name; what is not known is not there."""
    event, said = entry.event, said_in(entry.event)
    places = {name: shown for name, value in said.items() if (shown := value_words(name, value)) is not None}
    for name in _ACCOUNTS & places.keys():
        places[name] = plain_text(names(str(said[name])))
    number = said.get("number") or entry.decision
    places |= {"decision": plain_text(number)} if number and not _mapping(number) else {}
    for name in ("because", "needs"):
        if isinstance(said.get(name), str):
            places[name] = Message("step {name}", {"name": _without_unit(said[name], here)})
    unit = said.get("unit") if isinstance(said.get("unit"), str) else event.subject
    return places | {
        "who": who(event, names),
        "type": event.type,
        "subject": plain_text(event.subject),
        "step": _step(entry, here),
        "unit": _unit(str(unit), entry.unit if unit == event.subject else "", here),
    }


_ACCOUNTS = {"person", "account", "absent", "substitute"}


def _step(entry: Entry, here: Here) -> Message:
    if here.step is not None and entry.event.step_id == here.step:
        return Message("this step")
    named = said_in(entry.event).get("step")
    name = _without_unit(named if isinstance(named, str) and named else entry.step, here)
    return Message("step {name}", {"name": name}) if name else Message("a step")


def _without_unit(name: str, here: Here) -> str:
    """In a unit's history its own name need not stand behind each of its steps."""
    return plain_text(name.removesuffix(f", {here.unit_name}") if here.unit and here.unit_name else name)


def _unit(key: str, name: str, here: Here) -> Message | str:
    if key == here.unit:
        return Message("this unit")
    return plain_text(f"{name} ({key})" if name else key)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(value: Any) -> Any:
    return "–" if value is None else value
