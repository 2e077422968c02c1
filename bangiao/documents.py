"""Files into plain data, safely: this is where anything a person hands in is read first.

The size is looked at before the content, the content before its format is believed, and nothing is unfolded, unpacked
or executed on the word of the file. Every refusal is a `Refused` whose mistakes say the file and the line.
`documents_text` reads YAML and JSON, `documents_tables` CSV and spreadsheets.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bangiao import documents_errors as errors
from bangiao.documents_text import Lines, Unreadable, read_json, read_yaml
from bangiao.settings import Settings
from checklists.errors import BadInput, Refused
from checklists.messages import Message
from checklists.places import Place, quoted, quoted_file

_MEGABYTE = 1024**2
_OTHER_CONTENT = {
    b"PK\x03\x04": Message("a spreadsheet or a ZIP archive"),
    b"\xd0\xcf\x11\xe0": Message("an old Excel file (.xls) or one with a password"),
    b"%PDF": Message("a PDF document"),
    b"\x89PNG": Message("a picture"),
    b"\xff\xd8\xff": Message("a picture"),
    b"\xff\xfe": Message("text in UTF-16"),
    b"\xfe\xff": Message("text in UTF-16"),
}
_UNKNOWN_CONTENT = Message("something else")
SPREADSHEETS = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. A spreadsheet may unpack to `unpacked` times the size of a file."""

    max_bytes: int = 10 * _MEGABYTE
    unpacked: int = 10
    max_cells: int = 2_000_000

    @staticmethod
    def of(settings: Settings) -> Limits:
        return Limits(settings.max_file_mb * _MEGABYTE)


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a YAML or JSON file, and on which line each part of it stands."""

    file: str
    content: Any
    lines: Lines

    def line_of(self, *parts: str | int) -> int:
        """The line of the value at this path; of the nearest value around it where it is missing."""
        return self.lines.of(parts)

    def place_of(self, *parts: str | int) -> Place:
        return Place(self.file, self.line_of(*parts))


def read_document(path: Path, limits: Limits | None = None) -> Document:
    """A YAML or JSON file. Raises Refused."""
    text = read_text(path, (".yaml", ".yml", ".json"), limits or Limits())
    read = read_json if path.suffix.lower() == ".json" else read_yaml
    try:
        content, lines = read(text)
    except Unreadable as error:
        raise refused(path, error.mistake, error.line) from error
    if content is None:
        raise refused(path, errors.EmptyFile())
    return Document(str(path), content, lines)


def read_text(path: Path, known: Sequence[str], limits: Limits) -> str:
    """The text of a UTF-8 file (a byte-order mark is dropped). Raises Refused."""
    content = read_bytes(path, known, limits)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refused(path, errors.NotUtf8(byte=f"0x{content[error.start]:02X}"), line) from error
    if not text.strip():
        raise refused(path, errors.EmptyFile())
    return text


def read_bytes(path: Path, known: Sequence[str], limits: Limits) -> bytes:
    """The content of a regular file of one of the `known` endings, never more than the limit. Raises Refused."""
    try:
        _check_before_opening(path, known, limits)
        with path.open("rb") as opened:
            content = opened.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise refused(path, errors.NoSuchFile()) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise refused(path, errors.UnreadableFile(why=quoted(why))) from error
    if len(content) > limits.max_bytes:
        raise refused(path, _too_large(len(content), limits))
    if not content:
        raise refused(path, errors.EmptyFile())
    _check_kind(path, content)
    return content


def _check_before_opening(path: Path, known: Sequence[str], limits: Limits) -> None:
    """What can be seen without reading: a pipe would block, a huge file would fill the memory."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise refused(path, errors.NotAFile())
    if path.suffix.lower() not in known:
        raise refused(path, errors.UnknownFormat(suffix=quoted(path.suffix), known=tuple(known)))
    if status.st_size > limits.max_bytes:
        raise refused(path, _too_large(status.st_size, limits))


def _too_large(size: int, limits: Limits) -> BadInput:
    return errors.TooLargeFile(limit=limits.max_bytes // _MEGABYTE, size=f"{size / _MEGABYTE:.1f}")


def _check_kind(path: Path, content: bytes) -> None:
    found = next((words for head, words in _OTHER_CONTENT.items() if content.startswith(head)), None)
    is_zip = content.startswith(b"PK\x03\x04")
    if path.suffix.lower() in SPREADSHEETS:
        if not is_zip:
            raise refused(path, errors.OtherContent(suffix=path.suffix, found=found or _UNKNOWN_CONTENT))
    elif found:
        raise refused(path, errors.OtherContent(suffix=path.suffix, found=found))


def refused(path: Path, mistake: BadInput, line: int | None = None, sheet: str | None = None) -> Refused:
    """The refusal of a file for one reason."""
    return Refused(quoted_file(path), [Place(str(path), line, sheet).of(mistake)])
