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
from typing import Any

TAG_MANIFEST = "tagmanifest-sha256.txt"
TAG_FILES = {"bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt"}
SEAL = f"seal/{TAG_MANIFEST}.p7s"
SEAL_FILES = {SEAL, "seal/signer.pem", "seal/log.vkey"}
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ROW_FILES = [
    *("acknowledgements", "checklists", "decisions", "events", "evidence", "minutes", "missing", "notices"),
    *("people", "proofs", "steps", "units", "verifications"),
]
DOCUMENTS = {"scope.json", "HOW-TO-VERIFY.vi.txt", "HOW-TO-VERIFY.en.txt", "checkpoints/consistency.json"}
REPORTS = {"report/report.pdf", "report/danh-muc.xlsx"}
REQUIRED = {f"data/{name}" for name in DOCUMENTS | REPORTS} | {f"data/{name}.jsonl" for name in ROW_FILES}
LAYOUT = re.compile(
    r"(templates|ladders)/[0-9a-f]{64}\.json|calendars/[\w.-]+\.json|checkpoints/\d{12,19}\.(txt|tsr)"
    r"|files/[0-9a-f]{64}\.([a-z0-9]+|left-out\.json)|report/[\w.-]+\.(pdf|xlsx|csv)",
    re.ASCII,
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")
BLOCK = 1 << 20
LONGEST_LINE = 1 << 24
LARGEST_DOCUMENT = 1 << 26
MOST_FINDINGS = 1000

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
    "identity": (
        "{0}: ghi là “{1}”, còn data/scope.json ghi “{2}”.",
        "{0}: says “{1}” where data/scope.json says “{2}”.",
    ),
    "lines": ("{0}: có {1} dòng, phạm vi ghi {2}.", "{0}: has {1} lines, the scope says {2}."),
    "log-key": ("{0}: chữ ký không phải của khóa nhật ký.", "{0}: not signed by the log's key."),
    "malformed": ("{0}: sai định dạng ({1}).", "{0}: malformed ({1})."),
    "many": ("Quá nhiều phát hiện, không kể tiếp.", "Too many findings; the rest is not told."),
    "newer": (
        "Gói cũ hơn điểm kiểm chứng đã cho ({0} < {1}).",
        "The package is older than the checkpoint given ({0} < {1}).",
    ),
    "oxum": ("bag-info.txt: Payload-Oxum là {0}, thực tế {1}.", "bag-info.txt: Payload-Oxum says {0}, there is {1}."),
    "proof": ("Mục {0}: không thuộc nhật ký của điểm kiểm chứng {1}.", "Entry {0}: not in the log of checkpoint {1}."),
    "seal": ("Chữ ký của gói không hợp lệ: {0}", "The seal does not hold: {0}"),
    "special": ("{0}: liên kết hoặc tệp đặc biệt.", "{0}: a link or special file."),
    "stamp": ("{0}: dấu thời gian không hợp lệ: {1}", "{0}: the time stamp does not hold: {1}"),
    "stranger": ("{0}: gói không có loại tệp này.", "{0}: a package has no such file."),
    "twice": ("{0}: có mặt hai lần.", "{0}: is there twice."),
    "unnamed": ("{0}: không dòng nào nhắc đến tệp này.", "{0}: no row names this file."),
    "withheld": (
        "Nhật ký giấu {0} giá trị, phạm vi chỉ khai {1}.",
        "The log withholds {0} values, the scope declares {1}.",
    ),
    "zip": ("Tệp ZIP bất thường: {0}.", "Irregular ZIP: {0}."),
    "unsure-seal": (
        "Chưa so chứng thư: dấu vân tay SHA-256 là {0}. Hãy đối chiếu qua kênh khác, rồi dùng --certificate.",
        "Certificate not compared: its SHA-256 fingerprint is {0}. Compare it by another way, then use --certificate.",
    ),
    "unsure-log": (
        "Chưa so khóa nhật ký: {0}. Hãy đối chiếu qua kênh khác, rồi dùng --log-key.",
        "Log key not compared: {0}. Compare it by another way, then use --log-key.",
    ),
    "unsure-stamp": (
        "{0}: chưa kiểm chữ ký của dấu thời gian (--tsa-ca).",
        "{0}: the time stamp's own signature was not checked (--tsa-ca).",
    ),
    "holds": ("HỢP LỆ: {0} tệp, {1} mục nhật ký.", "HOLDS: {0} files, {1} log entries."),
    "fails": ("KHÔNG HỢP LỆ: {0} phát hiện.", "DOES NOT HOLD: {0} findings."),
}
"""Each sentence in Vietnamese and English, by the code that `--json` gives."""

