"""A package that somebody ordered is made by Prefect and a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from exports import OF_UNIT, holds, office_with_file
from prefect_office import wait_for

from bangiao.package_orders import ExportOrder
from bangiao.package_queue import order_package, own_place
from bangiao.wiring import Wiring
from db.packages import DONE, package_of
from db.session import begin_read
from flows.engine.processes import ProcessTree


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_an_ordered_package_is_made_in_the_background(office: Wiring, workers: Callable[..., ProcessTree]) -> None:
    then = datetime.fromisoformat("2025-06-17T08:00:00+07:00")
    in_june = replace(office, clock=lambda: then)
    office_with_file(in_june)
    package = order_package(in_june, ExportOrder(OF_UNIT, own_place(), "an"))
    workers(clock=then)

    def state() -> str:
        with begin_read(office.engine) as connection:
            row = package_of(connection, package)
        assert row is not None
        return str(row.state)

    wait_for(lambda: state() == DONE, saying=DONE)
    target = office.settings.data_dir / "exports" / f"{package}.zip"
    assert holds(office, target, office.settings.data_dir / "unpacked")
