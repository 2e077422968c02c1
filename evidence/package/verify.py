#!/usr/bin/env python3
"""Verifies an evidence package with Python's standard library and openssl, and nothing else of ours.

    python3 verify.py PACKAGE [--certificate FILE] [--log-key FILE] [--checkpoint FILE] [--tsa-ca FILE] [--language en]

PACKAGE is the folder or the ZIP. Certificate, log key, earlier checkpoints and the time-stamp authority's certificate
must have reached you by another way than the package: without them the program says what it could not check. Exit
codes: 0 everything holds, 3 findings, 2 cannot be read. The format is docs/package-format.md. This file is read by
auditors: it imports nothing of the product and is shorter than it could be only where that would make it less plain.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import itertools
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

SEALED_TAG_FILES = {"bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt"}
SEAL = "seal/tagmanifest-sha256.txt.p7s"
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")

WORDS = {
    "absent": ("{0}: thiếu tệp.", "{0}: the file is absent."),
    "added": ("{0}: tệp không có trong bản kê.", "{0}: no manifest names this file."),
    "altered": ("{0}: nội dung không khớp bản kê {1}.", "{0}: the content is not the one in {1}."),
    "bad-name": ("{0}: tên tệp không hợp lệ trong gói.", "{0}: not a name a package may use."),
    "bagit": ("bagit.txt không đúng chuẩn BagIt 1.0.", "bagit.txt is not that of BagIt 1.0."),
    "chain": ("Điểm kiểm chứng {0} và {1} không cùng một nhật ký.", "Checkpoints {0} and {1} are not of one log."),
    "checkpoint": ("{0}: không phải điểm kiểm chứng hợp lệ.", "{0}: not a valid checkpoint."),
    "collision": (
        "{0}: trùng tên với {1} khi không phân biệt hoa thường.",
        "{0}: collides with {1} where case is ignored.",
    ),
    "commitment": ("Mục {0}: giá trị “{1}” không khớp cam kết.", "Entry {0}: the value “{1}” breaks its commitment."),
    "evidence": ("{0}: tệp minh chứng không khớp mã băm đã ghi.", "{0}: the evidence is not the one on record."),
    "lines": ("{0}: có {1} dòng, phạm vi ghi {2}.", "{0}: has {1} lines, the scope says {2}."),
    "log-key": ("{0}: chữ ký không phải của khóa nhật ký đã cho.", "{0}: not signed by the log key that was given."),
    "malformed": ("{0}: sai định dạng ({1}).", "{0}: malformed ({1})."),
    "newer": (
        "Gói cũ hơn điểm kiểm chứng đã cho ({0} < {1}).",
        "The package is older than the checkpoint given ({0} < {1}).",
    ),
    "oxum": ("bag-info.txt: Payload-Oxum là {0}, thực tế {1}.", "bag-info.txt: Payload-Oxum says {0}, there is {1}."),
    "proof": ("Mục {0}: không thuộc nhật ký của điểm kiểm chứng {1}.", "Entry {0}: not in the log of checkpoint {1}."),
    "seal": ("Chữ ký của gói không hợp lệ: {0}", "The seal does not hold: {0}"),
    "special": ("{0}: liên kết hoặc tệp đặc biệt.", "{0}: a link or special file."),
    "stamp": ("Dấu thời gian không hợp lệ: {0}", "The time stamp does not hold: {0}"),
    "twice": ("{0}: có mặt hai lần.", "{0}: is there twice."),
    "zip": ("Tệp ZIP bất thường: {0}.", "Irregular ZIP: {0}."),
    "unsure-seal": (
        "Chưa so chứng thư: dấu vân tay SHA-256 là {0}. Hãy đối chiếu qua kênh khác, rồi dùng --certificate.",
        "Certificate not compared: its SHA-256 fingerprint is {0}. Compare it by another way, then use --certificate.",
    ),
    "unsure-log": (
        "Chưa kiểm chữ ký của điểm kiểm chứng (--log-key).",
        "The checkpoints' own signatures were not checked (--log-key).",
    ),
    "unsure-stamp": ("Chưa kiểm dấu thời gian (--tsa-ca).", "The time stamp was not checked (--tsa-ca)."),
    "holds": ("HỢP LỆ: {0} tệp, {1} mục nhật ký.", "HOLDS: {0} files, {1} log entries."),
    "fails": ("KHÔNG HỢP LỆ: {0} phát hiện.", "DOES NOT HOLD: {0} findings."),
}
"""Each sentence in Vietnamese and English, by the code that `--json` gives."""

Say = Callable[..., None]
Checkpoint = tuple[str, int, bytes]


class Folder:
    """A package as a folder. Links are never followed."""

    def __init__(self, top: Path, say: Say) -> None:
        self.top = top
        self.names: list[str] = []
        for place, folders, files in os.walk(top):
            for name in sorted(folders + files):
                path = Path(place, name)
                relative = path.relative_to(top).as_posix()
                if path.is_symlink() or not (path.is_file() or path.is_dir()):
                    say("special", relative)
                elif path.is_file():
                    self.names.append(relative)

    def open(self, name: str) -> IO[bytes]:
        return (self.top / name).open("rb")


class Zip:
    """A package as a ZIP, read in place: nothing is unpacked, so nothing can be written where it should not."""

    def __init__(self, file: Path, say: Say) -> None:
        self.zip = zipfile.ZipFile(file)
        self.members: dict[str, zipfile.ZipInfo] = {}
        tops = {entry.filename.split("/")[0] for entry in self.zip.infolist()}
        if len(tops) != 1:
            say("zip", f"{len(tops)} top folders")
        for entry in self.zip.infolist():
            name = entry.filename.partition("/")[2]
            mode = entry.external_attr >> 16
            if entry.is_dir() or mode & 0o170000 not in (0, 0o100000):
                say("special", entry.filename)
            elif name in self.members:
                say("twice", name)
            self.members.setdefault(name, entry)
        self.names = list(self.members)
        for words in _irregular(file, self.zip):
            say("zip", words)

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(self.members[name])


def _irregular(file: Path, archive: zipfile.ZipFile) -> Iterator[str]:
    """A regular ZIP is its members one after another, then the directory: nothing before, between, behind."""
    at = 0
    with file.open("rb") as raw:
        for entry in archive.infolist():
            raw.seek(entry.header_offset)
            header = raw.read(30)
            if entry.header_offset != at or len(header) < 30 or header[:4] != b"PK\x03\x04":
                yield f"{entry.filename}: not where it should begin"
                return
            flags, method, name_length, extra_length = struct.unpack("<HH", header[6:10]) + struct.unpack(
                "<HH", header[26:30]
            )
            if raw.read(name_length).decode("utf-8", "replace") != entry.filename:
                yield f"{entry.filename}: two different names"
            if flags & ~0x0800 or method not in (0, 8) or entry.compress_type != method:
                yield f"{entry.filename}: encrypted, streamed or unknown compression"
            at += 30 + name_length + extra_length + entry.compress_size
        if archive.start_dir != at:
            yield "something stands between the last file and the directory"
        raw.seek(-22, os.SEEK_END)
        if raw.read(4) != b"PK\x05\x06":
            yield "something follows the end"


def canonical(value: Any) -> bytes:
    """RFC 8785 for what a package holds: no fractions, members in the order of their UTF-16 code units."""
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return b"{" + b",".join(canonical(key) + b":" + canonical(one) for key, one in ordered) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, float):
        raise ValueError("a fraction")
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def manifest(box: Any, name: str, say: Say) -> dict[str, str]:
    """`digest  path` lines; a path twice, or a line of another form, is a finding."""
    listed: dict[str, str] = {}
    width = 128 if "512" in name else 64
    for number, line in enumerate(box.open(name).read().decode("utf-8", "replace").splitlines(), 1):
        match = re.fullmatch(rf"([0-9a-f]{{{width}}})  (\S+)", line)
        if not match:
            say("malformed", name, f"line {number}")
        elif match[2] in listed:
            say("twice", f"{name}: {match[2]}")
        else:
            listed[match[2]] = match[1]
    return listed


def digests(box: Any, name: str) -> dict[str, str | int]:
    two, size = (hashlib.sha256(), hashlib.sha512()), 0
    try:
        with box.open(name) as stream:
            while part := stream.read(1 << 20):
                size += len(part)
                for one in two:
                    one.update(part)
    except (zipfile.BadZipFile, zlib.error, EOFError):  # damaged inside a ZIP: no digest of any manifest
        return {"manifest-sha256.txt": "", "manifest-sha512.txt": "", "size": size}
    return {"manifest-sha256.txt": two[0].hexdigest(), "manifest-sha512.txt": two[1].hexdigest(), "size": size}


def check_names(box: Any, say: Say) -> None:
    folded: dict[str, str] = {}
    for name in box.names:
        if not NAME.fullmatch(name) or ".." in name:
            say("bad-name", name)
        if folded.setdefault(name.casefold(), name) != name:
            say("collision", name, folded[name.casefold()])
        if not name.startswith(("data/", "seal/")) and name not in SEALED_TAG_FILES | {"tagmanifest-sha256.txt"}:
            say("added", name)


def check_bag(box: Any, say: Say) -> int:
    """Every file against both manifests, every tag file against the tag manifest. Returns the number of files."""
    present = set(box.names)
    for name in sorted(SEALED_TAG_FILES | {"tagmanifest-sha256.txt", "data/scope.json", SEAL} - present):
        if name not in present:
            say("absent", name)
    if SEALED_TAG_FILES | {"tagmanifest-sha256.txt"} <= present:
        tags = manifest(box, "tagmanifest-sha256.txt", say)
        for name in sorted(SEALED_TAG_FILES | set(tags)):
            if name not in present or digests(box, name)["manifest-sha256.txt"] != tags.get(name):
                say("altered", name, "tagmanifest-sha256.txt")
        if box.open("bagit.txt").read() != BAGIT:
            say("bagit")
        check_payload(box, say, {name for name in present if name.startswith("data/")})
    return len(present)


def check_payload(box: Any, say: Say, payload: set[str]) -> None:
    lists = {name: manifest(box, name, say) for name in ("manifest-sha256.txt", "manifest-sha512.txt")}
    total = 0
    for name in sorted(payload.union(*lists.values())):
        if name in payload:
            total += check_file(box, name, lists, say)
        else:
            say("absent", name)
    told = re.search(r"^Payload-Oxum: (\S+)$", box.open("bag-info.txt").read().decode("utf-8", "replace"), re.M)
    if not told or told[1] != f"{total}.{len(payload)}":
        say("oxum", told[1] if told else "-", f"{total}.{len(payload)}")


def check_file(box: Any, name: str, lists: dict[str, dict[str, str]], say: Say) -> int:
    """One file against both manifests and, for evidence, against its own name. Returns its size."""
    found = digests(box, name)
    for source, listed in lists.items():
        if name not in listed:
            say("added", name)
        elif listed[name] != found[source]:
            say("altered", name, source)
    evidence = name.startswith("data/files/") and not name.endswith(".left-out.json")
    if evidence and Path(name).name.split(".")[0] != found["manifest-sha256.txt"]:
        say("evidence", name)
    return int(found["size"])


def openssl(*arguments: str, **files: bytes) -> str | None:
    """Runs openssl with the given contents as files; None when it is content, else its last words."""
    with tempfile.TemporaryDirectory() as place:
        for name, content in files.items():
            Path(place, name).write_bytes(content)
        done = subprocess.run(["openssl", *arguments], cwd=place, capture_output=True, text=True, check=False)
    words = (done.stderr.strip().splitlines() or done.stdout.strip().splitlines() or ["?"])[-1]
    return None if done.returncode == 0 else words


def check_seal(box: Any, say: Say, unsure: Say, certificate: bytes | None, authority: bytes | None) -> None:
    if not {SEAL, "tagmanifest-sha256.txt"} <= set(box.names):
        return
    seal = box.open(SEAL).read()
    own = box.open("seal/signer.pem").read() if "seal/signer.pem" in box.names else b""
    trusted = certificate or own
    verify = ("cms", "-verify", "-binary", "-inform", "DER", "-in", "seal", "-content", "text", "-out", "out")
    words = openssl(
        *verify,
        "-CAfile",
        "ca",
        "-purpose",
        "any",
        seal=seal,
        ca=trusted,
        text=box.open("tagmanifest-sha256.txt").read(),
    )
    if words is not None:
        say("seal", words)
    if certificate is None:
        body = b"".join(line for line in own.splitlines() if b"-----" not in line)
        unsure("unsure-seal", hashlib.sha256(base64.b64decode(body or b"")).hexdigest())
    if f"{SEAL}.tsr" in box.names:
        if authority is None:
            unsure("unsure-stamp")
        else:
            token = box.open(f"{SEAL}.tsr").read()
            words = openssl(
                "ts", "-verify", "-data", "seal", "-in", "token", "-CAfile", "ca", seal=seal, token=token, ca=authority
            )
            if words is not None:
                say("stamp", words)


def read_checkpoint(text: bytes) -> Checkpoint:
    """Origin, size and root of a C2SP checkpoint. Raises ValueError."""
    origin, size, root, *_ = text.decode("utf-8").split("\n")
    if not origin or not re.fullmatch(r"0|[1-9][0-9]*", size) or len(base64.b64decode(root, validate=True)) != 32:
        raise ValueError(text[:80])
    return origin, int(size), base64.b64decode(root)


def signed_by(text: bytes, key: str) -> bool:
    """Whether the note carries a signature of the verifier key `name+hash+base64` (C2SP signed-note, Ed25519)."""
    name, key_hash, body = key.strip().split("+", 2)
    public = base64.b64decode(body)[1:]
    message, _, signatures = text.partition(b"\n\n")
    for line in signatures.decode("utf-8").splitlines():
        match = re.fullmatch(r"\u2014 (\S+) (\S+)", line)
        signature = base64.b64decode(match[2]) if match and match[1] == name else b""
        if signature[:4].hex() == key_hash and len(signature) == 68:
            arguments = ("-pubin", "-keyform", "DER", "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "signature")
            files = {"key": SPKI_ED25519 + public, "text": message + b"\n", "signature": signature[4:]}
            return openssl("pkeyutl", "-verify", *arguments, **files) is None
    return False


def inclusion_root(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """RFC 9162 §2.1.3.2: the root that a leaf and its path lead to."""
    node, last, here = leaf, size - 1, index
    for sibling in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        here, last = here >> 1, last >> 1
    return node if last == 0 and 0 <= index < size else None


def consistent(small: int, first: bytes, large: int, second: bytes, path: list[bytes]) -> bool:
    """RFC 9162 §2.1.4.2: whether the log of `large` entries begins with the log of `small`."""
    if small == large or small == 0:
        return not path and (small == 0 or first == second)
    if not path and small & (small - 1):
        return False
    nodes = [first, *path] if small & (small - 1) == 0 else path
    here, last = small - 1, large - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    one = two = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            one, two = hashlib.sha256(b"\1" + node + one).digest(), hashlib.sha256(b"\1" + node + two).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            two = hashlib.sha256(b"\1" + two + node).digest()
        here, last = here >> 1, last >> 1
    return last == 0 and one == first and two == second


def check_checkpoints(box: Any, say: Say, unsure: Say, key: str | None) -> list[Checkpoint]:
    """The package's checkpoints, oldest first, each proved to continue the one before."""
    held: list[Checkpoint] = []
    names = sorted(name for name in box.names if re.fullmatch(r"data/checkpoints/\d{12,}\.txt", name))
    for name in names:
        text = box.open(name).read()
        try:
            held.append(read_checkpoint(text))
        except ValueError:
            say("checkpoint", name)
            continue
        if Path(name).stem != f"{held[-1][1]:012d}":
            say("checkpoint", name)
        if key is not None and not signed_by(text, key):
            say("log-key", name)
    if key is None:
        unsure("unsure-log")
    proofs = {
        (one["from"], one["to"]): one["path"] for one in document(box, "data/checkpoints/consistency.json", say) or []
    }
    for (origin, small, first), (other, large, second) in itertools.pairwise(held):
        path = [bytes.fromhex(node) for node in proofs.get((small, large), ["00"])]
        if origin != other or not consistent(small, first, large, second, path):
            say("chain", small, large)
    return held


