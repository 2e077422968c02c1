"""Secrets of channels at rest: AES-256-GCM with a key from a file, never from the database that holds the secrets.

A sealed secret is text, `bg1:<key id>:<nonce and ciphertext>`. The key file holds one key a line, the newest first:
it seals; all of them open. `place` (say, the channel's id) is bound into the seal: a sealed secret that is copied to
another row does not open there.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notifiers.errors import BadKeyFile, BrokenSeal, KeyFileExists, KeyFileMissing, KeyFileOpen, WrongKey
from notifiers.masking import Secret

_FORM = "bg1"
_NONCE = 12
_KEY = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an installation by id; `newest` seals."""

    newest: str
    _keys: Mapping[str, bytes]

    def __repr__(self) -> str:
        return f"Keys(newest={self.newest!r}, {len(self._keys)} in all)"

    def cipher(self, key_id: str) -> AESGCM:
        if key_id not in self._keys:
            raise WrongKey(key=key_id)
        return AESGCM(self._keys[key_id])


def make_key_file(path: Path) -> Keys:
    """A new key file that only its owner may read. Raises KeyFileExists; never overwrites."""
    try:
        _write_new(path, [_new_key()])
    except FileExistsError as error:
        raise KeyFileExists(path=path) from error
    return read_key_file(path)


def add_key(path: Path) -> Keys:
    """A new first key; the old ones stay to open what they sealed (`needs_resealing` finds it)."""
    lines = [_new_key(), *_lines(path)]
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    _write_new(beside, lines)
    beside.replace(path)
    return read_key_file(path)


def read_key_file(path: Path) -> Keys:
    """Raises KeyFileMissing, KeyFileOpen (others may read it), BadKeyFile."""
    keys: dict[str, bytes] = {}
    for line in _lines(path):
        with contextlib.suppress(binascii.Error, ValueError):
            key = base64.urlsafe_b64decode(line)
            if len(key) == _KEY:
                keys[sha256(key).hexdigest()[:8]] = key
                continue
        raise BadKeyFile(path=path)
    if not keys:
        raise BadKeyFile(path=path)
    return Keys(next(iter(keys)), keys)


def seal(text: str, keys: Keys, place: str = "") -> str:
    """`text` as it may be stored."""
    nonce = secrets.token_bytes(_NONCE)
    box = keys.cipher(keys.newest).encrypt(nonce, text.encode(), _bound(keys.newest, place))
    return f"{_FORM}:{keys.newest}:{base64.urlsafe_b64encode(nonce + box).decode()}"


def unseal(sealed: str, keys: Keys, place: str = "") -> Secret:
    """Raises WrongKey (its key is not in the file) and BrokenSeal (changed, or sealed for another place)."""
    form, _, rest = sealed.partition(":")
    key_id, _, box = rest.partition(":")
    if form != _FORM:
        raise BrokenSeal
    cipher = keys.cipher(key_id)
    try:
        raw = base64.b64decode(box, altchars=b"-_", validate=True)
        return Secret(cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _bound(key_id, place)).decode())
    except (InvalidTag, ValueError) as error:
        raise BrokenSeal from error


def needs_resealing(sealed: str, keys: Keys) -> bool:
    """True where an older key sealed it: unseal, seal and store it again."""
    return not sealed.startswith(f"{_FORM}:{keys.newest}:")


def _bound(key_id: str, place: str) -> bytes:
    return f"{_FORM}:{key_id}:{place}".encode()


def _new_key() -> str:
    return base64.urlsafe_b64encode(AESGCM.generate_key(bit_length=_KEY * 8)).decode()


def _write_new(path: Path, lines: list[str]) -> None:
    """Created with 0600 from its first moment; on the disk before it is used."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileOpen(path=path)
        return path.read_text(encoding="ascii").split()
    except FileNotFoundError as error:
        raise KeyFileMissing(path=path) from error
    except UnicodeDecodeError as error:
        raise BadKeyFile(path=path) from error
