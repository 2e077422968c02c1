"""Which characters the bundled fonts can show, read from the font file itself.

A PDF/A must not hold a character without a glyph, and one that cannot be seen (a direction mark inside a file name) must
not hide in a signed document: `visible` writes both as [U+202E]. Words → `minutes_text` → here → document.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "minutes" / "fonts"
_SEGMENTED = 4


def visible(text: str) -> str:
    """`text` with every character that the fonts cannot show replaced by its code point in brackets."""
    shown = characters(FONTS / "Tinos-Regular.ttf")
    return "".join(char if ord(char) in shown else f"[U+{ord(char):04X}]" for char in text)


@cache
def characters(font: Path) -> frozenset[int]:
    """The code points of a TrueType font: its segmented (format 4) character map."""
    data = font.read_bytes()
    cmap = _table(data, b"cmap")
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    starts = {struct.unpack_from(">HHL", data, cmap + 4 + 8 * i)[2] for i in range(count)}
    segmented = next(cmap + at for at in sorted(starts) if struct.unpack_from(">H", data, cmap + at)[0] == _SEGMENTED)
    return frozenset(_segments(data, segmented))


def _table(data: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", data, 4)
    records = (struct.unpack_from(">4sLLL", data, 12 + 16 * i) for i in range(count))
    return next(offset for name, _checksum, offset, _length in records if name == tag)


def _segments(data: bytes, at: int) -> set[int]:
    """Code points with a glyph: each segment maps by a delta, or through an array that lies behind its own cell."""
    size = struct.unpack_from(">H", data, at + 6)[0]
    ends, starts, deltas, ranges = at + 14, at + 16 + size, at + 16 + 2 * size, at + 16 + 3 * size
    found = set()
    for cell in range(0, size, 2):
        first, last, delta, step = (
            struct.unpack_from(">H", data, base + cell)[0] for base in (starts, ends, deltas, ranges)
        )
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if step:
                (glyph,) = struct.unpack_from(">H", data, ranges + cell + step + 2 * (code - first))
            if (glyph + delta) & 0xFFFF if glyph or not step else 0:
                found.add(code)
    return found
