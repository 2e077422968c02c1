"""A real Prefect server for the tests of this folder: one per test process, started when the first test needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prefect_office import PrefectApi

from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from flows.engine.prefect_server import password
from flows.engine.processes import ProcessTree
from flows.engine.stack import Stack, running_stack, worker_child


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The server alone."""
    with running_stack(Settings(data_dir=tmp_path_factory.mktemp("prefect")), workers=0) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture(scope="session")
def prefect(stack: Stack) -> PrefectApi:
    assert stack.address
    return PrefectApi(stack.address, password(stack.settings))


@pytest.fixture
def office(stack: Stack, database_url: str) -> Iterator[Wiring]:
    """A database of this test's own beside the shared server, small chunks, a real clock, little patience."""
    wiring = wire(
        Settings(
            data_dir=stack.settings.data_dir,
            database_url=database_url,
            chunk_units=2,
            stale_after=timedelta(seconds=20),
        )
    )
    yield wiring
    wiring.engine.dispose()


@pytest.fixture
def workers(office: Wiring) -> Iterator[Callable[..., ProcessTree]]:
    """Starts workers on the office's database; they start again when they die, and stop with the test."""
    trees: list[ProcessTree] = []

    def start(count: int = 1, **changes: Any) -> ProcessTree:
        tree = ProcessTree(lambda _line: None)
        trees.append(tree)
        for number in range(1, count + 1):
            child = worker_child(replace(office.settings, **changes), number)
            child.log.unlink(missing_ok=True)  # what earlier tests' workers said
            tree.add(child)
        return tree

    yield start
    for tree in trees:
        tree.stop()
