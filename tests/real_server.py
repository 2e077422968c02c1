"""The pages behind a real socket: uvicorn in a thread, on a port that the system gives and that a restart keeps."""

from __future__ import annotations

import time
from threading import Thread

import uvicorn

from bangiao.wiring import Wiring
from web.app import create_app

_PATIENCE = 20.0


class RealServer:
    """Stopped and started again, it is the same address."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: Thread | None = None

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        config = uvicorn.Config(
            create_app(self.wiring),
            host="localhost",
            port=self.port,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + _PATIENCE
        while not self._server.started:
            if time.monotonic() > until or not self._thread.is_alive():
                raise AssertionError("the server did not start")
            time.sleep(0.02)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(_PATIENCE)
            self._server = self._thread = None
