"""What a unit lead reads: the unit's steps and what they wait for, a step's surroundings, minutes; and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from browsing import Browser, words
from clocks import SetClock
from lead_forms import events, send
from offices import do, lead_of, step_of
from sqlalchemy import select
from web_office import LEAD, RECEIVER, RECEIVING, WebOffice

from bangiao.succession import move_all_work
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.steps import Act
from db.models import StepRow
from db.session import begin_read
from db.work_models import StepHolderRow
from web.guard import is_form_token

SignedIn = Callable[[str], Browser]


def test_a_unit_reads_its_open_steps_and_on_request_all(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    lan = signed_in(LEAD)
    step = step_of(wiring, f"{office.unit}/NET-01/truoc")
    link = f'href="/steps/{step}"'
    assert link in lan.get(f"/units/{office.unit}").text
    send(lan, step, "complete", {"note": "xong"})
    assert link not in lan.get(f"/units/{office.unit}").text
    assert link in lan.get(f"/units/{office.unit}?show=all").text
    assert lan.get(f"/units/{office.unit}?show=some").status_code == 422


def test_each_step_says_what_it_waits_for_and_from_whom(office: WebOffice, signed_in: SignedIn) -> None:
    page = words(signed_in(RECEIVER).get(f"/units/{RECEIVING}"))
    assert re.search(r"Chờ: (Xã|Phường|Thị trấn|Thành phố) ", page), "another unit's step is named with its unit"
    assert re.search(r"Nhận bàn giao từ: (Xã|Phường|Thị trấn) ", page)


def test_links_lead_only_where_the_reader_may_go(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    receiver, chair = signed_in(RECEIVER), signed_in(office.people[PersonRole.COMMITTEE])
    steps = re.findall(r'href="/steps/(\d+)"', receiver.get(f"/units/{RECEIVING}?show=all").text)
    followed = 0
    for step in steps:
        near = {one for one in re.findall(r'href="/steps/(\d+)"', receiver.get(f"/steps/{step}").text) if one != step}
        for one in near:
            followed += 1
            assert receiver.get(f"/steps/{one}").status_code == 200
    more = sum(len(re.findall(r'href="/steps/(\d+)"', chair.get(f"/steps/{step}").text)) for step in steps)
    assert more > followed


def test_a_step_tells_its_history_in_sentences(office: WebOffice, signed_in: SignedIn) -> None:
    page = words(signed_in(LEAD).get(f"/steps/{office.step}"))
    assert "đã đính kèm minh chứng" in page
    assert "ảnh.png" in page


def test_minutes_are_read_confirmed_and_taken_along(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    lan, receiver = signed_in(LEAD), signed_in(RECEIVER)
    address = f"/minutes/{office.minutes}"
    assert address in lan.get(f"/units/{office.unit}").text
    page = lan.get(address).text
    seen = re.search(r'name="seen" value="(\w{64})"', page)
    assert seen
    assert page.count("/confirm") == 1, "only for the reader's own side"
    wrong = lan.post(f"{address}/confirm", {"side": "giving", "seen": "0" * 64})
    assert wrong.status_code == 422
    assert "đã được ghi nhận" not in words(wrong)
    confirmed = lan.post(f"{address}/confirm", {"side": "giving", "seen": seen[1]})
    assert "Đã ghi nhận xác nhận" in words(lan.follow(confirmed))
    assert "/confirm" not in lan.get(address).text
    assert lan.post(f"{address}/confirm", {"side": "receiving", "seen": seen[1]}).status_code in {409, 422}
    receiver.follow(receiver.post(f"{address}/confirm", {"side": "receiving", "seen": seen[1]}))
    assert "Hai bên đã xác nhận" in words(receiver.get(address))
    pdf = receiver.get(f"{address}/document/pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["content-disposition"].startswith("attachment")
    assert receiver.get(f"{address}/document/docx").content.startswith(b"PK")
    assert receiver.get(f"{address}/document/exe").status_code == 422


def test_a_successor_sees_what_it_took_over_and_from_whom(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, clock: SetClock
) -> None:
    clock.advance(days=40)
    move_all_work(wiring)
    with begin_read(wiring.engine) as connection:
        heir = connection.scalars(select(StepHolderRow.unit).limit(1)).one()
    page = signed_in(office.people[PersonRole.COMMITTEE]).get(f"/units/{heir}")
    assert "Nhận từ" in words(page)
    assert "Nay do" in words(signed_in(office.people[PersonRole.COMMITTEE]).get(f"/units/{office.unit}?show=all"))


def test_a_blocked_step_says_who_can_help(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    from_terminal = {"reason": "mất điện", "unblocker": "điện lực", "expected_on": wiring.today()}
    do(wiring, office.step, Act.BLOCK, lead_of(wiring, office.unit), **from_terminal)
    page = words(signed_in(LEAD).get(f"/steps/{office.step}"))
    assert "điện lực" in page
    assert "mất điện" in page


def test_the_phone_gets_a_worker_a_manifest_and_a_fresh_token(
    office: WebOffice, browse: Browser, signed_in: SignedIn
) -> None:
    worker = browse.get("/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
    manifest = json.loads(browse.get("/manifest.webmanifest").text)
    assert manifest["start_url"] == "/work"
    assert all(browse.get(icon["src"]).status_code == 200 for icon in manifest["icons"])
    assert browse.get("/form-token").status_code == 303
    lan = signed_in(LEAD)
    told = lan.get("/form-token").json()
    assert told["account"] == LEAD
    assert is_form_token(told["token"], lan.session)
    assert "data-account" not in browse.get("/offline").text


def test_whoever_only_reads_is_offered_nothing(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    auditor = signed_in(office.people[PersonRole.AUDITOR])
    page = auditor.get(f"/steps/{office.step}").text
    assert f'action="/steps/{office.step}/' not in page
    before = events(wiring, office.step)
    assert send(auditor, office.step, "start").status_code == 403
    assert events(wiring, office.step) == before


def test_what_can_be_done_now_stands_before_what_waits(
    office: WebOffice, wiring: Wiring, signed_in: Callable[[str], Browser]
) -> None:
    page = signed_in(LEAD).get(f"/units/{office.unit}").text
    shown = [int(one) for one in dict.fromkeys(re.findall(r'href="/steps/(\d+)"', page))]
    with begin_read(wiring.engine) as connection:
        states = dict(connection.execute(select(StepRow.id, StepRow.state)).tuples().all())
        sheets = dict(connection.execute(select(StepRow.id, StepRow.checklist_id)).tuples().all())
    for sheet in set(sheets.values()):
        waits = [states[one] == "waiting" for one in shown if sheets[one] == sheet]
        assert waits == sorted(waits)
    assert len({states[one] for one in shown}) > 1
