"""What a try came to: sent, tried again later, by the person's next channel, or a dead letter.

outcomes of `notifiers.sending` → **here** (by `checklists.escalation.attempts`) → rows. A refusal for good and the last
try in vain lead to the person's next channel at once; where there is none left, to a dead letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bangiao.deliveries import Addresses, addresses_now, delivery_id
from bangiao.delivery_dead import DeadLetter, bury
from bangiao.i18n import both_languages
from bangiao.wiring import Wiring
from checklists.escalation.attempts import DeliveryState, Move, after, after_failure
from checklists.escalation.preferences import QuietHours
from checklists.escalation.windows import after_quiet
from checklists.messages import Message
from db.deliveries import PENDING, Attempted, Claim, record
from db.delivery_moves import channels_tried, replace_delivery
from db.delivery_plans import NewDelivery
from db.faults import faultpoint
from db.preferences import quiet_hours
from db.session import begin_write
from notifiers.backoff import next_attempt
from notifiers.channels import Outcome, State


@dataclass(frozen=True, slots=True)
class Tried:
    """A claim and what its try came to."""

    claim: Claim
    outcome: Outcome


def record_outcomes(wiring: Wiring, tried: Sequence[Tried]) -> None:
    """Write down what came of these tries, in one transaction."""
    now = wiring.now()
    with begin_write(wiring.engine) as connection:
        rests = quiet_hours(connection, {one.claim.recipient for one in tried if _waits(one)})
        ours = [one for one in tried if record(connection, attempted(one, now, rests.get(one.claim.recipient)), now)]
        lost = [one for one in ours if _state(one) is DeliveryState.DEAD]
        addresses = addresses_now(connection, now) if lost else None
        letters = [_letter(one) for one in lost if addresses and not _goes_on(connection, one.claim, addresses, now)]
        bury(connection, letters, wiring.settings.actor, now)
    faultpoint("notice.recorded")


def _waits(one: Tried) -> bool:
    """What is tried again is late, so that no send window holds it; quiet hours do, unless it is urgent."""
    return _state(one) is DeliveryState.FAILED and not one.claim.urgent


def attempted(one: Tried, now: datetime, quiet: QuietHours | None = None) -> Attempted:
    """What is written of a try."""
    claim, outcome = one.claim, one.outcome
    again = next_attempt(claim.id, claim.tries, now, outcome.retry_after)
    again = after_quiet(again, quiet) if again else None
    code = f"{outcome.code} " if outcome.code is not None else ""
    said = outcome.words if outcome.words.startswith(code.strip() or "\0") else f"{code}{outcome.words}".strip()
    words = said or outcome.reason.render(both_languages()["vi"])
    return Attempted(claim, _state(one), outcome.state.value, words, again)


def _state(one: Tried) -> DeliveryState:
    """By the table of states; the claim is being sent."""
    if one.outcome.state is State.SENT:
        return after(DeliveryState.SENDING, Move.ACCEPTED)
    for_good = one.outcome.state in {State.FAILED_FOR_GOOD, State.REFUSED_BY_US}
    state = DeliveryState.SENDING
    for move in after_failure(one.claim.tries, for_good=for_good):
        state = after(state, move)
    return state


def _goes_on(connection: Connection, claim: Claim, addresses: Addresses, now: datetime) -> bool:
    """By the person's next channel, with the same notices; False where none is left."""
    tried = channels_tried(connection, claim.recipient, claim.digest, claim.urgent)
    way = next(addresses.ways(claim.recipient, tried), None)
    if way is None:
        return False
    name = delivery_id(claim.digest, claim.urgent, way.channel)
    new = NewDelivery(
        name, claim.recipient, claim.digest, way.channel, way.address, claim.urgent, PENDING, replaces=claim.id
    )
    replace_delivery(connection, new, now)
    return True


def _letter(one: Tried) -> DeadLetter:
    return DeadLetter(one.claim.id, one.claim.recipient, one.claim.channel, one.claim.tries, one.outcome.reason)


CHANNEL_DISABLED = Outcome(
    State.REFUSED_BY_US, Message("The channel was disabled before the message could leave by it.")
)

TOOK_NOTHING = Outcome(State.REFUSED_BY_US, Message("Nothing could leave by the channel for a whole day."))

LEFT_ALONE = Outcome(
    State.FAILED_FOR_NOW, Message("The server failed so often that it is left alone for a while and was not asked.")
)


def unwritten(error: Exception) -> Outcome:
    """The message itself could not be written; perhaps the facts or the templates are put right meanwhile."""
    reason = Message("The message could not be written ({error}); see the log.", {"error": type(error).__name__})
    return Outcome(State.FAILED_FOR_NOW, reason)
