"""When to try again, whom to leave alone, where a message may go, and what nobody may read."""

from __future__ import annotations

import logging
import socket
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.escalation.attempts import MOST_TRIES, RETRY_AFTER
from checklists.messages import Message
from notifiers.backoff import next_attempt, wait_after
from notifiers.breaker import Breaker
from notifiers.channels import Address, Channel, Envelope, Kind, Limits, Outcome, State
from notifiers.egress import Allowed, find, is_internal
from notifiers.errors import (
    BadAllowedAddress,
    BadKeyFile,
    BrokenSeal,
    InternalAddress,
    KeyFileExists,
    KeyFileMissing,
    KeyFileOpen,
    UnknownHost,
    WrongKey,
)
from notifiers.masking import Secret, masked, masked_address
from notifiers.pool import Job, Pool
from notifiers.secrets import add_key, make_key_file, needs_resealing, read_key_file, seal, unseal

NOW = datetime(2025, 7, 4, 2, 30, tzinfo=UTC)
SENT = Outcome(State.SENT, Message("It was accepted."))


# --- backoff -------------------------------------------------------------------------------------------------------


@given(st.text(), st.integers(1, MOST_TRIES - 1))
def test_a_pause_is_within_a_fifth_of_the_schedule_and_the_same_each_time(message: str, attempt: int) -> None:
    wait = wait_after(message, attempt)
    assert wait is not None
    assert RETRY_AFTER[attempt - 1] * 0.8 <= wait <= RETRY_AFTER[attempt - 1] * 1.2
    assert wait == wait_after(message, attempt)


def test_eight_attempts_fill_about_a_day_and_then_it_ends() -> None:
    when, attempts = NOW, 1
    while (later := next_attempt("m", attempts, when)) is not None:
        when, attempts = later, attempts + 1
    assert attempts == MOST_TRIES == 8
    assert timedelta(hours=17) < when - NOW < timedelta(hours=28)


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    assert len({wait_after(f"m{number}", 1) for number in range(1000)}) > 990


def test_a_longer_pause_that_the_server_asked_for_is_kept_up_to_a_day() -> None:
    assert next_attempt("m", 1, NOW, retry_after=3600) == NOW + timedelta(hours=1)
    assert next_attempt("m", 1, NOW, retry_after=1) == next_attempt("m", 1, NOW)
    assert next_attempt("m", 1, NOW, retry_after=1e9) == NOW + timedelta(days=1)
    assert next_attempt("m", MOST_TRIES, NOW, retry_after=60) is None


# --- circuit breaker -----------------------------------------------------------------------------------------------


def opened(breaker: Breaker, failures: int = 3) -> None:
    for _ in range(failures):
        assert breaker.wait_until("smtp", NOW) is None
        breaker.heard("smtp", NOW, host_failed=True)


def test_after_failures_in_a_row_a_server_is_left_alone_then_one_probe_decides() -> None:
    breaker = Breaker(limit=3, rest=timedelta(seconds=30))
    opened(breaker)
    assert breaker.state("smtp", NOW) == "open"
    assert breaker.wait_until("smtp", NOW + timedelta(seconds=29)) == NOW + timedelta(seconds=30)
    later = NOW + timedelta(seconds=31)
    assert breaker.state("smtp", later) == "half_open"
    assert breaker.wait_until("smtp", later) is None  # the probe
    assert breaker.wait_until("smtp", later) == later + breaker.probe  # nobody beside it
    breaker.heard("smtp", later, host_failed=False)
    assert breaker.state("smtp", later) == "closed"
    assert breaker.wait_until("smtp", later) is None


def test_a_failed_probe_doubles_the_rest_up_to_the_longest() -> None:
    breaker = Breaker(limit=1, rest=timedelta(seconds=30), longest_rest=timedelta(seconds=100))
    when, rests = NOW, []
    for _ in range(4):
        assert breaker.wait_until("smtp", when) is None
        breaker.heard("smtp", when, host_failed=True)
        again = breaker.wait_until("smtp", when)
        assert again is not None
        rests.append((again - when).total_seconds())
        when = again
    assert rests == [30, 60, 100, 100]


def test_a_probe_that_never_came_back_does_not_close_the_way_for_ever() -> None:
    breaker = Breaker(limit=1)
    breaker.heard("smtp", NOW, host_failed=True)
    first = NOW + breaker.rest
    assert breaker.wait_until("smtp", first) is None
    assert breaker.wait_until("smtp", first + breaker.probe) is None


