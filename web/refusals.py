"""What pages say when a rule refuses something: its own sentence, or, where that one was written for the command line
and names options or commands, one that names what stands on the page.
"""

from __future__ import annotations

from collections.abc import Mapping

from bangiao.acknowledging import NoDueDateToPromise
from bangiao.attachments import NoSuchFile
from bangiao.channels import UnknownChannel
from bangiao.delivery_orders import NobodyToReach, UnknownDelivery
from bangiao.i18n import render
from bangiao.package_errors import ExportUnderWay, NothingInScope, UnknownPackage
from bangiao.people import DisablingUnexplained
from bangiao.revisions import UnknownTemplateVersion
from checklists import change_errors
from checklists.errors import HandoverError, Refused
from checklists.go_no_go_errors import ClosesOwnQuestion, UnknownChoice, UnknownQuestion, VoteUnexplained
from checklists.handlers import AlreadyRegistered, DraftOfAnother, NotTheDraftedPlan, SamePerson, UnknownDecision
from checklists.messages import Message
from checklists.minutes_errors import (
    FactsChanged,
    MinutesUnclear,
    NoHandover,
    NumberTaken,
    OnlyPutAway,
    RepresentativeMissing,
    SeveralHandovers,
    UnknownMinutes,
)
from checklists.minutes_fields import EndsBeforeStart, FieldEmpty, HeldBeforeDecision
from checklists.package.scope_errors import UnitNotInRegister
from checklists.people import NoSubstitution
from checklists.people_errors import MailboxTaken, UnknownPerson
from checklists.places import InFile
from checklists.step_handlers import ChangedMeanwhile, NoStepFor, UnknownStep
from checklists.step_rules import (
    EvidenceChanged,
    NoEvidenceTaken,
    NothingNew,
    NothingWithdrawn,
    ReasonMissing,
    UnblockerMissing,
    UnknownEvidence,
)
from db.carried_out import KeyOfAnother
from evidence.errors import CannotStore, DiskFull, TooLarge
from evidence.errors import EvidenceMissing as FileMissing
from evidence.package.errors import NoPackageKey
from notifiers.errors import BadKeyFile, InternalAddress, KeyFileMissing, KeyFileOpen, SchemaNotAllowed, WrongKey

_SEALED = Message("The key that this needs cannot be used at present. Tell whoever operates the installation.")
"""Where a key file lies is nobody's business who signs in."""

