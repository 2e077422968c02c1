"""Compile the Vietnamese words: every `bangiao/locale/vi/LC_MESSAGES/*.po` goes into one `bangiao.mo`.

Each area of the product keeps a .po file of its own, so that a change of words stays in one small file. The .mo is
committed (no tool is needed to run) and is the same on every machine: it holds sentences, no dates.

    python scripts/compile_messages.py [--check]
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

FOLDER = Path(__file__).resolve().parent.parent / "bangiao" / "locale" / "vi" / "LC_MESSAGES"
COMPILED = FOLDER / "bangiao.mo"


class TwoTranslations(Exception):
    """Two areas translate the same sentence differently."""


def merged(folder: Path = FOLDER) -> dict[str, str]:
    """English sentence → Vietnamese sentence, of all areas. Raises TwoTranslations where areas disagree."""
    words: dict[str, str] = {}
    origin: dict[str, str] = {}
    differing: list[str] = []
    for file in sorted(folder.glob("*.po")):
        for english, vietnamese in _read(file):
            if words.setdefault(english, vietnamese) != vietnamese:
                differing.append(f"{origin[english]} and {file.name} translate {english!r} differently")
            origin.setdefault(english, file.name)
    if differing:
        raise TwoTranslations("\n".join(differing))
    return words


def _read(file: Path) -> Iterator[tuple[str, str]]:
    with file.open("rb") as opened:
        catalogue = read_po(opened, locale="vi", abort_invalid=True)
    return ((str(message.id), str(message.string)) for message in catalogue if message.id and not message.fuzzy)


def compiled(words: dict[str, str]) -> bytes:
    """The GNU .mo file (little-endian, sorted, no hash table). Written here: Babel's writer puts a date into it."""
    header = "Content-Type: text/plain; charset=UTF-8\nLanguage: vi\n"
    pairs = sorted({"": header, **words}.items(), key=lambda pair: pair[0].encode())
    count, first = len(pairs), 28
    strings, offset = b"", first + 16 * count
    tables: tuple[list[int], list[int]] = ([], [])
    for column, table in enumerate(tables):
        for pair in pairs:
            text = pair[column].encode()
            table += [len(text), offset + len(strings)]
            strings += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, first, first + 8 * count, 0, 0)
    return head + struct.pack(f"<{4 * count}I", *tables[0], *tables[1]) + strings


def main(arguments: list[str]) -> int:
    try:
        content = compiled(merged())
    except TwoTranslations as error:
        print(error, file=sys.stderr)
        return 1
    if arguments == ["--check"]:
        if not COMPILED.exists() or COMPILED.read_bytes() != content:
            print(f"{COMPILED.name} is not in step with the .po files beside it: run `make messages`.", file=sys.stderr)
            return 1
        return 0
    COMPILED.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
