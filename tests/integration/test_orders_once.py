"""An order that comes twice with its sender's key is carried out once: a bad line, an impatient finger, two tabs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from builders import SPLIT
from offices import appoint, held, lead_of, note, opened
from sqlalchemy import func, select

from bangiao.step_work import act_on_step, act_together
from bangiao.wiring import Wiring
from checklists.desk import Acted, Order
from checklists.people import PersonRole
from checklists.step_rules import Actor, EvidenceMissing, Request
from checklists.steps import Act, StepState
from db.carried_out import KEPT, CarriedOutBefore, KeyOfAnother, forget_old
from db.models import EventRow, StepRow
from db.session import begin_read, begin_write


@pytest.fixture
def order(wiring: Wiring) -> Order:
    """A lead completes a step of theirs, with a note, under a key."""
    opened(wiring)
    lead = lead_of(wiring, SPLIT)
    with begin_read(wiring.engine) as connection:
        ready = connection.scalars(select(StepRow.id).where(StepRow.state == "ready").order_by(StepRow.id))
        step = next(one for one in ready if held(wiring, one).holder == SPLIT and not held(wiring, one).template.verify)
    return Order(step, Request(Act.COMPLETE), Actor(lead), evidence=(note("đã sao lưu"),), once="k-1")


def times(wiring: Wiring, order: Order) -> int:
    query = select(func.count()).where(EventRow.step_id == order.step_id, EventRow.type == "step.completed")
    with begin_read(wiring.engine) as connection:
        return int(connection.scalar(query) or 0)


def test_the_second_time_nothing_is_done_and_the_sender_hears_when_it_was(wiring: Wiring, order: Order) -> None:
    act_on_step(wiring, order)
    with pytest.raises(CarriedOutBefore, match="carried out already"):
        act_on_step(wiring, order)
    assert times(wiring, order) == 1


def test_eight_at_once_are_one(wiring: Wiring, order: Order) -> None:
    def send(_number: int) -> str:
        try:
            return type(act_on_step(wiring, order)).__name__
        except CarriedOutBefore as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as crowd:
        outcomes = sorted(crowd.map(send, range(8)))
    assert outcomes == [Acted.__name__, *[CarriedOutBefore.__name__] * 7]
    assert times(wiring, order) == 1


def test_in_one_group_the_second_is_told_and_the_first_stands(wiring: Wiring, order: Order) -> None:
    first, second = act_together(wiring, [order, order])
    assert isinstance(first, Acted)
    assert isinstance(second, CarriedOutBefore)
    assert held(wiring, order.step_id).step.state is StepState.DONE


def test_a_key_stands_for_one_order_and_is_its_senders_own(wiring: Wiring, order: Order) -> None:
    act_on_step(wiring, order)
    with pytest.raises(KeyOfAnother):
        act_on_step(wiring, replace(order, request=Request(Act.REOPEN, reason="nhầm tệp")))
    other = appoint(wiring, "binh", PersonRole.UNIT_LEAD, SPLIT)
    assert act_on_step(wiring, Order(order.step_id, Request(Act.REOPEN, reason="nhầm"), Actor(other), once="k-1"))


def test_a_refused_order_leaves_no_key_and_may_come_again(wiring: Wiring, order: Order) -> None:
    with pytest.raises(EvidenceMissing):
        act_on_step(wiring, replace(order, evidence=()))
    assert act_on_step(wiring, order).after.state is StepState.DONE


def test_keys_are_forgotten_after_a_season(wiring: Wiring, order: Order) -> None:
    act_on_step(wiring, order)
    with begin_write(wiring.engine) as connection:
        forget_old(connection, wiring.now() + KEPT)
    with pytest.raises(CarriedOutBefore):
        act_on_step(wiring, order)
    with begin_write(wiring.engine) as connection:
        forget_old(connection, wiring.now() + KEPT + KEPT)
    with pytest.raises(Exception, match="done"):
        act_on_step(wiring, order)
