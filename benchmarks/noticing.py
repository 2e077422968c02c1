"""Notices on their way: planned → grouped → claimed → sent → recorded, against the bare libraries to the same receiver.

The receiver is a process of its own that does nothing but take (`benchmarks.receiver`).
"""

from __future__ import annotations

import hashlib
import json
import smtplib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Event, Thread
from time import monotonic, sleep

import httpx
from apprise import Apprise
from sqlalchemy import func, select

from bangiao.channels import put_channel_on_record
from bangiao.deliveries import plan_deliveries
from bangiao.delivery_sender import Sender
from bangiao.reviews import review_deadlines
from bangiao.settings import Settings
from bangiao.wiring import Wiring
from benchmarks.context import HANOI, Bench
from benchmarks.databases import Prepared, wired
from benchmarks.measure import Cost, Line, cost_of, interleaved, ratio, seconds
from benchmarks.receiver import LOOPBACK, Receiver, receiver
from benchmarks.reviewing import AT_ONCE, DUE, scattered
from checklists.people import Person
from db.bulk import write_rows
from db.models import StepRow, table_of
from db.notice_models import DeliveryAttemptRow, NotificationRow, PreferenceRow
from db.notices import PENDING
from db.people import insert_entries
from db.session import begin_write
from notifiers.channels import Address as To
from notifiers.channels import Channel, Delivery, Envelope, Kind, Limits, Tls
from notifiers.letters import letter
from notifiers.masking import Secret
from notifiers.messages import STEP_OVERDUE

MANY, MANY_QUICK = 1000, 20
"""Messages of one round."""

HUNG, WAITING, TRICKLE, TRICKLE_QUICK, EVERY = 5, 100, 200, 10, 0.05
"""Servers that hang, messages that wait for each of them, and messages for a healthy one, so many seconds apart."""

GATHERING = timedelta(seconds=31)
"""A digest waits half a minute for what is planned in the same breath; notices planned before that leave at once."""

_NOTICE, _ATTEMPT, _STEP = table_of(NotificationRow), table_of(DeliveryAttemptRow), table_of(StepRow)
_OPEN_AND_DUE = _STEP.c.due_on.is_not(None) & _STEP.c.state.in_(("waiting", "ready"))

_OVER = datetime(2025, 7, 2, 2, tzinfo=UTC)
"""A working day at nine in Viet Nam: everybody may be written to."""


def lines(bench: Bench) -> Iterator[Line]:
    with receiver(HUNG) as listening:
        for prepared in bench.prepared:
            yield from _rates(bench, prepared, listening)
        yield from _beside_hung(bench, listening)
        for prepared in bench.prepared:
            yield from _of_the_country(bench, prepared, listening)


def _rates(bench: Bench, prepared: Prepared, listening: Receiver) -> Iterator[Line]:
    many = MANY_QUICK if bench.quick else MANY
    source = prepared.only(HANOI).copy_of_opened("noticing")
    bare = _bare(listening, many)

    def ours(kind: str) -> Cost:
        settings = _allowed(prepared.databases.copied(source, "noticing_round"), _OVER)
        with wired(settings) as wiring:
            channel = _CHANNELS[kind](listening)
            people = {f"p{number}": channel.id for number in range(many)}
            _channel(wiring, channel)
            _people(wiring, people)
            _notices(wiring, list(people))
            cost = cost_of(lambda: _drained(wiring, many), prepared.databases.cpu)
            _all_recorded(wiring, many)
        return cost

    variants = {f"by {kind}": (lambda kind=kind: ours(kind)) for kind in _CHANNELS}
    costs = interleaved({**variants, **bare}, bench.rounds)
    name = f"{prepared.databases.name}, {many:,} messages"
    for way, control, target, stretch in _HELD_AGAINST:
        yield ratio(
            "J7" if target else "", f"{name} by {way} ÷ {control}", costs[f"by {way}"], costs[control], target, stretch
        )
    for way in ("by e-mail", "by webhook", *bare):
        yield Line("", f"{name} {way}: one message", "ms", [one.wall / many * 1000 for one in costs[way]])


def _drained(wiring: Wiring, many: int) -> None:
    sender = Sender(wiring)
    assert sender.drain(600) == many
    sender.close()


def _all_recorded(wiring: Wiring, many: int) -> None:
    with wiring.engine.connect() as connection:
        outcomes = list(connection.scalars(select(_ATTEMPT.c.outcome)))
    assert outcomes == ["sent"] * many, set(outcomes)


