"""Packages: files against reading, SHA-256 and a stored ZIP of the same bytes; events against reading, chaining and
writing the same rows as lines; time and memory of large scopes. The controls are the standard library's."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

from bangiao.audit_log import sequence_now
from bangiao.package_keys import make_package_key
from bangiao.package_orders import ExportOrder
from bangiao.package_staging import AsOf, reading_of
from bangiao.packages import export
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from benchmarks.auditing import write_events
from benchmarks.child import in_a_child
from benchmarks.context import Bench
from benchmarks.databases import wired
from benchmarks.measure import Cost, Line, cost_of, interleaved, ratio
from checklists.package.scope import Scope
from db.audit_log import log_size
from db.package_checkpoints import inclusion
from db.package_reading import Rows
from db.session import begin_read
from evidence.package.bag import Bag
from evidence.package.placing import place_package
from evidence.package.stored_files import StoredFiles
from evidence.store import EvidenceStore

LARGE, SMALL = (24, 8 << 20), (800, 256 << 10)
"""So many files of so many bytes."""

FILES_SLOWER, FILES_STRETCH = 1 / 0.6, 1 / 0.8
"""Times the control that the files of a package may take. They are hashed twice, synced and listed in manifests."""

EVENTS, QUICK_EVENTS = 30_000, 4_000
EVENTS_SLOWER, EVENTS_STRETCH = 2.0, 1.25

SPAN = 300.0
"""Seconds that the largest export may take."""

MEMORY = 500.0
"""MiB that it may take over its imports."""

FLAT = 1.25
"""Times the memory of a package of one decision that one of everything may take."""


def lines(bench: Bench) -> Iterator[Line]:
    for count, size in (LARGE, SMALL):
        yield from _megabytes(bench, count, size)
    yield from _events(bench)
    yield from _the_country(bench)


def _megabytes(bench: Bench, count: int, size: int) -> Iterator[Line]:
    store = EvidenceStore(bench.folder / f"store-{count}")
    digests = [_kept(store, size) for _ in range(count)]
    megabytes = count * size / (1 << 20)

    def ours() -> Cost:
        return _once(bench.folder / "ours", lambda folder: _packaged(store, digests, folder))

    def control() -> Cost:
        return _once(bench.folder / "control", lambda folder: _zipped(store, digests, folder))

    costs = interleaved({"ours": ours, "control": control}, bench.rounds)
    what = f"a package of {count} files, {megabytes:.0f} MB"
    against = f"{what} ÷ reading, SHA-256 and a stored ZIP"
    yield ratio("J5", against, costs["ours"], costs["control"], FILES_SLOWER, FILES_STRETCH)
    yield Line("", f"{what}, ours", "MB/s", [megabytes / one.wall for one in costs["ours"]])
    yield Line("", f"{what}, control", "MB/s", [megabytes / one.wall for one in costs["control"]])


def _kept(store: EvidenceStore, size: int) -> str:
    """A file of noise, past the store's questions about its kind."""
    content = os.urandom(size)
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
    deque(files.bring_all((digest, f"data/files/{digest}.p7m") for digest in digests), maxlen=0)
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


def _events(bench: Bench) -> Iterator[Line]:
    """Written as a package has them: sealed documents with what opens them, and a proof for each."""
    count = EVENTS if bench.rounds > 1 else QUICK_EVENTS
    settings = bench.embedded.databases.copied(bench.embedded.installed(), "packaging_events")
    with wired(settings) as wiring:
        write_events(wiring, count)
        sequence_now(wiring)

        def ours() -> Cost:
            return _once(bench.folder / "ours", lambda folder: _told(wiring, folder))

        def control() -> Cost:
            return _once(bench.folder / "control", lambda folder: _chained(settings.data_dir / "bangiao.db", folder))

        costs = interleaved({"ours": ours, "control": control}, bench.rounds)
    what = f"{count:,} events of a package"
    against = f"{what} ÷ reading, chaining, lines, SHA-256 and ZIP"
    yield ratio("J5", against, costs["ours"], costs["control"], EVENTS_SLOWER, EVENTS_STRETCH)
    yield Line("", f"{what}, ours", "events/s", [count / one.wall for one in costs["ours"]])
    yield Line("", f"{what}, control", "events/s", [count / one.wall for one in costs["control"]])


def _told(wiring: Wiring, folder: Path) -> None:
    bag = Bag(folder / "bag")
    with begin_read(wiring.engine) as connection:
        size = log_size(connection)
        reading = reading_of(connection, Scope(), AsOf(wiring.now(), size))
        with bag.lines("data/events.jsonl") as rows:
            for row in cast("Rows", reading.files()["events.jsonl"]):
                rows.write(row)
        with bag.lines("data/proofs.jsonl") as proofs:
            for proof in inclusion(connection, size, reading.event_indexes()):
                proofs.write(proof)
    bag.finish([])
    place_package(bag.folder, "goi-minh-chung-000001", folder / "a.zip")


def _chained(database: Path, folder: Path) -> None:
    """The least that shows the order of the rows: each line's hash goes into the next one's."""
    query = "SELECT event.* FROM event JOIN audit_entry ON event_id = event.id ORDER BY audit_index"
    before, whole = b"", hashlib.sha256()
    with (
        closing(sqlite3.connect(database)) as raw,
        zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("events.jsonl", "w") as target,
    ):
        found = raw.execute(query)
        names = [one[0] for one in found.description]
        for row in found:
            told = dict(zip(names, row, strict=True))
            told["payload"] = json.loads(told["payload"])
            line = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
            before = hashlib.sha256(before + line).digest()
            whole.update(line)
            target.write(line)


def _the_country(bench: Bench) -> Iterator[Line]:
    """One decision, then every unit of the opened decisions, each in one package and in a process of its own."""
    settings = bench.embedded.copy_of_opened("packaging")
    small, large = (in_a_child(settings, "packaging_memory", which) for which in (1, 0))
    for answer, span in ((small, None), (large, SPAN)):
        what = (
            f"a package of {answer['units']:,.0f} units, {answer['steps']:,.0f} steps, {answer['events']:,.0f} events"
        )
        yield Line("P2" if span else "", what, "s", [answer["seconds"]], span)
        yield Line("", f"{what}: processor time", "s", [answer["cpu"]])
        yield Line("P3", f"{what}: memory over the imports", "MiB", [answer["over"]], MEMORY)
    growth = f"memory of the large one ÷ the small one ({large['units'] / small['units']:.1f} × the units)"
    yield Line("J5", growth, "×", [large["over"] / small["over"]], FLAT)


def export_everything(settings: Settings, scope: Scope = Scope()) -> dict[str, float]:  # noqa: B008 - it is frozen
    """What the child does; its memory is asked around it."""
    wiring = wire(settings)
    if not settings.sealing_package_key.exists():
        make_package_key(wiring)
    target = settings.data_dir / "everything.zip"
    target.unlink(missing_ok=True)
    made: list[dict[str, int]] = []
    cost = cost_of(lambda: made.append(export(wiring, ExportOrder(scope, target, "an")).document["rows"]))
    [rows] = made
    return {
        "seconds": cost.wall,
        "cpu": cost.cpu,
        "rows": float(sum(rows.values())),
        "units": float(rows["units.jsonl"]),
        "steps": float(rows["steps.jsonl"]),
        "events": float(rows["events.jsonl"]),
    }
