"""Packages on record: numbered, prepared, sealed, done. The facts inside are read by `db.package_reading`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from db.decisions import take_block
from db.models import table_of
from db.package_models import PackageDigestRow, PackageRow

ORDERED, STAGING, SEALED, DONE, FAILED = "ordered", "staging", "sealed", "done", "failed"
"""`staging` is what somebody makes by hand, `ordered` (and `failed`, where that went wrong) what a flow makes."""

FINISHED = (SEALED, DONE)

_PACKAGE, _DIGEST = table_of(PackageRow), table_of(PackageDigestRow)

PackageFacts = Row[Any]
"""A row of the table `package`."""


def next_id(connection: Connection) -> str:
    """The next number of the series, inside a writer's transaction."""
    return f"goi-minh-chung-{take_block(connection, 'package', 1):06d}"


def begin_package(connection: Connection, values: Mapping[str, Any]) -> str:
    """A new row, with a `seed` among its values; gives its id."""
    package = next_id(connection)
    progress = {"stage": "", "done": 0, "total": 0, "touched_at": values["ordered_at"]}
    row = {"id": package, **progress, **values}
    connection.execute(insert(_PACKAGE).values(row))
    return package


def change_package(connection: Connection, package: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(_PACKAGE).where(_PACKAGE.c.id == package).values(dict(values)))


def package_of(connection: Connection, package: str) -> PackageFacts | None:
    return connection.execute(select(_PACKAGE).where(_PACKAGE.c.id == package)).one_or_none()


def package_with_tagmanifest(connection: Connection, digest: str) -> PackageFacts | None:
    """The package whose tag manifest has this SHA-256: whatever its file is called."""
    return connection.execute(
        select(_PACKAGE).where(_PACKAGE.c.tagmanifest_sha256 == digest).order_by(_PACKAGE.c.id).limit(1)
    ).one_or_none()


def newest_package(connection: Connection, scope_hash: str) -> PackageFacts | None:
    """The newest package of this scope that was finished, with everything in it."""
    query = select(_PACKAGE).where(_PACKAGE.c.scope_hash == scope_hash, _PACKAGE.c.state.in_(FINISHED))
    whole = query.where(_PACKAGE.c.redaction_of.is_(None), _PACKAGE.c.repeats.is_(None))
    return connection.execute(whole.order_by(_PACKAGE.c.as_of.desc(), _PACKAGE.c.id.desc()).limit(1)).one_or_none()


def unfinished_package(connection: Connection, scope_hash: str) -> PackageFacts | None:
    """What an interrupted export of this scope has begun, and nobody but the next one may go on with."""
    query = select(_PACKAGE).where(_PACKAGE.c.scope_hash == scope_hash, _PACKAGE.c.state == STAGING)
    return connection.execute(query.order_by(_PACKAGE.c.id).limit(1)).one_or_none()


def packages(connection: Connection) -> list[PackageFacts]:
    """All of them, newest first."""
    return list(connection.execute(select(_PACKAGE).order_by(_PACKAGE.c.id.desc())))


def packages_before(connection: Connection, package: str, limit: int) -> list[PackageFacts]:
    """Newest first, those before this one; "" for the newest of all."""
    query = select(_PACKAGE).order_by(_PACKAGE.c.id.desc()).limit(limit)
    return list(connection.execute(query.where(_PACKAGE.c.id < package) if package else query))


def order_waiting(connection: Connection, scope_hash: str, account: str) -> str | None:
    """What this person has ordered of this scope, and what is not made yet."""
    same = (_PACKAGE.c.scope_hash == scope_hash, _PACKAGE.c.exported_by == account, _PACKAGE.c.state == ORDERED)
    return connection.scalars(select(_PACKAGE.c.id).where(*same).order_by(_PACKAGE.c.id).limit(1)).first()


def superseding(connection: Connection, package: str) -> str | None:
    """The package that took this one's place."""
    query = select(_PACKAGE.c.id).where(_PACKAGE.c.supersedes == package, _PACKAGE.c.state == DONE)
    return connection.scalars(query.order_by(_PACKAGE.c.id).limit(1)).first()


def keep_digests(
    connection: Connection, package: str, digests: Iterable[tuple[str, bytes]], forget: str | None
) -> None:
    """What the next package of the scope is compared with; the one before needs it no longer."""
    for one in filter(None, (package, forget)):
        connection.execute(delete(_DIGEST).where(_DIGEST.c.package_id == one))
    for file, content in digests:
        connection.execute(insert(_DIGEST).values(package_id=package, file=file, digests=content))


def kept_digests(connection: Connection, package: str, file: str) -> bytes:
    """Empty where there are none."""
    query = select(_DIGEST.c.digests).where(_DIGEST.c.package_id == package, _DIGEST.c.file == file)
    return bytes(connection.scalar(query) or b"")
