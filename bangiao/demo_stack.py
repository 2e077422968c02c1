"""`bangiao up` beside the demonstration, as a person would start it in another terminal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
def stack_beside(settings: Settings) -> Iterator[RunningStack]:
    """Start it, and stop it at the end of the block with everything it started."""
    log = settings.data_dir / "up.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "bangiao.cli", "up"],
            env=child_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
        )
    try:
        yield RunningStack(process, log)
    finally:
        process.terminate()
        process.wait(_STOPS_WITHIN)
