"""Many people at the same few steps at once, on both databases: somebody wins, the others are told, nothing is lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from consistency import assert_consistent
from offices import do, held, note
from trial_office import DIVIDED, LEADS, NEW, TrialOffice, trial_office

from bangiao.step_work import act_on_step, desk_on
from bangiao.wiring import Wiring
from checklists.desk import Acted, Order
from checklists.errors import HandoverError
from checklists.step_rules import Actor, Request, Step
from checklists.steps import Act
from db.session import begin_read

PIECES = tuple(map(note, ("một", "hai", "ba")))
LIKELY = {
    "waiting": (Act.ATTACH, Act.NOT_APPLICABLE, Act.BLOCK, Act.COMPLETE),
    "ready": (Act.COMPLETE, Act.COMPLETE, Act.START, Act.NOT_APPLICABLE),
    "in_progress": (Act.COMPLETE, Act.COMPLETE, Act.COMPLETE, Act.ATTACH, Act.BLOCK),
    "submitted": (Act.VERIFY, Act.VERIFY, Act.VERIFY, Act.RETURN, Act.ATTACH),
    "done": (Act.REOPEN, Act.ATTACH, Act.WITHDRAW),
    "blocked": (Act.UNBLOCK,),
    "not_applicable": (Act.REOPEN,),
}


@pytest.fixture
def office(wiring: Wiring) -> TrialOffice:
    return trial_office(wiring)


def numbers(office: TrialOffice, *wanted: tuple[str, str]) -> list[int]:
    return [one.id for one in office.book().lines.values() if (one.holder, one.key) in wanted]


def likely_order(chance: random.Random, step: Step, number: str) -> Order:
    """What somebody who has just looked at the step would do; until it arrives, others may have been there."""
    act = chance.choice(LIKELY[step.state.value])
    second = act in {Act.VERIFY, Act.RETURN, Act.REOPEN}
    request = Request(
        act,
        reason="xem lại",
        unblocker="VNPT",
        expected_on=date(2025, 12, 31),
        seen=step.evidence_hash,
        digests=frozenset(sorted(step.evidence)[:1]) if act is Act.WITHDRAW else frozenset(),
    )
    brings = act in {Act.ATTACH, Act.COMPLETE}
    by = Actor(chance.choice(("verifier", "committee")) if second else "lead-city")
    return Order(step.id, request, by, None, (chance.choice(PIECES),) if brings else (), number)


@pytest.mark.parametrize("people", [2, 8])
def test_random_acts_on_the_same_few_steps_at_once_leave_a_record_with_nothing_wrong_in_it(
    office: TrialOffice, people: int
) -> None:
    wiring, start = office.wiring, Barrier(people)
    wanted = ((DIVIDED, "DAT-01"), (DIVIDED, "DAT-02/giao"), (NEW, "DAT-02/nhan"), (DIVIDED, "DAT-04"), (NEW, "DAT-03"))
    steps = numbers(office, *wanted)
    assert len(steps) == 6

    def work(place: int) -> Counter[str]:
        chance, came = random.Random(f"{people} {place}"), Counter[str]()  # noqa: S311 - a test
        start.wait(timeout=60)
        for turn in range(240 // people):
            with begin_read(wiring.engine) as connection:
                seen = desk_on(wiring, connection).held(chance.choice(steps))
            assert seen
            try:
                act_on_step(wiring, likely_order(chance, seen.step, f"lenh-{place}-{turn}"))
                came["done"] += 1
            except HandoverError as refusal:
                came[type(refusal).__name__] += 1
        return came

    with ThreadPoolExecutor(people) as pool:
        came = sum(pool.map(work, range(people)), Counter[str]())
    record = assert_consistent(wiring)
    assert came["done"] > 60, came
    assert len({row.request for row in record["event"] if row.request}) == came["done"]


def at_once(*acts: Callable[[], Acted]) -> list[Acted | HandoverError]:
    """All of them at the same moment; what each did, or why it was refused."""
    start = Barrier(len(acts))

    def wait_and(act: Callable[[], Acted]) -> Acted | HandoverError:
        start.wait(timeout=60)
        try:
            return act()
        except HandoverError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(wait_and, acts))


def test_a_step_that_is_done_in_the_moment_in_which_what_it_needs_is_opened_again_waits_and_forgets_nobody(
    office: TrialOffice,
) -> None:
    wiring = office.wiring
    needed, given = numbers(office, (DIVIDED, "DAT-01"))[0], numbers(office, (DIVIDED, "DAT-02/giao"))[0]
    lead = LEADS[DIVIDED]
    for turn in range(15):
        acted = do(wiring, needed, Act.COMPLETE, lead, evidence=(note(f"lần {turn}"),), order_id="lenh")
        do(wiring, needed, Act.VERIFY, "verifier", seen=acted.after.evidence_hash, order_id="lenh")
        reopened, _ = at_once(
            lambda: do(wiring, needed, Act.REOPEN, "committee", reason="thiếu", order_id="lenh"),
            lambda turn=turn: do(  # type: ignore[misc]
                wiring, given, Act.COMPLETE, "lead-city", evidence=(note(f"giao {turn}"),), order_id="lenh"
            ),
        )
        assert isinstance(reopened, Acted)
        assert_consistent(wiring)
        assert held(wiring, given).step.state == "waiting"


def test_a_verification_given_in_the_moment_in_which_what_the_step_needs_is_opened_again_does_not_stand(
    office: TrialOffice,
) -> None:
    wiring = office.wiring
    given, received = numbers(office, (DIVIDED, "DAT-02/giao"))[0], numbers(office, (NEW, "DAT-02/nhan"))[0]
    first = numbers(office, (DIVIDED, "DAT-01"))[0]
    acted = do(wiring, first, Act.COMPLETE, LEADS[DIVIDED], evidence=PIECES[:1], order_id="lenh")
    do(wiring, first, Act.VERIFY, "verifier", seen=acted.after.evidence_hash, order_id="lenh")
    for turn in range(15):
        do(wiring, given, Act.COMPLETE, LEADS[DIVIDED], evidence=PIECES[:1], order_id="lenh")
        sent = do(wiring, received, Act.COMPLETE, LEADS[NEW], evidence=(note(f"nhận {turn}"),), order_id="lenh")
        reopened, _ = at_once(
            lambda: do(wiring, given, Act.REOPEN, "committee", reason="thiếu", order_id="lenh"),
            lambda seen=sent.after.evidence_hash: do(  # type: ignore[misc]
                wiring, received, Act.VERIFY, "verifier", seen=seen, order_id="lenh"
            ),
        )
        assert isinstance(reopened, Acted)
        assert_consistent(wiring)
        assert held(wiring, received).step.state == "waiting"