def check_earlier(held: list[Checkpoint], texts: list[bytes], say: Say) -> None:
    """Checkpoints that reached the auditor before: the package must hold the very same, and be at least as new."""
    own = {size: (origin, root) for origin, size, root in held}
    newest = max(own, default=0)
    for text in texts:
        try:
            origin, size, root = read_checkpoint(text)
        except ValueError:
            say("checkpoint", "--checkpoint")
            continue
        if size > newest:
            say("newer", newest, size)
        elif own.get(size) != (origin, root):
            say("chain", size, newest)


def document(box: Any, name: str, say: Say) -> Any:
    """A JSON file of the package; None and a finding when it is absent or not canonical."""
    if name not in box.names:
        say("absent", name)
        return None
    return parsed(box.open(name).read(), name, say)


def parsed(text: bytes, name: str, say: Say) -> Any:
    try:
        value = json.loads(text)
        if value is not None and canonical(value) == text:
            return value
    except (ValueError, RecursionError):
        pass
    say("malformed", name, "RFC 8785")
    return None


def lines(box: Any, name: str, say: Say) -> Iterator[Any]:
    if name not in box.names:
        say("absent", name)
        return
    with box.open(name) as stream:
        for number, line in enumerate(stream, 1):
            value = parsed(line[:-1] if line.endswith(b"\n") else line + b"?", f"{name}:{number}", say)
            if value is not None:
                yield value


