"""The log kept up to date: signed when due, proved, erased from without losing its truth, whole after any death."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
import works
from clocks import SetClock
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError
from tampering import unguarded

from bangiao.audit_erasure import ErasedAlready, ErasureUnexplained, NothingToErase, UnknownEntry, erase, found_entry
from bangiao.audit_keys import DeviceHalfSet, LogHasAnotherName, make_keys, signer_of, verifier_keys
from bangiao.audit_log import BY_COUNT, BY_TIME, LogKeeper, NothingLogged, checkpoint_due, make_checkpoint
from bangiao.audit_proof import NoProofOfThatSize, prove
from bangiao.audit_verification import verify_log
from bangiao.wiring import Wiring, wire
from checklists.audit.checkpoint import parse_checkpoint
from checklists.audit.leaf import Disclosure, hash_of, unproved
from checklists.audit.merkle import includes
from checklists.events import EVENT_ERASED, Event
from db.audit_checkpoints import checkpoints
from db.audit_log import anything_waits, log_size
from db.audit_models import AuditEntryRow, CheckpointRow, ErasureRow
from db.faults import parse_fault
from db.history import Scope
from db.history import entries as history_entries
from db.models import EventRow
from db.session import begin_read, begin_write
from db.unit_of_work import record_event
from evidence.signing.errors import SigningKeyMissing, SigningKeyThere
from evidence.signing.notes import signed_by

START = datetime(2025, 7, 1, tzinfo=UTC)
SECRET = "Nguyễn Thị Bí Mật"


def told(number: int, **payload: Any) -> Event:
    said = {"reason": f"lý do {number}", "after": {"state": "done"}} | payload
    at = START + timedelta(seconds=number)
    return Event(f"step.started:{number}", "step.started", at, "lan", "old:00004", said, request=f"r{number}")


def record(wiring: Wiring, *events: Event) -> None:
    with begin_write(wiring.engine) as connection:
        for event in events:
            record_event(connection, event)


@pytest.fixture
def installed(wiring: Wiring, tmp_path: Path) -> Wiring:
    settings = replace(wiring.settings, data_dir=tmp_path / "data", checkpoint_entries=10)
    return Wiring(settings, wiring.engine, SetClock(START))


def sound(wiring: Wiring) -> bool:
    return not verify_log(wiring.engine, verifier_keys(wiring.settings), wiring.now()).total


def signed_sizes(wiring: Wiring) -> list[tuple[int, str]]:
    with begin_read(wiring.engine) as connection:
        return [(one.size, one.why) for one in checkpoints(connection)]


def test_the_first_entries_are_signed_at_once_and_then_every_so_many_and_every_hour(installed: Wiring) -> None:
    keeper, clock = LogKeeper(installed), installed.clock
    assert isinstance(clock, SetClock)
    keeper.keep()
    assert signed_sizes(installed) == []

    record(installed, told(0))
    keeper.keep()
    record(installed, *map(told, range(1, 10)))
    keeper.keep()
    assert signed_sizes(installed) == [(1, BY_TIME)]
    record(installed, told(10))
    keeper.keep()
    record(installed, told(11))
    keeper.keep()
    clock.advance(minutes=59)
    assert checkpoint_due(installed) is None
    clock.advance(minutes=1)
    for _ in range(20):  # an idle keeper looks once in a while
        keeper.keep()

    assert signed_sizes(installed) == [(1, BY_TIME), (11, BY_COUNT), (12, BY_TIME)]
    clock.advance(hours=5)
    assert checkpoint_due(installed) is None
    assert sound(installed)


def test_asking_twice_gives_the_same_checkpoint_and_an_empty_log_none(installed: Wiring) -> None:
    with pytest.raises(NothingLogged):
        make_checkpoint(installed)
    record(installed, told(0))

    first = make_checkpoint(installed)
    assert make_checkpoint(installed) == first
    signed = parse_checkpoint(first.text)
    assert signed_by(signed, verifier_keys(installed.settings))
    assert (signed.checkpoint.size, signed.checkpoint.root) == (1, first.root)


def test_a_key_that_is_lost_stops_signing_and_is_said_once(installed: Wiring, caplog: pytest.LogCaptureFixture) -> None:
    record(installed, told(0))
    make_checkpoint(installed)
    installed.settings.checkpoint_key_file.unlink()
    record(installed, *map(told, range(1, 20)))
    keeper = LogKeeper(installed)

    with caplog.at_level(logging.ERROR, "bangiao.audit"):
        for number in range(20, 25):
            record(installed, told(number))
            keeper.keep()

    assert len(caplog.records) == 1
    assert signed_sizes(installed) == [(1, "asked")]
    assert not anything_waits(installed.engine)
    with pytest.raises(SigningKeyMissing):
        make_checkpoint(installed)
    make_keys(installed.settings)  # a new key of the same log; the old public one stays
    make_checkpoint(installed)
    assert sound(installed)
    assert len({key.name for key in verifier_keys(installed.settings)}) == 1


def test_a_log_keeps_its_name_and_a_key_is_not_made_behind_anybodys_back(installed: Wiring) -> None:
    settings = installed.settings
    with pytest.raises(SigningKeyMissing):
        signer_of(settings)
    key = make_keys(settings, "bangiao/ha-noi")

    assert signer_of(settings).verifier_key == key
    with pytest.raises(LogHasAnotherName, match="bangiao/ha-noi"):
        make_keys(settings, "bangiao/hue")
    with pytest.raises(SigningKeyThere):
        make_keys(settings)
    with pytest.raises(DeviceHalfSet):
        signer_of(replace(settings, pkcs11_token="x"))


def test_a_proof_holds_by_itself(installed: Wiring) -> None:
    record(installed, *map(told, range(9)))
    signed = parse_checkpoint(make_checkpoint(installed).text)
    record(installed, told(9))

    proof = prove(installed, found_entry(installed, "step.started:4"), 9)

    path = [bytes.fromhex(one) for one in proof["path"]]
    opened = {name: Disclosure(one["salt"], one["value"]) for name, one in proof["disclosures"].items()}
    assert hash_of(proof["document"]).hex() == proof["leaf_hash"]
    assert unproved(proof["document"], opened) == []
    assert opened["payload.reason"].value == "lý do 4"
    assert includes(bytes.fromhex(proof["leaf_hash"]), 4, 9, path, signed.checkpoint.root)
    assert parse_checkpoint(proof["checkpoint"]) == signed
    assert prove(installed, found_entry(installed, "4"))["checkpoint"] is None
    for size in (4, 11):
        with pytest.raises(NoProofOfThatSize):
            prove(installed, found_entry(installed, "4"), size)
    for unknown in ("10", "no such event", "٣", "9" * 30):
        with pytest.raises(UnknownEntry):
            found_entry(installed, unknown)


@pytest.mark.parametrize("field", ["actor", "request", "payload.reason", "payload.after"])
def test_an_erased_value_is_gone_and_the_log_stays_true(installed: Wiring, field: str) -> None:
    record(installed, told(0), replace(told(1), actor=SECRET, request=SECRET), told(2))
    record(installed, told(3, reason=SECRET, after={SECRET: [SECRET]}))
    before = make_checkpoint(installed)
    entry = "3" if field.startswith("payload") else "1"

    erased = erase(installed, entry, field, "Luật 91/2025/QH15", "theo yêu cầu", "quan-tri")
    make_checkpoint(installed)

    after = found_entry(installed, entry)
    assert after.erased.keys() == {field}
    assert hash_of(after.document()) == after.leaf_hash == erased.entry.leaf_hash
    assert erased.swept
    assert SECRET not in str(getattr(after.event, field, None) or after.event.payload.get(field[8:]) or "")
    given = [parse_checkpoint(before.text)]
    assert verify_log(installed.engine, verifier_keys(installed.settings), installed.now(), given=given).findings == []
    assert field not in prove(installed, after)["disclosures"]
    with begin_read(installed.engine) as connection:
        teller = connection.execute(select(EventRow.payload, EventRow.actor).where(EventRow.type == EVENT_ERASED)).one()
        assert list(history_entries(connection, Scope(unit="old:00004")))  # and whoever reads it sees no traceback
    assert teller.actor == "quan-tri"
    with pytest.raises(ErasedAlready):
        erase(installed, entry, field, "Luật 91/2025/QH15", "theo yêu cầu", "quan-tri")


def test_an_erased_value_is_nowhere_in_the_file_of_the_database(installed: Wiring) -> None:
    if installed.engine.dialect.name != "sqlite":
        pytest.skip("a PostgreSQL server's files are its own matter")
    record(installed, *(told(number, reason=SECRET if number == 7 else "x") for number in range(50)))
    folder = Path(str(installed.engine.url.database))
    assert SECRET.encode() in b"".join(file.read_bytes() for file in folder.parent.glob(f"{folder.name}*"))

    erase(installed, "7", "payload.reason", "Luật 91/2025/QH15", "theo yêu cầu", "quan-tri")

    left = [file.name for file in folder.parent.glob(f"{folder.name}*") if SECRET.encode() in file.read_bytes()]
    assert left == []


def test_what_cannot_be_erased_is_refused(installed: Wiring) -> None:
    record(installed, told(0))
    basis = ("Luật 91/2025/QH15", "theo yêu cầu", "quan-tri")
    for field in ("id", "subject", "type", "payload.none", "payload", "on_behalf_of"):
        with pytest.raises(NothingToErase, match=r"payload\.reason"):
            erase(installed, "0", field, *basis)
    for unexplained in (("", "theo yêu cầu"), ("Luật", " ")):
        with pytest.raises(ErasureUnexplained):
            erase(installed, "0", "actor", *unexplained, "quan-tri")
    erase(installed, "0", "actor", *basis)
    with pytest.raises(NothingToErase):
        erase(installed, "1", "payload.field", *basis)  # what tells of the erasure
    make_checkpoint(installed)
    assert sound(installed)


@pytest.mark.parametrize(
    "change",
    [
        {"payload": '{"after": {"state": "done"}, "reason": "khác"}'},
        {"payload": '{"after": null, "reason": null}'},
        {"payload": "{}"},
        {"actor": ""},
        {"payload": '{"after": {"state": "done"}, "reason": null}', "actor": "khác"},
        {"type": "step.completed"},
    ],
    ids=lambda change: "+".join(change) + str(len(change["payload"]) if "payload" in change else ""),
)
def test_an_erasure_on_record_opens_the_way_for_nothing_else(installed: Wiring, change: dict[str, str]) -> None:
    record(installed, told(0))
    erase(installed, "0", "payload.reason", "Luật 91/2025/QH15", "theo yêu cầu", "quan-tri")

    with pytest.raises(DBAPIError, match="only grows"), begin_write(installed.engine) as connection:
        connection.execute(EventRow.__table__.update().where(EventRow.id == told(0).id).values(change))  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", works.DEATHS_OF_THE_LOG, ids=lambda fault: fault.replace(":", "-"))
def test_after_a_death_anywhere_the_log_is_gapless_signed_and_sound(
    installed: Wiring, processes: ForkServerContext, fault: str
) -> None:
    record(installed, *map(told, range(600)))
    work: Callable[..., object] = works.erase_value if "erased" in fault else works.keep_log
    armed = replace(installed.settings, fault=parse_fault(fault), clock=installed.now())
    dying = processes.Process(target=work, args=(armed,))
    dying.start()
    dying.join(120)
    assert dying.exitcode == -signal.SIGKILL

    again = wire(replace(installed.settings, clock=installed.now()))
    with begin_read(again.engine) as connection:
        size = log_size(connection)
        assert connection.scalar(select(func.count()).select_from(AuditEntryRow)) == size
        assert connection.scalar(select(func.count()).select_from(ErasureRow)) == 0
    make_checkpoint(again)
    assert sound(again)
    with begin_read(again.engine) as connection:
        assert log_size(connection) == 600
    works.erase_value(replace(installed.settings, clock=installed.now()))
    make_checkpoint(again)
    assert sound(again)
    again.engine.dispose()


def test_a_checkpoint_row_can_be_taken_away_only_past_its_trigger(installed: Wiring) -> None:
    record(installed, told(0))
    make_checkpoint(installed)
    with begin_write(installed.engine) as connection, unguarded(connection):
        connection.execute(delete(CheckpointRow))
    assert signed_sizes(installed) == []
