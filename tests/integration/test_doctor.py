"""The doctor on both databases: nothing to say of a sound installation, and of each damage exactly that.

Each damage is done by hand, with SQL or in the folders, as no command of ours would do it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import works
from builders import SPLIT
from databases import OfficeMaker
from offices import (
    HA_NOI_COMMITTEE,
    VERIFIER,
    appoint,
    do,
    finish,
    finish_with_needs,
    held,
    lead_of,
    needs_of,
    note,
    opened,
    step_of,
)
from sqlalchemy import Connection, insert, select, text
from tampering import unguarded

from bangiao import doctor
from bangiao.attachments import kept_file, store_of
from bangiao.audit_log import make_checkpoint
from bangiao.health.checks import Health, Look
from bangiao.health.environment import judged_journal
from bangiao.health.repair import Repaired, repair
from bangiao.heartbeats import sign_of_life
from bangiao.i18n import render
from bangiao.package_workshop import workshops
from bangiao.settings import child_environment
from bangiao.subscriptions import Wished, add_subscription
from bangiao.succession import move_all_work
from bangiao.wiring import Wiring
from checklists.escalation.watching import SENDER
from checklists.events import INSTALLATION_REPAIRED, MOVE_WORK, OPEN_CHECKLISTS
from checklists.people import PersonRole, Substitution
from checklists.steps import Act
from db.audit_log import sequence_all
from db.models import EventRow, NeedRow, StepRow, table_of
from db.package_models import PackageRow
from db.people import write_substitution
from db.session import begin_read, begin_write
from db.work_models import StepWorkRow
from notifiers.masking import Secret

ROOT = Path(__file__).parents[2]
STEP = "old:00634/DAT-03"
"""A step that asks for evidence and for a second person."""

EMPTY = hashlib.sha256(b"").hexdigest()


@contextlib.contextmanager
def silent(_words: object, _total: int) -> Iterator[Callable[[], None]]:
    yield lambda: None


def look_at(wiring: Wiring, deep: bool = False) -> Look:
    return Look(wiring, deep, silent)


def found(wiring: Wiring, deep: bool = False) -> dict[str, list[str]]:
    """Check → what it found, in English; checks that are sound are left out."""
    said: dict[str, list[str]] = {}
    for one in doctor.examine(look_at(wiring, deep)):
        if one.health is not Health.SOUND:
            findings = one.verdict.findings if one.verdict else ()
            said[one.check.name] = [f"{render(each.what, 'en')} {render(each.todo, 'en')}" for each in findings]
            assert all(each.where for each in findings)
    return said


def sentence(wiring: Wiring, name: str) -> str:
    """What a sound check says."""
    examined = next(one for one in doctor.examine(look_at(wiring)) if one.check.name == name)
    assert examined.verdict
    return render(examined.verdict.fine, "en")


@contextmanager
def by_hand(wiring: Wiring) -> Iterator[Connection]:
    """A connection that does what it is told, also against the keys of the database."""
    sqlite = wiring.engine.dialect.name == "sqlite"
    with wiring.engine.connect() as connection:
        off = "PRAGMA foreign_keys=OFF" if sqlite else "SET LOCAL session_replication_role = replica"
        connection.exec_driver_sql(off)
        if sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        with unguarded(connection):
            yield connection
        connection.commit()
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def sql(wiring: Wiring, *statements: str, **values: object) -> None:
    with by_hand(wiring) as connection:
        for one in statements:
            names = {name: value for name, value in values.items() if f":{name}" in one}
            assert connection.execute(text(one), names).rowcount >= 1, one


@dataclass
class Office:
    """A working day is over: one step is done with a file and a note, others are in every other state."""

    wiring: Wiring
    done: int
    not_applicable: int
    submitted: int
    started: int
    digest: str

    def first(self, state: str, needed: bool | None = None) -> int:
        """The first step in this state that nobody has touched (and that another needs, or none)."""
        wanted = select(StepRow.id).where(StepRow.state == state, StepRow.id.not_in(select(StepWorkRow.step_id)))
        if needed is not None:
            elsewhere = StepRow.id.in_(select(NeedRow.needs_id))
            wanted = wanted.where(elsewhere if needed else ~elsewhere)
        with begin_read(self.wiring.engine) as connection:
            return connection.scalars(wanted.order_by(StepRow.id).limit(1)).one()

    @property
    def file(self) -> Path:
        return store_of(self.wiring.settings).path(self.digest)

    def at(self, path: Path, **ago: float) -> None:
        """The file was written so long ago, by the clock of the installation."""
        when = (self.wiring.now() - timedelta(**ago)).timestamp()
        os.utime(path, (when, when))

    def later(self, **step: float) -> None:
        self.wiring.clock.advance(**step)  # type: ignore[attr-defined]


@pytest.fixture
def office_maker() -> OfficeMaker:
    return at_work


def at_work(wiring: Wiring) -> Office:
    """A day's work: steps in every state, evidence, one of it taken back."""
    opened(wiring)
    works.relay_with(wiring, wiring.settings.data_dir / "prefect", (OPEN_CHECKLISTS, MOVE_WORK))
    appoint(wiring, "lanh-dao", PersonRole.UNIT_LEAD, "*")
    lead = lead_of(wiring, SPLIT)
    done = step_of(wiring, STEP)
    content = kept_file(
        store_of(wiring.settings), io.BytesIO(b"bi\xc3\xaan b\xe1\xba\xa3n"), "bb.txt", date(2025, 6, 17)
    )
    do(wiring, done, Act.ATTACH, lead, evidence=(content, note()))
    do(wiring, done, Act.WITHDRAW, lead, digests=frozenset({note().digest}))
    do(wiring, done, Act.ATTACH, lead, evidence=(note("đối soát xong"),))
    finish(wiring, done)
    ready = [one for one in _ready(wiring) if one != done]
    blocked, returned, submitted, reopened, not_applicable, started = ready[:6]
    day = wiring.today() + timedelta(days=3)
    do(wiring, blocked, Act.BLOCK, lead_for(wiring, blocked), reason="chờ khóa", unblocker="Sở", expected_on=day)
    for one in (returned, submitted):
        do(wiring, one, Act.COMPLETE, lead_for(wiring, one), evidence=(note(f"bước {one}"),))
    do(wiring, returned, Act.RETURN, VERIFIER, reason="thiếu chữ ký")
    finish(wiring, reopened)
    do(wiring, reopened, Act.REOPEN, HA_NOI_COMMITTEE, reason="số liệu sai")
    do(wiring, not_applicable, Act.NOT_APPLICABLE, lead_for(wiring, not_applicable), reason="không có hệ thống")
    do(wiring, not_applicable, Act.VERIFY, VERIFIER)
    do(wiring, started, Act.START, lead_for(wiring, started))
    return Office(wiring, done, not_applicable, submitted, started, content.digest)


