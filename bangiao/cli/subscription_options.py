"""What may be said of a new subscription: the options of `bangiao subscription add`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao.i18n import _
from bangiao.subscriptions import Wished
from checklists.errors import BadInput
from notifiers.masking import Secret


class AddressMissing(BadInput):
    """Say where events go: --url URL, or --url-file FILE for an address with a token in it."""


@Parameter(name="*")
@dataclass(frozen=True)
class SubscriptionOptions:
    """What is left out narrows nothing."""

    url: Annotated[str, Parameter(help=_("Where events are sent (POST)."))] = ""
    url_file: Annotated[
        Path | None, Parameter(help=_("A file with that address, where it holds a token; - reads standard input."))
    ] = None
    event_type: Annotated[
        list[str] | None,
        Parameter(
            name="--type", negative=(), help=_("Only these events: step.completed, or all of an area as decision.*")
        ),
    ] = None
    decision: Annotated[str | None, Parameter(help=_("Only events of this decision."))] = None
    province: Annotated[str | None, Parameter(help=_("Only events in units of this province, e.g. new:01."))] = None
    start: Annotated[
        int | None,
        Parameter(name="--from", help=_("Begin at this place in the audit log; 0: with all that has happened.")),
    ] = None
    secret_file: Annotated[
        Path | None, Parameter(help=_("A file with a signing secret of your own; else one is made."))
    ] = None
    ca_file: Annotated[Path | None, Parameter(help=_("The receiver's own certificate authority."))] = None
    source: Annotated[str, Parameter(help=_("What events name as their source (setting link_base unless given)."))] = ""

    def wished(self, name: str) -> Wished:
        """As an order. Raises AddressMissing."""
        address = secret_in(self.url_file) or Secret(self.url)
        if not address:
            raise AddressMissing()
        return Wished(
            name,
            address,
            types=self.event_type or [],
            decision=self.decision,
            province=self.province,
            start=self.start,
            secret=secret_in(self.secret_file),
            ca_file=str(self.ca_file.expanduser().absolute()) if self.ca_file else "",
            source=self.source,
        )


NOTHING = SubscriptionOptions()


def secret_in(file: Path | None) -> Secret:
    """What the file holds, without the line's end; - is standard input."""
    if file is None:
        return Secret()
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    return Secret(text.strip())
