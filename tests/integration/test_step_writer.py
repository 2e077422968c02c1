"""Many orders share a commit: each caller gets its own result, and of a group all is there or nothing."""

from __future__ import annotations

import signal
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.context import ForkServerContext

import pytest
from builders import SPLIT
from consistency import assert_consistent
from offices import held, lead_of, note, opened
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from bangiao.settings import Settings
from bangiao.step_work import act_on_step, act_together
from bangiao.step_writer import StepWriter
from bangiao.wiring import Wiring, wire
from checklists.desk import Acted, Order
from checklists.step_handlers import NoStepFor
from checklists.step_rules import Actor, EvidenceMissing, NotNow, Request
from checklists.steps import Act
from db.faults import parse_fault
from db.models import EventRow, StepRow
from db.session import begin_read, begin_write


@pytest.fixture
def lead(wiring: Wiring) -> str:
    opened(wiring)
    return lead_of(wiring, SPLIT)


def ready_steps(wiring: Wiring, lead: str) -> list[int]:
    """Steps that the lead can start."""
    with begin_read(wiring.engine) as connection:
        numbers = list(connection.scalars(select(StepRow.id).where(StepRow.state == "ready").order_by(StepRow.id)))
    return [one for one in numbers if held(wiring, one).holder == SPLIT]


def start(step: int, lead: str) -> Order:
    return Order(step, Request(Act.START), Actor(lead))


def complete(step: int, lead: str, *words: str) -> Order:
    return Order(step, Request(Act.COMPLETE), Actor(lead), evidence=tuple(note(one) for one in words))


def recorded(wiring: Wiring, steps: list[int]) -> set[tuple[str, int, int]]:
    """State, version and number of events of each."""
    with begin_read(wiring.engine) as connection:
        counted = connection.execute(select(EventRow.step_id, func.count()).group_by(EventRow.step_id))
        events = dict(counted.all())
        rows = connection.execute(select(StepRow.id, StepRow.state, StepRow.version).where(StepRow.id.in_(steps)))
        return {(state, version, events.get(step, 0)) for step, state, version in rows}


def test_what_many_threads_order_is_done_once_each_and_each_hears_of_its_own(wiring: Wiring, lead: str) -> None:
    steps = ready_steps(wiring, lead)
    with StepWriter(wiring, most=7) as writer, ThreadPoolExecutor(8) as pool:
        acted = list(pool.map(lambda step: writer.act(start(step, lead)), steps))
    assert [one.after.id for one in acted] == steps
    assert recorded(wiring, steps) == {("in_progress", 2, 1)}
    assert_consistent(wiring)


def test_what_is_refused_in_the_middle_of_a_group_is_undone_alone(wiring: Wiring, lead: str) -> None:
    first, second, third, fourth = ready_steps(wiring, lead)[:4]
    orders = [
        start(first, lead),
        start(first, lead),  # it is in progress by then
        start(999, lead),
        complete(second, lead, "một"),
        replace(complete(third, lead), evidence=()),
        start(fourth, "nguoi-la"),
        start(third, lead),
    ]

    outcomes = act_together(wiring, orders)

    kinds = [type(one) for one in outcomes]
    assert kinds == [Acted, NotNow, NoStepFor, Acted, EvidenceMissing, NoStepFor, Acted]
    assert [held(wiring, one).step.version for one in (first, second, third, fourth)] == [2, 2, 2, 1]
    assert recorded(wiring, [first, third]) == {("in_progress", 2, 1)}
    assert recorded(wiring, [fourth]) == {("ready", 1, 0)}
    assert_consistent(wiring)


def test_an_order_that_fails_after_it_has_written_leaves_nothing_and_harms_nobody(wiring: Wiring, lead: str) -> None:
    """Its event is on record already, as if it had been derived wrongly: found only when all else is written."""
    first, second, third = ready_steps(wiring, lead)[:3]
    with begin_write(wiring.engine) as connection:
        taken = select(EventRow.__table__).limit(1)
        row = dict(connection.execute(taken).mappings().one())
        connection.execute(EventRow.__table__.insert(), {**row, "id": f"step.submitted:{second}:2", "step_id": None})
        connection.execute(EventRow.__table__.insert(), {**row, "id": f"step.completed:{second}:2", "step_id": None})

    done, failed, also = act_together(
        wiring, [start(first, lead), complete(second, lead, "một"), complete(third, lead, "hai")]
    )

    assert (type(done), type(also)) == (Acted, Acted)
    assert "event" in str(failed).lower()
    assert recorded(wiring, [second]) == {("ready", 1, 0)}
    assert held(wiring, second).step.evidence == frozenset()
    assert held(wiring, third).step.version == 2


def test_what_waits_when_the_writer_is_closed_is_still_carried_out(wiring: Wiring, lead: str) -> None:
    steps = ready_steps(wiring, lead)
    writer = StepWriter(wiring, most=2)
    waiting = [writer.submit(start(step, lead)) for step in steps]
    writer.close()
    writer.close()
    assert all(one.done() for one in waiting)
    assert [one.result().after.version for one in waiting] == [2] * len(steps)
    with pytest.raises(RuntimeError, match="closed"):
        writer.submit(start(steps[0], lead))


def test_who_gives_up_waiting_in_the_queue_is_not_served(wiring: Wiring, lead: str) -> None:
    first, second = ready_steps(wiring, lead)[:2]
    with begin_write(wiring.engine) as connection:
        connection.execute(StepRow.__table__.update().where(StepRow.id == first).values(open_needs=0))
        writer = StepWriter(wiring)  # it waits for this transaction with the first order
        started = writer.submit(start(first, lead))
        while not started.running():  # picked up
            pass
        given_up = writer.submit(start(second, lead))
        assert given_up.cancel()
    writer.close()
    assert started.result().after.version == 2
    assert recorded(wiring, [second]) == {("ready", 1, 0)}


def test_everybody_in_a_group_hears_of_a_database_that_is_gone(wiring: Wiring, lead: str) -> None:
    steps = ready_steps(wiring, lead)[:3]
    lost = wire(replace(wiring.settings, database_url=_nowhere(wiring), clock=wiring.now()))
    with StepWriter(lost) as writer:
        waiting: list[Future[Acted]] = [writer.submit(start(step, lead)) for step in steps]
    for one in waiting:
        with pytest.raises(OperationalError):
            one.result()


def _nowhere(wiring: Wiring) -> str:
    url = wiring.engine.url
    missing = (
        url.set(database="nothing-here") if url.get_backend_name() == "postgresql" else url.set(database="/proc/x")
    )
    return missing.render_as_string(hide_password=False)


def start_in_one_group(settings: Settings, steps: list[int], lead: str) -> None:
    act_together(wire(settings), [start(step, lead) for step in steps])


@pytest.mark.parametrize(
    ("fault", "after"), [("commit.before:1", ("ready", 1, 0)), ("commit.after:1", ("in_progress", 2, 1))]
)
def test_of_a_group_that_was_killed_at_its_commit_all_is_there_or_nothing(
    wiring: Wiring, lead: str, processes: ForkServerContext, fault: str, after: tuple[str, int, int]
) -> None:
    steps = ready_steps(wiring, lead)
    settings = replace(wiring.settings, clock=wiring.now(), fault=parse_fault(fault))
    dying = processes.Process(target=start_in_one_group, args=(settings, steps, lead))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL
    assert recorded(wiring, steps) == {after}
    assert_consistent(wiring)

    if after[0] == "ready":
        act_on_step(wiring, start(steps[0], lead))
