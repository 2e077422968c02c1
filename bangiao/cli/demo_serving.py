"""`bangiao demo --serve`: the pages on what the demonstration made, until they are stopped; and how to come back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from bangiao.cli.output import command_line, out
from bangiao.demo_people import LoginLink, login_links
from bangiao.demo_place import remember_place
from bangiao.demo_stack import RunningStack, stack_beside
from bangiao.i18n import _, render
from bangiao.web_address import known_web_address
from bangiao.wiring import Wiring
from checklists.people import role_words

_LOOK_EVERY = 0.3


def serve_demo(wiring: Wiring) -> None:
    """Print the three links, and serve until Ctrl-C; whoever closes the window instead finds the place again, too."""
    remember_place(wiring.settings, wiring.now())
    settings = replace(wiring.settings, clock=wiring.now())
    before = known_web_address(settings)
    with suppress(KeyboardInterrupt), stack_beside(settings) as running:
        url = _pages(wiring, running, before.pid if before else 0)
        links_page(login_links(wiring, url))
        out.print(_("Stop with Ctrl-C."))
        while True:
            running.must_run()
            time.sleep(_LOOK_EVERY)


def _pages(wiring: Wiring, running: RunningStack, not_this: int) -> str:
    """Where they are, once they are."""
    while (said := known_web_address(wiring.settings)) is None or said.pid == not_this:
        running.must_run()
        time.sleep(_LOOK_EVERY)
    return said.url


def links_page(links: Sequence[LoginLink]) -> None:
    """Each link on a line of its own, to be clicked or copied."""
    out.print(_("Sign in; each link is good once, within half an hour:"))
    for one in links:
        out.print(f"  {one.name} ({render(role_words(one.role))})")
        command_line(one.address)


def come_back(wiring: Wiring) -> None:
    """How to look around later, with the clock going on from here."""
    file = remember_place(wiring.settings, wiring.now())
    out.print()
    out.print(_("Everything is stopped again. Look around with:"))
    command_line("env", f"BANGIAO_CONFIG={file}", "bangiao", "status")
    command_line("env", f"BANGIAO_CONFIG={file}", "bangiao", "up")