def lead_for(wiring: Wiring, step_id: int) -> str:
    return lead_of(wiring, held(wiring, step_id).holder)


def _ready(wiring: Wiring) -> list[int]:
    """Ready steps that take a second person."""
    with begin_read(wiring.engine) as connection:
        numbers = list(connection.scalars(select(StepRow.id).where(StepRow.state == "ready").order_by(StepRow.id)))
    return [one for one in numbers if held(wiring, one).step.verified]


def test_a_new_installation_and_one_after_a_days_work_are_sound(wiring: Wiring, office: Office) -> None:
    assert found(wiring, deep=True) == {}


def test_an_installation_where_nothing_is_open_yet_is_sound(wiring: Wiring) -> None:
    assert found(wiring, deep=True) == {}


def test_it_is_still_sound_when_needs_were_met_and_open_again_and_work_has_moved(office: Office) -> None:
    wiring = office.wiring
    waiting = office.first("waiting")
    finish_with_needs(wiring, waiting)
    with begin_read(wiring.engine) as connection:
        needed = needs_of(connection, waiting)[0]
    do(wiring, needed, Act.REOPEN, HA_NOI_COMMITTEE, reason="làm lại")
    assert found(wiring, deep=True) == {}
    office.later(days=20)
    assert list(found(wiring)) == ["moved-work"]
    move_all_work(wiring)
    assert found(wiring, deep=True) == {}


NEED = "INSERT INTO need (step_id, needs_id) VALUES (:step, :needs)"
VERIFICATION = (
    "INSERT INTO verification (id, step_id, claim, evidence_hash, given_by, given_at, void_because)"
    " SELECT 'by hand', :step, 'done', evidence_hash, given_by, given_at, '' FROM verification"
    " WHERE step_id = :done AND void_at IS NULL"
)


def miscount(office: Office) -> None:
    sql(office.wiring, "UPDATE step SET open_needs = open_needs + 1 WHERE id = :step", step=office.first("waiting"))


def miscount_done(office: Office) -> None:
    sql(office.wiring, "UPDATE step SET open_needs = 1 WHERE id = :step", step=office.done)


def ready_too_early(office: Office) -> None:
    sql(office.wiring, "UPDATE step SET state = 'ready' WHERE id = :step", step=office.first("waiting"))


def in_progress_too_early(office: Office) -> None:
    with_an_open_need(office, office.started)


