"""The watch, on both databases and against real servers: whatever stands still, somebody hears of it within minutes, by
another way than the one that may be broken; and where nothing stands still nobody hears anything.

The office is small enough to know by heart (`trial_office`): DAT-01 of old:00007 is due on Tuesday 1 July 2025.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from clocks import SetClock
from databases import OfficeMaker
from notices import hook_channel, mail_channel, open_steps, reader, record_channel, tell
from receivers import Mailbox, Receiver, answering, hanging_server, http_receiver, smtp_server
from sqlalchemy import insert, select, text, update
from trial_office import DIVIDED, TrialOffice, trial_office

from bangiao import watching
from bangiao.channels import switch_channel
from bangiao.delivery_sender import Sender
from bangiao.heartbeats import review_on_record, sign_of_life
from bangiao.reviews import review_deadlines
from bangiao.settings import Settings
from bangiao.watching import Round, Watch, look
from bangiao.wiring import Wiring, wire
from checklists.escalation.ladder import DEFAULT_LADDER, EscalationLadder
from checklists.escalation.watching import MOVES, OCCURRENCES, RELAY, SENDER, owed_run
from db.bulk import insert_rows, raw_instant
from db.channels import write_preference
from db.models import ChecklistRow, DecisionRow, OutboxRow, StepRow, table_of
from db.notice_models import AlarmRow, ChannelRow, DecisionLadderRow, DeliveryRow, LadderRow, ReviewRow
from db.session import begin_read, begin_write
from db.watching import queries, unreviewed_query
from db.work_models import PersonRow

MOSTLY_EMBEDDED = True


def day(text_: str, hour: str = "08:00") -> datetime:
    return datetime.fromisoformat(f"2025-{text_}T{hour}:00+07:00")


@pytest.fixture
def office_maker() -> OfficeMaker:
    return told_by_webhook


def told_by_webhook(wiring: Wiring) -> TrialOffice:
    """Everybody is told by a webhook of their office, which is not the way of the alarms."""
    made = trial_office(wiring)
    with begin_write(wiring.engine) as connection:
        for account in connection.scalars(select(PersonRow.account)).all():
            write_preference(connection, account, '[["viec", ""], ["email", "an@hanoi.gov.vn"]]', "{}", wiring.now())
    return made


def watched(wiring: Wiring, *channels: str, dead_man_url: str = "") -> Wiring:
    """The same installation, with its alarm channels, allowed to send to servers on this machine."""
    settings = replace(
        wiring.settings,
        allowed_targets=frozenset({"127.0.0.0/8"}),
        alarm_channels=frozenset(channels),
        dead_man_url=dead_man_url,
        language="en",
    )
    return Wiring(settings, wiring.engine, wiring.clock)


@dataclass
class Place:
    """Everything of an office that runs, by hand: what is `dead` does nothing any more, and says nothing."""

    wiring: Wiring
    clock: SetClock
    watch: Watch
    dead: set[str] = field(default_factory=set)

    def minute(self) -> Round:
        """The flow by its schedule, the others as always, and then one round of the watch."""
        for part in {SENDER, RELAY, OCCURRENCES, MOVES} - self.dead:
            sign_of_life(self.wiring, part)
        now = self.clock.now
        if "review" not in self.dead and now.minute % 5 == 0:
            with review_on_record(self.wiring):
                review_deadlines(self.wiring)
        if RELAY not in self.dead:
            with begin_write(self.wiring.engine) as connection:
                connection.execute(update(OutboxRow).values(state="delivered"))
        if SENDER not in self.dead:
            Sender(self.wiring).drain(within=5)
        round_ = self.watch.round()
        self.clock.advance(minutes=1)
        return round_

    def minutes(self, count: int) -> list[Round]:
        return [self.minute() for _ in range(count)]


def place(wiring: Wiring, clock: SetClock, at: datetime) -> Place:
    """An office that has been running for a quarter of an hour."""
    clock.now = at - timedelta(minutes=15)
    made = Place(wiring, clock, Watch(wiring))
    assert [one.look.found for one in made.minutes(15)[-5:]] == [[]] * 5
    return made


def kinds(round_: Round) -> list[str]:
    return [one.kind for one in round_.look.found]


def alarms(receiver: Receiver) -> list[dict[str, Any]]:
    """What came by the webhook for alarms."""
    return [json.loads(one.body) for one in receiver.requests if one.path == "/bao-dong"]


def pings(receiver: Receiver) -> int:
    return sum(one.path == "/ping" for one in receiver.requests)


@contextmanager
def second_way(wiring: Wiring) -> Iterator[tuple[Wiring, Receiver]]:
    """A webhook for alarms, another for everybody's notices, and a dead-man URL, on the same real server."""
    receiver = Receiver()
    with http_receiver(receiver) as server:
        made = watched(wiring, "truc", dead_man_url=f"{server.url}/ping")
        record_channel(made, hook_channel(f"{server.url}/bao-dong"), hook_channel(f"{server.url}/viec", "viec"))
        yield made, receiver


