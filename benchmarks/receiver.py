"""What messages are sent to: a process of its own that takes letters (SMTP) and posts (HTTP) as fast as it can, and
ports on which nobody ever answers. `python -m benchmarks.receiver HANGING` says its ports in JSON, and ends when its
input does.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"

_ROOT = Path(__file__).parents[1]
_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
_END = b"\r\n.\r\n"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Ports on loopback."""

    smtp: int
    http: int
    hanging: tuple[int, ...]


@contextmanager
def receiver(hanging: int = 0) -> Iterator[Receiver]:
    command = [sys.executable, "-m", "benchmarks.receiver", str(hanging)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT, text=True) as child:
        assert child.stdout is not None
        said = json.loads(child.stdout.readline())
        try:
            yield Receiver(said["smtp"], said["http"], tuple(said["hanging"]))
        finally:
            child.communicate()


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self) -> None:
        self.held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport


class _Hanging(_Connection):
    """Takes everything and says nothing."""


class _Posts(_Connection):
    """Enough of HTTP/1.1: posts with a Content-Length, one after another."""

    def data_received(self, data: bytes) -> None:
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            head = self.held[:end].lower()
            _, _, after = head.partition(b"content-length:")
            whole = end + 4 + int(after.partition(b"\r\n")[0] or b"0")
            if len(self.held) < whole:
                return
            self.held = self.held[whole:]
            self.transport.write(_TAKEN)
            if b"connection: close" in head:
                self.transport.close()


class _Letters(_Connection):
    """Enough of SMTP: every command is fine, every letter is taken."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.in_letter = False
        self.transport.write(b"220 receiver\r\n")

    def data_received(self, data: bytes) -> None:
        self.held += data
        while found := self._next():
            self.transport.write(found)

    def _next(self) -> bytes:
        line, end, rest = self.held.partition(_END if self.in_letter else b"\r\n")
        if not end:
            return b""
        self.held = rest
        if self.in_letter:
            self.in_letter = False
            return b"250 taken\r\n"
        word = line[:4].upper()
        self.in_letter = word == b"DATA"
        if word == b"QUIT":
            self.transport.close()
            return b""
        return b"354 go on\r\n" if self.in_letter else b"250 receiver\r\n"


async def _serve(hanging: int) -> None:
    loop = asyncio.get_running_loop()
    kinds: list[type[_Connection]] = [_Letters, _Posts, *([_Hanging] * hanging)]
    servers = [await loop.create_server(kind, LOOPBACK, 0, backlog=256) for kind in kinds]
    smtp, http, *rest = (server.sockets[0].getsockname()[1] for server in servers)
    print(json.dumps({"smtp": smtp, "http": http, "hanging": rest}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
