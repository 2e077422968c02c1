"""Other systems are told of events: in order, signed, at least once with one id, each by itself; by real servers."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler
from multiprocessing.context import ForkServerContext
from typing import Any

import pytest
import works
from builders import SPLIT
from databases import OfficeMaker
from notices import reaching_home
from offices import do, lead_of, note, opened, step_of
from receivers import Behaviour, Receiver, Request, answering, hanging_server, http_receiver, raw
from sqlalchemy import select
from works import DEATHS_OF_EVENTS

from bangiao.event_delivery import LEASE, EventDelivery
from bangiao.subscriptions import Wished, add_subscription, known_subscription, pause, resume, try_out
from bangiao.wiring import Wiring
from checklists.cloud_event import PUBLISHED
from checklists.steps import Act
from checklists.subscriptions import GIVEN_UP_AFTER, SubscriptionState
from db.audit_log import entry_at, log_size, sequence_all
from db.faults import parse_fault
from db.models import EventRow
from db.session import begin_read
from db.subscriptions import Subscription
from notifiers.channels import Limits, State
from notifiers.egress import Allowed
from notifiers.errors import InternalAddress
from notifiers.masking import Secret

LEAD = "lead-old-00634"
REASON = "Chị Nguyễn Thị Hoa nghỉ ốm, điện thoại 0912 345 678"
SECRET = "mot-khoa-ky-du-dai-cua-rieng-minh"
QUICK = Limits(connect=1, read=0.5, total=1, allowed=Allowed.parse(["127.0.0.0/8"]))


@pytest.fixture
def office_maker() -> OfficeMaker:
    return worked_in


def worked_in(wiring: Wiring) -> Wiring:
    """A decision that is open, a step that was worked on with words and a file's name, everything in the log."""
    opened(wiring)
    step = step_of(wiring, f"{SPLIT}/DAT-03")
    lead = lead_of(wiring, SPLIT)
    do(wiring, step, Act.START, lead)
    do(wiring, step, Act.ATTACH, lead, evidence=(replace(note(), name="bang-luong-Hoa.pdf"),))
    do(wiring, step, Act.BLOCK, lead, reason=REASON, unblocker="anh Tư phòng CNTT", expected_on=date(2025, 6, 20))
    sequence_all(wiring.engine)
    return wiring


@pytest.fixture
def office(office: Wiring) -> Wiring:
    return reaching_home(office)


def subscribed(office: Wiring, url: str, name: str = "truc", **wished: Any) -> Subscription:
    """To everything from the first entry on, unless `wished` says otherwise."""
    said: dict[str, Any] = {"start": 0, "secret": Secret(SECRET)}
    return add_subscription(office, Wished(name, Secret(url), **said | wished), "quan-tri").subscription


def deliver(office: Wiring, limits: Limits = QUICK) -> None:
    delivery = EventDelivery(office, limits=limits)
    delivery.drain()
    delivery.close()


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in receiver.requests]


def published(office: Wiring) -> list[str]:
    """The ids that a subscriber to everything must get, from the log itself."""
    with begin_read(office.engine) as connection:
        entries = [entry_at(connection, index) for index in range(log_size(connection))]
    return [one.event.id for one in entries if one and one.event.type in PUBLISHED]


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    made = Receiver()
    with http_receiver(made) as server:
        yield made, server.url


def test_every_event_arrives_once_in_the_order_of_the_log(office: Wiring, receiver: tuple[Receiver, str]) -> None:
    seen, url = receiver
    subscribed(office, url)
    deliver(office)
    assert [one["id"] for one in bodies(seen)] == published(office)
    assert [one["sequence"] for one in bodies(seen)] == sorted(one["sequence"] for one in bodies(seen))
    before = len(seen.requests)
    assert before > 5
    deliver(office)
    assert len(seen.requests) == before
    one = known_subscription(office, "truc")
    assert (one.sent, one.tries, one.failing) == (before, 0, None)