def waits_for_nothing(office: Office) -> None:
    sql(office.wiring, "UPDATE step SET state = 'waiting' WHERE id = :step", step=office.first("ready"))


def with_an_open_need(office: Office, step: int) -> None:
    counted = "UPDATE step SET open_needs = open_needs + 1 WHERE id = :step"
    sql(office.wiring, NEED, counted, step=step, needs=office.first("ready"))


def submitted_too_early(office: Office) -> None:
    with_an_open_need(office, office.submitted)


def done_too_early(office: Office) -> None:
    with_an_open_need(office, office.done)


def needs_nothing(office: Office) -> None:
    counted = "UPDATE step SET open_needs = open_needs + 1 WHERE id = :step"
    sql(office.wiring, NEED, counted, step=office.first("waiting"), needs=424242)


def no_deadline(office: Office) -> None:
    sql(office.wiring, "UPDATE step SET deadline_id = 424242 WHERE id = :step", step=office.first("ready"))


def a_step_is_gone(office: Office) -> None:
    with begin_read(office.wiring.engine) as connection:
        lonely = "SELECT id FROM step WHERE state = 'ready' AND id NOT IN (SELECT needs_id FROM need)"
        lonely += " AND id NOT IN (SELECT step_id FROM need) AND id NOT IN (SELECT step_id FROM step_work)"
        step = connection.scalars(text(f"{lonely} LIMIT 1")).one()
    sql(office.wiring, "DELETE FROM step WHERE id = :step", step=step)


def a_step_too_many(office: Office) -> None:
    sql(office.wiring, "UPDATE checklist SET steps = steps - 1 WHERE id = :list", list=office.done >> 20)


def another_plan(office: Office) -> None:
    with begin_read(office.wiring.engine) as connection:
        plan = json.loads(connection.scalars(text("SELECT plan FROM decision")).one())
    counts = plan["checklists"]
    name = next(iter(counts))
    if isinstance(counts, dict):
        counts[name] += 1
    else:
        counts[0][-1] += 1
    sql(office.wiring, "UPDATE decision SET plan = :plan", plan=json.dumps(plan))


def opening_stands_still(office: Office) -> None:
    sql(office.wiring, "UPDATE decision SET opened_at = NULL")
    office.later(hours=2)


def claimed_by_the_dead(office: Office) -> None:
    claimed = "UPDATE outbox SET state = 'claimed', claimed_until = available_at WHERE consumer = 'open-checklists'"
    sql(office.wiring, claimed)
    office.later(hours=2)


def never_taken(office: Office) -> None:
    sql(office.wiring, "UPDATE outbox SET state = 'pending' WHERE consumer = 'open-checklists'")
    office.later(hours=2)


def always_refused(office: Office) -> None:
    office.later(hours=2)
    refused = "UPDATE outbox SET state = 'pending', last_error = 'Prefect says no', available_at = :soon"
    soon = f"{office.wiring.now() + timedelta(minutes=5):%Y-%m-%d %H:%M:%S}+00:00"
    sql(office.wiring, f"{refused} WHERE consumer = 'open-checklists'", soon=soon)


def handed_over_often(office: Office) -> None:
    sql(office.wiring, "UPDATE outbox SET state = 'pending', attempt = 5")


def no_event(office: Office) -> None:
    sql(office.wiring, "DELETE FROM event WHERE step_id = :step", step=office.done)


def done_by_nobody(office: Office) -> None:
    """Proved, verified, and no event says that it was done."""
    step = office.first("ready", needed=False)
    sql(
        office.wiring,
        "UPDATE step SET state = 'done', version = 2 WHERE id = :step",
        "INSERT INTO evidence (id, step_id, kind, digest, name, size, media_type, text, dated_on, added_by, added_at)"
        " SELECT 'by hand', :step, kind, digest, name, size, media_type, text, dated_on, added_by, added_at"
        " FROM evidence WHERE step_id = :done AND kind = 'file'",
        VERIFICATION.replace("evidence_hash, given_by, given_at, '' FROM", ":hash, given_by, given_at, '' FROM"),
        step=step,
        done=office.done,
        hash=hashlib.sha256(office.digest.encode()).hexdigest(),
    )


def event_of_nothing(office: Office) -> None:
    sql(office.wiring, "UPDATE event SET step_id = 424242 WHERE type = 'decision.opened'")


def no_evidence(office: Office) -> None:
    gone = "UPDATE evidence SET withdrawn_at = added_at, withdrawn_by = 'x' WHERE step_id = :step"
    seen = "UPDATE verification SET evidence_hash = :empty WHERE step_id = :step"
    sql(office.wiring, gone, seen, step=office.done, empty=EMPTY)