Say = Callable[..., None]
Checkpoint = tuple[str, int, bytes]
Told = list[tuple[str, tuple[Any, ...]]]


class Folder:
    """A package as a folder. Links are never followed."""

    def __init__(self, top: Path, say: Say) -> None:
        self.top, self.package = top, None
        self.names: list[str] = []
        for place, folders, files in os.walk(top, onerror=_raise):
            for name in sorted(folders + files):
                path = Path(place, name)
                relative = path.relative_to(top).as_posix()
                if path.is_symlink() or not (path.is_file() or path.is_dir()):
                    say("special", relative)
                elif path.is_file():
                    self.names.append(relative)

    def parts(self, name: str) -> Iterator[bytes]:
        with (self.top / name).open("rb") as stream:
            while part := stream.read(BLOCK):
                yield part


class Zip:
    """A package as a ZIP, read in place: nothing is unpacked, so nothing can be written where it should not."""

    def __init__(self, file: Path, say: Say) -> None:
        self.file = file
        with zipfile.ZipFile(file) as archive:
            entries, comment, directory = archive.infolist(), archive.comment, archive.start_dir
        tops = {entry.orig_filename.split("/")[0] for entry in entries}
        self.package = min(tops, default="")
        if len(tops) != 1:
            say("zip", f"{len(tops)} top folders")
        self.members: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = entry.orig_filename.partition("/")[2]
            if entry.external_attr >> 16 != 0o100644 or not name or entry.is_dir():
                say("special", entry.orig_filename)
            elif name in self.members:
                say("twice", name)
            self.members.setdefault(name, entry)
        self.starts: dict[str, int] = {}
        for words in _irregular(file, entries, directory, self.starts):
            say("zip", words)
        if comment or any(entry.comment for entry in entries):
            say("zip", "a comment")
        self.names = [name for name in self.members if name in self.starts]

    def parts(self, name: str) -> Iterator[bytes]:
        """What is inflated is exactly what the directory announces, and nothing stands behind it."""
        entry, found, check = self.members[name], 0, 0
        inflate = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
        for part in self._inflated(entry, name, inflate):
            found, check = found + len(part), zlib.crc32(part, check)
            if found > entry.file_size:
                break
            yield part
        ended = inflate is None or (inflate.eof and not inflate.unused_data)
        if (found, check) != (entry.file_size, entry.CRC) or not ended:
            raise zlib.error(f"{name}: damaged")

    def _inflated(self, entry: zipfile.ZipInfo, name: str, inflate: Any) -> Iterator[bytes]:
        with self.file.open("rb") as raw:
            raw.seek(self.starts[name])
            left = entry.compress_size
            while part := raw.read(min(BLOCK, left)):
                left -= len(part)
                while part:
                    yield part if inflate is None else inflate.decompress(part, BLOCK)
                    part = b"" if inflate is None or inflate.eof else inflate.unconsumed_tail
        if inflate is not None and not inflate.eof:
            yield inflate.flush()


def _raise(error: OSError) -> None:
    raise error


def _irregular(file: Path, entries: list[zipfile.ZipInfo], directory: int, starts: dict[str, int]) -> Iterator[str]:
    """A regular ZIP is its members one after another, then the directory: nothing before, between, behind."""
    at = 0
    with file.open("rb") as raw:
        for entry in entries:
            raw.seek(at)
            header = raw.read(30)
            if entry.header_offset != at or len(header) < 30 or header[:4] != b"PK\x03\x04":
                yield f"{entry.orig_filename}: not where it should begin"
                return
            name_length, extra_length = struct.unpack("<HH", header[26:])
            name, extra = raw.read(name_length), raw.read(extra_length)
            if name != entry.orig_filename.encode("utf-8", "replace"):
                yield f"{entry.orig_filename}: two different names"
            if {extra[:2], entry.extra[:2]} - {b"", b"\1\0"}:
                yield f"{entry.orig_filename}: an extra field"
            yield from _header(entry, header)
            at += 30 + name_length + extra_length
            starts.setdefault(entry.orig_filename.partition("/")[2], at)
            at += entry.compress_size
        if directory != at:
            yield "something stands between the last file and the directory"
        raw.seek(-22, os.SEEK_END)
        if raw.read(4) != b"PK\x05\x06":
            yield "something follows the end"


