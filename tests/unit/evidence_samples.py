"""Small real files of every accepted kind, and what attackers send instead."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import docx
import typst
import xlsxwriter

from evidence.kinds import KINDS, Kind
from evidence.media import check_content

HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'
ELF = b"\x7fELF\x02\x01\x01".ljust(64, b"\x00")
EXE = (b"MZ\x90\x00\x03".ljust(128, b"\x00")) + b"PE\x00\x00"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + _chunk(b"IEND", b"")
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def word() -> bytes:
    made, document = io.BytesIO(), docx.Document()
    document.add_paragraph("Biên bản bàn giao")
    document.save(made)
    return made.getvalue()


def workbook() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        book.add_worksheet().write(0, 0, "Hồ sơ")
    return made.getvalue()


def slides() -> bytes:
    main = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    types = b'<Types><Override PartName="/ppt/presentation.xml" ContentType="' + main + b'"/></Types>'
    return zipped({"[Content_Types].xml": types, "ppt/presentation.xml": b"<p/>"})


def open_document(kind: str, **more: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        mimetype = f"application/vnd.oasis.opendocument.{kind}"
        archive.writestr("mimetype", mimetype, compress_type=zipfile.ZIP_STORED)
        archive.writestr("content.xml", b"<x/>")
        for name, content in more.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def signed(body: bytes = b"x" * 300) -> bytes:
    inner = bytes.fromhex("06092a864886f70d010702") + body
    return b"\x30\x82" + len(inner).to_bytes(2, "big") + inner


def boxed(brand: bytes, *others: bytes) -> bytes:
    box = brand + b"\x00\x00\x02\x00" + b"".join(others)
    return (8 + len(box)).to_bytes(4, "big") + b"ftyp" + box + b"\x00\x00\x00\x08mdat"


def pdf() -> bytes:
    made = typst.compile(b"Bi\xc3\xaan b\xe1\xba\xa3n")
    assert isinstance(made, bytes)
    return made


LETTER = b"From: vp@xa.gov.vn\r\nTo: so@tinh.gov.vn\r\nSubject: Ban giao\r\n\r\nth\xe2n g\xedi"


def samples() -> list[tuple[str, bytes]]:
    """Extension and content, for every extension that is accepted."""
    return [
        ("pdf", pdf()),
        ("jpg", JPEG),
        ("jpeg", JPEG),
        ("png", PNG),
        ("webp", b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00".ljust(34, b"\x00")),
        ("heic", boxed(b"heic", b"mif1", b"heic")),
        ("heif", boxed(b"mif1", b"heic", b"miaf")),
        ("tif", b"II*\x00\x08\x00\x00\x00\x00\x00"),
        ("tiff", b"MM\x00*\x00\x00\x00\x08\x00\x00"),
        ("docx", word()),
        ("xlsx", workbook()),
        ("pptx", slides()),
        ("odt", open_document("text")),
        ("ods", open_document("spreadsheet")),
        ("odp", open_document("presentation")),
        ("txt", "Đã bàn giao".encode()),
        ("csv", "mã;tên\n00004;Ba Đình\n".encode("utf-8-sig")),
        ("json", '{"đơn vị": [1]}\n'.encode()),
        ("xml", '<?xml version="1.0" encoding="UTF-8"?><hồsơ/>'.encode()),
        ("eml", LETTER),
        ("p7s", signed()),
        ("p7m", b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n"),
        ("zip", zipped({"a/": b"", "a/b.txt": b"x", "c.docx": word()})),
        ("mp4", boxed(b"isom", b"mp42")),
        ("mov", boxed(b"qt  ")),
    ]


def short(value: object) -> str:
    """A test's name that is the same in every process: no time of day of an archive, no address of a function."""
    if isinstance(value, bytes):
        return f"{value[:8]!r}+{len(value)}"
    return repr(value)[:40]


def check(content: bytes, name: str) -> Kind:
    """What the store does with a file that is whole on disk."""
    kind = KINDS[name.rpartition(".")[2]]
    check_content(io.BytesIO(content), len(content), name, kind)
    return kind
