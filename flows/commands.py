"""`bangiao up`, `worker`, `relay`, `sender` and `watch`. Nothing here imports Prefect: its processes do."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.demo_serving import links_page
from bangiao.cli.output import AsJson, err
from bangiao.cli.watch_page import look_once
from bangiao.demo_people import login_links
from bangiao.demo_place import is_demo_place
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.lifeline import hold_on_to_parent
from bangiao.settings import child_environment, load_settings
from bangiao.wiring import wire
from checklists.errors import BadInput
from flows.engine.prefect_server import client_environment, known_address
from flows.engine.stack import running_stack


class NoServer(BadInput):
    """No Prefect server is known in {folder}. Start one with: bangiao up. Or name yours in BANGIAO_PREFECT_API_URL."""


def up(
    *,
    workers: Annotated[int, Parameter(help=_("How many worker processes."))] = 1,
    lifeline: Annotated[bool, Parameter(show=False, negative=())] = False,
) -> None:
    """With `lifeline`, standard input is a pipe from the process that started this one, and its end is ours."""
    if lifeline:
        hold_on_to_parent()
    wiring = wire()
    if make_ready(wiring):
        err.print(_("The database was set up with the national register."))
    wiring.engine.dispose()
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_ignored: stop.set())
    with running_stack(wiring.settings, workers=workers, say=err.print) as stack:
        with err.status(_("The Prefect server is starting.")) as shown:
            seconds = stack.wait_until_ready(shown.update, stop.is_set)
        if stop.is_set():
            return
        url = stack.address.url if stack.address else wiring.settings.prefect_api_url
        err.print(_("Ready after {seconds:.0f} s: Prefect at {url}").format(seconds=seconds, url=url))
        err.print(_("Pages: {url}").format(url=stack.pages))
        if is_demo_place(wiring.settings):
            links_page(login_links(wiring, stack.pages))
        err.print(_("Logs: {folder}").format(folder=wiring.settings.data_dir / "logs"))
        err.print(_("Stop with Ctrl-C."))
        stop.wait()
        err.print(_("Stopping."))


def worker() -> None:
    """Become a worker of the server that is known here (or named by the settings)."""
    _become()


def relay() -> None:
    """Become a relay without flow runs: for an installation whose workers are Prefect's own."""
    _become("--relay-only")


def sender() -> None:
    """Become the sender of notices, for an installation that has it on a machine of its own."""
    _become_process("flows.engine.sender_process")


def watch(
    *,
    once: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Look once, show what was found, and tell nobody."))
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Become the watch, for an installation that has it on a machine of its own; or look once (3: something found)."""
    if once or as_json:
        return look_once(wire(), as_json)
    _become_process("flows.engine.watch_process")
    return 0


def _become_process(module: str) -> None:
    """Replace this process by one that needs no Prefect."""
    command = [sys.executable, "-m", module]
    os.execve(sys.executable, command, child_environment(load_settings()))  # noqa: S606 - our own interpreter, module


def _become(*arguments: str) -> None:
    """Replace this process: Prefect reads its settings from the environment when it is imported."""
    settings = load_settings()
    if not settings.prefect_api_url and not known_address(settings):
        raise NoServer(folder=settings.data_dir)
    environment = child_environment(settings, **client_environment(settings))
    command = [sys.executable, "-m", "flows.engine.worker_process", *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter and module
