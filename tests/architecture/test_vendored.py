"""Files of others are the very files their locks name, and the script that fetches them lets nothing else in."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha512
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sources import ROOT, script

vendor = script("vendor")


def packed(**files: bytes) -> bytes:
    """A package as registries keep them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


PACKED = packed(main=b"script", LICENSE=b"do what you like")


def lock(folder: Path, content: bytes = PACKED, name: str = "small", place: str = "main") -> Path:
    files = {"small.js": {"from": place, "sha256": ""}, "small.LICENSE": {"from": "LICENSE", "sha256": ""}}
    package = {
        "name": name,
        "version": "1.0.0",
        "integrity": "sha512-" + b64encode(sha512(content).digest()).decode(),
        "licence": "0BSD",
        "licence_text": "small.LICENSE",
        "files": files,
    }
    folder.mkdir(exist_ok=True)
    (folder / "vendor.lock").write_text(json.dumps({"packages": [package]}))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One package, fetched."""
    made = lock(tmp_path / "vendor")
    assert list(vendor.renew(made, lambda _name, _version: PACKED)) == ["small 1.0.0: 2 files"]
    return made


def test_the_files_here_are_those_of_their_locks() -> None:
    assert [one for place in vendor.FOLDERS for one in vendor.differences(place)] == []
    assert vendor.main(["--check"]) == 0


def test_every_folder_of_files_of_others_has_a_lock() -> None:
    found = {file for file in ROOT.rglob("vendor") if file.is_dir() and not {".venv", ".cache"} & set(file.parts)}
    assert found == set(vendor.FOLDERS)


def test_make_lint_looks_at_them() -> None:
    assert '"python scripts/vendor.py --check"' in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_what_was_fetched_is_as_locked(folder: Path) -> None:
    assert (folder / "small.js").read_bytes() == b"script"
    assert list(vendor.differences(folder)) == []


@pytest.mark.parametrize("harm", ["changed", "gone", "added", "no licence"])
def test_whatever_differs_from_the_lock_is_said(folder: Path, harm: str) -> None:
    harms: dict[str, Callable[[], object]] = {
        "changed": lambda: (folder / "small.js").write_bytes(b"Script"),
        "gone": lambda: (folder / "small.js").unlink(),
        "added": lambda: (folder / "other.js").write_bytes(b""),
        "no licence": lambda: (folder / "vendor.lock").write_text(
            (folder / "vendor.lock").read_text().replace('"licence_text": "small.LICENSE"', '"licence_text": "none"')
        ),
    }
    harms[harm]()
    assert len(list(vendor.differences(folder))) == 1


def test_another_package_than_the_locked_one_writes_nothing(folder: Path) -> None:
    before = {file: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(vendor.NotVendored, match="is not what the lock names"):
        list(vendor.renew(folder, lambda _name, _version: packed(main=b"worse", LICENSE=b"")))
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_a_file_that_the_package_has_not_is_named(tmp_path: Path) -> None:
    made = lock(tmp_path / "vendor", place="dist/none.js")
    with pytest.raises(vendor.NotVendored, match=r"has no file dist/none\.js"):
        list(vendor.renew(made, lambda _name, _version: PACKED))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A registry with one package, on this machine."""
    home = tmp_path / "registry" / "@of" / "small" / "-"
    home.mkdir(parents=True)
    (home / "small-1.0.0.tgz").write_bytes(PACKED)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_said: object) -> None:
            """Nothing: what it is asked for is not news."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "registry"))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_without_npm_a_named_registry_is_asked(
    registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lock(tmp_path / "vendor", name="@of/small")
    monkeypatch.setattr(vendor, "FOLDERS", (made,))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("npm") is None
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", registry)
    assert vendor.main([]) == 0
    assert vendor.main(["--check"]) == 0
    assert "@of/small 1.0.0: 2 files" in capsys.readouterr().out
    monkeypatch.delenv("NPM_CONFIG_REGISTRY")
    monkeypatch.delenv("npm_config_registry", raising=False)
    assert vendor.main([]) == 1
    assert "NPM_CONFIG_REGISTRY" in capsys.readouterr().err


def test_a_package_that_is_not_there_is_said_in_a_sentence(registry: str) -> None:
    with pytest.raises(vendor.NotVendored, match="could not be fetched"):
        vendor.from_registry(registry, "none", "1.0.0")