def test_a_clock_that_went_back_leaves_no_server_alone_for_longer_than_the_longest_rest() -> None:
    breaker = Breaker(limit=1)
    breaker.heard("mail:25", NOW, host_failed=True)
    yesterday = NOW - timedelta(days=1)
    assert breaker.state("mail:25", yesterday) == "half_open"
    assert breaker.wait_until("mail:25", yesterday) is None
    assert breaker.wait_until("mail:25", yesterday) is not None, "one probe, then it rests again"


def test_it_is_known_when_a_server_rests_as_long_as_any_may() -> None:
    breaker = Breaker(limit=1, rest=timedelta(seconds=30), longest_rest=timedelta(seconds=100))
    for longest in (False, False, False, True, True):
        assert breaker.rests_longest("mail:25") is longest
        breaker.heard("mail:25", NOW, host_failed=True)


def test_a_refused_message_is_a_sign_of_life_and_servers_do_not_share_a_circuit() -> None:
    breaker = Breaker(limit=3)
    for _ in range(2):
        breaker.heard("smtp", NOW, host_failed=True)
    breaker.heard("smtp", NOW, host_failed=False)
    breaker.heard("smtp", NOW, host_failed=True)
    assert breaker.wait_until("smtp", NOW) is None
    opened(breaker, failures=2)
    assert breaker.wait_until("smtp", NOW) is not None
    assert breaker.wait_until("hook", NOW) is None


# --- where a message may go ----------------------------------------------------------------------------------------

INTERNAL = """
127.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 169.254.170.2 100.64.0.1
100.100.100.200 192.0.0.192 168.63.129.16 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 198.18.0.1 192.0.2.1
::1 :: fe80::1 fc00::1 fd00:ec2::254 ff02::1 fec0::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:a00:1:: 2001:db8::1 ::7f00:1
2130706433 0177.0.0.1 0x7f.0.0.1 0x7f000001 127.1 017700000001 2852039166 0xa9fea9fe 0251.0376.0251.0376
localhost LOCALHOST 10.1 0 ::ffff:0a00:0001
""".split()  # noqa: SIM905 - a list of forty words reads better so


@pytest.mark.parametrize("host", INTERNAL)
def test_an_internal_address_is_refused_however_it_is_spelled(host: str) -> None:
    with pytest.raises((InternalAddress, UnknownHost)):
        find(host, 25, Allowed())


@pytest.mark.parametrize("ip", ["8.8.8.8", "1.1.1.1", "103.1.208.1", "2606:4700::1111", "2404:6800::1"])
def test_a_public_address_may_be_reached(ip: str) -> None:
    target = find(ip, 443, Allowed())
    assert (target.host, target.port, target.ip) == (ip, 443, ip)


@pytest.mark.parametrize(
    ("entry", "host", "port", "reached"),
    [
        ("127.0.0.0/8", "127.0.0.1", 25, True),
        ("127.0.0.1", "127.0.0.1", 25, True),
        ("127.0.0.1:25", "127.0.0.1", 25, True),
        ("127.0.0.1:25", "127.0.0.1", 26, False),
        ("127.0.0.1:25", "2130706433", 25, True),  # the same address
        ("localhost:25", "LOCALHOST", 25, True),
        ("localhost:25", "127.0.0.1", 25, False),  # what was allowed is the name
        ("10.0.0.0/8", "127.0.0.1", 25, False),
        ("[::1]:25", "::ffff:127.0.0.1", 25, False),
        ("127.0.0.0/8", "::ffff:127.0.0.1", 25, True),
    ],
)
def test_what_is_allowed_is_exactly_what_was_listed(entry: str, host: str, port: int, reached: bool) -> None:
    if reached:
        assert find(host, port, Allowed.parse([entry])).port == port
    else:
        with pytest.raises(InternalAddress):
            find(host, port, Allowed.parse([entry]))


@pytest.mark.parametrize(
    "entry", ["", "mail", "mail:", ":25", "mail:smtp", "10.0.0.1/8", "10.0.0.0/33", "http://x:80/"]
)
def test_an_entry_that_says_nothing_clear_is_a_mistake(entry: str) -> None:
    with pytest.raises(BadAllowedAddress):
        Allowed.parse([entry])


