"""`bangiao up` beside the demonstration, as a person would start it in another terminal.

It holds the other end of a pipe of ours and ends when we do, also when we are killed; its own children hold on to it
in the same way. It leads a session of its own, so that Ctrl-C reaches only us and we stop it in order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bangiao.settings import Settings, child_environment
from checklists.errors import HandoverError

_STOPS_WITHIN = 60.0


class StackEnded(HandoverError):
    """bangiao up ended by itself (exit code {code}). Its last words are in {log}."""


class RunningStack:
    """The process tree of `bangiao up`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def must_run(self) -> None:
        """Raises StackEnded when it does not run any more."""
        code = self._process.poll()
        if code is not None:
            raise StackEnded(code=code, log=str(self._log))


@contextmanager
def stack_beside(settings: Settings, stops_within: float = _STOPS_WITHIN) -> Iterator[RunningStack]:
    """Start it, and stop it at the end of the block with everything it started."""
    log = settings.data_dir / "up.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "bangiao.cli", "up", "--lifeline"],
            env=child_environment(settings),
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
    try:
        yield RunningStack(process, log)
    finally:
        _stop(process, stops_within)


def _stop(process: subprocess.Popen[bytes], within: float) -> None:
    """Politely, then for certain, also when the wait itself is interrupted."""
    try:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(within)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdin:
            process.stdin.close()
