"""The seal: a detached CMS signature over the tag manifest, which `openssl cms -verify` accepts.

RSA with PKCS#1 v1.5 and no signed attributes, so that nothing random and no time goes into it: the same package gives
the same signature. When something was signed is for a time-stamp authority to say, not for us.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from evidence.package.bag import TAG_MANIFEST, Bag
from evidence.package.keys import PackageKey

SIGNATURE = f"seal/{TAG_MANIFEST}.p7s"
TOKEN = f"{SIGNATURE}.tsr"
CERTIFICATE = "seal/signer.pem"
LOG_KEY = "seal/log.vkey"

_DETACHED = (PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoAttributes)


def signature_over(content: bytes, key: PackageKey) -> bytes:
    """The signature as DER, with the certificate and those between it and the authority inside."""
    builder = PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(key.certificate, key.private, SHA256(), rsa_padding=PKCS1v15())
    for one in key.chain:
        builder = builder.add_certificate(one)
    return builder.sign(Encoding.DER, list(_DETACHED))


def seal(bag: Bag, key: PackageKey) -> bytes:
    """Sign the finished bag's tag manifest; gives the signature, over which a time stamp may be had."""
    signature = signature_over(bag.place(TAG_MANIFEST).read_bytes(), key)
    bag.write(SIGNATURE, signature)
    bag.write(CERTIFICATE, b"".join(one.public_bytes(Encoding.PEM) for one in (key.certificate, *key.chain)))
    return signature
