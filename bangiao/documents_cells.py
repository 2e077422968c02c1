"""How much text the cells of a spreadsheet would hold, counted on its XML before the reader that builds them opens it.

A text is stored once and referred to by number, so a small archive can stand for a huge amount of text.
"""

from __future__ import annotations

from array import array
from pyexpat import ExpatError, ParserCreate
from typing import Any

from checklists.errors import BadInput

LONGEST_TEXT = 32_767
"""Excel's own limit for the text of a cell."""

_SHARED_TEXTS = "sharedstrings.xml"


class TextTooLong(BadInput):
    """a text in the spreadsheet has more than {limit} characters, which is more than Excel allows in a cell. Shorten
    it."""


def shared_texts_first(name: str) -> bool:
    """A key for sorting: cells can only be counted when the texts are known that they refer to."""
    return not name.lower().endswith(_SHARED_TEXTS)


class CellTexts:
    """Counts over one archive, member by member. Raises TextTooLong, and ValueError where nothing can be believed."""

    def __init__(self) -> None:
        self.size = 0
        """How many characters the cells repeat from the shared texts."""
        self._lengths = array("H")
        self._known = False

    def begin(self, name: str) -> None:
        """A new member begins."""
        self._shared, self._is_xml = not shared_texts_first(name), name.lower().endswith(".xml")
        if self._shared and self._known:
            raise ValueError(f"two members end in {_SHARED_TEXTS}")
        self._known = self._known or self._shared
        self._length, self._refers, self._number = 0, False, ""
        self._parser: Any = ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = _no_doctype

    def see(self, piece: bytes) -> None:
        """The next piece of the member; an empty one is its end."""
        if not self._parser:
            return
        try:
            self._parser.Parse(piece, not piece)
        except ExpatError as error:
            if self._is_xml:
                raise ValueError(str(error)) from error
            self._parser = None  # a picture, say: nothing in it is a cell

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "c":
                self._refers = attributes.get("t") == "s"
            case "v" if self._refers:
                self._number = ""
                self._parser.CharacterDataHandler = self._reference
            case "si" | "is":
                self._length = 0
                self._parser.CharacterDataHandler = self._text

    def _end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v" if self._refers:
                self.size += self._length_of(self._number.strip())
                self._parser.CharacterDataHandler = None
            case "si" | "is" as kind:
                if kind == "si" and self._shared:
                    self._lengths.append(self._length)
                self._parser.CharacterDataHandler = None

    def _text(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise TextTooLong(limit=LONGEST_TEXT)

    def _reference(self, text: str) -> None:
        self._number += text[:10]

    def _length_of(self, number: str) -> int:
        """What refers to a text that was not seen counts as the longest."""
        if number.isdecimal() and len(number) < len(str(2**32)) and int(number) < len(self._lengths):
            return self._lengths[int(number)]
        return LONGEST_TEXT


def _no_doctype(*_declared: object) -> None:
    raise ValueError("DOCTYPE")
