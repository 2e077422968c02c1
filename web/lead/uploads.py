"""Files of a form → evidence store, one after another: each kept or refused with its own sentence, the others are not
lost by it. What was kept stands in the form again when that comes back, so that no line is paid for twice.

The form says what is kept as a text with a seal that only this process can make: nobody attaches by its digest what
they have not sent themselves.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from starlette.datastructures import FormData, UploadFile

from bangiao.attachments import HandedIn, kept, kept_file, store_of
from bangiao.wiring import Wiring
from checklists.desk import NewEvidence
from checklists.errors import HandoverError
from web.refusals import page_sentence

_SECRET = token_bytes(32)


@dataclass
class Received:
    """What came with a form: evidence that is kept, and why some of it is not."""

    files: list[NewEvidence] = field(default_factory=list)
    words: tuple[NewEvidence, ...] = ()
    refusals: list[HandoverError] = field(default_factory=list)

    @property
    def evidence(self) -> tuple[NewEvidence, ...]:
        return tuple({one.digest: one for one in (*self.files, *self.words)}.values())


def receive(wiring: Wiring, form: FormData, owner: str, dated_on: date) -> Received:
    """Keep all that the form brings. `owner`: for whom a seal made earlier counts (an account and a step)."""
    received, store = Received(), store_of(wiring.settings)
    received.files += [one for text in form.getlist("kept") if (one := unsealed(str(text), owner, dated_on))]
    for upload in uploads_of(form):
        try:
            received.files.append(kept_file(store, upload.file, base_name(upload.filename or ""), dated_on))
        except HandoverError as refusal:
            received.refusals.append(refusal)
    notes, links = (tuple(text for text in [said(form, name)] if text) for name in ("note", "link"))
    try:
        received.words = kept(store, HandedIn(dated_on, (), notes, links), wiring.today())
    except HandoverError as refusal:
        received.refusals.append(refusal)
    return received


def uploads_of(form: FormData) -> list[UploadFile]:
    """The files that were chosen; a browser sends an empty part without a name for none."""
    return [one for one in form.getlist("files") if isinstance(one, UploadFile) and (one.filename or one.size)]


def said(form: FormData, name: str) -> str:
    """A text field; "" if it is not there, or is a file."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def base_name(name: str) -> str:
    """Some browsers send the folders along; what is kept is the file's own name."""
    return name.replace("\\", "/").rpartition("/")[2]


def sealed(one: NewEvidence, owner: str) -> str:
    """A kept file as the value of a form field."""
    text = json.dumps([one.digest, one.name, one.size, one.media_type], ensure_ascii=False)
    return f"{_seal(text, owner)}{text}"


def unsealed(text: str, owner: str, dated_on: date) -> NewEvidence | None:
    """The kept file; None if this process did not seal it for this owner."""
    seal, content = text[:64], text[64:]
    if not hmac.compare_digest(seal.encode(), _seal(content, owner).encode()):
        return None
    digest, name, size, media_type = json.loads(content)
    return NewEvidence("file", digest, name, size, media_type, "", dated_on)


def _seal(text: str, owner: str) -> str:
    return hmac.new(_SECRET, f"{owner}\0{text}".encode(), sha256).hexdigest()


def shown(files: Sequence[NewEvidence], owner: str) -> list[dict[str, Any]]:
    """Kept files as the form shows them again."""
    return [{"name": one.name, "size": one.size, "sealed": sealed(one, owner)} for one in files]


def sentences(refusals: Sequence[HandoverError]) -> list[str]:
    """One for each thing that was refused."""
    return [page_sentence(one) for one in refusals]
