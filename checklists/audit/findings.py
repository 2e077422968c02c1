"""What can be found wrong with a log, and how it is said: which entry, or between which two, and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checklists.messages import Message


class Wrong(StrEnum):
    """The kind of finding; the value is for programs and never changes."""

    CHANGED = "changed"
    EVENT_GONE = "event-gone"
    GAP = "gap"
    REWRITTEN = "rewritten"
    CUT = "cut"
    FORKED = "forked"
    ROLLED_BACK = "rolled-back"
    SUBTREE = "subtree"
    FORGED = "forged"
    UNREADABLE = "unreadable"
    BAD_STAMP = "bad-stamp"
    SMUGGLED = "smuggled"
    LATE = "late"
    UNTOLD_ERASURE = "untold-erasure"
    NOT_ERASED = "not-erased"
    UNGUARDED = "unguarded"


_WORDS = {
    Wrong.CHANGED: Message(
        "Entry {first} ({event}) is not what was logged: the event was changed, or another one took its place."
    ),
    Wrong.EVENT_GONE: Message("The event of entry {first} ({event}) was deleted."),
    Wrong.GAP: Message("Entries {first} to {last} were deleted."),
    Wrong.REWRITTEN: Message(
        "The log was rewritten: entries {first} to {last} hold something else than when the checkpoint of {size}"
        " entries was signed."
    ),
    Wrong.CUT: Message(
        "The log was cut: a checkpoint was signed over {size} entries; entries {first} to {last} are gone."
    ),
    Wrong.FORKED: Message(
        "The checkpoint you gave ({size} entries) belongs to another history: entries {first} to {last} hold something"
        " else here. The log was rewritten, or somebody was shown a forged one."
    ),
    Wrong.ROLLED_BACK: Message(
        "The checkpoint you gave covers {size} entries; entries {first} to {last} are not here. The log was cut, or an"
        " older copy of the database put in its place."
    ),
    Wrong.SUBTREE: Message("The stored tree does not agree with entries {first} to {last}."),
    Wrong.FORGED: Message("The checkpoint of {size} entries is not signed by a key of this log."),
    Wrong.UNREADABLE: Message(
        "The checkpoint of {size} entries cannot be read, or tells of other entries than it is kept under."
    ),
    Wrong.BAD_STAMP: Message("A time stamp of the checkpoint of {size} entries is about something else."),
    Wrong.SMUGGLED: Message("The event {event} never came into the log: it was written past it."),
    Wrong.LATE: Message(
        "{count} events wait for their place in the log, the oldest since {since}: nothing sequences them. Start the"
        " worker, or make a checkpoint: bangiao audit checkpoint"
    ),
    Wrong.UNTOLD_ERASURE: Message("{field} of entry {first} ({event}) is marked as erased, and no event tells of it."),
    Wrong.NOT_ERASED: Message("{field} of entry {first} ({event}) is marked as erased, and a value stands there."),
    Wrong.UNGUARDED: Message("The trigger {event}, which keeps the tables of the log, is gone."),
}


@dataclass(frozen=True, slots=True)
class LogFinding:
    """One thing that is wrong. `first`: the first bad entry; where only signatures can tell, the bad one is between
    `first` and `last`."""

    wrong: Wrong
    first: int | None = None
    last: int | None = None
    event: str = ""
    size: int | None = None
    field: str = ""
    count: int = 0
    since: str = ""

    @property
    def what(self) -> Message:
        names = ("first", "last", "event", "size", "field", "count", "since")
        return Message(_WORDS[self.wrong].msgid, {name: getattr(self, name) for name in names})
