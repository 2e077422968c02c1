"""Which key signs the log's checkpoints, and which public keys check them: settings become a Signer.

The name of the log (its origin, in every checkpoint) stands in the file of public keys and is chosen once, when the
first key is made: a log that changed its name would look like another log.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from bangiao.settings import Settings
from checklists.audit.checkpoint import VerifierKey, is_key_name
from checklists.errors import BadInput
from evidence.signing.device_key import Device, device_signer
from evidence.signing.errors import BadKeyName, PublicKeysMissing, SigningKeyMissing
from evidence.signing.file_key import add_public_key, make_key_file, public_file, read_key_file, read_public_keys
from evidence.signing.notes import Signer


class DeviceHalfSet(BadInput):
    """To sign with a key in a device, all of PKCS11_MODULE, PKCS11_TOKEN, PKCS11_KEY and PKCS11_PIN_FILE must be set.
    Set what is missing, or none of them."""


class LogHasAnotherName(BadInput):
    """This log is called {known}, and cannot be called {wanted} from now on: a log keeps its name. Leave --name out."""


def keys_path(settings: Settings) -> Path:
    """The file with the log's public keys."""
    return public_file(settings.checkpoint_key_file)


def verifier_keys(settings: Settings) -> list[VerifierKey]:
    """The public keys of this installation's log, the newest last. Raises PublicKeysMissing."""
    return read_public_keys(keys_path(settings))


def log_name(settings: Settings) -> str | None:
    """What the log is called; None before the first key is made."""
    try:
        return verifier_keys(settings)[0].name
    except PublicKeysMissing:
        return None


def make_keys(settings: Settings, name: str | None = None) -> VerifierKey:
    """Make a key, or take the device's into use, and write its public half down. Raises SigningKeyThere, BadKeyName,
    LogHasAnotherName and what a device may say."""
    known = log_name(settings)
    if known and name and name != known:
        raise LogHasAnotherName(known=known, wanted=name)
    chosen = known or name or f"bangiao/{uuid4().hex[:12]}"
    if not is_key_name(chosen):
        raise BadKeyName(name=chosen)
    device = device_of(settings)
    if device is None:
        return make_key_file(settings.checkpoint_key_file, chosen).verifier_key
    key = VerifierKey(chosen, device.public_key())
    add_public_key(keys_path(settings), key)
    return key


def signer_of(settings: Settings, *, first_use: bool = False) -> Signer:
    """The key in force. At the first use, where nothing was ever signed, a key file is made if no key is set up. Raises
    SigningKeyMissing and what is wrong with the key."""
    device, name = device_of(settings), log_name(settings)
    if name is None:
        if not first_use or settings.checkpoint_key_file.exists():
            raise SigningKeyMissing(path=settings.checkpoint_key_file)
        make_keys(settings)
        return signer_of(settings)
    return device_signer(device, name) if device else read_key_file(settings.checkpoint_key_file, name)


def device_of(settings: Settings) -> Device | None:
    """The device with the key; None where the key is in a file."""
    parts = (settings.pkcs11_module, settings.pkcs11_token, settings.pkcs11_key, settings.pkcs11_pin_file)
    if not any(parts):
        return None
    module, token, key, pin_file = parts
    if not (module and token and key and pin_file):
        raise DeviceHalfSet
    return Device(module, token, key, pin_file)
