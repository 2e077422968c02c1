"""Names of the files in a package: by content, ASCII, one extension for each kind of content."""

from __future__ import annotations

import re
from collections.abc import Mapping

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

EXTENSIONS: Mapping[str, str] = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/tiff": "tif",
    f"{_OOXML}.wordprocessingml.document": "docx",
    f"{_OOXML}.spreadsheetml.sheet": "xlsx",
    f"{_OOXML}.presentationml.presentation": "pptx",
    f"{_ODF}.text": "odt",
    f"{_ODF}.spreadsheet": "ods",
    f"{_ODF}.presentation": "odp",
    "text/plain": "txt",
    "text/csv": "csv",
    "application/json": "json",
    "application/xml": "xml",
    "message/rfc822": "eml",
    "application/pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/zip": "zip",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
"""By the media type on record, which follows from the content; `evidence.kinds` says which there are."""


def content_path(digest: str, media_type: str) -> str:
    """Below `data/`. People's own names stand in `evidence.jsonl` only."""
    return f"files/{digest}.{EXTENSIONS.get(media_type, 'bin')}"


def version_file(version: str) -> str:
    """A version as a file name: - for every character that is no letter, digit, point or underscore."""
    return re.sub(r"[^0-9A-Za-z._]", "-", version)
