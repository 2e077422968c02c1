"""Entries of the audit log as people read them: `events.jsonl` → **sentence, reason, changes** → lists and document.

The sentences are those of `bangiao audit show` (`checklists.history`). A value whose disclosure is not in the package
was left out or erased; the sentence is then the one that does without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checklists.events import Event
from checklists.history import NOWHERE, Entry, Here, changes, proofs, reason, sentence
from evidence.package.report_rows import Row, Sources, local

_PAYLOAD = "payload."


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One entry in words; `at` is local."""

    index: int
    at: datetime | None
    actor: str
    on_behalf_of: str
    type: str
    unit: str
    step: str
    sentence: str
    reason: str
    changes: tuple[str, ...]
    proofs: tuple[str, ...]


def told_events(known: Sources) -> Iterator[ToldEvent]:
    """Every entry of the package, by index."""
    return (told(row, known) for row in known.rows("events"))


def step_of(row: Row) -> str:
    """The step an entry is about, as steps are numbered in the other files."""
    return str(row["document"].get("step") or "")


def told(row: Row, known: Sources, here: Here = NOWHERE) -> ToldEvent:
    document, said = row["document"], _said(row, known)
    entry = _entry(document, said, known)
    event = entry.event
    return ToldEvent(
        index=document["index"],
        at=local(document["occurred_at"]),
        actor=known.who(event.actor),
        on_behalf_of=known.who(event.on_behalf_of),
        type=event.type,
        unit=known.place(event.subject),
        step=step_of(row),
        sentence=sentence(entry, here, known).render(known.translate),
        reason=reason(event),
        changes=tuple(change.render(known.translate) for change in changes(entry, here)),
        proofs=tuple(_proof(proof.words.render(known.translate), proof.digest) for proof in proofs(entry)),
    )


def _said(row: Row, known: Sources) -> dict[str, Any]:
    """Every field of the event by name; the mark of what was left out where its disclosure is absent."""
    opened = {name: value for name, (_salt, value) in row["disclosures"].items()}
    sealed = row["document"].get("sealed", {})
    return {name: opened.get(name, known.w("left_out")) for name in sorted({*sealed, *opened})}


def _entry(document: Row, said: dict[str, Any], known: Sources) -> Entry:
    payload = {name.removeprefix(_PAYLOAD): value for name, value in said.items() if name.startswith(_PAYLOAD)}
    step = str(document.get("step") or "")
    event = Event(
        id=str(document.get("id") or said.get("id") or ""),
        type=document["type"],
        occurred_at=datetime.fromisoformat(document["occurred_at"]),
        actor=str(said.get("actor") or ""),
        subject=str(document.get("subject") or said.get("subject") or ""),
        payload=payload,
        on_behalf_of=said.get("on_behalf_of"),
        step_id=int(step) if step else None,
    )
    named = known.steps.last(step)
    title = f"{named[1]}, {known.unit(named[0])}" if named else ""
    return Entry(event, step=title, decision=known.decisions.get(str(document.get("decision") or ""), ""))


def _proof(name: str, digest: str) -> str:
    return f"{name} ({digest})" if digest else name
