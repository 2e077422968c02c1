"""The outbox: one row per event and consumer, claimed by one relay at a time, never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from builders import own_decision, registered

from bangiao.wiring import Wiring
from checklists.events import OPEN_CHECKLISTS
from db.outbox import Delivery, acknowledge, all_delivered, claim, fail, hand_again, release, waiting

LEASE = timedelta(seconds=60)


@pytest.fixture
def event_id(wiring: Wiring) -> str:
    return str(registered(wiring, own_decision()).event_id)


def taken(wiring: Wiring) -> list[Delivery]:
    return claim(wiring.engine, consumers=(OPEN_CHECKLISTS,), now=wiring.now(), lease=LEASE)


def is_waiting(wiring: Wiring) -> bool:
    return waiting(wiring.engine, consumers=(OPEN_CHECKLISTS,), now=wiring.now())


def test_a_registered_decision_waits_for_its_consumer(wiring: Wiring, event_id: str) -> None:
    assert is_waiting(wiring)
    (delivery,) = taken(wiring)
    assert (delivery.event_id, delivery.consumer, delivery.attempt) == (event_id, OPEN_CHECKLISTS, 0)
    assert delivery.decision_id == 1
    assert delivery.idempotency_key.startswith(f"{event_id}:{OPEN_CHECKLISTS}:")


def test_a_claimed_row_is_nobody_elses_until_the_lease_ends(wiring: Wiring, event_id: str, clock: Any) -> None:
    (first,) = taken(wiring)
    assert (taken(wiring), is_waiting(wiring)) == ([], False)
    clock.advance(seconds=61)
    (second,) = taken(wiring)
    assert second.idempotency_key == first.idempotency_key


def test_two_relays_at_once_share_the_rows(wiring: Wiring, event_id: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda _: taken(wiring), range(8)))
    assert sorted(len(claim_) for claim_ in claims) == [0] * 7 + [1]


def test_what_is_acknowledged_is_not_delivered_again(wiring: Wiring, event_id: str, clock: Any) -> None:
    (delivery,) = taken(wiring)
    acknowledge(wiring.engine, delivery, now=wiring.now(), run_id="r-1")
    clock.advance(days=30)
    assert not is_waiting(wiring)


def test_all_is_delivered_once_every_consumer_has_it(wiring: Wiring, event_id: str) -> None:
    assert not all_delivered(wiring.engine)
    (delivery,) = taken(wiring)
    assert not all_delivered(wiring.engine), "claimed is not delivered"
    acknowledge(wiring.engine, delivery, now=wiring.now(), run_id="r-1")
    assert all_delivered(wiring.engine)


def test_a_claim_given_back_is_due_at_once(wiring: Wiring, event_id: str) -> None:
    (delivery,) = taken(wiring)
    release(wiring.engine, delivery)
    assert taken(wiring) == [delivery]


def test_a_refused_row_waits_for_its_time_and_keeps_its_key(wiring: Wiring, event_id: str, clock: Any) -> None:
    (delivery,) = taken(wiring)
    fail(wiring.engine, delivery, retry_at=wiring.now() + timedelta(seconds=30), error="422")
    assert not is_waiting(wiring)
    clock.advance(seconds=31)
    assert taken(wiring)[0].idempotency_key == delivery.idempotency_key


def test_a_clock_that_is_behind_delays_nothing(wiring: Wiring, event_id: str, clock: Any) -> None:
    clock.advance(hours=-5)
    assert is_waiting(wiring)


def test_two_reconcilers_make_one_new_attempt(wiring: Wiring, event_id: str) -> None:
    (delivery,) = taken(wiring)
    acknowledge(wiring.engine, delivery, now=wiring.now(), run_id="r-1")
    again = [hand_again(wiring.engine, event_id, OPEN_CHECKLISTS, attempt=0, now=wiring.now()) for _ in range(2)]
    assert again == [True, False]
    (anew,) = taken(wiring)
    assert anew.attempt == 1
    assert anew.idempotency_key != delivery.idempotency_key


def test_a_late_word_about_a_lost_claim_changes_nothing(wiring: Wiring, event_id: str, clock: Any) -> None:
    (slow,) = taken(wiring)
    clock.advance(seconds=61)
    (holder,) = taken(wiring)
    assert late_words(wiring, slow) == [False, False, False]
    assert (taken(wiring), is_waiting(wiring)) == ([], False), "still claimed by its holder"
    assert acknowledge(wiring.engine, holder, now=wiring.now(), run_id="r-2")


def test_a_late_word_about_a_delivered_row_changes_nothing(wiring: Wiring, event_id: str, clock: Any) -> None:
    (delivery,) = taken(wiring)
    assert acknowledge(wiring.engine, delivery, now=wiring.now(), run_id="r-1")
    assert late_words(wiring, delivery) == [False, False, False]
    clock.advance(days=30)
    assert not is_waiting(wiring)


def test_a_late_word_about_an_earlier_attempt_changes_nothing(wiring: Wiring, event_id: str) -> None:
    (earlier,) = taken(wiring)
    acknowledge(wiring.engine, earlier, now=wiring.now(), run_id="r-1")
    hand_again(wiring.engine, event_id, OPEN_CHECKLISTS, attempt=0, now=wiring.now())
    (anew,) = taken(wiring)
    assert anew.claimed_until == earlier.claimed_until, "only the attempt tells them apart"
    assert late_words(wiring, earlier) == [False, False, False]
    assert release(wiring.engine, anew)


def test_a_claim_past_its_lease_that_nobody_took_may_still_be_acknowledged(
    wiring: Wiring, event_id: str, clock: Any
) -> None:
    (delivery,) = taken(wiring)
    clock.advance(seconds=61)
    assert acknowledge(wiring.engine, delivery, now=wiring.now(), run_id="r-1")
    assert not is_waiting(wiring)


def late_words(wiring: Wiring, delivery: Delivery) -> list[bool]:
    engine, now = wiring.engine, wiring.now()
    return [
        release(engine, delivery),
        fail(engine, delivery, retry_at=now, error="422"),
        acknowledge(engine, delivery, now=now, run_id="late"),
    ]