def test_a_scheduler_that_silently_stops_while_steps_fall_due_is_told_within_five_minutes_while_mail_is_down(
    office: TrialOffice, clock: SetClock
) -> None:
    mailbox = Mailbox(recipient_answer="451 4.3.0 later")
    with second_way(office.wiring) as (wiring, receiver), smtp_server(mailbox) as mail:
        record_channel(wiring, mail_channel(mail.port))
        with wiring.unit_of_work() as uow:
            switch_channel(uow, "viec", False, "quan-tri")
        running = place(wiring, clock, day("07-01", "07:56"))
        before = pings(receiver)
        assert before > 5
        assert alarms(receiver) == []
        running.dead.add("review")
        told_at = next(clock.now for _ in range(20) if running.minute().told)
        assert told_at - timedelta(minutes=1) <= day("07-01") + timedelta(minutes=5)
        (alarm,) = alarms(receiver)
        assert alarm["urgent"]
        assert "were to be looked at by a review and were not, the first at 08:00 01/07/2025" in flat(alarm["text"])
        assert "bangiao review-deadlines" in alarm["text"]
        after = pings(receiver)
        running.minutes(3)
        assert pings(receiver) == after


def flat(words: str) -> str:
    return " ".join(words.split())


def test_an_alarm_is_said_once_an_hour_however_often_one_looks_or_starts_again_and_its_end_is_said_once(
    office: TrialOffice, clock: SetClock
) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("07-01", "08:01"))
        running.dead.add("review")
        running.minutes(15)
        heard = len(alarms(receiver))
        assert heard >= 1
        for _ in range(5):
            running.watch = Watch(wiring)
            running.minutes(5)
        assert len(alarms(receiver)) == heard  # neither the rounds nor the restarts say it again
        running.minutes(60)
        assert len(alarms(receiver)) == heard + 1
        running.dead.clear()
        running.minutes(40)
        assert [one["subject"] for one in alarms(receiver)[heard + 1 :]] == ["All clear: reminders work again"]
        with begin_read(wiring.engine) as connection:
            assert connection.execute(select(AlarmRow)).all() == []


def test_what_comes_and_goes_is_one_alarm_and_no_flood(office: TrialOffice, clock: SetClock) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("06-20", "08:01"))
        for _ in range(8):
            running.dead.add(SENDER)
            running.minutes(4)
            running.dead.clear()
            running.minutes(2)
        assert len(alarms(receiver)) == 1


@pytest.mark.parametrize(
    ("part", "kind"), [(SENDER, "sender-silent"), (RELAY, "relay-silent"), ("review", "review-deadlines-silent")]
)
def test_a_part_that_was_killed_is_missed_within_five_minutes_of_when_it_should_have_spoken(
    office: TrialOffice, clock: SetClock, part: str, kind: str
) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("06-20", "08:01"))
        running.dead.add(part)
        rounds = running.minutes(9 if part == "review" else 5)
        assert kinds(rounds[-1])[0] == kind
        assert [one.told for one in rounds].index(True) == (7 if part == "review" else 2)  # 08:08, three after its run
        assert alarms(receiver)


def test_notices_without_a_sender_and_letters_that_hang_in_one_that_died_are_found(
    office: TrialOffice, clock: SetClock
) -> None:
    wiring = office.wiring
    with second_way(wiring) as (wiring, _):
        running = place(wiring, clock, day("06-20", "08:01"))
        running.dead.add(SENDER)
        tell(wiring, reader(wiring, "an"), open_steps(wiring, 1))
        with begin_write(wiring.engine) as connection:
            connection.execute(
                insert(DeliveryRow), [letter(clock.now, "sending", "a"), letter(clock.now, "pending", "b")]
            )
        rounds = running.minutes(17)
        assert {"notices-waiting", "deliveries-lapsed", "deliveries-untried"} <= set(kinds(rounds[-1]))
        running.dead.clear()
        running.minutes(3)
        assert kinds(running.minute()) == []


