"""Everything that runs, as one context: the Prefect server (unless one is given), the workers with their relay, the
sender of notices, the pages, and the watch over them all."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bangiao.i18n import _
from bangiao.settings import Settings, child_environment
from bangiao.web_address import known_web_address
from checklists.errors import HandoverError
from flows.engine.prefect_server import (
    Address,
    choose_address,
    client_environment,
    home,
    is_healthy,
    server_environment,
    write_address,
)
from flows.engine.processes import Child, ProcessTree

SERVER_WITHIN = 120.0

Say = Callable[[str], None]


class AlreadyRunning(HandoverError):
    """Another process ({pid}) already runs bangiao in {folder}. Stop that one, or choose another BANGIAO_DATA_DIR."""


class ServerNotReady(HandoverError):
    """The Prefect server did not answer within {seconds:.0f} seconds. Its log says why: {log}"""


class PagesNotReady(HandoverError):
    """The pages are not served. Their log says why: {log}"""


@dataclass(frozen=True)
class Stack:
    """What is running. `address` is None when the server is somebody else's (setting prefect_api_url)."""

    settings: Settings
    tree: ProcessTree
    workers: tuple[Child, ...]
    sender: Child
    watch: Child
    web: Child
    server: Child | None
    address: Address | None

    def wait_until_ready(self, say: Say | None = None, stopped: Callable[[], bool] = lambda: False) -> float:
        """Wait for the server's health and the pages (or until `stopped`); gives the seconds it took. Raises
        ServerNotReady, PagesNotReady."""
        began = time.monotonic()
        while self.address and self.server and not stopped() and not is_healthy(self.address):
            waited = time.monotonic() - began
            if waited > SERVER_WITHIN:
                raise ServerNotReady(seconds=waited, log=self.server.log)
            if say:
                say(_("The Prefect server is starting ({seconds:.0f} s)").format(seconds=waited))
            time.sleep(0.1)
        self._wait_for_pages(began + SERVER_WITHIN, stopped)
        return time.monotonic() - began

    @property
    def pages(self) -> str:
        """Where the pages are, once they are; "" before."""
        said = known_web_address(self.settings)
        return said.url if said and said.pid == self.web.pid else ""

    def _wait_for_pages(self, until: float, stopped: Callable[[], bool]) -> None:
        while not self.pages and not stopped():
            if time.monotonic() > until:
                raise PagesNotReady(log=self.web.log)
            time.sleep(0.1)


@contextmanager
def running_stack(settings: Settings, *, workers: int = 1, say: Say = lambda _line: None) -> Iterator[Stack]:
    """Start the server, `workers` workers, sender, watch and pages; stop them all at the end: nothing is left.

    Does not wait: the workers wait for the server by themselves, `wait_until_ready` does for you.
    """
    with _alone(settings):
        tree = ProcessTree(say)
        try:
            address = None if settings.prefect_api_url else choose_address(settings)
            server = tree.add(server_child(settings, address)) if address else None
            if address and server:
                write_address(settings, Address(address.port, server.pid))
            added = tuple(tree.add(worker_child(settings, number)) for number in range(1, workers + 1))
            sender, watch, web = (tree.add(of(settings)) for of in (sender_child, watch_child, web_child))
            yield Stack(settings, tree, added, sender, watch, web, server, address)
        finally:
            tree.stop()


def server_child(settings: Settings, address: Address) -> Child:
    return Child(
        "prefect-server",
        "flows.engine.server_process",
        (str(address.port),),
        lambda: child_environment(settings, **server_environment(settings)),
        settings.data_dir / "logs" / "prefect-server.log",
    )


def worker_child(settings: Settings, number: int) -> Child:
    return Child(
        f"worker-{number}",
        "flows.engine.worker_process",
        ("--lifeline",),
        lambda: child_environment(settings, **client_environment(settings)),
        settings.data_dir / "logs" / f"worker-{number}.log",
    )


def sender_child(settings: Settings) -> Child:
    """Sends notices; it needs no Prefect."""
    return Child(
        "sender",
        "flows.engine.sender_process",
        ("--lifeline",),
        lambda: child_environment(settings),
        settings.data_dir / "logs" / "sender.log",
    )


def watch_child(settings: Settings) -> Child:
    """Looks whether all of this does its work; it needs none of it."""
    return Child(
        "watch",
        "flows.engine.watch_process",
        ("--lifeline",),
        lambda: child_environment(settings),
        settings.data_dir / "logs" / "watch.log",
    )


def web_child(settings: Settings) -> Child:
    """The pages; they need none of it, and flows know them by name alone."""
    return Child(
        "web",
        "web",
        ("--lifeline",),
        lambda: child_environment(settings),
        settings.data_dir / "logs" / "web.log",
    )


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One tree per data directory: two servers on one SQLite file of Prefect's would harm each other."""
    with (home(settings) / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise AlreadyRunning(pid=lock.read().strip() or "?", folder=settings.data_dir) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
