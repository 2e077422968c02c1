"""Which characters the bundled fonts can show, read from the font file itself.

A PDF/A must not hold a character without a glyph, and one that cannot be seen (a direction mark inside a file name)
must not hide in a signed document: `visible` writes both as [U+202E]. Facts → `minutes_text` → here → document.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "minutes" / "fonts"
_SEGMENTED = 4
_LAST_CHARACTER = 0xFFFE
_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def visible(text: str) -> str:
    """`text`, where a character that the fonts lack or that no eye sees stands as its code point in brackets."""
    shown = characters(FONTS / "Tinos-Regular.ttf")
    hidden = {char for char in text if ord(char) not in shown or unicodedata.category(char) in _UNSEEN}
    return "".join(f"[U+{ord(char):04X}]" if char in hidden else char for char in text)


@cache
def characters(font: Path) -> frozenset[int]:
    """The code points of a TrueType font: its segmented (format 4) character map."""
    data = font.read_bytes()
    cmap = _table(data, b"cmap")
    starts = [cmap + struct.unpack_from(">HHL", data, cmap + 4 + 8 * i)[2] for i in range(_short(data, cmap + 2))]
    segmented = next(at for at in starts if _short(data, at) == _SEGMENTED)
    return frozenset(_segments(data, segmented))


def _table(data: bytes, tag: bytes) -> int:
    records = (struct.unpack_from(">4sLLL", data, 12 + 16 * i) for i in range(_short(data, 4)))
    offsets: dict[bytes, int] = {name: offset for name, _checksum, offset, _length in records}
    return offsets[tag]


def _segments(data: bytes, at: int) -> Iterator[int]:
    """Code points with a glyph: a segment maps by a delta, or through an array found by an offset from its own cell."""
    size = _short(data, at + 6)
    ends, starts, deltas, offsets = at + 14, at + 16 + size, at + 16 + 2 * size, at + 16 + 3 * size
    for cell in range(0, size, 2):
        first, last = _short(data, starts + cell), _short(data, ends + cell)
        delta, offset = _short(data, deltas + cell), _short(data, offsets + cell)
        for code in range(first, min(last, _LAST_CHARACTER) + 1):
            glyph = _short(data, offsets + cell + offset + 2 * (code - first)) if offset else (code + delta) & 0xFFFF
            if glyph:
                yield code


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2])
