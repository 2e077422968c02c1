"""The table of flows, the file for people who run Prefect already, and the flow files themselves agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

from bangiao.settings import Settings
from checklists.events import CONSUMERS
from flows.deployments import DEPLOYMENTS, FLOW_OF_CONSUMER, Deployment

ROOT = Path(__file__).parents[2]


def in_file() -> dict[str, dict[str, Any]]:
    written = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    return {one["name"]: one for one in written["deployments"]}


def test_every_consumer_has_its_flow() -> None:
    assert {consumer for consumers in CONSUMERS.values() for consumer in consumers} == set(FLOW_OF_CONSUMER)
    assert {one.name for one in FLOW_OF_CONSUMER.values()} == set(FLOW_OF_CONSUMER)


def test_the_file_and_the_table_say_the_same() -> None:
    table = {
        one.name: {
            "name": one.name,
            "description": one.description,
            "entrypoint": one.entrypoint,
            "work_pool": {"name": Settings().work_pool},
            "enforce_parameter_schema": True,
            "schedules": [{"cron": cron, "timezone": "Asia/Ho_Chi_Minh"} for cron in one.cron],
        }
        for one in DEPLOYMENTS
    }
    assert in_file() == table


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one.name)
def test_a_flow_is_async_named_as_its_deployment_and_takes_what_the_table_gives(deployment: Deployment) -> None:
    flow = deployment.load()
    assert flow.isasync
    assert flow.name == deployment.name
    assert tuple(flow.parameters.properties) == deployment.parameters


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one.name)
def test_a_flow_loads_by_path_too(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """People will type `flows/x.py:x`; Prefect then runs the file under another module name."""
    package, module, name = deployment.entrypoint.split(".")
    monkeypatch.chdir(ROOT)
    flow = load_flow_from_entrypoint(f"{package}/{module}.py:{name}", use_placeholder_flow=False)
    assert flow.name == deployment.name
