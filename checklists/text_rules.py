"""What any stored text must keep: Unicode form NFC (TCVN 6909) and no characters that cannot be seen."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from checklists.decision_errors import ControlCharacter, NotComposed
from checklists.errors import BadInput
from checklists.names import is_nfc
from checklists.places import quoted

_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def text_mistakes(text: str, path: str) -> Iterator[BadInput]:
    """What is wrong with the characters of `text`, which stands at `path`."""
    if text.isascii() and text.isprintable():
        return
    if not is_nfc(text):
        position, piece = _first_difference(text)
        yield NotComposed(path=path, value=quoted(text), position=position, codes=_codes(piece))
    unseen = "".join(dict.fromkeys(char for char in text if unicodedata.category(char) in _UNSEEN))
    if unseen:
        yield ControlCharacter(path=path, value=quoted(text), codes=_codes(unseen[:3]))


def _first_difference(text: str) -> tuple[int, str]:
    """Where `text` leaves its composed form (counted from 1), and the letter there with its loose marks."""
    composed = unicodedata.normalize("NFC", text)
    at = next((i for i, pair in enumerate(zip(text, composed, strict=False)) if pair[0] != pair[1]), len(composed) - 1)
    end = at + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return at + 1, text[at:end]


def _codes(chars: str) -> str:
    return " ".join(f"U+{ord(char):04X}" for char in chars)
