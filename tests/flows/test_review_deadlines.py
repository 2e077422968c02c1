"""The flow that reviews deadlines, run by Prefect and a worker after days in which nothing ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from offices import lead_of, opened
from prefect_office import PrefectApi, log_of, wait_for
from sqlalchemy import select

from bangiao.reviews import review_deadlines
from bangiao.wiring import Wiring
from db.notice_models import EscalationRow, NotificationRow
from db.session import begin_read
from flows.engine.processes import ProcessTree


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_prefect_plans_what_was_not_said_while_nothing_ran(
    office: Wiring, workers: Callable[..., ProcessTree], prefect: PrefectApi
) -> None:
    then, later = (datetime.fromisoformat(f"2025-06-{one}T09:00:00+07:00") for one in (17, 20))
    in_june = replace(office, clock=lambda: then)
    opened(in_june)
    lead = lead_of(in_june, "old:00634")

    workers(clock=later)
    wait_for(lambda: "Ready" in log_of(office), saying="ready")
    deployment = prefect.client.get("/deployments/name/review-deadlines/review-deadlines").json()
    assert [one["schedule"]["cron"] for one in deployment["schedules"]] == ["*/5 * * * *"]

    def asked() -> Any:
        """A busy server may say no at first; the key makes it one run."""
        wanted = {"idempotency_key": "một lần"}
        answer = prefect.client.post(f"/deployments/{deployment['id']}/create_flow_run", json=wanted).json()
        return answer if "id" in answer else None

    run = wait_for(asked, saying="a run")

    def state() -> str:
        return str(prefect.client.get(f"/flow_runs/{run['id']}").json()["state_type"])

    wait_for(lambda: state() in {"COMPLETED", "FAILED", "CRASHED"}, saying="ended")
    assert state() == "COMPLETED"
    with begin_read(office.engine) as connection:
        levels = set(connection.scalars(select(EscalationRow.level)))
        told = set(connection.scalars(select(NotificationRow.recipient).where(NotificationRow.level == "due-today")))
    assert levels >= {"due-soon", "due-today", "unit-above", "provincial-chair"}
    assert told == {lead}
    assert review_deadlines(replace(office, clock=lambda: later)).steps == 0
