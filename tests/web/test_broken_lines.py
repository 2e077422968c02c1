"""Uploads over a real line that breaks, never ends or says something else than it sends: nothing stays behind."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from lead_forms import events, photo
from real_server import RealServer
from web_office import LEAD, WebOffice

from bangiao.sign_in import begin_session
from bangiao.wiring import Wiring
from web.body_limit import MEGABYTE
from web.guard import form_token

MOSTLY_EMBEDDED = True

BOUNDARY = "xx"


@pytest.fixture
def served(office: WebOffice, wiring: Wiring) -> Iterator[RealServer]:
    """The office on a port, where a file may have one megabyte."""
    server = RealServer(Wiring(replace(wiring.settings, evidence_max_mb=1), wiring.engine, wiring.clock))
    server.start()
    yield server
    server.stop()


def part(content: bytes) -> bytes:
    head = 'Content-Disposition: form-data; name="files"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return f"--{BOUNDARY}\r\n{head}".encode() + content


def request(server: RealServer, step: int, token: str, length: int) -> bytes:
    """The head of an upload that says it is this long."""
    lines = [
        f"POST /steps/{step}/attach HTTP/1.1",
        f"Host: localhost:{server.port}",
        f"Cookie: bangiao={token}",
        f"X-Form-Token: {form_token(token)}",
        "Sec-Fetch-Site: same-origin",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {length}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def left_over(wiring: Wiring) -> list[str]:
    return [file.name for file in (wiring.settings.evidence_folder / "incoming").rglob("*") if file.is_file()]


def answers(server: RealServer) -> bool:
    return httpx.get(f"{server.base}/sign-in").status_code == 200


@pytest.mark.parametrize("cut_after", [0, 10, 300_000])
def test_a_line_that_breaks_leaves_nothing_behind(
    office: WebOffice, served: RealServer, wiring: Wiring, cut_after: int
) -> None:
    token = begin_session(wiring, LEAD, "link", "phone").token
    before, content = events(wiring, office.step), part(photo(9) + b"\0" * 600_000)
    with socket.create_connection(("localhost", served.port), timeout=10) as line:
        line.sendall(request(served, office.step, token, len(content) + 50) + content[:cut_after])
        time.sleep(0.2)
    assert answers(served)
    assert events(wiring, office.step) == before
    assert left_over(wiring) == []


def test_a_file_that_never_ends_is_refused_at_the_limit(office: WebOffice, served: RealServer, wiring: Wiring) -> None:
    """It does not say how long it is; a form with evidence may have five megabytes here."""
    token = begin_session(wiring, LEAD, "link", "phone").token
    before = events(wiring, office.step)

    def endless() -> Iterator[bytes]:
        yield part(photo(9))
        for _ in range(30):
            yield b"\0" * MEGABYTE

    headers = {
        "x-form-token": form_token(token),
        "sec-fetch-site": "same-origin",
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    try:
        status = httpx.post(
            f"{served.base}/steps/{office.step}/attach",
            content=endless(),
            headers=headers,
            cookies={"bangiao": token},
            timeout=30,
        ).status_code
    except httpx.TransportError:
        status = 413  # the line was closed while it was still sending
    assert status == 413
    assert answers(served)
    assert events(wiring, office.step) == before
    assert left_over(wiring) == []
