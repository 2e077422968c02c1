"""Whatever can be done to a package behind the auditor's back, and who can be expected to see it.

A mutation changes a copy of a good package in place. `unseen` says why the stock commands of HOW-TO-VERIFY cannot see
it; then both verifiers have to. Nothing here uses the verifiers.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from evidence.package.bag import TAG_MANIFEST, Bag
from evidence.package.bag_info import read_bag_info
from evidence.package.canonical import canonical
from evidence.package.keys import PackageKey
from evidence.package.seal import CERTIFICATE, LOG_KEY, SIGNATURE, TOKEN, signature_over

OWN_ZIP = "what is unpacked is the true package; the trick stays behind in the ZIP"
LOG_ONLY = "the holder of the key sealed it: proofs and commitments are arithmetic that only verify.py does"
NO_STOCK = "no stock command reads this file"


@dataclass(frozen=True)
class Place:
    """A copy to be spoilt, and what an attacker may have at hand."""

    package: Path
    office: PackageKey
    stranger: PackageKey
    older: Path
    other: Path

    def file(self, pattern: str) -> Path:
        return min(one for one in self.package.glob(pattern) if one.is_file())

    def reseal(self, key: PackageKey | None = None) -> None:
        """As whoever holds a key can: manifests anew, signature anew."""
        signer = key or self.office
        labels = read_bag_info((self.package / "bag-info.txt").read_bytes())
        bag = Bag(self.package)
        bag.adopt_folder("data")
        bag.finish([(name, value) for name, value in labels.items() if name != "Payload-Oxum"])
        (self.package / SIGNATURE).write_bytes(signature_over((self.package / TAG_MANIFEST).read_bytes(), signer))
        (self.package / CERTIFICATE).write_bytes(signer.certificate.public_bytes(Encoding.PEM))
        (self.package / TOKEN).unlink(missing_ok=True)


Spoil = Callable[[Place], object]


@dataclass(frozen=True)
class Mutation:
    """One way to spoil a package; `zipped`: done to the ZIP at `Place.package`."""

    name: str
    spoil: Spoil
    unseen: str = ""
    zipped: bool = False


def flip(pattern: str, at: int = -3) -> Spoil:
    def spoil(place: Place) -> None:
        file = place.file(pattern)
        content = bytearray(file.read_bytes())
        content[at] ^= 1
        file.write_bytes(content)

    return spoil


def swapped(one: str, other: str) -> Spoil:
    def spoil(place: Place) -> None:
        first, second = place.file(one), place.file(other)
        kept = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(kept)

    return spoil


def added(name: str, content: bytes = b"{}") -> Spoil:
    def spoil(place: Place) -> None:
        (place.package / name).parent.mkdir(parents=True, exist_ok=True)
        (place.package / name).write_bytes(content)

    return spoil


def removed(pattern: str) -> Spoil:
    return lambda place: place.file(pattern).unlink()


def renamed(pattern: str, name: str) -> Spoil:
    return lambda place: place.file(pattern).rename(place.file(pattern).with_name(name))


def edited(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(place: Place) -> None:
        file = place.file(name)
        before = file.read_bytes()
        after = change(before)
        assert after != before
        file.write_bytes(after)

    return spoil


def then_sealed(spoil: Spoil, *, stranger: bool = False) -> Spoil:
    def both(place: Place) -> None:
        spoil(place)
        place.reseal(place.stranger if stranger else None)

    return both


def row_changed(name: str, change: Callable[[list[dict]], object]) -> Spoil:  # type: ignore[type-arg]
    """The rows of a file, changed in place and written canonically."""

    def rewritten(content: bytes) -> bytes:
        rows = [json.loads(line) for line in content.splitlines()]
        change(rows)
        return b"".join(canonical(row) + b"\n" for row in rows)

    return edited(f"data/{name}.jsonl", rewritten)


def document_changed(name: str, change: Callable[[dict], object]) -> Spoil:  # type: ignore[type-arg]
    def rewritten(content: bytes) -> bytes:
        document = json.loads(content)
        change(document)
        return bytes(canonical(document))

    return edited(name, rewritten)


def _manifests_without_a_file(place: Place) -> None:
    name = place.file("data/files/*").relative_to(place.package).as_posix()
    for manifest in place.package.glob("manifest-*.txt"):
        lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
        manifest.write_text("".join(line for line in lines if name not in line), encoding="utf-8")
    (place.package / name).unlink()


def _everything_but_the_signature(place: Place) -> None:
    """A date in a row, with all manifests made anew: all that can be done without the key."""
    signature, token = (place.package / SIGNATURE).read_bytes(), (place.package / TOKEN).read_bytes()
    _later_due_date(place)
    place.reseal()
    (place.package / SIGNATURE).write_bytes(signature)
    (place.package / TOKEN).write_bytes(token)


_later_due_date = row_changed("steps", lambda rows: rows[0].update(due_on="2025-12-31"))


def _replaced(place: Place) -> None:
    """The older package in the newest one's place."""
    shutil.rmtree(place.package)
    shutil.copytree(place.older, place.package)


