"""Browsers, as far as a server can tell: each has a connection that stays, and asks for the next thing when the last
was answered.

Written on the bare transport, so that asking costs a small part of what answering does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import PIPE, Popen
from sys import executable
from typing import Any

import psutil
import uvloop

from bangiao.settings import Settings, child_environment

HOST = "127.0.0.1"
_END, _LENGTH = b"\r\n\r\n", b"content-length:"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how many seconds after it was asked."""

    status: int
    seconds: float
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves pages."""

    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of the processor that it has used so far."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


@contextmanager
def served(settings: Settings) -> Iterator[Server]:
    """The pages of this installation, and the bare endpoint beside them, in a process of its own."""
    command = [executable, "-m", "benchmarks.page_server"]
    with Popen(command, env=child_environment(settings), stdin=PIPE, stdout=PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        yield Server(int(child.stdout.readline()), psutil.Process(child.pid))
        child.stdin.close()


def request(method: str, path: str, cookie: str = "", kind: str = "", body: bytes = b"") -> bytes:
    """As a browser sends it from a page of ours."""
    said = {"host": HOST, "cookie": cookie, "content-type": kind}
    if method == "POST":
        said |= {"sec-fetch-site": "same-origin", "content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def ask(port: int, requests: Sequence[bytes], clients: int = 1) -> list[Answer]:
    """Ask all of it, `clients` at a time; answers in the order in which they came."""
    return uvloop.run(_asked(port, requests, clients))


async def _asked(port: int, requests: Sequence[bytes], clients: int) -> list[Answer]:
    loop, left, answers = asyncio.get_running_loop(), iter(requests), list[Answer]()
    ends = [loop.create_future() for _ in range(clients)]
    for end in ends:
        await loop.create_connection(lambda end=end: _Caller(left, answers, end), HOST, port)
    await asyncio.gather(*ends)
    return answers


class _Caller(asyncio.Protocol):
    """One browser. It ends when there is nothing more to ask."""

    def __init__(self, left: Iterator[bytes], answers: list[Answer], end: asyncio.Future[None]) -> None:
        self._left, self._answers, self._end = left, answers, end
        self._came, self._wanted, self._began = bytearray(), 0, 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._came += data
        if not self._wanted and (end := self._came.find(_END)) >= 0:
            self._wanted = end + len(_END) + _length(bytes(self._came[:end]))
        if self._wanted and len(self._came) >= self._wanted:
            took = time.perf_counter() - self._began
            head, _, body = bytes(self._came).partition(_END)
            self._answers.append(Answer(int(head[9:12]), took, body))
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._end.done():
            self._end.set_exception(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        self._came, self._wanted = bytearray(), 0
        asked = next(self._left, None)
        if asked is None:
            self._end.set_result(None)
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(asked)


def _length(head: bytes) -> int:
    """Of the body; an answer without it has none."""
    lines = (line for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH))
    return next((int(line.removeprefix(_LENGTH)) for line in lines), 0)
