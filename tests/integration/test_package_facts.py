"""The facts of an evidence package are those of the record: each kind of row against the whole record read plainly."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import changes
import pytest
from builders import SPLIT, real_decision
from databases import OfficeMaker
from offices import opened
from package_office import OTHER, TAKES, Told, WorkedOffice, province_units, worked_office
from sqlalchemy import Connection, event, update

from bangiao.i18n import both_languages
from bangiao.wiring import Wiring
from checklists.audit.leaf import Disclosure, hash_of, unproved
from checklists.deadlines import local_date
from checklists.events import Event
from checklists.frozen_facts import calendar_from_json
from checklists.handlers import UnknownDecision
from checklists.package.completeness import MissingKind
from checklists.package.file_names import EXTENSIONS
from checklists.package.scope import Scope
from checklists.package.scope_errors import EmptyPeriod, NobodyNamed, NotAProvince, UnitNotInRegister, UnknownStepState
from db.audit_log import log_size, sequence_all
from db.package_reading import PackageReading, open_package
from db.session import begin_read, begin_write
from db.unit_of_work import record_event
from db.work_models import EvidenceRow
from evidence.kinds import KINDS
from notifiers.masking import masked_address

Rows = dict[str, Any]
DONE = {"done", "not_applicable"}


@pytest.fixture
def office_maker() -> OfficeMaker:
    return at_work


def at_work(wiring: Wiring) -> WorkedOffice:
    folder = wiring.settings.data_dir / "handed-in"
    folder.mkdir()
    return worked_office(wiring, folder)


def reading(connection: Connection, wiring: Wiring, scope: Scope, size: int | None = None) -> PackageReading:
    return open_package(
        connection,
        scope,
        as_of=wiring.now(),
        tree_size=log_size(connection) if size is None else size,
        languages=both_languages(),
        mask=masked_address,
    )


@contextmanager
def opened_package(wiring: Wiring, scope: Scope, size: int | None = None) -> Iterator[PackageReading]:
    with begin_read(wiring.engine) as connection:
        yield reading(connection, wiring, scope, size)


def read(wiring: Wiring, scope: Scope, broken: dict[str, MissingKind] | None = None) -> Rows:
    with opened_package(wiring, scope) as package:
        return all_of(package, broken)


def all_of(package: PackageReading, broken: dict[str, MissingKind] | None = None) -> Rows:
    files = package.files(broken or {})
    return {path: list(content) if path.endswith(".jsonl") else content for path, content in files.items()}


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value


def said(row: Any, *names: str, **other: Any) -> Rows:
    """These columns of a row as a package writes them, and what it says besides."""
    return {name: plain(getattr(row, name)) for name in names} | other


def test_the_whole_record_is_in_its_package(office: WorkedOffice) -> None:
    record, files = office.record(), read(office.wiring, Scope())
    numbers = {row.id: row.number for row in record["decision"]}

    assert [(one["id"], one["number"], one["content"]) for one in files["decisions.jsonl"]] == [
        (str(row.id), row.number, json.loads(row.content)) for row in record["decision"]
    ]
    change = files["decisions.jsonl"][0]["changes"][0]
    assert (change["kind"], change["state"], change["committed_by"]) == ("amend", "committed", changes.CHAIR)
    assert change["content_before"]["operational"] == "2025-07-01"
    assert files["decisions.jsonl"][0]["content"]["operational"] == "2025-07-08"
    for row in record["template"]:
        assert files[f"templates/{row.hash}.json"]["content"] == json.loads(row.content)
    (calendar,) = record["calendar"]
    assert files[f"calendars/{calendar.version}.json"]["content"] == json.loads(calendar.content)
    assert files[f"ladders/{record['ladder'][0].hash}.json"]["content"] == json.loads(record["ladder"][0].content)

    slugs = {row.hash: row.slug for row in record["template"]}
    assert [{name: one[name] for name in one if name != "left_out"} for one in files["checklists.jsonl"]] == [
        said(
            row,
            "unit",
            "role",
            "template_hash",
            "opened_at",
            "steps",
            id=str(row.id),
            decision=numbers[row.decision_id],
            template=slugs[row.template_hash],
        )
        for row in record["checklist"]
    ]
    lacking = [[one["key"] for one in row["left_out"]] for row in files["checklists.jsonl"]]
    assert lacking == [json.loads(row.left_out) for row in record["checklist"]]
    assert all(one["why"]["vi"] and one["why"]["en"] for row in files["checklists.jsonl"] for one in row["left_out"])


def test_steps_say_when_they_were_due_and_done(office: WorkedOffice) -> None:
    record, rows = office.record(), read(office.wiring, Scope())["steps.jsonl"]
    holders = Told(record, Scope(), office.wiring.today()).holders
    steps = {step["key"]: step for row in record["template"] for step in json.loads(row.content)["steps"]}
    deadlines = {row.id: row for row in record["deadline"]}
    calendar = calendar_from_json(json.loads(record["calendar"][0].content))
    finished: dict[int, datetime] = {}
    for row in sorted(record["event"], key=lambda one: one.occurred_at):
        if row.type in {"step.completed", "step.verified"}:
            finished[row.step_id] = row.occurred_at
    assert [row["id"] for row in rows] == [str(row.id) for row in record["step"]]
    for one, row in zip(rows, record["step"], strict=True):
        checklist, work, words = record.checklists[row.checklist_id], record.work.get(row.id), steps[row.key]
        ended = finished.get(row.id) if row.state in DONE else None
        expected = said(row, "key", "counterpart", "occurrence", "state", "due_on")
        expected |= {"unit": checklist.unit, "holder": holders.get(row.id, checklist.unit)}
        expected |= {"title": words["title"], "basis": [words["basis"]], "wants_verification": words["verify"]}
        expected |= {"claim": work.claim if work else None, "reason": work.reason if work else ""}
        expected |= {"doers": json.loads(work.doers) if work else [], "finished_at": plain(ended)}
        expected |= {"needs": [str(number) for number in sorted(record.needs[row.id])]}
        assert {name: one[name] for name in expected} == expected
        assert one["deadline"]["explanation"]["vi"] == deadlines[row.deadline_id].explanation_vi
        assert one["late_working_days"] == _late(calendar, row.due_on, ended and local_date(ended))
        late = row.due_on and row.state not in {*DONE, "cancelled"} and row.due_on < office.wiring.today()
        expected_days = _late(calendar, row.due_on, office.wiring.today()) if late else None
        assert one["overdue_working_days"] == expected_days
    assert any(one["late_working_days"] for one in rows)
    assert any(one["overdue_working_days"] for one in rows)
    assert Counter(one["holder"] != one["unit"] for one in rows)[True] == len(holders)


def _late(calendar: Any, due: date | None, ended: date | None) -> int | None:
    if due is None or ended is None:
        return None
    days = [due + timedelta(days=one) for one in range(1, (ended - due).days + 1)]
    return max(sum(map(calendar.is_working, days)), 1) if days else 0


def test_a_step_that_a_change_moved_says_its_first_date(office: WorkedOffice) -> None:
    record, rows = office.record(), read(office.wiring, Scope(decision=changes.NUMBER))["steps.jsonl"]
    deadlines = {row.id: row.due_on for row in record["deadline"]}
    moves = {(row.step_key, row.new_deadline_id): deadlines[row.old_deadline_id] for row in record["reschedule"]}
    moved = 0
    for one in rows:
        row = record.steps[int(one["id"])]
        before = one["finished_at"] is not None and one["finished_at"] < "2025-06-20"
        new = row.occurrence > 1
        first = row.due_on if before or new else moves.get((row.key, row.deadline_id), row.due_on)
        assert one["due_on_first"] == plain(first), one
        moved += one["due_on_first"] != one["due_on"]
    assert moved > 50


def test_proofs_and_notices_are_in_whole(office: WorkedOffice) -> None:
    record, files = office.record(), read(office.wiring, Scope())

    def path(row: Any) -> str | None:
        return (
            f"files/{row.digest}.{row.name.rpartition('.')[2]}" if row.kind == "file" and not row.withdrawn_at else None
        )

    names = ("id", "kind", "name", "size", "media_type", "text", "dated_on", "added_by", "on_behalf_of", "added_at")
    assert files["evidence.jsonl"] == [
        said(row, *names, "withdrawn_by", "withdrawn_at", step=str(row.step_id), sha256=row.digest, path=path(row))
        for row in sorted(record["evidence"], key=lambda one: (one.step_id, one.id))
    ]
    names = ("id", "claim", "evidence_hash", "given_by", "on_behalf_of", "given_at", "void_at", "void_because")
    assert files["verifications.jsonl"] == [
        said(row, *names, step=str(row.step_id))
        for row in sorted(record["verification"], key=lambda one: (one.step_id, one.given_at, one.id))
    ]
    assert {one["void_at"] is None for one in files["verifications.jsonl"]} == {True, False}
    names = ("id", "given_by", "on_behalf_of", "expected_on", "words", "given_at")
    assert files["acknowledgements.jsonl"] == [
        said(row, *names, step=str(row.step_id)) for row in record["acknowledgement"]
    ]
    assert files["minutes.jsonl"] == [
        said(row, "number", "state", "drafted_by", "drafted_at", id=str(row.id), decision=changes.NUMBER)
        | {"giver": row.giving, "taker": row.receiving, "hash": row.content_hash}
        | {"confirmations": _confirmations(record, row.id)}
        | {"paths": [f"files/{getattr(row, one)}.{one}" for one in ("pdf", "docx") if getattr(row, one)]}
        for row in record["minutes"]
    ]
    assert [len(one["confirmations"]) for one in files["minutes.jsonl"]] == [2, 1]
    assert files["notices.jsonl"] == [_notice(record, row) for row in record["notification"]]
    outcomes = [
        [one["outcome"] for one in each["attempts"]] for row in files["notices.jsonl"] for each in row["deliveries"]
    ]
    assert sorted(map(len, outcomes)) == [0, 1, 1, 1, 1]
    assert not any("an@hanoi" in json.dumps(row) for row in files["notices.jsonl"])


def _confirmations(record: Any, minutes: int) -> list[Rows]:
    rows = [row for row in record["minutes_confirmation"] if row.minutes_id == minutes]
    return [
        said(row, "side", "on_behalf_of", by=row.given_by, at=plain(row.given_at), hash=row.content_hash)
        for row in sorted(rows, key=lambda one: (one.given_at, one.side))
    ]


def _notice(record: Any, row: Any) -> Rows:
    deliveries = {one.id: one for one in record["delivery"]}
    attempts = defaultdict(list)
    for one in record["delivery_attempt"]:
        names = ("attempt", "began_at", "ended_at", "outcome", "words")
        attempts[one.delivery_id].append(said(one, *names))
    travelled, last = [], row.delivery_id
    while last:
        one = deliveries[last]
        address = masked_address(one.address) if one.address else ""
        names = ("id", "channel", "state", "created_at", "ended_at", "replaces")
        travelled.insert(0, said(one, *names, address=address, attempts=attempts[one.id]))
        last = one.replaces
    names = ("id", "kind", "level", "due_on", "recipient", "in_place_of", "urgent", "state", "created_at", "ended_at")
    return said(row, *names, step=str(row.step_id), deliveries=travelled)


def test_every_event_in_the_log_is_in_with_what_opens_it(office: WorkedOffice) -> None:
    record = office.record()
    with opened_package(office.wiring, Scope()) as package:
        rows, indexes = all_of(package)["events.jsonl"], list(package.event_indexes())
    entries = {row.audit_index: row for row in record["audit_entry"]}
    events = {row.id: row for row in record["event"]}
    assert indexes == [row["document"]["index"] for row in rows] == sorted(entries)
    for row in rows:
        entry = entries[row["document"]["index"]]
        opened_ = {name: Disclosure(*one) for name, one in row["disclosures"].items()}
        assert hash_of(row["document"]) == bytes(entry.leaf_hash)
        assert unproved(row["document"], opened_) == []
        written = events[entry.event_id]
        told = {
            name.removeprefix("payload."): one.value for name, one in opened_.items() if name.startswith("payload.")
        }
        assert (told, opened_["actor"].value) == (json.loads(written.payload), written.actor)


SCOPES = [
    Scope(decision=changes.NUMBER),
    Scope(decision=OTHER),
    Scope(province="new:01"),
    Scope(province="new:79"),
    Scope(unit=SPLIT),
    Scope(unit=TAKES),
    Scope(unit=TAKES, decision=OTHER),
    Scope(unit=TAKES, province="new:79"),
    Scope(person="kiem-tra"),
    Scope(person="lead-old-00634"),
    Scope(person="lan"),
    Scope(person="chu-tich", decision=changes.NUMBER),
    Scope(since=date(2025, 6, 18), until=date(2025, 6, 18)),
    Scope(until=date(2025, 6, 17)),
    Scope(since=date(2025, 7, 9)),
    Scope(since=date(2025, 7, 1), unit=SPLIT),
    Scope(person="lead-old-00634", until=date(2025, 6, 17)),
    Scope(states=("done", "blocked")),
    Scope(states=("done",), unit=SPLIT),
    Scope(overdue=True),
    Scope(overdue=True, unit="new:00622"),
]


def test_each_scope_holds_what_belongs_to_it_and_nothing_else(office: WorkedOffice) -> None:
    record, wiring = office.record(), office.wiring
    sizes = []
    for scope in SCOPES:
        told, files = Told(record, scope, wiring.today(), _units(wiring, scope)), read(wiring, scope)
        assert {int(row["id"]) for row in files["steps.jsonl"]} == told.steps.keys(), scope
        assert {int(row["id"]) for row in files["checklists.jsonl"]} == told.checklists, scope
        assert {row["id"] for row in files["notices.jsonl"]} == told.notices(), scope
        for path, table, moments in (
            ("evidence", "evidence", ("added_at", "withdrawn_at")),
            ("verifications", "verification", ("given_at", "void_at")),
            ("acknowledgements", "acknowledgement", ("given_at",)),
        ):
            expected = {
                row.id
                for row in record[table]
                if row.step_id in told.steps and told.happened(*(getattr(row, one) for one in moments))
            }
            assert {row["id"] for row in files[f"{path}.jsonl"]} == expected, (scope, path)
        logged = {row.audit_index: row.event_id for row in record["audit_entry"]}
        ids = {logged[row["document"]["index"]] for row in files["events.jsonl"]}
        assert ids == {row.id for row in record["event"] if row.id in logged.values() and _belongs(told, row)}, scope
        sizes.append(tuple(len(rows) for path, rows in files.items() if path.endswith("l")))
        _assert_everything_named_is_there(files)
    assert len(set(sizes)) > len(SCOPES) // 2, "the scopes differ"


def _units(wiring: Wiring, scope: Scope) -> frozenset[str] | None:
    places = [frozenset({scope.unit})] if scope.unit else []
    places += [province_units(wiring, scope.province)] if scope.province else []
    return frozenset.intersection(*places) if places else None


def _belongs(told: Told, row: Any) -> bool:
    scope = told.scope
    if not told.act(row):
        return False
    if row.step_id is not None:
        return row.step_id in told.steps
    narrowed = bool(scope.states or scope.overdue)
    if told.units is None and not narrowed:
        return scope.decision in (None, told.numbers.get(row.decision_id))
    mine = [told.record.checklists[one] for one in told.checklists]
    units = {one.unit for one in mine} if narrowed else told.units or set()
    payload = json.loads(row.payload)
    if row.type.startswith("decision."):
        return row.decision_id in {one.decision_id for one in mine}
    if row.type.startswith("minutes."):
        of_decision = scope.decision in (None, told.numbers.get(row.decision_id))
        return of_decision and bool({payload["giving"], payload["receiving"]} & units)
    named = {row.subject, payload.get("to") if row.type == "work.moved" else None}
    return bool(named & units) and scope.decision in (None, told.numbers.get(row.decision_id))


def _assert_everything_named_is_there(files: Rows) -> None:
    units, people = {row["key"] for row in files["units.jsonl"]}, {row["account"] for row in files["people.jsonl"]}
    steps, checklists = ({row["id"] for row in files[f"{one}.jsonl"]} for one in ("steps", "checklists"))
    decisions = {row["number"] for row in files["decisions.jsonl"]}
    for row in files["steps.jsonl"]:
        assert {row["unit"], row["holder"]} <= units
        assert (row["checklist"] in checklists, row["decision"] in decisions) == (True, True)
        assert set(row["doers"]) <= people
    templates = {f"templates/{row['template_hash']}.json" for row in files["checklists.jsonl"]}
    assert templates == {path for path in files if path.startswith("templates/")}
    of_steps = [row for name in ("evidence", "verifications", "acknowledgements") for row in files[f"{name}.jsonl"]]
    assert {row["step"] for row in of_steps} | {row["step"] for row in files["notices.jsonl"]} <= steps
    named = {row.get("given_by") or row["added_by"] for row in of_steps}
    named |= {row["recipient"] for row in files["notices.jsonl"]}
    assert named | {row["disclosures"]["actor"][1] for row in files["events.jsonl"]} <= people
    for path, rows in files.items():
        if path in _KEYS:
            assert all(one < other for one, other in pairwise(map(_KEYS[path], rows))), path


_KEYS: dict[str, Any] = {
    "decisions.jsonl": lambda row: row["number"],
    "units.jsonl": lambda row: row["key"],
    "people.jsonl": lambda row: row["account"],
    "checklists.jsonl": lambda row: int(row["id"]),
    "steps.jsonl": lambda row: int(row["id"]),
    "evidence.jsonl": lambda row: (int(row["step"]), row["id"]),
    "notices.jsonl": lambda row: row["id"],
    "events.jsonl": lambda row: row["document"]["index"],
}


def test_what_is_missing_is_said(office: WorkedOffice) -> None:
    wiring = office.wiring
    with begin_write(wiring.engine) as connection:
        gone = update(EvidenceRow).where(EvidenceRow.step_id == office.bare)
        connection.execute(gone.values(withdrawn_at=wiring.now(), withdrawn_by="ai-do"))
    record = office.record()
    file = next(row for row in record["evidence"] if row.kind == "file" and not row.withdrawn_at)
    files = read(wiring, Scope(), {file.digest: MissingKind.FILE_DAMAGED})
    rows = files["missing.jsonl"]
    found = {kind: [row for row in rows if row["kind"] == kind] for kind in MissingKind}

    _assert_open_and_unproved(record, office, found)
    of_file = [row.step_id for row in record["evidence"] if row.digest == file.digest and not row.withdrawn_at]
    assert [int(row["step"]) for row in found["file_damaged"]] == sorted(of_file)
    assert {row["path"] for row in files["evidence.jsonl"] if row["sha256"] == file.digest} == {None}
    unsent = Counter(row.state for row in record["notification"] if row.state != "sent")
    assert len(found["notice_undelivered"]) == unsent.total() == 4
    assert sum("no channel" in row["words"]["en"] for row in found["notice_undelivered"]) == 1
    assert sum("given up (tries: 1)" in row["words"]["en"] for row in found["notice_undelivered"]) == 2
    (unconfirmed,) = found["minutes_unconfirmed"]
    assert "02/BB-BG" in unconfirmed["words"]["vi"]
    assert len(found["event_not_in_log"]) == len(record["event"]) - len(record["audit_entry"]) > 0
    heirs = {row.unit for row in record["step_holder"]}
    silent = {row["unit"] for row in found["unit_without_events"]}
    assert silent == {row.unit for row in record["checklist"]} - _who_acted(record)
    assert heirs & silent, "holding what moved is not doing something"
    assert heirs - silent, "finishing it is"
    in_order = [(row["kind"], row["unit"] or "", int(row["step"] or 0)) for row in rows]
    assert in_order == sorted(in_order)
    assert all(row["words"]["vi"] and row["words"]["en"] for row in rows)
    assert not any("{" in row["words"][language] for row in rows for language in ("vi", "en"))


def _assert_open_and_unproved(record: Any, office: WorkedOffice, found: dict[MissingKind, list[Rows]]) -> None:
    late = {
        str(row.id): row.due_on is not None and row.due_on < office.wiring.today()
        for row in record["step"]
        if row.state not in {*DONE, "cancelled"}
    }
    assert {row["step"] for row in found[MissingKind.STEP_OVERDUE]} == {
        step for step, is_late in late.items() if is_late
    }
    assert {row["step"] for row in found["step_open"]} == {step for step, is_late in late.items() if not is_late}
    assert str(office.bare) in {row["step"] for row in found["evidence_wanted"]}
    proved = {row.step_id for row in record["evidence"] if not row.withdrawn_at}
    assert {int(row["step"]) for row in found["evidence_wanted"]} == {
        row.id for row in record["step"] if row.state in {"done", "submitted"} and row.id not in proved
    }


def _who_acted(record: Any) -> set[str]:
    """Units that people acted for, on steps of their own or on those that they took over."""
    acts = [row for row in record["event"] if row.type.startswith(("step.", "evidence.", "minutes."))]
    moved = {row.step_id: row for row in record["step_holder"]}
    heirs = {
        moved[one.step_id] for one in acts if one.step_id in moved and one.occurred_at >= moved[one.step_id].moved_at
    }
    return {row.subject for row in acts} | {row.unit for row in heirs}


def test_a_unit_of_which_nothing_is_on_record_is_missing_itself(office: WorkedOffice) -> None:
    rows = read(office.wiring, Scope(unit="new:79"))["missing.jsonl"]
    assert [(row["kind"], row["unit"]) for row in rows] == [("unit_without_events", "new:79")]
    assert "has no checklist" in rows[0]["words"]["en"]


def test_what_the_filters_kept_away_is_counted(office: WorkedOffice) -> None:
    record, wiring = office.record(), office.wiring

    def left_out(scope: Scope) -> dict[tuple[str, str], int]:
        with opened_package(wiring, scope) as package:
            return {(row["what"], row["why"]["en"][:20]): row["number"] for row in package.left_out()}

    assert left_out(Scope()) == {("files", "files of evidence th"): 1}
    of_unit = left_out(Scope(unit=SPLIT, decision=changes.NUMBER))
    ours = [row for row in record["checklist"] if row.decision_id == 1]
    assert of_unit["checklists", "checklists of the de"] == sum(row.unit != SPLIT for row in ours)
    done = left_out(Scope(states=("done",)))
    told = Told(record, Scope(states=("done",)), wiring.today())
    around = [row for row in record["step"] if row.checklist_id in told.checklists and row.state != "done"]
    assert done["steps", "steps of the checkli"] == len(around)
    person = Scope(person="kiem-tra")
    told = Told(record, person, wiring.today())
    others = [row for row in record["event"] if row.step_id in told.steps and not told.act(row)]
    assert left_out(person)["events", "events of the steps "] == len(others) > 0


def test_files_to_copy_are_those_that_rows_name(office: WorkedOffice) -> None:
    for scope in (Scope(), Scope(unit=SPLIT), Scope(person="lan"), Scope(since=date(2025, 6, 18))):
        with opened_package(office.wiring, scope) as package:
            contents, files = list(package.contents()), all_of(package)
        named = {row["path"] for row in files["evidence.jsonl"] if row["path"]}
        named |= {path for row in files["minutes.jsonl"] for path in row["paths"]}
        assert {one.path for one in contents} == named, scope
        assert len({one.digest for one in contents}) == len(contents)


def test_what_was_asked_for_is_said_in_words(office: WorkedOffice) -> None:
    scope = Scope(changes.NUMBER, "new:01", SPLIT, "lan", date(2025, 6, 1), date(2025, 6, 30), ("ready", "done"), True)
    with opened_package(office.wiring, scope) as package:
        said_ = package.filters_text()["en"]
    assert said_ == (
        "decision 01/QĐ-TN; province Thành phố Hà Nội (new:01), with all units below it and those that it took over; "
        "unit Phường Đại Mỗ (old:00634): its checklists, and what it holds now; what lan did, what was done in their "
        "name, and what was sent to them; what happened from 01/06/2025 to 30/06/2025; steps in these states: done, "
        "ready; only steps that are overdue"
    )


def test_the_same_facts_give_the_same_rows_whatever_was_exported_since(office: WorkedOffice) -> None:
    wiring, before = office.wiring, read(office.wiring, Scope())
    at = wiring.now()
    exported = Event("package.exported:1", "package.exported", at, "kiem-toan", "goi-000001", {}, decision_id=1)
    with begin_write(wiring.engine) as connection:
        record_event(connection, exported)
    sequence_all(wiring.engine)
    after = read(wiring, Scope())
    for path in before:
        if path not in {"events.jsonl", "missing.jsonl", "people.jsonl"}:
            assert before[path] == after[path], path
    assert not any("package" in json.dumps(row["document"]) for row in after["events.jsonl"])


def test_what_happens_meanwhile_is_in_the_next_package(office: WorkedOffice) -> None:
    wiring = office.wiring
    with opened_package(wiring, Scope()) as package:
        files = package.files()
        first = next(files["steps.jsonl"])  # type: ignore[call-overload]
        with begin_write(wiring.engine) as connection:
            record_event(connection, Event("xen-ngang", "template.published", wiring.now(), "ai", "sao-luu", {}))
        sequence_all(wiring.engine)
        size = len(list(files["events.jsonl"]))
    assert first["id"] == str(min(office.record().steps))
    assert len(read(wiring, Scope())["events.jsonl"]) == size + len(office.record()["audit_entry"]) - size
    assert size == len(office.record()["audit_entry"]) - 3


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        (Scope(decision="99/QĐ"), UnknownDecision),
        (Scope(unit="new:99999"), UnitNotInRegister),
        (Scope(province="new:99"), UnitNotInRegister),
        (Scope(province=TAKES), NotAProvince),
        (Scope(person="khong-ai"), NobodyNamed),
        (Scope(states=("finished",)), UnknownStepState),
        (Scope(since=date(2025, 7, 2), until=date(2025, 7, 1)), EmptyPeriod),
    ],
    ids=["decision", "unit", "unknown-province", "no-province", "person", "state", "period"],
)
def test_a_scope_that_names_something_unknown_is_refused(wiring: Wiring, scope: Scope, error: type[Exception]) -> None:
    with begin_read(wiring.engine) as connection, pytest.raises(error) as refused:
        reading(connection, wiring, scope)
    assert "{" not in str(refused.value)


def test_statements_and_memory_do_not_grow_with_the_rows(wiring: Wiring) -> None:
    opened(wiring, [SPLIT])
    few = _cost(wiring)
    others = [row.predecessor for row in real_decision().successions if row.predecessor != SPLIT]
    opened(wiring, others[:200], "02/QĐ-TN")
    sequence_all(wiring.engine)
    many = _cost(wiring)
    assert many[0] > 10 * few[0]
    assert many[1] <= few[1] + 15, "a statement for each part of 2,000 rows at most, and for each deadline once"
    assert many[2] < 40_000_000


def _cost(wiring: Wiring) -> tuple[int, int, int]:
    """(rows, statements, most memory) of reading everything row by row."""
    statements: list[str] = []
    event.listen(wiring.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    tracemalloc.start()
    with opened_package(wiring, Scope()) as package:
        rows = sum(sum(1 for _ in rows) for path, rows in package.files().items() if path.endswith(".jsonl"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return rows, len(statements), peak


def test_every_kind_of_file_has_one_extension_in_a_package() -> None:
    assert EXTENSIONS.keys() == {kind.media_type for kind in KINDS.values()}
    assert all(KINDS[extension].media_type == media_type for media_type, extension in EXTENSIONS.items())