def _email(listening: Receiver, port: int = 0, name: str = "thu") -> Channel:
    sender = "bangiao@hanoi.gov.vn"
    port = port or listening.smtp
    return Channel(id=name, name="Thư", kind=Kind.EMAIL, host=LOOPBACK, port=port, tls=Tls.NONE, sender=sender)


def _hook(listening: Receiver) -> Channel:
    url = Secret(f"http://{LOOPBACK}:{listening.http}/nhan")
    return Channel(id="truc", name="Trục", kind=Kind.WEBHOOK, url=url, secret=Secret("khoa-ky-de-do"))


_CHANNELS: dict[str, Callable[[Receiver], Channel]] = {"e-mail": _email, "webhook": _hook}
_HELD_AGAINST = (
    ("e-mail", "bare smtplib", None, None),
    ("webhook", "bare httpx", None, None),
    ("webhook", "bare Apprise", 2.0, 1.11),
)


def _bare(listening: Receiver, many: int) -> dict[str, Callable[[], Cost]]:
    """The same number of messages of the usual size; a connection for each letter, as everywhere with many servers."""
    text = "Bước “Sao lưu dữ liệu” của Phường Ba Đình đã quá hạn 1 ngày làm việc.\n" * 12
    envelope = Envelope("0" * 32, "Quá hạn: Sao lưu dữ liệu", text, f"<p>{text * 4}</p>")
    to = To("lead@hanoi.gov.vn", "Nguyễn Thị Lan")
    written = letter(Delivery(_email(listening), to, envelope, Limits(), _OVER))
    url = f"http://{LOOPBACK}:{listening.http}/nhan"

    def letters() -> None:
        for _ in range(many):
            with smtplib.SMTP(LOOPBACK, listening.smtp, local_hostname="bangiao") as session:
                session.sendmail("bangiao@hanoi.gov.vn", ["lead@hanoi.gov.vn"], written)

    def posts() -> None:
        body = {"subject": envelope.subject, "text": envelope.text, "html": envelope.html}
        with httpx.Client() as client:
            for _ in range(many):
                client.post(url, json=body).raise_for_status()

    def notified() -> None:
        one = Apprise()
        one.add(f"json://{LOOPBACK}:{listening.http}/nhan")
        for _ in range(many):
            assert one.notify(envelope.text, envelope.subject)

    return {
        "bare smtplib": lambda: cost_of(letters),
        "bare httpx": lambda: cost_of(posts),
        "bare Apprise": lambda: cost_of(notified),
    }


