"""The e-mail itself: an envelope as text and HTML with headers that nobody can add to."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from email.header import Header
from email.utils import format_datetime

from notifiers.channels import Delivery, Envelope
from notifiers.errors import BadEmailAddress

_LINE = 78
_LINE_END = re.compile(r"\r\n|\r|\n")
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)


def letter(delivery: Delivery) -> bytes:
    """The message as it goes over the wire, the same at each attempt but for its date. Raises BadEmailAddress.

    Put together here: every header is ASCII on lines of our own making, and bodies are base64, so that nothing in a
    message can be taken for structure. Python's email package does the same for five times the work.
    """
    channel, envelope = delivery.channel, delivery.envelope
    _, sender_host = parts(channel.sender)
    own_id = plain_id(envelope.id)
    headers = [
        f"From: {_mailbox(channel.sender, channel.sender_name)}",
        f"To: {_mailbox(delivery.address.value, delivery.address.name)}",
        f"Subject: {_encoded('Subject', envelope.subject)}",
        f"Date: {format_datetime(delivery.now)}",
        f"Message-ID: <{own_id}@{sender_host}>",
        f"X-Bangiao-Id: {own_id}",
        "Auto-Submitted: auto-generated",
        f"Content-Language: {plain_id(envelope.language)}",
        *(["Importance: high"] if envelope.urgent else []),
        "MIME-Version: 1.0",
    ]
    return "\r\n".join([*headers, *_content(envelope)]).encode("ascii")


def _content(envelope: Envelope) -> list[str]:
    if not envelope.html:
        return _body("plain", envelope.text)
    mark = f"=_{hashlib.sha256(envelope.id.encode('utf-8', 'replace')).hexdigest()[:32]}"  # `_` is not in base64
    pieces = [f'Content-Type: multipart/alternative; boundary="{mark}"', ""]
    for subtype, text in (("plain", envelope.text), ("html", envelope.html)):
        pieces += [f"--{mark}", *_body(subtype, text)]
    return [*pieces, f"--{mark}--", ""]


def _body(subtype: str, text: str) -> list[str]:
    raw = _LINE_END.sub("\r\n", text).encode("utf-8", "replace")
    return [
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        *base64.encodebytes(raw).decode("ascii").splitlines(),
        "",
    ]


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
