"""Live numbers through a real server: they come, they end, they come back; and nobody gets more than is theirs."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import uvicorn
from browsing import Pages
from offices import appoint, do
from sqlalchemy import text
from web_office import FOREIGN_UNIT, LEAD, PEOPLE, WebOffice

from bangiao.sign_in import begin_session, sign_out
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.steps import Act
from db.session import begin_write
from web.app import create_app
from web.machines.live import OF_ONE_PERSON, Live, Pace
from web.server import Server

MOSTLY_EMBEDDED = True

QUICK = Pace(look=0.05, ask=0.2, alive=0.3)
COMMITTEE = PEOPLE[PersonRole.COMMITTEE]


@dataclass
class Serving:
    """The pages behind a socket."""

    wiring: Wiring
    app: Any
    server: Server
    thread: Thread

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"

    def cookies(self, account: str) -> dict[str, str]:
        return {self.app.state.cookie: begin_session(self.wiring, account, "link").token}

    def until(self, condition: Any, within: float = 40) -> bool:
        """Long enough for numbers that were slow to count, and are therefore kept for a while."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.02)
        return False


@pytest.fixture
def serving(office: WebOffice) -> Iterator[Serving]:
    app = create_app(office.wiring)
    app.state.live = Live(office.wiring, QUICK)
    server = Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=10), app)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    made = Serving(office.wiring, app, server, thread)
    assert made.until(lambda: server.started)
    yield made
    server.handle_exit(signal.SIGTERM, None)
    thread.join(10)