def _header(entry: zipfile.ZipInfo, header: bytes) -> Iterator[str]:
    """The header before a file must say the same as the directory."""
    flags, method, *told = struct.unpack("<6xHH4xIII4x", header)
    if flags != 0x800 or entry.flag_bits != flags or method not in (0, 8) or entry.compress_type != method:
        yield f"{entry.orig_filename}: encrypted, streamed or unknown compression"
    wanted = [entry.CRC, entry.compress_size, entry.file_size]
    if told[1] == told[2] == 0xFFFFFFFF:  # Zip64: the sizes are elsewhere, and the content has to fit the directory's
        wanted[1:] = told[1:]
    if told != wanted:
        yield f"{entry.orig_filename}: two different sizes"


def content(box: Any, name: str) -> bytes:
    """A file that fits into memory. Raises ValueError for one that should and does not."""
    read = bytearray()
    for part in box.parts(name):
        read += part
        if len(read) > LARGEST_DOCUMENT:
            raise ValueError(f"{name}: too large")
    return bytes(read)


def raw_lines(box: Any, name: str) -> Iterator[bytes]:
    """Lines with their line feeds; one that is too long comes in pieces, of which none is a whole row."""
    waiting = b""
    for part in box.parts(name):
        *whole, waiting = (waiting + part).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(waiting) > LONGEST_LINE:
            yield waiting
            waiting = b""
    if waiting:
        yield waiting


ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
FOUR_BYTES = [bytes([lead]) for lead in range(0xF0, 0xF5)]
FRACTIONS: list[str] = []
"""Those read so far. They are rare, and where there are any, numbers are written with more care."""


def canonical(value: Any) -> bytes:
    """RFC 8785: the standard encoder gives it but for fractions, and for names beyond the first plane."""
    if FRACTIONS:
        return exact(value)
    text = ENCODE(value).encode("utf-8")
    return exact(value) if any(lead in text for lead in FOUR_BYTES) else text


def exact(value: Any) -> bytes:
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return b"{" + b",".join(exact(key) + b":" + exact(one) for key, one in ordered) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(exact, value)) + b"]"
    return fraction(value).encode() if isinstance(value, float) else ENCODE(value).encode("utf-8")


def fraction(value: float) -> str:
    """A number as ECMAScript writes it: the shortest digits, an exponent from 1e21 on and below 1e-6."""
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, rest = mantissa.partition(".")
    digits = (whole + rest).lstrip("0")
    power = int(exponent or 0) + (len(whole) if whole != "0" else len(digits) - len(rest))
    digits = digits.rstrip("0")
    if not digits:
        return "0"
    if 0 < power <= 21:
        return sign + (digits.ljust(power, "0") if len(digits) <= power else f"{digits[:power]}.{digits[power:]}")
    if -6 < power <= 0:
        return f"{sign}0.{'0' * -power}{digits}"
    return f"{sign}{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{power - 1:+d}"


def whole_number(text: str) -> int | float:
    """Beyond 2^53 only what a fraction could be as well is canonical."""
    if len(text) > 22:
        raise ValueError("a number too large")
    return int(text) if abs(int(text)) <= 1 << 53 else read_fraction(text)


def read_fraction(text: str) -> float:
    FRACTIONS.append(text)
    return float(text)


DECODE = json.JSONDecoder(parse_int=whole_number, parse_float=read_fraction).decode


def manifest(box: Any, name: str, say: Say) -> dict[str, str]:
    """`digest  path` lines; a path twice, or a line of another form, is a finding."""
    listed: dict[str, str] = {}
    width = 128 if "512" in name else 64
    for number, line in enumerate(raw_lines(box, name), 1):
        match = re.fullmatch(rf"([0-9a-f]{{{width}}})  (\S{{1,400}})\n", line.decode("utf-8", "replace"))
        if not match:
            say("malformed", name, f"line {number}")
        elif match[2] in listed:
            say("twice", f"{name}: {match[2]}")
        else:
            listed[match[2]] = match[1]
    return listed


