"""The evidence store on real folders: one file for one content, limits, full disks, and kill -9 in between."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import (
    CannotRead,
    CannotStore,
    ContentDiffers,
    DiskFull,
    EmptyFile,
    EvidenceMissing,
    NotADigest,
    TooLarge,
    TypeNotAllowed,
)
from evidence.incoming import receiving
from evidence.store import MEGABYTE, EvidenceStore, Integrity, StoredFile

ROOT = Path(__file__).parents[2]
NOW = datetime.fromisoformat("2025-06-17T01:00:00+00:00")
PDF = b"%PDF-1.7\nbi\xc3\xaan b\xe1\xba\xa3n b\xc3\xa0n giao"
DIGEST = hashlib.sha256(PDF).hexdigest()


class Trickle(io.RawIOBase):
    """A sender that hands over as many bytes as it likes, and may break off."""

    def __init__(self, content: bytes, steps: list[int], *, breaks: bool = False) -> None:
        self.left, self.steps, self.breaks = memoryview(content), steps, breaks

    def read(self, size: int = -1) -> bytes:
        if self.breaks and not self.left:
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        step = self.steps.pop() if self.steps else size
        taken, self.left = self.left[: min(step, size)], self.left[min(step, size) :]
        return bytes(taken)


class Endless(io.RawIOBase):
    """A film that never ends; counts what was read."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"\x00" * size


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "minh chứng", max_mb=3)


def put(store: EvidenceStore, content: bytes = PDF, name: str = "Biên bản.pdf") -> StoredFile:
    return store.put(io.BytesIO(content), name)


def files(store: EvidenceStore) -> list[Path]:
    return sorted(path for path in store.folder.rglob("*") if path.is_file())


def test_a_file_is_kept_under_its_digest_read_only_and_comes_back_whole(store: EvidenceStore) -> None:
    kept = put(store, name=unicodedata.normalize("NFD", "Biên bản.pdf"))
    assert kept == StoredFile(DIGEST, len(PDF), "application/pdf", "Biên bản.pdf", already=False)
    assert files(store) == [store.folder / DIGEST[:2] / DIGEST[2:4] / DIGEST]
    assert store.path(DIGEST).stat().st_mode & 0o777 == 0o440
    with store.open(DIGEST) as file:
        assert file.read() == PDF
    assert list(store.digests()) == [DIGEST]
    assert store.check(DIGEST) == Integrity.OK


def test_the_same_content_under_another_name_is_kept_once(store: EvidenceStore) -> None:
    put(store)
    again = put(store, name="khác.PDF")
    assert (again.already, again.name, again.digest) == (True, "khác.PDF", DIGEST)
    assert len(files(store)) == 1


