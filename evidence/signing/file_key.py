"""A signing key in a file that only its owner may read, and beside it the public keys of the log, one a line.

The file of public keys says what the log is called, and keeps the lines of older keys, so that what they signed can
still be checked. It is no secret: hand it out, best by another way than checkpoints go.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from checklists.audit.checkpoint import VerifierKey, is_key_name, parse_verifier_key
from evidence.incoming import sync_folder
from evidence.signing.errors import (
    BadKeyName,
    BadSigningKey,
    PublicKeysMissing,
    SigningKeyMissing,
    SigningKeyOpen,
    SigningKeyThere,
)


@dataclass(frozen=True, slots=True)
class FileSigner:
    """Signs with a key that was read from a file."""

    verifier_key: VerifierKey
    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"FileSigner({self.verifier_key})"

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


def make_key_file(path: Path, name: str) -> FileSigner:
    """A new key for the log of this name, its public half in `public_file(path)`; never overwrites. Raises
    SigningKeyThere, BadKeyName."""
    if not is_key_name(name):
        raise BadKeyName(name=name)
    private = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SigningKeyThere(path=path) from error
    with os.fdopen(opened, "wb") as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    key = VerifierKey(name, _public(private))
    add_public_key(public_file(path), key)
    return FileSigner(key, private)


def read_key_file(path: Path, name: str) -> FileSigner:
    """Raises SigningKeyMissing, SigningKeyOpen, BadSigningKey."""
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SigningKeyMissing(path=path) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SigningKeyOpen(path=path)
    try:
        private = load_pem_private_key(content, None)
    except (ValueError, TypeError) as error:
        raise BadSigningKey(path=path) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise BadSigningKey(path=path)
    return FileSigner(VerifierKey(name, _public(private)), private)


def public_file(path: Path) -> Path:
    """Where the public keys lie that belong to the key at `path`."""
    return path.with_name(f"{path.name}.pub")


def add_public_key(path: Path, key: VerifierKey) -> None:
    """Write the key down as the newest, unless it is there."""
    if path.exists() and key in read_public_keys(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{key}\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def read_public_keys(path: Path) -> list[VerifierKey]:
    """The oldest first. Raises PublicKeysMissing, NotAVerifierKey."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError) as error:
        raise PublicKeysMissing(path=path) from error
    keys = [parse_verifier_key(line) for line in lines if line.strip()]
    if not keys:
        raise PublicKeysMissing(path=path)
    return keys


def _public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
