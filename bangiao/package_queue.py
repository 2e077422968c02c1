"""Packages that are made in the background: ordered by somebody, made by the flow `export-package`.

order → row and event `package.ordered` in one transaction → relay → flow → **`carry_out`** → `bangiao.packages`. It may
run twice: a finished package is not made again, an interrupted one goes on.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from bangiao import package_record as record
from bangiao.i18n import render
from bangiao.package_errors import PackageFinished, UnknownPackage
from bangiao.package_keys import package_key
from bangiao.package_orders import Exported, ExportOrder, scope_of
from bangiao.package_progress import Progress, noting, silent
from bangiao.packages import check, export
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.events import PACKAGE_ORDERED, Event
from db.history_names import decision_numbered
from db.packages import DONE, FAILED, ORDERED, PackageFacts, begin_package, change_package, package_of
from db.session import begin_read, begin_write
from db.unit_of_work import SqlUnitOfWork
from evidence.package.placing import must_be_free

_OWN_PLACE = Path()


def order_package(wiring: Wiring, order: ExportOrder) -> str:
    """Put the order on record; gives the package's id. Raises what `export` would raise before it begins."""
    check_order(wiring, order)
    with wiring.unit_of_work() as uow:
        return record_order(uow, wiring, order)


def check_order(wiring: Wiring, order: ExportOrder) -> None:
    """Raises what `export` would raise before it begins."""
    package_key(wiring)
    check(wiring, order)
    if order.target != _OWN_PLACE:
        must_be_free(order.target)


def record_order(uow: SqlUnitOfWork, wiring: Wiring, order: ExportOrder) -> str:
    """An order that was checked, in a transaction of the caller's; gives the package's id."""
    values = {**record.order_values(order, uow.now), "state": ORDERED}
    package = begin_package(uow.connection, values)
    if order.target == _OWN_PLACE:
        place = wiring.settings.data_dir / "exports" / f"{package}.zip"
        change_package(uow.connection, package, {"target": str(place.absolute())})
    uow.record([_ordered(uow.connection, order, package, wiring)])
    return package


def own_place() -> Path:
    """The target of an order that names none: a file named by its package, in the data directory."""
    return _OWN_PLACE


def file_of(wiring: Wiring, row: PackageFacts) -> Path | None:
    """The file that programs and pages may hand out: what was made in the installation's own folder, and is there. A
    target that an operator named is theirs."""
    own = wiring.settings.data_dir.absolute() / "exports" / f"{row.id}.zip"
    return own if row.state == DONE and Path(row.target) == own and own.is_file() else None


def file_numbered(wiring: Wiring, package: str) -> Path | None:
    """That of the package with this number."""
    with begin_read(wiring.engine) as connection:
        row = package_of(connection, package)
    return file_of(wiring, row) if row else None


def _ordered(connection: Connection, order: ExportOrder, package: str, wiring: Wiring) -> Event:
    decision = order.scope.decision
    return Event(
        id=f"{package}:ordered",
        type=PACKAGE_ORDERED,
        occurred_at=wiring.now(),
        actor=order.by,
        subject=package,
        payload={"package": package, "filters": order.scope.filters(), "purpose": order.purpose},
        decision_id=decision_numbered(connection, decision) if decision else None,
    )


def carry_out(wiring: Wiring, package: str, progress: Progress = silent) -> Exported:
    """Make an ordered package. Raises UnknownPackage, PackageFinished, and what `export` raises; that is then on record
    with the order."""
    row = _ordered_row(wiring, package)
    order = ExportOrder(
        scope_of(json.loads(row.scope)),
        Path(row.target),
        row.exported_by,
        row.purpose,
        row.language,
        anew=row.anew,
        row=package,
    )
    order.target.parent.mkdir(parents=True, exist_ok=True)
    try:
        return export(wiring, order, noting(partial(_note, wiring, package), progress))
    except HandoverError as error:
        _note(wiring, package, render(error.message, row.language), 0, 0, state=FAILED)
        raise


def _ordered_row(wiring: Wiring, package: str) -> PackageFacts:
    with begin_read(wiring.engine) as connection:
        row = package_of(connection, package)
    if row is None:
        raise UnknownPackage(package=package)
    if row.state == DONE:
        raise PackageFinished(package=package)
    return row


def _note(wiring: Wiring, package: str, stage: str, done: int, total: int, state: str | None = None) -> None:
    """How far it is, for those who ask."""
    values = {"stage": stage, "done": done, "total": total, "touched_at": wiring.now()}
    with begin_write(wiring.engine) as connection:
        change_package(connection, package, values | ({"state": state} if state else {}))
