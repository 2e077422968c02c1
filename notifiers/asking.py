"""One question to a server elsewhere: to a checked address, no redirects, no proxies, an answer of bounded length, and
nothing waits longer than it may.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from checklists.errors import HandoverError
from checklists.messages import Message
from notifiers.channels import Limits
from notifiers.egress import find
from notifiers.wire import connect, trusting

LARGEST = 1 << 20


class NoAnswer(HandoverError):
    """{host} did not answer as it should: {why}."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the server said, whatever the status."""

    status: int
    body: bytes


def ask(
    url: str, limits: Limits, body: bytes | None = None, headers: Mapping[str, str] | None = None, ca_file: str = ""
) -> Answered:
    """GET, or POST where there is a body. Raises NoAnswer, InternalAddress, UnknownHost."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        connection = _Connection(url, limits, ca_file)
        path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        try:
            connection.request(
                "GET" if body is None else "POST", path, body, {**(headers or {}), "Connection": "close"}
            )
            response = connection.getresponse()
            said = response.read(LARGEST + 1)
        finally:
            connection.close()
    except TimeoutError as error:
        raise NoAnswer(host=host, why=Message("it took too long")) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoAnswer(host=host, why=str(error) or type(error).__name__) from error
    if len(said) > LARGEST:
        raise NoAnswer(host=host, why=Message("its answer is too long"))
    return Answered(response.status, said)


class _Connection(http.client.HTTPConnection):
    """http.client on a checked address."""

    def __init__(self, url: str, limits: Limits, ca_file: str) -> None:
        parts = urlsplit(url)
        self._context: ssl.SSLContext | None = trusting(ca_file) if parts.scheme == "https" else None
        self._limits, self._ends = limits, time.monotonic() + limits.total
        super().__init__(parts.hostname or "", parts.port or (443 if self._context else 80))

    def connect(self) -> None:
        wire = connect(find(self.host, self.port, self._limits.allowed), self._limits, self._ends)
        self.sock = wire
        if self._context:
            wire.encrypt(self._context, self.host)