def test_one_internal_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name service is the outside world here: it is what an attacker would have answer."""
    answers = ["8.8.8.8", "127.0.0.1"]

    def answering(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in answers]

    monkeypatch.setattr(socket, "getaddrinfo", answering)
    with pytest.raises(InternalAddress):
        find("rebinding.example", 80, Allowed())
    answers.remove("127.0.0.1")
    assert find("rebinding.example", 80, Allowed()).ip == "8.8.8.8"


@given(st.ip_addresses(v=6))
def test_whether_an_address_is_internal_is_always_known(ip: object) -> None:
    assert is_internal(ip) in {True, False}  # type: ignore[arg-type]


# --- secrets -------------------------------------------------------------------------------------------------------


def test_a_sealed_secret_opens_with_its_key_at_its_place_only(tmp_path: Path) -> None:
    keys = make_key_file(tmp_path / "keys")
    sealed = seal("mật khẩu SMTP", keys, "channel:7")
    assert unseal(sealed, keys, "channel:7") == Secret("mật khẩu SMTP")
    assert "mật" not in sealed
    assert seal("mật khẩu SMTP", keys, "channel:7") != sealed
    with pytest.raises(BrokenSeal):
        unseal(sealed, keys, "channel:8")
    with pytest.raises(WrongKey, match="sealed with the key"):
        unseal(sealed, make_key_file(tmp_path / "other"), "channel:7")


@pytest.mark.parametrize(
    "change",
    [lambda s: s[:-4], lambda s: s[:-6] + "AAAAAA", lambda s: s + "A", lambda _: "",
     lambda s: s.replace("bg1", "bg2"), lambda s: s.rpartition(":")[0] + ":"],
)  # fmt: skip
def test_a_seal_that_was_changed_does_not_open(tmp_path: Path, change: Callable[[str], str]) -> None:
    keys = make_key_file(tmp_path / "keys")
    with pytest.raises(BrokenSeal):
        unseal(change(seal("bí mật", keys)), keys)


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    with pytest.raises(KeyFileMissing):
        read_key_file(path)
    made = make_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeyFileExists):
        make_key_file(path)
    assert read_key_file(path).newest == made.newest
    path.chmod(0o640)
    with pytest.raises(KeyFileOpen, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize("words", [b"", b"short", b"\xff\xfe", b"bm90IGEga2V5\n"])
def test_a_damaged_key_file_is_said_to_be_damaged(tmp_path: Path, words: bytes) -> None:
    path = tmp_path / "keys"
    make_key_file(path)
    path.write_bytes(words)
    with pytest.raises(BadKeyFile):
        read_key_file(path)


def test_after_a_new_key_old_secrets_still_open_and_are_known_as_old(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = seal("bí mật", make_key_file(path))
    keys = add_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert unseal(old, keys).reveal() == "bí mật"
    assert needs_resealing(old, keys)
    assert not needs_resealing(seal("bí mật", keys), keys)
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_nothing_that_is_printed_holds_a_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text = "tuyet-mat-0123456789"
    secret = Secret(text)
    url = Secret(f"tgram://{text}/{{address}}?token={text}")
    channel = Channel("c", "Kênh", Kind.CHAT, secret=secret, url=url, options={"values": {"key": text}})
    keys = make_key_file(tmp_path / "keys")
    logging.getLogger("x").warning("%s %r %s", channel, secret, keys)
    key = (tmp_path / "keys").read_text().strip()
    shown = f"{channel!r} {channel} {secret} {secret:>30} {keys!r} {channel.secrets} {asdict(channel)['secret']}"
    assert text not in shown + caplog.text
    assert key not in shown + caplog.text
    person = f"{Address('lan@x.vn', 'Lan')!r} {Envelope('i', 's', 'nội dung kín')!r}"
    assert "lan@x.vn" not in person
    assert "nội dung kín" not in person


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("535 password=Hunter2x wrong", "535 password=**** wrong"),
        ('{"access_token": "abcdef", "x": 1}', '{"access_token": "****", "x": 1}'),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ****"),
        ("POST https://user:pw@host/path", "POST https://****@host/path"),
        ("the code is s3cr3t+/ and s3cr3t%2B%2F and czNjcjN0Ky8=", "the code is **** and **** and ****="),
        ("550 5.1.1 No such user", "550 5.1.1 No such user"),
    ],
)
def test_a_mask_lies_over_secrets_and_what_looks_like_one(said: str, shown: str) -> None:
    assert masked(said, [Secret("s3cr3t+/"), Secret("")]) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [("nguyen.lan@danang.gov.vn", "n***@danang.gov.vn"), ("0912345678", "***678"), ("12", "***"),
     ("https://hooks.example.vn/T0/B1?k=v", "https://hooks.example.vn")],
)  # fmt: skip
def test_an_address_is_shown_enough_to_be_recognised(address: str, shown: str) -> None:
    assert Address(address).masked == masked_address(address) == shown


def test_deliveries_to_one_server_share_a_lane() -> None:
    mail = Channel("m", "m", Kind.EMAIL, host="Mail.vn", port=587)
    hook = Channel("h", "h", Kind.WEBHOOK)
    chat = Channel("c", "c", Kind.CHAT, url=Secret("tgram://123:abc/{address}"))
    assert mail.lane(Address("a@b.vn")) == mail.lane(Address("c@d.vn")) == "mail.vn:587"
    assert hook.lane(Address("https://a.vn/x")) != hook.lane(Address("https://b.vn/x"))
    assert chat.lane(Address("1")) == "tgram"


def test_limits_allow_nothing_unless_told() -> None:
    assert Limits().schemas == frozenset()
    assert not Limits().allowed.permits("127.0.0.1", 25, find("8.8.8.8", 1, Allowed()).ip)  # type: ignore[arg-type]


# --- pool ----------------------------------------------------------------------------------------------------------


def test_one_server_never_has_more_than_its_threads() -> None:
    pool, lock = Pool(threads=16, per_lane=3), threading.Lock()
    now, most = 0, 0

    def work() -> Outcome:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.01)
        with lock:
            now -= 1
        return SENT

    futures = [pool.submit(Job("a", work)) for _ in range(60)]
    assert all(future.result(10) is SENT for future in futures)
    assert most == 3
    pool.close()


def test_nine_servers_that_hang_leave_a_thread_for_the_tenth() -> None:
    pool, end = Pool(threads=16, per_lane=4), threading.Event()

    def hang() -> Outcome:
        end.wait(20)
        return SENT

    for lane in range(9):
        for _ in range(20):
            pool.submit(Job(f"hung-{lane}", hang))
    time.sleep(0.3)
    assert pool.submit(Job("healthy", lambda: SENT)).result(2) is SENT
    end.set()
    pool.close()


def test_servers_take_turns() -> None:
    """A thousand messages for one server do not come before the first of another."""
    pool, order = Pool(threads=1, per_lane=1), []

    def work(lane: str) -> Outcome:
        order.append(lane)
        return SENT

    gate = threading.Event()
    pool.submit(Job("first", lambda: gate.wait(5) and SENT))  # type: ignore[arg-type, return-value]
    futures = [pool.submit(Job("many", lambda: work("many"))) for _ in range(50)]
    futures.append(pool.submit(Job("one", lambda: work("one"))))
    gate.set()
    assert all(future.result(5) is SENT for future in futures)
    assert order.index("one") <= 1
    pool.close()


def test_a_job_has_an_outcome_by_its_deadline_though_its_thread_has_none() -> None:
    pool, end = Pool(threads=2), threading.Event()
    started = time.monotonic()
    future = pool.submit(Job("a", lambda: end.wait(20) and SENT, deadline=0.3))  # type: ignore[arg-type, return-value]
    outcome = future.result(5)
    assert (outcome.state, outcome.host_failed) == (State.FAILED_FOR_NOW, True)
    assert time.monotonic() - started < 2
    end.set()
    pool.close()


def test_a_job_that_raises_is_an_outcome_and_its_thread_goes_on() -> None:
    pool = Pool(threads=1)
    bad = pool.submit(Job("a", lambda: 1 // 0))  # type: ignore[arg-type, return-value]
    assert bad.result(5).state is State.FAILED_FOR_NOW
    assert bad.result(5).reason.values == {"error": "ZeroDivisionError"}
    assert pool.submit(Job("a", lambda: SENT)).result(5) is SENT
    pool.close()


def test_closing_cancels_what_waits_and_finishes_what_runs() -> None:
    pool, gate = Pool(threads=1), threading.Event()

    def running() -> Outcome:
        gate.wait(5)
        return SENT

    first, second = pool.submit(Job("a", running)), pool.submit(Job("a", running))
    time.sleep(0.1)
    threading.Timer(0.1, gate.set).start()
    pool.close(wait=5)
    assert first.result(0) is SENT
    assert second.cancelled()
    with pytest.raises(RuntimeError):
        pool.submit(Job("a", running))
