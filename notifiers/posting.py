"""One HTTP POST to a checked address: no redirects, no proxies, no retries, and the status is told.

Why not Apprise's `json://`: it answers True or False only, so that "try later" (429, 503) and "never" (404) look the
same, it knows no Retry-After, and it resolves the host itself.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

from checklists.messages import Message
from notifiers.channels import Channel, Delivery, Outcome, State
from notifiers.egress import find
from notifiers.errors import BadUrl
from notifiers.outcomes import answered, broken, said, sent
from notifiers.wire import connect, tls_context

_HEARD = 4096
"""More of an answer is not read."""

_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
_KEPT = "/%:@!$&'()*+,;=~?"
_LONGEST_RETRY_AFTER = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `body` is the beginning of it."""

    status: int
    body: bytes
    retry_after: float | None


class _Connection(http.client.HTTPConnection):
    """http.client on a `Wire`; nothing of the environment's proxies."""

    def __init__(self, delivery: Delivery, place: Place) -> None:
        super().__init__(place.host, place.port)
        self._delivery = delivery
        self._place = place

    def connect(self) -> None:
        limits = self._delivery.limits
        target = find(self._place.host, self._place.port, limits.allowed)
        wire = connect(target, limits, time.monotonic() + limits.total)
        self.sock = wire
        if self._place.encrypted:
            wire.encrypt(tls_context(self._delivery.channel), self._place.host)


@dataclass(frozen=True, slots=True)
class Place:
    host: str
    port: int
    path: str
    encrypted: bool


def place_of(channel: Channel, url: str) -> Place:
    """Raises BadUrl for what is not a plain http(s) URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadUrl(channel=channel.name) from error
    plain = url.isprintable() and " " not in url and "\\" not in url
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc or not plain:
        raise BadUrl(channel=channel.name)
    path, question = quote(parts.path or "/", safe=_KEPT), f"?{quote(parts.query, safe=_KEPT)}" if parts.query else ""
    encrypted = parts.scheme == "https"
    return Place(host, port or (443 if encrypted else 80), path + question, encrypted)


def post(delivery: Delivery, url: str, body: bytes, headers: Mapping[str, str]) -> Answer | Outcome:
    """The answer, or the outcome where there was none. Raises BadUrl, InternalAddress, UnknownHost."""
    place = place_of(delivery.channel, url)
    connection = _Connection(delivery, place)
    try:
        connection.request("POST", place.path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        return Answer(response.status, _beginning(response), _retry_after(response, delivery.now))
    except (OSError, http.client.HTTPException) as error:
        return broken(delivery.channel, place.host, error)
    finally:
        connection.close()


def meaning(channel: Channel, answer: Answer) -> Outcome:
    """By status alone: 2xx sent; 408, 425, 429 and 5xx for now; redirects and all else for good."""
    words, status = said(channel, answer.body), answer.status
    if 200 <= status < 300:
        return sent(status, words)
    if 300 <= status < 400:
        reason = Message("The server sends us elsewhere (code {code}); redirects are not followed.", {"code": status})
        return Outcome(State.FAILED_FOR_GOOD, reason, words, status)
    temporary = status in _WORTH_ANOTHER_TRY or status >= 500
    ailing = status >= 500 or status == 429
    return answered(status, words, for_good=not temporary, retry_after=answer.retry_after, ailing=ailing)


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """The status decides; a body that breaks off or does not come takes nothing back."""
    try:
        return response.read1(_HEARD)
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        response.close()


def _retry_after(response: http.client.HTTPResponse, now: datetime) -> float | None:
    """Seconds from now, from seconds or an HTTP date; None where there is none or it is not understood."""
    asked = (response.getheader("Retry-After") or "").strip()
    if asked.isascii() and asked.isdecimal():
        return min(float(asked), _LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(asked)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_RETRY_AFTER)