def digests(box: Any, name: str) -> dict[str, Any]:
    two, size = (hashlib.sha256(), hashlib.sha512()), 0
    try:
        for part in box.parts(name):
            size += len(part)
            for one in two:
                one.update(part)
    except zlib.error:  # damaged inside a ZIP: no digest of any manifest
        return {"manifest-sha256.txt": "", "manifest-sha512.txt": "", "size": size}
    return {"manifest-sha256.txt": two[0].hexdigest(), "manifest-sha512.txt": two[1].hexdigest(), "size": size}


def check_names(box: Any, say: Say) -> None:
    folded: dict[str, str] = {}
    for name in box.names:
        data = name[5:] if name.startswith("data/") else None
        if not NAME.fullmatch(name):
            say("bad-name", name)
        if folded.setdefault(name.casefold(), name) != name:
            say("collision", name, folded[name.casefold()])
        if data is None and name not in TAG_FILES | SEAL_FILES | {TAG_MANIFEST, f"{SEAL}.tsr"}:
            say("added", name)
        if data is not None and name not in REQUIRED and not LAYOUT.fullmatch(data):
            say("stranger", name)


def check_bag(box: Any, say: Say) -> dict[str, str]:
    """Every file against both manifests, every tag file against the tag manifest. Returns bag-info's labels."""
    present = set(box.names)
    for name in sorted((TAG_FILES | REQUIRED | SEAL_FILES | {TAG_MANIFEST}) - present):
        say("absent", name)
    if not present.issuperset(TAG_FILES | {TAG_MANIFEST}):
        return {}
    tags = manifest(box, TAG_MANIFEST, say)
    for name in sorted(TAG_FILES | set(tags)):
        if name not in TAG_FILES or digests(box, name)["manifest-sha256.txt"] != tags.get(name):
            say("altered", name, TAG_MANIFEST)
    if content(box, "bagit.txt") != BAGIT:
        say("bagit")
    labels: dict[str, str] = {}
    for line in content(box, "bag-info.txt").decode("utf-8", "replace").split("\n")[:-1]:
        label, colon, value = line.partition(": ")
        if not colon or label in labels:
            say("malformed", "bag-info.txt", label[:80])
        labels.setdefault(label, value)
    check_payload(box, say, {name for name in present if name.startswith("data/")}, labels)
    return labels


def check_payload(box: Any, say: Say, payload: set[str], labels: dict[str, str]) -> None:
    lists = {name: manifest(box, name, say) for name in ("manifest-sha256.txt", "manifest-sha512.txt")}
    total = 0
    for name in sorted(payload.union(*lists.values())):
        if name in payload:
            total += check_file(box, name, lists, say)
        else:
            say("absent", name)
    if labels.get("Payload-Oxum") != f"{total}.{len(payload)}":
        say("oxum", labels.get("Payload-Oxum", "-"), f"{total}.{len(payload)}")


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
    """Runs openssl with the given contents as files, trusting nothing else; None when it is content, else its words."""
    with tempfile.TemporaryDirectory() as place:
        for name, inside in files.items():
            Path(place, name).write_bytes(inside)
        nobody = {**os.environ, "SSL_CERT_DIR": place, "SSL_CERT_FILE": f"{place}/none"}
        done = subprocess.run(["openssl", *arguments], cwd=place, env=nobody, capture_output=True, check=False)
    said = (done.stderr.strip() or done.stdout.strip()).decode("utf-8", "replace").splitlines()
    return None if done.returncode == 0 else (said or ["?"])[-1]


