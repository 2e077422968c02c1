"""The nightly flow for duties that come back, run by Prefect and a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from builders import open_all, own_decision, registered
from prefect_office import PrefectApi, log_of, wait_for
from sqlalchemy import func, select

from bangiao.occurrences import OccurrencesReport, open_due_occurrences
from bangiao.wiring import Wiring
from db.models import StepRow
from db.session import begin_read
from flows.engine.processes import ProcessTree


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_prefect_opens_what_a_missed_night_left(
    office: Wiring, workers: Callable[..., ProcessTree], prefect: PrefectApi
) -> None:
    then, later = (datetime.fromisoformat(f"2025-06-{one}T05:00:00+07:00") for one in (17, 20))
    in_june = replace(office, clock=lambda: then)
    open_all(in_june, registered(in_june, own_decision("40/QĐ-TN")).decision_id)

    workers(clock=later)
    wait_for(lambda: "Ready" in log_of(office), saying="ready")
    deployment = prefect.client.get("/deployments/name/open-occurrences/open-occurrences").json()
    assert [one["schedule"]["cron"] for one in deployment["schedules"]] == ["30 4 * * *"]

    def begun() -> str:
        """The run's id; the server may be busy for a moment (503)."""
        return str(
            prefect.client.post(f"/deployments/{deployment['id']}/create_flow_run", json={}).json().get("id", "")
        )

    run = wait_for(begun, saying="begun")

    def state() -> str:
        return str(prefect.client.get(f"/flow_runs/{run}").json().get("state_type"))

    wait_for(lambda: state() in {"COMPLETED", "FAILED", "CRASHED"}, saying="ended")
    assert state() == "COMPLETED"
    with begin_read(office.engine) as connection:
        assert connection.scalar(select(func.count()).where(StepRow.occurrence > 1)) == 6  # two duties, three days
    assert open_due_occurrences(replace(office, clock=lambda: later)) == OccurrencesReport(0, 0)
