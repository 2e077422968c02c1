"""The e-mail itself: an envelope as text and HTML with headers that nobody can add to."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from notifiers.channels import Delivery
from notifiers.errors import BadEmailAddress

_LINE = 78
_POLICY = EmailPolicy(linesep="\r\n", cte_type="7bit", max_line_length=_LINE, refold_source="none")
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)


def letter(delivery: Delivery) -> EmailMessage:
    """The message, the same at each attempt but for its date. Raises BadEmailAddress."""
    channel, envelope = delivery.channel, delivery.envelope
    _, sender_host = parts(channel.sender)
    message = EmailMessage(policy=_POLICY)
    message.set_raw("From", _mailbox(channel.sender, channel.sender_name))
    message.set_raw("To", _mailbox(delivery.address.value, delivery.address.name))
    message.set_raw("Subject", _encoded("Subject", envelope.subject))
    message["Date"] = format_datetime(delivery.now)
    message["Message-ID"] = f"<{plain_id(envelope.id)}@{sender_host}>"
    message["X-Bangiao-Id"] = plain_id(envelope.id)
    message["Auto-Submitted"] = "auto-generated"
    if envelope.urgent:
        message["Importance"] = "high"
    message.set_content(envelope.text)
    if envelope.html:
        message.add_alternative(envelope.html, subtype="html")
    message["Content-Language"] = plain_id(envelope.language)  # set_content would have taken it away
    return message


def parts(address: str) -> tuple[str, str]:
    """What is before and after the @ of one plain address, the host as DNS spells it. Raises BadEmailAddress."""
    name, _, host = address.rpartition("@")
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError:
        ascii_host = ""
    if not _LOCAL_PART.fullmatch(name) or not _HOST.fullmatch(ascii_host):
        raise BadEmailAddress(address=one_line(address)[:100])
    return name, ascii_host


def ascii_address(address: str) -> str:
    return "@".join(parts(address))


def one_line(text: str) -> str:
    """Nothing that could end a header: every control and line separator becomes a blank."""
    return " ".join("".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"} else c for c in text).split())


def plain_id(text: str) -> str:
    """The id itself where it may stand in a header, else a digest of it: always the same for the same id."""
    return text if _PLAIN_ID.fullmatch(text) else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _mailbox(address: str, name: str) -> str:
    plain = ascii_address(address)
    if not one_line(name):
        return plain
    encoded = _encoded("From", name)
    last = encoded.rpartition("\n")[2]
    return f"{encoded} <{plain}>" if len(last) + len(plain) < _LINE - 8 else f"{encoded}\r\n <{plain}>"


def _encoded(header: str, text: str) -> str:
    """As RFC 2047 wants it. The newer way of Python's email loses a blank where it breaks a line after a dash."""
    return Header(one_line(text), "utf-8", header_name=header).encode(linesep="\r\n")
