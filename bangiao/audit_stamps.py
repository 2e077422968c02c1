"""Time stamps by a third party (RFC 3161): that a checkpoint existed at an instant, said by somebody else than us.

Setting TSA_URL names the authority; it is asked by the same rules as channels (addresses are checked, nothing is
followed), never inside a transaction. With the authority away nothing waits: the newest checkpoint is stamped later.
"""

from __future__ import annotations

import http.client
import ssl
import time
from functools import cache
from hashlib import sha256
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from bangiao.settings import Settings
from bangiao.wiring import Wiring
from checklists.errors import HandoverError
from checklists.messages import Message
from db.audit_checkpoints import keep_stamp, unstamped
from db.session import begin_read
from notifiers.channels import Limits
from notifiers.egress import Allowed, find
from notifiers.wire import connect

_LARGEST = 1 << 20
_GRANTED = {0, 1}


class NoTimeStamp(HandoverError):
    """The time-stamp authority {host} gave no time stamp: {why}. Check the setting TSA_URL; what is signed meanwhile is
    stamped as soon as it answers."""


def stamp_newest(wiring: Wiring) -> bool:
    """Have the newest checkpoint stamped unless it is; False where there is nothing to do. Raises NoTimeStamp."""
    if not wiring.settings.tsa_url:
        return False
    with begin_read(wiring.engine) as connection:
        waiting = unstamped(connection)
    if waiting is None:
        return False
    token = time_stamp(wiring.settings, waiting.text.encode())
    keep_stamp(wiring.engine, waiting.size, token, wiring.settings.tsa_url, wiring.now())
    return True


def time_stamp(settings: Settings, content: bytes) -> bytes:
    """The authority's answer about `content` in DER, as `openssl ts -verify -in` reads it. Raises NoTimeStamp and what
    is wrong with the address."""
    request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    host = urlsplit(settings.tsa_url).hostname or ""
    answer = _asked(settings, host, request.as_bytes())
    try:
        response = decode_timestamp_response(answer)
        told = response.tst_info if response.status in _GRANTED else None
    except ValueError as error:
        raise NoTimeStamp(host=host, why=Message("its answer is no time stamp")) from error
    if told is None:
        raise NoTimeStamp(host=host, why=Message("it refused ({code})", {"code": response.status}))
    if told.nonce != request.nonce or told.message_imprint.message != sha256(content).digest():
        raise NoTimeStamp(host=host, why=Message("it answered another question"))
    if settings.tsa_ca_file:
        _checked(settings, answer, content, host)
    return answer


def is_about(token: bytes, content: bytes) -> bool:
    """Whether the time stamp is about this content; who gave it is for `openssl ts -verify` to say."""
    try:
        return decode_timestamp_response(token).tst_info.message_imprint.message == sha256(content).digest()
    except ValueError:
        return False


def _checked(settings: Settings, answer: bytes, content: bytes, host: str) -> None:
    assert settings.tsa_ca_file  # noqa: S101 - the caller asks
    try:
        verifier = VerifierBuilder()
        for root in load_pem_x509_certificates(settings.tsa_ca_file.read_bytes()):
            verifier = verifier.add_root_certificate(root)
        verifier.build().verify_message(decode_timestamp_response(answer), content)
    except (OSError, ValueError, VerificationError) as error:
        raise NoTimeStamp(host=host, why=str(error)) from error


def _asked(settings: Settings, host: str, request: bytes) -> bytes:
    limits = Limits(allowed=Allowed.parse(settings.allowed_targets))
    connection = _Connection(settings.tsa_url, limits)
    try:
        path = urlsplit(settings.tsa_url)._replace(scheme="", netloc="", fragment="").geturl() or "/"
        headers = {"Content-Type": "application/timestamp-query", "Connection": "close"}
        connection.request("POST", path, request, headers)
        response = connection.getresponse()
        answer = response.read(_LARGEST)
    except (OSError, http.client.HTTPException) as error:
        raise NoTimeStamp(host=host, why=str(error) or type(error).__name__) from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise NoTimeStamp(host=host, why=Message("it answered with code {code}", {"code": response.status}))
    return answer


class _Connection(http.client.HTTPConnection):
    """http.client on a checked address."""

    def __init__(self, url: str, limits: Limits) -> None:
        parts = urlsplit(url)
        self._encrypted, self._limits = parts.scheme == "https", limits
        super().__init__(parts.hostname or "", parts.port or (443 if self._encrypted else 80))

    def connect(self) -> None:
        wire = connect(
            find(self.host, self.port, self._limits.allowed), self._limits, time.monotonic() + self._limits.total
        )
        self.sock = wire
        if self._encrypted:
            wire.encrypt(_context(), self.host)


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