def letter(now: datetime, state: str, name: str, **changes: Any) -> dict[str, Any]:
    row = {column.name: None for column in table_of(DeliveryRow).columns}
    row |= {"id": name * 32, "recipient": "an", "digest": name, "channel": "truc", "address": "an", "urgent": False}
    row |= {"state": state, "attempt": 1, "tries": 1, "next_try_at": now, "created_at": now}
    return row | ({"claimed_until": now} if state == "sending" else {}) | changes


def test_letters_that_nobody_takes_want_attention_but_nothing_stands_still(
    office: TrialOffice, clock: SetClock
) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("06-20", "08:01"))
        later, ended = clock.now + timedelta(days=1), clock.now - timedelta(hours=2)
        rows = [
            letter(ended, "failed", "a", tries=6, next_try_at=later),
            letter(ended, "dead", "b", ended_at=ended),
            letter(ended, "dead", "c", ended_at=ended),
            letter(ended, "sent", "d", ended_at=ended, replaces="c" * 32),
            letter(ended, "dead", "e", ended_at=ended - timedelta(days=30)),
        ]
        with begin_write(wiring.engine) as connection:
            connection.execute(insert(DeliveryRow), rows)
        before = pings(receiver)
        rounds = running.minutes(10)
        assert kinds(rounds[-1]) == ["deliveries-in-vain", "dead-letters"]
        assert rounds[-1].look.found[1].what.values["count"] == 1
        assert pings(receiver) == before + 10
        assert len(alarms(receiver)) == 1


def test_a_killed_relay_leaves_events_that_are_missed(office: TrialOffice, clock: SetClock) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("06-20", "08:01"))
        with begin_write(wiring.engine) as connection:
            connection.execute(update(OutboxRow).values(state="pending", available_at=clock.now))
        running.dead.add(RELAY)
        rounds = running.minutes(8)
        assert kinds(rounds[-1]) == ["relay-silent", "outbox-waiting"]
        assert len(alarms(receiver)) == 1
        with begin_write(wiring.engine) as connection:
            connection.execute(update(OutboxRow).values(last_error="409", available_at=clock.now + timedelta(days=1)))
        sign_of_life(wiring, RELAY)
        assert kinds(running.minute()) == ["outbox-refused"]


def test_a_decision_that_does_not_become_checklists_is_found(office: TrialOffice, clock: SetClock) -> None:
    with second_way(office.wiring) as (wiring, _):
        running = place(wiring, clock, day("06-20", "08:01"))
        with begin_write(wiring.engine) as connection:
            connection.execute(update(DecisionRow).values(opened_at=None))
        assert kinds(running.minute()) == ["openings-standing"]


def test_a_ladder_that_has_spoken_its_last_level_is_no_finding(office: TrialOffice, clock: SetClock) -> None:
    ended = EscalationLadder(levels=DEFAULT_LADDER.levels[:3])
    with begin_write(office.wiring.engine) as connection:
        row = {"hash": ended.content_hash, "content": ended.model_dump_json(), "recorded_at": clock.now}
        assert ended.content_hash != DEFAULT_LADDER.content_hash
        connection.execute(insert(LadderRow), [row])
        connection.execute(update(DecisionLadderRow).values(ladder_hash=ended.content_hash))
    with second_way(office.wiring) as (wiring, receiver):
        for date in ("06-26", "07-01", "07-02", "07-03"):
            clock.now = day(date)
            review_deadlines(wiring)
        running = place(wiring, clock, day("07-04", "09:01"))
        with begin_read(wiring.engine) as connection:
            query = select(ReviewRow.next_at).join(StepRow, StepRow.id == ReviewRow.step_id)
            late = query.where(StepRow.due_on < day("07-04").date(), StepRow.state.in_(("ready", "waiting")))
            resting = list(connection.scalars(late))
        assert None in resting
        assert {kind for one in running.minutes(20) for kind in kinds(one)} == set()
        assert alarms(receiver) == []


@pytest.mark.parametrize("harm", ["no row", "another date", "at rest"])
def test_a_late_step_that_no_review_will_look_at_is_found_though_reviews_run(
    office: TrialOffice, clock: SetClock, harm: str
) -> None:
    with second_way(office.wiring) as (wiring, _):
        running = place(wiring, clock, day("07-02", "09:01"))
        running.dead.add("review")
        step = next(one.id for one in office.book().lines.values() if (one.holder, one.key) == (DIVIDED, "DAT-01"))
        with begin_write(wiring.engine) as connection:
            review = table_of(ReviewRow)
            mine = review.c.step_id == step
            if harm == "no row":
                connection.execute(review.delete().where(mine))
            elif harm == "another date":
                connection.execute(update(review).where(mine).values(due_on=day("07-20").date()))
            else:
                connection.execute(update(review).where(mine).values(next_at=None, version=review.c.version - 1))
        found = {one.kind: one for one in running.minute().look.found}
        assert found["steps-unreviewed"].what.values["count"] == 1
        running.dead.clear()
        running.minutes(10)
        assert kinds(running.minute()) == []


