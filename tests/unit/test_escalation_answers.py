"""What becomes of a notification on its way, and what an acknowledgement may promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from bangiao.calendar_files import vietnam_calendar
from checklists.errors import HandoverError
from checklists.escalation.acknowledgement import (
    Acknowledgeable,
    Acknowledgement,
    NothingToAcknowledge,
    NotToldOfIt,
    PromisePushedOn,
    PromiseTooFar,
    PromiseWithoutWords,
    acknowledge,
    latest_promise,
)
from checklists.escalation.attempts import (
    CHANGES,
    MOST_TRIES,
    DeliveryState,
    Move,
    NoSuchMove,
    after,
    after_failure,
    delivery_words,
)
from checklists.escalation.facts import Promise
from checklists.escalation.ladder import DEFAULT_LADDER
from checklists.step_rules import Actor, PromiseInThePast
from checklists.steps import OPEN, SETTLED, StepState

CALENDAR = vietnam_calendar()
NOW = datetime(2026, 2, 11, 20, 0, tzinfo=UTC)  # 03:00 on 12/02/2026 in Viet Nam, the last days before Tết
LAN = Actor("lan")
STEP = Acknowledgeable(
    "DAT-05", StepState.READY, date(2026, 2, 11), "unit-above", frozenset({"quan"}), frozenset({"lan"})
)

P, G, S, F, D, C, U = DeliveryState
LEADS = {
    (P, Move.CLAIM): G,
    (F, Move.CLAIM): G,
    (U, Move.CLAIM): G,
    (G, Move.ACCEPTED): S,
    (U, Move.ACCEPTED): S,
    (G, Move.FAILED_FOR_NOW): F,
    (U, Move.FAILED_FOR_NOW): F,
    (G, Move.REFUSED_FOR_GOOD): D,
    (U, Move.REFUSED_FOR_GOOD): D,
    (G, Move.LEASE_PASSED): U,
    (F, Move.GIVE_UP): D,
    (U, Move.GIVE_UP): D,
    (P, Move.CANCEL): C,
    (F, Move.CANCEL): C,
    (U, Move.CANCEL): C,
    (D, Move.RESEND): P,
}


@pytest.mark.parametrize(("state", "move"), list(product(DeliveryState, Move)))
def test_a_notification_moves_as_the_table_says_and_no_other_way(state: DeliveryState, move: Move) -> None:
    if (state, move) in LEADS:
        assert after(state, move) is LEADS[state, move]
    else:
        with pytest.raises(NoSuchMove, match="stays so"):
            after(state, move)


def test_every_move_has_a_row_and_every_state_its_words() -> None:
    assert {change.move for change in CHANGES} == set(Move)
    assert len({delivery_words(state).msgid for state in DeliveryState}) == len(DeliveryState)


def test_a_crash_while_sending_means_sent_again() -> None:
    assert after(after(G, Move.LEASE_PASSED), Move.CLAIM) is G


def test_after_the_last_try_a_notification_is_a_dead_letter() -> None:
    state, moves = G, after_failure(MOST_TRIES)
    for move in moves:
        state = after(state, move)
    assert state is D
    assert after_failure(MOST_TRIES - 1) == (Move.FAILED_FOR_NOW,)
    assert after_failure(1, for_good=True) == (Move.REFUSED_FOR_GOOD,)


def answered(
    step: Acknowledgeable = STEP, by: Actor = LAN, on: str = "2026-02-27", words: str = "xong bản kê"
) -> Acknowledgement:
    day = date.fromisoformat(on)
    return acknowledge(step, by, day, words, ladder=DEFAULT_LADDER, calendar=CALENDAR, now=NOW)


@pytest.mark.parametrize("by", [LAN, Actor("quan"), Actor("dung", "lan"), Actor("dung", "quan")])
def test_who_was_told_who_leads_the_unit_and_who_stands_in_for_them_may_acknowledge(by: Actor) -> None:
    found = answered(by=by)
    assert (found.by, found.on_behalf_of, found.level) == (by.account, by.on_behalf_of, "unit-above")
    assert found.promise == Promise(by.account, date(2026, 2, 27))


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_step_may_be_acknowledged(state: StepState) -> None:
    assert answered(replace(STEP, state=state)).due_on == STEP.due_on


@pytest.mark.parametrize(
    ("step", "by", "on", "words", "refused"),
    [
        (STEP, Actor("dung"), "2026-02-13", "x", NotToldOfIt),
        (STEP, LAN, "2026-02-11", "x", PromiseInThePast),  # the 12th has begun in Viet Nam
        (STEP, LAN, "2026-03-06", "x", PromiseTooFar),
        (STEP, LAN, "2026-02-13", "  ", PromiseWithoutWords),
        *((replace(STEP, state=state), LAN, "2026-02-13", "x", NothingToAcknowledge) for state in sorted(SETTLED)),
    ],
)
def test_what_an_acknowledgement_may_not_promise(
    step: Acknowledgeable, by: Actor, on: str, words: str, refused: type[HandoverError]
) -> None:
    with pytest.raises(refused):
        answered(step, by, on, words)


def test_a_promise_reaches_ten_working_days_ahead_which_tet_makes_three_weeks() -> None:
    latest = latest_promise(DEFAULT_LADDER, CALENDAR, date(2026, 2, 12))
    assert latest == date(2026, 3, 5)
    assert answered(on=latest.isoformat()).expected_on == latest
    assert answered(on="2026-02-12").stands_on(date(2026, 2, 12))
    assert not answered(on="2026-02-12").stands_on(date(2026, 2, 13))


def test_a_promise_is_not_pushed_on_before_the_next_level_has_been_told() -> None:
    first = answered(on="2026-02-25")
    promised = replace(STEP, before=first)
    with pytest.raises(PromisePushedOn, match="25/02/2026"):
        answered(promised, on="2026-02-26")
    assert answered(promised, on="2026-02-25").expected_on == first.expected_on
    assert answered(promised, on="2026-02-24").expected_on == date(2026, 2, 24)
    assert answered(replace(promised, level="provincial-chair"), on="2026-02-26").level == "provincial-chair"
    assert answered(replace(promised, due_on=date(2026, 2, 13)), on="2026-02-26").expected_on == date(2026, 2, 26)
