"""Saying an alarm: past every queue, at once, by the channels an administrator named for it.

findings → **here** → `notifiers.sending`, one channel after the other, each for some seconds at most. Nothing is
written here: a message that waits in a table would be no alarm when tables are what fails.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bangiao.channels import limits_of
from bangiao.i18n import both_languages, render
from bangiao.settings import Settings
from checklists.escalation.watching import Finding
from checklists.templates import Text
from notifiers.channels import Address, Channel, Envelope, Limits, State
from notifiers.dead_man import ping
from notifiers.message_facts import AlarmFacts, MessageFacts, RecipientFacts
from notifiers.messages import ALARM, ALARM_OVER, compose
from notifiers.sending import send

_CONNECT, _READ, _TOTAL = 5.0, 10.0, 15.0
"""Seconds: whoever hangs must not keep the next channel waiting."""

_RECIPIENT = Text(vi="trực hệ thống", en="operator on duty")
_COMMAND = "bangiao watch --once"

log = logging.getLogger("bangiao.watch")


@dataclass(frozen=True, slots=True)
class Way:
    """By which channel an alarm goes, and to which address there."""

    channel: str
    address: str


def ways(settings: Settings) -> list[Way]:
    """From the setting: `CHANNEL` (a webhook, a chat room) or `CHANNEL=ADDRESS`."""
    parted = (one.partition("=") for one in sorted(settings.alarm_channels))
    return [Way(name.strip(), address.strip()) for name, _mark, address in parted]


def say_alarm(settings: Settings, channels: Mapping[str, Channel], found: Sequence[Finding], now: datetime) -> bool:
    """Tell what was found; True when at least one channel took it."""
    facts = AlarmFacts(at=now, found=tuple(map(_said, found)), quiet_since=_heard_last(found), command=_COMMAND)
    said = ",".join(f"{one.kind}@{one.since}" for one in found)
    return _say(settings, channels, ALARM, facts, said, now)


def say_over(settings: Settings, channels: Mapping[str, Channel], kinds: Iterable[str], now: datetime) -> bool:
    """Tell that nothing of it is left."""
    facts = AlarmFacts(at=now, found=(), command=_COMMAND)
    return _say(settings, channels, ALARM_OVER, facts, ",".join(sorted(kinds)), now)


def ping_dead_man(settings: Settings, now: datetime) -> bool:
    """All is well, says a ping to the URL that somebody else watches; what hinders it is in the log."""
    if not settings.dead_man_url:
        return False
    outcome = ping(settings.dead_man_url, _limits(settings), now)
    if outcome.state is not State.SENT:
        log.warning("the dead-man URL was not reached: %s %s", render(outcome.reason, "en"), outcome.words)
    return outcome.state is State.SENT


def _say(
    settings: Settings, channels: Mapping[str, Channel], event: str, facts: AlarmFacts, said: str, now: datetime
) -> bool:
    language = settings.language
    told = MessageFacts(recipient=RecipientFacts(name=getattr(_RECIPIENT, language), language=language), alarm=facts)
    made = compose(event, language, told, settings.messages_dir)
    name = hashlib.sha256(f"{event}|{said}|{now:%Y-%m-%dT%H}".encode()).hexdigest()[:32]
    envelope = Envelope(name, made.subject, made.text, made.html, language, urgent=True)
    accepted = [_sent(settings, channels, way, envelope, now) for way in ways(settings)]
    return any(accepted)


def _sent(settings: Settings, channels: Mapping[str, Channel], way: Way, envelope: Envelope, now: datetime) -> bool:
    channel = channels.get(way.channel)
    if channel is None:
        log.error("no alarm by the channel %s: it is not known here, disabled, or cannot be opened", way.channel)
        return False
    outcome = send(channel, Address(way.address), envelope, _limits(settings), now)
    if outcome.state is not State.SENT:
        log.error("no alarm by the channel %s: %s %s", way.channel, render(outcome.reason, "en"), outcome.words)
    return outcome.state is State.SENT


def _limits(settings: Settings) -> Limits:
    return replace(limits_of(settings), connect=_CONNECT, read=_READ, total=_TOTAL)


def _said(one: Finding) -> Text:
    words = {
        name: f"{one.what.render(translate)} {one.todo.render(translate)}"
        for name, translate in both_languages().items()
    }
    return Text(**words)


def _heard_last(found: Sequence[Finding]) -> datetime | None:
    """Of the part that has been silent longest."""
    return min((one.since for one in found if one.since and one.kind.endswith("-silent")), default=None)
