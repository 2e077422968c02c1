"""Where a mistake stands: the path of a field, and the line or the sheet row of a file.

A rule knows the field (`successions[4].from`), the reader of a file knows the line; a placed mistake says both.
"""

from __future__ import annotations

from dataclasses import dataclass

from checklists.errors import BadInput, HandoverError

_SHOWN_CHARACTERS = 80


class InFile(BadInput):
    """{file}: {reason}"""

    def __init__(self, mistake: HandoverError, file: str, **place: object) -> None:
        super().__init__(file=quoted_file(file), reason=mistake.message, **place)
        self.mistake = mistake


class AtLine(InFile):
    """{file}, line {line}: {reason}"""


class AtRow(InFile):
    """{file}, sheet {sheet}, row {line}: {reason}"""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, or a row of one sheet of a workbook; just the file where neither is known."""

    file: str
    line: int | None = None
    sheet: str | None = None

    def of(self, mistake: HandoverError) -> InFile:
        """The mistake, saying where it stands."""
        if self.line is None:
            return InFile(mistake, self.file)
        if self.sheet is None:
            return AtLine(mistake, self.file, line=self.line)
        return AtRow(mistake, self.file, sheet=quoted(self.sheet), line=self.line)


class FieldPath(str):
    """The path of a field as text, counted from 0 as in jq and yq, with its parts kept: `successions[4].from`."""

    parts: tuple[str | int, ...]

    @classmethod
    def of(cls, *parts: str | int) -> FieldPath:
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{quoted(part)}" for part in parts)
        path = cls(text.removeprefix("."))
        path.parts = parts
        return path


def quoted(value: object) -> str:
    """A value as it can be shown in a sentence: one line, no control characters, not longer than a line."""
    if isinstance(value, list | tuple):
        return "[…]"
    if isinstance(value, dict):
        return "{…}"
    text = str(value)
    return _printable(text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…")


def quoted_file(path: object) -> str:
    """A file's name in full, however long: its end is what tells it from others."""
    return _printable(str(path))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