def test_what_arrives_is_a_cloudevent_of_version_1_0_in_structured_mode(
    office: Wiring, receiver: tuple[Receiver, str]
) -> None:
    seen, url = receiver
    subscribed(office, url, source="https://bangiao.hanoi.gov.vn")
    deliver(office)
    for request in seen.requests:
        assert request.headers["Content-Type"].startswith("application/cloudevents+json")
        event = json.loads(request.body.decode("utf-8"))
        assert event["specversion"] == "1.0"
        for required in ("id", "source", "type"):  # the four that the specification demands, each a filled-in text
            assert isinstance(event[required], str)
            assert event[required]
        assert event["source"] == "https://bangiao.hanoi.gov.vn"
        assert all(name.isascii() and name.isalnum() and name.islower() for name in event)  # names of attributes
        assert event["time"].startswith("2025-06-17T")
        assert event["time"].endswith("Z")
        assert event["datacontenttype"] == "application/json"
        assert isinstance(event["data"], dict)
    blocked = next(one for one in bodies(seen) if one["type"] == "vn.bangiao.step.blocked.v1")
    assert blocked["subject"] == SPLIT
    assert blocked["data"]["decision"] == "01/QĐ-TN"
    assert blocked["data"]["unit"]["key"] == SPLIT
    assert blocked["data"]["unit"]["name"]
    assert blocked["data"]["step"]["name"].startswith("DAT-03")
    assert blocked["data"]["details"]["after"]["state"] == "blocked"


def test_nothing_that_people_wrote_and_nobodys_name_leaves(office: Wiring, receiver: tuple[Receiver, str]) -> None:
    seen, url = receiver
    subscribed(office, url)
    deliver(office)
    assert seen.requests
    sent = b"".join(one.body for one in seen.requests).decode()
    for secret in (LEAD, "Hoa", "0912", "anh Tư", "bang-luong", "quan-tri", "chu-tich", "đã làm xong"):
        assert secret not in sent
    kinds = {one["type"].removeprefix("vn.bangiao.").removesuffix(".v1") for one in bodies(seen)}
    assert kinds <= set(PUBLISHED)
    assert not {
        one for one in PUBLISHED if one.partition(".")[0] in {"person", "session", "password", "token", "notice"}
    }