def _other_seal(place: Place) -> None:
    for name in (SIGNATURE, TOKEN):
        if (place.other / name).exists():
            shutil.copyfile(place.other / name, place.package / name)


def _swapped_paths(rows: list[dict]) -> None:  # type: ignore[type-arg]
    rows[0]["path"], rows[1]["path"] = rows[1]["path"], rows[0]["path"]


def _forged_head(place: Place) -> None:
    file = place.file("data/checkpoints/*.txt")
    lines = file.read_text(encoding="utf-8").split("\n")
    lines[2] = "A" * 42 + "A="
    file.write_text("\n".join(lines), encoding="utf-8")
    document_changed("data/scope.json", lambda one: one["checkpoint"].update(root=lines[2]))(place)
    place.reseal()


def _link(place: Place) -> None:
    file = place.file("data/files/*")
    kept = place.package.parent / "elsewhere"
    file.rename(kept)
    file.symlink_to(kept)


def _folder_link(place: Place) -> None:
    (place.package / "data/report").rename(place.package.parent / "report-elsewhere")
    (place.package / "data/report").symlink_to(place.package.parent / "report-elsewhere")


def _events_cut(place: Place) -> None:
    for name in ("events", "proofs"):
        row_changed(name, lambda rows: rows.pop())(place)
    place.reseal()


def _first_event(change: Callable[[dict], object]) -> Spoil:  # type: ignore[type-arg]
    return then_sealed(row_changed("events", lambda rows: change(rows[0])))


_DUE = b'"due_on":"2025-'
FLIPPED = (
    *("data/events.jsonl", "data/steps.jsonl", "data/proofs.jsonl", "data/missing.jsonl", "data/people.jsonl"),
    *("data/scope.json", "data/templates/*.json", "data/calendars/*.json", "data/ladders/*.json", "data/files/*.pdf"),
    *("data/files/*.docx", "data/files/*.csv", "data/report/report.pdf", "data/report/danh-muc.xlsx"),
    *("data/report/*.csv", "data/HOW-TO-VERIFY.vi.txt", "data/checkpoints/*.txt", "bag-info.txt", "bagit.txt"),
    *("manifest-sha256.txt", "manifest-sha512.txt", TAG_MANIFEST, SIGNATURE, TOKEN),
)