def check_seal(box: Any, say: Say, unsure: Say, certificate: bytes | None, authority: bytes | None) -> None:
    if not {SEAL, TAG_MANIFEST} <= set(box.names):
        return
    seal, text = content(box, SEAL), content(box, TAG_MANIFEST)
    own = content(box, "seal/signer.pem") if "seal/signer.pem" in box.names else b""
    first = re.search(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", own, re.DOTALL)
    verify = "cms -verify -binary -inform DER -in seal -content text -out out -CAfile ca -no-CApath -partial_chain"
    named = first[0] + b"\n" if first else b""  # who is named first must have signed, and nobody that stands beside it
    words = openssl(*f"{verify} -nointern -certfile ca -purpose any".split(), seal=seal, ca=named, text=text)
    if words is None and certificate is not None:
        words = openssl(*f"{verify} -purpose any".split(), seal=seal, ca=certificate, text=text)
    if words is not None:
        say("seal", words)
    if certificate is None:
        try:
            inside = base64.b64decode(first[1] if first else b"")
        except ValueError:
            inside = b""
        unsure("unsure-seal", hashlib.sha256(inside).hexdigest())
    if f"{SEAL}.tsr" in box.names:
        check_stamp(box, f"{SEAL}.tsr", seal, say, unsure, authority)


def check_stamp(box: Any, name: str, stamped: bytes, say: Say, unsure: Say, authority: bytes | None) -> None:
    token = content(box, name)
    if hashlib.sha256(stamped).digest() not in token:
        say("stamp", name, "about something else")
    elif authority is None:
        unsure("unsure-stamp", name)
    else:
        order = "ts -verify -data data -in token -CAfile ca"
        words = openssl(*order.split(), data=stamped, token=token, ca=authority)
        if words is not None:
            say("stamp", name, words)


def read_checkpoint(text: bytes) -> Checkpoint:
    """Origin, size and root of a C2SP checkpoint. Raises ValueError."""
    lines = text.decode("utf-8").split("\n")
    if len(lines) < 5 or not lines[0].strip() or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise ValueError(text[:80])
    digest = base64.b64decode(lines[2], validate=True)
    if len(digest) != 32 or b"\n\n" not in text:
        raise ValueError(text[:80])
    return lines[0], int(lines[1]), digest


def signed_by(text: bytes, key: str) -> bool:
    """Whether the note carries a signature of the verifier key `name+hash+base64` (C2SP signed-note, Ed25519)."""
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})\s*", key)
    public = base64.b64decode(match[3]) if match else b""  # the first byte says: Ed25519
    if not match or hashlib.sha256(match[1].encode() + b"\n" + public).hexdigest()[:8] != match[2]:
        return False
    message, _, signatures = text.rpartition(b"\n\n")
    for line in signatures.decode("utf-8", "replace").splitlines():
        found = re.fullmatch(r"\u2014 (\S+) ([A-Za-z0-9+/]{91}=)", line)
        signature = base64.b64decode(found[2]) if found and found[1] == match[1] else b""
        if signature[:4].hex() == match[2]:
            order = "pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in text -sigfile signature"
            files = {"key": SPKI_ED25519 + public[1:], "text": message + b"\n", "signature": signature[4:]}
            return openssl(*order.split(), **files) is None
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
    if small >= large or small == 0:
        return not path and (small == 0 or (small == large and first == second))
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


def hashes(path: Any) -> list[bytes]:
    """A proof's hashes; those of another form prove nothing."""
    return [bytes.fromhex(one) if re.fullmatch("[0-9a-f]{64}", str(one)) else b"" for one in path]


def check_checkpoints(box: Any, say: Say, unsure: Say, key: str | None, authority: bytes | None) -> list[Checkpoint]:
    """The package's checkpoints, oldest first, each signed, each proved to continue the one before."""
    held: list[Checkpoint] = []
    own = content(box, "seal/log.vkey").decode("utf-8", "replace") if "seal/log.vkey" in box.names else ""
    for name in sorted(name for name in box.names if name.startswith("data/checkpoints/") and name.endswith(".txt")):
        text = content(box, name)
        try:
            held.append(read_checkpoint(text))
        except ValueError:
            say("checkpoint", name)
            continue
        if Path(name).stem != f"{held[-1][1]:012d}":
            say("checkpoint", name)
        if not any(signed_by(text, one) for one in (key or own).splitlines()):
            say("log-key", name)
        if name[:-3] + "tsr" in box.names:
            check_stamp(box, name[:-3] + "tsr", text, say, unsure, authority)
    if key is None:
        unsure("unsure-log", ", ".join(own.split()))
    elif not set(key.split()) & set(own.split()):
        say("log-key", "seal/log.vkey")
    check_chain(box, held, say)
    return held


