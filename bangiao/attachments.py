"""What a person hands in as proof becomes evidence: files go into the store first, the row that names them comes later.

person → **file, note or link** → evidence store → order → step (`bangiao.step_work`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from bangiao.settings import Settings
from checklists.desk import NewEvidence
from checklists.errors import BadInput
from checklists.places import quoted_file
from db.faults import faultpoint
from evidence.notes import clean_link, clean_note, text_digest
from evidence.store import EvidenceStore


class EvidenceFromTheFuture(BadInput):
    """Evidence dated {day} is from the future. Give the day on which it was made (today or before)."""


class EvidenceTooOld(BadInput):
    """Evidence cannot be dated {day}: nothing is proved by papers from before {earliest}. Correct the day."""


class NoSuchFile(BadInput):
    """{file}: there is no such file, or it cannot be read. Nothing was attached."""


EARLIEST = date(1945, 9, 2)
"""Nothing that a unit of today proves with is older than the state; an older day is a slip of the fingers."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What came with one order. `dated_on`: the evidence's own day, for all of it."""

    dated_on: date
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def store_of(settings: Settings) -> EvidenceStore:
    """The evidence store that the settings describe."""
    return EvidenceStore(settings.evidence_folder, settings.evidence_types, settings.evidence_max_mb, faultpoint)


def kept(store: EvidenceStore, handed_in: HandedIn, today: date) -> tuple[NewEvidence, ...]:
    """Put the files into the store; gives all evidence ready for an order. Raises BadInput with what is refused."""
    if handed_in.dated_on > today:
        raise EvidenceFromTheFuture(day=handed_in.dated_on)
    if handed_in.dated_on < EARLIEST:
        raise EvidenceTooOld(day=handed_in.dated_on, earliest=EARLIEST)
    day = handed_in.dated_on
    words = [_words("note", clean_note(text), day) for text in handed_in.notes]
    words += [_words("link", clean_link(text), day) for text in handed_in.links]
    return _once([*(_file(store, path, day) for path in handed_in.files), *words])


def kept_file(store: EvidenceStore, stream: BinaryIO, name: str, day: date) -> NewEvidence:
    """One file as evidence, from wherever it comes."""
    stored = store.put(stream, name)
    return NewEvidence("file", stored.digest, stored.name, stored.size, stored.media_type, "", day)


def _file(store: EvidenceStore, path: Path, day: date) -> NewEvidence:
    try:
        stream = path.open("rb")
    except OSError as error:  # also a name that is too long, or links that lead in a circle
        raise NoSuchFile(file=quoted_file(path)) from error
    with stream:
        return kept_file(store, stream, path.name, day)


def _words(kind: str, text: str, day: date) -> NewEvidence:
    digest = text_digest("note" if kind == "note" else "link", text)
    return NewEvidence(kind, digest, "", len(text.encode()), "text/plain", text, day)


def _once(evidence: Iterable[NewEvidence]) -> tuple[NewEvidence, ...]:
    """The same thing handed in twice is one piece of evidence."""
    return tuple({one.digest: one for one in evidence}.values())
