"""What can be wrong with a signing key, one class per broken rule; the docstring is the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError


class SigningKeyMissing(HandoverError):
    """There is no key to sign checkpoints with at {path}. Make one with: bangiao audit keys"""


class SigningKeyThere(BadInput):
    """{path} exists, and a signing key is never overwritten: what it signed could not be told from forgeries any more.
    Move the file to a safe place first if you really mean to use a new key from now on."""


class SigningKeyOpen(HandoverError):
    """Others than its owner may read {path}: whoever has the signing key can forge checkpoints. Take it from them with:
    chmod 600 {path}"""


class BadSigningKey(HandoverError):
    """{path} holds no key that signs checkpoints (an Ed25519 private key in PEM, without a password). Make one with:
    bangiao audit keys"""


class BadKeyName(BadInput):
    """A log cannot be called "{name}": blanks and plus signs are not allowed. Call it e.g. bangiao/so-noi-vu."""


class PublicKeysMissing(HandoverError):
    """There are no public keys at {path} to check signatures with. Give a file of them (--public-key FILE), one line
    NAME+ID+KEY each; this installation's own are shown by: bangiao audit keys"""


class DeviceFailed(HandoverError):
    """The device that holds the signing key does not answer as it should: {why}. Check the settings PKCS11_MODULE,
    PKCS11_TOKEN, PKCS11_KEY and PKCS11_PIN_FILE, and whether the device is there."""


class DeviceSupportMissing(HandoverError):
    """Keys in devices need the Python package python-pkcs11, which is not installed. Install it beside bangiao: pip
    install "bangiao[pkcs11]" """
