"""A mail server of the demonstration's own: it listens on this machine only and keeps what arrives.

bangiao's sender → SMTP → **here** → letters, read as their reader would, and one .eml file each beside the
demonstration's database. The same server that tests use (aiosmtpd), loaded only when it is wanted.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as its reader sees it; `file` holds it as it came."""

    sender: str
    to: str
    subject: str
    text: str
    urgent: bool
    file: Path


class LetterBox:
    """What arrived. aiosmtpd calls `handle_DATA` in a thread of its own; a list is safe to append to."""

    def __init__(self, folder: Path) -> None:
        self.port = 0
        self.folder = folder
        self._raw: list[bytes] = []
        self._read = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self._raw.append(envelope.content)
        return "250 2.0.0 OK"

    def arrived(self) -> tuple[Letter, ...]:
        """What came since this was last asked."""
        new = self._raw[self._read :]
        letters = tuple(self._kept(place, raw) for place, raw in enumerate(new, self._read + 1))
        self._read += len(new)
        return letters

    def _kept(self, place: int, raw: bytes) -> Letter:
        file = self.folder / f"{place:03}.eml"
        file.write_bytes(raw)
        message = message_from_bytes(raw, policy=policy.default)
        body = message.get_body(("plain",))
        text = body.get_content().replace("\r\n", "\n") if body else ""
        header = {name: str(message[name] or "") for name in ("From", "To", "Subject")}
        urgent = message["Importance"] == "high"
        return Letter(header["From"], header["To"], header["Subject"], text.strip(), urgent, file)


@contextmanager
def letter_box(folder: Path) -> Iterator[LetterBox]:
    """A server on a free port of this machine until the end of the block; letters are kept in `folder`."""
    from aiosmtpd.controller import Controller  # noqa: PLC0415 - a fifth of a second that only this needs

    folder.mkdir(parents=True, exist_ok=True)
    box = LetterBox(folder)
    listener = socket.create_server((LOOPBACK, 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does so for sockets it made itself

    class OnOurSocket(Controller):  # type: ignore[misc, unused-ignore]
        """aiosmtpd wants the number of a port; a port that is ours already cannot be taken meanwhile."""

        def _create_server(self) -> Any:
            return self.loop.create_server(self._factory_invoker, sock=listener)

    box.port = listener.getsockname()[1]
    controller = OnOurSocket(box, hostname=LOOPBACK, port=box.port, server_hostname="thu.bangiao.example")
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