def check_chain(box: Any, held: list[Checkpoint], say: Say) -> None:
    """Each checkpoint continues the one before."""
    if not held:
        say("absent", "data/checkpoints/*.txt")
    proofs = document(box, "data/checkpoints/consistency.json", say)
    listed = [one for one in proofs if isinstance(one, dict)] if isinstance(proofs, list) else []
    if len(listed) != max(0, len(held) - 1):
        say("malformed", "data/checkpoints/consistency.json", f"{len(listed)} proofs")
    paths = {(str(one.get("from")), str(one.get("to"))): one.get("path") for one in listed}
    for (origin, small, first), (other, large, second) in zip(held, held[1:]):  # noqa: B905, RUF007
        path = paths.get((str(small), str(large)))
        if origin != other or not isinstance(path, list) or not consistent(small, first, large, second, hashes(path)):
            say("chain", small, large)


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
    """A JSON file of the package; None where it is absent, and None and a finding where it is not canonical."""
    return parsed(content(box, name), name, say) if name in box.names else None


def parsed(text: bytes, name: str, say: Say) -> Any:
    try:
        value = DECODE(text.decode("utf-8"))
        if value is not None and canonical(value) == text:
            return value
    except (ValueError, RecursionError):
        pass
    say("malformed", name, "RFC 8785")
    return None


def rows(box: Any, name: str, say: Say, counts: dict[str, int]) -> Iterator[Any]:
    """The rows of a file, each an object; `counts` learns of every line."""
    path = f"data/{name}.jsonl"
    counts[name] = 0
    if path not in box.names:
        return
    try:
        for number, line in enumerate(raw_lines(box, path), 1):
            counts[name] = number
            whole = line.endswith(b"\n")
            value = parsed(line[:-1] if whole else b"", f"{path}:{number}", say)
            if isinstance(value, dict):
                yield value
            elif value is not None:
                say("malformed", f"{path}:{number}", "row")
    except zlib.error:
        say("malformed", path, "ZIP")


def check_log(box: Any, say: Say, newest: Checkpoint | None, counts: dict[str, int]) -> int:
    """Each entry: its disclosures keep its commitments, its leaf lies under the newest checkpoint. Returns how many
    values are not disclosed."""
    proofs, withheld, before = rows(box, "proofs", say, counts), 0, -1
    for entry in rows(box, "events", say, counts):
        proof = next(proofs, None)
        try:
            withheld += check_entry(entry, proof, newest, say)
            if entry["document"]["index"] <= before:
                raise ValueError("order")
            before = entry["document"]["index"]
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            say("malformed", f"data/events.jsonl:{counts['events']}", "entry")
    if next(proofs, None) is not None:
        say("malformed", "data/proofs.jsonl", "more lines than entries")
    for _ in proofs:
        pass
    return withheld


def check_entry(entry: Any, proof: Any, newest: Checkpoint | None, say: Say) -> int:
    index, sealed = entry["document"]["index"], entry["document"]["sealed"]
    for name, (salt, value) in entry["disclosures"].items():
        if hashlib.sha256(canonical([salt, name, value])).hexdigest() != sealed.get(name):
            say("commitment", index, name)
    leaf = hashlib.sha256(b"\0" + canonical(entry["document"])).digest()
    path = hashes(proof["path"]) if proof and proof["index"] == index else None
    if newest is None or path is None or inclusion_root(index, newest[1], leaf, path) != newest[2]:
        say("proof", index, newest[1] if newest else "-")
    return len(sealed) - len(entry["disclosures"])


def check_files(box: Any, say: Say, counts: dict[str, int]) -> None:
    """Rows and files of evidence name each other, and every row file holds rows."""
    files = {name for name in box.names if name.startswith("data/files/")}
    named: set[str] = set()
    for name in sorted(set(ROW_FILES) - {"events", "proofs"}):
        for row in rows(box, name, say, counts):
            if name in ("evidence", "minutes"):
                paths = [row.get("path")] if name == "evidence" else row.get("paths")
                named.update(f"data/{one}" for one in (paths if isinstance(paths, list) else [0]) if one is not None)
                known = (row.get("sha256"), str(row.get("path"))[6:70])
                if name == "evidence" and isinstance(known[0], str) and row.get("path") and known[0] != known[1]:
                    say("evidence", f"data/{row['path']}")
    for one in sorted(named - files):
        say("absent", one)
    for one in sorted(files - named):
        say("unnamed", one)


