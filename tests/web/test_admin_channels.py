"""Channels on the administrator's pages: a secret goes in and never comes out, a trial says what the server said."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
from browsing import Browser, words
from notices import mail_channel, open_steps, reaching_home, reader, record_channel, tell
from offices import appoint
from receivers import Mailbox, Receiver, answering, http_receiver, smtp_server
from sqlalchemy import select
from web_office import PEOPLE, WebOffice

from bangiao.channel_trials import MOST
from bangiao.channels import opened, sealing_keys
from bangiao.delivery_sender import Sender
from bangiao.wiring import Wiring
from checklists.people import EVERYWHERE, PersonRole
from db.channels import ChannelOnRecord, channels_on_record
from db.models import EventRow
from db.session import begin_read
from notifiers.channels import Channel

MOSTLY_EMBEDDED = True

ADMIN, WHOLE = PEOPLE[PersonRole.ADMINISTRATOR], "quan-tri-chung"
PASSWORD, SIGNING = "mật-khẩu-hòm-thư-2026", "khóa-ký-rất-bí-mật-2026"
SignedIn = Callable[[str], Browser]

MAIL = {
    "kind": "email",
    "name": "thu",
    "title": "Thư công vụ",
    "host": "8.8.4.4",
    "port": "2525",
    "tls": "none",
    "user": "bangiao",
    "secret": PASSWORD,
    "sender": "bangiao@hanoi.gov.vn",
    "sender_name": "Bàn giao",
}


@pytest.fixture
def wiring(wiring: Wiring) -> Wiring:
    """May send to servers on this machine, and nowhere else inside."""
    return reaching_home(wiring)


@pytest.fixture
def browser(office: WebOffice, signed_in: SignedIn, wiring: Wiring) -> Browser:
    """Of somebody who administers the whole country."""
    appoint(wiring, WHOLE, PersonRole.ADMINISTRATOR, EVERYWHERE)
    return signed_in(WHOLE)


def on_record(wiring: Wiring) -> dict[str, ChannelOnRecord]:
    with begin_read(wiring.engine) as connection:
        return {one.id: one for one in channels_on_record(connection)}


def channel(wiring: Wiring, name: str) -> Channel:
    return opened(on_record(wiring)[name], sealing_keys(wiring.settings))


def events(wiring: Wiring) -> list[tuple[str, str, str]]:
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.type, EventRow.actor, EventRow.subject).where(EventRow.type.startswith("channel."))
        return [tuple(row) for row in connection.execute(query.order_by(EventRow.occurred_at, EventRow.type))]


def test_a_mail_channel_is_recorded_and_its_password_is_shown_nowhere(browser: Browser, wiring: Wiring) -> None:
    page = browser.follow(browser.post("/admin/channels/new", MAIL))
    assert 'role="status"' in page.text
    assert "8.8.4.4:2525" in words(page)
    made = channel(wiring, "thu")
    assert (made.host, made.port, made.sender, made.secret.reveal()) == ("8.8.4.4", 2525, MAIL["sender"], PASSWORD)
    assert events(wiring) == [("channel.recorded", WHOLE, "thu")]
    for address in ("/admin/channels", "/admin/channels/thu"):
        assert PASSWORD not in browser.get(address).text


def test_what_is_left_empty_stays_and_a_disabled_channel_stays_disabled(browser: Browser, wiring: Wiring) -> None:
    browser.post("/admin/channels/new", MAIL)
    browser.follow(browser.post("/admin/channels/thu/switch", {"enabled": "no"}))
    changed = MAIL | {"secret": "", "title": "Thư mới", "port": "2526"}
    browser.follow(browser.post("/admin/channels/thu/change", changed))
    made = channel(wiring, "thu")
    assert (made.name, made.port, made.secret.reveal()) == ("Thư mới", 2526, PASSWORD)
    assert not on_record(wiring)["thu"].enabled
    browser.follow(browser.post("/admin/channels/thu/switch", {"enabled": "yes"}))
    assert on_record(wiring)["thu"].enabled


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "Thư Điện Tử"}, "Thư Điện Tử"),
        ({"host": ""}, "Máy chủ"),
        ({"sender": "không phải địa chỉ"}, "không phải địa chỉ"),
        ({"port": "70000"}, "70000"),
        ({"port": "hai lăm"}, "hai lăm"),
        ({"tls": "ssl3"}, ""),
        ({"host": "10.20.30.40"}, "10.20.30.40"),
        ({"host": "169.254.169.254"}, "169.254.169.254"),
        ({"host": "::ffff:192.168.1.1"}, ""),
        ({"title": "Thư \u202e công vụ"}, "U+202E"),
    ],
    ids=["name", "host", "sender", "port", "digits", "tls", "private", "metadata", "mapped", "hidden"],
)
def test_a_refused_form_keeps_what_was_typed_but_no_secret(
    browser: Browser, wiring: Wiring, wrong: dict[str, str], said: str
) -> None:
    answer = browser.post("/admin/channels/new", MAIL | wrong)
    assert answer.status_code in {409, 422}, words(answer)
    assert 'role="alert"' in answer.text
    assert said in answer.text
    assert "bangiao channel" not in words(answer)
    assert PASSWORD not in answer.text
    assert 'value="bangiao"' in answer.text
    assert on_record(wiring) == {}


def test_a_webhook_to_an_internal_address_is_refused_with_the_sentence(browser: Browser, wiring: Wiring) -> None:
    url = "https://192.168.7.7/nhan?token=abcdefgh12345678"
    hook = {"kind": "webhook", "name": "truc", "url": url, "secret": SIGNING}
    answer = browser.post("/admin/channels/new", hook)
    assert answer.status_code == 422
    assert "192.168.7.7" in words(answer)
    assert "abcdefgh12345678" not in answer.text
    assert SIGNING not in answer.text
    assert "mailto" not in browser.post("/admin/channels/new", hook | {"url": "file:///etc/passwd"}).text
    assert on_record(wiring) == {}


def test_a_service_that_is_not_allowed_is_refused_and_says_which_are(browser: Browser, wiring: Wiring) -> None:
    chat = {"kind": "chat", "name": "zalo", "url": "tgram://123456:bi-mat-bi-mat-bi-mat/{address}"}
    answer = browser.post("/admin/channels/new", chat)
    assert answer.status_code == 422
    assert "tgram" in words(answer)
    assert "bi-mat" not in answer.text
    gateway = {"kind": "custom", "name": "cong", "schema": "bgzalo", "options": "verify=false"}
    refused = browser.post("/admin/channels/new", gateway)
    assert refused.status_code == 422
    assert "verify" in words(refused)
    assert on_record(wiring) == {}


def test_a_name_that_is_taken_changes_nothing(browser: Browser, wiring: Wiring) -> None:
    browser.post("/admin/channels/new", MAIL)
    answer = browser.post("/admin/channels/new", MAIL | {"host": "8.8.8.8"})
    assert answer.status_code == 422
    assert channel(wiring, "thu").host == "8.8.4.4"


def test_a_trial_really_sends_and_shows_the_servers_words(browser: Browser, wiring: Wiring) -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as server:
        record_channel(wiring, mail_channel(server.port))
        said = browser.post("/admin/channels/thu/test", {"to": "le.thi.hoa@hanoi.gov.vn"})
        assert said.status_code == 200
        assert 'role="status"' in said.text
        assert "250" in words(said)
    assert len(mailbox.letters) == 1
    assert ("channel.tested", WHOLE, "thu") in events(wiring)
    with begin_read(wiring.engine) as connection:
        tried = connection.scalars(select(EventRow.payload).where(EventRow.type == "channel.tested")).one()
    assert json.loads(tried)["to"] == "l***@hanoi.gov.vn"


def test_a_trial_that_fails_says_exactly_why(browser: Browser, wiring: Wiring) -> None:
    refusing = Mailbox(data_answer="554 5.7.1 hom thu bi khoa")
    with smtp_server(refusing) as server:
        record_channel(wiring, mail_channel(server.port))
        said = browser.post("/admin/channels/thu/test", {"to": "a@hanoi.gov.vn"})
    assert 'role="alert"' in said.text
    assert "554" in words(said)
    assert "hom thu bi khoa" in words(said)
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        record_channel(wiring, mail_channel(unheard.getsockname()[1], "khong-ai"))
        away = browser.post("/admin/channels/khong-ai/test", {"to": "a@hanoi.gov.vn"})
    assert 'role="alert"' in away.text
    assert browser.post("/admin/channels/thu/test", {"to": "  "}).status_code == 422
    assert browser.post("/admin/channels/thu/test", {"to": "không phải"}).status_code == 200


def test_a_webhook_is_tried_out_signed_and_what_it_repeats_is_masked(browser: Browser, wiring: Wiring) -> None:
    receiver = Receiver(answering(400, f"bad signature with {SIGNING}".encode()))
    with http_receiver(receiver) as server:
        hook = {"kind": "webhook", "name": "truc", "title": "Trục", "url": server.url, "secret": SIGNING}
        browser.follow(browser.post("/admin/channels/new", hook))
        said = browser.post("/admin/channels/truc/test", {"to": "lan"})
    assert "400" in words(said)
    assert SIGNING not in said.text
    assert receiver.requests[0].headers["X-Bangiao-Signature"].startswith("v1=")


def test_trials_are_limited(browser: Browser, wiring: Wiring) -> None:
    record_channel(wiring, mail_channel(9))
    for _ in range(MOST):
        assert browser.post("/admin/channels/thu/test", {"to": "khong-phai-dia-chi"}).status_code == 200
    more = browser.post("/admin/channels/thu/test", {"to": "a@hanoi.gov.vn"})
    assert more.status_code == 409
    assert "a@hanoi.gov.vn" in more.text
    wiring.clock.advance(minutes=11)  # type: ignore[attr-defined]
    assert browser.post("/admin/channels/thu/test", {"to": "khong-phai-dia-chi"}).status_code == 200
    assert len([one for one in events(wiring) if one[0] == "channel.tested"]) == MOST + 1


def test_a_channel_says_who_is_told_by_it_and_what_its_last_tries_came_to(
    browser: Browser, signed_in: SignedIn, wiring: Wiring
) -> None:
    with smtp_server(Mailbox(data_answer="552 mailbox full")) as server:
        record_channel(wiring, mail_channel(server.port))
        reader(wiring, "hoa", "hoa@hanoi.gov.vn")
        tell(wiring, "hoa", open_steps(wiring))
        wiring.clock.advance(days=1)  # type: ignore[attr-defined]
        Sender(wiring).drain()
        page = signed_in(WHOLE).get("/admin/channels/thu")
    assert 'href="/admin/people/hoa"' in page.text
    assert "552" in words(page)
    assert "h***@hanoi.gov.vn" in words(page)
    assert "hoa@hanoi.gov.vn" not in page.text


def test_all_but_the_list_is_not_there_for_who_administers_a_part(
    browser: Browser, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser.post("/admin/channels/new", MAIL)
    partly = signed_in(ADMIN)
    assert "thu" in words(partly.get("/admin/channels"))
    assert "/admin/channels/new" not in partly.get("/admin/channels").text
    assert partly.get("/admin/channels/thu").status_code == 404
    assert partly.post("/admin/channels/new", MAIL | {"name": "hai"}).status_code == 409
    for act, fields in (("switch", {"enabled": "no"}), ("change", MAIL), ("test", {"to": "a@b.vn"})):
        assert partly.post(f"/admin/channels/thu/{act}", fields).status_code == 404
    assert (set(on_record(wiring)), on_record(wiring)["thu"].enabled) == ({"thu"}, True)
    assert [one[0] for one in events(wiring)] == ["channel.recorded"]
