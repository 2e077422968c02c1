"""What the watch finds wanting: from a few observed facts to sentences that say what stands still, since when, and what
to do.

the record (`db.watching`) → observed facts → **findings** → `checklists.escalation.alarms` → an alarm. Nothing here
depends on the part that may have stopped: reviews, sender and relay are judged by what they left undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from checklists.deadlines import VIETNAM
from checklists.messages import Message

SENDER, RELAY, WATCH, WATCH_BEGAN = "sender", "relay", "watch", "watch-began"
REVIEWS, OCCURRENCES, MOVES = "review-deadlines", "open-occurrences", "move-work"
"""Parts that say that they live. Scheduled flows have the names of their deployments and speak when through."""

REVIEWS_BEGAN = "review-deadlines-began"

REVIEW_EVERY = timedelta(minutes=5)
REVIEW_GRACE = timedelta(minutes=3)
"""So long after the minute of its run a review may still be at its work."""

REVIEW_LONGEST = timedelta(minutes=15)
"""A review that has begun and is not through may be in the middle of a great many steps; this is its time for them."""

OUTBOX_GRACE = NOTICE_GRACE = LEASE_GRACE = timedelta(minutes=5)
OPENING_GRACE = timedelta(minutes=15)
DELIVERY_GRACE = timedelta(minutes=15)
TRIES_IN_VAIN = 4
DEAD_GRACE = timedelta(hours=1)
DEAD_TOLD_FOR = timedelta(days=7)
"""Older dead letters are in the list of dead letters; an alarm that never ends is not read."""

SILENT_AFTER: Mapping[str, timedelta] = {
    SENDER: timedelta(minutes=2),
    RELAY: timedelta(minutes=2),
    OCCURRENCES: timedelta(hours=26),
    MOVES: timedelta(hours=26),
}
NIGHTLY = frozenset({OCCURRENCES, MOVES})
"""Of these nothing can have been heard before the watch has seen a night here."""

CLOCKS_DIFFER = timedelta(minutes=5)
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits longer than it may: how many (counted to just over MOST_COUNTED), and the first of it since when."""

    count: int = 0
    since: datetime | None = None


_NOTHING = Backlog()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a look at the record gave, each backlog with its grace counted in already."""

    at: datetime
    beats: Mapping[str, datetime] = field(default_factory=dict)
    """Part → when it was last heard of."""
    reviews: Backlog = _NOTHING
    unreviewed: Backlog = _NOTHING
    outbox: Backlog = _NOTHING
    refused: Backlog = _NOTHING
    openings: Backlog = _NOTHING
    notices: Backlog = _NOTHING
    untried: Backlog = _NOTHING
    lapsed: Backlog = _NOTHING
    in_vain: Backlog = _NOTHING
    dead: Backlog = _NOTHING
    untold: Backlog = _NOTHING
    """Subscriptions whose receivers have not taken an event for long, or that are stopped."""
    channels: int = 0
    """Enabled ones."""
    unusable: Mapping[str, Message] = field(default_factory=dict)
    """Enabled channel → why nothing can leave by it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be. `kind` names it for programs, and it is the same finding as long as it has
    the same kind. `grave`: something stands still; the others want a person's attention."""

    kind: str
    what: Message
    todo: Message
    since: datetime | None = None
    grave: bool = True


def owed_run(at: datetime) -> datetime:
    """The latest minute for which a review was scheduled that must be through with its work at `at`."""
    past = int((at - REVIEW_GRACE).astimezone(UTC).timestamp())
    return datetime.fromtimestamp(past - past % int(REVIEW_EVERY.total_seconds()), UTC)


def looked_at_by(at: datetime, beats: Mapping[str, datetime]) -> datetime:
    """What was to be looked at by then and was not, has been forgotten."""
    return at - REVIEW_LONGEST if _at_work(at, beats) else owed_run(at)


def _at_work(at: datetime, beats: Mapping[str, datetime]) -> bool:
    began, ended = beats.get(REVIEWS_BEGAN), beats.get(REVIEWS)
    return began is not None and at - REVIEW_LONGEST < began <= at and (ended is None or ended < began)


def findings(seen: Observed) -> list[Finding]:
    """Everything wanting, what matters most first."""
    return [*_reviews(seen), *_parts(seen), *_queues(seen), *_channels(seen), *_letters(seen)]


CAUSE_OF: Mapping[str, str] = {
    "reviews-overdue": f"{REVIEWS}-silent",
    "steps-unreviewed": f"{REVIEWS}-silent",
    "outbox-waiting": f"{RELAY}-silent",
    "openings-standing": f"{RELAY}-silent",
    f"{REVIEWS}-silent": f"{RELAY}-silent",
    "notices-waiting": f"{SENDER}-silent",
    "deliveries-untried": f"{SENDER}-silent",
    "deliveries-lapsed": f"{SENDER}-silent",
}
"""What follows from a part that is silent: it is no news once that has been told."""


def database_away(why: str, since: datetime) -> Finding:
    what = Message("The database does not answer: {why}", {"why": why})
    return Finding("database", what, Message("See that its server runs and that this machine reaches it."), since)


def could_not_look(why: str, since: datetime) -> Finding:
    what = Message("The watch could not look: {why}", {"why": why})
    todo = Message("See its log and tell who maintains the program; meanwhile: bangiao doctor")
    return Finding("watch", what, todo, since)


