"""Whether other systems are told of events: those that are stopped, whose receivers fail, whose key is gone."""

from __future__ import annotations

from collections.abc import Iterator

from bangiao.channels import sealing_keys
from bangiao.formats import moment, number
from bangiao.health.checks import Area, Check, Finding, Look, Verdict
from bangiao.subscriptions import opened
from checklists.errors import HandoverError
from checklists.messages import Message
from checklists.subscriptions import STUCK_AFTER, SubscriptionState
from db.subscriptions import Subscription, subscriptions_on_record

_STOPPED = Message(
    "The subscription {name} is stopped at entry {place} of the audit log, since {since} ({tries} tries): {words}"
)
_FAILING = Message("Since {since} the receiver of {name} does not take entry {place} ({tries} tries): {words}")
_RESUME = Message("Put its receiver right, then: bangiao subscription resume {name} (--skip leaves out that event)")
_RECEIVER = Message("Put its receiver right; see: bangiao subscription test {name}")
_KEY = Message("Put the key file back, or remove the subscription and add it again: bangiao subscription remove {name}")


def told(look: Look) -> Verdict:
    """An installation that tells nobody is sound."""
    with look.record() as connection:
        known = subscriptions_on_record(connection)
    findings = [*_stuck(look, known), *_unusable(look, known)]
    return Verdict(Message("{count} subscriptions.", {"count": number(len(known))}), findings)


def _stuck(look: Look, known: list[Subscription]) -> Iterator[Finding]:
    for one in known:
        failing = one.failing
        since = moment(failing.since) if failing else "–"
        said = {"name": one.name, "place": one.cursor, "since": since, "tries": one.tries, "words": one.last_words}
        if one.state is SubscriptionState.STOPPED:
            yield Finding(Message(_STOPPED.msgid, said), Message(_RESUME.msgid, {"name": one.name}), one.name)
        elif failing and look.wiring.now() - failing.since >= STUCK_AFTER and one.state is SubscriptionState.ACTIVE:
            yield Finding(Message(_FAILING.msgid, said), Message(_RECEIVER.msgid, {"name": one.name}), one.name)


def _unusable(look: Look, known: list[Subscription]) -> Iterator[Finding]:
    for one in known:
        try:
            opened(one, sealing_keys(look.wiring.settings))
        except HandoverError as error:
            yield Finding(error.message, Message(_KEY.msgid, {"name": one.name}), one.name)


CHECKS = (Check("subscriptions", Area.RECORD, Message("Subscriptions to events"), told, grave=False),)