def verification_gone(office: Office) -> None:
    sql(office.wiring, "DELETE FROM verification WHERE step_id = :step", step=office.done)


def not_applicable_by_nobody(office: Office) -> None:
    gone = "UPDATE verification SET void_at = given_at WHERE step_id = :step"
    sql(office.wiring, gone, step=office.not_applicable)


def other_evidence(office: Office) -> None:
    gone = "UPDATE evidence SET withdrawn_at = added_at WHERE step_id = :step AND kind = 'note'"
    sql(office.wiring, gone, step=office.done)


def more_evidence(office: Office) -> None:
    back = "UPDATE evidence SET withdrawn_at = NULL WHERE step_id = :step AND withdrawn_at IS NOT NULL"
    sql(office.wiring, back, step=office.done)


def verified_while_open(office: Office) -> None:
    sql(office.wiring, VERIFICATION, step=office.submitted, done=office.done)


def verified_twice(office: Office) -> None:
    sql(office.wiring, VERIFICATION, step=office.done, done=office.done)


def own_work(office: Office) -> None:
    lead = lead_of(office.wiring, SPLIT)
    sql(office.wiring, "UPDATE verification SET given_by = :lead WHERE step_id = :step", lead=lead, step=office.done)


def own_work_in_anothers_name(office: Office) -> None:
    lead = lead_of(office.wiring, SPLIT)
    own = "UPDATE verification SET on_behalf_of = :lead WHERE step_id = :step"
    sql(office.wiring, own, lead=lead, step=office.done)


def file_gone(office: Office) -> None:
    office.file.unlink()


def file_cut_short(office: Office) -> None:
    office.file.chmod(0o600)
    office.file.write_bytes(office.file.read_bytes()[:-1])


def orphan(office: Office) -> None:
    stored = store_of(office.wiring.settings).put(io.BytesIO(b"khong ai biet"), "mo-coi.txt")
    office.at(store_of(office.wiring.settings).path(stored.digest), hours=2)


def leftover(office: Office) -> None:
    half = store_of(office.wiring.settings).folder / "incoming" / "tmphalf"
    half.write_bytes(b"nua chung")
    office.at(half, hours=25)


MINUTES = (
    "INSERT INTO minutes (id, decision_id, number, giving, receiving, state, dated_on, content, content_hash, version,"
    " drafted_by, drafted_at, pdf) SELECT 1, id, '01/BB-BG', 'old:00634', 'new:00622', :state, '2025-06-17', '{}',"
    " 'ab', 1, 'x', drafted_at, :pdf FROM decision"
)
CONFIRMED = (
    "INSERT INTO minutes_confirmation (minutes_id, side, content_hash, given_by, given_at)"
    " SELECT 1, :{0}, 'ab', 'x', drafted_at FROM decision"
)


def minutes_half_finished(office: Office) -> None:
    both = [CONFIRMED.format(side) for side in ("giving", "receiving")]
    sql(office.wiring, MINUTES, *both, state="draft", pdf=None, giving="giving", receiving="receiving")


def document_gone(office: Office) -> None:
    sql(office.wiring, MINUTES, state="final", pdf="ab" * 32)


def nobody_to_ask(office: Office) -> None:
    sql(office.wiring, "DELETE FROM assignment WHERE person = 'lanh-dao'")


def disabled_with_a_role(office: Office) -> None:
    sql(office.wiring, "UPDATE person SET disabled_on = '2025-06-17' WHERE account = 'kiem-tra'")


def unknown_with_a_role(office: Office) -> None:
    sql(office.wiring, "UPDATE assignment SET person = 'ai-do' WHERE person = 'kiem-tra'")


def absent(office: Office, who: str, substitute: str) -> None:
    wiring, day = office.wiring, office.wiring.today()
    with begin_write(wiring.engine) as connection:
        write_substitution(connection, Substitution(who, substitute, day, day), "thu-ky", wiring.now())


def substitute_absent(office: Office) -> None:
    for account in ("an", "binh"):
        appoint(office.wiring, account, PersonRole.AUDITOR, "new:01")
    absent(office, VERIFIER, "an")
    absent(office, "an", "binh")


def substitute_disabled(office: Office) -> None:
    appoint(office.wiring, "an", PersonRole.AUDITOR, "new:01", until=date(2025, 6, 16))
    absent(office, VERIFIER, "an")
    sql(office.wiring, "UPDATE person SET disabled_on = '2025-06-17' WHERE account = 'an'")


def not_moved(office: Office) -> None:
    office.later(days=15)


