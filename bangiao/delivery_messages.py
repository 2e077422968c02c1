"""What a delivery says, written when it leaves: from the record as it is now, in the reader's language.

claimed deliveries + their notices → **here** → envelopes. A notice whose step was settled meanwhile, or whose due date
moved, is not said any more; a delivery with nothing left to say is not sent.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from bangiao.delivery_facts import StepFactsReader
from bangiao.settings import Settings
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.people import PersonRole
from checklists.steps import OPEN, StepState
from db.audit_checkpoints import newest_checkpoint
from db.channels import Reader, readers
from db.deliveries import Claim
from db.delivery_reading import NoticeLine, names_of, notice_lines
from db.people import holds_role
from notifiers.channels import Envelope
from notifiers.message_facts import CheckpointFacts, DigestFacts, DigestGroup, DigestKind, MessageFacts, RecipientFacts
from notifiers.messages import (
    DIGEST,
    STEP_BLOCKED,
    STEP_DUE_TODAY,
    STEP_OVERDUE,
    STEP_REMINDER,
    STEP_RETURNED,
    STEP_SUBMITTED,
    STEP_UNLOCKED,
    compose,
)

MOST_READ = 30
"""Steps of each kind that are read in full for one digest; the others are counted."""

_TIMED = frozenset({STEP_REMINDER, STEP_DUE_TODAY, STEP_OVERDUE})
_ONLY_WHILE = {STEP_SUBMITTED: StepState.SUBMITTED, STEP_BLOCKED: StepState.BLOCKED}
_GROUPS = {
    STEP_OVERDUE: DigestKind.OVERDUE,
    STEP_DUE_TODAY: DigestKind.DUE_TODAY,
    STEP_REMINDER: DigestKind.SOON,
    STEP_RETURNED: DigestKind.RETURNED,
    STEP_SUBMITTED: DigestKind.TO_VERIFY,
    STEP_BLOCKED: DigestKind.BLOCKED,
    STEP_UNLOCKED: DigestKind.UNLOCKED,
}

log = logging.getLogger("bangiao.sender")


@dataclass(slots=True)
class Written:
    """Envelopes by delivery; deliveries with nothing left to say; notices that are not said any more."""

    envelopes: dict[str, tuple[Envelope, str]] = field(default_factory=dict)
    """With the reader's name."""
    empty: list[Claim] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    failed: dict[str, Exception] = field(default_factory=dict)


def write_messages(wiring: Wiring, connection: Connection, claims: Sequence[Claim], now: datetime) -> Written:
    """The messages of these deliveries, read together. One that cannot be written does not keep the others back."""
    written, today = Written(), local_date(now)
    lines = notice_lines(connection, [one.id for one in claims])
    people = readers(connection, sorted({one.recipient for one in claims}))
    standing = {one.id: _standing(lines.get(one.id, []), today, written.stale) for one in claims}
    shown = {step for kinds in standing.values() for steps in kinds.values() for step in list(steps)[:MOST_READ]}
    facts = StepFactsReader(wiring, connection, shown, today)
    for one in claims:
        kinds = {kind: [facts.speaking(each) for each in steps.values()] for kind, steps in standing[one.id].items()}
        reader = people.get(one.recipient) or Reader(one.recipient, one.recipient, "", "", "vi")
        if not kinds:
            written.empty.append(one)
            continue
        try:
            envelope = _envelope(wiring.settings, connection, one, reader, kinds, facts)
            written.envelopes[one.id] = envelope, reader.name
        except Exception as error:
            log.exception("the message of delivery %s cannot be written", one.id)
            written.failed[one.id] = error
    return written


def _standing(lines: Sequence[NoticeLine], today: date, stale: list[str]) -> dict[str, dict[int, list[NoticeLine]]]:
    """What still holds of each step, by the kind of message it is today; `stale` gets the rest."""
    kinds: dict[str, dict[int, list[NoticeLine]]] = {}
    for line in lines:
        if not _holds(line):
            stale.append(line.id)
            continue
        kinds.setdefault(_kind_today(line, today), {}).setdefault(line.step_id, []).append(line)
    return kinds


def _holds(line: NoticeLine) -> bool:
    state = StepState(line.state)
    if state not in OPEN or line.due_on != line.due_now:
        return False
    if line.kind in {STEP_REMINDER, STEP_DUE_TODAY} and state is StepState.SUBMITTED:
        return False  # the verifiers are reminded instead
    return _ONLY_WHILE.get(line.kind, state) is state


def _kind_today(line: NoticeLine, today: date) -> str:
    """A reminder that leaves late, after an outage, says what is true when it leaves."""
    if line.kind not in _TIMED or line.due_now is None:
        return line.kind
    if line.due_now < today:
        return STEP_OVERDUE
    return STEP_DUE_TODAY if line.due_now == today else STEP_REMINDER


def _envelope(
    settings: Settings,
    connection: Connection,
    claim: Claim,
    reader: Reader,
    kinds: Mapping[str, list[NoticeLine]],
    facts: StepFactsReader,
) -> Envelope:
    lines = [line for each in kinds.values() for line in each]
    absent = {line.in_place_of for line in lines}
    in_place_of = next(iter(absent)) if len(absent) == 1 else None
    name = names_of(connection, [in_place_of]).get(in_place_of, in_place_of) if in_place_of else None
    told: dict[str, Any] = {
        "recipient": RecipientFacts(name=reader.name or reader.account, language=reader.language, in_place_of=name)
    }
    if len(lines) == 1:
        event = next(iter(kinds))
        told |= {"step": facts.step(lines[0].step_id), "level": facts.level(lines[0], claim.recipient)}
    else:
        event = DIGEST
        head = _head_for(connection, claim.recipient, facts.today)
        told["digest"] = replace(_digest(settings, kinds, facts), checkpoint=head)
    made = compose(event, reader.language, MessageFacts(**told), settings.messages_dir)
    if made.mishap:
        log.warning("the office's own message %s was passed over: %s", event, made.mishap)
    return Envelope(claim.id, made.subject, made.text, made.html, reader.language, claim.urgent)


def _head_for(connection: Connection, account: str, today: date) -> CheckpointFacts | None:
    """Committee members get the log's newest signed head: letters lie where this installation cannot change them."""
    newest = newest_checkpoint(connection)
    if newest is None or not holds_role(connection, account, PersonRole.COMMITTEE, today):
        return None
    return CheckpointFacts(size=newest.size, root=b64encode(newest.root).decode(), made_at=newest.made_at)


def _digest(settings: Settings, kinds: Mapping[str, list[NoticeLine]], facts: StepFactsReader) -> DigestFacts:
    groups = tuple(
        DigestGroup(
            kind=_GROUPS[kind],
            steps=tuple(facts.step(line.step_id) for line in lines[:MOST_READ]),
            total=len(lines),
        )
        for kind, lines in kinds.items()
    )
    link = f"{settings.link_base}/desk" if settings.link_base else None
    return DigestFacts(groups=groups, link=link, command="bangiao status --overdue")
