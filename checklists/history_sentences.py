"""The table: each type of event and the sentences for it, the fullest first, the last for a payload without anything.

`{who}` and `{step}`, `{unit}`, `{subject}` are always there; the other places are fields of the payload.
"""

from __future__ import annotations

from collections.abc import Mapping

from checklists import events
from checklists.messages import Message

UNKNOWN = Message("{who}: {type} ({subject})")
"""For an event that a newer program has recorded."""

SENTENCES: Mapping[str, tuple[Message, ...]] = {
    events.DECISION_DRAFTED: (
        Message("{who} drafted decision {decision}: {units} units, {checklists} checklists, {steps} steps."),
        Message("{who} drafted decision {decision}."),
        Message("{who} drafted a decision."),
    ),
    events.DECISION_REGISTERED: (
        Message("{who} registered decision {decision} with plan hash {plan_hash}."),
        Message("{who} registered decision {decision}."),
        Message("{who} registered a decision."),
    ),
    events.DECISION_OPENED: (
        Message("{who} opened decision {decision} in full: {checklists} checklists, {steps} steps, {units} units."),
        Message("{who} opened all checklists of decision {decision}."),
        Message("{who} opened all checklists of a decision."),
    ),
    events.CHECKLIST_OPENED: (
        Message("{who} opened {checklists} checklists of {units} units for decision {decision}."),
        Message("{who} opened the checklist “{template}” of {unit} with {steps} steps, for decision {decision}."),
        Message("{who} opened the checklist “{template}” of {unit}."),
        Message("{who} opened a checklist of {unit}."),
    ),
    events.TEMPLATE_PUBLISHED: (
        Message("{who} published the template “{template}”, version {version} ({hash})."),
        Message("{who} published the template “{template}”."),
        Message("{who} published a template."),
    ),
    events.UNITS_IMPORTED: (
        Message("{who} imported units from {subject}: {add} rows added, {change} changed."),
        Message("{who} imported units from {subject}."),
    ),
    events.ASSIGNMENT_RECORDED: (
        Message("{who} put on record: {person} is {role} in {unit} from {since} until {until}."),
        Message("{who} put on record: {person} is {role} in {unit} from {since}."),
        Message("{who} put on record: {person} is {role} in {unit}."),
        Message("{who} put a role on record."),
    ),
    events.PERSON_RECORDED: (
        Message("{who} put the person {account} on record."),
        Message("{who} put the person {subject} on record."),
    ),
    events.PERSON_DISABLED: (
        Message("{who} put on record: {subject} no longer acts from {on}."),
        Message("{who} put on record: {subject} no longer acts."),
    ),
    events.SUBSTITUTION_RECORDED: (
        Message("{who} put on record: {substitute} acts for {absent} from {since} until {until}."),
        Message("{who} put on record: {substitute} acts for {absent}."),
        Message("{who} put a substitution on record."),
    ),
    events.PASSWORD_SET: (Message("{who} set a password for {subject}."),),
    events.SECOND_FACTOR_SET: (Message("{who} set up a second factor for {subject}."),),
    events.SECOND_FACTOR_REMOVED: (Message("{who} removed the second factor of {subject}."),),
    events.SESSION_BEGAN: (Message("{who} signed in."),),
    events.SESSION_ENDED: (Message("{who} signed out."),),
    events.INVITATION_MADE: (
        Message("{who} invited {subject} to sign in; the invitation was sent by the channel {channel}."),
        Message("{who} invited {subject} to sign in."),
    ),
    events.INVITATION_REVOKED: (Message("{who} revoked the invitation of {subject}."),),
    events.INVITATION_ACCEPTED: (Message("{who} accepted the invitation."),),
    events.IDENTITY_LINKED: (
        Message("{who} linked {subject} with the office account {called}."),
        Message("{who} linked {subject} with an office account."),
    ),
    events.IDENTITY_UNLINKED: (Message("{who} unlinked {subject} from the office account."),),
    events.TOKEN_CREATED: (
        Message("{who} made the token {token} “{name}” by which a program acts as {subject}."),
        Message("{who} made a token by which a program acts as {subject}."),
    ),
    events.TOKEN_REVOKED: (
        Message("{who} revoked the token {token} “{name}” of {subject}."),
        Message("{who} revoked a token of {subject}."),
    ),
    events.STEP_OPENED: (
        Message("{who} opened {step}, time no. {occurrence} of a duty that comes back, due {due_on}."),
        Message("{who} opened {step}, time no. {occurrence} of a duty that comes back."),
        Message("{who} opened {step}, due {due_on}."),
        Message("{who} opened {step}."),
    ),
    events.STEP_STARTED: (Message("{who} started {step}."),),
    events.EVIDENCE_ATTACHED: (Message("{who} attached evidence to {step}."),),
    events.EVIDENCE_WITHDRAWN: (Message("{who} withdrew evidence from {step}."),),
    events.STEP_SUBMITTED: (Message("{who} completed {step} and submitted it for verification."),),
    events.STEP_COMPLETED: (Message("{who} completed {step}."),),
    events.STEP_VERIFIED: (Message("{who} verified {step}."),),
    events.STEP_RETURNED: (Message("{who} returned {step} for more work."),),
    events.STEP_BLOCKED: (Message("{who} declared {step} blocked."),),
    events.STEP_UNBLOCKED: (Message("{who} unblocked {step}."),),
    events.STEP_NOT_APPLICABLE: (Message("{who} declared {step} not applicable; a second person has to agree."),),
    events.STEP_REOPENED: (Message("{who} reopened {step}."),),
    events.STEP_CANCELLED: (Message("{who} cancelled {step}."),),
    events.STEP_UNLOCKED: (
        Message("After {who} settled {because}, {step} is ready."),
        Message("After what {who} did, {step} is ready."),
    ),
    events.STEP_WAITS_AGAIN: (Message("After what {who} did, {step} waits for other steps again."),),
    events.STEP_ACKNOWLEDGED: (
        Message("{who} has {step} in hand and expects it by {expected_on}: {words}"),
        Message("{who} has {step} in hand."),
    ),
    events.STEP_REMINDED: (
        Message("{who} had {people} people reminded of {step}."),
        Message("{who} had people reminded of {step}."),
    ),
    events.WORK_MOVED: (
        Message("{who} moved {step_in_it} to {to}: {ground}."),
        Message("{who} moved {count} open steps of {unit} to {to}: {ground}."),
        Message("{who} moved open steps of {unit} to {to}."),
        Message("{who} moved open steps of {unit}."),
    ),
    events.DECISION_WORK_MOVED: (
        Message(
            "{who} moved the open work of units that decision {decision} dissolved: {steps} steps of {from} units to "
            "{to} units; {could_not_move} steps could not be moved."
        ),
        Message("{who} moved the open work of units that decision {decision} dissolved."),
        Message("{who} moved the open work of dissolved units."),
    ),
    events.CHANGE_DRAFTED: (
        Message("{who} drafted a change of decision {decision} ({kind}), to be committed by a second person."),
        Message("{who} drafted a change of a decision."),
    ),
    events.CHANGE_WITHDRAWN: (
        Message("{who} withdrew the drafted change of decision {decision} ({kind})."),
        Message("{who} withdrew a drafted change of a decision."),
    ),
    events.DECISION_AMENDED: (
        Message("{who} committed the amendment of decision {decision} that {drafted_by} had drafted."),
        Message("{who} amended a decision."),
    ),
    events.DECISION_REVOKED: (
        Message("{who} committed the revocation of decision {decision} that {drafted_by} had drafted."),
        Message("{who} revoked a decision."),
    ),
    events.DECISION_TEMPLATE_APPLIED: (
        Message("{who} applied another template version to decision {decision}, as {drafted_by} had drafted."),
        Message("{who} applied another template version to a decision."),
    ),
    events.DECISION_CALENDAR_APPLIED: (
        Message("{who} applied another working calendar to decision {decision}, as {drafted_by} had drafted."),
        Message("{who} applied another working calendar to a decision."),
    ),
    events.CHECKLIST_CHANGED: (
        Message("{who} changed the checklist “{template}” of {unit} with decision {decision}."),
        Message("{who} changed a checklist of {unit} with decision {decision}."),
        Message("{who} changed a checklist of {unit}."),
    ),
    events.GO_NO_GO_OPENED: (
        Message(
            "{who} asked the steering committee whether the units of decision {decision} in {province} may begin to "
            "operate on {decided_for}."
        ),
        Message(
            "{who} asked the steering committee whether the units of decision {decision} may begin to operate on "
            "{decided_for}."
        ),
        Message("{who} asked the steering committee whether units may begin to operate."),
    ),
    events.GO_NO_GO_VOTED: (
        Message("{who} voted “{choice}” on whether units of decision {decision} may begin to operate."),
        Message("{who} voted on whether units may begin to operate."),
    ),
    events.GO_NO_GO_CLOSED: (
        Message("{who} closed the vote on whether units of decision {decision} may begin to operate: {outcome}."),
        Message("{who} closed the vote on whether units may begin to operate."),
    ),
    events.INSTALLATION_REPAIRED: (Message("{who} repaired the record (bangiao doctor)."),),
    events.EVENT_ERASED: (
        Message("{who} erased {field} of entry {index} of the audit log for good, on the basis of {basis}."),
        Message("{who} erased a value of the audit log for good."),
    ),
    events.MINUTES_DRAFTED: (
        Message("{who} drafted the minutes {minutes} of the handover from {giving} to {receiving}."),
        Message("{who} drafted the minutes {minutes} of a handover."),
        Message("{who} drafted minutes of a handover."),
    ),
    events.MINUTES_CONFIRMED: (
        Message("{who} confirmed the minutes {minutes} for {unit} ({side}), content {content_hash}."),
        Message("{who} confirmed the minutes {minutes} for {unit}."),
        Message("{who} confirmed minutes of a handover for {unit}."),
    ),
    events.MINUTES_FINAL: (
        Message("With the confirmation of {who} the minutes {minutes} are final, content {content_hash}."),
        Message("With the confirmation of {who} the minutes {minutes} are final."),
        Message("With the confirmation of {who} minutes of a handover are final."),
    ),
    events.NOTICE_DEAD: (
        Message("{who} could not reach {subject} by the channel {channel} in {tries} tries."),
        Message("{who} could not reach {subject}."),
    ),
    events.NOTICE_RESENT: (Message("{who} had a message to {subject} sent again."),),
    events.NOTICE_CANCELLED: (Message("{who} cancelled a message to {subject}."),),
    events.CHANNEL_RECORDED: (Message("{who} put the channel {subject} on record."),),
    events.CHANNEL_ENABLED: (Message("{who} enabled the channel {subject}."),),
    events.CHANNEL_DISABLED: (Message("{who} disabled the channel {subject}."),),
    events.CHANNEL_TESTED: (
        Message("{who} tried the channel {subject} out with {to}."),
        Message("{who} tried the channel {subject} out."),
    ),
    events.CALENDAR_PUBLISHED: (
        Message("{who} published the working calendar {subject}: {count} days changed by {basis}."),
        Message("{who} published the working calendar {subject}."),
    ),
    events.PREFERENCE_RECORDED: (Message("{who} put on record how {subject} wants to be told."),),
    events.PACKAGE_ORDERED: (Message("{who} ordered the evidence package {subject}."),),
    events.PACKAGE_EXPORTED: (
        Message("{who} exported the evidence package {subject}: {files} files, seal over {tagmanifest}."),
        Message("{who} exported the evidence package {subject}."),
    ),
    events.PACKAGE_REDACTED: (
        Message("{who} made the evidence package {subject} for outsiders from {redaction_of}; basis: {basis}."),
        Message("{who} made the evidence package {subject} for outsiders."),
    ),
    events.SUBSCRIPTION_RECORDED: (Message("{who} put on record that {subject} is told of events."),),
    events.SUBSCRIPTION_PAUSED: (Message("{who} paused the subscription {subject}."),),
    events.SUBSCRIPTION_RESUMED: (
        Message("{who} resumed the subscription {subject} and had it skip entry {skipped} of the audit log."),
        Message("{who} resumed the subscription {subject}."),
    ),
    events.SUBSCRIPTION_STOPPED: (
        Message("{who} stopped the subscription {subject} at entry {index} of the audit log: {words}"),
        Message("{who} stopped the subscription {subject}."),
    ),
    events.SUBSCRIPTION_REMOVED: (Message("{who} removed the subscription {subject}."),),
    events.VERIFICATION_VOID: (Message("After what {who} did, the verification of {step} is void."),),
}
