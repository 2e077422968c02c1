"""A connection to a checked address, on which nothing waits longer than it may.

`timeout` of a socket bounds one wait; a server that sends a byte now and then could hold a thread for ever. A `Wire`
gives every wait what is left of the whole, so that an attempt ends when it must.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from functools import cache
from typing import Any

from notifiers.channels import Channel, Limits
from notifiers.egress import Target


class Wire:
    """Looks enough like a socket for smtplib and http.client."""

    def __init__(self, raw: socket.socket, limits: Limits, ends: float) -> None:
        self.raw = raw
        self._limits = limits
        self._ends = ends
        self._readers = 0
        self._closed = False

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        self._ready()
        self.raw = context.wrap_socket(self.raw, server_hostname=host)

    def sendall(self, data: bytes, flags: int = 0) -> None:
        self._ready()
        self.raw.sendall(data, flags)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        self._readers += 1
        return io.BufferedReader(_Incoming(self))

    def receive_into(self, buffer: Any) -> int:
        self._ready()
        return self.raw.recv_into(buffer)

    def close(self) -> None:
        """As a socket's: open readers may read on, the last one closes."""
        self._closed = True
        if not self._readers:
            self.raw.close()

    def reader_closed(self) -> None:
        self._readers -= 1
        if self._closed and not self._readers:
            self.raw.close()

    def _ready(self) -> None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.raw.settimeout(min(left, self._limits.read))


class _Incoming(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._wire.reader_closed()


def connect(target: Target, limits: Limits, ends: float) -> Wire:
    """A connection to exactly `target.ip`; `ends` is a time.monotonic() after which nothing waits any more."""
    raw = socket.socket(target.family, socket.SOCK_STREAM)
    try:
        raw.settimeout(max(min(limits.connect, ends - time.monotonic()), 0.001))
        raw.connect((target.ip, target.port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        raw.close()
        raise
    return Wire(raw, limits, ends)


def tls_context(channel: Channel) -> ssl.SSLContext:
    """Certificates are checked unless the channel says otherwise; `ca_file` names an authority of one's own."""
    return _context(bool(channel.options.get("verify", True)), str(channel.options.get("ca_file", "")))


def trusting(ca_file: str = "") -> ssl.SSLContext:
    """Certificates are checked with the system's authorities, or with those in a file."""
    return _context(True, ca_file)


@cache
def _context(verify: bool, ca_file: str) -> ssl.SSLContext:
    """Kept: reading the system's authorities takes longer than sending a message."""
    context = ssl.create_default_context(cafile=ca_file or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
