"""The key that packages are sealed with, and its certificate: two PEM files, ours or issued by the office's authority.

The certificate file may hold more than one: the signer's first, then those between it and the authority. Whoever
verifies needs the authority's by another way.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InternalError, InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from evidence.incoming import sync_folder
from evidence.package.errors import (
    BadPackageKey,
    CertificateNotInForce,
    CertificateOfAnotherKey,
    KeyOpenToOthers,
    KeyThere,
    NoPackageKey,
)

BITS = 3072
_EXPONENT = 65537
_YEARS = timedelta(days=3653)
_BEFORE = timedelta(days=1)
"""Clocks of those who verify may be behind."""


@dataclass(frozen=True, slots=True)
class PackageKey:
    """What a package is sealed with; `chain` are the certificates between the signer's and the authority's."""

    private: RSAPrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def signer(self) -> str:
        """Whom the certificate names."""
        return self.certificate.subject.rfc4514_string()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in pairs as openssl writes it: to be told by another way."""
        return ":".join(f"{byte:02X}" for byte in self.certificate.fingerprint(SHA256()))


def make_key(key_file: Path, certificate_file: Path, name: str, now: datetime) -> PackageKey:
    """Make a key and its own certificate for ten years. Raises KeyThere rather than touch what is there."""
    for file in (key_file, certificate_file):
        if file.exists() or file.is_symlink():
            raise KeyThere(file=str(file))
    private = generate_private_key(_EXPONENT, BITS)
    certificate = _self_signed(private, name, now)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_new(key_file, pem, 0o600)
    _write_new(certificate_file, certificate.public_bytes(Encoding.PEM), 0o644)
    return PackageKey(private, certificate)


def read_key(key_file: Path, certificate_file: Path, now: datetime) -> PackageKey:
    """The pair as it can be used now. Raises NoPackageKey and what else is wrong with it."""
    content = _content(key_file)
    if stat.S_IMODE(key_file.stat().st_mode) & 0o077:
        raise KeyOpenToOthers(file=str(key_file))
    private = _private(key_file, content)
    first, *chain = _certificates(certificate_file)
    if _public(private) != _public(first):
        raise CertificateOfAnotherKey(certificate=str(certificate_file), key=str(key_file))
    since, until = first.not_valid_before_utc, first.not_valid_after_utc
    if not since <= now <= until:
        days = {"since": since.date(), "until": until.date(), "day": now.date()}
        raise CertificateNotInForce(file=str(certificate_file), **days)
    return PackageKey(private, first, tuple(chain))


def _self_signed(private: RSAPrivateKey, name: str, now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    since = now.replace(microsecond=0) - _BEFORE
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + _YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNING, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, SHA256())
    )


_SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _write_new(file: Path, content: bytes, mode: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, mode)
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
    sync_folder(file.parent)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise NoPackageKey(file=str(file)) from error
    except OSError as error:
        raise BadPackageKey(file=str(file), why=error.strerror or error) from error


def _private(file: Path, content: bytes) -> RSAPrivateKey:
    try:
        private = load_pem_private_key(content, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError) as error:
        raise BadPackageKey(file=str(file), why=error) from error
    if not isinstance(private, RSAPrivateKey) or private.key_size < BITS:
        raise BadPackageKey(file=str(file), why=f"RSA, {BITS} bits or more")
    _try_out(file, private)
    return private


def _try_out(file: Path, private: RSAPrivateKey) -> None:
    """A damaged key signs what nobody can verify. It is the office's own file: what is asked is whether it works, in
    two milliseconds; whether its numbers are prime takes OpenSSL a hundred times as long."""
    said, padding, digest = b"bangiao", PKCS1v15(), SHA256()
    try:
        private.public_key().verify(private.sign(said, padding, digest), said, padding, digest)
    except (InvalidSignature, ValueError, InternalError) as error:
        raise BadPackageKey(file=str(file), why="its parts do not belong together") from error


def _certificates(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_content(file))
    except ValueError as error:
        raise BadPackageKey(file=str(file), why=error) from error


def _public(holder: RSAPrivateKey | x509.Certificate) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