def moment(instant: datetime) -> str:
    """As people in Viet Nam write it."""
    return f"{instant.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def heard_lately(part: str, seen: Observed) -> bool:
    """Whether this part lives, by its own word."""
    beat = seen.beats.get(part)
    if beat is None and part in NIGHTLY:
        beat = seen.beats.get(WATCH_BEGAN, seen.at)
    if beat is None:
        return False
    earliest = looked_at_by(seen.at, seen.beats) if part == REVIEWS else seen.at - SILENT_AFTER[part]
    return earliest <= beat <= seen.at + CLOCKS_DIFFER


_PREFECT_AND_WORKER = Message("See that Prefect and a worker run: bangiao up")
_BY_HAND = Message(
    "See that Prefect and a worker run (bangiao up); until then review by hand: bangiao review-deadlines"
)
_BY_NIGHT = Message("See that Prefect and a worker run by night too: bangiao up")
_START_SENDER = Message("See that the sender runs: bangiao up, or bangiao sender; its log is sender.log.")


def _reviews(seen: Observed) -> Iterator[Finding]:
    if not heard_lately(REVIEWS, seen):
        words = Message("the review of deadlines (every five minutes)")
        yield _silent(REVIEWS, words, _BY_HAND, seen)
    yield from _of(
        "reviews-overdue",
        Message("{count} steps were to be looked at by a review and were not, the first at {since}."),
        _BY_HAND,
        seen.reviews,
    )
    yield from _of(
        "steps-unreviewed",
        Message("{count} open steps are due or late and no review will look at them, the first since {since}."),
        Message("Review by hand: bangiao review-deadlines; if it stays, tell who maintains the program."),
        seen.unreviewed,
    )


def _parts(seen: Observed) -> Iterator[Finding]:
    for part, words, todo in (
        (SENDER, Message("the sender"), _START_SENDER),
        (RELAY, Message("the relay in a worker"), _PREFECT_AND_WORKER),
        (OCCURRENCES, Message("the flow that opens recurring duties (by night)"), _BY_NIGHT),
        (MOVES, Message("the flow that moves the work of dissolved units (by night)"), _BY_NIGHT),
    ):
        if not heard_lately(part, seen):
            yield _silent(part, words, todo, seen)


def _silent(part: str, words: Message, todo: Message, seen: Observed) -> Finding:
    heard = seen.beats.get(part)
    kind, grave = f"{part}-silent", part not in NIGHTLY
    if heard is None or heard > seen.at:
        what = Message("Nothing has been heard of {part} yet.", {"part": words})
        return Finding(kind, what, todo, grave=grave)
    what = Message("Since {since} nothing has been heard of {part}.", {"part": words, "since": moment(heard)})
    return Finding(kind, what, todo, heard, grave)


def _queues(seen: Observed) -> Iterator[Finding]:
    yield from _of(
        "outbox-waiting",
        Message("{count} recorded events have not reached Prefect, the first since {since}."),
        _PREFECT_AND_WORKER,
        seen.outbox,
    )
    yield from _of(
        "outbox-refused",
        Message("Prefect refuses {count} recorded events, the first since {since}."),
        Message("See what it says: bangiao doctor"),
        seen.refused,
    )
    yield from _of(
        "openings-standing",
        Message("{count} registered decisions do not become checklists; nothing has moved since {since}."),
        _PREFECT_AND_WORKER,
        seen.openings,
    )
    if seen.channels:
        told, todo = Message("{count} notices should have left and have not, the first since {since}."), _START_SENDER
        yield from _of("notices-waiting", told, todo, seen.notices)
    yield from _of(
        "deliveries-untried",
        Message("{count} messages are due and nobody tries to send them, the first since {since}."),
        Message("See that the sender runs and what it says of the channel: bangiao notify list, and sender.log."),
        seen.untried,
    )
    yield from _of(
        "deliveries-lapsed",
        Message("{count} messages are with a sender that does not come back, the first since {since}."),
        _START_SENDER,
        seen.lapsed,
    )


def _channels(seen: Observed) -> Iterator[Finding]:
    if not seen.channels:
        yield from _of(
            "no-channel",
            Message("{count} notices wait because no channel is enabled, the first since {since}."),
            Message("Set one up: bangiao channel add NAME --kind email; or bangiao channel enable NAME"),
            seen.notices,
        )
    for channel, why in sorted(seen.unusable.items()):
        what = Message("Nothing can leave by the channel {channel}: {why}", {"channel": channel, "why": why})
        todo = Message("Put the key file back, or set the channel up again: bangiao channel add {channel}")
        yield Finding(f"channel-unusable:{channel}", what, Message(todo.msgid, {"channel": channel}))


def _letters(seen: Observed) -> Iterator[Finding]:
    yield from _of(
        "deliveries-in-vain",
        Message("{count} messages were tried again and again in vain, the first is of {since}."),
        Message("See what the servers say: bangiao notify list --state failed"),
        seen.in_vain,
        grave=False,
    )
    yield from _of(
        "dead-letters",
        Message("{count} messages reached nobody and were not sent again, the first since {since}."),
        Message("See them with: bangiao notify list --dead; send one again with: bangiao notify resend MESSAGE"),
        seen.dead,
        grave=False,
    )
    yield from _of(
        "subscriptions-stuck",
        Message("{count} other systems do not take the events they are to be told of, the first since {since}."),
        Message("See which, and what they say: bangiao subscription list"),
        seen.untold,
        grave=False,
    )


def _of(kind: str, what: Message, todo: Message, backlog: Backlog, *, grave: bool = True) -> Iterator[Finding]:
    if backlog.count:
        count = f"{MOST_COUNTED}+" if backlog.count > MOST_COUNTED else backlog.count
        told = {"count": count, "since": moment(backlog.since) if backlog.since else "–"}
        yield Finding(kind, Message(what.msgid, told), todo, backlog.since, grave)
