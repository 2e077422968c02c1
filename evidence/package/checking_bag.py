"""Names, manifests, and the bag's lid: that every file is there once, as it was when the package was sealed.

`checking_reading` → **here** → `checking` (seal, log, rows).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from evidence.package.bag import ALGORITHMS, TAG_MANIFEST
from evidence.package.bag_info import BAGIT
from evidence.package.checking_findings import Advance, Report
from evidence.package.checking_reading import DamagedFile, Source
from evidence.package.checking_shapes import ROWS
from evidence.package.seal import CERTIFICATE, LOG_KEY, SIGNATURE, TOKEN

MANIFESTS = tuple(f"manifest-{name}.txt" for name in ALGORITHMS)
TAGS = frozenset({"bagit.txt", "bag-info.txt", *MANIFESTS})
_SEAL = frozenset({SIGNATURE, CERTIFICATE, LOG_KEY})
_ALWAYS = frozenset(
    {
        *(f"data/{name}.jsonl" for name in ROWS),
        *(f"data/HOW-TO-VERIFY.{language}.txt" for language in ("vi", "en")),
        *("data/scope.json", "data/checkpoints/consistency.json", "data/report/report.pdf"),
        "data/report/danh-muc.xlsx",
    }
)
_SOMETIMES = re.compile(
    r"data/(?:(?:templates|ladders)/[0-9a-f]{64}\.json|calendars/[0-9A-Za-z._-]+\.json"
    r"|checkpoints/[0-9]{12,19}\.(?:txt|tsr)|report/[0-9a-z-]+\.csv"
    r"|files/[0-9a-f]{64}\.(?:[0-9a-z]{1,8}|left-out\.json))"
)
_LINE = {name: re.compile(rf"([0-9a-f]{{{size}}})  (\S{{1,300}})") for name, size in (("sha256", 64), ("sha512", 128))}
LARGEST = 1 << 26
LONGEST = 1 << 24


@dataclass
class Reader:
    """The files of a package for the checks, with findings where one cannot be had."""

    source: Source
    report: Report
    advance: Advance
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = frozenset(self.source.names)

    def whole(self, name: str) -> bytes:
        """A file that has to fit into memory; nothing where it is absent, damaged or far too large."""
        if name not in self.names:
            return b""
        content = bytearray()
        try:
            for block in self.source.stream(name):
                content += block
                if len(content) > LARGEST:
                    self.report.say("unreadable", name)
                    return b""
        except DamagedFile:
            self.report.say("unreadable", name)
            return b""
        return bytes(content)

    def lines(self, name: str) -> Iterator[bytes]:
        """Each line without its line feed. What comes after one that is far too long or not ended is not read."""
        if name not in self.names:
            return
        rest = b""
        try:
            for block in self.source.stream(name):
                *whole, rest = (rest + block).split(b"\n")
                yield from whole
                if len(rest) > LONGEST:
                    break
        except DamagedFile:
            self.report.say("unreadable", name)
            return
        if rest:
            self.report.say("not-canonical", name)

    def digests(self, name: str) -> tuple[Mapping[str, str], int]:
        hashes, size = {one: hashlib.new(one) for one in ALGORITHMS}, 0
        try:
            for block in self.source.stream(name):
                size += len(block)
                self.advance(len(block))
                for one in hashes.values():
                    one.update(block)
        except DamagedFile:
            self.report.say("unreadable", name)
        return {algorithm: one.hexdigest() for algorithm, one in hashes.items()}, size


def check_bag(reader: Reader) -> dict[str, str]:
    """Everything about files; gives the labels of bag-info.txt."""
    _names(reader)
    report = reader.report
    for name in sorted((TAGS | _SEAL | _ALWAYS | {TAG_MANIFEST}) - reader.names):
        report.say("absent", name)
    listed = _manifest(reader, TAG_MANIFEST, "sha256")
    for name in sorted(TAGS | set(listed)):
        if name not in TAGS:
            report.say("file-name", f"{TAG_MANIFEST}: {name}")
        elif name in reader.names and reader.digests(name)[0]["sha256"] != listed.get(name):
            report.say("altered", name, TAG_MANIFEST)
    if reader.whole("bagit.txt") != BAGIT:
        report.say("altered", "bagit.txt", "BagIt 1.0")
    labels = _labels(reader)
    _payload(reader, labels)
    return labels


def _names(reader: Reader) -> None:
    known: dict[str, str] = {}
    for name in reader.source.names:
        folded = unicodedata.normalize("NFKC", name).casefold()
        if known.setdefault(folded, name) != name:
            reader.report.say("collision", name, known[folded])
        if name in _ALWAYS | TAGS | _SEAL or name in {TAG_MANIFEST, TOKEN}:
            continue
        if not _SOMETIMES.fullmatch(name):
            reader.report.say("file-name", name)


def _manifest(reader: Reader, name: str, algorithm: str) -> dict[str, str]:
    listed: dict[str, str] = {}
    for place, line in enumerate(reader.lines(name), 1):
        found = _LINE[algorithm].fullmatch(line.decode("utf-8", "replace"))
        if found is None:
            reader.report.say("row", f"{name}:{place}", found=line[:80].decode("utf-8", "replace"))
        elif found[2] in listed:
            reader.report.say("twice", f"{name}: {found[2]}")
        else:
            listed[found[2]] = found[1]
    return listed


def _labels(reader: Reader) -> dict[str, str]:
    labels: dict[str, str] = {}
    for line in reader.lines("bag-info.txt"):
        label, colon, value = line.decode("utf-8", "replace").partition(": ")
        if not colon or label in labels or not value:
            reader.report.say("row", "bag-info.txt", found=label)
        labels.setdefault(label, value)
    return labels


def _payload(reader: Reader, labels: Mapping[str, str]) -> None:
    payload = {name for name in reader.names if name.startswith("data/")}
    manifests = {algorithm: _manifest(reader, f"manifest-{algorithm}.txt", algorithm) for algorithm in ALGORITHMS}
    total = 0
    for name in sorted(payload):
        digests, size = reader.digests(name)
        total += size
        for algorithm, listed in manifests.items():
            if name not in listed:
                reader.report.say("added", name)
            elif listed[name] != digests[algorithm]:
                reader.report.say("altered", name, f"manifest-{algorithm}.txt")
        _own_name(reader, name, digests["sha256"])
    for name in sorted(set().union(*manifests.values()) - payload):
        reader.report.say("absent", name)
    if labels.get("Payload-Oxum") != f"{total}.{len(payload)}":
        reader.report.say("bag-info", "Payload-Oxum", labels.get("Payload-Oxum", ""), f"{total}.{len(payload)}")


def _own_name(reader: Reader, name: str, digest: str) -> None:
    """Evidence is named by its content."""
    stem, _, kind = name.removeprefix("data/files/").partition(".")
    if name.startswith("data/files/") and kind != "left-out.json" and stem != digest:
        reader.report.say("hash", name, stem, digest)
