"""Webhooks: Apprise service `bghook`. JSON, signed, with an id by which the receiver knows a repeat.

A receiver checks `X-Bangiao-Signature`: `v1=` and the hexadecimal HMAC-SHA256, with the shared secret, of the value of
`X-Bangiao-Timestamp`, a dot, and the body as received; and that the timestamp is not older than it tolerates.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from notifiers.channels import Delivery, Outcome
from notifiers.errors import ChannelIncomplete
from notifiers.letters import plain_id
from notifiers.places import filled_in
from notifiers.plugins import register
from notifiers.posting import Answer, meaning, post

SCHEMA = "bghook"


def deliver(delivery: Delivery) -> Outcome:
    channel = delivery.channel
    if not channel.secret:
        raise ChannelIncomplete(channel=channel.name, part="secret")
    url = filled_in(channel, delivery.address) if channel.url else delivery.address.value
    body = content(delivery)
    timestamp = str(int(delivery.now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "bangiao",
        "Idempotency-Key": plain_id(delivery.envelope.id),
        "X-Bangiao-Timestamp": timestamp,
        "X-Bangiao-Signature": signature(channel.secret.reveal(), timestamp, body),
    }
    answer = post(delivery, url, body, headers)
    return meaning(channel, answer) if isinstance(answer, Answer) else answer


def content(delivery: Delivery) -> bytes:
    envelope = delivery.envelope
    fields = {
        "id": envelope.id,
        "recipient": delivery.address.value if delivery.channel.url else "",
        "subject": envelope.subject,
        "text": envelope.text,
        "html": envelope.html,
        "language": envelope.language,
        "urgent": envelope.urgent,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={digest.hexdigest()}"


register(SCHEMA, deliver)
