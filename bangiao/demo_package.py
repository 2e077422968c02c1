"""The demonstration's package: what an auditor takes away, checked with stock tools, then spoilt by one byte.

unit → **export** (a folder) → `sha256sum`, `find`, `openssl` → a copy with one byte changed → the same commands. None
of the commands is ours; HOW-TO-VERIFY in the package has them too, with what else to look at.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bangiao.package_keys import make_package_key
from bangiao.package_orders import Exported, ExportOrder
from bangiao.packages import export
from bangiao.wiring import Wiring
from checklists.package.scope import Scope
from checklists.units import UnitKey

AUDITOR = "kiem-toan"
FOLDER, SPOILT = "goi-minh-chung", "goi-minh-chung-bi-sua"

COMMANDS = (
    "sha256sum --strict --quiet -c tagmanifest-sha256.txt",
    "sha256sum --strict --quiet -c manifest-sha256.txt",
    "find data -type f | sort | diff - <(cut -c67- manifest-sha256.txt | sort)",
    "openssl cms -verify -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s"
    " -content tagmanifest-sha256.txt -CAfile {certificate} -purpose any -out /dev/null",
)
"""In the order in which one rests on the other: files, what else is there, the seal over it all."""

_TOOLS = ("bash", "sha256sum", "openssl")


@dataclass(frozen=True, slots=True)
class Said:
    """A command and what it answered."""

    command: str
    good: bool
    words: str


def missing_tools() -> list[str]:
    """Of what the commands need, what this machine has not."""
    return [tool for tool in _TOOLS if shutil.which(tool) is None]


def unit_package(wiring: Wiring, unit: UnitKey) -> Exported:
    """The unit's package as a folder below the data directory; the key that seals it is made when first asked for."""
    settings = wiring.settings
    if not settings.sealing_package_key.exists():
        make_package_key(wiring)
    return export(wiring, ExportOrder(Scope(unit=unit), settings.data_dir / FOLDER, AUDITOR))


def checked(package: Path, certificate: Path) -> Iterator[Said]:
    """Each command run in the package, as a reader would."""
    for command in COMMANDS:
        line = command.format(certificate=certificate)
        yield _run(["bash", "-c", line], line, package)


def spoilt(package: Path) -> tuple[Path, str, str]:
    """A copy in which one digit of one date is another; gives it, with the date before and after."""
    copy = package.with_name(SPOILT)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(package, copy)
    rows = copy / "data" / "steps.jsonl"
    before, marker = rows.read_bytes(), b'"finished_on":"'
    at = before.index(marker + b"2") + len(marker)
    day = before[at : at + 10]
    other = day[:-1] + (b"8" if day[-1:] != b"8" else b"7")
    rows.write_bytes(before[:at] + other + before[at + 10 :])
    return copy, day.decode(), other.decode()


def _run(arguments: Sequence[str], line: str, place: Path) -> Said:
    done = subprocess.run(arguments, cwd=place, capture_output=True, text=True, check=False)
    words = (done.stdout + done.stderr).strip()
    return Said(line, done.returncode == 0, words.splitlines()[0] if words else "")
