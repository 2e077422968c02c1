"""Serving the pages: uvicorn on loopback, behind the office's own TLS proxy."""

from __future__ import annotations

import gc
import socket
from contextlib import suppress
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from bangiao.web_address import say_web_address
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from web.app import create_app

USUAL_PORT, ANY_PORT = 8000, 0

_THRESHOLDS = (50_000, 50, 100)
"""The cyclic collector is what the slowest answers wait for; what is there at the start is left alone for good."""

_PROXY = ["127.0.0.1", "::1"]
"""Only a proxy on this machine is believed where a request comes from."""

_BACKLOG, _ENDS_WITHIN = 2048, 5


class CannotListen(HandoverError):
    """Nothing can be served at {host}, port {port} ({why}). Choose another port with BANGIAO_WEB_PORT (0: any that is
    free), or stop what is there."""


def serve(wiring: Wiring, door: socket.socket) -> None:
    """Serve there (`listening`) until stopped."""
    serve_app(create_app(wiring), wiring, door)


def serve_app(app: ASGIApp, wiring: Wiring, door: socket.socket) -> None:
    """Another application in the same way."""
    with door:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        say_web_address(wiring.settings, address_of(door))
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=_PROXY,
            timeout_graceful_shutdown=_ENDS_WITHIN,
        )
        Server(config, app).run(sockets=[door])


class Server(uvicorn.Server):
    """Streams that would last as long as their readers end as soon as it is to stop; it waits for everything else."""

    def __init__(self, config: uvicorn.Config, app: ASGIApp) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        live = getattr(getattr(self._app, "state", None), "live", None)
        if live is not None:
            live.stop()
        super().handle_exit(sig, frame)


def listening(host: str, port: int | None) -> socket.socket:
    """Where browsers come to: this port, 0 for any, None for the usual one or, where that is taken, any. Raises
    CannotListen."""
    if port is None:
        with suppress(CannotListen):
            return listening(host, USUAL_PORT)
        return listening(host, ANY_PORT)
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        door = socket.socket(family, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(place)
        door.listen(_BACKLOG)
    except OSError as error:
        raise CannotListen(host=host, port=port, why=error.strerror or str(error)) from error
    return door


def address_of(door: socket.socket) -> str:
    """For a browser on this machine."""
    host, port = door.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
