"""A signing key in a device (smart card, HSM) behind PKCS#11: it signs, and never leaves.

python-pkcs11 is an extra: it is imported when a device is set up, and only then. A session is opened for each
signature; a device that was pulled out and put back is found again.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from checklists.audit.checkpoint import VerifierKey
from evidence.signing.errors import DeviceFailed, DeviceSupportMissing

Result = TypeVar("Result")

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Device:
    """Where the key lies: the vendor's library, the token's label, the key's label, and a file with the PIN."""

    module: Path
    token: str
    key: str
    pin_file: Path

    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 key. Raises DeviceFailed, DeviceSupportMissing."""

        def read(session: Any, api: Any) -> bytes:
            key = session.get_key(object_class=api.ObjectClass.PUBLIC_KEY, label=self.key)
            return bytes(key[api.Attribute.EC_POINT])[-_KEY_BYTES:]  # the raw point, or the same in an octet string

        return self._in_session(read)

    def sign(self, message: bytes) -> bytes:
        """Raises DeviceFailed, DeviceSupportMissing."""

        def sign(session: Any, api: Any) -> bytes:
            key = session.get_key(object_class=api.ObjectClass.PRIVATE_KEY, label=self.key)
            return bytes(key.sign(message, mechanism=api.Mechanism.EDDSA))

        return self._in_session(sign)

    def _in_session(self, work: Callable[[Any, Any], Result]) -> Result:
        try:
            api = importlib.import_module("pkcs11")
        except ImportError as error:
            raise DeviceSupportMissing from error
        try:
            pin = self.pin_file.read_text(encoding="utf-8").strip()
            token = api.lib(str(self.module)).get_token(token_label=self.token)
            with token.open(user_pin=pin) as session:
                return work(session, api)
        except (OSError, RuntimeError, api.PKCS11Error) as error:
            raise DeviceFailed(why=_why(error)) from error


@dataclass(frozen=True, slots=True)
class DeviceSigner:
    verifier_key: VerifierKey
    device: Device

    def sign(self, message: bytes) -> bytes:
        return self.device.sign(message)


def device_signer(device: Device, name: str) -> DeviceSigner:
    return DeviceSigner(VerifierKey(name, device.public_key()), device)


def _why(error: Exception) -> str:
    """PKCS#11's errors often say nothing but their class."""
    words = str(error).strip()
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
