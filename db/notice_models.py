"""The tables of reminders and notices: what was planned for whom, how it was sent, and who answered.

review → notification (what to tell whom) → delivery (one message by one channel) → attempts. Keys follow from step,
level, due date and recipient, so that a review that runs twice plans nothing twice.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Row


class LadderRow(Row):
    """An escalation ladder, immutable, named by its content hash."""

    __tablename__ = "ladder"

    hash: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]


class DecisionLadderRow(Row):
    """The ladder that a decision's checklists of one template climb: fixed when the decision is registered."""

    __tablename__ = "decision_ladder"

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    template: Mapped[str] = mapped_column(primary_key=True)
    ladder_hash: Mapped[str] = mapped_column(ForeignKey("ladder.hash"))


class ReviewRow(Row):
    """When a step is looked at next; it has a row from the first time its due date comes near. `version` and `due_on`
    are what was seen: a step that differs is looked at again at once."""

    __tablename__ = "review"

    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), primary_key=True, autoincrement=False)
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    version: Mapped[int]
    due_on: Mapped[date | None]
    reviewed_at: Mapped[datetime]
    findings: Mapped[str] = mapped_column(Text)


class EscalationRow(Row):
    """A level that was reached for one due date of a step: planned once, whatever runs how often."""

    __tablename__ = "escalation"
    __table_args__ = (Index(None, "planned_at"),)

    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    repeat: Mapped[int] = mapped_column(primary_key=True)
    audience: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    planned_at: Mapped[datetime]
    late: Mapped[bool]
    recipients: Mapped[int]
    why: Mapped[str] = mapped_column(Text)


class NotificationRow(Row):
    """What is to be told to one person about one step at one level."""

    __tablename__ = "notification"
    __table_args__ = (
        Index(None, "step_id", "state"),
        Index(None, "recipient", "state"),
        Index(None, "state", "send_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    step_id: Mapped[int | None]
    level: Mapped[str]
    due_on: Mapped[date | None]
    recipient: Mapped[str]
    in_place_of: Mapped[str | None]
    urgent: Mapped[bool]
    state: Mapped[str]
    send_at: Mapped[datetime]
    delivery_id: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DeliveryRow(Row):
    """One message to one person by one channel: a single notification, or the digest of a window. `attempt` counts all
    tries, `tries` those since it was planned or sent again; `digest` names person and window (`ids.digest_key`)."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(None, "channel", "state", "next_try_at"),
        Index(None, "state", "created_at"),
        Index(None, "recipient", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    digest: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    urgent: Mapped[bool]
    state: Mapped[str]
    attempt: Mapped[int]
    tries: Mapped[int]
    next_try_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    replaces: Mapped[str | None] = mapped_column(index=True)


class DeliveryAttemptRow(Row):
    """One try, with the server's words where there are any; addresses and secrets masked."""

    __tablename__ = "delivery_attempt"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str]
    words: Mapped[str] = mapped_column(Text)


class AcknowledgementRow(Row):
    """Somebody has it, and says until when: the climb waits for that day."""

    __tablename__ = "acknowledgement"
    __table_args__ = (Index(None, "step_id", "given_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"))
    given_by: Mapped[str]
    on_behalf_of: Mapped[str | None]
    expected_on: Mapped[date]
    words: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]


class ChannelRow(Row):
    """A way to reach people, set up by an administrator; the secret part is sealed."""

    __tablename__ = "channel"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    sealed: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class PreferenceRow(Row):
    """How a person wants to be told: channels in order, and windows (JSON)."""

    __tablename__ = "preference"

    account: Mapped[str] = mapped_column(ForeignKey("person.account"), primary_key=True)
    channels: Mapped[str] = mapped_column(Text)
    windows: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]


class HeartbeatRow(Row):
    """When a part of ours last said that it lives: what the watch looks at."""

    __tablename__ = "heartbeat"

    part: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)


class AlarmRow(Row):
    """A finding of the watch as it is remembered: last seen, and last told, so that nobody is told twice in a row."""

    __tablename__ = "alarm"

    kind: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
