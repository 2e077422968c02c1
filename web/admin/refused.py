"""A refused file in sentences for a page: each mistake with its line, the file by its own name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj

from starlette.datastructures import UploadFile

from checklists.errors import BadInput, HandoverError, Refused
from web.lead.uploads import base_name
from web.refusals import page_sentence

_SHOWN = 40


class NoFileChosen(BadInput):
    """Choose a file."""


@contextmanager
def as_files(uploads: Sequence[UploadFile]) -> Iterator[list[Path]]:
    """The uploads as files under their own names, for as long as they are read. Raises NoFileChosen."""
    if not uploads:
        raise NoFileChosen()
    with tempfile.TemporaryDirectory(prefix="bangiao-") as folder:
        paths = []
        for place, upload in enumerate(uploads):
            path = Path(folder) / str(place) / (base_name(upload.filename or "")[-100:] or "file")
            path.parent.mkdir()
            with path.open("wb") as file:
                copyfileobj(upload.file, file)
            paths.append(path)
        try:
            yield paths
        except HandoverError as refusal:
            raise OfUploads(refusal, folder) from refusal


class OfUploads(Exception):
    """What was refused of uploads; `sentences` name them as they are called, not where they were read."""

    def __init__(self, refusal: HandoverError, folder: str) -> None:
        super().__init__()
        mistakes = refusal.mistakes if isinstance(refusal, Refused) else (refusal,)
        self.sentences = [_without(page_sentence(one), folder) for one in mistakes[:_SHOWN]]
        self.more = max(0, len(mistakes) - _SHOWN)


def _without(sentence: str, folder: str) -> str:
    head, *rest = sentence.split(f"{folder}/")
    return head + "".join(part.partition("/")[2] for part in rest)