def test_a_channel_whose_key_is_gone_is_found_and_the_alarm_goes_by_another(
    office: TrialOffice, clock: SetClock
) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("06-20", "08:01"))
        with begin_write(wiring.engine) as connection:
            (row,) = connection.execute(select(table_of(ChannelRow)).where(ChannelRow.id == "viec")).mappings()
            connection.execute(
                insert(ChannelRow), [{**row, "id": "hong"}]
            )  # what is sealed opens under its own name only
        assert kinds(running.minute()) == ["channel-unusable:hong"]
        (alarm,) = alarms(receiver)
        assert "bangiao channel add hong" in alarm["text"]


def test_notices_that_wait_for_a_first_channel_are_said_to(office: TrialOffice, clock: SetClock) -> None:
    with second_way(office.wiring) as (wiring, _):
        running = place(wiring, clock, day("06-20", "08:01"))
    with begin_write(wiring.engine) as connection:
        connection.execute(update(ChannelRow).values(enabled=False))
    tell(wiring, reader(wiring, "an"), open_steps(wiring, 1))
    rounds = running.minutes(7)
    assert kinds(rounds[-1]) == ["no-channel"]
    assert not rounds[-1].told


def test_a_hanging_channel_holds_neither_the_round_nor_the_alarm_by_the_next(
    office: TrialOffice, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bangiao.alarms._READ", 0.3)
    with second_way(office.wiring) as (wiring, receiver), hanging_server() as hangs:
        record_channel(wiring, hook_channel(hangs.url, "treo"))
        wiring = watched(wiring, "treo", "truc", "khong-co")
        running = place(wiring, clock, day("06-20", "08:01"))
        running.dead.add(RELAY)
        assert sum(one.told for one in running.minutes(6)) == 1
        assert len(alarms(receiver)) == 1


def test_an_alarm_that_nobody_took_is_said_again_with_the_same_id_until_somebody_does(
    office: TrialOffice, clock: SetClock
) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("06-20", "08:01"))
        running.dead.add(RELAY)
        receiver.behaviour = answering(503)
        assert not any(one.told for one in running.minutes(6))
        receiver.behaviour = answering(200)
        assert [one.told for one in running.minutes(3)] == [True, False, False]
        heard = alarms(receiver)
        assert len(heard) > 2
        assert len({one["id"] for one in heard}) == 1


def test_a_dead_man_url_on_an_internal_address_that_is_not_listed_is_not_pinged(
    office: TrialOffice, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        settings = replace(wiring.settings, allowed_targets=frozenset())
        running = place(Wiring(settings, wiring.engine, clock), clock, day("06-20", "08:01"))
        assert not running.minute().pinged
        assert pings(receiver) == 0
        assert "/ping" not in caplog.text


def test_a_dead_man_url_that_sends_us_elsewhere_is_not_followed(office: TrialOffice, clock: SetClock) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("06-20", "08:01"))
        receiver.behaviour = answering(302, Location="/elsewhere")
        assert not running.minute().pinged
        assert {one.path for one in receiver.requests} & {"/ping", "/elsewhere"} == {"/ping"}


def test_after_a_rest_everything_gets_the_time_to_begin_but_all_is_not_said_to_be_well(
    office: TrialOffice, clock: SetClock
) -> None:
    with second_way(office.wiring) as (wiring, receiver):
        place(wiring, clock, day("06-20", "08:01"))
        clock.now = day("06-21", "07:02")
        before = pings(receiver)
        again = Place(wiring, clock, Watch(wiring))
        rounds = again.minutes(12)
        assert "review-deadlines-silent" in kinds(rounds[0])
        assert kinds(rounds[-1]) == []
        assert not any(one.told for one in rounds)
        assert 0 < pings(receiver) - before < 12


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_database_that_is_gone_is_an_alarm_by_the_channels_known_before(
    office: TrialOffice, clock: SetClock, tmp_path: Path
) -> None:
    file = Path(office.wiring.engine.url.database or "")
    with second_way(office.wiring) as (wiring, receiver):
        running = place(wiring, clock, day("06-20", "08:01"))
        wiring.engine.dispose()
        file.rename(tmp_path / "aside")
        before, rounds = pings(receiver), []
        for _ in range(10):
            rounds.append(running.watch.round())
            clock.advance(minutes=1)
        assert {kind for one in rounds for kind in kinds(one)} == {"database"}
        assert [one.told for one in rounds] == [False, False, True, *[False] * 7]
        assert not file.exists()
        (tmp_path / "aside").rename(file)
        running.minutes(15)
        assert [one["subject"].partition(":")[0] for one in alarms(receiver)] == ["Alarm", "All clear"]
        assert pings(receiver) > before


