"""A message's lines → pieces → text for a terminal or a phone; the HTML templates dress the same pieces.

Text templates mark what a line is by how it begins, and the words are written once:

    = Label: value      a fact
    - words             an item of a list; of `name — words` only the name becomes the link
    ## words            a heading
    four spaces         where the words before it lead: an address or a command, never wrapped
    anything else       a paragraph, up to the next empty line

Values never hold a line break, so no value can begin a line of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from notifiers.message_values import web_link

COLUMNS = 72

_MARKS = {"= ": "fact", "- ": "item", "## ": "heading"}
_AFTER_LABEL = {"fact": ": ", "item": " — "}
_TARGET = "    "


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing a message says. `kind` is fact, item, heading or paragraph; facts and some items have a `label`."""

    kind: str
    words: str
    label: str = ""
    link: str | None = None
    command: str | None = None


def pieces(lines: str) -> tuple[Piece, ...]:
    """The pieces of a rendered text template."""
    found: list[Piece] = []
    fresh = True
    for line in lines.splitlines():
        if line.startswith(_TARGET) and line.strip() and found:
            found[-1] = _leading_to(found[-1], line.strip())
        elif fresh or _kind(line) != "paragraph" or found[-1].kind != "paragraph":
            found.extend([_piece(line.strip())] if line.strip() else [])
        elif line.strip():
            found[-1] = replace(found[-1], words=f"{found[-1].words} {line.strip()}")
        fresh = not line.strip() or line.startswith(_TARGET)
    return tuple(found)


def _kind(line: str) -> str:
    return next((kind for mark, kind in _MARKS.items() if line.startswith(mark)), "paragraph")


def _piece(line: str) -> Piece:
    kind = _kind(line)
    words = line if kind == "paragraph" else line.partition(" ")[2].strip()
    label, after, rest = words.partition(_AFTER_LABEL.get(kind, "\n"))
    return Piece(kind, rest, label=label) if after else Piece(kind, words)


def _leading_to(piece: Piece, target: str) -> Piece:
    link = web_link(target)
    return replace(piece, link=link) if link else replace(piece, command=target)


def as_text(found: Sequence[Piece]) -> str:
    """The pieces as plain text of at most 72 columns (addresses and commands stay whole)."""
    parts: list[str] = []
    for before, piece in zip((None, *found), found, strict=False):
        together = before is not None and before.kind == piece.kind and piece.kind in {"fact", "item"}
        parts.extend(["\n" if together or before is None or before.kind == "heading" else "\n\n", *_lines_of(piece)])
    return "".join(parts).strip("\n") + "\n"


def _lines_of(piece: Piece) -> Iterator[str]:
    yield "\n".join(_wrapped(piece))
    for target in (piece.link, piece.command):
        if target:
            yield f"\n{_TARGET}{target}"


def _wrapped(piece: Piece) -> Sequence[str]:
    if piece.kind == "heading":
        return [*_fold(piece.words), "-" * min(len(piece.words), COLUMNS)]
    words = f"{piece.label}{_AFTER_LABEL[piece.kind]}{piece.words}" if piece.label else piece.words
    after = "" if piece.kind == "paragraph" else "  "
    return _fold(words, before="- " if piece.kind == "item" else "", after=after)


@lru_cache(maxsize=2048)
def _fold(words: str, before: str = "", after: str = "") -> tuple[str, ...]:
    """Most of what one message says is said in the next one, too."""
    return tuple(
        textwrap.wrap(
            words,
            COLUMNS,
            initial_indent=before,
            subsequent_indent=after,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )
