"""What a message to a person may tell: facts → (templates) → subject, text, HTML.

Whoever plans a notice fills these; nothing here is looked up or counted. Words in two languages are a `Text`, names and
what people wrote are plain strings. Everything optional may be None: the message then leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from checklists.templates import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFacts:
    """Who is told, in which language, and in whose place (a substitution)."""

    name: str
    language: str = "vi"
    in_place_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """One step. `working_days_left` is negative once it is late, by so many working days.

    `by` did what the message tells of (submitted, returned, blocked) and `reason` is in their words; `because` is the
    step whose completion unlocked this one. `link` is shown only where it is http(s); `command` is for offices that
    have no pages yet.
    """

    reference: str
    title: Text
    unit: str
    unit_key: str
    holder: str | None = None
    due_on: date | None = None
    working_days_left: int | None = None
    overdue_at_birth: bool = False
    explanation: Text | None = None
    basis: str | None = None
    evidence: Text | None = None
    waits_for: tuple[Text, ...] = ()
    because: Text | None = None
    by: str | None = None
    reason: str | None = None
    unblocker: str | None = None
    expected_on: date | None = None
    promised_by: str | None = None
    promised_on: date | None = None
    link: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Somebody who heard of it before: at an instant (shown in Viet Nam's time) or on a day."""

    who: str
    at: datetime | date


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFacts:
    """Why this person is told: the level of the ladder, who was told before, and who is told next and when."""

    title: Text
    told: tuple[Told, ...] = ()
    next_title: Text | None = None
    next_on: date | None = None


class DigestKind(StrEnum):
    """The parts of a digest, the most urgent first."""

    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    RETURNED = "returned"
    SOON = "soon"
    TO_VERIFY = "to_verify"
    BLOCKED = "blocked"
    UNLOCKED = "unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestGroup:
    """Steps of one kind. `total` counts also those that are not among `steps` (None: there are no others)."""

    kind: DigestKind
    steps: tuple[StepFacts, ...] = ()
    total: int | None = None

    @property
    def count(self) -> int:
        return max(len(self.steps), self.total or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFacts:
    """The head of the audit log, so that it stands where nobody who runs the installation can change it. `root` is
    base64."""

    size: int
    root: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """One window's steps for one person. At most `most_shown` are shown one by one, the others are counted."""

    groups: tuple[DigestGroup, ...]
    since: datetime | None = None
    until: datetime | None = None
    most_shown: int = 30
    link: str | None = None
    command: str | None = None
    checkpoint: CheckpointFacts | None = None
    """For the committee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFacts:
    """What the escalation auditor found wanting. `quiet_since`: when a review or a delivery last went through."""

    at: datetime
    found: tuple[Text, ...]
    quiet_since: datetime | None = None
    remedy: Text | None = None
    link: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """The channel that is tried out; `address` is masked by whoever gives it."""

    kind: Text
    address: str
    at: datetime
    asked_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """A way in for somebody who has none: by whom, until when. Whoever has the `link` can use it."""

    account: str
    by: str
    until: datetime
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """All that one message tells; `notifiers.messages.EVENTS` says which of these an event needs."""

    recipient: RecipientFacts
    step: StepFacts | None = None
    level: LevelFacts | None = None
    digest: DigestFacts | None = None
    alarm: AlarmFacts | None = None
    channel: ChannelFacts | None = None
    invitation: InvitationFacts | None = None
