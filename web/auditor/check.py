"""`/check`: a file dropped on the page is hashed and let go of; said is whether it is evidence on record, where, since
when, and whether it was verified. A package is verified whole, by the same modules as `bangiao evidence verify`.

Nothing is kept and nothing is written: the answer for a hash has an address of its own, which can be sent on.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
import zlib
from pathlib import Path
from shutil import copyfileobj
from threading import BoundedSemaphore
from typing import Annotated, Any, BinaryIO
from urllib.parse import urlencode

from cryptography import x509
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bangiao.audit_keys import verifier_keys
from bangiao.i18n import _, render
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.audit.checkpoint import VerifierKey
from checklists.errors import BadInput, HandoverError
from db.evidence_places import evidence_places
from db.history_names import KnownNames
from db.packages import package_with_tagmanifest
from db.record import Reader
from db.session import begin_read
from evidence.package.bag import TAG_MANIFEST
from evidence.package.checking import Trusted, check_package
from evidence.package.checking_findings import Finding
from evidence.signing.errors import PublicKeysMissing
from web.guard import MOST_FIELDS, MOST_FILES, Allow, Signed
from web.lead.uploads import base_name, uploads_of
from web.refusals import page_sentence
from web.rendering import page

router = APIRouter()

Reading = Annotated[Signed, Depends(Allow(Action.READ_RECORD))]
_SEE_OTHER, _UNPROCESSABLE = 303, 422
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHOWN = 50
_BLOCK = 1 << 20
_AT_ONCE = BoundedSemaphore(2)
"""Packages that are verified at the same moment: each takes a core for a while."""


class NothingToCheck(BadInput):
    """Choose a file, or drop one on the field. A SHA-256 alone has 64 characters, 0–9 and a–f."""


class NotReadable(BadInput):
    """{file}: the package cannot be read ({why}). Ask whoever gave it to you to send it once more."""


@router.get("/check", name="check")
async def check(request: Request, signed: Reading, digest: str = "", name: str = "") -> Response:
    """The form; with a SHA-256 in the address, also what is on record under it."""
    asked = "".join(digest.split()).lower()[:200]
    if asked and not _DIGEST.fullmatch(asked):
        return _form(request, [NothingToCheck()], _UNPROCESSABLE)
    if not asked:
        return _form(request, [])
    found = await run_in_threadpool(_on_record, request.app.state.wiring, signed.account, asked)
    return _form(request, [], found=found, digest=asked, name=name[:200])


@router.post("/check", name="check_file")
async def check_file(request: Request, _signed: Reading) -> Response:
    """A file to its hash, and to what is on record of it; a package to its findings."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    try:
        name, digest, report = await run_in_threadpool(_looked_at, request.app.state.wiring, form)
    except HandoverError as refusal:
        return _form(request, [refusal], _UNPROCESSABLE)
    if report is None:
        return RedirectResponse(f"/check?{urlencode({'digest': digest, 'name': name})}", _SEE_OTHER)
    return _form(request, [], digest=digest, name=name, report=report)


def _form(request: Request, refusals: list[HandoverError], status: int = 200, **facts: Any) -> Response:
    shown = {"found": None, "digest": "", "name": "", "report": None} | facts
    return page(request, "auditor/check.html", status, refusals=[page_sentence(one) for one in refusals], **shown)


def _looked_at(wiring: Wiring, form: FormData) -> tuple[str, str, dict[str, Any] | None]:
    """Name and SHA-256 of what was sent, and for a package what was found."""
    uploads = uploads_of(form)
    if not uploads:
        raise NothingToCheck()
    name, file = base_name(uploads[0].filename or "")[:200], uploads[0].file
    digest = _hashed(file)
    manifest = _tag_manifest(file)
    return name, digest, _verified(wiring, file, name, manifest) if manifest else None


def _hashed(file: BinaryIO) -> str:
    hashed = hashlib.sha256()
    file.seek(0)
    while block := file.read(_BLOCK):
        hashed.update(block)
    return hashed.hexdigest()


def _tag_manifest(file: BinaryIO) -> str | None:
    """The SHA-256 of the one file that covers all others; None for what is no ZIP with one, in a folder of its own."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            for one in archive.namelist():
                if one.count("/") == 1 and one.endswith(f"/{TAG_MANIFEST}"):
                    with archive.open(one) as content:
                        return hashlib.sha256(content.read(_BLOCK)).hexdigest()
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError):
        return None
    return None


def _verified(wiring: Wiring, file: BinaryIO, name: str, manifest: str) -> dict[str, Any]:
    """Every finding. The copy that is read is gone with its folder."""
    file.seek(0)
    with _AT_ONCE, tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "package.zip"
        with copy.open("wb") as target:
            copyfileobj(file, target, _BLOCK)
        try:
            report = check_package(copy, _trusted(wiring), wiring.now())
        except (HandoverError, OSError, zipfile.BadZipFile, ValueError) as error:
            why = render(error.message) if isinstance(error, HandoverError) else type(error).__name__
            raise NotReadable(file=name, why=why.replace(str(copy), name)) from error
    with begin_read(wiring.engine) as connection:
        known = package_with_tagmanifest(connection, manifest)
    return {
        "holds": report.holds,
        "package": report.package,
        "files": report.files,
        "entries": report.entries,
        "findings": [render(one.sentence) for one in report.findings][:_SHOWN],
        "more": max(0, len(report.findings) - _SHOWN),
        "doubts": [_doubt(one) for one in report.doubts],
        "known": known,
    }


def _doubt(one: Finding) -> str:
    """What could not be compared; where the sentence of the command line names an option, one of ours."""
    words = {
        "no-earlier": _("Earlier checkpoints were not compared: whoever keeps one compares it with verify.py."),
        "no-authority": _(
            "{where}: who gave the time stamp was not checked; the authority's certificate is not set up."
        ),
    }
    return words[one.code].format(where=one.where) if one.code in words else render(one.sentence)


def _trusted(wiring: Wiring) -> Trusted:
    """What this installation itself seals and signs with."""
    settings = wiring.settings
    authority = _certificates(settings.tsa_ca_file) if settings.tsa_ca_file else ()
    return Trusted(_certificates(settings.sealing_package_certificate), _log_keys(wiring), (), authority)


def _log_keys(wiring: Wiring) -> tuple[VerifierKey, ...]:
    try:
        return tuple(verifier_keys(wiring.settings))
    except PublicKeysMissing:
        return ()


def _certificates(file: Path) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(file.read_bytes()))
    except (OSError, ValueError):
        return ()


def _on_record(wiring: Wiring, account: str, digest: str) -> list[dict[str, Any]]:
    with begin_read(wiring.engine) as connection:
        names = KnownNames(connection)
        found = evidence_places(connection, digest, Reader(account, wiring.today()), _SHOWN)
        return [{"place": one, "by": names.person(one.added_by)} for one in found]