IN_A_FOLDER = (
    *(Mutation(f"a byte of {one}", flip(one)) for one in FLIPPED),
    Mutation("a byte of the certificate", flip(CERTIFICATE, 400)),
    Mutation("a byte of the log's key", flip(LOG_KEY, -9), unseen=NO_STOCK),
    Mutation("evidence added", added(f"data/files/{'0' * 64}.pdf")),
    Mutation("a file added beside the data", added("README.txt")),
    Mutation("a hidden file added", added("data/.steps.jsonl")),
    Mutation("a file added to the seal", added("seal/other.pem")),
    Mutation("a name that looks like another", added("data/steps\u200b.jsonl")),
    Mutation("a Cyrillic letter in a name", added("data/st\u0435ps.jsonl")),
    Mutation("a name that differs by case only", added("data/Steps.jsonl")),
    Mutation("a name with a line feed", added("data/steps\n.jsonl")),
    Mutation("evidence removed", removed("data/files/*")),
    Mutation("a row file removed", removed("data/missing.jsonl")),
    Mutation("the tag manifest removed", removed(TAG_MANIFEST)),
    Mutation("a manifest removed", removed("manifest-sha512.txt")),
    Mutation("the checkpoint removed", removed("data/checkpoints/0*.txt")),
    Mutation("the seal removed", removed(SIGNATURE)),
    Mutation("the certificate removed", removed(CERTIFICATE)),
    Mutation("evidence renamed", renamed("data/files/*", f"{'1' * 64}.pdf")),
    Mutation("two files of evidence swapped", swapped("data/files/*.pdf", "data/files/*.csv")),
    Mutation("two row files swapped", swapped("data/steps.jsonl", "data/missing.jsonl")),
    Mutation("a row file cut", edited("data/events.jsonl", lambda one: one[: len(one) // 2])),
    Mutation("a row file emptied", edited("data/notices.jsonl", lambda _: b"")),
    Mutation("the last row cut away", edited("data/steps.jsonl", lambda one: one[: one[:-1].rfind(b"\n") + 1])),
    Mutation("a manifest without a file", _manifests_without_a_file),
    Mutation("a line of a manifest changed", edited("manifest-sha256.txt", lambda one: one.replace(b"  ", b" *", 1))),
    Mutation("a line added to the lid", edited("bag-info.txt", lambda one: one + b"Redaction-Of: x\n")),
    Mutation("a date in the PDF", edited("data/report/report.pdf", lambda one: one.replace(b"D:2025", b"D:2024", 1))),
    Mutation("a due date", edited("data/steps.jsonl", lambda one: one.replace(_DUE, b'"due_on":"2026-', 1))),
    Mutation("a due date and all manifests", _everything_but_the_signature),
    Mutation("lines ended as on Windows", edited("data/steps.jsonl", lambda one: one.replace(b"\n", b"\r\n"))),
    Mutation("a byte order mark", edited("data/scope.json", lambda one: b"\xef\xbb\xbf" + one)),
    Mutation("a link instead of evidence", _link),
    Mutation("a link instead of a folder", _folder_link),
    Mutation("a pipe", lambda place: os.mkfifo(place.package / "data/pipe")),
    Mutation("everything signed by another", then_sealed(_later_due_date, stranger=True)),
    Mutation("the seal of another package", _other_seal),
    Mutation("the time stamp of another seal", lambda place: shutil.copy(place.other / TOKEN, place.package / TOKEN)),
    Mutation("no time stamp but noise", edited(TOKEN, lambda _: b"noise")),
    Mutation(
        "an older package instead of the newest",
        _replaced,
        unseen="it is a true package; only a checkpoint kept from later shows that there is a newer one",
    ),
)
"""Without the office's key."""

SEALED_AGAIN = (
    Mutation("proofs swapped", then_sealed(row_changed("proofs", lambda rows: rows.reverse())), LOG_ONLY),
    Mutation("the paths of two proofs swapped", then_sealed(row_changed("proofs", _swapped_paths)), LOG_ONLY),
    Mutation("an event dropped with its proof", _events_cut, LOG_ONLY),
    Mutation(
        "two events in the other order", then_sealed(row_changed("events", lambda rows: rows.reverse())), LOG_ONLY
    ),
    Mutation("a disclosure dropped", _first_event(lambda one: one["disclosures"].pop("actor")), LOG_ONLY),
    Mutation("another actor", _first_event(lambda one: one["disclosures"]["actor"].__setitem__(1, "x")), LOG_ONLY),
    Mutation("another instant", _first_event(lambda one: one["document"].update(occurred_at="2025-01-01")), LOG_ONLY),
    Mutation("another place in the log", _first_event(lambda one: one["document"].update(index=3)), LOG_ONLY),
    Mutation("a forged checkpoint", _forged_head, LOG_ONLY),
    Mutation("no checkpoint", then_sealed(removed("data/checkpoints/0*.txt")), LOG_ONLY),
    Mutation("a row dropped", then_sealed(row_changed("steps", lambda rows: rows.pop())), LOG_ONLY),
    Mutation(
        "a row file that the scope does not count",
        then_sealed(document_changed("data/scope.json", lambda one: one["rows"].pop("missing.jsonl"))),
        LOG_ONLY,
    ),
    Mutation("a row file dropped", then_sealed(removed("data/notices.jsonl")), LOG_ONLY),
    Mutation("evidence that rows name dropped", then_sealed(removed("data/files/*.csv")), LOG_ONLY),
    Mutation("evidence that no row names", then_sealed(added(f"data/files/{'0' * 64}.pdf")), LOG_ONLY),
    Mutation("a file of no kind", then_sealed(added("data/report/run.exe")), LOG_ONLY),
    Mutation(
        "a member twice in a row",
        then_sealed(
            edited("data/people.jsonl", lambda one: one.replace(b'{"account"', b'{"account":"x","account"', 1))
        ),
        LOG_ONLY,
    ),
    Mutation("an empty line", then_sealed(edited("data/people.jsonl", lambda one: b"\n" + one)), LOG_ONLY),
    Mutation(
        "blanks in a row", then_sealed(edited("data/units.jsonl", lambda one: one.replace(b":", b": ", 1))), LOG_ONLY
    ),
    Mutation("no line feed at the end", then_sealed(edited("data/units.jsonl", lambda one: one[:-1])), LOG_ONLY),
    Mutation("a huge line", then_sealed(edited("data/units.jsonl", lambda one: one + b"[" * (17 << 20))), LOG_ONLY),
    Mutation(
        "nested 10,000 deep",
        then_sealed(edited("data/units.jsonl", lambda one: one + b"[" * 10_000 + b"]" * 10_000 + b"\n")),
        LOG_ONLY,
    ),
    Mutation(
        "a number of a million digits",
        then_sealed(edited("data/units.jsonl", lambda one: one + b"1" * 1_000_000 + b"\n")),
        LOG_ONLY,
    ),
    Mutation("half a character", then_sealed(edited("data/units.jsonl", lambda one: one + b'"\xc3\n')), LOG_ONLY),
    Mutation(
        "the number of another package",
        then_sealed(document_changed("data/scope.json", lambda one: one.update(package="goi-minh-chung-000999"))),
        LOG_ONLY,
    ),
)
"""By somebody who has the office's key: what the log and the package's own order still show."""


def _raw(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda place: place.package.write_bytes(change(place.package.read_bytes()))


def _again(name: str | None, content: bytes, *, mode: int = 0o100644, flags: int = 0) -> Spoil:
    """One more member; None: the name of one that is there."""

    def spoil(place: Place) -> None:
        with zipfile.ZipFile(place.package, "a") as archive:
            top = archive.namelist()[0].partition("/")[0]
            entry = zipfile.ZipInfo(f"{top}/data/steps.jsonl" if name is None else name.format(top=top))
            entry.external_attr, entry.create_system = mode << 16, 3
            entry.flag_bits |= flags
            archive.writestr(entry, content)

    return spoil


def _directory_field(at: int, value: bytes) -> Spoil:
    """A field of the first entry of the directory."""

    def spoil(place: Place) -> None:
        content = bytearray(place.package.read_bytes())
        start = _directory(content) + at
        content[start : start + len(value)] = value
        place.package.write_bytes(content)

    return spoil


def _directory(content: bytes | bytearray) -> int:
    (start,) = struct.unpack_from("<I", content, len(content) - 6)
    return int(start)


def _between(content: bytes) -> bytes:
    start = _directory(content)
    changed = content[:start] + b"between" + content[start:-6] + struct.pack("<I", start + 7) + content[-2:]
    assert len(changed) == len(content) + 7
    return changed


def _local_name(content: bytes) -> bytes:
    return content[:30] + b"X" + content[31:]


def _with_comment(place: Place) -> None:
    with zipfile.ZipFile(place.package, "a") as archive:
        archive.comment = b"true"


def _encrypted(content: bytes) -> bytes:
    changed = bytearray(content)
    changed[6] |= 1
    changed[_directory(changed) + 8] |= 1
    return bytes(changed)


ZIPPED = (
    Mutation("a member twice", _again(None, b"{}\n"), zipped=True),
    Mutation("out of the folder", _again("{top}/../../evil.txt", b"x"), zipped=True),
    Mutation("an absolute name", _again("/evil.txt", b"x"), zipped=True, unseen="unpacking makes it a second folder"),
    Mutation("a backslash", _again("{top}/data\\evil.txt", b"x"), zipped=True),
    Mutation("a link in the ZIP", _again("{top}/data/link", b"/etc/passwd", mode=0o120777), zipped=True),
    Mutation("names that differ by case", _again("{top}/data/STEPS.jsonl", b"x"), zipped=True),
    Mutation("a second folder", _again("goi-khac/data/steps.jsonl", b"x"), zipped=True, unseen="it lies beside"),
    Mutation("a folder entry", _again("{top}/data/", b""), zipped=True, unseen=OWN_ZIP),
    Mutation("encrypted", _raw(_encrypted), zipped=True),
    Mutation("data before", _raw(lambda one: b"MZ before" + one), zipped=True, unseen=OWN_ZIP),
    Mutation("data behind", _raw(lambda one: one + b"behind"), zipped=True, unseen=OWN_ZIP),
    Mutation("data between", _raw(_between), zipped=True, unseen=OWN_ZIP),
    Mutation("a comment", _with_comment, zipped=True, unseen=OWN_ZIP),
    Mutation("two names for one file", _raw(_local_name), zipped=True),
    Mutation("a lying size", _directory_field(24, struct.pack("<I", 3)), zipped=True),
    Mutation("a lying checksum", _directory_field(16, b"\1\2\3\4"), zipped=True),
    Mutation("an unknown compression", _directory_field(10, b"\x63\0"), zipped=True),
    Mutation("cut", _raw(lambda one: one[: len(one) // 2]), zipped=True),
    Mutation("a byte inside", _raw(lambda one: one[:5000] + bytes([one[5000] ^ 1]) + one[5001:]), zipped=True),
    Mutation("no ZIP at all", _raw(lambda _: b"nothing"), zipped=True),
)
ALL = (*IN_A_FOLDER, *SEALED_AGAIN, *ZIPPED)


def time_stamp_authority(folder: Path) -> tuple[Path, Callable[[bytes], bytes]]:
    """A certificate, and who stamps: `openssl ts` with a key of its own."""
    folder.mkdir()
    (folder / "serial").write_text("01\n", encoding="utf-8")
    (folder / "tsa.cnf").write_text(_AUTHORITY.format(folder=folder), encoding="utf-8")

    def openssl(words: str) -> None:
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)

    openssl("req -x509 -newkey rsa:2048 -nodes -keyout key -out tsa.pem -days 30 -config tsa.cnf")

    def stamp(content: bytes) -> bytes:
        (folder / "content").write_bytes(content)
        openssl("ts -query -data content -sha256 -cert -out query")
        openssl("ts -reply -config tsa.cnf -section one -queryfile query -out reply")
        return (folder / "reply").read_bytes()

    return folder / "tsa.pem", stamp


_AUTHORITY = """
[req]
distinguished_name = dn
x509_extensions = own
prompt = no
[dn]
CN = Time
[own]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""
