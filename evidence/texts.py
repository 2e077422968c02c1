"""Evidence that is text underneath: plain text, tables, JSON, XML, e-mails. Read in blocks, never as a whole."""

from __future__ import annotations

import codecs
from typing import BinaryIO
from xml.parsers import expat

from checklists.messages import Message
from evidence.errors import BadText, BadXml, ContentDiffers, XmlDeclaresEntities
from evidence.kinds import SCRIPTABLE, WORDS
from evidence.names import extension_of

BLOCK = 1 << 18
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_LETTER_FIELDS = (
    "from",
    "to",
    "subject",
    "date",
    "received",
    "message-id",
    "mime-version",
    "return-path",
    "delivered-to",
)


def check_text(file: BinaryIO, name: str) -> None:
    """UTF-8, or UTF-16 with its mark, and no zero characters. Raises BadText with the first byte that is wrong."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(_MARKS.get(file.read(2), "utf-8"))()
    file.seek(place := 0)
    while True:
        block = file.read(BLOCK)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise BadText(file=name, position=place - pending + error.start + 1) from error
        if "\x00" in text:
            raise BadText(file=name, position=place + max(block.find(b"\x00"), 0) + 1)
        if not block:
            return
        place += len(block)


def check_json(file: BinaryIO, size: int, name: str) -> None:
    """Text between {} or []. Whether each comma is right is for whoever imports it: a proof is kept as it came."""
    check_text(file, name)
    file.seek(0)
    first = file.read(BLOCK).removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    file.seek(max(0, size - BLOCK))
    if first + file.read().rstrip()[-1:] not in {b"{}", b"[]"}:
        raise ContentDiffers(file=name, extension=extension_of(name), found=WORDS["text"])


def check_letter(file: BinaryIO, name: str) -> None:
    """An e-mail opens with fields such as From and Date; its body may be in any encoding."""
    file.seek(0)
    head = file.read(BLOCK).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    fields = {line.partition(b":")[0].decode("latin-1").lower() for line in head.split(b"\n") if b":" in line}
    if len(fields & set(_LETTER_FIELDS)) < 2 or b"\x00" in head:
        raise ContentDiffers(file=name, extension=extension_of(name), found=WORDS["text"])


def check_xml(file: BinaryIO, name: str) -> None:
    """Well-formed, without a document type of its own, and not a page or drawing in disguise."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse_entities(*_: object) -> None:
        raise XmlDeclaresEntities(file=name)

    def look_at_root(tag: str, _: dict[str, str]) -> None:
        parser.StartElementHandler = None
        space, root = tag.split(" ") if " " in tag else ("", tag)
        if root.lower() in SCRIPTABLE or space.endswith(("/1999/xhtml", "/2000/svg", "/XSL/Transform")):
            raise ContentDiffers(file=name, extension=extension_of(name), found=WORDS["page"])

    parser.StartDoctypeDeclHandler = refuse_entities
    parser.StartElementHandler = look_at_root
    file.seek(0)
    try:
        parser.ParseFile(file)
    except expat.ExpatError as error:
        raise BadXml(file=name, line=error.lineno, why=expat.ErrorString(error.code)) from error
    except (ValueError, LookupError) as error:
        raise BadXml(file=name, line=1, why=Message("its encoding is not known")) from error
