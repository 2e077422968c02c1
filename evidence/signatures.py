"""What content is, by its first bytes. The name plays no part here.

A table of our own: the libraries that guess types answer "docx, pptx or xlsx" for every ZIP, "Windows system file"
for a digital signature and nothing for text, and what they find differs from version to version. A stored media type
has to stay what it was.
"""

from __future__ import annotations

import codecs
import re

HEAD = 4096
"""How many bytes from the start are looked at."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"GIF8", "gif"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"MSCF", "archive"),
    (b"\x7fELF", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xfe\xed\xfa\xce", "program"),
    (b"\xfe\xed\xfa\xcf", "program"),
    (b"\xce\xfa\xed\xfe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", "program"),
    (b"#!", "script"),
    (b"-----BEGIN PKCS7-----", "signature"),
    (b"-----BEGIN CMS-----", "signature"),
)
_SIGNED = bytes.fromhex("06092a864886f70d010702")
"""The object identifier of PKCS #7 signed data, as it stands in DER."""
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_HEIF_GENERAL = {b"mif1", b"msf1"}
_MP4 = (b"iso", b"mp4", b"avc1", b"M4V", b"dash", b"MSNV", b"3gp")
_PAGE = re.compile(rb"<(!doctype\s+(html|svg)|html|head|body|script|iframe|svg|(\w+:)?(svg|html))[\s>/]", re.IGNORECASE)
_BEFORE_ROOT = re.compile(
    rb"^\s*(<\?.*?\?>\s*|<!--.*?-->\s*|<!doctype[^>\[]*(\[.*?\]\s*)?>\s*)*", re.DOTALL | re.IGNORECASE
)


def content_of(head: bytes, size: int) -> str:
    """The content by its first bytes (as many as HEAD), of a file with `size` bytes; a key of `kinds.WORDS`.

    "text" means only that nothing speaks against it; "zip" also stands for Office documents.
    """
    for start, content in _STARTS:
        if head.startswith(start):
            return content
    return _boxed(head) or _signed(head, size) or _texts(head)


def _boxed(head: bytes) -> str:
    """Pictures and films whose mark stands behind a length."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] != b"ftyp":
        return ""
    brand, length = head[8:12], min(int.from_bytes(head[:4], "big"), 256)
    others = {head[place : place + 4] for place in range(16, length, 4)}
    if brand in _HEIC or (brand in _HEIF_GENERAL and others & _HEIC):
        return "heic"
    if brand in {b"avif", b"avis"} or b"avif" in others:
        return "avif"
    if brand == b"qt  ":
        return "mov"
    return "mp4" if brand.startswith(_MP4) else "unknown"


def _signed(head: bytes, size: int) -> str:
    """A DER or BER sequence that opens with the identifier of signed data, and is as long as it says."""
    if head[:1] != b"\x30" or len(head) < 2:
        return ""
    count = head[1] - 0x80 if head[1] >= 0x80 else 0
    told = int.from_bytes(head[2 : 2 + count], "big") if count else head[1]
    whole = head[1] == 0x80 or 2 + count + told == size
    return "signature" if whole and count <= 8 and head[2 + count :].startswith(_SIGNED) else ""


def _texts(head: bytes) -> str:
    plain = _unmarked(head)
    if b"\x00" in plain:
        return "program" if plain.startswith(b"MZ") else "unknown"
    if _PAGE.match(_BEFORE_ROOT.sub(b"", plain, count=1)) or _PAGE.match(plain.lstrip()):
        return "page"
    return "text" if _is_utf8(plain) else "unknown"


def _is_utf8(head: bytes) -> bool:
    """A character that the end of the head cuts in two does not count against it."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked(head: bytes) -> bytes:
    """The head as UTF-8 without a byte order mark; UTF-16 only where a mark says so."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    return head.removeprefix(b"\xef\xbb\xbf")
