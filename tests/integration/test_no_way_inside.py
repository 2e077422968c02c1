"""However a URL or a host is written, and whatever a name answers a moment later: a server inside that nobody allowed
sees no connection at all."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from receivers import LOOPBACK, Receiver, answering, http_receiver

from notifiers.channels import Address, Channel, Envelope, Kind, Limits, Outcome, State, Tls
from notifiers.egress import Allowed
from notifiers.masking import Secret
from notifiers.sending import send

NOW = datetime(2025, 7, 4, 2, 30, tzinfo=UTC)
NOTICE = Envelope("notice-77", "Quá hạn", "Bước đã quá hạn.")
LIMITS = Limits(connect=0.5, read=0.5, total=1, schemas=frozenset({"ntfy", "bgzalo", "bgbrand"}))


@dataclass
class Listener:
    """Counts connections, whatever comes over them."""

    port: int
    seen: list[Any] = field(default_factory=list)


@pytest.fixture
def inside() -> Iterator[Listener]:
    """Listens on every address of this machine, of both families where there are both."""
    listener = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) if socket.has_ipv6 else None
    server = listener or socket.create_server(("", 0))
    heard = Listener(server.getsockname()[1])

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, peer = server.accept()
                heard.seen.append(peer)
                connection.close()

    threading.Thread(target=accept, daemon=True).start()
    yield heard
    with contextlib.suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()


HOSTS = """
127.0.0.1 127.0.0.2 127.255.255.254 localhost LOCALHOST localhost. Localhost.localdomain 127.0.0.1. 0.0.0.0 0 127.1
127.0.1 2130706433 0X7F000001 017700000001 0x7f000001 0x7F.0.0.1 0177.0.0.1 0177.0.0.01 0x7f.1 127.0.0x1
00000177.0.0.1 3232235521 10.0.0.1 192.168.0.1 172.16.0.1 169.254.169.254 2852039166 0xa9fea9fe 100.64.0.1
[::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::127.0.0.1]
[64:ff9b::7f00:1] [2002:7f00:1::] [fe80::1] [fc00::1] [fd00:ec2::254] [::ffff:a9fe:a9fe] [::ffff:0:127.0.0.1]
１２７.0.0.1 ①②⑦.0.0.1 127。0。0。1 ⓛocalhost 127%2e0%2e0%2e1 127.0.0.1%00 %31%32%37.0.0.1 localhost%00.vn
user@127.0.0.1 8.8.8.8@127.0.0.1 8.8.8.8:80@127.0.0.1 127.0.0.1# 127.0.0.1\\ 127.0.0.1%23 8.8.8.8#@127.0.0.1
8.8.8.8\\@127.0.0.1 ::1 255.255.255.255 224.0.0.1
""".split()  # noqa: SIM905 - a list of sixty words reads better so


def url_channel(kind: Kind, url: str, **more: Any) -> Channel:
    return Channel("k", "Kênh", kind, secret=Secret("khoa-ky"), url=Secret(url), **more)


VALUES = {"values": {"template_id": "789", "brand": "UBND"}}
FIELDS: dict[str, Callable[[str, int], Outcome]] = {
    "webhook": lambda host, port: sent(url_channel(Kind.WEBHOOK, f"http://{host}:{port}/"), "lan"),
    "webhook-of-a-person": lambda host, port: sent(url_channel(Kind.WEBHOOK, ""), f"http://{host}:{port}/"),
    "gateway": lambda host, port: sent(
        url_channel(Kind.CUSTOM, f"http://{host}:{port}/", schema="bgzalo", options=VALUES), "0912345678"
    ),
    "chat": lambda host, port: sent(url_channel(Kind.CHAT, f"ntfy://{host}:{port}/{{address}}"), "lan"),
    "mail": lambda host, port: sent(
        Channel("m", "Thư", Kind.EMAIL, host.strip("[]"), port, Tls.NONE, sender="bg@hanoi.gov.vn"), "lan@hanoi.gov.vn"
    ),
}


def sent(channel: Channel, address: str, limits: Limits = LIMITS) -> Outcome:
    return send(channel, Address(address), NOTICE, limits, NOW)


def test_there_are_sixty_ways_to_write_it() -> None:
    assert len(set(HOSTS)) >= 60


@pytest.mark.parametrize("way", FIELDS)
def test_no_way_of_writing_a_host_leads_inside(inside: Listener, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[str] = []
    real = socket.socket.connect
    for host in HOSTS:
        tried: list[Any] = []
        monkeypatch.setattr(socket.socket, "connect", _outside_only(real, tried))
        outcome = FIELDS[way](host, inside.port)
        if outcome.state is State.SENT or inside.seen or any(_is_inside(place) for place in tried):
            reached.append(host)
    assert reached == []
    assert inside.seen == []


def _outside_only(real: Callable[..., Any], tried: list[Any]) -> Callable[..., Any]:
    """Nothing leaves this machine in a test: a connection to anywhere else is noted and refused."""

    def connect(self: socket.socket, place: Any) -> Any:
        tried.append(place)
        if _is_inside(place):
            return real(self, place)
        raise ConnectionRefusedError

    return connect


def _is_inside(place: Any) -> bool:
    return not (isinstance(place, tuple) and str(place[0]).startswith("8.8.8.8"))


def answers(*ips: str) -> Callable[..., Any]:
    """A name whose every answer is the next of these, the last for ever."""
    left = list(ips)

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        ip = host if host in ips else left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    return getaddrinfo


@pytest.mark.parametrize("way", FIELDS)
@pytest.mark.parametrize("first", [1, 2], ids=["at-once", "after-another-look"])
def test_a_name_that_answers_differently_a_moment_later_leads_nowhere_inside(
    inside: Listener, way: str, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", answers(*["8.8.8.8"] * first, LOOPBACK))
    monkeypatch.setattr(socket.socket, "connect", _outside_only(socket.socket.connect, tried))
    outcome = FIELDS[way]("thu.example.vn", inside.port)
    assert outcome.state is not State.SENT
    assert inside.seen == []
    assert not any(_is_inside(place) for place in tried)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", ["webhook", "gateway", "chat"])
def test_no_redirect_leads_inside(inside: Listener, status: int, kind: str) -> None:
    receiver = Receiver(answering(status, Location=f"http://127.0.0.1:{inside.port}/"))
    with http_receiver(receiver) as server:
        allowed = Allowed.parse([f"127.0.0.1:{server.port}"])
        url = {"chat": f"ntfy://127.0.0.1:{server.port}/{{address}}"}.get(kind, server.url)
        more = {"schema": "bgzalo", "options": VALUES} if kind == "gateway" else {}
        channel = url_channel(Kind("custom" if kind == "gateway" else kind), url, **more)
        outcome = sent(channel, "0912345678", replace(LIMITS, allowed=allowed))
    assert (len(receiver.requests), inside.seen) == (1, [])
    assert outcome.state is not State.SENT


def test_the_listener_would_have_heard_of_it(inside: Listener) -> None:
    """What is allowed gets through: silence above means refusal."""
    allowed = replace(LIMITS, allowed=Allowed.parse(["127.0.0.0/8"]))
    before = len(inside.seen)
    for number, way in enumerate(
        (
            url_channel(Kind.WEBHOOK, f"http://127.0.0.1:{inside.port}/"),
            url_channel(Kind.CHAT, f"ntfy://127.0.0.1:{inside.port}/{{address}}"),
        ),
        1,
    ):
        sent(way, "lan", allowed)
        assert len(inside.seen) == before + number
