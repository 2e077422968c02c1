"""What may be attached as proof: the extensions, what their content must be, and the words for what content is.

The list is what offices of a province and its communes have at hand when they prove a step: signed and scanned papers
(PDF, TIFF from the scanner, pictures from phones, HEIC included), Office and OpenDocument files, exports of systems
(CSV, XML, JSON, text), digital signatures (P7S, P7M), letters saved from the mail system (EML), short films of a
room or a server being handed over (MP4, MOV), and a ZIP of such files.

Left out on purpose: pages and drawings that can run scripts (HTML, SVG); Office files of before 2007 and those with
macros, which can run programs too and can be saved as DOCX, XLSX or PDF in one step; RAR and 7z, which an auditor
cannot open with what an office has; everything that is a program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checklists.messages import Message


@dataclass(frozen=True, slots=True)
class Kind:
    """What an extension promises: the content, and the media type that is stored for it."""

    content: str
    media_type: str


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

KINDS: Mapping[str, Kind] = {
    "pdf": Kind("pdf", "application/pdf"),
    "jpg": Kind("jpeg", "image/jpeg"),
    "jpeg": Kind("jpeg", "image/jpeg"),
    "png": Kind("png", "image/png"),
    "webp": Kind("webp", "image/webp"),
    "heic": Kind("heic", "image/heic"),
    "heif": Kind("heic", "image/heic"),
    "tif": Kind("tiff", "image/tiff"),
    "tiff": Kind("tiff", "image/tiff"),
    "docx": Kind("docx", f"{_OOXML}.wordprocessingml.document"),
    "xlsx": Kind("xlsx", f"{_OOXML}.spreadsheetml.sheet"),
    "pptx": Kind("pptx", f"{_OOXML}.presentationml.presentation"),
    "odt": Kind("odt", f"{_ODF}.text"),
    "ods": Kind("ods", f"{_ODF}.spreadsheet"),
    "odp": Kind("odp", f"{_ODF}.presentation"),
    "txt": Kind("text", "text/plain"),
    "csv": Kind("text", "text/csv"),
    "json": Kind("json", "application/json"),
    "xml": Kind("xml", "application/xml"),
    "eml": Kind("letter", "message/rfc822"),
    "p7s": Kind("signature", "application/pkcs7-signature"),
    "p7m": Kind("signature", "application/pkcs7-mime"),
    "zip": Kind("zip", "application/zip"),
    "mp4": Kind("mp4", "video/mp4"),
    "mov": Kind("mov", "video/quicktime"),
}
"""Extension → what must be in the file. A setting may allow fewer, never others: no check exists for them."""

EVERY_TYPE = frozenset(KINDS)
SCRIPTABLE = frozenset({"htm", "html", "xhtml", "mht", "mhtml", "shtml", "svg", "svgz"})
OFFICE = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp"})
"""Contents that are ZIP archives inside."""

WORDS: Mapping[str, Message] = {
    "pdf": Message("a PDF document"),
    "jpeg": Message("a JPEG picture"),
    "png": Message("a PNG picture"),
    "webp": Message("a WebP picture"),
    "heic": Message("a HEIC picture"),
    "avif": Message("an AVIF picture"),
    "gif": Message("a GIF picture"),
    "tiff": Message("a TIFF picture"),
    "docx": Message("a Word document (DOCX)"),
    "xlsx": Message("an Excel workbook (XLSX)"),
    "pptx": Message("a PowerPoint presentation (PPTX)"),
    "odt": Message("an OpenDocument text (ODT)"),
    "ods": Message("an OpenDocument spreadsheet (ODS)"),
    "odp": Message("an OpenDocument presentation (ODP)"),
    "rtf": Message("an RTF document"),
    "ole": Message("an Office file of before 2007 or one with a password"),
    "text": Message("plain text"),
    "json": Message("JSON data"),
    "xml": Message("XML data"),
    "page": Message("a web page or a drawing that can run scripts"),
    "letter": Message("an e-mail"),
    "signature": Message("a digital signature (PKCS #7)"),
    "zip": Message("a ZIP archive"),
    "archive": Message("an archive of another kind (RAR, 7z, GZIP, …)"),
    "mp4": Message("an MP4 film"),
    "mov": Message("a QuickTime film"),
    "program": Message("a program"),
    "script": Message("a script"),
    "unknown": Message("something that we do not recognise"),
}
"""What a content is called in a sentence."""


def file_types(text: str) -> frozenset[str]:
    """A setting's comma list as extensions. Raises ValueError with what would be right."""
    types = frozenset(part.strip().removeprefix(".").lower() for part in text.split(","))
    if not types <= EVERY_TYPE:
        raise ValueError(f"a comma list of some of {', '.join(KINDS)}")
    return types
