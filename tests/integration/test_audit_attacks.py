"""Somebody who owns the database attacks the log: every attack is found, and the first bad entry is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from tampering import unguarded

from bangiao.audit_keys import verifier_keys
from bangiao.audit_log import LogRewritten, make_checkpoint
from bangiao.audit_verification import Verified, verify_log
from bangiao.wiring import Wiring
from checklists.audit.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint
from checklists.audit.findings import LogFinding, Wrong
from checklists.audit.leaf import hash_of, leaf_document
from checklists.events import Event
from db.audit_checkpoints import StoredCheckpoint
from db.audit_log import event_of, log_size, sequence_all, tree
from db.audit_models import AuditEntryRow, AuditSubtreeRow, AuditWaitingRow, CheckpointRow
from db.audit_tree import store_subtrees
from db.models import EventRow, table_of
from db.session import begin_read, begin_write
from db.unit_of_work import record_event
from evidence.signing.file_key import make_key_file, read_key_file
from evidence.signing.notes import sign

START = datetime(2025, 7, 1, tzinfo=UTC)
EVENT, ENTRY, HEAD = table_of(EventRow), table_of(AuditEntryRow), table_of(CheckpointRow)
FIRST, SECOND, SIZE = 200, 400, 600


def told(number: int) -> Event:
    payload = {"reason": f"lý do {number}", "after": {"state": "done"}}
    return Event(
        f"step.started:{number}", "step.started", START + timedelta(seconds=number), "lan", "old:00004", payload
    )


@dataclass
class Log:
    """600 entries, signed at 200, 400 and 600; somebody else has kept the second checkpoint."""

    wiring: Wiring
    kept: list[StoredCheckpoint]

    @property
    def outside(self) -> SignedCheckpoint:
        return parse_checkpoint(self.kept[1].text)

    def grow(self, first: int, end: int) -> StoredCheckpoint:
        with begin_write(self.wiring.engine) as connection:
            for number in range(first, end):
                record_event(connection, told(number))
        return make_checkpoint(self.wiring)

    def tamper(self, attack: Callable[[Connection], object]) -> None:
        with begin_write(self.wiring.engine) as connection, unguarded(connection):
            attack(connection)

    def verify(self, *given: SignedCheckpoint) -> Verified:
        keys = verifier_keys(self.wiring.settings)
        return verify_log(self.wiring.engine, keys, self.wiring.now(), given=given)

    def found(self, *given: SignedCheckpoint) -> list[tuple[Wrong, int | None]]:
        return [(one.wrong, one.first) for one in self.verify(*given).findings]


@pytest.fixture
def log(wiring: Wiring, tmp_path: Path) -> Log:
    settings = replace(wiring.settings, data_dir=tmp_path / "data")
    log = Log(Wiring(settings, wiring.engine, wiring.clock), [])
    log.kept = [log.grow(0, FIRST), log.grow(FIRST, SECOND), log.grow(SECOND, SIZE)]
    return log


def rehash(connection: Connection, first: int = 0) -> None:
    """What a clever attacker does: every leaf from `first` on and the whole stored tree worked out anew."""
    rows = connection.execute(
        select(ENTRY.c.audit_index, ENTRY.c.seed, ENTRY.c.event_id.label("event"), EVENT)
        .join(EVENT, EVENT.c.id == ENTRY.c.event_id)
        .where(ENTRY.c.audit_index >= first)
    ).all()
    for row in rows:
        leaf = hash_of(leaf_document(event_of(row), bytes(row.seed), row.audit_index))
        connection.execute(update(ENTRY).where(ENTRY.c.audit_index == row.audit_index).values(leaf_hash=leaf))
    connection.execute(delete(AuditSubtreeRow))
    leaves = connection.scalars(select(ENTRY.c.leaf_hash).order_by(ENTRY.c.audit_index))
    store_subtrees(connection, 0, [bytes(leaf) for leaf in leaves])


def edit(connection: Connection, number: int = 250) -> None:
    row = {"payload": '{"after": {"state": "done"}, "reason": "khác"}'}
    assert connection.execute(update(EVENT).where(EVENT.c.id == told(number).id).values(row)).rowcount == 1


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    for number in numbers:
        connection.execute(delete(ENTRY).where(ENTRY.c.event_id == told(number).id))
        connection.execute(delete(EVENT).where(EVENT.c.id == told(number).id))


def renumber(connection: Connection) -> None:
    """Close the gaps."""
    for place, (event_id,) in enumerate(
        connection.execute(select(ENTRY.c.event_id).order_by(ENTRY.c.audit_index)).all()
    ):
        connection.execute(update(ENTRY).where(ENTRY.c.event_id == event_id).values(audit_index=place))


def sign_again(log: Log, connection: Connection, *, only_newest: bool = False) -> None:
    """With the key in hand: every checkpoint anew."""
    size = log_size(connection)
    sizes = [size] if only_newest else [one for one in (FIRST, SECOND, SIZE) if one <= size]
    connection.execute(delete(HEAD))
    signer = read_key_file(log.wiring.settings.checkpoint_key_file, log.outside.checkpoint.origin)
    for one in sizes:
        root = tree(connection, one).root()
        row = {"size": one, "root": root, "made_at": START, "why": "asked"}
        connection.execute(
            insert(HEAD), row | {"text": sign(Checkpoint(log.outside.checkpoint.origin, one, root), signer).text()}
        )


def test_an_honest_log_is_sound_against_itself_and_every_checkpoint_that_left(log: Log) -> None:
    verified = log.verify(*(parse_checkpoint(one.text) for one in log.kept))

    assert verified.findings == []
    assert (verified.size, verified.root, verified.checkpoints) == (SIZE, log.kept[2].root, 3)


def test_an_edited_payload_is_named(log: Log) -> None:
    log.tamper(edit)

    assert log.found() == [(Wrong.CHANGED, 250)]
    (finding,) = log.verify().findings
    assert finding.event == told(250).id


@pytest.mark.parametrize(
    "column", ["type", "occurred_at", "actor", "on_behalf_of", "decision_id", "subject", "step_id", "request"]
)
def test_an_edit_of_any_column_is_named(log: Log, column: str) -> None:
    value = {"occurred_at": START, "decision_id": 7, "step_id": 7}.get(column, "khác")
    log.tamper(
        lambda connection: connection.execute(update(EVENT).where(EVENT.c.id == told(33).id).values({column: value}))
    )

    assert log.found() == [(Wrong.CHANGED, 33)]


def test_an_edit_hashed_anew_is_caught_by_the_signatures_around_it(log: Log) -> None:
    log.tamper(lambda connection: (edit(connection), rehash(connection)))

    (finding,) = log.verify().findings
    assert (finding.wrong, finding.first, finding.last, finding.size) == (Wrong.REWRITTEN, 200, 399, 400)
    with pytest.raises(LogRewritten):
        make_checkpoint(log.wiring)


def test_an_edit_hashed_anew_without_the_stored_tree_is_narrowed_down_by_it(log: Log) -> None:
    def attack(connection: Connection) -> None:
        edit(connection)
        stored = connection.execute(select(table_of(AuditSubtreeRow))).all()
        rehash(connection)
        connection.execute(delete(AuditSubtreeRow))
        connection.execute(insert(table_of(AuditSubtreeRow)), [row._asdict() for row in stored])

    log.tamper(attack)
    assert set(log.found()) == {(Wrong.REWRITTEN, 200), (Wrong.SUBTREE, 0)}


def test_a_deleted_event_is_named(log: Log) -> None:
    log.tamper(lambda connection: connection.execute(delete(EVENT).where(EVENT.c.id == told(250).id)))

    assert log.found() == [(Wrong.EVENT_GONE, 250)]


def test_a_deleted_event_with_its_entry_leaves_a_gap_that_is_named(log: Log) -> None:
    log.tamper(lambda connection: forget(connection, [250, 251]))

    (finding,) = log.verify().findings
    assert (finding.wrong, finding.first, finding.last) == (Wrong.GAP, 250, 251)


def test_closing_the_gap_shows_in_every_entry_after_it(log: Log) -> None:
    log.tamper(lambda connection: (forget(connection, [250]), renumber(connection)))

    found = log.found()
    assert {wrong for wrong, _ in found} >= {Wrong.CHANGED, Wrong.REWRITTEN}
    assert min(first for wrong, first in found if wrong is Wrong.CHANGED and first is not None) == 250


def test_closing_the_gap_and_hashing_anew_is_caught_by_the_signatures(log: Log) -> None:
    log.tamper(lambda connection: (forget(connection, [250]), renumber(connection), rehash(connection)))

    assert log.found() == [(Wrong.REWRITTEN, 200), (Wrong.CUT, 599)]


def test_two_entries_that_changed_places_are_both_named(log: Log) -> None:
    def swap(connection: Connection) -> None:
        first, second = (
            connection.execute(select(ENTRY).where(ENTRY.c.audit_index == index)).one()._asdict() for index in (70, 71)
        )
        connection.execute(delete(ENTRY).where(ENTRY.c.audit_index.in_((70, 71))))
        connection.execute(insert(ENTRY), [first | {"audit_index": 71}, second | {"audit_index": 70}])

    log.tamper(swap)
    assert log.found()[:2] == [(Wrong.CHANGED, 70), (Wrong.CHANGED, 71)]


def test_two_events_that_changed_contents_are_both_named(log: Log) -> None:
    def swap(connection: Connection) -> None:
        payloads = [connection.scalar(select(EVENT.c.payload).where(EVENT.c.id == told(one).id)) for one in (70, 71)]
        for number, payload in zip((71, 70), payloads, strict=True):
            connection.execute(update(EVENT).where(EVENT.c.id == told(number).id).values(payload=payload))

    log.tamper(swap)
    assert log.found() == [(Wrong.CHANGED, 70), (Wrong.CHANGED, 71)]


def test_an_event_written_past_the_log_is_named(log: Log) -> None:
    def smuggle(connection: Connection) -> None:
        record_event(connection, told(7_000))
        connection.execute(delete(AuditWaitingRow))

    log.tamper(smuggle)
    (finding,) = log.verify().findings
    assert (finding.wrong, finding.event) == (Wrong.SMUGGLED, told(7_000).id)


def test_a_forged_event_in_the_middle_is_caught(log: Log) -> None:
    def attack(connection: Connection) -> None:
        forged = {"event_id": told(7_000).id, "seed": bytes(16), "leaf_hash": bytes(32)}
        record_event(connection, told(7_000))
        connection.execute(delete(AuditWaitingRow))
        for index in range(SIZE - 1, 299, -1):
            connection.execute(update(ENTRY).where(ENTRY.c.audit_index == index).values(audit_index=index + 1))
        connection.execute(insert(ENTRY), forged | {"audit_index": 300})
        rehash(connection)

    log.tamper(attack)
    assert log.found() == [(Wrong.REWRITTEN, 200)]


def test_a_tail_cut_off_is_named(log: Log) -> None:
    log.tamper(lambda connection: forget(connection, range(590, SIZE)))

    (finding,) = log.verify().findings
    assert (finding.wrong, finding.first, finding.last) == (Wrong.CUT, 590, 599)


def test_a_tail_cut_off_and_written_anew_is_caught(log: Log) -> None:
    log.tamper(lambda connection: forget(connection, range(590, SIZE)))
    with begin_write(log.wiring.engine) as connection:
        for number in range(800, 850):
            record_event(connection, told(number))
    sequence_all(log.wiring.engine)

    assert (Wrong.REWRITTEN, 400) in log.found()
    with pytest.raises(LogRewritten):
        make_checkpoint(log.wiring)


def test_cutting_entries_and_their_checkpoint_is_caught_by_one_from_outside(log: Log) -> None:
    def attack(connection: Connection) -> None:
        forget(connection, range(390, SIZE))
        connection.execute(delete(HEAD).where(HEAD.c.size > FIRST))
        rehash(connection)

    log.tamper(attack)
    assert log.found() == []
    (finding,) = log.verify(log.outside).findings
    assert (finding.wrong, finding.first, finding.last) == (Wrong.ROLLED_BACK, 390, 399)


def test_rebuilding_everything_without_the_key_is_caught(log: Log) -> None:
    def attack(connection: Connection) -> None:
        edit(connection)
        rehash(connection)
        for row in connection.execute(select(HEAD)).all():
            root = tree(connection, row.size).root()
            written = Checkpoint(log.outside.checkpoint.origin, row.size, root)
            forged = replace(parse_checkpoint(row.text), checkpoint=written, signed=written.text())
            new = {"root": root, "text": forged.text()}
            connection.execute(update(HEAD).where(HEAD.c.size == row.size).values(new))

    log.tamper(attack)
    assert [(one.wrong, one.size) for one in log.verify().findings] == [(Wrong.FORGED, 400), (Wrong.FORGED, 600)]


def test_rebuilding_everything_with_another_key_is_caught(log: Log, tmp_path: Path) -> None:
    other = make_key_file(tmp_path / "other.key", log.outside.checkpoint.origin)

    def attack(connection: Connection) -> None:
        edit(connection)
        rehash(connection)
        root = tree(connection, SIZE).root()
        signed = sign(Checkpoint(other.verifier_key.name, SIZE, root), other)
        connection.execute(delete(HEAD))
        row = {"size": SIZE, "root": root, "text": signed.text(), "made_at": START, "why": "asked"}
        connection.execute(insert(HEAD), row)

    log.tamper(attack)
    assert [one.wrong for one in log.verify().findings] == [Wrong.FORGED]


def test_rebuilding_everything_with_the_key_is_caught_by_a_checkpoint_from_outside(log: Log) -> None:
    log.tamper(lambda connection: (edit(connection), rehash(connection), sign_again(log, connection)))

    assert log.found() == []
    (finding,) = log.verify(log.outside).findings
    assert (finding.wrong, finding.first, finding.last) == (Wrong.FORKED, 0, 399)
    before = parse_checkpoint(log.kept[0].text)  # who kept more checkpoints knows better
    (finding,) = log.verify(before, log.outside).findings
    assert (finding.wrong, finding.first, finding.last) == (Wrong.FORKED, 200, 399)


def test_a_fork_shown_to_somebody_is_caught_by_what_they_were_shown(log: Log) -> None:
    """Two histories from entry 400 on, both signed with the key."""
    shown = parse_checkpoint(log.kept[2].text)
    log.tamper(lambda connection: (edit(connection, 450), rehash(connection), sign_again(log, connection)))

    assert log.found(log.outside) == []
    (finding,) = log.verify(log.outside, shown).findings
    assert (finding.wrong, finding.first, finding.last) == (Wrong.FORKED, 400, 599)


def test_an_older_copy_of_the_database_is_caught_by_a_newer_checkpoint(log: Log) -> None:
    def roll_back(connection: Connection) -> None:
        forget(connection, range(FIRST, SIZE))
        connection.execute(delete(HEAD).where(HEAD.c.size > FIRST))
        rehash(connection)

    log.tamper(roll_back)
    assert log.found() == []
    (finding,) = log.verify(log.outside).findings
    assert (finding.wrong, finding.first, finding.size) == (Wrong.ROLLED_BACK, FIRST, SECOND)


def test_a_checkpoint_from_outside_that_nobody_of_ours_signed_is_said_to_be_so(log: Log, tmp_path: Path) -> None:
    other = make_key_file(tmp_path / "other.key", log.outside.checkpoint.origin)
    forged = sign(log.outside.checkpoint, other)

    assert [one.wrong for one in log.verify(forged).findings] == [Wrong.FORGED]


@pytest.mark.parametrize("change", [{"text": "không phải"}, {"root": bytes(32)}])
def test_a_checkpoint_that_was_changed_is_named(log: Log, change: dict[str, object]) -> None:
    log.tamper(lambda connection: connection.execute(update(HEAD).where(HEAD.c.size == FIRST).values(change)))

    assert LogFinding(Wrong.UNREADABLE, size=FIRST) in log.verify().findings


def test_an_erasure_that_nobody_told_of_is_named(log: Log) -> None:
    """The commitment keeps the leaf true, so that the erasure itself has to be accounted for."""

    def hide(connection: Connection) -> None:
        row = connection.execute(select(ENTRY).where(ENTRY.c.audit_index == 40)).one()
        sealed = leaf_document(told(40), bytes(row.seed), 40)["sealed"]["payload.reason"]
        said = {"event": told(40).id, "commitment": bytes.fromhex(sealed), "at": f"{START:%Y-%m-%d %H:%M:%S}"}
        connection.execute(
            text(
                "INSERT INTO erasure (event_id, field, commitment, basis, erased_by, erased_at, recorded)"
                " VALUES (:event, 'payload.reason', :commitment, '', 'lan', :at, 'none')"
            ),
            said,
        )
        connection.execute(
            update(EVENT)
            .where(EVENT.c.id == told(40).id)
            .values(payload='{"after": {"state": "done"}, "reason": null}')
        )

    log.tamper(hide)
    assert log.found() == [(Wrong.UNTOLD_ERASURE, 40)]


@pytest.mark.parametrize("name", ["event_queued", "event_not_changed", "checkpoint_kept"])
def test_a_trigger_that_is_gone_is_named(log: Log, name: str) -> None:
    with begin_write(log.wiring.engine) as connection:
        if log.wiring.engine.dialect.name == "sqlite":
            name = "checkpoint_kept_update" if name == "checkpoint_kept" else name
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql(f"ALTER TABLE {name.split('_', maxsplit=1)[0]} DISABLE TRIGGER {name}")

    (finding,) = log.verify().findings
    assert (finding.wrong, finding.event) == (Wrong.UNGUARDED, name)


def test_events_that_nothing_sequences_are_a_finding_after_the_window(log: Log) -> None:
    with begin_write(log.wiring.engine) as connection:
        record_event(connection, replace(told(900), occurred_at=log.wiring.now()))
    keys = verifier_keys(log.wiring.settings)

    assert log.verify().findings == []
    later = verify_log(log.wiring.engine, keys, log.wiring.now() + timedelta(hours=2))
    assert [(one.wrong, one.count) for one in later.findings] == [(Wrong.LATE, 1)]


def test_reading_the_log_does_not_change_it(log: Log) -> None:
    log.verify(log.outside)

    with begin_read(log.wiring.engine) as connection:
        assert log_size(connection) == SIZE