def receiver_gone(office: Office) -> None:
    url = Secret("https://[2606:4700:4700::1111]/su-kien")  # a public address, which is asked for and never gone to
    add_subscription(office.wiring, Wished("truc", url), "quan-tri")
    since = office.wiring.now()
    sql(
        office.wiring,
        "UPDATE subscription SET state = 'stopped', cursor = 3, tries = 9, failing_since = :since, last_words = 'bận'",
        since=since.astimezone(UTC).replace(tzinfo=None) if office.wiring.engine.dialect.name == "sqlite" else since,
    )


def sender_gone(office: Office) -> None:
    sign_of_life(office.wiring, SENDER)
    office.later(minutes=9)


def clock_behind(office: Office) -> None:
    office.later(days=-1)


def log_never_signed(office: Office) -> None:
    sequence_all(office.wiring.engine)


def log_left_alone(office: Office) -> None:
    """Signed once, then nothing sequences any more."""
    make_checkpoint(office.wiring)
    at = f"{office.wiring.now().astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    with begin_write(office.wiring.engine) as connection:
        connection.execute(text(EVENT_BY_HAND), {"at": at})
    office.later(hours=2)


EVENT_BY_HAND = (
    "INSERT INTO event (id, type, occurred_at, actor, subject, payload)"
    " VALUES ('by hand', 'template.published', :at, 'x', 'x', '{}')"
)


def log_key_open(office: Office) -> None:
    make_checkpoint(office.wiring)
    office.wiring.settings.checkpoint_key_file.chmod(0o644)


def log_unguarded(office: Office) -> None:
    make_checkpoint(office.wiring)
    with begin_write(office.wiring.engine) as connection:
        sqlite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql(f"DROP TRIGGER event_not_changed{'' if sqlite else ' ON event'}")


def package_never_made(office: Office) -> None:
    """Ordered yesterday; whoever was to carry it out is gone, and so is the order's way there."""
    yesterday = office.wiring.now() - timedelta(days=1)
    ordered = {"id": "goi-minh-chung-000007", "state": "ordered", "scope": "{}", "scope_hash": "x", "language": "vi"}
    unsaid = {"purpose": "", "exported_by": "an", "target": "/x.zip", "anew": False, "seed": bytes(16), "stage": ""}
    counts = {"done": 0, "total": 0, "ordered_at": yesterday, "touched_at": yesterday}
    with begin_write(office.wiring.engine) as connection:
        connection.execute(insert(table_of(PackageRow)).values({**ordered, **unsaid, **counts}))


def export_interrupted(office: Office) -> None:
    folder = workshops(office.wiring.settings) / ("0" * 64)
    folder.mkdir(parents=True)
    before = (office.wiring.now() - timedelta(days=2)).timestamp()
    os.utime(folder, (before, before))


