"""Files of others that stand in this repository: what they are, where they came from, and that nobody changed them.

    python scripts/vendor.py --check     every file is as its lock says, no other file is there (no network needed)
    python scripts/vendor.py             fetch the versions that the locks name, verify them, write the files

Each folder below has a `vendor.lock` (JSON). For a newer version: change version and integrity there, then fetch; the
files' hashes are written anew. Packages come from the registry that npm is configured with (`npm pack`); without npm,
from the one that NPM_CONFIG_REGISTRY names. A package whose SHA-512 is another one than the lock's is not unpacked.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (ROOT / "web" / "static" / "vendor", ROOT / "tests" / "browser" / "vendor")
LOCK = "vendor.lock"
PATIENCE = 120

Package = dict[str, Any]
Fetch = Callable[[str, str], bytes]


class NotVendored(Exception):
    """A sentence for whoever runs this: what is wrong, and what to do."""


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if arguments:
            wrong = [one for folder in FOLDERS for one in differences(folder)]
            print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
            return 1 if wrong else 0
        for folder in FOLDERS:
            for said in renew(folder, fetched):
                print(said)
    except NotVendored as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def packages(folder: Path) -> list[Package]:
    """What the folder's lock names."""
    found: list[Package] = json.loads((folder / LOCK).read_text(encoding="utf-8"))["packages"]
    return found


def differences(folder: Path) -> Iterator[str]:
    """A sentence for each file that is not as the lock says."""
    known = {LOCK}
    for package in packages(folder):
        if package["licence_text"] not in package["files"]:
            yield f"{folder.name}: the text of {package['name']}'s licence is not among its files"
        for name, of in package["files"].items():
            known.add(name)
            file = folder / name
            if not file.is_file():
                yield f"{file}: not there; python scripts/vendor.py fetches it"
            elif sha256(file.read_bytes()) != of["sha256"]:
                yield f"{file}: not the file of {package['name']} {package['version']} that the lock names"
    for file in sorted(folder.iterdir()):
        if file.name not in known:
            yield f"{file}: no lock names it; say in {LOCK} where it comes from"


def renew(folder: Path, fetch: Fetch) -> Iterator[str]:
    """Fetch every package, write its files, and write their hashes into the lock. Raises NotVendored."""
    named = packages(folder)
    unpacked = [(package, _verified(package, fetch(package["name"], package["version"]))) for package in named]
    for package, content in unpacked:
        for name, of in package["files"].items():
            (folder / name).write_bytes(content[of["from"]])
            of["sha256"] = sha256(content[of["from"]])
        yield f"{package['name']} {package['version']}: {len(package['files'])} files"
    text = json.dumps({"packages": named}, ensure_ascii=False, indent=2)
    (folder / LOCK).write_text(text + "\n", encoding="utf-8")


def _verified(package: Package, packed: bytes) -> dict[str, bytes]:
    """The files wanted, by their place in the package, if it is the very package that the lock means."""
    name = f"{package['name']} {package['version']}"
    integrity = "sha512-" + b64encode(hashlib.sha512(packed).digest()).decode()
    if integrity != package["integrity"]:
        raise NotVendored(f"{name} is not what the lock names: {integrity} came, {package['integrity']} is locked.")
    return dict(_content(name, packed, [of["from"] for of in package["files"].values()]))


def _content(name: str, packed: bytes, wanted: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        for place in wanted:
            try:
                file = archive.extractfile(f"package/{place}")
            except KeyError:
                file = None
            if file is None:
                raise NotVendored(f"{name} has no file {place}.")
            yield place, file.read()


def fetched(name: str, version: str) -> bytes:
    """The package as the registry gives it."""
    npm = shutil.which("npm")
    return _packed_by_npm(npm, name, version) if npm else from_registry(_registry(), name, version)


def _packed_by_npm(npm: str, name: str, version: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, f"{name}@{version}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
        found = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(found) != 1:
            raise NotVendored(f"npm did not fetch {name} {version}: {done.stderr.strip()}")
        return found[0].read_bytes()


def _registry() -> str:
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        if os.environ.get(name):
            return os.environ[name]
    raise NotVendored("Here is no npm. Install it, or name a registry with NPM_CONFIG_REGISTRY=https://…")


def from_registry(registry: str, name: str, version: str) -> bytes:
    """From a registry by plain HTTP: packages lie where npm looks for them."""
    address = f"{registry.rstrip('/')}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
    try:
        with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - the address is the operator's own
            content: bytes = answer.read()
    except (OSError, ValueError) as error:
        raise NotVendored(f"{address} could not be fetched ({error}).") from error
    return content


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
