"""What the committee's pages say when something is refused: one sentence, or one for each mistake of a file."""

from __future__ import annotations

from collections.abc import Mapping

from bangiao.delivery_orders import NobodyToReach, UnknownDelivery
from bangiao.i18n import render
from checklists import change_errors
from checklists.errors import HandoverError, Refused
from checklists.handlers import AlreadyRegistered, DraftOfAnother, NotTheDraftedPlan, SamePerson, UnknownDecision
from checklists.messages import Message
from checklists.places import InFile
from web.refusals import page_sentence

_ON_PAGES: Mapping[type[HandoverError], Message] = {
    UnknownDecision: Message("There is no decision {number}, or it is not within your reach."),
    AlreadyRegistered: Message(
        "Decision {number} is registered with other content (drafted by {drafted_by}, registered by {registered_by}). "
        "Open it and amend it there, or give the new text its own number."
    ),
    DraftOfAnother: Message(
        "{person} drafted decision {number} with other content; nothing was written. Talk with each other, or give "
        "your text a number of its own."
    ),
    NotTheDraftedPlan: Message(
        "The plan of {number} is not the one you looked at any more: it was drafted again. Read it again, below."
    ),
    SamePerson: Message("{person} drafted decision {number} and cannot register it as well: a second person must."),
    change_errors.NotOpenedYet: Message("{number} cannot be changed yet: its checklists are still being opened."),
    change_errors.OnlyADraft: Message("{number} is a draft and not in force: draft the new text in its place."),
    change_errors.ChangeReasonMissing: Message(
        "Write why {number} is changed. The reason is kept on record and shown with every step it touches."
    ),
    change_errors.ChangeWaits: Message(
        "{person} has drafted another change of {number}, and it waits. Carry it out or take it back first."
    ),
    change_errors.NoChangeDrafted: Message("No change of {number} waits any more. What was changed stands below."),
    change_errors.NotTheDraftedChange: Message(
        "The change of {number} is not the one you looked at any more: it was drafted again. Read it again, below."
    ),
    UnknownDelivery: Message("There is no message {delivery}, or it is not within your reach."),
    NobodyToReach: Message(
        "There is still no channel by which {recipient} can be reached. An administrator can record an address or a "
        "channel."
    ),
}
"""Errors whose own sentence names a command or an option."""


def sentences(error: HandoverError, file: str = "") -> list[str]:
    """In the reader's language; `file`: the name under which somebody sent it."""
    if isinstance(error, Refused):
        return [_placed(one, file) for one in error.mistakes]
    words = _ON_PAGES.get(type(error))
    return [page_sentence(error) if words is None else render(Message(words.msgid, error.values))]


def _placed(mistake: HandoverError, file: str) -> str:
    if isinstance(mistake, InFile) and file:
        mistake.values["file"] = file
    return page_sentence(mistake)
