"""What may be said of a channel: the options of `bangiao channel add`. A secret is named by the file that holds it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from bangiao.channel_recording import options_in
from bangiao.i18n import _
from checklists.errors import BadInput
from notifiers.channels import Kind, Tls
from notifiers.masking import Secret


class SecretTwice(BadInput):
    """Standard input can hold one of them only. Put the secret or the URL into a file."""


@Parameter(name="*")
@dataclass(frozen=True)
class ChannelOptions:
    """What is left out stays as it was."""

    kind: Annotated[
        Literal["email", "webhook", "chat", "sms", "custom"] | None, Parameter(help=_("The kind of channel."))
    ] = None
    title: Annotated[str | None, Parameter(help=_("What people call it."))] = None
    host: Annotated[str | None, Parameter(help=_("E-mail: the server."))] = None
    port: Annotated[int | None, Parameter(help=_("E-mail: its port (465, 587 or 25 unless given)."))] = None
    tls: Annotated[
        Literal["smtps", "starttls", "none"] | None, Parameter(help=_("E-mail: how the connection is encrypted."))
    ] = None
    user: Annotated[str | None, Parameter(help=_("E-mail: who logs in."))] = None
    sender: Annotated[str | None, Parameter(help=_("E-mail: the address it comes from."))] = None
    sender_name: Annotated[str | None, Parameter(help=_("E-mail: the name it comes from."))] = None
    schema: Annotated[str | None, Parameter(help=_("Gateway: bgzalo or bgbrand."))] = None
    option: Annotated[
        list[str] | None,
        Parameter(
            negative=(),
            help=_(
                "Gateway, certificates: further options, NAME=VALUE; a gateway's own values as values.template_id=789."
            ),
        ),
    ] = None
    secret_file: Annotated[
        Path | None, Parameter(help=_("A file with the password or signing key; - reads standard input."))
    ] = None
    url_file: Annotated[
        Path | None, Parameter(help=_("A file with the URL of a webhook or service; - reads standard input."))
    ] = None

    def given(self) -> dict[str, Any]:
        """What was said, by the names of `notifiers.channels.Channel`."""
        if self.secret_file is not None and self.secret_file == self.url_file:
            raise SecretTwice
        said: dict[str, Any] = {
            "kind": Kind(self.kind) if self.kind else None,
            "name": self.title,
            "host": self.host,
            "port": self.port,
            "tls": Tls(self.tls) if self.tls else None,
            "user": self.user,
            "sender": self.sender,
            "sender_name": self.sender_name,
            "schema": self.schema,
            "options": options_in(self.option) if self.option else None,
            "secret": _secret(self.secret_file),
            "url": _secret(self.url_file),
        }
        return {name: value for name, value in said.items() if value is not None}


NOTHING = ChannelOptions()


def _secret(file: Path | None) -> Secret | None:
    if file is None:
        return None
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    return Secret(text.strip())
