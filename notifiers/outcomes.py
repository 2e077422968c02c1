"""From what a connection did to what it means: try again, give up, or done.

One place decides, so that e-mail, webhooks and gateways mean the same by "for now".
"""

from __future__ import annotations

import http.client
import re
import smtplib
import ssl
from dataclasses import replace

from checklists.errors import HandoverError
from checklists.messages import Message
from notifiers.channels import Channel, Outcome, State
from notifiers.errors import UnknownHost
from notifiers.masking import masked

LONGEST = 200
_NOT_SHOWN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def said(channel: Channel, words: str | bytes) -> str:
    """The other side's words as they may be stored: one line, no secrets, at most 200 characters."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return masked(_NOT_SHOWN.sub(" ", text).strip(), channel.secrets)[:LONGEST]


def sent(code: int | None = None, words: str = "") -> Outcome:
    return Outcome(State.SENT, Message("It was accepted."), words, code)


def refused(error: HandoverError) -> Outcome:
    """Not even tried; an unknown host alone may be known later."""
    state = State.FAILED_FOR_NOW if isinstance(error, UnknownHost) else State.REFUSED_BY_US
    return Outcome(state, error.message, host_failed=state is State.FAILED_FOR_NOW)


def answered(
    code: int, words: str, *, for_good: bool, retry_after: float | None = None, ailing: bool = False
) -> Outcome:
    """The other side answered, and it was no yes."""
    if for_good:
        reason = Message("The server refused it for good (code {code}).", {"code": code})
        return Outcome(State.FAILED_FOR_GOOD, reason, words, code)
    reason = Message("The server cannot take it now (code {code}).", {"code": code})
    return Outcome(State.FAILED_FOR_NOW, reason, words, code, retry_after, host_failed=ailing)


def broken(channel: Channel, host: str, error: Exception) -> Outcome:
    """The connection failed before there was an answer."""
    reason, words = _meaning(host, error), said(channel, str(error))
    return Outcome(State.FAILED_FOR_NOW, reason, words, host_failed=True)


_MEANINGS: tuple[tuple[tuple[type[Exception], ...], Message], ...] = (
    ((TimeoutError,), Message("{host} did not answer in time.")),
    ((ssl.SSLCertVerificationError,), Message("The certificate of {host} could not be verified.")),
    ((ssl.SSLError,), Message("No encrypted connection to {host} came about.")),
    (
        (smtplib.SMTPNotSupportedError,),
        Message("{host} does not offer the encryption or the login that this channel demands."),
    ),
    ((ConnectionRefusedError,), Message("{host} takes no connections.")),
    (
        (http.client.RemoteDisconnected, smtplib.SMTPServerDisconnected, ConnectionError),
        Message("{host} closed the connection before it answered."),
    ),
    (
        (http.client.HTTPException, smtplib.SMTPException),
        Message("{host} answered something that is not understood."),
    ),
    ((Exception,), Message("{host} cannot be reached.")),
)
"""The first that fits."""


def _meaning(host: str, error: Exception) -> Message:
    seen = error.__context__ if isinstance(error.__context__, TimeoutError) else error  # smtplib wraps it
    found = next(message for types, message in _MEANINGS if isinstance(seen, types))
    return replace(found, values={"host": host})
