"""The flow on a real Prefect server, by night and after an opening: no dissolved unit owes anything afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from builders import SPLIT, open_all, own_decision, registered
from exactness import rows_of
from prefect_office import PrefectApi, log_of, outbox, wait_for
from sqlalchemy import delete

from bangiao.succession import move_work
from bangiao.wiring import Wiring
from checklists.events import MOVE_WORK
from db.models import OutboxRow
from db.session import begin_write
from db.work_models import StepHolderRow
from flows.engine.processes import ProcessTree


def test_the_nightly_flow_moves_what_dissolved_units_owe_and_says_so_once(
    office: Wiring, workers: Callable[..., ProcessTree], prefect: PrefectApi
) -> None:
    decision = own_decision(f"05/{office.engine.dialect.name}", predecessors=[SPLIT, "old:00004"])
    open_all(office, registered(office, decision).decision_id)
    planned = move_work(office, decision.number, dry_run=True).division
    with begin_write(office.engine) as connection:  # as if it had been opened before its day
        connection.execute(delete(OutboxRow))
    workers()
    wait_for(lambda: "Ready" in log_of(office), saying="ready")
    (deployment,) = [one for one in prefect.found("deployments") if one["name"] == "move-work"]
    (schedule,) = deployment["schedules"]
    assert (schedule["active"], schedule["schedule"]["cron"]) == (True, "5 0 * * *")
    assert schedule["schedule"]["timezone"] == "Asia/Ho_Chi_Minh"

    def run(night: str) -> str:
        """What the schedule does at five past midnight; the server may be busy for a moment (503)."""
        order = {"idempotency_key": f"{night} {decision.number}"}
        ask = f"/deployments/{deployment['id']}/create_flow_run"
        answer = wait_for(lambda: made if (made := prefect.client.post(ask, json=order)).is_success else None)
        number = str(answer.json()["id"])
        wait_for(lambda: state_of(number) in {"COMPLETED", "FAILED", "CRASHED"}, saying="the end of the run")
        assert state_of(number) == "COMPLETED"
        return number

    def state_of(number: str) -> str:
        return str(prefect.client.get(f"/flow_runs/{number}").json().get("state_type"))

    runs = [run("first"), run("second")]
    assert rows_of(office, StepHolderRow) == {"step_holder": planned.moved}
    assert move_work(office, decision.number).empty
    tables = [one for one in prefect.found("artifacts", sort="ID_DESC") if one["flow_run_id"] in runs]
    assert [(one["flow_run_id"], one["key"]) for one in tables] == [(runs[0], "work-moved")]
    assert decision.number in tables[0]["data"]
    assert str(planned.moved) in tables[0]["data"]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("day", "moves"), [("2025-06-30", False), ("2025-07-01", True)])
def test_a_decision_that_is_opened_after_its_day_does_not_wait_for_midnight(
    office: Wiring, workers: Callable[..., ProcessTree], prefect: PrefectApi, day: str, moves: bool
) -> None:
    then = datetime.fromisoformat(f"{day}T10:00:00+07:00")
    late = replace(office, clock=lambda: then)
    number = f"06/{day}"
    open_all(late, registered(late, own_decision(number, predecessors=[SPLIT, "old:00004"])).decision_id)
    planned = move_work(late, number, dry_run=True).division
    workers(clock=then)
    wait_for(lambda: [one.state for one in outbox(office, MOVE_WORK)] == ["delivered"], saying="handed over")
    wait_for(lambda: prefect.runs_named(number, MOVE_WORK)[0]["state_type"] == "COMPLETED", saying="completed")
    assert rows_of(office, StepHolderRow) == {"step_holder": planned.moved if moves else 0}
    assert planned.moved