def check_log(box: Any, say: Say, newest: Checkpoint | None) -> int:
    """Each entry: its disclosures keep its commitments, its leaf lies under the newest checkpoint."""
    proofs, number = lines(box, "data/proofs.jsonl", say), 0
    for entry in lines(box, "data/events.jsonl", say):
        number += 1
        proof = next(proofs, None)
        try:
            check_entry(entry, proof, newest, say)
        except (KeyError, TypeError, ValueError, AttributeError):
            say("malformed", f"data/events.jsonl:{number}", "entry")
    if next(proofs, None) is not None:
        say("malformed", "data/proofs.jsonl", "more lines than entries")
    return number


def check_entry(entry: Any, proof: Any, newest: Checkpoint | None, say: Say) -> None:
    index = entry["document"]["index"]
    sealed = entry["document"]["sealed"]
    for name, (salt, value) in entry["disclosures"].items():
        if hashlib.sha256(canonical([salt, name, value])).hexdigest() != sealed.get(name):
            say("commitment", index, name)
    leaf = hashlib.sha256(b"\0" + canonical(entry["document"])).digest()
    path = [bytes.fromhex(node) for node in proof["path"]] if proof and proof["index"] == index else None
    if newest is None or path is None or inclusion_root(index, newest[1], leaf, path) != newest[2]:
        say("proof", index, newest[1] if newest else "-")


