"""`check_package`: whether a package holds, by our own modules; the second of two programs that share no line.

package → `checking_reading` (files) → `checking_bag` (manifests) → `checking_seal` → `checking_log` → rows by their
forms (`checking_shapes`) and what follows from them (`checking_facts`) → Report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from checklists.audit.checkpoint import SignedCheckpoint, VerifierKey
from evidence.package.bag import TAG_MANIFEST
from evidence.package.checking_bag import Reader, check_bag
from evidence.package.checking_facts import Facts
from evidence.package.checking_findings import Advance, Report
from evidence.package.checking_log import Entries, check_earlier, check_heads, side_by_side
from evidence.package.checking_reading import Source, open_source
from evidence.package.checking_seal import BadSeal, in_force, leads_to, signer_of, stamp_wrong, stamped_about
from evidence.package.checking_shapes import DOCUMENTS, ROWS, is_left_out, read, wrong_fields
from evidence.package.seal import CERTIFICATE, SIGNATURE, TOKEN


@dataclass(frozen=True)
class Trusted:
    """What reached the auditor by another way than the package."""

    certificates: tuple[x509.Certificate, ...] = ()
    log_keys: tuple[VerifierKey, ...] = ()
    checkpoints: tuple[SignedCheckpoint, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()


@dataclass
class _Checks:
    reader: Reader
    trusted: Trusted
    now: datetime
    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def report(self) -> Report:
        return self.reader.report

    def run(self, top: str | None) -> None:
        labels = check_bag(self.reader)
        self._seal()
        held = check_heads(self.reader, self.trusted.log_keys)
        check_earlier(held, self.trusted.checkpoints, self.report)
        if not self.trusted.checkpoints:
            self.report.doubt("no-earlier")
        self._stamps()
        scope = self._document("data/scope.json", "scope")
        entries = Entries(self.reader, held[-1] if held else None)
        self._log(entries)
        self._rows(scope)
        if scope is not None:
            self._identity(scope, labels, top, held)
            self._counts(scope, entries)

    def _seal(self) -> None:
        reader = self.reader
        try:
            signer, others = signer_of(reader.whole(SIGNATURE), reader.whole(TAG_MANIFEST))
        except BadSeal as error:
            self.report.say("seal", found=error)
            return
        fingerprint = _fingerprint(signer)
        if not in_force(signer, self.now):
            self.report.say("in-force", told=signer.not_valid_before_utc, found=signer.not_valid_after_utc)
        if not self.trusted.certificates:
            self.report.doubt("no-certificate", found=fingerprint)
        elif not leads_to(signer, others, list(self.trusted.certificates)):
            self.report.say("certificate", told=_fingerprint(self.trusted.certificates[0]), found=fingerprint)
        try:
            beside = x509.load_pem_x509_certificates(reader.whole(CERTIFICATE))
        except ValueError:
            beside = []
        if beside[:1] != [signer]:
            self.report.say("certificate", told=CERTIFICATE, found=fingerprint)

    def _stamps(self) -> None:
        stamped = {TOKEN: SIGNATURE} if TOKEN in self.reader.names else {}
        if not stamped:
            self.report.doubt("no-stamp")
        for name in sorted(self.reader.names):
            if name.startswith("data/checkpoints/") and name.endswith(".tsr"):
                stamped[name] = name.removesuffix("tsr") + "txt"
        for name, about in stamped.items():
            self._stamp(name, self.reader.whole(name), self.reader.whole(about))

    def _stamp(self, name: str, token: bytes, content: bytes) -> None:
        if not stamped_about(token, content):
            self.report.say("stamp", name, found="SHA-256")
        elif not self.trusted.authorities:
            self.report.doubt("no-authority", name)
        elif wrong := stamp_wrong(token, content, list(self.trusted.authorities)):
            self.report.say("stamp", name, found=wrong)

    def _document(self, name: str, kind: str) -> dict[str, Any] | None:
        if name not in self.reader.names:
            return None
        value = read(self.reader.whole(name))
        wrong = ["JSON"] if not isinstance(value, dict) else wrong_fields(value, DOCUMENTS[kind])
        for one in wrong:
            self.report.say("row", name, found=one)
        self._note(kind, value)
        return None if wrong else value

    def _of_file(self, name: str) -> Iterator[tuple[str, Any]]:
        """The good rows of a file with their places; every line is counted."""
        for number, line in enumerate(self.reader.lines(f"data/{name}.jsonl"), 1):
            self.counts[name] = number
            place, row = f"{name}.jsonl:{number}", read(line)
            if not isinstance(row, dict):
                self.report.say("not-canonical", place)
                continue
            wrong = wrong_fields(row, ROWS[name])
            for one in wrong:
                self.report.say("row", place, found=one)
            self._note(name, row)
            if not wrong:
                yield place, row

    def _note(self, name: str, value: Any) -> None:
        """Count what was left out of a kind of row."""
        if is_left_out(value):
            self.left_out[name] += 1
        elif isinstance(value, dict):
            for one in value.values():
                self._note(name, one)
        elif isinstance(value, list):
            for one in value:
                self._note(name, one)

    def _log(self, entries: Entries) -> None:
        for entry, proof in side_by_side(self._of_file("events"), self._of_file("proofs")):
            if entry is None:
                self.report.say("proof", proof[0], "–")
            else:
                entries.check(entry[1], proof[1] if proof else None, entry[0])
        self.report.entries = self.counts["events"]

    def _rows(self, scope: Mapping[str, Any] | None) -> None:
        facts = Facts(self.report, scope or {"filters": {}, "as_of": "1970-01-01T00:00:00.000000Z"})
        for kind in ("templates", "calendars", "ladders"):
            for name in sorted(one for one in self.reader.names if one.startswith(f"data/{kind}/")):
                if (document := self._document(name, kind)) is not None:
                    facts.document(kind, name, document)
        order = {"decisions": facts.decisions, "checklists": facts.checklists, "steps": facts.steps_}
        order |= {"missing": facts.missing, "evidence": facts.evidence, "verifications": facts.verifications}
        order |= {"minutes": facts.minutes, "acknowledgements": facts.of_steps}
        for name in [*order, *sorted(ROWS.keys() - order.keys() - {"events", "proofs"})]:
            follow = order.get(name)
            for place, row in self._of_file(name):
                try:
                    if follow is not None:
                        follow(place, row)
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    self.report.say("row", place, found=error)
        facts.finish({name.removeprefix("data/") for name in self.reader.names if name.startswith("data/files/")})

    def _identity(
        self, scope: Mapping[str, Any], labels: Mapping[str, str], top: str | None, held: list[SignedCheckpoint]
    ) -> None:
        self.report.package = scope["package"]
        before = scope["supersedes"]
        supersedes = f"{before['package']} sha256:{before['tagmanifest_sha256']}" if before else ""
        for label, told in (("External-Identifier", scope["package"]), ("Supersedes", supersedes)):
            if labels.get(label, "") != told:
                self.report.say("bag-info", label, labels.get(label, ""), told)
        if top not in {None, scope["package"]}:
            self.report.say("bag-info", "ZIP", scope["package"], top)
        newest = held[-1].checkpoint.text().split("\n")[:3] if held else []
        head = scope["checkpoint"]
        if newest != [head.get("origin"), str(head.get("size")), head.get("root")]:
            self.report.say("count", "data/checkpoints", head.get("size"), newest[1] if newest else "–")

    def _counts(self, scope: Mapping[str, Any], entries: Entries) -> None:
        told = scope["rows"]
        for name in sorted({f"{one}.jsonl" for one in ROWS} | told.keys()):
            found = self.counts[name.removesuffix(".jsonl")]
            if told.get(name) != found:
                self.report.say("count", f"data/{name}", told.get(name), found)
        files = [one for one in self.reader.names if one.startswith("data/files/") and ".left-out." not in one]
        if len(files) != scope["files"]:
            self.report.say("count", "data/files", scope["files"], len(files))
        declared: Counter[str] = Counter()
        for one in scope["left_out"]:
            kind, dot, _ = one["what"].partition(".")
            declared[kind] += one["number"] if dot or kind == "files" else 0
        if entries.withheld != declared["events"]:
            self.report.say("withheld", "data/events.jsonl", declared["events"], entries.withheld)
        for kind, number in sorted(self.left_out.items()):
            if number > declared[kind] and not declared["files"]:
                self.report.say("withheld", kind, declared[kind], number)


def check_package(
    package: Path, trusted: Trusted, now: datetime, advance: Advance = lambda _: None, source: Source | None = None,
    report: Report | None = None,
) -> Report:  # fmt: skip
    """Every finding, and what could not be compared. Raises NotAPackage, OSError."""
    found = report or Report()
    opened = source or open_source(package, found)
    found.files = len(opened.names)
    _Checks(Reader(opened, found, advance), trusted, now).run(opened.top)
    return found


def _fingerprint(certificate: x509.Certificate) -> str:
    return ":".join(f"{byte:02X}" for byte in certificate.fingerprint(SHA256()))
