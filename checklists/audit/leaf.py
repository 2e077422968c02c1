"""What is hashed of an event: a canonical document in which whatever may be personal stands as a salted commitment.

event + seed + index → **document** → leaf hash (`merkle`). A commitment is SHA-256(JCS([salt, name, value])), the idea
of RFC 9901: the document and its hash stay true when a value is left out of a package, or erased for good. In clear
stand only the kind of event, the instant, and the unit, decision and step it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from math import isfinite
from typing import Any

import rfc8785

from checklists.audit.merkle import leaf_hash
from checklists.audit.plain_json import LARGEST, NotPlain, plain_text, quoted
from checklists.events import Event

FORM = "bangiao-event/1"
SEED_BYTES = 16
PAYLOAD = "payload."

_IMPERSONAL = frozenset(
    {
        "checklist",
        "decision",
        "evidence",
        "event",
        "installation",
        "minutes",
        "step",
        "template",
        "verification",
        "work",
    }
)
"""Events about things (`step.completed`): their id and subject name no person. Of all others both are sealed."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What opens one commitment: the salt, 32 hexadecimal digits, and the value."""

    salt: str
    value: Any

    def commitment(self, name: str) -> bytes:
        return sha256(canonical([self.salt, name, self.value])).digest()


def canonical(value: Any) -> bytes:
    """The value as JCS (RFC 8785). Numbers that JSON does not carry safely (beyond 2^53, not finite) become text."""
    try:
        return plain_text(value).encode()
    except NotPlain:
        return rfc8785.dumps(_tamed(value))


def sealed_values(event: Event) -> Iterator[tuple[str, Any]]:
    """Each field that is not in clear, by the name its commitment has. Fields without a value have none."""
    if not is_impersonal(event.type):
        yield "id", event.id
        yield "subject", event.subject
    yield "actor", event.actor
    if event.on_behalf_of is not None:
        yield "on_behalf_of", event.on_behalf_of
    if event.request is not None:
        yield "request", event.request
    for key, value in event.payload.items():
        yield PAYLOAD + key, value


def is_impersonal(event_type: str) -> bool:
    """Whether id and subject of such events stand in clear."""
    return event_type.partition(".")[0] in _IMPERSONAL


def disclosures(event: Event, seed: bytes, erased: Mapping[str, bytes] | None = None) -> dict[str, Disclosure]:
    """What opens the event's commitments, without what was erased. One salt tells nothing about another."""
    gone = erased or {}
    return {name: Disclosure(_salt(seed, name), value) for name, value in sealed_values(event) if name not in gone}


def leaf_document(event: Event, seed: bytes, index: int, erased: Mapping[str, bytes] | None = None) -> dict[str, Any]:
    """The document behind leaf `index`. `erased` has the commitments of fields whose values are gone."""
    sealed = {}
    for name, value in sealed_values(event):
        opening = [_salt(seed, name), name, value]
        sealed[name] = sha256(canonical(opening)).hexdigest()
    for name, commitment in (erased or {}).items():
        sealed[name] = commitment.hex()
    return _document(event, index, sealed)


def _document(event: Event, index: int, sealed: dict[str, str]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "form": FORM,
        "index": index,
        "type": event.type,
        "occurred_at": written_instant(event.occurred_at),
        "sealed": sealed,
    }
    if is_impersonal(event.type):
        document |= {"id": event.id, "subject": event.subject}
    if event.decision_id is not None:
        document["decision"] = event.decision_id
    if event.step_id is not None:
        document["step"] = event.step_id
    return document


def opened_document(
    event: Event, seed: bytes, index: int, erased: Mapping[str, bytes] | None = None
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The document and what opens it (name → salt and value), in one go: for all entries of a package. A value is given
    in the form in which it was sealed."""
    sealed: dict[str, str] = {}
    opened: dict[str, list[Any]] = {}
    for name, value in sealed_values(event):
        salt = _salt(seed, name)
        try:
            text = f'["{salt}",{quoted(name)},{plain_text(value)}]'.encode()
        except NotPlain:
            value = _tamed(value)
            text = canonical([salt, name, value])
        sealed[name] = sha256(text).hexdigest()
        opened[name] = [salt, value]
    for name, commitment in (erased or {}).items():
        sealed[name] = commitment.hex()
        opened.pop(name, None)
    return _document(event, index, sealed), opened


def leaf_of(event: Event, seed: bytes, index: int, erased: Mapping[str, bytes] | None = None) -> bytes:
    """`hash_of(leaf_document(…))`, for all of a log: the same bytes, written in one go."""
    try:
        return leaf_hash(_written(event, seed, index, erased).encode())
    except NotPlain:
        return hash_of(leaf_document(event, seed, index, erased))


def _written(event: Event, seed: bytes, index: int, erased: Mapping[str, bytes] | None) -> str:
    """The document as canonical text: its keys are in order here, and what is sealed is put in order."""
    sealed = {
        name: sha256(f'["{_salt(seed, name)}",{quoted(name)},{plain_text(value)}]'.encode()).hexdigest()
        for name, value in sealed_values(event)
    }
    if erased:
        sealed |= {name: commitment.hex() for name, commitment in erased.items()}
    clear, step = is_impersonal(event.type), event.step_id
    return "".join(
        (
            "{" if event.decision_id is None else f'{{"decision":{plain_text(event.decision_id)},',
            f'"form":"{FORM}",',
            f'"id":{quoted(event.id)},' if clear else "",
            f'"index":{index},"occurred_at":"{written_instant(event.occurred_at)}","sealed":{plain_text(sealed)}',
            "" if step is None else f',"step":{plain_text(step)}',
            f',"subject":{quoted(event.subject)}' if clear else "",
            f',"type":{quoted(event.type)}}}',
        )
    )


def hash_of(document: Mapping[str, Any]) -> bytes:
    """The leaf hash: SHA-256 of a zero byte and the document in canonical form."""
    return leaf_hash(canonical(document))


def unproved(document: Mapping[str, Any], opened: Mapping[str, Disclosure]) -> list[str]:
    """The disclosures that the document does not bear out; one that was left out is no matter."""
    sealed = document["sealed"]
    return [name for name, one in opened.items() if sealed.get(name) != one.commitment(name).hex()]


def written_instant(instant: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _salt(seed: bytes, name: str) -> str:
    """Keyed BLAKE2b is a pseudo-random function: as good as HMAC here, at a quarter of the time."""
    return blake2b(name.encode(), key=seed, digest_size=16).hexdigest()


def _tamed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _tamed(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_tamed(one) for one in value]
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -LARGEST <= value <= LARGEST else str(value)
    return value