def test_a_database_that_takes_connections_and_never_answers_does_not_silence_the_watch(
    clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "PATIENCE", 0.5)
    with hanging_server() as hangs:
        made = wire(Settings(data_dir=tmp_path, database_url=f"postgresql://u@127.0.0.1:{hangs.port}/x"))
        watch = Watch(Wiring(made.settings, made.engine, clock))
        assert kinds(watch.round()) == ["database"]
        assert kinds(watch.round()) == ["database"]
    made.engine.dispose()


def test_a_schema_of_another_release_is_said_and_nothing_breaks(empty_database_url: str, tmp_path: Path) -> None:
    made = wire(Settings(data_dir=tmp_path, database_url=empty_database_url))
    if made.engine.dialect.name == "sqlite":
        Path(made.engine.url.database or "").touch()
    (found,) = look(made).found
    assert found.kind == "watch"
    assert "bangiao db upgrade" in str(found.what.values["why"])
    made.engine.dispose()


def test_the_process_of_the_watch_can_do_without_prefect() -> None:
    """Not even its import may matter."""
    code = "import sys; sys.modules['prefect'] = None; import flows.engine.watch_process, flows.commands"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# -- many --


def many_steps(wiring: Wiring, count: int) -> None:
    """A healthy office: so many open steps more, half of them late, and each with its next review."""
    with begin_write(wiring.engine) as connection:
        checklist, deadline = connection.execute(select(StepRow.checklist_id, StepRow.deadline_id).limit(1)).one()
        first = (connection.scalars(select(ChecklistRow.id).order_by(ChecklistRow.id.desc())).first() or 0) + 1 << 20
        dues = ("2025-06-10", "2025-07-20")
        steps = table_of(StepRow)
        values = {"checklist_id": checklist, "counterpart": "", "occurrence": 1, "state": "ready", "version": 1}
        values |= {"deadline_id": deadline, "open_needs": 0, "overdue_at_birth": False}
        rows = [values | {"id": first + one, "key": f"N-{one}", "due_on": dues[one % 2]} for one in range(count)]
        insert_rows(connection, steps, [tuple(row[column.name] for column in steps.columns) for row in rows])
        next_at = raw_instant(connection.dialect.name, wiring.now() + timedelta(days=3))
        seen = raw_instant(connection.dialect.name, wiring.now())
        reviews = [(row["id"], next_at, 1, row["due_on"], seen, "[]") for row in rows]
        insert_rows(connection, table_of(ReviewRow), reviews)


def test_a_healthy_office_with_ten_thousand_steps_has_no_finding(office: TrialOffice, clock: SetClock) -> None:
    clock.now = day("06-20", "08:01")
    many_steps(office.wiring, 10_000)
    with second_way(office.wiring) as (wiring, _):
        running = place(wiring, clock, clock.now)
        assert [kinds(one) for one in running.minutes(6)] == [[]] * 6


def test_what_stands_still_is_found_by_indexes_and_not_by_reading_all_steps(
    office: TrialOffice, clock: SetClock
) -> None:
    many_steps(office.wiring, 5_000)
    beats = {SENDER: clock.now}
    asked = {**queries(clock.now, beats), "steps": unreviewed_query(day("06-20").date())}
    with begin_write(office.wiring.engine) as connection:
        if connection.dialect.name == "postgresql":  # so few rows it would rather read: the question is whether it must
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("ANALYZE"))
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        for name, query in asked.items():
            said = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
            plan = [" ".join(map(str, row)) for row in connection.exec_driver_sql(f"{explain} {said}").all()]
            read = [line for line in plan if "SCAN step" in line or "Seq Scan on step" in line or "SCAN review" in line]
            assert read == [], (name, plan)
    assert owed_run(clock.now) <= clock.now
