"""The fields of a channel's form, by kind: what is asked, what of it may be shown again, and how it is read.

Secrets, and URLs (tokens stand in them), are asked for and never shown: not on the channel's page, not in a form that
comes back refused. Left empty, they stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import FormData

from bangiao.channel_recording import ChannelWithout, options_in
from bangiao.i18n import _, render
from bangiao.settings import Settings
from checklists.errors import BadInput, HandoverError
from checklists.messages import Message
from notifiers.channels import Channel, Kind, Tls
from notifiers.gateways import FORMS as GATEWAYS
from notifiers.mail import PORTS
from notifiers.masking import Secret
from web.lead.uploads import said


@dataclass(frozen=True, slots=True)
class Field:
    """`hidden`: what is typed is never shown; `choices`: what can be chosen; `many`: one in each line."""

    name: str
    label: Message
    hint: Message | None = None
    hidden: bool = False
    required: bool = False
    many: bool = False
    number: bool = False
    choices: Sequence[tuple[str, Message]] = ()


class NotANumber(BadInput):
    """“{text}” is not a number. Write the port as digits, or leave the field empty."""


class ChooseEncryption(BadInput):
    """Choose how the connection is encrypted."""


class OptionOfTheServer(BadInput):
    """The option {name} decides over certificates, so it is set by whoever operates the server, not on a page."""


_TITLE = Field("title", Message("What people call it"), Message("Stands in messages and lists, such as Thư công vụ."))
_TLS = (
    (Tls.STARTTLS.value, Message("STARTTLS (usual, port 587)")),
    (Tls.IMPLICIT.value, Message("TLS from the first byte (port 465)")),
    (Tls.NONE.value, Message("none (port 25, inside one's own network only)")),
)
_ADDRESS_PLACE = Message("{address} stands for the address of the person who is told.", {"address": "{address}"})
_URL = Field("url", Message("URL"), _ADDRESS_PLACE, hidden=True, required=True)
_OPTIONS = Field(
    "options",
    Message("Further options, one in each line: NAME=VALUE"),
    Message("Such as values.template_id=789. Nothing secret: secrets belong into the fields for them."),
    many=True,
)

FORMS: Mapping[Kind, Sequence[Field]] = {
    Kind.EMAIL: (
        _TITLE,
        Field("host", Message("Mail server"), Message("Its name, such as smtp.tinh.gov.vn."), required=True),
        Field("port", Message("Port (the usual one if empty)"), number=True),
        Field("tls", Message("Encryption"), choices=_TLS),
        Field("user", Message("Who logs in (nobody if empty)")),
        Field("secret", Message("Password"), hidden=True),
        Field("sender", Message("Address it comes from"), required=True),
        Field("sender_name", Message("Name it comes from")),
    ),
    Kind.WEBHOOK: (
        _TITLE,
        Field(
            "url",
            Message("URL"),
            Message("Where it is posted to. Without one, each person's own address is the URL."),
            hidden=True,
        ),
        Field(
            "secret",
            Message("Signing key"),
            Message("The receiver checks the signature with the same key."),
            hidden=True,
            required=True,
        ),
    ),
    Kind.CHAT: (_TITLE, _URL),
    Kind.SMS: (_TITLE, _URL),
    Kind.CUSTOM: (
        _TITLE,
        Field("schema", Message("Gateway"), required=True, choices=[(name, Message(name)) for name in GATEWAYS]),
        Field("url", Message("URL"), Message("Where the provider listens."), hidden=True),
        Field("secret", Message("Key of the provider"), hidden=True),
        _OPTIONS,
    ),
}
"""What is asked of each kind of channel."""

_OF_THE_SERVER = frozenset({"ca_file", "verify"})
_SHOWN = frozenset(field.name for fields in FORMS.values() for field in fields if not field.hidden) | {"name"}


def channel_in(form: FormData, kind: Kind, *, new: bool) -> dict[str, Any]:
    """What the form says, by the names of `Channel`. Raises NotANumber, ChooseEncryption, OptionUnreadable."""
    given: dict[str, Any] = {"kind": kind} if new else {}
    for field in FORMS[kind]:
        text = said(form, field.name)
        if field.hidden:
            given |= {field.name: Secret(text)} if text else {}
        elif field.name == "title":
            given |= {"name": text} if text else {}
        elif field.name == "options":
            given |= {"options": _options(text)} if text else {}
        elif field.name == "port":
            given["port"] = _port(text)
        elif field.name == "tls":
            given["tls"] = _tls(text)
        else:
            given[field.name] = text
    return given


def _port(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise NotANumber(text=text[:20])
    return int(text or 0)


def _tls(text: str) -> Tls:
    try:
        return Tls(text)
    except ValueError as error:
        raise ChooseEncryption() from error


def _options(text: str) -> dict[str, Any]:
    options = options_in(line.strip() for line in text.splitlines() if line.strip())
    for name in _OF_THE_SERVER & options.keys():
        raise OptionOfTheServer(name=name)
    return options


def kept_of(form: FormData) -> dict[str, str]:
    """What was typed, but for what is secret."""
    return {name: said(form, name) for name in sorted(_SHOWN)}


def held_fields(channel: Channel) -> dict[str, str]:
    """What stands in the form of a channel on record. Its options may hold tokens, and are not shown."""
    return {
        "title": channel.name,
        "host": channel.host,
        "port": str(channel.port or ""),
        "tls": channel.tls.value,
        "user": channel.user,
        "sender": channel.sender,
        "sender_name": channel.sender_name,
        "schema": channel.schema,
        "options": "",
    }


def shown_place(channel: Channel) -> list[tuple[str, str]]:
    """Where it goes, without anything secret."""
    yes, no = _("set"), _("not set")
    if channel.kind is Kind.EMAIL:
        server = f"{channel.host}:{channel.port or PORTS[channel.tls]}"
        sender = f"{channel.sender_name} <{channel.sender}>" if channel.sender_name else channel.sender
        encryption = next(render(words) for value, words in _TLS if value == channel.tls.value)
        lines = [(_("Mail server"), server), (_("Encryption"), encryption), (_("Sender"), sender)]
        return [
            *lines,
            (_("Login"), channel.user or _("without logging in")),
            (_("Password"), yes if channel.secret else no),
        ]
    lines = [(_("Gateway"), channel.schema)] if channel.kind is Kind.CUSTOM else []
    lines.append((_("Goes to"), _where(channel)))
    if channel.kind in {Kind.WEBHOOK, Kind.CUSTOM}:
        lines.append((_("Key"), yes if channel.secret else no))
    if channel.options:
        lines.append((_("Further options"), ", ".join(sorted(channel.options))))
    return lines


def _where(channel: Channel) -> str:
    """The host of a web address; of a service its name alone: what follows may be a token."""
    url = urlsplit(channel.url.reveal())
    if not url.scheme:
        return _("each person's own address")
    return f"{url.scheme}://{url.hostname}" if url.scheme in {"http", "https"} else url.scheme


def services(settings: Settings) -> str:
    """Services and gateways that this installation may use."""
    return ", ".join(sorted(settings.allowed_services))


def missing_sentence(refusal: HandoverError, kind: Kind | None) -> str:
    """Which field is empty, by its label; "" for another refusal."""
    if not isinstance(refusal, ChannelWithout):
        return ""
    part = str(refusal.values["part"])
    fields = FORMS[kind] if kind else [field for each in FORMS.values() for field in each]
    label = next((render(field.label) for field in fields if field.name == part), part)
    return _("Fill in “{field}”: without it nothing can be sent by this channel.").format(field=label)