DAMAGES: list[tuple[Callable[[Office], None], str, str]] = [
    (miscount, "needs-counted", "open needs, and there are"),
    (miscount_done, "needs-counted", f"{STEP} counts 1 open needs, and there are 0."),
    (ready_too_early, "waiting", "is ready with"),
    (in_progress_too_early, "waiting", "is in progress with"),
    (waits_for_nothing, "waiting", "is waiting for other steps with 0 open needs. Count again"),
    (submitted_too_early, "waiting", "is submitted with 1 open needs. Return it"),
    (done_too_early, "done-too-early", f"bangiao step reopen {STEP}"),
    (needs_nothing, "needs-of-nothing", "needs step 424242, which is not there."),
    (no_deadline, "homeless-steps", "no checklist or no deadline"),
    (a_step_is_gone, "checklists", "steps instead of"),
    (a_step_too_many, "checklists", "steps instead of"),
    (another_plan, "checklists", "Decision 01/QĐ-TN has"),
    (opening_stands_still, "openings", "(try 1), without progress for an hour."),
    (claimed_by_the_dead, "deliveries", "does not reach open-checklists: since 17/06/2025 08:00"),
    (never_taken, "deliveries", "decision.registered:1 does not reach open-checklists"),
    (always_refused, "deliveries", "since 17/06/2025 08:00, tries 0, last error: Prefect says no."),
    (handed_over_often, "deliveries", "tries 5"),
    (log_never_signed, "audit-log", "was never signed"),
    (log_left_alone, "audit-log", "1 events wait for their place"),
    (log_key_open, "audit-log", "Others than its owner may read"),
    (log_unguarded, "audit-log", "The trigger event_not_changed"),
    (package_never_made, "packages", "bangiao evidence resume goi-minh-chung-000007"),
    (export_interrupted, "exports", "is left of an export that was interrupted."),
    (no_event, "events", f"{STEP} was changed"),
    (done_by_nobody, "events", "was changed (version 2), and no event tells of it."),
    (event_of_nothing, "events", "tells of step 424242, which is not there."),
    (no_evidence, "evidence", f"{STEP} is done without the evidence it asks for."),
    (verification_gone, "verified", f"{STEP} is done, and no verification of it stands."),
    (not_applicable_by_nobody, "verified", "is not applicable, and no verification of it stands."),
    (other_evidence, "verifications-current", f"{STEP} was verified with other evidence"),
    (more_evidence, "verifications-current", f"{STEP} was verified with other evidence"),
    (verified_while_open, "verifications-settled", "is submitted, and a verification of it stands."),
    (verified_twice, "verifications-once", f"2 verifications of {STEP} stand at once."),
    (own_work, "verifiers", f"{STEP} was verified by somebody who worked on it."),
    (own_work_in_anothers_name, "verifiers", f"{STEP} was verified by somebody who worked on it."),
    (file_gone, "files", f"which proves {STEP}, is not in the store."),
    (file_cut_short, "files", f"which proves {STEP}, has another size than on record."),
    (orphan, "orphans", "is in the store, and no row names it. Move it to the quarantine folder"),
    (leftover, "leftovers", "tmphalf (9 bytes) is left of an upload that crashed."),
    (
        document_gone,
        "files",
        "PDF (abababababab), which proves minutes 01/BB-BG, is not in the store. Put it back from",
    ),
    (minutes_half_finished, "minutes", "bangiao minutes finish 01/BB-BG --decision 01/QĐ-TN"),
    (nobody_to_ask, "somebody-to-ask", "Nobody is unit lead in"),
    (disabled_with_a_role, "idle-roles", "kiem-tra is disabled since 17/06/2025 and still holds roles: 1."),
    (unknown_with_a_role, "idle-roles", "ai-do is not on record and holds roles: 1."),
    (substitute_absent, "absences", "kiem-tra is absent until 17/06/2025, and an, who stands in,"),
    (substitute_disabled, "absences", "bangiao user substitute kiem-tra ACCOUNT"),
    (not_moved, "moved-work", "bangiao decision move-work 01/QĐ-TN"),
    (
        receiver_gone,
        "subscriptions",
        "The subscription truc is stopped at entry 3 of the audit log, since 17/06/2025 08:00",
    ),
    (sender_gone, "watch", "Since 08:00 17/06/2025 nothing has been heard of the sender."),
    (clock_behind, "clock", "the newest event on record is of 17/06/2025 08:00"),
]


@pytest.mark.parametrize(("damage", "check", "words"), DAMAGES, ids=lambda value: getattr(value, "__name__", ""))
def test_each_damage_is_found_by_its_check_and_by_no_other(
    office: Office, damage: Callable[[Office], None], check: str, words: str
) -> None:
    damage(office)
    said = found(office.wiring)
    assert list(said) == [check]
    assert words in said[check][0]


def test_a_step_without_its_checklist_is_named_by_its_number(office: Office) -> None:
    step = office.first("ready", needed=False)
    sql(office.wiring, "UPDATE step SET checklist_id = 424242 WHERE id = :step", step=step)
    said = found(office.wiring)
    assert set(said) == {"homeless-steps", "checklists"}
    assert said["homeless-steps"][0].startswith(f"Step {step} has no checklist or no deadline (it names 424242 and")


def test_changed_contents_are_found_only_when_everything_is_read_again(office: Office) -> None:
    office.file.chmod(0o600)
    office.file.write_bytes(office.file.read_bytes()[::-1])
    assert found(office.wiring) == {}
    said = found(office.wiring, deep=True)
    assert list(said) == ["contents"]
    assert f"bb.txt ({office.digest[:12]}), which proves {STEP}, is not what was put there." in said["contents"][0]


def test_a_changed_note_is_found_when_everything_is_read_again(office: Office) -> None:
    sql(office.wiring, "UPDATE evidence SET text = 'khác' WHERE step_id = :step AND kind = 'note'", step=office.done)
    assert list(found(office.wiring, deep=True)) == ["texts"]


def test_every_check_has_a_damage_that_only_it_finds() -> None:
    elsewhere = {"settings", "database", "schema", "journal", "database-file", "folders", "contents", "texts"}
    assert {check for _, check, _ in DAMAGES} | elsewhere == {one.name for one in doctor.CHECKS}


def with_settings(wiring: Wiring, **changes: object) -> Wiring:
    return Wiring(replace(wiring.settings, **changes), wiring.engine, wiring.clock)  # type: ignore[arg-type]


def test_an_armed_fault_is_a_finding(wiring: Wiring) -> None:
    said = found(with_settings(wiring, fault=("commit.after", 9)))
    assert list(said) == ["settings"]
    assert "commit.after" in said["settings"][0]


