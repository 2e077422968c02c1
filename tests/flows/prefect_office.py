"""What the tests of this folder look at: the rows, the logs, and the Prefect server's own view."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from bangiao.wiring import Wiring
from checklists.events import OPEN_CHECKLISTS
from db.models import ChecklistRow, DecisionRow, OutboxRow, table_of
from db.session import begin_read
from flows.engine.prefect_server import Address

PATIENCE = 60.0


def wait_for(what: Callable[[], Any], *, seconds: float = PATIENCE, saying: str = "") -> Any:
    """The first true value of `what`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {saying or what}")


@dataclass
class PrefectApi:
    """Asks a server of ours, as its own user interface would: password and CSRF token."""

    address: Address
    auth: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        user, _, secret = self.auth.partition(":")
        self.client = httpx.Client(base_url=self.address.api, auth=(user, secret), timeout=30)
        token = self.client.get("/csrf-token", params={"client": "tests"}).json()["token"]
        self.client.headers.update({"Prefect-Csrf-Client": "tests", "Prefect-Csrf-Token": token})

    def found(self, what: str, **body: Any) -> list[dict[str, Any]]:
        answer = self.client.post(f"/{what}/filter", json=body)
        answer.raise_for_status()
        return list(answer.json())

    def runs_named(self, prefix: str, flow: str = OPEN_CHECKLISTS) -> list[dict[str, Any]]:
        """The runs of one flow: every run is named by what its event is about."""
        runs = self.found("flow_runs", sort="ID_DESC", flows={"name": {"any_": [flow]}})
        return [run for run in runs if run["name"].startswith(prefix)]


def outbox(wiring: Wiring, consumer: str = OPEN_CHECKLISTS) -> list[Any]:
    """What was, or is to be, delivered to one consumer."""
    with begin_read(wiring.engine) as connection:
        return list(connection.execute(select(table_of(OutboxRow)).where(OutboxRow.consumer == consumer)))


def checklists(wiring: Wiring) -> int:
    with begin_read(wiring.engine) as connection:
        return connection.scalar(select(func.count()).select_from(table_of(ChecklistRow))) or 0


def all_opened(wiring: Wiring) -> bool:
    with begin_read(wiring.engine) as connection:
        return not connection.scalar(select(func.count()).where(DecisionRow.opened_at.is_(None)))


def log_of(wiring: Wiring, name: str = "worker-1") -> str:
    file: Path = wiring.settings.data_dir / "logs" / f"{name}.log"
    return file.read_text(encoding="utf-8") if file.exists() else ""
