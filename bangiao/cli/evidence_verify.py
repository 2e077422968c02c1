"""`bangiao evidence verify`: every finding about a package, by modules that share no line with verify.py; and
`bangiao evidence verifier`, which hands verify.py out with its hash."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Annotated, Any

from cryptography import x509
from cyclopts import App, Parameter

from bangiao.audit_keys import verifier_keys
from bangiao.cli.output import AsJson, command_line, heading, number, out, print_json, progress_bar
from bangiao.i18n import _, render
from bangiao.wiring import Wiring, wire
from checklists.audit.checkpoint import SignedCheckpoint, VerifierKey, parse_checkpoint
from checklists.errors import BadInput
from evidence.package import verify as published
from evidence.package.checking import Trusted, check_package
from evidence.package.checking_findings import Finding, Report
from evidence.package.checking_log import keys_in
from evidence.package.checking_reading import open_source
from evidence.package.errors import TargetThere
from evidence.signing.errors import PublicKeysMissing

FINDINGS = 3


class NoCertificateInside(BadInput):
    """{file} holds no certificate in PEM. Give the certificate as you received it from the office or the authority."""


class NotText(BadInput):
    """{file} is no text. Give the file as it was handed out, unchanged."""


def add_verify(app: App) -> None:
    """Two commands of the noun `evidence`."""
    app.command(verify, help=_("Whether a package holds, and everything that does not; exit code 3 for findings."))
    app.command(verifier, help=_("Write verify.py, with which anybody verifies packages without this program."))


def verify(
    package: Annotated[Path, Parameter(help=_("The package: NAME.zip or a folder."))],
    /,
    *,
    certificate: Annotated[
        Path | None, Parameter(help=_("The signer's or its authority's certificate, PEM, received by another way."))
    ] = None,
    log_key: Annotated[Path | None, Parameter(help=_("The audit log's public keys, received by another way."))] = None,
    checkpoint: Annotated[
        tuple[Path, ...],
        Parameter(
            name="--checkpoint", negative=(), show_default=False,
            help=_("A checkpoint that you kept from before; may be repeated."),
        ),
    ] = (),
    tsa_ca: Annotated[
        Path | None, Parameter(name="--tsa-ca", help=_("The certificate of the time-stamp authority, PEM."))
    ] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    wiring = wire()
    trusted = _trusted(wiring, certificate, log_key, checkpoint, tsa_ca)
    report = Report()
    source = open_source(package, report)
    with progress_bar(_("Verifying"), source.size()) as advance:
        check_package(package, trusted, wiring.now(), advance, source, report)
    if as_json:
        print_json(_document(report))
    else:
        _page(report)
    if not report.holds:
        sys.exit(FINDINGS)


def verifier(
    *,
    to: Annotated[Path | None, Parameter(name="--out", help=_("The file to write; nothing there is replaced."))] = None,
    as_json: AsJson = False,
) -> None:
    content = Path(published.__file__).read_bytes()
    target = to or Path("verify.py")
    try:
        with target.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise TargetThere(target=str(target)) from error
    digest = hashlib.sha256(content).hexdigest()
    if as_json:
        print_json({"file": target, "sha256": digest})
        return
    heading(_("{file} is written. Tell its SHA-256 by another way than with a package:").format(file=target))
    command_line(digest)


def _trusted(
    wiring: Wiring, certificate: Path | None, log_key: Path | None, checkpoints: tuple[Path, ...], tsa_ca: Path | None
) -> Trusted:
    """What was given; where nothing was, what this installation itself seals and signs with."""
    settings = wiring.settings
    own = settings.sealing_package_certificate
    sealed_by = certificate or (own if own.exists() else None)
    authority = tsa_ca or settings.tsa_ca_file
    return Trusted(
        _certificates(sealed_by) if sealed_by else (),
        tuple(keys_in(_text(log_key))) if log_key else _own_keys(wiring),
        tuple(_checkpoint(one) for one in checkpoints),
        _certificates(authority) if authority else (),
    )


def _own_keys(wiring: Wiring) -> tuple[VerifierKey, ...]:
    try:
        return tuple(verifier_keys(wiring.settings))
    except PublicKeysMissing:
        return ()


def _certificates(file: Path) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(file.read_bytes()))
    except ValueError as error:
        raise NoCertificateInside(file=str(file)) from error


def _checkpoint(file: Path) -> SignedCheckpoint:
    return parse_checkpoint(_text(file))


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotText(file=str(file)) from error


def _page(report: Report) -> None:
    for one in report.findings:
        out.print(f"✗ {render(one.sentence)}", style="red", markup=False, soft_wrap=True)
    for one in report.doubts:
        out.print(f"? {render(one.sentence)}", markup=False, soft_wrap=True)
    counts = {"files": number(report.files), "entries": number(report.entries)}
    if report.holds:
        words = _("The package {package} holds: {files} files, {entries} entries of the log.")
        heading(words.format(package=report.package, **counts))
    else:
        heading(_("The package does NOT hold: {count} findings.").format(count=number(len(report.findings))))


def _document(report: Report) -> dict[str, Any]:
    return {
        "holds": report.holds,
        "package": report.package,
        "files": report.files,
        "entries": report.entries,
        "findings": [_finding(one) for one in report.findings],
        "not_compared": [_finding(one) for one in report.doubts],
    }


def _finding(one: Finding) -> dict[str, str]:
    return {
        "code": one.code, "where": one.where, "told": one.told, "found": one.found, "sentence": render(one.sentence)
    }  # fmt: skip