def check_scope(
    box: Any, say: Say, held: list[Checkpoint], labels: dict[str, str], counts: dict[str, int], withheld: int
) -> None:
    """As many lines as the scope says, and one identity: an emptied file with a new manifest does not go unseen."""
    scope = document(box, "data/scope.json", say)
    try:
        check_counts(box, say, scope, counts, withheld)
        for place, name in (("ZIP", box.package), ("bag-info.txt", labels.get("External-Identifier", "-"))):
            if name not in (None, scope["package"]):
                say("identity", place, name, scope["package"])
        root = scope["checkpoint"]
        if held and held[-1] != (root["origin"], root["size"], base64.b64decode(root["root"])):
            say("identity", "data/checkpoints", held[-1][1], root["size"])
    except (KeyError, TypeError, ValueError, AttributeError):
        say("malformed", "data/scope.json", "scope")


def check_counts(box: Any, say: Say, scope: Any, counts: dict[str, int], withheld: int) -> None:
    told = {name[:-6]: number for name, number in scope["rows"].items()}
    if set(told) != set(ROW_FILES):
        say("malformed", "data/scope.json", "rows")
    files = sum(name.startswith("data/files/") and not name.endswith(".left-out.json") for name in box.names)
    for name, found in {**counts, "files": files}.items():
        if found != {**told, "files": scope["files"]}.get(name):
            say("lines", f"data/{name}", found, {**told, "files": scope["files"]}.get(name))
    declared = sum(one["number"] for one in scope["left_out"] if one["what"].startswith("events."))
    if withheld != declared:
        say("withheld", withheld, declared)


def verify(package: Path, given: argparse.Namespace) -> tuple[Told, Told, int, int]:
    """Findings, what could not be checked, the numbers of files and of log entries. Raises OSError, BadZipFile and
    ValueError for what is no package at all."""
    findings: dict[tuple[str, tuple[Any, ...]], None] = {}
    unsure: Told = []

    def say(code: str, *values: Any) -> None:
        findings[(code, values) if len(findings) < MOST_FINDINGS else ("many", ())] = None

    def doubt(code: str, *values: Any) -> None:
        unsure.append((code, values))

    counts: dict[str, int] = {}
    box = Folder(package, say) if package.is_dir() else Zip(package, say)
    authority = _read(given.tsa_ca)
    earlier = [Path(one).read_bytes() for one in given.checkpoint]
    key = None if given.log_key is None else Path(given.log_key).read_text("utf-8")
    certificate = _read(given.certificate)
    check_names(box, say)
    try:
        labels = check_bag(box, say)
        check_seal(box, say, doubt, certificate, authority)
        held = check_checkpoints(box, say, doubt, key, authority)
        check_earlier(held, earlier, say)
        withheld = check_log(box, say, held[-1] if held else None, counts)
        check_files(box, say, counts)
        check_scope(box, say, held, labels, counts, withheld)
    except (zlib.error, ValueError) as problem:  # damaged where nothing can be told any more
        say("malformed", package.name, str(problem)[:200])
    return list(findings), unsure, len(box.names), counts.get("events", 0)


def _read(file: str | None) -> bytes | None:
    return None if file is None else Path(file).read_bytes()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("package", type=Path)
    parser.add_argument(
        "--certificate", metavar="FILE", help="the signer's (or its CA's) certificate, PEM, obtained elsewhere"
    )
    parser.add_argument("--log-key", metavar="FILE", help="the audit log's verifier keys, one name+hash+base64 a line")
    parser.add_argument(
        "--checkpoint", metavar="FILE", action="append", default=[], help="a checkpoint received earlier"
    )
    parser.add_argument("--tsa-ca", metavar="FILE", help="the time-stamp authority's CA certificate, PEM")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    parser.add_argument("--json", action="store_true")
    return parser


def printed(value: Any) -> str:
    """No name in a package may steer the terminal."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(value))


def main() -> int:
    given = arguments().parse_args()
    language = ("vi", "en").index(given.language)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        findings, unsure, files, entries = verify(given.package, given)
    except Exception as problem:
        print(f"{printed(given.package)}: {printed(problem)}", file=sys.stderr)
        return 2
    if given.json:
        plain = [{"code": code, "values": list(map(printed, values))} for code, values in findings]
        print(json.dumps({"holds": not findings, "findings": plain, "unsure": [code for code, _ in unsure]}))
        return 3 if findings else 0
    for mark, told in (("✗", findings), ("?", unsure)):
        for code, values in told:
            print(mark, WORDS[code][language].format(*map(printed, values)))
    print(
        WORDS["fails"][language].format(len(findings)) if findings else WORDS["holds"][language].format(files, entries)
    )
    return 3 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
