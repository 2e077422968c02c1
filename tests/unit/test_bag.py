"""A bag, its seal and its ZIP, checked with the tools that an auditor has: sha256sum, find, openssl."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from evidence.package.bag import TAG_MANIFEST, Bag
from evidence.package.bag_info import bag_info, read_bag_info
from evidence.package.canonical import canonical
from evidence.package.errors import (
    BadPackageKey,
    CannotWritePackage,
    CertificateNotInForce,
    CertificateOfAnotherKey,
    KeyOpenToOthers,
    KeyThere,
    NoPackageKey,
    NoSuchTargetFolder,
    PackageDiskFull,
    TargetThere,
)
from evidence.package.keys import PackageKey, make_key, read_key
from evidence.package.placing import place_package, writing_errors
from evidence.package.seal import CERTIFICATE, SIGNATURE, seal, signature_over
from evidence.package.stored_files import Came, StoredFiles
from evidence.store import EvidenceStore

NAME = "goi-minh-chung-000001"
NOW = datetime.now(UTC)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.floats(-1e300, 1e300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> PackageKey:
    folder = tmp_path_factory.mktemp("key")
    return make_key(folder / "package.key", folder / "package.pem", "Sở Nội vụ thử", NOW)


def filled(folder: Path, rows: int = 3) -> Bag:
    bag = Bag(folder)
    with bag.lines("data/steps.jsonl") as lines:
        for number in range(rows):
            lines.write({"id": str(number), "title": {"vi": "Bàn giao", "en": "Hand over"}})
    bag.document("data/scope.json", {"format": "bangiao-package/1", "b": 1, "a": [True, None]})
    bag.write("data/files/ab.pdf", b"%PDF-1.7\n" * 1000)
    bag.finish([("External-Identifier", NAME), ("Bag-Group-Identifier", "01/QĐ-TN")])
    return bag


def stock_tools(folder: Path) -> list[int]:
    """What HOW-TO-VERIFY tells an auditor to type."""
    commands = [
        f"sha256sum --strict -c {TAG_MANIFEST}",
        "sha256sum --strict -c manifest-sha256.txt",
        "sha512sum --strict -c manifest-sha512.txt",
        "sed 's/^[0-9a-f]*  //' manifest-sha256.txt | LC_ALL=C sort > ../named; "
        "find data -type f | LC_ALL=C sort | cmp -s - ../named",
    ]
    return [subprocess.run(["sh", "-c", one], cwd=folder, capture_output=True).returncode for one in commands]


def openssl_accepts(folder: Path, certificate: Path) -> bool:
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null"]
    where = ["-in", SIGNATURE, "-content", TAG_MANIFEST, "-CAfile", str(certificate)]
    return subprocess.run([*command, *where], cwd=folder, capture_output=True).returncode == 0


def test_stock_tools_accept_a_bag_and_find_whatever_was_done_to_it(tmp_path: Path) -> None:
    filled(tmp_path)
    assert stock_tools(tmp_path) == [0, 0, 0, 0]
    (tmp_path / "data" / "added.txt").write_bytes(b"")
    assert stock_tools(tmp_path)[3] != 0
    (tmp_path / "data" / "added.txt").unlink()
    steps = tmp_path / "data" / "steps.jsonl"
    steps.write_bytes(steps.read_bytes().replace(b"Hand", b"Hend", 1))
    assert [code != 0 for code in stock_tools(tmp_path)[:3]] == [False, True, True]


def test_each_name_in_a_manifest_stands_after_two_spaces(tmp_path: Path) -> None:
    filled(tmp_path)
    for name in ("manifest-sha256.txt", "manifest-sha512.txt", TAG_MANIFEST):
        for line in (tmp_path / name).read_text().splitlines():
            assert line.split("  ")[1].strip() == line.split("  ")[1]


def test_the_lid_says_how_much_is_inside_and_no_purpose_writes_a_line_of_its_own(tmp_path: Path) -> None:
    bag = filled(tmp_path)
    assert read_bag_info((tmp_path / "bag-info.txt").read_bytes())["Payload-Oxum"] == bag.oxum
    forged = read_bag_info(bag_info([("Purpose", "kiểm toán\nPayload-Oxum: 1.1\u2028x"), ("Empty", " ")]))
    assert forged == {"Purpose": "kiểm toán Payload-Oxum: 1.1 x"}


def test_a_name_that_we_would_not_make_never_enters_a_bag(tmp_path: Path) -> None:
    bag = Bag(tmp_path)
    for name in ("../out", "data/ ", "data/a b", "data/%0A", "data/tệp", "/etc/x", "data//x", "data/x.part", ".x"):
        with pytest.raises(ValueError, match="no name"):
            bag.write(name, b"")


@given(JSON)
def test_the_quick_canonical_json_is_the_exact_one(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_openssl_accepts_the_seal_and_refuses_another_content_or_signer(tmp_path: Path, key: PackageKey) -> None:
    bag = filled(tmp_path / "bag")
    seal(bag, key)
    certificate = tmp_path / "bag" / CERTIFICATE
    other = make_key(tmp_path / "other.key", tmp_path / "other.pem", "Sở Nội vụ thử", NOW)
    assert openssl_accepts(bag.folder, certificate)
    assert not openssl_accepts(bag.folder, tmp_path / "other.pem")
    content = (bag.folder / TAG_MANIFEST).read_bytes()
    assert signature_over(content, key) == signature_over(content, key) == (bag.folder / SIGNATURE).read_bytes()
    (bag.folder / SIGNATURE).write_bytes(signature_over(content, other))
    assert not openssl_accepts(bag.folder, certificate)
    (bag.folder / SIGNATURE).write_bytes(signature_over(content.replace(b"0", b"1"), key))
    assert not openssl_accepts(bag.folder, certificate)


def test_a_key_is_for_its_owner_alone_and_is_never_replaced(tmp_path: Path) -> None:
    files = tmp_path / "deep" / "package.key", tmp_path / "deep" / "package.pem"
    made = make_key(*files, "Cơ quan", NOW)
    assert files[0].stat().st_mode & 0o777 == 0o600
    before = files[0].read_bytes()
    with pytest.raises(KeyThere):
        make_key(*files, "Cơ quan", NOW)
    assert files[0].read_bytes() == before
    assert read_key(*files, NOW).fingerprint == made.fingerprint
    assert read_key(*files, NOW + timedelta(days=3600)).certificate == made.certificate


def _expire(key: Path, certificate: Path) -> None:
    key.unlink()
    certificate.unlink()
    make_key(key, certificate, "Cũ", NOW - timedelta(days=4000))


def _of_another(key: Path, certificate: Path) -> None:
    certificate.unlink()
    make_key(key.with_name("x.key"), certificate, "Khác", NOW)


def _damage(key: Path, _certificate: Path) -> None:
    """Its modulus is right, what it signs with is not."""
    good = load_pem_private_key(key.read_bytes(), password=None)
    assert isinstance(good, RSAPrivateKey)
    known = good.private_numbers()
    parts = (known.p, known.q, known.d + 2, known.dmp1 + 2, known.dmq1 + 2, known.iqmp)
    bad = RSAPrivateNumbers(*parts, known.public_numbers).private_key(unsafe_skip_rsa_key_validation=True)
    key.write_bytes(bad.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (lambda key, _certificate: key.unlink(), NoPackageKey),
        (lambda key, _certificate: key.chmod(0o644), KeyOpenToOthers),
        (lambda key, _certificate: key.write_bytes(b"nothing"), BadPackageKey),
        (_damage, BadPackageKey),
        (lambda _key, certificate: certificate.write_bytes(b"nothing"), BadPackageKey),
        (_of_another, CertificateOfAnotherKey),
        (_expire, CertificateNotInForce),
    ],
    ids=["absent", "open", "no-key", "damaged", "no-certificate", "another", "expired"],
)
def test_a_key_that_cannot_be_used_is_said_to_be_so(
    tmp_path: Path, spoil: Callable[[Path, Path], object], refusal: type[Exception]
) -> None:
    key, certificate = tmp_path / "package.key", tmp_path / "package.pem"
    make_key(key, certificate, "Cơ quan", NOW)
    spoil(key, certificate)
    with pytest.raises(refusal):
        read_key(key, certificate, NOW)


def test_a_zip_holds_the_bag_and_nothing_of_the_machine_it_was_made_on(tmp_path: Path) -> None:
    filled(tmp_path / "bag")
    place_package(tmp_path / "bag", NAME, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
        assert [one.filename for one in entries] == sorted(one.filename for one in entries)
        assert {one.filename.split("/")[0] for one in entries} == {NAME}
        assert not archive.comment
        for one in entries:
            assert (one.date_time, one.extra, one.comment) == ((1980, 1, 1, 0, 0, 0), b"", b"")
            assert (one.flag_bits, one.external_attr >> 16, one.create_system) == (0x800, 0o100644, 3)
            assert not one.is_dir()
        stored = {one.filename: one.compress_type for one in entries}
    assert stored[f"{NAME}/data/files/ab.pdf"] == zipfile.ZIP_STORED
    assert stored[f"{NAME}/data/steps.jsonl"] == zipfile.ZIP_DEFLATED


MAKE = """
import os, sys
from pathlib import Path
os.umask(int(sys.argv[2], 8))
sys.path.insert(0, sys.argv[3])
from test_bag import NAME, filled
from evidence.package.placing import place_package
folder = Path(sys.argv[1])
filled(folder / "bag", rows=5000)
place_package(folder / "bag", NAME, folder / "package.zip")
"""


def test_the_same_rows_give_the_same_zip_whatever_the_process(tmp_path: Path) -> None:
    made = []
    for seed, zone, umask in (("1", "UTC", "022"), ("2", "Asia/Ho_Chi_Minh", "077")):
        folder = tmp_path / seed
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        command = [sys.executable, "-c", MAKE, str(folder), umask, str(Path(__file__).parent)]
        subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parents[2])
        made.append((folder / "package.zip").read_bytes())
    assert made[0] == made[1]


def test_a_file_beyond_the_old_limit_of_a_zip_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is four gibibytes; it is brought down here, so that a small file is beyond it."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 5000)
    filled(tmp_path / "bag")
    place_package(tmp_path / "bag", NAME, tmp_path / "a.zip")
    monkeypatch.undo()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        large = archive.getinfo(f"{NAME}/data/files/ab.pdf")
        assert archive.read(large) == (tmp_path / "bag/data/files/ab.pdf").read_bytes()
        assert large.create_version == 45


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "store")


def test_files_come_from_the_store_by_digest_and_a_damaged_one_stays_out(tmp_path: Path, store: EvidenceStore) -> None:
    good, bad = (store.put(io.BytesIO(text), "ghi-chu.txt").digest for text in (b"tot", b"hong"))
    store.path(bad).chmod(0o600)
    store.path(bad).write_bytes(b"ho-g")
    bag = Bag(tmp_path / "bag")
    files = StoredFiles(store, bag, tmp_path / "note")
    assert files.bring(good, "data/files/a.txt") is Came.IN
    assert files.bring(bad, "data/files/b.txt") is Came.DAMAGED
    assert files.bring("0" * 64, "data/files/c.txt") is Came.ABSENT
    assert sorted(bag.files) == ["data/files/a.txt"]
    assert [one.name for one in (tmp_path / "bag" / "data" / "files").iterdir()] == ["a.txt"]
    assert bag.files["data/files/a.txt"].sha256 == good


def test_what_was_brought_before_a_crash_is_not_read_again(tmp_path: Path, store: EvidenceStore) -> None:
    digest = store.put(io.BytesIO(b"mot"), "a.txt").digest
    note = tmp_path / "note"
    first = StoredFiles(store, Bag(tmp_path / "bag"), note)
    first.bring(digest, "data/files/a.txt")
    note.write_text(note.read_text() + '{"path": "data/fi')  # the crash
    store.path(digest).unlink()
    again = StoredFiles(store, Bag(tmp_path / "bag"), note)
    assert again.bring(digest, "data/files/a.txt") is Came.IN
    assert again.bag.files == first.bag.files
    assert again.keep_only([]) == 0
    assert again.bring(digest, "data/files/a.txt") is Came.ABSENT


def test_what_is_at_the_target_is_never_replaced(tmp_path: Path) -> None:
    filled(tmp_path / "bag")
    for name in ("a.zip", "a"):
        target = tmp_path / name
        target.write_text("mine")
        with pytest.raises(TargetThere):
            place_package(tmp_path / "bag", NAME, target)
        assert target.read_text() == "mine"
    with pytest.raises(NoSuchTargetFolder):
        place_package(tmp_path / "bag", NAME, tmp_path / "nowhere" / "a.zip")


def test_a_folder_at_the_target_is_the_bag_without_a_tie_to_the_store(tmp_path: Path, store: EvidenceStore) -> None:
    digest = store.put(io.BytesIO(b"mot"), "a.txt").digest
    bag = Bag(tmp_path / "bag")
    StoredFiles(store, bag, tmp_path / "note").bring(digest, "data/files/a.txt")
    bag.finish([])
    place_package(bag.folder, NAME, tmp_path / "out")
    assert stock_tools(tmp_path / "out") == [0, 0, 0, 0]
    copy = tmp_path / "out" / "data" / "files" / "a.txt"
    copy.write_bytes(b"hai")
    assert store.path(digest).read_bytes() == b"mot"


@pytest.mark.parametrize("name", ["a.zip", "a"])
def test_nothing_stays_at_the_target_when_writing_fails(tmp_path: Path, name: str) -> None:
    filled(tmp_path / "bag")

    def full(_bytes: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "out").mkdir()
    with pytest.raises(PackageDiskFull):
        place_package(tmp_path / "bag", NAME, tmp_path / "out" / name, full)
    assert list((tmp_path / "out").iterdir()) == []


def test_other_errors_of_the_disk_are_sentences_too(tmp_path: Path) -> None:
    with pytest.raises(CannotWritePackage, match="Read-only"), writing_errors(tmp_path, tmp_path / "a.zip"):
        raise OSError(errno.EROFS, "Read-only file system")