def test_the_signature_is_that_of_the_documentation(office: Wiring, receiver: tuple[Receiver, str]) -> None:
    seen, url = receiver
    subscribed(office, url)
    deliver(office)
    for one in seen.requests:
        signed = one.headers["X-Bangiao-Timestamp"].encode() + b"." + one.body
        assert (
            one.headers["X-Bangiao-Signature"] == "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        )
        assert int(one.headers["X-Bangiao-Timestamp"]) == int(office.now().timestamp())


def fails_once(behaviour: Behaviour, at: int) -> Behaviour:
    """As told at the request with this number (from 1), and well at all others."""
    came = [0]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        came[0] += 1
        (behaviour if came[0] == at else answering(200))(handler)

    return answer


def slowly(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.2)
    answering(200)(handler)


@pytest.mark.parametrize(
    "behaviour",
    [
        answering(500),
        answering(429),
        answering(404),
        answering(302, Location="http://127.0.0.1:9/elsewhere"),
        slowly,
        raw(b""),
        raw(b"xin chao\r\n\r\n"),
    ],
    ids=["error", "too-many", "not-found", "redirect", "slow", "closes", "no-http"],
)
def test_what_was_not_taken_is_sent_again_the_same_byte_for_byte_and_nothing_overtakes_it(
    office: Wiring, receiver: tuple[Receiver, str], behaviour: Behaviour
) -> None:
    seen, url = receiver
    seen.behaviour = fails_once(behaviour, 3)
    subscribed(office, url)
    deliver(office)
    assert len(seen.requests) == 3
    held = known_subscription(office, "truc")
    assert held.tries == 1
    assert held.next_try_at is not None
    assert held.last_words
    assert held.sent == 2
    deliver(office)
    assert len(seen.requests) == 3, "it waits before it tries again"
    office.clock.advance(minutes=2)  # type: ignore[attr-defined]
    deliver(office)
    expected = published(office)
    assert [one["id"] for one in bodies(seen)] == expected[:3] + expected[2:]
    assert seen.requests[2].body == seen.requests[3].body
    assert known_subscription(office, "truc").failing is None


def test_a_pause_that_the_receiver_asks_for_is_kept(office: Wiring, receiver: tuple[Receiver, str]) -> None:
    seen, url = receiver
    seen.behaviour = fails_once(answering(429, Retry_After="600"), 1)
    subscribed(office, url)
    deliver(office)
    office.clock.advance(seconds=590)  # type: ignore[attr-defined]
    deliver(office)
    assert len(seen.requests) == 1
    office.clock.advance(seconds=11)  # type: ignore[attr-defined]
    deliver(office)
    assert len(seen.requests) > 2


def test_after_a_day_of_failures_it_stops_says_so_and_goes_on_when_told(
    office: Wiring, receiver: tuple[Receiver, str]
) -> None:
    seen, url = receiver
    seen.behaviour = answering(503, b"bao tri")
    subscribed(office, url)
    for _hour in range(30):
        deliver(office)
        office.clock.advance(seconds=3600 * 1.3)  # type: ignore[attr-defined]
    stopped = known_subscription(office, "truc")
    assert stopped.state is SubscriptionState.STOPPED
    assert stopped.failing
    assert office.now() - stopped.failing.since >= GIVEN_UP_AFTER
    assert 15 < len(seen.requests) < 30
    assert {one["id"] for one in bodies(seen)} == {published(office)[0]}
    assert "bao tri" in stopped.last_words
    sequence_all(office.engine)
    with begin_read(office.engine) as connection:
        told = connection.scalars(select(EventRow.subject).where(EventRow.type == "subscription.stopped")).all()
    assert told == ["truc"]

    seen.behaviour = answering(200)
    seen.requests.clear()
    resume(office, "truc", "quan-tri")
    deliver(office)
    assert [one["id"] for one in bodies(seen)] == published(office)


def test_an_event_that_is_never_taken_can_be_skipped_by_a_person_and_only_so(
    office: Wiring, receiver: tuple[Receiver, str]
) -> None:
    seen, url = receiver
    seen.behaviour = fails_once(answering(410), 2)
    subscribed(office, url)
    deliver(office)
    assert known_subscription(office, "truc").state is SubscriptionState.STOPPED, "410 is for good"
    resume(office, "truc", "quan-tri", skip=True)
    deliver(office)
    expected = published(office)
    assert [one["id"] for one in bodies(seen)] == expected


def test_while_it_is_paused_nothing_leaves_and_afterwards_nothing_is_missing(
    office: Wiring, receiver: tuple[Receiver, str]
) -> None:
    seen, url = receiver
    subscribed(office, url)
    pause(office, "truc", "quan-tri")
    deliver(office)
    assert seen.requests == []
    resume(office, "truc", "quan-tri")
    deliver(office)
    assert [one["id"] for one in bodies(seen)] == published(office)


def test_receivers_that_hang_keep_nobody_waiting(office: Wiring, receiver: tuple[Receiver, str]) -> None:
    seen, url = receiver
    with hanging_server() as dead:
        for number in range(6):
            subscribed(office, dead.url, f"treo-{number}")
        subscribed(office, url)
        delivery = EventDelivery(office, limits=QUICK)
        began = time.monotonic()
        while len(seen.requests) < len(published(office)) and time.monotonic() < began + 20:
            delivery.turn()
        assert time.monotonic() - began < 5
        delivery.drain()
        delivery.close()
    assert [one["id"] for one in bodies(seen)] == published(office)
    assert all(known_subscription(office, f"treo-{number}").tries >= 1 for number in range(6))


@pytest.mark.parametrize("fault", DEATHS_OF_EVENTS, ids=lambda value: value.replace(":", "-"))
def test_after_a_death_there_everything_has_arrived_in_order_and_a_copy_has_the_same_id(
    office: Wiring, processes: ForkServerContext, receiver: tuple[Receiver, str], fault: str
) -> None:
    seen, url = receiver
    subscribed(office, url)
    settings = replace(office.settings, fault=parse_fault(fault), clock=office.now())
    dying = processes.Process(target=works.send_events, args=(settings,))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL
    before = list(seen.requests)
    office.clock.advance(seconds=LEASE.total_seconds() + 1)  # type: ignore[attr-defined]
    deliver(office)
    expected = published(office)
    ids = [one["id"] for one in bodies(seen)]
    assert list(dict.fromkeys(ids)) == expected
    copies = [one for one in before if one.body in {each.body for each in seen.requests[len(before) :]}]
    assert ids[: len(before)] == expected[: len(before)]
    assert len(ids) == len(expected) + len(copies)


def test_only_the_kinds_and_the_scope_that_were_asked_for(office: Wiring, receiver: tuple[Receiver, str]) -> None:
    seen, url = receiver
    subscribed(office, url, "buoc", types=["step.blocked", "evidence.*"])
    deliver(office)
    assert {one["type"] for one in bodies(seen)} == {"vn.bangiao.step.blocked.v1", "vn.bangiao.evidence.attached.v1"}
    seen.requests.clear()
    subscribed(office, url, "ha-noi", province="new:01")
    deliver(office)
    assert {one["data"]["event"] for one in bodies(seen)} >= {"decision.registered", "step.blocked", "checklist.opened"}
    seen.requests.clear()
    subscribed(office, url, "sai-gon", province="new:79")
    subscribed(office, url, "quyet-dinh", decision="01/QĐ-TN", types=["decision.*"])
    deliver(office)
    assert {one["data"]["event"] for one in bodies(seen)} == {
        "decision.drafted",
        "decision.registered",
        "decision.opened",
    }
    with begin_read(office.engine) as connection:
        assert known_subscription(office, "sai-gon").cursor == log_size(connection), "it has passed what is not its own"


def test_what_happened_before_is_not_told_unless_asked_for(office: Wiring, receiver: tuple[Receiver, str]) -> None:
    seen, url = receiver
    subscribed(office, url, start=None)
    deliver(office)
    assert seen.requests == []
    do(office, step_of(office, f"{SPLIT}/DAT-03"), Act.UNBLOCK, LEAD)
    sequence_all(office.engine)
    deliver(office)
    assert [one["data"]["event"] for one in bodies(seen)] == ["step.unblocked"]


def test_an_address_inside_is_refused_when_it_is_asked_for_and_when_it_is_gone_to(
    office: Wiring, wiring: Wiring, receiver: tuple[Receiver, str]
) -> None:
    seen, url = receiver
    with pytest.raises(InternalAddress):
        subscribed(wiring, url)
    subscribed(office, url)
    delivery = EventDelivery(wiring)  # the administrator has taken the address off the list meanwhile
    delivery.drain()
    delivery.close()
    assert seen.requests == []
    assert "127.0.0.1" in known_subscription(office, "truc").last_words


def test_two_senders_send_nothing_twice(office: Wiring, receiver: tuple[Receiver, str]) -> None:
    seen, url = receiver
    subscribed(office, url)
    both = [EventDelivery(office, limits=QUICK) for _ in range(2)]
    for _round in range(4):
        for one in both:
            one.turn()
    for one in both:
        one.drain()
        one.close()
    assert [one["id"] for one in bodies(seen)] == published(office)


def test_the_secret_stands_nowhere_in_clear_and_a_trial_arrives_signed(
    office: Wiring, receiver: tuple[Receiver, str]
) -> None:
    seen, url = receiver
    made = add_subscription(office, Wished("thu", Secret(f"{url}/hook?token=rat-bi-mat")), "quan-tri")
    assert len(made.secret.reveal()) >= 32
    kept = repr(known_subscription(office, "thu"))
    assert made.secret.reveal() not in kept
    assert "rat-bi-mat" not in kept
    assert try_out(office, "thu").state is State.SENT
    (one,) = seen.requests
    assert trial_signature(one, made.secret.reveal())
    assert json.loads(one.body)["type"] == "vn.bangiao.subscription.trial.v1"


def trial_signature(one: Request, secret: str) -> bool:
    signed = one.headers["X-Bangiao-Timestamp"].encode() + b"." + one.body
    return one.headers["X-Bangiao-Signature"] == "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