def test_a_disk_without_room_is_a_finding(wiring: Wiring) -> None:
    said = found(with_settings(wiring, evidence_max_mb=10**9))
    assert list(said) == ["folders"]
    assert "10000000000 MB are needed" in said["folders"][0]


def test_a_folder_that_cannot_be_written_is_a_finding(wiring: Wiring, tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("not a folder")
    said = found(with_settings(wiring, data_dir=tmp_path))
    assert "cannot be written" in said.pop("folders")[0]
    assert said == {}


def test_a_look_leaves_no_trace_in_the_folders(wiring: Wiring, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    assert found(with_settings(wiring, data_dir=data)) == {}
    assert list(data.iterdir()) == []


def test_another_schema_is_a_finding_and_the_record_is_not_looked_at(wiring: Wiring) -> None:
    sql(wiring, "UPDATE alembic_version SET version_num = '20260601_spine'")
    said = found(wiring)
    assert "bangiao db upgrade" in said.pop("schema")[0]
    assert set(said) == {one.name for one in doctor.CHECKS if not one.deep} - {
        "settings",
        "folders",
        "database",
        "schema",
    }
    examined = list(doctor.examine(look_at(wiring)))
    assert {one.health for one in examined if one.check.name in said} == {Health.SKIPPED}
    assert not doctor.unchecked(examined)
    assert not doctor.sound(examined)


def test_an_empty_database_says_how_to_make_it(wiring: Wiring) -> None:
    sql(wiring, "DELETE FROM alembic_version")
    assert "bangiao db upgrade" in found(wiring)["schema"][0]


def test_a_check_that_cannot_be_made_stops_no_other(office: Office) -> None:
    miscount(office)
    sql(office.wiring, "UPDATE decision SET plan = 'no json'")
    examined = {one.check.name: one for one in doctor.examine(look_at(office.wiring))}
    assert examined["checklists"].health is Health.UNCHECKED
    assert examined["checklists"].why
    assert "JSONDecodeError" in render(examined["checklists"].why, "en")
    assert examined["needs-counted"].health is Health.WRONG
    assert examined["moved-work"].health is Health.SOUND
    assert doctor.unchecked(list(examined.values()))


@pytest.mark.parametrize(
    ("version", "mode", "safe"),
    [((3, 51, 3), "wal", True), ((3, 45, 1), "wal", False), ((3, 44, 6), "wal", True), ((3, 40, 1), "delete", True)],
)
def test_wal_is_a_finding_on_a_sqlite_that_can_lose_transactions(
    version: tuple[int, ...], mode: str, safe: bool
) -> None:
    assert (judged_journal(version, mode).total == 0) is safe


def test_files_that_came_just_now_are_told_and_are_no_finding(office: Office) -> None:
    orphan(office)
    stored = store_of(office.wiring.settings).put(io.BytesIO(b"khong ai biet"), "mo-coi.txt")  # the same again
    office.at(store_of(office.wiring.settings).path(stored.digest), minutes=59)
    assert found(office.wiring) == {}
    assert sentence(office.wiring, "orphans") == "1 files came just now and have no row yet."
    half = store_of(office.wiring.settings).folder / "incoming" / "tmphalf"
    half.write_bytes(b"nua chung")
    office.at(half, hours=23)
    assert found(office.wiring) == {}
    assert sentence(office.wiring, "leftovers") == "1 were left within a day."


def mended(office: Office) -> Repaired:
    return repair(look_at(office.wiring), "quan-tri")


def repairs_on_record(wiring: Wiring) -> list[dict[str, object]]:
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.payload, EventRow.actor).where(EventRow.type == INSTALLATION_REPAIRED)
        rows = connection.execute(query).all()
    assert {row.actor for row in rows} <= {"quan-tri"}
    return [json.loads(row.payload)["counts"] for row in rows]


@pytest.mark.parametrize(
    "damage",
    [miscount, miscount_done, ready_too_early, in_progress_too_early, waits_for_nothing],
    ids=lambda value: value.__name__,
)
def test_a_repair_counts_again_and_tells_it(office: Office, damage: Callable[[Office], None]) -> None:
    damage(office)
    done = mended(office)
    assert len(done.recounted) == 1
    assert found(office.wiring, deep=True) == {}
    counts = {"recounted": 1, "quarantined": 0, "brought_back": 0, "leftovers": 0}
    assert repairs_on_record(office.wiring) == [counts]
    assert not mended(office).anything
    assert repairs_on_record(office.wiring) == [counts]


def test_a_repair_frees_a_step_whose_last_need_was_counted_wrongly(office: Office) -> None:
    step = office.first("waiting")
    sql(office.wiring, "DELETE FROM need WHERE step_id = :step", step=step)
    assert list(found(office.wiring)) == ["needs-counted", "waiting"]
    mended(office)
    assert held(office.wiring, step).step.state.value == "ready"
    with begin_read(office.wiring.engine) as connection:
        assert list(connection.scalars(select(EventRow.type).where(EventRow.step_id == step))) == ["step.unlocked"]


@pytest.mark.parametrize(
    "damage",
    [submitted_too_early, done_too_early, verification_gone, file_gone, a_step_is_gone, nobody_to_ask],
    ids=lambda value: value.__name__,
)
def test_a_repair_leaves_to_people_what_people_must_decide(office: Office, damage: Callable[[Office], None]) -> None:
    damage(office)
    before = found(office.wiring)
    assert not mended(office).anything
    assert found(office.wiring) == before
    assert repairs_on_record(office.wiring) == []


def test_a_repair_moves_an_orphan_away_without_deleting_it_and_removes_old_leftovers(office: Office) -> None:
    orphan(office)
    leftover(office)
    done = mended(office)
    (digest,) = done.quarantined
    kept = store_of(office.wiring.settings).folder / "quarantine" / "2025-06-17" / digest
    assert kept.read_bytes() == b"khong ai biet"
    assert done.leftovers == 1
    assert office.file.exists()
    assert found(office.wiring, deep=True) == {}


def test_a_file_on_record_that_lies_in_quarantine_comes_back(office: Office) -> None:
    away = store_of(office.wiring.settings).folder / "quarantine" / "2025-06-01" / office.digest
    away.parent.mkdir(parents=True)
    office.file.rename(away)
    said = found(office.wiring)
    assert list(said) == ["files"]
    assert "lies in the quarantine folder. Bring it back with: bangiao doctor --repair" in said["files"][0]
    assert mended(office).brought_back == [office.digest]
    assert found(office.wiring, deep=True) == {}


def test_the_documents_of_final_minutes_are_no_orphans(office: Office) -> None:
    stored = store_of(office.wiring.settings).put(io.BytesIO(b"bien ban"), "bb.txt")
    office.at(store_of(office.wiring.settings).path(stored.digest), hours=2)
    sql(office.wiring, MINUTES, state="final", pdf=stored.digest)
    assert found(office.wiring, deep=True) == {}
    assert not mended(office).anything


def test_minutes_that_one_side_has_confirmed_are_no_finding(office: Office) -> None:
    sql(office.wiring, MINUTES, CONFIRMED.format("giving"), state="draft", pdf=None, giving="giving")
    assert found(office.wiring) == {}


def test_a_damaged_file_does_not_come_back_from_quarantine(office: Office) -> None:
    away = store_of(office.wiring.settings).folder / "quarantine" / "2025-06-01" / office.digest
    away.parent.mkdir(parents=True)
    away.write_bytes(b"hong")
    office.file.unlink()
    assert not mended(office).anything
    assert not office.file.exists()


def test_what_a_death_between_file_and_row_left_is_just_now_then_an_orphan_then_in_quarantine(
    office: Office, tmp_path: Path
) -> None:
    report = tmp_path / "biên bản bàn giao.txt"
    report.write_text("Đã bàn giao đủ hồ sơ.\n", encoding="utf-8")
    settings = child_environment(
        replace(office.wiring.settings, clock=office.wiring.now()), BANGIAO_FAULT="evidence.kept"
    )
    words = (
        "step",
        "attach",
        str(office.submitted),
        "--file",
        str(report),
        "--as",
        lead_for(office.wiring, office.submitted),
    )
    died = subprocess.run([sys.executable, "-m", "bangiao.cli", *words], cwd=ROOT, env=settings, check=False)
    assert died.returncode == -signal.SIGKILL
    digest = hashlib.sha256(report.read_bytes()).hexdigest()
    file = store_of(office.wiring.settings).path(digest)
    office.at(file, seconds=1)

    assert found(office.wiring, deep=True) == {}
    assert sentence(office.wiring, "orphans") == "1 files came just now and have no row yet."
    office.later(hours=2)
    assert digest[:12] in found(office.wiring)["orphans"][0]
    assert mended(office).quarantined == [digest]
    assert not file.exists()
    assert found(office.wiring, deep=True) == {}

    again = {**settings, "BANGIAO_FAULT": ""}
    done = subprocess.run(
        [sys.executable, "-m", "bangiao.cli", *words], cwd=ROOT, env=again, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert found(office.wiring, deep=True) == {}
    assert datetime.fromtimestamp(file.stat().st_mtime).year >= 2025  # noqa: DTZ006 - only that it is there again
