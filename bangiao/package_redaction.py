"""`redact`: a package for outsiders, made from one that verifies, without the record being asked again.

package at hand → verified → unpacked → `evidence.package.redaction` → reports anew → sealed → its own place and event.
The salts come from the package's secret, so that this installation can open a commitment later, and nobody else.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bangiao import package_record as record
from bangiao.i18n import both_languages, language_in_force
from bangiao.package_assembly import assemble, close, local_day, seal_bag
from bangiao.package_errors import NothingToLeaveOut, NotOurPackage
from bangiao.package_keys import package_key
from bangiao.package_orders import Exported, scope_of
from bangiao.package_progress import Progress, silent
from bangiao.package_rights import must_be_theirs
from bangiao.package_workshop import Workshop, workshop
from bangiao.wiring import Wiring
from checklists.messages import Message
from checklists.package.records import LeftOutRecord
from checklists.package.texts import instant
from db.packages import PackageFacts, package_with_tagmanifest
from db.session import begin_read
from evidence.package import verify
from evidence.package.bag import TAG_MANIFEST, Bag
from evidence.package.errors import DamagedPackage, NotAPackage
from evidence.package.placing import is_zip, must_be_free, place_package, writing_errors
from evidence.package.redaction import LeavingOut, Redaction

_WHY = Message("Left out for readers outside; whoever is told salt and value can check the commitment.")


@dataclass(frozen=True, slots=True)
class RedactionOrder:
    """What is left out of which package, on which legal basis, by whom; `reader` as in an export."""

    package: Path
    target: Path
    fields: frozenset[str]
    files: frozenset[str]
    basis: str
    by: str
    reader: str | None = None


def redact(wiring: Wiring, order: RedactionOrder, progress: Progress = silent) -> Exported:
    """Make it. Raises DamagedPackage, NotOurPackage, and what is wrong with the order, before anything is written."""
    key = package_key(wiring)
    if not order.fields and not order.files:
        raise NothingToLeaveOut
    must_be_free(order.target)
    with progress(Message("Verifying"), None):
        _must_verify(order.package, wiring)
    row = _origin(wiring, order)
    wanted = LeavingOut(order.fields, order.files, order.basis, order.by, instant(wiring.now()), bytes(row.seed))
    wanted.check()
    with workshop(wiring.settings, f"redaction-{row.id}") as shop, writing_errors(shop.folder, order.target):
        bag = _unpacked(order.package, shop)
        redaction = Redaction(bag, wanted)
        with progress(Message("Leaving out"), None):
            redaction.carry_out()
        package = record.begun_redaction(wiring, row, order.target, order.by, order.basis)
        document = _document(bag, package, order, redaction)
        with progress(Message("Reports"), None):
            assemble(bag, document, key)
        label = ("Redaction-Of", f"{row.id} sha256:{row.tagmanifest_sha256}")
        tagmanifest = close(bag, document, local_day(document), (label,))
        unstamped = seal_bag(bag, key, wiring.settings)
        record.sealed_redaction(wiring, package, document, tagmanifest, len(bag.files), row)
        size = place_package(bag.folder, package, order.target)
        record.redacted(wiring, package, order.by, order.basis, dict(redaction.counts), size, row)
        shop.clear()
    return Exported(
        package, order.target, False, row.as_of, row.checkpoint_size, tagmanifest, size, document, key.fingerprint,
        unstamped=unstamped,
    )  # fmt: skip


def _must_verify(package: Path, wiring: Wiring) -> None:
    certificate = str(wiring.settings.sealing_package_certificate)
    given = verify.arguments().parse_args([str(package), "--certificate", certificate])
    try:
        findings, *_ = verify.verify(package, given)
    except OSError as error:
        raise NotAPackage(file=str(package), why=error.strerror or error) from error
    except (zipfile.BadZipFile, ValueError) as error:
        raise NotAPackage(file=str(package), why=error) from error
    if findings:
        code, values = findings[0]
        told = verify.WORDS[code][("vi", "en").index(language_in_force())].format(*values)
        raise DamagedPackage(file=str(package), why=told)


def _origin(wiring: Wiring, order: RedactionOrder) -> PackageFacts:
    """The package on record whose seal this is."""
    digest = hashlib.sha256(_tagmanifest(order.package)).hexdigest()
    with begin_read(wiring.engine) as connection:
        row = package_with_tagmanifest(connection, digest)
        if row is None or row.redaction_of:
            raise NotOurPackage(file=str(order.package))
        if order.reader is not None:
            scope = scope_of(json.loads(row.scope))
            words = json.loads(row.document)["filters_text"][language_in_force()]
            must_be_theirs(connection, order.reader, scope, words, wiring.today())
    return row


def _tagmanifest(package: Path) -> bytes:
    if not is_zip(package):
        return (package / TAG_MANIFEST).read_bytes()
    with zipfile.ZipFile(package) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(f"/{TAG_MANIFEST}") and one.count("/") == 1]
        return archive.read(name)


def _unpacked(package: Path, shop: Workshop) -> Bag:
    """The payload in a bag of its own; it verified, so that its names are ours."""
    shutil.rmtree(shop.folder / "bag", ignore_errors=True)
    bag = Bag(shop.folder / "bag")
    for name, stream in _members(package):
        if name.startswith("data/") and not name.startswith(("data/report/", "data/HOW-TO-VERIFY")):
            with bag.writing(name) as file, stream as source:
                while block := source.read(1 << 20):
                    file.write(block)
        else:
            stream.close()
    return bag


def _members(package: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if not is_zip(package):
        for place in sorted(package.rglob("*")):
            if place.is_file():
                yield place.relative_to(package).as_posix(), place.open("rb")
        return
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            yield entry.filename.partition("/")[2], archive.open(entry)


def _document(bag: Bag, package: str, order: RedactionOrder, redaction: Redaction) -> Mapping[str, Any]:
    """`scope.json` of the new package: what the old one said, and what is left out of it now."""
    before = json.loads(bag.place("data/scope.json").read_bytes())
    why = {language: _WHY.render(translate) for language, translate in both_languages().items()}
    left = [
        LeftOutRecord(what=what, number=number, why={"vi": why["vi"], "en": why["en"]}, basis=order.basis)
        for what, number in sorted(redaction.counts.items())
        if number
    ]
    files = before["files"] - redaction.counts["files"]
    changed = {"package": package, "exported_by": order.by, "purpose": order.basis, "supersedes": None, "files": files}
    return {**before, **changed, "rows": before["rows"] | redaction.rows, "left_out": [*before["left_out"], *left]}
