"""Serving the pages: uvicorn on loopback, behind the office's own TLS proxy."""

from __future__ import annotations

import gc

import uvicorn

from bangiao.wiring import Wiring
from web.app import create_app

_THRESHOLDS = (50_000, 50, 100)
"""The cyclic collector is what the slowest answers wait for; what is there at the start is left alone for good."""


def serve(wiring: Wiring, host: str, port: int) -> None:
    """Serve until stopped."""
    app = create_app(wiring)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, proxy_headers=True)
