"""Messages to real servers on loopback: what arrives, and what is made of every answer a server may give."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from receivers import (
    LOOPBACK,
    Behaviour,
    Mailbox,
    Receiver,
    answering,
    hanging_server,
    http_receiver,
    raw,
    self_signed,
    smtp_server,
)

from notifiers.channels import Address, Channel, Envelope, Kind, Limits, Outcome, State, Tls
from notifiers.egress import Allowed
from notifiers.masking import Secret
from notifiers.pool import Job, Pool
from notifiers.sending import send

NOW = datetime(2025, 7, 4, 2, 30, tzinfo=UTC)
HOME = Limits(connect=2, read=2, total=6, allowed=Allowed.parse(["127.0.0.0/8"]))
SIGNING = Secret("khoa-ky-webhook-2025")
LAN = Address("lan@hochiminh.gov.vn", "Nguyễn Thị Lan")
TEXT = (
    "Kính gửi bà Lan,\n\nBước “Sao lưu dữ liệu” đã quá hạn 3 ngày làm việc.\n"
    "Ư Ơ Ă Đ ẵ ự ở ề ỹ 🇻🇳\n.\n..dấu chấm đầu dòng\n"
)
HTML = "<p>Bước <b>“Sao lưu dữ liệu”</b> đã quá hạn.</p>\n"
OVERDUE = Envelope("01J-buoc.7_lan", "Quá hạn: “Sao lưu dữ liệu” — Phường Ba Đình", TEXT, HTML)


def mail_channel(port: int, **changes: Any) -> Channel:
    values: dict[str, Any] = {"host": LOOPBACK, "port": port, "tls": Tls.NONE, "sender": "bangiao@danang.gov.vn"}
    return Channel(id="thu", name="Thư điện tử", kind=Kind.EMAIL, **values | changes)


def hook_channel(url: str, **changes: Any) -> Channel:
    return Channel(
        id="hook", name="Trục liên thông", kind=Kind.WEBHOOK, **{"url": Secret(url), "secret": SIGNING} | changes
    )


def sent_to(mailbox: Mailbox, envelope: Envelope = OVERDUE, address: Address = LAN) -> Outcome:
    with smtp_server(mailbox) as server:
        return send(mail_channel(server.port), address, envelope, HOME, NOW)


def posted(behaviour: Behaviour, now: datetime = NOW) -> tuple[Outcome, Receiver]:
    receiver = Receiver(behaviour)
    with http_receiver(receiver) as server:
        return send(hook_channel(server.url + "/nhan"), LAN, OVERDUE, HOME, now), receiver


# --- e-mail --------------------------------------------------------------------------------------------------------


def test_a_vietnamese_letter_arrives_as_it_was_written() -> None:
    mailbox = Mailbox()
    outcome = sent_to(mailbox)
    assert (outcome.state, outcome.code, outcome.host_failed) == (State.SENT, 250, False)
    (letter,) = mailbox.messages()
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().replace("\r\n", "\n") == TEXT  # lines end in mail as mail wants it
    assert rich.get_content().replace("\r\n", "\n") == HTML
    assert letter["Subject"] == OVERDUE.subject
    assert str(letter["To"]) == "Nguyễn Thị Lan <lan@hochiminh.gov.vn>"
    assert letter["X-Bangiao-Id"] == OVERDUE.id
    assert letter["Message-ID"] == f"<{OVERDUE.id}@danang.gov.vn>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime == NOW
    assert letter.get_content_type() == "multipart/alternative"
    assert all(byte < 128 for byte in mailbox.letters[0][2])  # any relay can carry it
    assert mailbox.letters[0][:2] == ("bangiao@danang.gov.vn", "lan@hochiminh.gov.vn")


def test_a_repeat_carries_the_same_id() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as server:
        for _ in range(2):
            send(mail_channel(server.port), LAN, OVERDUE, HOME, NOW)
    first, second = mailbox.messages()
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize("length", range(1, 60, 3))
def test_a_subject_and_a_name_of_any_length_arrive_whole(length: int) -> None:
    words = ["Phường", "Ba", "Đình", "—", "ẵ", "(số 7)", "x,y;z", '"ngoặc"', "<kép>", "a@b.vn", "=?utf-8?q?x?="]
    long = " ".join(words[place % len(words)] for place in range(length))
    mailbox = Mailbox()
    sent_to(mailbox, Envelope("id", long, "Nội dung"), Address("lan@hochiminh.gov.vn", long))
    (letter,) = mailbox.messages()
    assert letter["Subject"] == long
    receiver = message_from_bytes(mailbox.letters[0][2])  # read as RFC 2047 says; the newer parser adds blanks
    assert str(make_header(decode_header(receiver["To"]))) == f"{long} <lan@hochiminh.gov.vn>"
    assert letter["To"].addresses[0].addr_spec == "lan@hochiminh.gov.vn"
    assert max(map(len, mailbox.letters[0][2].splitlines())) <= 78


@pytest.mark.parametrize(
    ("mailbox", "state", "code", "host_failed"),
    [
        (Mailbox(recipient_answer="550 5.1.1 No such user"), State.FAILED_FOR_GOOD, 550, False),
        (Mailbox(recipient_answer="451 4.7.1 Greylisted, come back later"), State.FAILED_FOR_NOW, 451, False),
        (Mailbox(recipient_answer="421 Going down"), State.FAILED_FOR_NOW, 421, True),
        (Mailbox(data_answer="554 5.7.1 Spam"), State.FAILED_FOR_GOOD, 554, False),
        (Mailbox(data_answer="452 4.2.2 Mailbox full"), State.FAILED_FOR_NOW, 452, False),
    ],
)
def test_a_servers_no_is_for_now_or_for_good_as_it_said(
    mailbox: Mailbox, state: State, code: int, host_failed: bool
) -> None:
    outcome = sent_to(mailbox)
    assert (outcome.state, outcome.code, outcome.host_failed) == (state, code, host_failed)
    assert outcome.words in (mailbox.recipient_answer + mailbox.data_answer)
    assert outcome.words
    assert mailbox.letters == []


def test_a_connection_lost_after_the_letter_is_for_now() -> None:
    """The server has it, and may not know: it is sent again under the same id rather than lost."""
    outcome = sent_to(Mailbox(drop_after_data=True))
    assert outcome.state is State.FAILED_FOR_NOW
    assert outcome.host_failed
    assert outcome.reason.msgid == "{host} closed the connection before it answered."


def test_a_slow_server_is_not_waited_for_longer_than_allowed() -> None:
    started = time.monotonic()
    outcome = sent_to(Mailbox(pause=8))
    assert outcome.state is State.FAILED_FOR_NOW
    assert outcome.reason.msgid == "{host} did not answer in time."
    assert 1.5 < time.monotonic() - started < 7


def test_a_server_that_drips_does_not_hold_longer_than_the_whole() -> None:
    """Each byte comes in time; only the end of the whole attempt stops it."""
    limits = Limits(connect=1, read=1, total=2, allowed=HOME.allowed)
    with hanging_server(b"2") as server:
        outcome = send(mail_channel(server.port), LAN, OVERDUE, limits, NOW)
        hooked = send(hook_channel(server.url), LAN, OVERDUE, limits, NOW)
    for each in (outcome, hooked):
        assert each.state is State.FAILED_FOR_NOW
        assert 1.5 < each.took < 4


def test_a_port_where_nobody_listens_is_for_now() -> None:
    with hanging_server() as server:
        port = server.port
    outcome = send(mail_channel(port), LAN, OVERDUE, HOME, NOW)
    assert (outcome.state, outcome.reason.msgid) == (State.FAILED_FOR_NOW, "{host} takes no connections.")


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({"ca_file": True}, State.SENT),
        ({"verify": False}, State.SENT),
        ({}, State.FAILED_FOR_NOW),
    ],
)
def test_starttls_takes_only_a_certificate_it_can_verify_unless_told_otherwise(
    tmp_path: Path, options: dict[str, Any], state: State
) -> None:
    pem = self_signed(tmp_path)
    options = {name: str(pem) if name == "ca_file" else value for name, value in options.items()}
    mailbox = Mailbox(password="mật-khẩu-rất-dài-2025")
    with smtp_server(mailbox, pem) as server:
        channel = mail_channel(
            server.port, tls=Tls.STARTTLS, user="bangiao", secret=Secret(mailbox.password), options=options
        )
        outcome = send(channel, LAN, OVERDUE, HOME, NOW)
    assert outcome.state is state
    assert mailbox.logins == ([("bangiao", mailbox.password)] if state is State.SENT else [])
    assert len(mailbox.letters) == (state is State.SENT)
    if state is not State.SENT:
        assert outcome.reason.msgid == "The certificate of {host} could not be verified."


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_encryption_from_the_first_byte_with_a_login(tmp_path: Path) -> None:
    pem = self_signed(tmp_path)
    mailbox = Mailbox(password="mat-khau-dung")
    with smtp_server(mailbox, pem, implicit=True) as server:
        login = {"tls": Tls.IMPLICIT, "user": "bangiao", "secret": Secret(mailbox.password)}
        known = send(mail_channel(server.port, options={"ca_file": str(pem)}, **login), LAN, OVERDUE, HOME, NOW)
        unknown = send(mail_channel(server.port, **login), LAN, OVERDUE, HOME, NOW)
    assert (known.state, unknown.state) == (State.SENT, State.FAILED_FOR_NOW)
    assert mailbox.logins == [("bangiao", mailbox.password)]


def test_a_certificate_of_another_host_is_not_taken(tmp_path: Path) -> None:
    pem = self_signed(tmp_path, "khac.danang.gov.vn")
    with smtp_server(Mailbox(), pem) as server:
        channel = mail_channel(server.port, tls=Tls.STARTTLS, options={"ca_file": str(pem)})
        assert send(channel, LAN, OVERDUE, HOME, NOW).state is State.FAILED_FOR_NOW


def test_without_the_encryption_it_demands_nothing_is_sent() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as server:
        outcome = send(mail_channel(server.port, tls=Tls.STARTTLS), LAN, OVERDUE, HOME, NOW)
    assert (outcome.state, mailbox.letters) == (State.FAILED_FOR_NOW, [])
    assert "does not offer the encryption" in outcome.reason.msgid


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_is_our_trouble_and_never_readable(caplog: pytest.LogCaptureFixture) -> None:
    """For now: the message waits until the password is right. And nobody reads the wrong one anywhere."""
    caplog.set_level(logging.DEBUG)
    mailbox = Mailbox(password="dung-mat-khau")
    wrong = "sai-mat-khau-2025"
    with smtp_server(mailbox) as server:
        channel = mail_channel(server.port, user="bangiao", secret=Secret(wrong))
        outcome = send(channel, LAN, OVERDUE, HOME, NOW)
    assert (outcome.state, outcome.code, outcome.host_failed) == (State.FAILED_FOR_NOW, 535, True)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.")]
    assert wrong not in repr((channel, outcome, ours))


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\r\n\r\n", "\x0b", "\u2028", "\x00", "\x85"])
def test_nobody_can_add_a_header_through_a_subject_a_name_or_an_id(break_: str) -> None:
    bad = f"x{break_}Bcc: ke-gian@example.com{break_}{break_}<script>"
    mailbox = Mailbox()
    envelope = Envelope(f"id{break_}X-Evil: 1", bad, "Nội dung", language=f"vi{break_}X-Evil: 1")
    outcome = sent_to(mailbox, envelope, Address("lan@hochiminh.gov.vn", bad))
    assert outcome.state is State.SENT
    (letter,) = mailbox.messages()
    assert letter["Bcc"] is None
    assert letter["X-Evil"] is None
    assert set(letter.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "X-Bangiao-Id", "Auto-Submitted", "Content-Language",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    } | {"X-Peer", "X-MailFrom", "X-RcptTo"} & set(letter.keys())  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["", "lan", "lan@", "@x.vn", "lan@x.vn\r\nRCPT TO:<b@y.vn>", "lan@x.vn,b@y.vn", "lan@x.vn>", "<lan@x.vn>",
     "a b@x.vn", "lan@x..vn", "lan@x.vn ", "lan@-x.vn", '"a b"@x.vn', "lân@x.vn", "a@" + "x" * 300 + ".vn"],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_anything_connects(address: str) -> None:
    mailbox = Mailbox()
    outcome = sent_to(mailbox, address=Address(address))
    assert (outcome.state, mailbox.letters) == (State.REFUSED_BY_US, [])


# --- webhook -------------------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_and_its_content_exact() -> None:
    outcome, receiver = posted(answering(202, "đã nhận".encode()))
    assert (outcome.state, outcome.code, outcome.words) == (State.SENT, 202, "đã nhận")
    (request,) = receiver.requests
    told = json.loads(request.body)
    assert (told["id"], told["subject"], told["text"], told["html"]) == (OVERDUE.id, OVERDUE.subject, TEXT, HTML)
    assert told["recipient"] == LAN.value
    assert request.path == "/nhan"
    assert request.headers["Idempotency-Key"] == OVERDUE.id
    timestamp = request.headers["X-Bangiao-Timestamp"]
    assert int(timestamp) == int(NOW.timestamp())
    expected = hmac.new(SIGNING.reveal().encode(), timestamp.encode() + b"." + request.body, hashlib.sha256)
    assert request.headers["X-Bangiao-Signature"] == f"v1={expected.hexdigest()}"


@pytest.mark.parametrize(
    ("behaviour", "state", "code", "retry_after", "host_failed"),
    [
        (answering(204), State.SENT, 204, None, False),
        (answering(429, b"slow down", Retry_After="120"), State.FAILED_FOR_NOW, 429, 120.0, True),
        (answering(503, Retry_After="Fri, 04 Jul 2025 02:40:00 GMT"), State.FAILED_FOR_NOW, 503, 600.0, True),
        (answering(503, Retry_After="Fri, 04 Jul 2025 02:00:00 GMT"), State.FAILED_FOR_NOW, 503, 0.0, True),
        (answering(503, Retry_After="tomorrow"), State.FAILED_FOR_NOW, 503, None, True),
        (answering(429, Retry_After="9" * 30), State.FAILED_FOR_NOW, 429, 86400.0, True),
        (answering(500), State.FAILED_FOR_NOW, 500, None, True),
        (answering(408), State.FAILED_FOR_NOW, 408, None, False),
        (answering(425), State.FAILED_FOR_NOW, 425, None, False),
        (answering(400, b"bad"), State.FAILED_FOR_GOOD, 400, None, False),
        (answering(404), State.FAILED_FOR_GOOD, 404, None, False),
        (answering(410), State.FAILED_FOR_GOOD, 410, None, False),
        (raw(b""), State.FAILED_FOR_NOW, None, None, True),
        (raw(b"\x00\xff\xfe rubbish\r\n\r\n"), State.FAILED_FOR_NOW, None, None, True),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"), State.SENT, 200, None, False),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz"), State.SENT, 200, None, False),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n"), State.FAILED_FOR_NOW, None, None, True),
    ],
)  # fmt: skip
def test_every_answer_of_a_webhook_has_its_meaning(
    behaviour: Behaviour, state: State, code: int | None, retry_after: float | None, host_failed: bool
) -> None:
    outcome, receiver = posted(behaviour)
    assert (outcome.state, outcome.code, outcome.retry_after) == (state, code, retry_after)
    assert outcome.host_failed == host_failed
    assert len(receiver.requests) == 1  # nothing tries again by itself


def test_a_redirect_is_not_followed_not_even_to_an_address_that_is_allowed() -> None:
    inner = Receiver()
    with http_receiver(inner) as hidden:
        for status in (301, 302, 303, 307, 308):
            outcome, _ = posted(answering(status, Location=f"{hidden.url}/noi-bo"))
            assert (outcome.state, outcome.code) == (State.FAILED_FOR_GOOD, status)
    assert inner.requests == []


def test_only_the_beginning_of_an_answer_is_kept_on_one_line_and_masked() -> None:
    words = f"token={'t' * 20}\r\n\x1b[31m{SIGNING.reveal()} https://u:p@h/ " + "a" * 5000
    outcome, _ = posted(answering(400, words.encode()))
    assert len(outcome.words) == 200
    assert outcome.words.startswith("token=**** [31m**** https://****@h/ aaa")


def test_https_is_verified(tmp_path: Path) -> None:
    pem = self_signed(tmp_path)
    receiver = Receiver()
    with http_receiver(receiver, pem) as server:
        url = f"https://{LOOPBACK}:{server.port}/"
        known = send(hook_channel(url, options={"ca_file": str(pem)}), LAN, OVERDUE, HOME, NOW)
        unknown = send(hook_channel(url), LAN, OVERDUE, HOME, NOW)
    assert (known.state, unknown.state) == (State.SENT, State.FAILED_FOR_NOW)
    assert len(receiver.requests) == 1


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert posted(answering(200))[0].state is State.SENT


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0177.0.0.1", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]",
     "0", "[::ffff:7f00:1]", "LOCALHOST", "127.0.0.1.", "[0:0:0:0:0:0:0:1]"],
)  # fmt: skip
def test_no_spelling_of_a_host_reaches_an_internal_server_that_is_not_allowed(host: str) -> None:
    receiver, mailbox = Receiver(), Mailbox()
    nowhere = Limits(connect=1, read=1, total=2)
    with http_receiver(receiver) as server, smtp_server(mailbox) as post_office:
        hooked = send(hook_channel(f"http://{host}:{server.port}/"), LAN, OVERDUE, nowhere, NOW)
        mailed = send(mail_channel(post_office.port, host=host.strip("[]")), LAN, OVERDUE, nowhere, NOW)
    for outcome in (hooked, mailed):
        refused = outcome.state is State.REFUSED_BY_US
        assert refused or outcome.reason.msgid.startswith("No address is known"), outcome
    assert (receiver.requests, mailbox.letters) == ([], [])


# --- other services, and the pool ----------------------------------------------------------------------------------


def chat(url: str, kind: Kind = Kind.CHAT) -> Channel:
    return Channel(id="chat", name="Nhóm trò chuyện", kind=kind, url=Secret(url))


def test_an_allowed_service_of_apprise_sends_and_its_warnings_are_the_servers_words() -> None:
    limits = Limits(connect=2, read=2, total=6, allowed=HOME.allowed, schemas=frozenset({"ntfy"}))
    receiver = Receiver()
    with http_receiver(receiver) as server:
        channel = chat(f"ntfy://127.0.0.1:{server.port}/{{address}}")
        fine = send(channel, Address("to-lan"), OVERDUE, limits, NOW)
        receiver.behaviour = answering(500, b"{}")
        bad = send(channel, Address("to-lan"), OVERDUE, limits, NOW)
    assert fine.state is State.SENT
    assert "to-lan" in receiver.requests[0].body.decode()
    assert "quá hạn 3 ngày" in json.loads(receiver.requests[0].body)["message"]
    assert bad.state is State.FAILED_FOR_NOW
    assert "500" in bad.words
    assert len(receiver.requests) == 2


@pytest.mark.parametrize(
    ("url", "schemas", "sentence"),
    [
        ("ntfy://{host}/{{address}}", {"tgram"}, "is not among the services"),
        ("ntfy://{host}/{{address}}", set(), "is not among the services"),
        ("json://{host}/{{address}}", {"json"}, "speaks to this machine"),
        ("syslog://", {"syslog"}, "speaks to this machine"),
        ("ntfy://{{address}}/x", {"ntfy"}, "only after the host"),
        ("nosuch://{host}/", {"nosuch"}, "is not among the services"),
        ("http://{host}/", {"http"}, "is not among the services"),
        ("tgram://x/", {"tgram"}, "is not one that"),
        ("ntfy://{host}/{{address}}/second", {"ntfy"}, "reaches 2 places"),
    ],
)
def test_a_service_that_is_not_allowed_or_not_for_one_person_is_refused(
    url: str, schemas: set[str], sentence: str
) -> None:
    limits = Limits(allowed=HOME.allowed, schemas=frozenset(schemas))
    receiver = Receiver()
    with http_receiver(receiver) as server:
        channel = chat(url.format(host=f"127.0.0.1:{server.port}"))
        outcome = send(channel, Address("to-lan"), OVERDUE, limits, NOW)
    assert (outcome.state, receiver.requests) == (State.REFUSED_BY_US, [])
    assert sentence in outcome.reason.msgid.format_map(outcome.reason.values)


def test_a_service_on_an_internal_host_that_is_not_allowed_is_refused() -> None:
    receiver = Receiver()
    with http_receiver(receiver) as server:
        channel = chat(f"ntfy://localhost:{server.port}/{{address}}")
        outcome = send(channel, Address("to-lan"), OVERDUE, Limits(schemas=frozenset({"ntfy"})), NOW)
    assert (outcome.state, receiver.requests) == (State.REFUSED_BY_US, [])


def test_an_address_cannot_become_a_second_recipient_or_another_path() -> None:
    limits = Limits(connect=2, read=2, total=6, allowed=HOME.allowed, schemas=frozenset({"ntfy"}))
    receiver = Receiver()
    with http_receiver(receiver) as server:
        channel = chat(f"ntfy://127.0.0.1:{server.port}/{{address}}")
        for address in ("a/b", "a,b", "a b", "a?to=b", "a&x=y", "../../x", "a#b", "a\r\nb"):
            send(channel, Address(address), OVERDUE, limits, NOW)
    topics = {json.loads(request.body)["topic"] for request in receiver.requests}
    assert not {"a", "b"} & topics
    assert {request.path for request in receiver.requests} <= {"/"}


def test_debug_logs_hold_no_token_of_any_channel(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    token = "tk_bimatrandai0123456789abcdef"
    limits = Limits(connect=2, read=2, total=6, allowed=HOME.allowed, schemas=frozenset({"ntfy"}))
    receiver = Receiver(answering(401, f"bad {token}".encode()))
    with http_receiver(receiver) as server:
        channel = chat(f"ntfy://{token}@127.0.0.1:{server.port}/{{address}}?auth=token")
        outcomes = [
            send(channel, Address("to-lan"), OVERDUE, limits, NOW),
            send(hook_channel(f"{server.url}/{token}", secret=Secret(token)), LAN, OVERDUE, HOME, NOW),
        ]
    assert len(receiver.requests) == 2
    assert token not in repr((channel, outcomes)) + caplog.text


@pytest.fixture
def five_hung_hosts() -> Iterator[list[Channel]]:
    with ExitStack() as servers:
        yield [mail_channel(servers.enter_context(hanging_server()).port) for _ in range(5)]


def test_five_hung_mail_servers_do_not_delay_a_healthy_webhook(five_hung_hosts: list[Channel]) -> None:
    """Each of the five has ten letters waiting, before and while the webhook's come; its 99th percentile is ≤ 2 s."""
    pool = Pool(threads=16, per_lane=4)
    waits: list[float] = []
    hung = Limits(connect=5, read=5, total=8, allowed=HOME.allowed)
    with http_receiver(Receiver()) as server:
        hook = hook_channel(server.url)
        for channel in five_hung_hosts * 10:
            pool.submit(Job(channel.lane(LAN), lambda channel=channel: send(channel, LAN, OVERDUE, hung, NOW), 4))
        time.sleep(0.5)
        for _ in range(100):
            asked = time.monotonic()
            job = Job(hook.lane(LAN), lambda: send(hook, LAN, OVERDUE, HOME, NOW))
            future = pool.submit(job)
            future.add_done_callback(lambda _, asked=asked: waits.append(time.monotonic() - asked))
            time.sleep(0.01)
        assert future.result(timeout=10).state is State.SENT
        pool.close(wait=0)
    assert len(waits) == 100
    assert sorted(waits)[98] <= 2