@dataclass
class Watching:
    """A browser's EventSource: what came, read by a thread."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    ended: Event = field(default_factory=Event)
    leave: Event = field(default_factory=Event)

    def told(self) -> list[dict[str, Any]]:
        """Each `numbers` as a document."""
        data = [line.removeprefix("data: ") for line in self.lines if line.startswith("data: ")]
        return [json.loads(one) for one in data if one.startswith("{")]

    @property
    def ids(self) -> list[str]:
        return [line.removeprefix("id: ") for line in self.lines if line.startswith("id: ")]


@contextmanager
def watching(
    serving: Serving, cookies: dict[str, str], path: str = "/live/cockpit", **headers: str
) -> Iterator[Watching]:
    seen = Watching()

    def read() -> None:
        sent = {"accept": "text/event-stream"} | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with (
                httpx.Client(base_url=serving.base, cookies=cookies, timeout=20) as client,
                client.stream("GET", path, headers=sent) as answer,
            ):
                seen.headers = dict(answer.headers)
                seen.status = answer.status_code
                for line in answer.iter_lines():
                    seen.lines.append(line)
                    if seen.leave.is_set():
                        return
        except httpx.HTTPError:
            seen.lines.append("(broken)")
        finally:
            seen.ended.set()

    thread = Thread(target=read, daemon=True)
    thread.start()
    assert serving.until(lambda: seen.status)
    yield seen
    seen.leave.set()
    thread.join(5)


def work(office: WebOffice) -> None:
    """Something happens, a while later."""
    office.wiring.clock.advance(minutes=1)  # type: ignore[attr-defined]
    do(office.wiring, office.step, Act.CANCEL, COMMITTEE, reason="không phải làm nữa")


def test_numbers_change_without_a_reload_and_say_nothing_while_nothing_happens(
    office: WebOffice, serving: Serving
) -> None:
    with watching(serving, serving.cookies(COMMITTEE)) as seen:
        assert seen.headers["content-type"].startswith("text/event-stream")
        assert seen.headers["cache-control"] == "no-store"
        assert seen.headers["x-accel-buffering"] == "no"
        assert serving.until(lambda: len(seen.told()) == 1)
        assert serving.until(lambda: ": ping" in seen.lines)
        assert len(seen.told()) == 1
        first = seen.told()[0]
        page = httpx.get(f"{serving.base}/cockpit", cookies=serving.cookies(COMMITTEE)).text
        for name in ("overdue", "soon", "submitted", "untouched", "blocked"):
            assert f'data-live="number-{name}">{first["text"][f"number-{name}"]}</strong>' in page
        work(office)
        assert serving.until(lambda: len(seen.told()) == 2)
        assert seen.told()[1]["text"]["settled"] != first["text"]["settled"]


def test_whoever_comes_back_gets_only_what_is_new(office: WebOffice, serving: Serving) -> None:
    cookies = serving.cookies(COMMITTEE)
    with watching(serving, cookies) as seen:
        assert serving.until(lambda: seen.ids)
        (last,) = seen.ids
        assert any(line.startswith("retry: ") and 2000 <= int(line[7:]) <= 8000 for line in seen.lines)
    with watching(serving, cookies, last_event_id=last) as again:
        assert serving.until(lambda: ": ping" in again.lines)
        assert again.told() == []
        work(office)
        assert serving.until(lambda: len(again.told()) == 1)
        assert again.ids != [last]


@pytest.mark.parametrize("how", ["signed out", "idle", "no role"])
def test_a_stream_ends_when_its_person_may_not_see_this_any_more(office: WebOffice, serving: Serving, how: str) -> None:
    with watching(serving, serving.cookies(COMMITTEE)) as seen:
        assert serving.until(lambda: len(seen.told()) == 1)
        if how == "signed out":
            sign_out(office.wiring, COMMITTEE)
        elif how == "idle":
            office.wiring.clock.advance(minutes=31)  # type: ignore[attr-defined]
        else:
            with begin_write(office.wiring.engine) as connection:
                connection.execute(text("DELETE FROM assignment WHERE person = :one"), {"one": COMMITTEE})
        assert seen.ended.wait(8)
        assert "event: over" in seen.lines
        assert serving.until(lambda: serving.app.state.live.watched == 0)


def test_everybody_gets_the_numbers_of_their_own_reach(office: WebOffice, serving: Serving) -> None:
    stranger = appoint(office.wiring, "xa-khac", PersonRole.UNIT_LEAD, FOREIGN_UNIT)
    with watching(serving, serving.cookies(stranger)) as far, watching(serving, serving.cookies(LEAD)) as near:
        assert serving.until(lambda: far.told() and near.told())
        work(office)
        assert serving.until(lambda: len(near.told()) == 2)
        assert len(far.told()) == 1, "nothing of theirs has changed"
        assert "0/0" in far.told()[0]["text"]["settled"]


def test_one_person_has_so_many_streams_and_no_more_and_leaving_makes_room(serving: Serving) -> None:
    cookies = serving.cookies(COMMITTEE)
    with watching(serving, cookies), watching(serving, cookies), watching(serving, cookies):
        with watching(serving, cookies):
            assert serving.until(lambda: serving.app.state.live.watched == OF_ONE_PERSON)
            refused = httpx.get(
                f"{serving.base}/live/cockpit", cookies=cookies, headers={"accept": "text/event-stream"}
            )
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
        assert serving.until(lambda: serving.app.state.live.watched < OF_ONE_PERSON)


def test_while_nobody_does_anything_no_connection_is_held(serving: Serving) -> None:
    with watching(serving, serving.cookies(COMMITTEE)) as seen:
        assert serving.until(lambda: ": ping" in seen.lines)
        held = [serving.wiring.engine.pool.checkedout() for _ in range(40) if not time.sleep(0.01)]  # type: ignore
        assert held.count(0) > 20


def test_the_server_stops_at_once_although_somebody_watches(serving: Serving) -> None:
    with watching(serving, serving.cookies(COMMITTEE)) as seen:
        assert serving.until(lambda: seen.told())
        began = time.monotonic()
        serving.server.handle_exit(signal.SIGTERM, None)
        serving.thread.join(8)
        assert not serving.thread.is_alive()
        assert time.monotonic() - began < 3
        assert seen.ended.wait(2)
        assert "event: over" not in seen.lines, "browsers come back when it is there again"
        assert "(broken)" not in seen.lines


def test_how_far_an_opening_is_can_be_watched_by_those_it_concerns(office: WebOffice, serving: Serving) -> None:
    with watching(serving, serving.cookies(COMMITTEE), f"/live/opening/{office.decision}") as seen:
        assert serving.until(lambda: seen.told())
        assert seen.told()[0]["done"] is True
    stranger = serving.cookies(office.foreigners[PersonRole.COMMITTEE])
    elsewhere = httpx.get(
        f"{serving.base}/live/opening/{office.decision}", cookies=stranger, headers={"accept": "text/event-stream"}
    )
    assert elsewhere.status_code == 404


def test_asked_for_without_a_stream_the_numbers_are_told_once(office: WebOffice, pages: Pages) -> None:
    answer = pages.signed_in(COMMITTEE).get("/live/cockpit")
    assert answer.headers["content-type"].startswith("application/json")
    assert set(answer.json()["text"]) >= {"number-overdue", "settled"}


def test_pages_work_without_it_and_carry_what_it_needs(office: WebOffice, pages: Pages) -> None:
    browser = pages.signed_in(COMMITTEE)
    for path in ("/cockpit", "/cockpit/units", "/cockpit/matrix"):
        shown = browser.get(path).text
        assert 'data-live-from="/live/cockpit"' in shown
        assert "data-live-newer" in shown
        assert "live.js" in shown
