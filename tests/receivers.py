"""Real servers on loopback that notices are sent to: SMTP by aiosmtpd, HTTP by threads, and one that only hangs.

Each listens on a port of its own and keeps what it received. How it behaves is chosen when it starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as SmtpServer
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"


@dataclass
class Mailbox:
    """What an SMTP server does with a letter; `letters` are the accepted ones, as sent."""

    recipient_answer: str = ""
    data_answer: str = "250 OK: queued"
    pause: float = 0.0
    drop_after_data: bool = False
    letters: list[tuple[str, str, bytes]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    password: str = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.data_answer.startswith("2"):
            self.letters.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.content))
        if self.drop_after_data:
            server.transport.abort()
        return self.data_answer

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        login = data.login.decode(), data.password.decode()
        self.logins.append(login)
        return AuthResult(success=login[1] == self.password, handled=False)

    def messages(self) -> list[EmailMessage]:
        """No property: aiosmtpd reads every attribute at every connection."""
        return [message_from_bytes(raw, policy=policy.default) for _, _, raw in self.letters]  # type: ignore[misc]


@dataclass(frozen=True)
class Listening:
    """Where a receiver listens."""

    port: int
    host: str = LOOPBACK

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def smtp_server(mailbox: Mailbox, certificate: Path | None = None, *, implicit: bool = False) -> Iterator[Listening]:
    """With a certificate it offers STARTTLS and demands it (`implicit`: speaks TLS from the first byte); with a
    password it demands a login."""
    options: dict[str, Any] = {"hostname": "thu.test", "decode_data": False}
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
    if context and certificate:
        context.load_cert_chain(certificate)
        options |= {} if implicit else {"tls_context": context, "require_starttls": True}
    if mailbox.password:
        needs_starttls = bool(certificate) and not implicit
        options |= {"authenticator": mailbox.authenticate, "auth_required": True, "auth_require_tls": needs_starttls}

    listener = socket.create_server((LOOPBACK, 0), backlog=128)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does so for sockets that it made itself

    class OnOurSocket(Controller):
        """aiosmtpd wants a port's number; a port that is already ours cannot be taken by another test meanwhile."""

        def factory(self) -> SmtpServer:
            return SmtpServer(mailbox, **options)

        def _create_server(self) -> Any:
            return self.loop.create_server(self._factory_invoker, sock=listener, ssl=self.ssl_context)

    encrypted = {"ssl_context": context} if implicit else {}
    controller = OnOurSocket(mailbox, hostname=LOOPBACK, port=listener.getsockname()[1], **encrypted)
    controller.start()
    try:
        yield Listening(controller.port)
    finally:
        controller.stop()


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[BaseHTTPRequestHandler], None]


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Names of headers are written with `_` for `-`."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def raw(words: bytes) -> Behaviour:
    """These bytes, whatever they are, and the end of the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(words)
        handler.close_connection = True

    return answer


@dataclass
class Receiver:
    """Threads that receive POSTs; `behaviour` may change while it runs."""

    behaviour: Behaviour = field(default_factory=lambda: answering(200, b"ok"))
    requests: list[Request] = field(default_factory=list)


@contextmanager
def http_receiver(receiver: Receiver, certificate: Path | None = None) -> Iterator[Listening]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            receiver.requests.append(Request(self.path, dict(self.headers), self.rfile.read(length)))
            with contextlib.suppress(OSError):
                receiver.behaviour(self)

        do_GET = do_POST  # a followed redirect would come as GET

        def log_message(self, *_: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: Any) -> None:
            return  # a client that went away is part of the tests

    server = Server((LOOPBACK, 0), Handler)
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Listening(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def hanging_server(words: bytes = b"", every: float = 0.2) -> Iterator[Listening]:
    """Takes connections and never answers; with `words`, says one byte of them now and then."""
    end = threading.Event()
    listener = socket.create_server((LOOPBACK, 0), backlog=128)
    held: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                held.append(connection)
                if words:
                    threading.Thread(target=drip, args=(connection,), daemon=True).start()

    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for byte in words * 1000:
                if end.wait(every):
                    return
                connection.sendall(bytes([byte]))

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield Listening(listener.getsockname()[1])
    finally:
        end.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in held:
            connection.close()
        thread.join()


def self_signed(folder: Path, host: str = LOOPBACK) -> Path:
    """One PEM file with key and certificate of `host`, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    alternative: x509.GeneralName = x509.DNSName(host)
    if re.fullmatch(r"[\d.]+", host):
        alternative = x509.IPAddress(ipaddress.ip_address(host))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{host}.pem"
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(secret + certificate.public_bytes(encoding))
    return pem
