"""kill -9 while a step is completed with a file: at every point of the file's way and on both sides of the commit.

The file comes first and the row that names it later, so a death may leave a file that nobody names, and never a row
without its file. The same done again ends with one row and one file.
"""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from datetime import timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import works
from consistency import assert_consistent
from offices import HA_NOI_COMMITTEE, do, held, lead_of, note, opened, state_of, step_of
from sqlalchemy import select

from bangiao.attachments import store_of
from bangiao.settings import Settings
from bangiao.wiring import Wiring
from checklists.step_rules import EvidenceMissing, NoEvidenceTaken, NotNow
from checklists.steps import Act
from db.faults import parse_fault
from db.models import EventRow
from db.session import begin_read
from db.work_models import EvidenceRow
from evidence.store import Integrity

STEP = "old:00634/DAT-03"
"""A step that asks for evidence and for a second person."""

THREE_BLOCKS = "Biên bản đối soát dữ liệu\n".encode() * 100_000
AFTER_THE_COMMIT = "commit.after:1"
HALF_RECEIVED = {"evidence.receiving:1", "evidence.receiving:3", "evidence.written:1"}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "biên bản.txt"
    file.write_bytes(THREE_BLOCKS)
    return file


def record_of(wiring: Wiring, step_id: int) -> tuple[str, list[str], list[str]]:
    """The step's state, the types of its events, and the digests of its evidence."""
    with begin_read(wiring.engine) as connection:
        events = list(connection.scalars(select(EventRow.type).where(EventRow.step_id == step_id)))
        digests = list(connection.scalars(select(EvidenceRow.digest)))
    return state_of(wiring, step_id), events, digests


BEFORE: tuple[str, list[str], list[str]] = ("ready", [], [])


@pytest.mark.parametrize("fault", works.DEATHS_WITH_A_FILE, ids=lambda value: value.replace(":", "-"))
def test_a_step_whose_completion_with_a_file_was_killed_is_before_it_or_after_it_and_can_be_completed_again(
    wiring: Wiring, processes: ForkServerContext, report: Path, fault: str
) -> None:
    opened(wiring)
    step, lead, store = step_of(wiring, STEP), lead_of(wiring, "old:00634"), store_of(wiring.settings)
    settings = replace(wiring.settings, clock=wiring.now())
    assert record_of(wiring, step) == BEFORE

    dying = processes.Process(
        target=works.complete_with_file, args=(replace(settings, fault=parse_fault(fault)), step, lead, report)
    )
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL

    digest = next(iter(store.digests()), None)
    done = fault == AFTER_THE_COMMIT
    assert record_of(wiring, step) == (("submitted", ["step.submitted"], [digest]) if done else BEFORE)
    assert list(store.digests()) == ([] if fault in HALF_RECEIVED else [digest])
    assert len(store.leftovers()) == (fault in HALF_RECEIVED)
    assert_evidence_is_whole(wiring)

    _again(settings, step, lead, report, done=done)
    state, events, digests = record_of(wiring, step)
    assert (state, events, digests) == ("submitted", ["step.submitted"], list(store.digests()))
    assert len(digests) == 1
    assert held(wiring, step).step.evidence == set(digests)
    assert_evidence_is_whole(wiring)
    assert_consistent(wiring)

    assert len(store.remove_leftovers(timedelta(0), wiring.now().replace(year=9999))) == (fault in HALF_RECEIVED)
    assert store.leftovers() == []
    assert_evidence_is_whole(wiring)


def _again(settings: Settings, step: int, lead: str, report: Path, *, done: bool) -> None:
    """Who was not told that it was done hears it now; who was stopped before it does it now."""
    if done:
        with pytest.raises(NotNow):
            works.complete_with_file(settings, step, lead, report)
    else:
        works.complete_with_file(settings, step, lead, report)


def assert_evidence_is_whole(wiring: Wiring) -> None:
    """Every row's file is there and is what its digest says, and every digest that an event names has a row."""
    store = store_of(wiring.settings)
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(EvidenceRow.digest, EvidenceRow.size, EvidenceRow.kind)).all()
        payloads = [json.loads(one) for one in connection.scalars(select(EventRow.payload))]
    files = {row.digest: row.size for row in rows if row.kind == "file"}
    for digest, size in files.items():
        assert store.check(digest) is Integrity.OK
        assert store.path(digest).stat().st_size == size
    assert {one["digest"] for said in payloads for one in said.get("attached", ())} == files.keys()


@pytest.mark.parametrize("deaths", [("evidence.receiving:2", "evidence.kept:1", "commit.before:1", "commit.after:1")])
def test_several_deaths_one_after_another_leave_one_row_one_file_and_what_was_half_received(
    wiring: Wiring, processes: ForkServerContext, report: Path, deaths: tuple[str, ...]
) -> None:
    opened(wiring)
    step, lead, store = step_of(wiring, STEP), lead_of(wiring, "old:00634"), store_of(wiring.settings)
    for fault in deaths:
        settings = replace(wiring.settings, clock=wiring.now(), fault=parse_fault(fault))
        dying = processes.Process(target=works.complete_with_file, args=(settings, step, lead, report))
        dying.start()
        dying.join(60)
        assert dying.exitcode == -signal.SIGKILL
        assert_evidence_is_whole(wiring)
    state, events, digests = record_of(wiring, step)
    assert (state, events, digests) == ("submitted", ["step.submitted"], list(store.digests()))
    assert len(digests) == len(store.leftovers()) == 1
    assert_consistent(wiring)


@pytest.mark.parametrize("act", sorted(set(Act) - {Act.ATTACH, Act.COMPLETE, Act.NOT_APPLICABLE}))
def test_evidence_that_comes_with_an_act_that_takes_none_is_refused_so_that_no_verification_is_of_what_nobody_saw(
    wiring: Wiring, act: Act
) -> None:
    opened(wiring)
    step, lead = step_of(wiring, STEP), lead_of(wiring, "old:00634")
    sent = do(wiring, step, Act.COMPLETE, lead, evidence=(note("đã đối soát"),))
    before = assert_consistent(wiring)
    with pytest.raises(NoEvidenceTaken):
        do(
            wiring,
            step,
            act,
            lead if act in {Act.START, Act.WITHDRAW} else HA_NOI_COMMITTEE,
            evidence=(note("chưa ai xem"),),
            seen=sent.after.evidence_hash,
            reason="xem lại",
        )
    assert assert_consistent(wiring) == before


def test_a_digest_that_is_only_named_is_no_evidence(wiring: Wiring) -> None:
    opened(wiring)
    step, lead = step_of(wiring, STEP), lead_of(wiring, "old:00634")
    with pytest.raises(EvidenceMissing):
        do(wiring, step, Act.COMPLETE, lead, digests=frozenset({"0" * 64}))
    assert record_of(wiring, step) == BEFORE
