"""A recorded event as people read it: one sentence, the reason given, what changed, what was attached or taken away.

event on record (`db.history`) → **sentence** → page (`bangiao.cli.audit`). Payloads grow by new fields and old ones
lack some: of the sentences for a type the first is said whose places can all be filled. Values of payloads are text
from people: they are filled in, never read as sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import Any, Protocol

from checklists.events import (
    EVIDENCE_ATTACHED,
    EVIDENCE_WITHDRAWN,
    PERSON_DISABLED,
    PERSON_RECORDED,
    STEP_OPENED,
    STEP_STARTED,
    VERIFICATION_VOID,
    Event,
)
from checklists.history_sentences import SENTENCES, UNKNOWN
from checklists.history_words import field_words, plain_text, shortened, value_words
from checklists.messages import Message
from checklists.revision_difference import Difference, counted_words
from checklists.steps import Claim, StepState

SHORT_HASH = 12


class Names(Protocol):
    """What people call persons and units; what is not known stands for itself."""

    def person(self, account: str) -> str: ...

    def unit(self, key: str) -> str: ...


class Nameless:
    """Accounts and keys as they are."""

    def person(self, account: str) -> str:
        return account

    def unit(self, key: str) -> str:
        return key


NAMELESS = Nameless()


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded event, and what stands beside it on record: its step's name, its decision's number, and by digest
    what evidence is (a withdrawal says digests only, and no event says a note). `last_at`: it stands for many, up to
    then."""

    event: Event
    step: str = ""
    decision: str = ""
    evidence: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """Whose history is read: what need not be named again in each sentence."""

    step: int | None = None
    unit: str = ""
    unit_name: str = ""
    step_key: str = ""