def check_scope(box: Any, say: Say) -> None:
    """As many lines as the scope says: an emptied file with a new manifest is not enough to go unseen."""
    scope = document(box, "data/scope.json", say)
    if not isinstance(scope, dict) or not isinstance(scope.get("rows"), dict):
        say("malformed", "data/scope.json", "rows")
        return
    for name, told in sorted(scope["rows"].items()):
        path = f"data/{name}"
        if path not in box.names:
            say("absent", path)
            continue
        with box.open(path) as stream:
            found = sum(1 for _ in stream)
        if found != told:
            say("lines", path, found, told)


def verify(
    package: Path, given: argparse.Namespace
) -> tuple[list[tuple[str, tuple[Any, ...]]], list[tuple[str, tuple[Any, ...]]], int, int]:
    """Findings, what could not be checked, the numbers of files and of log entries. Raises OSError, BadZipFile."""
    findings: list[tuple[str, tuple[Any, ...]]] = []
    unsure: list[tuple[str, tuple[Any, ...]]] = []

    def say(code: str, *values: Any) -> None:
        if (code, values) not in findings:
            findings.append((code, values))

    def doubt(code: str, *values: Any) -> None:
        unsure.append((code, values))

    box = Folder(package, say) if package.is_dir() else Zip(package, say)
    check_names(box, say)
    files = check_bag(box, say)
    check_seal(box, say, doubt, _read(given.certificate), _read(given.tsa_ca))
    held = check_checkpoints(box, say, doubt, given.log_key and Path(given.log_key).read_text("utf-8"))
    check_earlier(held, [Path(one).read_bytes() for one in given.checkpoint], say)
    entries = check_log(box, say, held[-1] if held else None)
    check_scope(box, say)
    return findings, unsure, files, entries


