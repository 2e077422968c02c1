"""`export`: the order for an evidence package, from the record to a sealed file at its place.

order → log brought up to date → facts of one view (`package_staging`) → the same as before, or a number of its own →
reports, manifests, seal (`package_assembly`) → **the target, by rename** → the event (`package_record`). Killed
anywhere, the same order ends as if nothing had happened: what is at the target is whole and on record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bangiao import package_record as record
from bangiao.attachments import store_of
from bangiao.i18n import language_in_force
from bangiao.package_assembly import assemble, close, local_day, product, scope_document, seal_bag
from bangiao.package_errors import ChangedMeanwhile, NothingInScope
from bangiao.package_keys import package_key
from bangiao.package_log import log_brought_up_to_date
from bangiao.package_orders import Exported, ExportOrder
from bangiao.package_progress import Progress, silent
from bangiao.package_rights import must_be_theirs
from bangiao.package_staging import AsOf, Facts, Staging, reading_of
from bangiao.package_workshop import Workshop, workshop
from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.messages import Message
from checklists.package.records import SupersedesRecord
from db.faults import faultpoint
from db.packages import DONE, SEALED, PackageFacts, newest_package
from db.session import begin_read
from evidence.package.bag import Bag
from evidence.package.keys import PackageKey
from evidence.package.placing import must_be_free, place_package, writing_errors

_MEGABYTE = 1 << 20


def export(wiring: Wiring, order: ExportOrder, progress: Progress = silent) -> Exported:
    """Make the package and put it at the order's target. Raises what is wrong with the order before anything is done,
    and PackageDiskFull, CannotWritePackage with nothing at the target."""
    key = package_key(wiring)
    check(wiring, order)
    with workshop(wiring.settings, order.scope_hash) as shop:
        placed = _placed_before(wiring, order, key)
        if placed is None:
            must_be_free(order.target)
            with writing_errors(shop.folder, order.target):
                placed = _Making(wiring, order, key, shop, progress).made()
        shop.clear()
        return placed


def check(wiring: Wiring, order: ExportOrder) -> None:
    """Raises what is unknown in the scope, and MayNotExport."""
    with begin_read(wiring.engine) as connection:
        asked = reading_of(connection, order.scope, AsOf(wiring.now(), 0))
        if order.reader is not None:
            words = asked.filters_text()["vi" if language_in_force() == "vi" else "en"]
            must_be_theirs(connection, order.reader, order.scope, words, wiring.today())


def _placed_before(wiring: Wiring, order: ExportOrder, key: PackageKey) -> Exported | None:
    """The package that a process put at this very target before it died, and did not record."""
    with begin_read(wiring.engine) as connection:
        row = newest_package(connection, order.scope_hash)
    if row is None or row.state != SEALED or row.target != str(order.target.absolute()):
        return None
    if record.tagmanifest_at(order.target, row.id) != row.tagmanifest_sha256:
        return None
    size = record.size_at(order.target)
    record.done(wiring, order, row.id, size, again=False)
    document = record.document_of(row)
    return Exported(
        row.id, order.target, False, row.as_of, row.checkpoint_size, row.tagmanifest_sha256, size, document,
        key.fingerprint,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    """What the record says, staged; `same`: the package of before, if it said exactly this."""

    facts: Facts
    same: PackageFacts | None
    supersedes: SupersedesRecord | None

    @property
    def again(self) -> bool:
        """Not where an earlier process died before that package came to its target."""
        return self.same is not None and self.same.state == DONE


@dataclass(frozen=True)
class _Making:
    """One package in the making."""

    wiring: Wiring
    order: ExportOrder
    key: PackageKey
    shop: Workshop
    progress: Progress

    def made(self) -> Exported:
        bag = self.shop.fresh_bag()
        read = self._read(bag, AsOf(self.wiring.now(), log_brought_up_to_date(self.wiring)))
        package, document = self._identity(read)
        with self.progress(Message("Reports"), None):
            assemble(bag, document, self.key)
        faultpoint("package.staged")
        tagmanifest, unstamped = self._sealed(bag, read, package, document)
        faultpoint("package.sealed")
        size = self._placed(bag, package)
        faultpoint("package.placed")
        record.done(self.wiring, self.order, package, size, again=read.again)
        faultpoint("package.recorded")
        at = read.facts.as_of
        return Exported(
            package, self.order.target, read.again, at.at, at.size, tagmanifest, size, document,
            self.key.fingerprint, dict(read.facts.missing), unstamped,
        )  # fmt: skip

    def _read(self, bag: Bag, now: AsOf) -> _Read:
        """Files first, in a view of their own, since they may take long; what came meanwhile follows in the second."""
        files = self.shop.files(bag, store_of(self.wiring.settings))
        with begin_read(self.wiring.engine) as connection:
            Staging(connection, self.order.scope, bag, files, self.progress).bring_files(now)
        with begin_read(self.wiring.engine) as connection:
            staging = Staging(connection, self.order.scope, bag, files, self.progress)
            earlier = newest_package(connection, self.order.scope_hash)
            facts = self._as_before(staging, earlier, now)
            same = earlier if facts else None
            facts = facts or staging.stage(now, staging.bring_files(now))
            if facts.empty:
                raise NothingInScope(filters=facts.filters_text["vi" if language_in_force() == "vi" else "en"])
            staging.prove(facts)
            return _Read(facts, same, None if same else record.compared(connection, facts, earlier))

    def _as_before(self, staging: Staging, earlier: PackageFacts | None, now: AsOf) -> Facts | None:
        """The facts staged as of the package before, if nothing else has happened since and they are the same."""
        if earlier is None or not self._comparable(earlier, now):
            return None
        then = AsOf(earlier.as_of, earlier.checkpoint_size)
        if any(index >= then.size for index in staging.event_indexes(now)):
            return None
        facts = staging.stage(then, staging.bring_files(then))
        return facts if facts.digest == earlier.facts_digest else None

    def _comparable(self, earlier: PackageFacts, now: AsOf) -> bool:
        """Whether the package before would say the same of the same facts: its day counts overdue days."""
        same_words = self.order.purpose in ("", earlier.purpose) and _product_of(earlier) == product()
        return not self.order.anew and same_words and local_date(earlier.as_of) == local_date(now.at)

    def _identity(self, read: _Read) -> tuple[str, Mapping[str, Any]]:
        if read.same is not None:
            return read.same.id, record.document_of(read.same)
        package = record.begun(self.wiring, self.order)
        return package, scope_document(package, self.order, read.facts, read.supersedes)

    def _sealed(self, bag: Bag, read: _Read, package: str, document: Mapping[str, Any]) -> tuple[str, Message | None]:
        tagmanifest = close(bag, document, local_day(document))
        if read.same is not None and tagmanifest != read.same.tagmanifest_sha256:
            raise ChangedMeanwhile(package=package)
        unstamped = seal_bag(bag, self.key, self.wiring.settings)
        if read.same is None:
            record.sealed(self.wiring, package, read.facts, document, tagmanifest, bag)
        return tagmanifest, unstamped

    def _placed(self, bag: Bag, package: str) -> int:
        total = sum(one.size for one in bag.files.values())
        with self.progress(Message("Writing (MB)"), total // _MEGABYTE) as advance:
            told = 0

            def done(size: int) -> None:
                nonlocal told
                told += size
                advance(told // _MEGABYTE)
                told %= _MEGABYTE

            return place_package(bag.folder, package, self.order.target, done)


def _product_of(row: PackageFacts) -> str:
    return str(json.loads(row.document)["product"])
