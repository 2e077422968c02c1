"""Gateways of Vietnamese providers: Zalo messages, and SMS under a brand name. Off until allowed.

A gateway is a `Form` (which JSON goes where, and what the answers mean) registered with Apprise under its schema; a
channel's options can change every part of it, so that another provider's API of the same kind needs no code.
"""

from __future__ import annotations

from notifiers.channels import Channel
from notifiers.errors import NoSuchGateway
from notifiers.gateways.brand_name import BRAND_NAME
from notifiers.gateways.json_form import Form, speak
from notifiers.gateways.zalo import ZALO
from notifiers.plugins import register

FORMS: dict[str, Form] = {"bgzalo": ZALO, "bgbrand": BRAND_NAME}

for _schema, _form in FORMS.items():
    register(_schema, speak(_form))


def demand_known(channel: Channel) -> None:
    """Raises NoSuchGateway."""
    if channel.schema not in FORMS:
        raise NoSuchGateway(channel=channel.name, schema=channel.schema or "-")
