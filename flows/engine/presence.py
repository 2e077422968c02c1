"""Who runs a flow run: a mark (host, process, its start) that Prefect keeps, and whether that process still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def mark() -> str:
    """This process, told apart from a later one with the same number."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def gone(mark: str | None) -> bool:
    """Whether the marked process is known to have ended. False for another host's: we cannot see it."""
    host, _, process = (mark or "").rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not process.isdigit():
        return False
    return _started(int(process)) != (mark or "").rpartition(":")[2]


def _started(process: int) -> str:
    """When the process started (clock ticks, on Linux); '-' where that is not known, '' when it is not there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    try:
        state, *fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return "-"
    return "" if state == "Z" else fields[18]