@settings(max_examples=30, deadline=None)
@given(
    content=st.binary(min_size=1, max_size=5000).map(lambda rest: b"%PDF-" + rest),
    steps=st.lists(st.integers(1, 5000), max_size=20),
)
def test_however_a_sender_cuts_the_content_it_is_the_same_file(content: bytes, steps: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = EvidenceStore(Path(folder))
        stream: BinaryIO = Trickle(content, steps)  # type: ignore[assignment]
        assert store.put(stream, "x.pdf").digest == hashlib.sha256(content).hexdigest()
        assert put(store, content).already
        assert store.check(hashlib.sha256(content).hexdigest()) == Integrity.OK


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "x.pdf", EmptyFile),
        (PDF, "x.png", ContentDiffers),
        (PDF, "x.exe", TypeNotAllowed),
        (b"%PDF-" + bytes(3 * MEGABYTE), "x.pdf", TooLarge),
    ],
)
def test_what_is_refused_leaves_nothing(
    store: EvidenceStore, content: bytes, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        put(store, content, name)
    assert files(store) == []
    assert list(store.digests()) == store.leftovers() == []


def test_a_file_of_exactly_the_limit_is_kept(store: EvidenceStore) -> None:
    assert put(store, b"%PDF-".ljust(3 * MEGABYTE, b"x")).size == 3 * MEGABYTE


def test_an_endless_upload_is_read_no_further_than_one_block_past_the_limit(store: EvidenceStore) -> None:
    film = Endless()
    with pytest.raises(TooLarge, match="larger than 3 MB"):
        store.put(film, "x.mp4")  # type: ignore[arg-type]
    assert film.taken <= 4 * MEGABYTE
    assert files(store) == []


def test_a_refused_name_is_refused_before_a_byte_is_read(store: EvidenceStore) -> None:
    film = Endless()
    with pytest.raises(TypeNotAllowed):
        store.put(film, "x.exe")  # type: ignore[arg-type]
    assert film.taken == 0
    assert not store.folder.exists()


def test_a_sender_that_breaks_off_leaves_nothing_and_is_not_called_a_fault_of_the_store(store: EvidenceStore) -> None:
    with pytest.raises(CannotRead, match="Connection reset"):
        store.put(Trickle(PDF, [3, 3], breaks=True), "x.pdf")  # type: ignore[arg-type]
    assert files(store) == []


def test_an_installation_may_accept_fewer_types(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path, types=frozenset({"png"}))
    with pytest.raises(TypeNotAllowed, match="one of png"):
        put(store)


def test_a_file_that_was_changed_or_lost_is_found_and_putting_it_again_heals_it(store: EvidenceStore) -> None:
    put(store)
    path = store.path(DIGEST)
    path.chmod(0o640)
    path.write_bytes(PDF[:-1] + b"!")
    assert store.check(DIGEST) == Integrity.CHANGED
    assert put(store).already
    assert store.check(DIGEST) == Integrity.OK
    path.unlink()
    assert store.check(DIGEST) == Integrity.MISSING
    with pytest.raises(EvidenceMissing, match=DIGEST):
        store.open(DIGEST)
    assert not put(store).already


@pytest.mark.parametrize("digest", ["", "../../../etc/passwd", DIGEST.upper(), DIGEST + "\n", "f" * 63])
def test_only_a_digest_leads_to_a_file(store: EvidenceStore, digest: str) -> None:
    for ask in (store.path, store.open, store.check):
        with pytest.raises(NotADigest):
            ask(digest)


def test_what_is_not_ours_in_the_folder_is_not_counted(store: EvidenceStore) -> None:
    put(store)
    other = store.folder / "00" / "00"
    other.mkdir(parents=True)
    (other / DIGEST).write_bytes(PDF)
    (other / ".nfs0001").write_bytes(b"")
    (store.folder / "ghi chú.txt").write_bytes(b"")
    assert list(store.digests()) == [DIGEST]


def test_an_empty_installation_has_no_evidence_and_no_leftovers(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "chưa có")
    assert list(store.digests()) == store.leftovers() == store.remove_leftovers(timedelta(0), NOW) == []


SCRIPT = """
import io, os, signal, sys
from pathlib import Path
from evidence.store import EvidenceStore

def die(name):
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

EvidenceStore(Path(sys.argv[1]), faultpoint=die).put(io.BytesIO(sys.stdin.buffer.read()), "x.pdf")
"""


@pytest.mark.parametrize(
    ("point", "kept", "leftovers"),
    [
        ("evidence.receiving", [], 1),
        ("evidence.written", [], 1),
        ("evidence.named", [DIGEST], 0),
        ("evidence.kept", [DIGEST], 0),
    ],
)
def test_kill_9_leaves_a_whole_file_or_a_leftover_that_is_named(
    store: EvidenceStore, point: str, kept: list[str], leftovers: int
) -> None:
    command = [sys.executable, "-c", SCRIPT, str(store.folder), point]
    died = subprocess.run(command, input=PDF, cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    assert list(store.digests()) == kept
    assert [store.check(digest) for digest in kept] == [Integrity.OK] * len(kept)
    assert len(store.leftovers()) == leftovers
    assert len(files(store)) == len(kept) + leftovers
    assert put(store).already == bool(kept)
    assert len(store.remove_leftovers(timedelta(0), datetime.now(UTC) + timedelta(1))) == leftovers
    assert files(store) == [store.path(DIGEST)]


def test_leftovers_are_removed_only_when_they_are_old_and_nobody_writes_to_them(store: EvidenceStore) -> None:
    incoming = store.folder / "incoming"
    with receiving(incoming) as (_, in_progress):
        old, young = incoming / "old", incoming / "young"
        for path, age in ((old, 25), (young, 23), (in_progress, 48)):
            path.touch()
            os.utime(path, ((NOW - timedelta(hours=age)).timestamp(),) * 2)
        assert [one.path for one in store.leftovers()] == [old, young]
        assert [one.written for one in store.leftovers()] == [NOW - timedelta(hours=25), NOW - timedelta(hours=23)]
        removed = store.remove_leftovers(timedelta(hours=24), NOW)
        assert [one.path for one in removed] == [old]
        assert sorted(incoming.iterdir()) == sorted([young, in_progress])


def test_many_processes_that_put_the_same_file_at_once_keep_it_once(store: EvidenceStore) -> None:
    command = [sys.executable, "-c", SCRIPT, str(store.folder), ""]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    big = PDF.ljust(MEGABYTE, b" ")
    for one in running:
        assert one.stdin
        one.stdin.write(big)
    for one in running:
        assert one.stdin
        one.stdin.close()
    assert [one.wait(60) for one in running] == [0] * 4
    digest = hashlib.sha256(big).hexdigest()
    assert files(store) == [store.path(digest)]
    assert store.check(digest) == Integrity.OK


FULL = """
import io, sys
from pathlib import Path
from evidence.errors import DiskFull
from evidence.store import EvidenceStore

folder = Path(sys.argv[1])
store = EvidenceStore(folder)
small = store.put(io.BytesIO(b"%PDF-1.7 small"), "nhỏ.pdf")
try:
    store.put(io.BytesIO(b"%PDF-".ljust(5 << 20, b"x")), "lớn.pdf")
except DiskFull as error:
    print(error)
print([path.name for path in folder.rglob("*") if path.is_file()] == [small.digest], store.leftovers())
print(store.put(io.BytesIO(b"%PDF-1.7 other"), "khác.pdf").already)
"""


def test_a_full_disk_is_said_so_and_leaves_nothing_and_smaller_files_still_fit(tmp_path: Path) -> None:
    """A real file system of 2 MB, mounted where only this test's process sees it."""
    if not shutil.which("unshare"):
        pytest.skip("unshare (util-linux) is needed to mount a small file system")
    mount = 'mount -t tmpfs -o size=2m tmpfs "$1" || exit 77; exec "$2" -c "$3" "$1"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", str(tmp_path)]
    done = subprocess.run([*command, sys.executable, FULL], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode in {1, 77} and "Error" not in done.stderr:
        pytest.skip(f"this machine does not let a test mount a small file system: {done.stderr.strip()}")
    assert done.stdout.splitlines() == [
        f"lớn.pdf: the disk that keeps the evidence is full; nothing was stored. Ask the administrator to make room in "
        f"{tmp_path}, then attach it again.",
        "True []",
        "False",
    ], done.stderr


def test_a_file_that_the_system_does_not_let_grow_is_refused_and_leaves_nothing(store: EvidenceStore) -> None:
    """The same on every machine: a limit on file sizes (EFBIG) instead of a full disk."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, MEGABYTE))

    command = [sys.executable, "-c", SCRIPT, str(store.folder), ""]
    done = subprocess.run(
        command, input=PDF.ljust(2 * MEGABYTE), cwd=ROOT, capture_output=True, preexec_fn=limited, check=False
    )
    assert b"CannotStore: x.pdf: the file could not be written" in done.stderr
    assert b"File too large" in done.stderr
    assert files(store) == []


@pytest.mark.parametrize("spoil", [Path.touch, lambda folder: folder.symlink_to("nowhere/else")])
def test_a_store_that_cannot_be_written_is_said_so(store: EvidenceStore, spoil: Callable[[Path], None]) -> None:
    spoil(store.folder)
    with pytest.raises(CannotStore, match="nothing was stored"):
        put(store)


def test_a_full_disk_while_the_folder_is_made_is_a_full_disk_too(store: EvidenceStore) -> None:
    def full(name: str) -> None:
        raise OSError(errno.ENOSPC, name)

    broken = EvidenceStore(store.folder, faultpoint=full)
    with pytest.raises(DiskFull):
        put(broken)
    assert files(store) == []
