"""What is on record of packages: numbers, states, digests, and the event that tells of one. One transaction each."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from bangiao.package_orders import ExportOrder
from bangiao.package_staging import Facts, as_text
from bangiao.wiring import Wiring
from checklists.events import PACKAGE_EXPORTED, PACKAGE_REDACTED, Event
from checklists.package.records import SupersedesRecord
from checklists.package.texts import instant
from db.history_names import decision_numbered
from db.packages import (
    DONE,
    SEALED,
    STAGING,
    PackageFacts,
    begin_package,
    change_package,
    keep_digests,
    kept_digests,
    package_of,
    unfinished_package,
)
from db.session import begin_write
from evidence.package.bag import TAG_MANIFEST, Bag
from evidence.package.placing import is_zip

SEED_BYTES = 32


def order_values(order: ExportOrder, now: datetime) -> dict[str, Any]:
    """What a row says of an order from the beginning."""
    return {
        "scope": as_text(order.scope.filters()),
        "scope_hash": order.scope_hash,
        "language": order.language,
        "purpose": order.purpose,
        "exported_by": order.by,
        "ordered_at": now,
        "target": str(order.target.absolute()),
        "anew": order.anew,
        "seed": os.urandom(SEED_BYTES),
    }


def begun(wiring: Wiring, order: ExportOrder) -> str:
    """The row of this export: the one ordered, one that an export of the same scope left, else a new one."""
    values = order_values(order, wiring.now())
    with begin_write(wiring.engine) as connection:
        if order.row:
            return order.row
        left = unfinished_package(connection, order.scope_hash)
        if left is None:
            return begin_package(connection, {**values, "state": STAGING})
        change_package(connection, left.id, values)
        return str(left.id)


def compared(connection: Connection, facts: Facts, earlier: PackageFacts | None) -> SupersedesRecord | None:
    """The package before, and how many rows of each file came, changed and went since."""
    if earlier is None or earlier.as_of is None:
        return None
    changes = {
        file: counts
        for file, digests in facts.rows.items()
        if any((counts := digests.against(kept_digests(connection, earlier.id, file))).values())
    }
    return {
        "package": earlier.id,
        "tagmanifest_sha256": str(earlier.tagmanifest_sha256),
        "as_of": instant(earlier.as_of),
        "changes": changes,
    }


def sealed(wiring: Wiring, package: str, facts: Facts, document: Mapping[str, Any], tagmanifest: str, bag: Bag) -> None:
    """The package is as it will be handed out: from now on its number stands for these bytes."""
    supersedes = document["supersedes"]["package"] if document["supersedes"] else None
    values = {
        "state": SEALED,
        "as_of": facts.as_of.at,
        "checkpoint_size": facts.as_of.size,
        "facts": as_text(facts.digests),
        "facts_digest": facts.digest,
        "document": as_text(document),
        "tagmanifest_sha256": tagmanifest,
        "supersedes": supersedes,
        "files": len(bag.files),
    }
    with begin_write(wiring.engine) as connection:
        change_package(connection, package, values)
        keep_digests(connection, package, ((file, rows.content) for file, rows in facts.rows.items()), supersedes)


def done(wiring: Wiring, order: ExportOrder, package: str, size: int, *, again: bool) -> None:
    """The package is at its target: state and event in one transaction."""
    with wiring.unit_of_work() as uow:
        row = package_of(uow.connection, package)
        assert row is not None  # noqa: S101 - it was written before
        if row.state == SEALED:
            change_package(uow.connection, package, {"state": DONE, "bytes": size, "exported_at": uow.now})
        if order.row and order.row != package:
            repeated = {"state": DONE, "repeats": package, "exported_at": uow.now, "bytes": size}
            change_package(uow.connection, order.row, repeated)
        first = row.state == SEALED
        uow.record([_event(uow.connection, order, row, size, uow.now, again=again and not first)])


def _event(
    connection: Connection, order: ExportOrder, row: PackageFacts, size: int, now: datetime, *, again: bool
) -> Event:
    payload = {
        "filters": json.loads(row.scope),
        "tagmanifest": row.tagmanifest_sha256,
        "checkpoint": row.checkpoint_size,
        "files": row.files,
        "bytes": size,
        "purpose": order.purpose or row.purpose,
        "supersedes": row.supersedes,
        "again": again,
    }
    decision = order.scope.decision
    return Event(
        id=f"{row.id}:again:{uuid4().hex}" if again else f"{row.id}:exported",
        type=PACKAGE_EXPORTED,
        occurred_at=now,
        actor=order.by,
        subject=row.id,
        payload=payload,
        decision_id=decision_numbered(connection, decision) if decision else None,
    )


def document_of(row: PackageFacts) -> dict[str, Any]:
    """The `scope.json` of a package that was made before."""
    document: dict[str, Any] = json.loads(row.document)
    return document


def tagmanifest_at(target: Path, package: str) -> str | None:
    """The SHA-256 of the tag manifest of the package at a target; None where there is none of this name."""
    try:
        if is_zip(target):
            with zipfile.ZipFile(target) as archive:
                return hashlib.sha256(archive.read(f"{package}/{TAG_MANIFEST}")).hexdigest()
        return hashlib.sha256((target / TAG_MANIFEST).read_bytes()).hexdigest()
    except (OSError, KeyError, zipfile.BadZipFile):
        return None


def size_at(target: Path) -> int:
    """The bytes of the package at a target."""
    if target.is_file():
        return target.stat().st_size
    return sum(place.stat().st_size for place in target.rglob("*") if place.is_file())


def begun_redaction(wiring: Wiring, origin: PackageFacts, target: Path, by: str, basis: str) -> str:
    """A number for a package that leaves something out of another."""
    values = {
        "state": STAGING,
        "scope": origin.scope,
        "scope_hash": f"redaction:{origin.id}",
        "language": origin.language,
        "purpose": basis,
        "exported_by": by,
        "ordered_at": wiring.now(),
        "target": str(target.absolute()),
        "anew": False,
        "seed": os.urandom(SEED_BYTES),
        "redaction_of": origin.id,
    }
    with begin_write(wiring.engine) as connection:
        left = unfinished_package(connection, values["scope_hash"])
        if left is None:
            return begin_package(connection, values)
        change_package(connection, left.id, values)
        return str(left.id)


def sealed_redaction(
    wiring: Wiring, package: str, document: Mapping[str, Any], tagmanifest: str, files: int, origin: PackageFacts
) -> None:
    values = {
        "state": SEALED,
        "as_of": origin.as_of,
        "checkpoint_size": origin.checkpoint_size,
        "document": as_text(document),
        "tagmanifest_sha256": tagmanifest,
        "files": files,
    }
    with begin_write(wiring.engine) as connection:
        change_package(connection, package, values)


def redacted(
    wiring: Wiring, package: str, by: str, basis: str, counts: Mapping[str, int], size: int, origin: PackageFacts
) -> None:
    """It is at its target: state and event in one transaction."""
    with wiring.unit_of_work() as uow:
        change_package(uow.connection, package, {"state": DONE, "bytes": size, "exported_at": uow.now})
        row = package_of(uow.connection, package)
        assert row is not None  # noqa: S101 - it was written before
        payload = {
            "redaction_of": origin.id,
            "basis": basis,
            "left_out": dict(counts),
            "tagmanifest": row.tagmanifest_sha256,
            "bytes": size,
        }
        decision = json.loads(row.scope).get("decision")
        number = decision_numbered(uow.connection, decision) if decision else None
        uow.record([Event(f"{package}:redacted", PACKAGE_REDACTED, uow.now, by, package, payload, number)])
