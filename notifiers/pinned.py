"""Connections of Apprise's own services go where `notifiers.egress` says, like our own.

Apprise hands a URL to requests, which resolves its host when it connects: later than any check made before. So the
check is made there, and the connection to the address that was checked. Nothing outside `pinned` is touched.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from urllib3.util import connection

from checklists.errors import HandoverError
from notifiers.egress import Allowed, find


@dataclass(frozen=True, slots=True)
class _Pinning:
    allowed: Allowed
    refused: list[HandoverError] = field(default_factory=list)


_pinning: ContextVar[_Pinning | None] = ContextVar("pinning", default=None)
_as_it_was = connection.create_connection


def _create_connection(address: tuple[str, int], *rest: Any, **named: Any) -> socket.socket:
    pinning, (host, port) = _pinning.get(), address
    if pinning is None:
        return _as_it_was(address, *rest, **named)
    try:
        target = find(host.strip("[]"), port, pinning.allowed)
    except HandoverError as error:
        pinning.refused.append(error)
        raise
    return _as_it_was((target.ip, port), *rest, **named)


connection.create_connection = _create_connection


@contextmanager
def pinned(allowed: Allowed) -> Iterator[list[HandoverError]]:
    """What this thread connects to through urllib3 is checked; gives what was refused: Apprise keeps it to itself."""
    pinning = _Pinning(allowed)
    token = _pinning.set(pinning)
    try:
        yield pinning.refused
    finally:
        _pinning.reset(token)
