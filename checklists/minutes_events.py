"""What work on minutes puts on record. The ids follow from the minutes, their version and the side, so that nothing is
recorded twice; the content that was drafted stays on record with every version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from checklists.desk import NewEvidence
from checklists.events import MINUTES_CONFIRMED, MINUTES_DRAFTED, MINUTES_FINAL, Event
from checklists.minutes_desk import Given, HeldMinutes
from checklists.step_rules import Actor
from checklists.templates import Side


def drafted_event(held: HeldMinutes, actor: Actor, void: Sequence[Given], now: datetime) -> Event:
    said = {
        "version": held.version,
        "items": len(held.content.items),
        "files": len(held.content.files),
        "exceptions": len(held.content.exceptions),
        "void": [one.confirmation.actor for one in void],
        "content": held.content.canonical_json(),
    }
    return _event(f"{MINUTES_DRAFTED}:{held.id}:{held.version}", MINUTES_DRAFTED, held, actor, said, now)


def confirmed_event(held: HeldMinutes, given: Given, now: datetime) -> Event:
    """Its subject is the side's unit."""
    side = given.confirmation.side
    said = {"version": held.version, "side": side.value, "party": given.confirmation.on_behalf_of}
    event_id = f"{MINUTES_CONFIRMED}:{held.id}:{held.version}:{side.value}"
    return _event(event_id, MINUTES_CONFIRMED, held, given.actor, said, now, side)


def final_event(held: HeldMinutes, actor: Actor, pdf: NewEvidence, steps: Sequence[int], now: datetime) -> Event:
    """Its actor is whoever confirmed last; `attached_to`: the steps that the document is evidence of."""
    document = {
        "digest": pdf.digest,
        "kind": pdf.kind,
        "name": pdf.name,
        "size": pdf.size,
        "dated_on": pdf.dated_on.isoformat(),
    }
    said = {"attached": [document], "docx": held.docx, "attached_to": list(steps)}
    return _event(f"{MINUTES_FINAL}:{held.id}", MINUTES_FINAL, held, actor, said, now)


def _event(
    event_id: str,
    kind: str,
    held: HeldMinutes,
    actor: Actor,
    said: Mapping[str, Any],
    now: datetime,
    side: Side = Side.PREDECESSOR,
) -> Event:
    party = held.content.party
    payload = {
        "minutes": held.number,
        "giving": held.giving,
        "receiving": held.receiving,
        "giving_name": party(Side.PREDECESSOR).unit_name,
        "receiving_name": party(Side.SUCCESSOR).unit_name,
        "content_hash": held.content_hash,
        **said,
    }
    return Event(
        id=event_id,
        type=kind,
        occurred_at=now,
        actor=actor.account,
        on_behalf_of=actor.on_behalf_of,
        subject=held.giving if side is Side.PREDECESSOR else held.receiving,
        decision_id=held.decision_id,
        request=f"minutes:{held.id}",
        payload=payload,
    )
