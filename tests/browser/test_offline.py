"""A unit lead in a cellar without a network: what was done there arrives once, and what is refused is not lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from real_server import RealServer
from sqlalchemy import select
from web_office import LEAD, WebOffice

from bangiao.sign_in import begin_session
from bangiao.wiring import Wiring
from checklists.steps import StepState
from db.models import ChecklistRow, EventRow, StepRow
from db.session import begin_read

Opened = Callable[[str], BrowserContext]
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
KEPT = re.compile("Đã lưu trên thiết bị này")


def photo(number: int) -> dict[str, Any]:
    return {"name": f"ảnh {number}.jpg", "mimeType": "image/jpeg", "buffer": PHOTO + bytes([number]) + b"\xff\xd9"}


@pytest.fixture
def steps(office: WebOffice) -> list[int]:
    """Three that the lead may complete now."""
    ready = select(StepRow.id).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
    with begin_read(office.wiring.engine) as connection:
        query = ready.where(ChecklistRow.unit == office.unit, StepRow.state == StepState.READY)
        return list(connection.scalars(query.order_by(StepRow.id).limit(3)))


@pytest.fixture
def page(phone: Opened, server: RealServer, office: WebOffice) -> Page:
    """The unit's page on the lead's phone, with the service worker in charge of it."""
    page = phone(LEAD).new_page()
    page.goto(f"{server.base}/units/{office.unit}")
    for _ in range(200):
        if page.evaluate("async () => !!(await caches.match('/outbox')) && !!(await caches.match(location.pathname))"):
            return page
        page.wait_for_timeout(50)
    raise AssertionError("the service worker kept nothing")


def complete(page: Page, server: RealServer, step: int, *files: dict[str, Any]) -> None:
    """Open the step, choose photos, and complete it."""
    page.goto(f"{server.base}/steps/{step}")
    page.set_input_files("#complete-files", list(files))
    page.click("form[action$='/complete'] button.main")


def go_offline(page: Page, server: RealServer) -> None:
    page.context.set_offline(True)
    server.stop()


def come_back(page: Page, server: RealServer) -> None:
    """There is a network again, and somebody looks at the page."""
    server.start()
    page.context.set_offline(False)
    page.reload()


def on_record(wiring: Wiring, step: int) -> list[tuple[str, dict[str, Any]]]:
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.type, EventRow.payload).where(EventRow.step_id == step)
        rows = connection.execute(query.order_by(EventRow.occurred_at, EventRow.id))
        return [(row.type, json.loads(row.payload)) for row in rows]


def completions(wiring: Wiring, step: int) -> list[dict[str, Any]]:
    return [said for kind, said in on_record(wiring, step) if kind in {"step.completed", "step.submitted"}]


def wait_for_completion(page: Page, wiring: Wiring, step: int) -> None:
    for _ in range(200):
        if completions(wiring, step):
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never arrived")


def queue(page: Page) -> Any:
    return page.locator("#queue [role=status]")


def test_three_completions_made_without_a_network_arrive_once_each(
    page: Page, server: RealServer, office: WebOffice, steps: list[int]
) -> None:
    for step in steps:
        page.goto(f"{server.base}/steps/{step}")
    go_offline(page, server)
    for number, step in enumerate(steps, start=1):
        complete(page, server, step, photo(number))
        expect(page.get_by_text(KEPT)).to_be_visible()
        expect(page.locator("#saved")).to_contain_text("bản lưu lúc")
    page.reload()
    expect(queue(page)).to_have_text("3 việc chờ gửi")
    assert [completions(server.wiring, step) for step in steps] == [[], [], []]
    page.goto(f"{server.base}/outbox")
    expect(page.locator("[data-part=waiting] li")).to_have_count(3)
    come_back(page, server)
    for step in steps:
        wait_for_completion(page, server.wiring, step)
    expect(page.locator("#queue")).to_be_hidden()
    for number, step in enumerate(steps, start=1):
        [said] = completions(server.wiring, step)
        assert [one["name"] for one in said["attached"]] == [f"ảnh {number}.jpg"]
        assert said["made_at"], "when it was given on the phone stands beside when it arrived"


def test_an_answer_that_was_lost_on_the_way_leads_to_no_second_event(
    page: Page, server: RealServer, steps: list[int]
) -> None:
    """The order is carried out, and the line breaks before the phone hears of it."""

    def lost(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort()

    page.context.route("**/complete", lost)
    complete(page, server, steps[0], photo(1))
    expect(page.get_by_text(KEPT)).to_be_visible()
    assert len(completions(server.wiring, steps[0])) == 1
    page.context.unroute("**/complete")
    page.click("#queue button")
    expect(page.locator("#queue")).to_be_hidden()
    assert len(completions(server.wiring, steps[0])) == 1
    page.goto(f"{server.base}/outbox")
    expect(page.locator("[data-none]")).to_be_visible()


def test_what_is_refused_waits_for_its_person_and_is_never_dropped(
    page: Page, server: RealServer, steps: list[int]
) -> None:
    page.goto(f"{server.base}/steps/{steps[0]}")
    go_offline(page, server)
    complete(page, server, steps[0], {"name": "trang.html", "mimeType": "text/html", "buffer": b"<p>x</p>"})
    expect(page.get_by_text(KEPT)).to_be_visible()
    come_back(page, server)
    expect(queue(page)).to_have_text("1 việc cần xử lý")
    page.goto(f"{server.base}/outbox")
    refused = page.locator("[data-part=refused] li")
    expect(refused).to_contain_text("trang.html")
    refused.get_by_role("button", name="Gửi lại").click()
    expect(refused).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.dismiss())
    refused.get_by_role("button", name="Bỏ").click()
    expect(refused).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    refused.get_by_role("button", name="Bỏ").click()
    expect(refused).to_have_count(0)
    assert completions(server.wiring, steps[0]) == []


def test_with_a_network_the_form_leads_to_its_receipt_and_a_refusal_to_itself(
    page: Page, server: RealServer, steps: list[int]
) -> None:
    complained: list[str] = []
    page.on("console", lambda said: complained.append(said.text) if "Content Security" in said.text else None)
    page.goto(f"{server.base}/steps/{steps[0]}")
    page.fill("#complete-note", "ghi chú còn đây")
    page.fill("#complete-link", "javascript:alert(1)")
    page.click("form[action$='/complete'] button.main")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#complete-note")).to_have_value("ghi chú còn đây")
    page.fill("#complete-link", "https://bangiao.example/bien-ban")
    page.click("form[action$='/complete'] button.main")
    expect(page.locator(".receipt")).to_contain_text("Đã ghi nhận")
    expect(page.locator("#queue")).to_be_hidden()
    assert len(completions(server.wiring, steps[0])) == 1
    assert complained == []


def test_a_page_never_seen_says_so_and_what_can_be_read(page: Page, server: RealServer, steps: list[int]) -> None:
    page.goto(f"{server.base}/steps/{steps[0]}")
    go_offline(page, server)
    page.goto(f"{server.base}/steps/{steps[1]}")
    expect(page.locator("h1")).to_have_text("Không có kết nối mạng")
    expect(page.locator("#seen-pages a")).to_have_count(2)


def test_signing_out_with_something_unsent_asks_first(page: Page, server: RealServer, steps: list[int]) -> None:
    page.goto(f"{server.base}/steps/{steps[0]}")
    go_offline(page, server)
    complete(page, server, steps[0], photo(1))
    expect(page.get_by_text(KEPT)).to_be_visible()
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.evaluate("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    expect(queue(page)).to_have_text("1 việc chờ gửi")
    page.wait_for_timeout(100)
    assert len(asked) == 1


def test_a_session_that_ended_meanwhile_loses_nothing(page: Page, server: RealServer, steps: list[int]) -> None:
    page.goto(f"{server.base}/steps/{steps[0]}")
    go_offline(page, server)
    complete(page, server, steps[0], photo(1))
    expect(page.get_by_text(KEPT)).to_be_visible()
    page.context.clear_cookies()
    server.start()
    page.context.set_offline(False)
    page.click("#queue button")
    expect(queue(page)).to_contain_text("hãy đăng nhập để gửi")
    assert completions(server.wiring, steps[0]) == []
    token = begin_session(server.wiring, LEAD, "link", "phone").token
    page.context.add_cookies([{"name": "bangiao", "value": token, "url": server.base}])
    page.click("#queue button")
    expect(page.locator("#queue")).to_be_hidden()
    assert len(completions(server.wiring, steps[0])) == 1
