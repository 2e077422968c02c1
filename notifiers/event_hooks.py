"""Events to other systems: one CloudEvent, one signed POST, under the same rules as every message that leaves.

`bangiao.event_delivery` → **here** → `notifiers.posting`. The signature is that of our webhooks (`notifiers.hooks`).
"""

from __future__ import annotations

import hmac
import json
import logging
import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checklists.cloud_event import MEDIA_TYPE
from checklists.errors import HandoverError
from checklists.messages import Message
from notifiers.channels import Address, Channel, Delivery, Envelope, Limits, Outcome, State
from notifiers.hooks import signature
from notifiers.letters import plain_id
from notifiers.masking import masked
from notifiers.outcomes import refused
from notifiers.posting import Answer, meaning, post

log = logging.getLogger(__name__)


def post_event(channel: Channel, event: Mapping[str, Any], limits: Limits, now: datetime) -> Outcome:
    """What the receiver said to one event. Raises nothing: what goes wrong is an outcome."""
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    delivery = Delivery(channel, Address(""), Envelope(str(event["id"]), "", ""), limits, now)
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": f"{MEDIA_TYPE}; charset=UTF-8",
        "User-Agent": "bangiao",
        "Idempotency-Key": plain_id(str(event["id"])),
        "X-Bangiao-Timestamp": timestamp,
        "X-Bangiao-Signature": signature(channel.secret.reveal(), timestamp, body),
    }
    try:
        answer = post(delivery, channel.url.reveal(), body, headers)
    except HandoverError as error:
        return refused(error)
    except Exception as error:  # whatever a library may do: the other subscriptions go on
        log.error("telling %s failed: %s", channel.id, masked(traceback.format_exc(), channel.secrets))
        reason = Message("Sending failed here with {error}; see the log.", {"error": type(error).__name__})
        return Outcome(State.FAILED_FOR_NOW, reason)
    return meaning(channel, answer) if isinstance(answer, Answer) else answer


def signature_holds(secret: str, timestamp: str, body: bytes, given: str) -> bool:
    """What a receiver asks of each event before it believes it; and that the timestamp is of a moment ago."""
    return hmac.compare_digest(signature(secret, timestamp, body).encode(), given.strip().encode())
