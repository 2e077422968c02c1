"""What is sent, to whom and by what: the words of sending. No libraries here, so that pages may import it.

`Channel` (an administrator's) + `Address` (a person's on it) + `Envelope` (one message) go into
`notifiers.sending.send`, which answers with an `Outcome`. All values are arguments: no settings, no database, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from checklists.messages import Message
from notifiers.egress import Allowed
from notifiers.masking import Secret, masked_address


class Kind(StrEnum):
    """How a channel reaches people. Chat and SMS are Apprise's own services, custom is one of `notifiers.gateways`."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    CHAT = "chat"
    SMS = "sms"
    CUSTOM = "custom"


class Tls(StrEnum):
    """Encryption of an SMTP connection: from the first byte, by STARTTLS (demanded, never skipped), or none."""

    IMPLICIT = "smtps"
    STARTTLS = "starttls"
    NONE = "none"


class State(StrEnum):
    """What became of one attempt. Only `failed_for_now` is worth another one."""

    SENT = "sent"
    FAILED_FOR_NOW = "failed_for_now"
    FAILED_FOR_GOOD = "failed_for_good"
    REFUSED_BY_US = "refused_by_us"


@dataclass(frozen=True, slots=True)
class Channel:
    """A way out that an administrator set up.

    E-mail uses `host`, `port`, `tls`, `user`, `secret`, `sender`. A webhook has its `url` and the `secret` that signs.
    Chat and SMS have a `url` in Apprise's form, secret because tokens stand in it, with `{address}` for the person's.
    Custom: `schema` names the gateway, `url` is where it listens. `options`: `ca_file` (a certificate authority of
    one's own), `verify` (false: take any certificate), and what a gateway wants.
    """

    id: str
    name: str
    kind: Kind
    host: str = ""
    port: int = 0
    tls: Tls = Tls.STARTTLS
    user: str = ""
    secret: Secret = field(default_factory=Secret)
    sender: str = ""
    sender_name: str = ""
    url: Secret = field(default_factory=Secret)
    schema: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Everything that may never be read in a log: the secret, the URL, and the URL's parts that may be tokens."""
        return (self.secret, self.url, *_tokens(self.url.reveal()))

    def lane(self, address: Address) -> str:
        """The server whose troubles a delivery shares: pool and circuit breaker count by it."""
        if self.kind is Kind.EMAIL:
            return f"{self.host.lower()}:{self.port}"
        where = urlsplit(self.url.reveal() or address.value)
        if self.kind in {Kind.CHAT, Kind.SMS}:
            return where.scheme.lower()  # the host part may be a token
        return f"{where.hostname or self.id}:{where.port or where.scheme}"


def _tokens(url: str) -> tuple[Secret, ...]:
    """Apprise's URLs carry tokens as user, host, path and query; the words before `=` and short ones are no secret."""
    _, _, rest = url.partition("://")
    for mark in "/?&@:":
        rest = rest.replace(mark, "\n")
    words = (part.rpartition("=")[2] for part in rest.split("\n"))
    return tuple(Secret(word) for word in words if len(word) >= 16)


@dataclass(frozen=True, slots=True)
class Address:
    """A person's address on a channel: e-mail, phone number, chat id, or a name that a webhook's receiver knows."""

    value: str = field(repr=False)
    name: str = field(default="", repr=False)

    @property
    def masked(self) -> str:
        return masked_address(self.value)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message for one person. `id` stays the same at each attempt: receivers know repeats by it."""

    id: str
    subject: str
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    language: str = "vi"
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What sending may do: seconds to connect, to wait for each answer and in all; internal addresses that may be
    reached; schemas beyond e-mail and webhook that an administrator allowed (none unless listed)."""

    connect: float = 5
    read: float = 15
    total: float = 30
    allowed: Allowed = field(default_factory=Allowed)
    schemas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened: our sentence (`reason`), the other side's own `words` (masked, at most 200 characters) and code.

    `host_failed` says that the server, not the message, was the trouble: a circuit breaker counts these.
    """

    state: State
    reason: Message
    words: str = ""
    code: int | None = None
    retry_after: float | None = None
    took: float = 0.0
    host_failed: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything one attempt needs; `now` stamps it."""

    channel: Channel
    address: Address
    envelope: Envelope
    limits: Limits
    now: datetime