def _beside_hung(bench: Bench, listening: Receiver) -> Iterator[Line]:
    """From planned to accepted, for messages that come one by one while five other servers hang."""
    prepared, trickle = bench.embedded, TRICKLE_QUICK if bench.quick else TRICKLE
    source = prepared.only(HANOI).copy_of_opened("noticing")
    taken: list[list[float]] = []
    for _ in range(bench.rounds):
        settings = _allowed(prepared.databases.copied(source, "noticing_round"), _OVER)
        with wired(settings) as wiring:
            taken.append(_trickled(wiring, listening, trickle))
    what = f"{prepared.databases.name}: a healthy channel beside {HUNG} hung ones"
    for share, target in ((50, None), (99, 2.0)):
        figures = [sorted(one)[len(one) * share // 100] for one in taken]
        yield Line("J7" if target else "", f"{what}, p{share} from planned to accepted", "s", figures, target)


def _trickled(wiring: Wiring, listening: Receiver, trickle: int) -> list[float]:
    hung = [_email(listening, port, f"treo{place}") for place, port in enumerate(listening.hanging)]
    healthy = [f"p{number}" for number in range(trickle)]
    for channel in (*hung, _hook(listening)):
        _channel(wiring, channel)
    stuck = {f"{one.id}-{number}": one.id for one in hung for number in range(WAITING)}
    _people(wiring, stuck | dict.fromkeys(healthy, _hook(listening).id))
    _notices(wiring, list(stuck))
    stop = Event()
    sending = Thread(target=Sender(wiring).run, args=(stop,), daemon=True)
    sending.start()
    sleep(1)
    for one in healthy:
        _notices(wiring, [one])
        sleep(EVERY)
    _until(lambda: _sent(wiring) == len(healthy), 60)
    stop.set()
    sending.join()
    with wiring.engine.connect() as connection:
        rows = connection.execute(select(_NOTICE.c.created_at, _NOTICE.c.ended_at).where(_NOTICE.c.state == "sent"))
        return [(ended - planned).total_seconds() for planned, ended in rows if ended]


def _of_the_country(bench: Bench, prepared: Prepared, listening: Receiver) -> Iterator[Line]:
    """10,000 steps due at once, among all that are open: reviewed, digests planned; and the first of them arrives."""
    source = scattered(prepared, "review_1", copies=0)
    planned, first = list[Cost](), list[float]()
    jobs: list[Callable[[Wiring], None]] = [lambda wiring: planned.append(_digested(wiring, prepared))]
    if not bench.quick:
        jobs.append(lambda wiring: first.append(_first_notice(wiring)))
    for work in jobs * bench.rounds:
        settings = _allowed(prepared.databases.copied(source, "noticing_round"), DUE)
        with wired(settings) as wiring:
            _channel(wiring, _email(listening))
            work(wiring)
    name = prepared.databases.name
    yield seconds("J7", f"{name}: {AT_ONCE:,} steps due at once, reviewed, all digests planned", planned, 10.0)
    if first:
        yield Line("", f"{name}: from due to the first letter accepted, of which it is gathered for 30 s", "s", first)


def _digested(wiring: Wiring, prepared: Prepared) -> Cost:
    now, later = (Wiring(wiring.settings, wiring.engine, lambda at=at: at) for at in (DUE, DUE + GATHERING))

    def work() -> None:
        assert review_deadlines(now).steps == AT_ONCE
        assert plan_deliveries(later)

    return cost_of(work, prepared.databases.cpu)


def _first_notice(wiring: Wiring) -> float:
    """The sender runs; the steps become due and the review begins."""
    stop = Event()
    sending = Thread(target=Sender(wiring).run, args=(stop,), daemon=True)
    sending.start()
    began = monotonic()
    review_deadlines(wiring)
    _until(lambda: _sent(wiring) > 0, 120)
    took = monotonic() - began
    stop.set()
    sending.join()
    return took


def _until(done: Callable[[], bool], within: float) -> None:
    until = monotonic() + within
    while not done():
        assert monotonic() < until, "it takes too long"
        sleep(0.02)


def _sent(wiring: Wiring) -> int:
    with wiring.engine.connect() as connection:
        found = connection.execute(
            select(func.count()).where(_NOTICE.c.state == "sent", _NOTICE.c.ended_at.is_not(None))
        )
        return int(found.scalar_one())


def _allowed(settings: Settings, at: datetime) -> Settings:
    """Our receiver may be reached; the clock starts there and runs on."""
    return replace(settings, clock=at, allowed_targets=frozenset({"127.0.0.0/8"}))


def _channel(wiring: Wiring, channel: Channel) -> None:
    with wiring.unit_of_work() as uow:
        put_channel_on_record(uow, channel, wiring.settings, "quan-tri")


def _people(wiring: Wiring, channels: Mapping[str, str]) -> None:
    """Account → the one channel by which they want to be told."""
    now = wiring.now()
    people = [Person(one, f"Nguyễn Thị {one}", f"{one}@hanoi.gov.vn", "", "vi") for one in channels]
    wishes = [(one, json.dumps([[channel, ""]]), "{}", now) for one, channel in channels.items()]
    with begin_write(wiring.engine) as connection:
        insert_entries(connection, people, "quan-tri", now)
        write_rows(connection, table_of(PreferenceRow), wishes)


def _notices(wiring: Wiring, accounts: Sequence[str]) -> None:
    """One for each, of a step of its own, planned a moment ago."""
    now = wiring.now()
    with begin_write(wiring.engine) as connection:
        steps = connection.execute(select(_STEP.c.id, _STEP.c.due_on).where(_OPEN_AND_DUE).limit(len(accounts))).all()
        told = [(account, *step) for account, step in zip(accounts, steps, strict=True)]
        write_rows(connection, _NOTICE, [_notice(*one, now) for one in told])


def _notice(account: str, step: int, due_on: date | None, now: datetime) -> tuple[object, ...]:
    """In the order of the columns of `NotificationRow`."""
    named = hashlib.sha256(account.encode()).hexdigest()[:32]
    about = (named, STEP_OVERDUE, step, "unit-above", due_on, account, None, False)
    return (*about, PENDING, now - GATHERING, None, now, None)
