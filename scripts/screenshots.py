"""The pictures of the main pages in the READMEs: `docs/pictures/<language>/<name>.webp`.

an office of its own (`pictured_office`) → the real server → Chromium, signed in as each person → pictures. The office,
its clock and the browser's clock are the same every time. Run it with `make screenshots`; `--only cockpit` makes one.

    python scripts/screenshots.py [--only NAME] [--language vi|en]
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import uvicorn  # noqa: E402
from pictured_office import AUDITOR, COMMITTEE, LEAD, NOW, PicturedOffice, make_office  # noqa: E402
from playwright.sync_api import (  # noqa: E402
    Browser,
    BrowserContext,
    FilePayload,
    Page,
    sync_playwright,
)
from real_browser import MISSING, found  # noqa: E402

from bangiao.sign_in import begin_session  # noqa: E402
from web.app import create_app  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
LANGUAGES = ("vi", "en")
LARGEST = 150_000
"""Bytes: a README with ten of them still opens at once."""

PHONE, DESK, TALL = (390, 844), (1280, 860), (1280, 1520)
_QUALITY = 82
_PATIENCE = 30.0
_SAVED_NOW = """async (now) => {
  for (const name of await caches.keys()) {
    const kept = await caches.open(name);
    for (const asked of await kept.keys()) {
      const answer = await kept.match(asked), headers = new Headers(answer.headers);
      headers.set("x-saved", now);
      await kept.put(asked, new Response(await answer.blob(), { status: answer.status, headers }));
    }
  }
}"""
"""The service worker has no clock that we could set: its copies are said to have been saved when the picture is."""

_PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def nothing(_page: Page, _office: PicturedOffice, _offline: Callable[[], None]) -> None:
    """The page as it opens."""


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it; `account` "": nobody is signed in. `before`: what they do there first."""

    name: str
    path: str
    account: str
    size: tuple[int, int]
    before: Callable[[Page, PicturedOffice, Callable[[], None]], None] = nothing


def pictures(office: PicturedOffice) -> list[Picture]:
    """In the order in which they are taken; the last one cuts the line."""
    unit = f"/units/{office.unit}"
    return [
        Picture("cockpit", "/cockpit", COMMITTEE, TALL),
        Picture("units", f"/cockpit/units?province={office.province}&state=overdue", COMMITTEE, DESK),
        Picture("decision", f"/decisions/{office.changed}", COMMITTEE, DESK, _to_changes),
        Picture("unit-lead", unit, LEAD, PHONE),
        Picture("step", f"/steps/{office.step}", LEAD, PHONE),
        Picture("package", f"/packages/{office.package}", AUDITOR, DESK),
        Picture("public", "/public", "", TALL),
        Picture("public-phone", f"/public/{office.province}/{office.unit}", "", PHONE),
        Picture("offline", unit, LEAD, PHONE, _work_offline),
    ]


def _to_changes(page: Page, _office: PicturedOffice, _offline: Callable[[], None]) -> None:
    page.evaluate("document.querySelector('article.change').previousElementSibling.scrollIntoView()")


def _work_offline(page: Page, office: PicturedOffice, offline: Callable[[], None]) -> None:
    """Two steps are completed in a cellar without a network, and the queue is looked at."""
    base = page.url.split("/units/")[0]
    kept = "async () => !!(await caches.match('/outbox')) && !!(await caches.match(location.pathname))"
    steps = (office.step, office.other)
    for path in ("", *(f"/steps/{step}" for step in steps)):
        page.goto(base + path if path else page.url)
        _until(lambda: bool(page.evaluate(kept)))
    page.evaluate(_SAVED_NOW, NOW.isoformat())
    offline()
    for number, step in enumerate(steps, start=1):
        page.goto(f"{base}/steps/{step}")
        page.clock.set_fixed_time(NOW + timedelta(minutes=4 * number))
        photo = FilePayload(name=f"bien-ban-{number}.jpg", mimeType="image/jpeg", buffer=_PHOTO + bytes([number]))
        page.set_input_files("#complete-files", photo)
        page.click("form[action$='/complete'] button.main")
        page.wait_for_timeout(500)
    page.goto(f"{base}/outbox")
    page.wait_for_timeout(500)


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the page was not ready for its picture")
        time.sleep(0.05)


@contextmanager
def served(office: PicturedOffice) -> Iterator[tuple[str, Callable[[], None]]]:
    """The pages on a free port: their address, and how to cut the line."""
    config = uvicorn.Config(create_app(office.wiring), host="localhost", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    _until(lambda: server.started or not thread.is_alive())

    def stop() -> None:
        server.should_exit = True
        thread.join(_PATIENCE)

    try:
        yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}", stop
    finally:
        stop()


def _context(browser: Browser, office: PicturedOffice, base: str, one: Picture, language: str) -> BrowserContext:
    width, height = one.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        timezone_id="Asia/Ho_Chi_Minh",
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.clock.set_fixed_time(NOW)
    context.add_cookies([{"name": "language", "value": language, "url": base}])
    if one.account:
        token = begin_session(office.wiring, one.account, "link", "picture").token
        context.add_cookies([{"name": "bangiao", "value": token, "url": base}])
    return context


def _taken(context: BrowserContext, office: PicturedOffice, base: str, one: Picture, stop: Callable[[], None]) -> bytes:
    page = context.new_page()
    answer = page.goto(base + one.path)
    if answer is None or not answer.ok:
        raise RuntimeError(f"{one.name}: {one.path} answers {answer.status if answer else 'nothing'}")

    def offline() -> None:
        context.set_offline(True)
        stop()

    one.before(page, office, offline)
    devtools = context.new_cdp_session(page)
    said = devtools.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    return base64.b64decode(said["data"])


def shoot(office: PicturedOffice, chromium: str, languages: Sequence[str], only: str = "") -> list[Path]:
    """Take them with this browser; gives the files."""
    made = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for language in languages:
            with served(office) as (base, stop):
                for one in pictures(office):
                    if only not in {"", one.name}:
                        continue
                    with _context(browser, office, base, one, language) as context:
                        taken = _taken(context, office, base, one, stop)
                    made.append(_kept(one.name, language, taken))
        browser.close()
    return made


def _kept(name: str, language: str, taken: bytes) -> Path:
    if len(taken) > LARGEST:
        raise RuntimeError(f"{name} has {len(taken)} bytes, more than {LARGEST}")
    file = FOLDER / language / f"{name}.webp"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(taken)
    return file


def main() -> int:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    asked.add_argument("--only", default="", help="the name of one picture")
    asked.add_argument("--language", choices=LANGUAGES, help="one language; both unless given")
    chosen = asked.parse_args()
    languages = (chosen.language,) if chosen.language else LANGUAGES
    chromium = found()
    if chromium is None:
        print(MISSING, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        print("making the office …", file=sys.stderr)
        office = make_office(Path(scratch))
        for file in shoot(office, chromium, languages, chosen.only):
            print(f"{file.relative_to(ROOT)}  {file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
