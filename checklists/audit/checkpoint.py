"""A checkpoint as text that other logs' tools read: C2SP tlog-checkpoint, signed as a C2SP signed note.

size + root → **text** → signature (`evidence/signing/`) → database, letters, packages. Whoever keeps one can demand
proof that every later one continues it.

    bangiao.example/so-noi-vu          origin: whose log
    1234                               number of entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2…  root, base64
                                       (empty line)
    — bangiao.example/so-noi-vu Az3g…  name of the key, base64 of key id and signature
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from checklists.errors import BadInput
from checklists.messages import Message

ED25519 = b"\x01"
"""The kind of signature, in C2SP's list."""

_NAME = re.compile(r"[^\s+]+")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NotACheckpoint(BadInput):
    """This is no checkpoint: {why}. A checkpoint has the name of the log, the number of entries, the root in base64, an
    empty line, and lines with signatures that begin with "— "; give it as it was handed out, unchanged."""


class NotAVerifierKey(BadInput):
    """This is no public key of a log: {why}. It is one line, NAME+ID+KEY, as bangiao audit keys prints it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries a log has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed, the line break at the end included."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """`key_id` says which key is meant before anything is checked; it proves nothing."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a log's key, with its name."""

    name: str
    public_key: bytes
    """32 bytes, Ed25519."""

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.public_key)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public_key).decode()}"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the signatures under it; `signed` is the exact text that they cover."""

    checkpoint: Checkpoint
    signed: str
    signatures: tuple[NoteSignature, ...]

    def text(self) -> str:
        return self.signed + "\n" + "".join(one.line() for one in self.signatures)


def key_id(name: str, public_key: bytes) -> bytes:
    """The four bytes by which a signature line names its key."""
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def is_key_name(text: str) -> bool:
    """Whether a log or a key may be called so: no blanks, no plus sign."""
    return bool(_NAME.fullmatch(text))


def parse_checkpoint(text: str) -> SignedCheckpoint:
    """Raises NotACheckpoint. Lines between the root and the empty line are allowed, and covered by the signatures."""
    signed, parted, below = text.rpartition("\n\n")
    if not parted:
        raise NotACheckpoint(why=Message("there is no empty line before the signatures"))
    lines = signed.split("\n")
    if len(lines) < _LINES:
        raise NotACheckpoint(why=Message("fewer than three lines stand above the empty line"))
    origin, size, root = lines[:_LINES]
    if not origin.strip():
        raise NotACheckpoint(why=Message("the first line, which names the log, is empty"))
    if not _SIZE.fullmatch(size):
        raise NotACheckpoint(why=Message("the second line is no number: {text}", {"text": size[:40]}))
    checkpoint = Checkpoint(origin, int(size), _root(root))
    return SignedCheckpoint(checkpoint, signed + "\n", tuple(_signatures(below)))


_LINES = 3


def parse_verifier_key(text: str) -> VerifierKey:
    """Raises NotAVerifierKey."""
    parts = text.strip().split("+", 2)
    if len(parts) != _LINES or not is_key_name(parts[0]):
        raise NotAVerifierKey(why=Message("it has not three parts, joined by plus signs"))
    name, named, encoded = parts
    raw = _decoded(encoded)
    if raw is None or raw[:1] != ED25519 or len(raw) != 1 + _KEY_BYTES:
        raise NotAVerifierKey(why=Message("the third part is no Ed25519 key in base64"))
    key = VerifierKey(name, raw[1:])
    if key.key_id.hex() != named:
        raise NotAVerifierKey(why=Message("the id in the middle belongs to another key or name"))
    return key


_KEY_BYTES = 32


def _root(text: str) -> bytes:
    raw = _decoded(text)
    if raw is None or len(raw) != _KEY_BYTES:
        raise NotACheckpoint(why=Message("the third line is no SHA-256 root in base64"))
    return raw


def _signatures(text: str) -> Iterator[NoteSignature]:
    for line in text.removesuffix("\n").split("\n"):
        found = _SIGNATURE.fullmatch(line)
        raw = _decoded(found[2]) if found else None
        if not found or raw is None or len(raw) <= _ID_BYTES:
            raise NotACheckpoint(why=Message("this line is no signature: {text}", {"text": line[:60]}))
        yield NoteSignature(found[1], raw[:_ID_BYTES], raw[_ID_BYTES:])


_ID_BYTES = 4


def _decoded(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