ON_PAGES: Mapping[type[HandoverError], Message] = {
    KeyOfAnother: Message("This form was sent before with other content. Reload the page and fill it in once more."),
    ReasonMissing: Message("To {act}, write why. The reason is kept on record with the step."),
    UnblockerMissing: Message("Write who can unblock {step} and by which day, so that somebody can be asked."),
    UnknownEvidence: Message(
        "{step} does not have the evidence {evidence} any more. Look at what it has now, below, and choose again."
    ),
    NothingWithdrawn: Message("Tick the evidence of {step} that is to be withdrawn."),
    NoEvidenceTaken: Message("To {act}, {step} takes no evidence along. Attach it first, then look at the step again."),
    NothingNew: Message(
        "There is nothing new to attach: {step} has that evidence already, or nothing was chosen. Choose a file, or "
        "write a note or a link."
    ),
    EvidenceChanged: Message(
        "The evidence of {step} is not what you looked at any more. Look at it again, below, then decide anew."
    ),
    UnknownStep: Message("There is no step {step}, or it is not within your reach."),
    NoStepFor: Message("There is no step {step}, or it is not within the reach of {person}."),
    ChangedMeanwhile: Message(
        "{step} was changed by somebody else meanwhile: it is {state} now. Nothing was written; look at it below and "
        "decide anew."
    ),
    NoSubstitution: Message(
        "{person} does not stand in for {absent} on {day}. Whoever administers the users of your unit can record the "
        "absence."
    ),
    NoDueDateToPromise: Message("{step} has no due date yet: nobody is reminded of it, and nothing is to be answered."),
    NoSuchFile: Message("{file}: the file could not be read. Choose it again."),
    TooLarge: Message("{file}: the file is larger than {limit} MB. Scan it at a lower resolution, or split it."),
    DiskFull: Message(
        "{file}: there is no room left where evidence is kept, so it was not stored. Tell your administrator, then "
        "attach it again."
    ),
    CannotStore: Message("{file}: the file could not be stored. Tell your administrator, then attach it again."),
    FileMissing: Message(
        "The evidence file {digest} is not where it is kept. Tell your administrator; attaching the same file again "
        "also brings it back."
    ),
    UnknownMinutes: Message("There are no minutes {number}, or they are not within your reach."),
    MinutesUnclear: Message("Several decisions have minutes {number}: {decisions}. Open them from the unit's page."),
    FactsChanged: Message(
        "What minutes {number} tell of has changed since they were drafted: {what}. Nothing was confirmed; they have "
        "to be drafted again and read again."
    ),
    OnlyPutAway: Message("Minutes {number} are confirmed by both sides and are not changed any more."),
    NoHandover: Message("No decision whose checklists are open has {giving} hand over to {receiving}."),
    SeveralHandovers: Message("{giving} hands over to {receiving} in several decisions: {numbers}. Choose one."),
    RepresentativeMissing: Message("Nobody is on record as unit lead of {unit}. Say who represents it."),
    NumberTaken: Message(
        "The number {number} belongs to the minutes between {giving} and {receiving}. Choose another; the next free "
        "one is {free}."
    ),
    InternalAddress: Message(
        "{host} is at the internal address {ip}, and messages may not go to internal addresses. If this server is "
        "meant, ask whoever operates the installation to allow it."
    ),
    SchemaNotAllowed: Message(
        "{channel}: {schema} is not among the services that this installation may use ({allowed}). Whoever operates it "
        "can allow a service."
    ),
    KeyFileMissing: Message(
        "The key with which secrets are sealed is not on the server, so no channel can be read or recorded. Tell "
        "whoever operates the installation."
    ),
    KeyFileOpen: Message(
        "The key with which secrets are sealed can be read by others on the server. Tell whoever operates the "
        "installation."
    ),
    UnknownTemplateVersion: Message("There is no published template “{name}”. Choose one of the list."),
    UnknownChannel: Message("There is no channel {channel}. Choose one of the list."),
    MailboxTaken: Message(
        "{email} is the e-mail address of another account already. One person has one account: with two they could "
        "verify their own work. If several people share this mailbox, tick the box."
    ),
    UnknownPerson: Message("{account} is not on record. {hint} Correct the account, or add the person first."),
    DisablingUnexplained: Message("Write why {account} is disabled. The reason is kept on record."),
    NothingInScope: Message(
        "Nothing on record fits what was asked for ({filters}): a package of it would be empty. Widen it."
    ),
    ExportUnderWay: Message("A package of the same scope is being made at this moment. Wait until it is done."),
    UnknownPackage: Message("There is no package {package}, or it is not within your reach."),
    UnitNotInRegister: Message("There is no unit {key} in the register. Write its name, or its key such as new:00004."),
    UnknownQuestion: Message("There is no such question about {number} any more."),
    UnknownChoice: Message("Choose one of the three votes."),
    VoteUnexplained: Message(
        "Write why: a vote of no go, or of go with conditions, is kept with its reason or its conditions."
    ),
    ClosesOwnQuestion: Message("{person} has asked this and cannot close it as well: a second person must."),
    FieldEmpty: Message("{field} is empty. Say something there, or clear the whole line."),
    EndsBeforeStart: Message("The meeting cannot end at {ended} if it began at {started}. Correct one of the two."),
    HeldBeforeDecision: Message(
        "The meeting cannot have been on {held_on}: decision {number} was only issued on {issued}. Correct the day."
    ),
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
    BadKeyFile: _SEALED,
    WrongKey: _SEALED,
    NoPackageKey: Message(
        "This installation has no key yet with which packages are sealed. Tell whoever operates it; then order again."
    ),
}
"""Error → its sentence on a page. A test demands one for each sentence that names an option, a command or a setting."""


def page_sentence(error: HandoverError) -> str:
    """The refusal in the reader's language, for a page."""
    words = ON_PAGES.get(type(error))
    return render(error.message if words is None else Message(words.msgid, error.values))


def sentences(error: HandoverError, file: str = "") -> list[str]:
    """The same, one for each mistake of a file; `file`: the name under which somebody sent it."""
    if isinstance(error, Refused):
        return [_placed(one, file) for one in error.mistakes]
    return [page_sentence(error)]


def _placed(mistake: HandoverError, file: str) -> str:
    if isinstance(mistake, InFile) and file:
        mistake.values["file"] = file
    return page_sentence(mistake)
