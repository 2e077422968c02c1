"""The browser that tests read the pages with: where it is and, when there is none, how to get one.

    python tests/real_browser.py       install a browser if there is none and it can be; `make test` begins with it

Looked for is a Chromium of the system, then the one that Playwright keeps for itself. To install one, Playwright's own
way is tried, then Debian's for whoever is root; what is behind it (mirrors, proxies) is configured as for these tools.
Where neither works, tests in a browser are not run, and the end of the run says so (`tests/conftest.py`). It is tried
again after a day.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no Chromium here: install it with apt-get install chromium, or: playwright install chromium"
PATIENCE = 300.0
A_DAY = 24 * 3600.0
TRIED = Path(__file__).resolve().parent.parent / ".cache" / "no-browser"

Command = Sequence[str]


def of_the_system() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def of_playwright() -> str | None:
    """The one that Playwright has installed for itself."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it starts a process; mostly there is no need

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and Path(path).exists() else None


def found() -> str | None:
    return of_the_system() or of_playwright()


def ways(root: bool, debian: bool) -> list[list[Command]]:
    """In the order they are tried; the commands of one way one after the other."""
    playwright: list[Command] = [(sys.executable, "-m", "playwright", "install", "chromium")]
    install: Command = ("apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium")
    return [playwright, *([[install], [("apt-get", "update", "-q"), install]] if root and debian else [])]


def obtained(
    look: Callable[[], str | None], tries: Iterable[Sequence[Command]], patience: float = PATIENCE
) -> str | None:
    """The browser, there already or installed in one of these ways; None when none of them brought one."""
    if path := look():
        return path
    for way in tries:
        if all(_done(command, patience) for command in way) and (path := look()):
            return path
    return None


def _done(command: Command, patience: float) -> bool:
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=os.environ | quiet,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=patience,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def tried_lately(note: Path, now: float) -> bool:
    """Whether it came to nothing within the last day."""
    return note.exists() and now - note.stat().st_mtime < A_DAY


def main(
    look: Callable[[], str | None] = found, tries: Sequence[Sequence[Command]] | None = None, note: Path = TRIED
) -> int:
    """Never a failure: what is missing is said at the end of the tests."""
    if look():
        note.unlink(missing_ok=True)
    elif not tried_lately(note, time.time()):
        print("bangiao: installing a browser for the tests", file=sys.stderr, flush=True)
        all_ways = ways(os.geteuid() == 0, shutil.which("apt-get") is not None) if tries is None else tries
        if obtained(look, all_ways) is None:
            note.parent.mkdir(exist_ok=True)
            note.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
