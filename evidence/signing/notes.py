"""Signing a checkpoint and checking who signed one: Ed25519 over the text, in the form of a C2SP signed note."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from checklists.audit.checkpoint import Checkpoint, NoteSignature, SignedCheckpoint, VerifierKey


class Signer(Protocol):
    """A key that signs; where it lies is its own matter."""

    @property
    def verifier_key(self) -> VerifierKey: ...

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes."""
        ...


def sign(checkpoint: Checkpoint, signer: Signer) -> SignedCheckpoint:
    text, key = checkpoint.text(), signer.verifier_key
    signature = NoteSignature(key.name, key.key_id, signer.sign(text.encode()))
    return SignedCheckpoint(checkpoint, text, (signature,))


def signed_by(signed: SignedCheckpoint, keys: Iterable[VerifierKey]) -> VerifierKey | None:
    """The first of these keys that has signed it; None where none has. Signatures by other keys are passed over, but
    one that claims to be by a known key and is not makes the whole worthless."""
    found = None
    for key in keys:
        for one in signed.signatures:
            if (one.name, one.key_id) != (key.name, key.key_id):
                continue
            if not _holds(one.signature, signed.signed.encode(), key):
                return None
            found = found or key
    return found


def _holds(signature: bytes, message: bytes, key: VerifierKey) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
