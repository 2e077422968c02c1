"""Packages in tests: an order, an office with proofs, what is in a package, and what stock tools say of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from offices import HA_NOI_COMMITTEE, VERIFIER, do, lead_of, opened, step_of

from bangiao.attachments import HandedIn, kept, store_of
from bangiao.package_keys import make_package_key
from bangiao.package_orders import Exported, ExportOrder
from bangiao.packages import export
from bangiao.settings import Settings
from bangiao.wiring import Wiring, wire
from checklists.package.scope import Scope
from checklists.steps import Act, StepState
from evidence.package.bag import TAG_MANIFEST
from evidence.package.seal import SIGNATURE

UNIT = "old:00634"
STEP = f"{UNIT}/DAT-03"
"""A step that asks for evidence and for a second person."""

OF_UNIT = Scope(unit=UNIT)
DEATHS = ["package.staged:1", "package.sealed:1", "package.placed:1", "package.recorded:1"]
"""Died at in test_package_faults, by a process that exports."""


def office_with_file(wiring: Wiring) -> Path:
    """A decision at work, a step completed with a file and verified, and the key for packages; gives the file."""
    opened(wiring)
    make_package_key(wiring, "Sở Nội vụ thử")
    file = wiring.settings.data_dir / "handed-in" / "biên bản đối soát.txt"
    file.parent.mkdir()
    file.write_text("Biên bản đối soát dữ liệu\n" * 1000, encoding="utf-8")
    proved(wiring, STEP, file)
    return file


def proved(wiring: Wiring, name: str, *files: Path) -> None:
    """The unit's lead completes the step with these files, and a verifier says yes where that is asked for."""
    step = step_of(wiring, name)
    proofs = kept(
        store_of(wiring.settings), HandedIn(wiring.today(), tuple(files), notes=("đã đối soát",)), wiring.today()
    )
    acted = do(wiring, step, Act.COMPLETE, lead_of(wiring, name.partition("/")[0]), evidence=proofs)
    if acted.after.state is StepState.SUBMITTED:
        do(wiring, step, Act.VERIFY, VERIFIER, seen=acted.after.evidence_hash)


def exported(wiring: Wiring, target: Path, scope: Scope = OF_UNIT, **more: Any) -> Exported:
    return export(wiring, ExportOrder(scope, target, HA_NOI_COMMITTEE, **more))


def export_in_a_process(settings: Settings, target: Path, scope: Scope = OF_UNIT) -> None:
    """What the command does, in a process of its own: it may be killed."""
    exported(wire(settings), target, scope)


def content(target: Path) -> dict[str, bytes]:
    """Every file of a package by its path, whichever form it has."""
    if target.is_dir():
        return {one.relative_to(target).as_posix(): one.read_bytes() for one in target.rglob("*") if one.is_file()}
    with zipfile.ZipFile(target) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def rows(target: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(target)[f"data/{name}.jsonl"].splitlines()]


def unpacked(target: Path, folder: Path) -> Path:
    """The bag's folder."""
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder)
        return folder / archive.namelist()[0].partition("/")[0]


def stock_tools(folder: Path, certificate: Path) -> list[int]:
    """What HOW-TO-VERIFY tells an auditor to type; all zero where the package holds."""
    openssl = f"openssl cms -verify -binary -inform DER -in {SIGNATURE} -content {TAG_MANIFEST}"
    commands = [
        f"sha256sum --strict -c {TAG_MANIFEST}",
        "sha256sum --strict -c manifest-sha256.txt",
        "sha512sum --strict -c manifest-sha512.txt",
        "sed 's/^[0-9a-f]*  //' manifest-sha256.txt | LC_ALL=C sort > ../named; "
        "find data -type f | LC_ALL=C sort | cmp -s - ../named",
        f"{openssl} -CAfile '{certificate}' -purpose any -out /dev/null",
    ]
    return [subprocess.run(["sh", "-c", one], cwd=folder, capture_output=True).returncode for one in commands]


def holds(wiring: Wiring, target: Path, folder: Path) -> bool:
    """Whether the stock tools accept the package."""
    bag = target if target.is_dir() else unpacked(target, folder)
    return stock_tools(bag, wiring.settings.sealing_package_certificate) == [0] * 5


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def at(wiring: Wiring, **changes: Any) -> Settings:
    """The settings for a process whose clock goes on from where the test's stands."""
    return replace(wiring.settings, clock=wiring.now(), **changes)
