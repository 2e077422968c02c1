"""One message to one person through one channel: `send`. It always answers, and never raises.

Where it goes next: the caller records the `Outcome` as an attempt, asks `notifiers.backoff` when to try again, and
tells `notifiers.breaker` how the server was.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from checklists.errors import HandoverError
from checklists.messages import Message
from notifiers import gateways, hooks, mail, services
from notifiers.channels import Address, Channel, Delivery, Envelope, Kind, Limits, Outcome, State
from notifiers.masking import masked
from notifiers.outcomes import refused
from notifiers.plugins import deliver_through_apprise

log = logging.getLogger(__name__)


def send(channel: Channel, address: Address, envelope: Envelope, limits: Limits, now: datetime) -> Outcome:
    """What happened. `sent` means that the other side took it on, and no more than that."""
    started = time.monotonic()
    delivery = Delivery(channel, address, envelope, limits, now)
    try:
        outcome = _WAYS[channel.kind](delivery)
    except HandoverError as error:
        outcome = refused(error)
    except Exception as error:  # whatever a library may do: the caller's queue goes on
        log.error("sending by %s failed: %s", channel.id, masked(traceback.format_exc(), channel.secrets))
        reason = Message("Sending failed here with {error}; see the log.", {"error": type(error).__name__})
        outcome = Outcome(State.FAILED_FOR_NOW, reason)
    return replace(outcome, took=time.monotonic() - started)


def _email(delivery: Delivery) -> Outcome:
    return deliver_through_apprise(mail.SCHEMA, delivery)


def _webhook(delivery: Delivery) -> Outcome:
    return deliver_through_apprise(hooks.SCHEMA, delivery)


def _gateway(delivery: Delivery) -> Outcome:
    gateways.demand_known(delivery.channel)
    services.demand_allowed(delivery.channel, delivery.channel.schema, delivery.limits)
    return deliver_through_apprise(delivery.channel.schema, delivery)


_WAYS: dict[Kind, Callable[[Delivery], Outcome]] = {
    Kind.EMAIL: _email,
    Kind.WEBHOOK: _webhook,
    Kind.CHAT: services.deliver,
    Kind.SMS: services.deliver,
    Kind.CUSTOM: _gateway,
}