NOWHERE = Here()


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence in an event; `withdrawn` if it was taken away."""

    name: str
    digest: str
    withdrawn: bool
    details: Mapping[str, Any]

    @property
    def words(self) -> Message:
        """A file by its name; a note or a link by its text."""
        msgid = {"note": Message("note “{name}”"), "link": Message("link {name}")}.get(str(self.details.get("kind")))
        return Message(
            (msgid or Message("{name}")).msgid, {"name": shortened(self.name) or Message("(without a name)")}
        )


def sentence(entry: Entry, here: Here = NOWHERE, names: Names = NAMELESS) -> Message:
    """Who, in whose name, did what to what. Never fails, whatever the payload holds."""
    places = _places(entry, here, names)
    for candidate in SENTENCES.get(entry.event.type, ()):
        if all(name in places for _, name, _, _ in Formatter().parse(candidate.msgid) if name):
            return Message(candidate.msgid, places)
    return Message(UNKNOWN.msgid, places)


def who(event: Event, names: Names = NAMELESS) -> Message | str:
    """Who did it; in a substitution, also in whose name."""
    actor = plain_text(names.person(event.actor)) if event.actor else Message("somebody whose name was erased")
    if not event.on_behalf_of or event.on_behalf_of == event.actor:
        return actor
    return Message(
        "{person} on behalf of {absent}", {"person": actor, "absent": plain_text(names.person(event.on_behalf_of))}
    )


def reason(event: Event) -> str:
    """The reason that was given, or that led to it; empty where there is none."""
    said = said_in(event)
    given = said.get("because" if event.type in _BECAUSE_IS_A_REASON else "reason")
    if event.type in _KEEP_REASONS and _mapping(said.get("before")).get("state") != StepState.DONE:
        given = ""
    return plain_text(given) if isinstance(given, str) else ""


_BECAUSE_IS_A_REASON = {VERIFICATION_VOID, STEP_OPENED}

_KEEP_REASONS = {STEP_STARTED, EVIDENCE_ATTACHED, EVIDENCE_WITHDRAWN}
"""Acts that leave the reason of an earlier one standing (why it is blocked, why it was returned): these people did not
say it. Only where the step was done, an act on its evidence takes a reason of its own."""


def changes(entry: Entry, here: Here = NOWHERE, *, all_fields: bool = False) -> Iterator[Message]:
    """What the event changed, "field: before → after"; `all_fields` also the version."""
    said = said_in(entry.event)
    before = _mapping(said.get("before"))
    after = _mapping(said["after"] if "after" in said else {name: said[name] for name in before.keys() & said.keys()})
    for name in sorted({*before, *after}, key=lambda one: (one != "state", one)):
        was, is_ = before.get(name), after.get(name)
        if all_fields or _tells(name, name in before, (was, is_)):
            yield from _change(name, name in before, was, is_)
    yield from _changes_of_many(said, here)


def _changes_of_many(said: Mapping[str, Any], here: Here) -> Iterator[Message]:
    """What the change of a decision did to its days, its checklists or one of them."""
    for name, value in said.items():
        if isinstance(value, Mapping) and value.keys() == {"before", "after"}:
            yield from _change(name, True, value["before"], value["after"])
        elif name in _PAIRS and isinstance(value, list) and len(value) == len(("before", "after")):
            yield from _change(name, True, value[0], value[1])
    for name, was, is_ in (*_triples(said.get("days")), *_triples(said.get("moved"))):
        if name == here.step_key:
            yield from _change("due_on", True, was, is_)
        elif not here.step_key:
            yield from _change(name, True, was, is_)
    yield from _counts(said)


def _counts(said: Mapping[str, Any]) -> Iterator[Message]:
    for name, count in _mapping(said.get("counts")).items():
        yield from _change(name, False, None, count or None)
    counts = {name: dict(value) for name in _COUNTED if isinstance(value := said.get(name), Mapping)}
    for words, count in counted_words(Difference.from_json({"kind": "", **counts})):
        yield Message("{field}: {after}", {"field": words, "after": _shown(value_words("", count))})


def _triples(value: Any) -> list[tuple[str, Any, Any]]:
    rows = [row for row in _sequence(value) if isinstance(row, list) and len(row) == len(("name", "old", "new"))]
    return [(str(name), was, is_) for name, was, is_ in rows]


_PAIRS = {"role", "version", "left_out"}
"""What a changed checklist says as [before, after]."""


def _tells(name: str, stood: bool, values: tuple[Any, Any]) -> bool:
    """Whether a change says something that the sentence and the other changes do not."""
    if name == "state":
        return stood
    return name not in _FOR_EXPERTS or Claim.NOT_APPLICABLE in values


def _change(name: str, stood: bool, before: Any, after: Any) -> Iterator[Message]:
    was, is_ = value_words(name, before), value_words(name, after)
    values = {"field": field_words(name), "before": _shown(was), "after": _shown(is_)}
    if was != is_:
        yield Message("{field}: {before} → {after}" if stood else "{field}: {after}", values)


_COUNTED = ("checklists", "steps", "needs")
"""What a change of a decision counts: {"added": 3, "cancelled": 1}."""

_FOR_EXPERTS = {"version", "claim"}
"""What says nothing new beside the state, save that a step is claimed not to apply."""


def proofs(entry: Entry) -> Iterator[Proof]:
    """The evidence that was attached or withdrawn."""
    said = said_in(entry.event)
    for field_name, withdrawn in (("attached", False), ("withdrawn", True)):
        for one in _sequence(said.get(field_name)):
            yield _proof(entry, {"digest": one} if isinstance(one, str) else _mapping(one), withdrawn=withdrawn)


def said_in(event: Event) -> Mapping[str, Any]:
    """The payload, whatever is on record."""
    return _mapping(event.payload)


def _proof(entry: Entry, said: Mapping[str, Any], *, withdrawn: bool) -> Proof:
    digest = str(said.get("digest") or "")
    details = {**entry.evidence.get(digest, {}), **{name: value for name, value in said.items() if value}}
    name = details.get("name") or details.get("text") or ""
    return Proof(plain_text(name), plain_text(digest), withdrawn, details)


def _places(entry: Entry, here: Here, names: Names) -> dict[str, Any]:
    """Everything a sentence may name; what is not known is not there."""
    event, said = entry.event, said_in(entry.event)
    places = {name: shown for name, value in said.items() if (shown := value_words(name, value)) is not None}
    texts = {name: value for name, value in said.items() if isinstance(value, str) and value}
    places |= {name: plain_text(names.person(texts[name])) for name in _ACCOUNTS & texts.keys()}
    places |= {name: _unit(texts[name], here, names) for name in _UNITS & texts.keys()}
    if texts.get("because") not in {None, texts.get("reason")}:
        places["because"] = _step_named(texts["because"], here)
    else:
        places.pop("because", None)
    if places.get("occurrence") == 1:
        del places["occurrence"]
    number = texts.get("number") if event.type.startswith("decision.") else ""
    if number or entry.decision:
        places["decision"] = plain_text(number or entry.decision)
    if here.step is not None and here.step in _sequence(said.get("steps")):
        places["step_in_it"] = Message("this step")
    about_a_person = event.type in {PERSON_RECORDED, PERSON_DISABLED}
    return places | {
        "who": who(event, names),
        "type": event.type,
        "subject": plain_text(names.person(event.subject) if about_a_person else event.subject),
        "step": _step(entry, here),
        "unit": _unit(texts.get("unit", event.subject), here, names),
    }


_ACCOUNTS = {"drafted_by", "person", "account", "absent", "substitute"}
_UNITS = {"to", "giving", "receiving", "holder", "province"}


def _step(entry: Entry, here: Here) -> Message:
    if here.step is not None and entry.event.step_id == here.step:
        return Message("this step")
    named = said_in(entry.event).get("step")
    name = named if isinstance(named, str) and named else entry.step
    return _step_named(name, here) if name else Message("a step")


def _step_named(name: str, here: Here) -> Message:
    """In a unit's history its own name need not stand behind each of its steps."""
    shorter = name.removesuffix(f", {here.unit_name}") if here.step is None and here.unit_name else name
    return Message("step {name}", {"name": plain_text(shorter)})


def _unit(key: str, here: Here, names: Names) -> Message | str:
    return Message("this unit") if key == here.unit else plain_text(names.unit(key))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(value: Any) -> Any:
    return "–" if value is None else value
