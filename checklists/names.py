"""Vietnamese names: the form they are stored in, how they are searched and how they are sorted.

Stored text is NFC (TCVN 6909). Both keys below are stored beside the name, so that SQLite and PostgreSQL agree: neither
database folds `đ` the same way, and code-point order puts Đ after Z.
"""

from __future__ import annotations

import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_RANK = {letter: chr(0x41 + rank) for rank, letter in enumerate(_ALPHABET)}
_TONES = {"\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5", "\u0300": "1"}
"""Tone marks in dictionary order: (none), huyền, hỏi, ngã, sắc, nặng."""


def is_nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


def search_key(name: str) -> str:
    """`name` without case, tone or diacritics, with đ as d: "Đắk Lắk" → "dak lak". Use it on queries as well."""
    decomposed = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def sort_key(name: str) -> str:
    """A text whose code-point order is Vietnamese dictionary order: letters first, tones only between equal letters."""
    letters: list[str] = []
    tones: list[str] = []
    for char in unicodedata.normalize("NFC", name.casefold()):
        base, tone = _without_tone(char)
        letters.append(_LETTER_RANK.get(base, base))
        tones.append(tone)
    return "".join(letters) + "\x01" + "".join(tones)


_KINDS_OF_PROVINCE = ("Thành phố ", "Tỉnh ")


def province_sort_key(name: str) -> str:
    """As people list provinces: by the proper name, cities among the others."""
    proper = next((name.removeprefix(kind) for kind in _KINDS_OF_PROVINCE if name.startswith(kind)), name)
    return sort_key(proper)


def _without_tone(char: str) -> tuple[str, str]:
    parts = unicodedata.normalize("NFD", char)
    tone = next((_TONES[part] for part in parts if part in _TONES), "0")
    return unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES)), tone
