"""Our process tree: the Prefect server and the workers as children that stop with us, and start again when they die.

Children lead sessions of their own (Ctrl-C reaches only us), hold the read end of a pipe whose other end we hold
(`bangiao.lifeline`), and are stopped by their own process numbers: workers first, the server last.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bangiao.i18n import _

LARGEST_LOG = 20_000_000
STOP_WITHIN = 15.0
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0


@dataclass
class Child:
    """One process of ours, and how to start it again."""

    name: str
    module: str
    arguments: tuple[str, ...]
    environment: Callable[[], Mapping[str, str]]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments],
                env=dict(self.environment()),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def stop(self) -> None:
        """Ask it to stop, wait, and make sure: nothing of its process group is left.

        One that has ended by itself has given its number back, and the number may be somebody else's by now.
        """
        if not self.process:
            return
        if self.alive:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_WITHIN)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def pause_before_restart(self) -> float:
        """Seconds: at once after a steady life, longer with each early death."""
        self.failures = 0 if time.monotonic() - self.started_at > STEADY_AFTER else self.failures + 1
        return min(0.5 * 2.0**self.failures, LONGEST_PAUSE) if self.failures else 0.0


@dataclass
class ProcessTree:
    """Children in the order they start; they stop in the reverse order. `say` gets a line for people."""

    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _watches: list[threading.Thread] = field(default_factory=list)

    def add(self, child: Child) -> Child:
        """Start the child, and from now on start it again when it ends by itself."""
        child.start()
        self.children.append(child)
        watch = threading.Thread(target=self._watch, args=(child,), name=f"watch {child.name}", daemon=True)
        self._watches.append(watch)
        watch.start()
        return child

    def _watch(self, child: Child) -> None:
        while not self._stopping.wait(0.2):
            if child.alive:
                continue
            pause = child.pause_before_restart()
            ended = child.process.returncode if child.process else None
            line = _("{name} ended by itself (code {code}); it starts again in {seconds:.0f} s. Its log: {log}")
            self.say(line.format(name=child.name, code=ended, seconds=pause, log=child.log))
            if not self._stopping.wait(pause):
                child.start()

    def stop(self) -> None:
        self._stopping.set()
        for watch in self._watches:
            watch.join()
        for child in reversed(self.children):
            child.stop()
