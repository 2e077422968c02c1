"""Packages: megabytes a second and memory against reading, SHA-256 and a stored ZIP of the same bytes; large scopes."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bangiao.package_keys import make_package_key
from bangiao.package_orders import ExportOrder
from bangiao.packages import export
from bangiao.settings import Settings
from bangiao.wiring import wire
from benchmarks.child import in_a_child
from benchmarks.context import Bench
from benchmarks.measure import Cost, Line, cost_of, interleaved, ratio
from checklists.package.scope import Scope
from evidence.package.bag import Bag
from evidence.package.placing import place_package
from evidence.package.stored_files import StoredFiles
from evidence.store import EvidenceStore

FILES, MEGABYTES = 24, 8
SLOWER = 2.5
"""Times the control that a package may take: it hashes twice (SHA-256 and SHA-512), syncs and writes manifests."""

SPAN = 300.0
"""Seconds that the largest export may take."""

MEMORY = 500.0
"""MiB that it may take over its imports."""


def lines(bench: Bench) -> Iterator[Line]:
    yield from _megabytes(bench)
    yield from _the_country(bench)


def _megabytes(bench: Bench) -> Iterator[Line]:
    store = EvidenceStore(bench.folder / "store")
    digests = [_kept(store) for _ in range(FILES)]
    sizes = FILES * MEGABYTES

    def ours() -> Cost:
        return _once(bench.folder / "ours", lambda folder: _packaged(store, digests, folder))

    def control() -> Cost:
        return _once(bench.folder / "control", lambda folder: _zipped(store, digests, folder))

    costs = interleaved({"ours": ours, "control": control}, bench.rounds)
    what = f"a package with {sizes} MB of evidence, against reading, SHA-256 and a stored ZIP"
    yield ratio("P1", what, costs["ours"], costs["control"], SLOWER)
    yield Line("", "the same, ours", "MB/s", [sizes / one.wall for one in costs["ours"]])
    yield Line("", "the same, control", "MB/s", [sizes / one.wall for one in costs["control"]])


def _kept(store: EvidenceStore) -> str:
    """A file of noise, past the store's questions about its kind."""
    content = os.urandom(MEGABYTES << 20)
    digest = hashlib.sha256(content).hexdigest()
    store.path(digest).parent.mkdir(parents=True, exist_ok=True)
    store.path(digest).write_bytes(content)
    return digest


def _once(folder: Path, work: Callable[[Path], None]) -> Cost:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return cost_of(lambda: work(folder))


def _packaged(store: EvidenceStore, digests: list[str], folder: Path) -> None:
    bag = Bag(folder / "bag")
    files = StoredFiles(store, bag, folder / "note")
    for digest in digests:
        files.bring(digest, f"data/files/{digest}.p7m")
    bag.finish([])
    place_package(bag.folder, "goi-minh-chung-000001", folder / "a.zip")


def _zipped(store: EvidenceStore, digests: list[str], folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_STORED) as archive:
        for digest in digests:
            hashed = hashlib.sha256()
            with store.open(digest) as source, archive.open(f"{digest}.bin", "w") as target:
                while block := source.read(1 << 20):
                    hashed.update(block)
                    target.write(block)


def _the_country(bench: Bench) -> Iterator[Line]:
    """Every unit of the opened decisions in one package, in a process of its own."""
    settings = bench.embedded.copy_of_opened("packaging")
    answer = in_a_child(settings, "packaging_memory", 0)
    what = f"a package of {answer['units']:,.0f} units, {answer['steps']:,.0f} steps, {answer['events']:,.0f} events"
    yield Line("P2", what, "s", [answer["seconds"]], SPAN)
    yield Line("", f"{what}: rows", "rows/s", [answer["rows"] / answer["seconds"]])
    yield Line("P3", f"{what}: memory over the imports", "MiB", [answer["over"]], MEMORY)


def export_everything(settings: Settings) -> dict[str, float]:
    """What the child does; its memory is asked around it."""
    wiring = wire(settings)
    if not settings.sealing_package_key.exists():
        make_package_key(wiring)
    target = settings.data_dir / "everything.zip"
    made: list[dict[str, int]] = []
    cost = cost_of(lambda: made.append(export(wiring, ExportOrder(Scope(), target, "an")).document["rows"]))
    [rows] = made
    return {
        "seconds": cost.wall,
        "rows": float(sum(rows.values())),
        "units": float(rows["units.jsonl"]),
        "steps": float(rows["steps.jsonl"]),
        "events": float(rows["events.jsonl"]),
    }
