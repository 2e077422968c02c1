"""The text of a PDF as a reader program gets it: glyph numbers of each page through the fonts' ToUnicode maps.

Small on purpose: it reads what a document with plain objects and two-byte fonts has, and nothing else.
"""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.S)
_TOKEN = re.compile(rb"/(f\d+) [\d.]+ Tf|(\()|T[Jj]\b")
_IN_LITERAL = re.compile(rb"\\.|[()]", re.S)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def objects(pdf: bytes) -> dict[int, bytes]:
    """Object number → its source, streams unpacked."""
    return {int(number): _unpacked(source) for number, source in _OBJECT.findall(pdf)}


def pages(pdf: bytes) -> list[str]:
    """The text of each page in the order of its drawing; every run of glyphs followed by a blank."""
    found = objects(pdf)
    leaves = [source for _, source in sorted(found.items()) if b"/Type/Page/" in source]
    return [_text(found[_reference(page, b"Contents")], _fonts(found, page)) for page in leaves]


def _unpacked(source: bytes) -> bytes:
    head, _, rest = source.partition(b"stream\n")
    packed = rest.removesuffix(b"\nendstream")
    return head + zlib.decompress(packed) if packed and b"/FlateDecode" in head else source


def _reference(source: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", source)
    assert found, f"no /{name.decode()}"
    return int(found[1])


def _fonts(found: dict[int, bytes], page: bytes) -> dict[bytes, dict[int, str]]:
    named = re.search(rb"/Font<<(.*?)>>", found[_reference(page, b"Resources")], re.S)
    pairs = re.findall(rb"/(f\d+) (\d+) 0 R", named[1]) if named else []
    return {name: _unicode_map(found[_reference(found[int(number)], b"ToUnicode")]) for name, number in pairs}


def _unicode_map(source: bytes) -> dict[int, str]:
    rows = [row for block in re.findall(rb"beginbfchar\n(.*?)endbfchar", source, re.S) for row in block.splitlines()]
    pairs = (re.findall(rb"<([0-9A-Fa-f]+)>", row) for row in rows)
    return {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs}


def _text(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    runs, font, codes, at = [], {0: ""}, b"", 0
    while token := _TOKEN.search(content, at):
        at = token.end()
        if token[1]:
            font, codes = fonts[token[1]], b""
        elif token[2]:
            end = _end_of_literal(content, at)
            codes += _bytes(content[at : end - 1])
            at = end
        else:
            runs.append("".join(font[int.from_bytes(codes[i : i + 2])] for i in range(0, len(codes), 2)))
            codes = b""
    return " ".join(runs)


def _end_of_literal(content: bytes, at: int) -> int:
    """Behind the bracket that closes the literal; inner brackets in pairs stand without a backslash."""
    depth = 1
    while depth:
        token = _IN_LITERAL.search(content, at)
        assert token, "a literal without end"
        depth += {b"(": 1, b")": -1}.get(token[0], 0)
        at = token.end()
    return at


def _bytes(literal: bytes) -> bytes:
    return _ESCAPE.sub(
        lambda seen: bytes([int(seen[1], 8)]) if seen[1][:1].isdigit() else _LETTERS.get(seen[1], seen[1]), literal
    )
