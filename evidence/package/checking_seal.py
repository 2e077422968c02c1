"""The seal: a CMS signature that stands over the tag manifest, by a certificate that is trusted for its own sake.

The one form that a seal has (`evidence.package.seal`): one signer, SHA-256 with RSA, nothing signed but the content.
Whatever has another form is refused, instead of understood.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from cryptography.x509.extensions import ExtensionNotFound
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SHA256 = bytes.fromhex("608648016503040201")
_RSA = {bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010b")}
_SEQUENCE, _SET, _OCTETS, _INTEGER, _EXPLICIT = 0x30, 0x31, 0x04, 0x02, 0xA0
_LONGEST_CHAIN = 8


class BadSeal(Exception):
    """Why the seal does not hold, for the sentence of the finding."""


@dataclass(frozen=True, slots=True)
class _Node:
    tag: int
    content: bytes


def signer_of(signature: bytes, content: bytes) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """Who signed `content`, and all certificates that came along. Raises BadSeal."""
    try:
        certificates = load_der_pkcs7_certificates(signature)
        issuer, serial, value = _signer_info(signature)
        [signer] = [one for one in certificates if (one.issuer.public_bytes(), one.serial_number) == (issuer, serial)]
        key = signer.public_key()
        if not isinstance(key, RSAPublicKey):
            raise BadSeal("RSA")
        key.verify(value, content, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise BadSeal("the tag manifest is not what was signed") from error
    except (ValueError, IndexError, TypeError, StopIteration, UnsupportedAlgorithm) as error:
        raise BadSeal(f"no CMS signature of the form that packages have ({error})") from error
    return signer, certificates


def _signer_info(signature: bytes) -> tuple[bytes, int, bytes]:
    """Issuer, serial number and signature of the one signer. Raises ValueError, IndexError."""
    [outer] = _nodes(signature)
    kind, explicit = _nodes(outer.content)
    if (outer.tag, kind.content, explicit.tag) != (_SEQUENCE, _SIGNED_DATA, _EXPLICIT):
        raise ValueError("signed data")
    [signed] = _nodes(explicit.content)
    *_, infos = _nodes(signed.content)
    [info] = _nodes(infos.content)
    _version, who, digest, how, value = _nodes(info.content)
    issuer, serial = _nodes(who.content)
    if next(_nodes(digest.content)).content != _SHA256 or next(_nodes(how.content)).content not in _RSA:
        raise ValueError("algorithm")
    if (infos.tag, value.tag, serial.tag) != (_SET, _OCTETS, _INTEGER):
        raise ValueError("signer")
    return _written(issuer), int.from_bytes(serial.content, "big", signed=True), value.content


def _nodes(content: bytes) -> Iterator[_Node]:
    """DER values one after another."""
    at = 0
    while at < len(content):
        tag, length, at = content[at], content[at + 1], at + 2
        if length & 0x80:
            more = length & 0x7F
            if not 0 < more <= 4:
                raise ValueError("length")
            length, at = int.from_bytes(content[at : at + more], "big"), at + more
        if at + length > len(content):
            raise ValueError("length")
        yield _Node(tag, content[at : at + length])
        at += length


def _written(node: _Node) -> bytes:
    size = len(node.content)
    length = bytes([size]) if size < 0x80 else _long(size)
    return bytes([node.tag]) + length + node.content


def _long(size: int) -> bytes:
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def leads_to(signer: x509.Certificate, others: list[x509.Certificate], trusted: list[x509.Certificate]) -> bool:
    """Whether the signer is one of the trusted, or was issued by one of them, over authorities in between."""
    at = signer
    for _ in range(_LONGEST_CHAIN):
        if at in trusted:
            return True
        above = next((one for one in [*trusted, *others] if one != at and _issued(at, one)), None)
        if above is None:
            return False
        at = above
    return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        return bool(issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (ValueError, TypeError, InvalidSignature, ExtensionNotFound):
        return False


def in_force(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def stamped_about(token: bytes, content: bytes) -> bool:
    """Whether the time stamp is about this content, whoever gave it."""
    try:
        told = decode_timestamp_response(token).tst_info.message_imprint.message
    except ValueError:
        return False
    return bool(told == hashlib.sha256(content).digest())


def stamp_wrong(token: bytes, content: bytes, roots: list[x509.Certificate]) -> str | None:
    """Why an authority under these roots did not stamp this content; None when it did."""
    try:
        builder = VerifierBuilder()
        for root in roots:
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(decode_timestamp_response(token), content)
    except (ValueError, VerificationError) as error:
        return str(error) or type(error).__name__
    return None