def _read(file: str | None) -> bytes | None:
    return None if file is None else Path(file).read_bytes()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("package", type=Path)
    parser.add_argument(
        "--certificate", metavar="FILE", help="the signer's (or its CA's) certificate, PEM, obtained elsewhere"
    )
    parser.add_argument("--log-key", metavar="FILE", help="the audit log's verifier key, name+hash+base64")
    parser.add_argument(
        "--checkpoint", metavar="FILE", action="append", default=[], help="a checkpoint received earlier"
    )
    parser.add_argument("--tsa-ca", metavar="FILE", help="the time-stamp authority's CA certificate, PEM")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    parser.add_argument("--json", action="store_true")
    return parser


def main() -> int:
    given = arguments().parse_args()
    language = ("vi", "en").index(given.language)
    try:
        findings, unsure, files, entries = verify(given.package, given)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, RuntimeError, struct.error) as problem:
        print(f"{given.package}: {problem}", file=sys.stderr)
        return 3 if given.package.is_file() and not isinstance(problem, OSError) else 2
    if given.json:
        plain = [{"code": code, "values": list(map(str, values))} for code, values in findings]
        print(json.dumps({"holds": not findings, "findings": plain, "unsure": [code for code, _ in unsure]}))
        return 3 if findings else 0
    for mark, told in (("✗", findings), ("?", unsure)):
        for code, values in told:
            print(mark, WORDS[code][language].format(*values))
    print(
        WORDS["fails"][language].format(len(findings)) if findings else WORDS["holds"][language].format(files, entries)
    )
    return 3 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
