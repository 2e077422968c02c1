"""Putting a channel on record, or changing it: what must be said of each kind, and where it may reach.

`bangiao channel add`, the administrator's page → **here** → `bangiao.channels` (sealed row, event).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from bangiao.channels import limits_of, opened, put_channel_on_record, sealing_keys
from bangiao.settings import Settings
from checklists.errors import BadInput
from checklists.reasons import as_kept
from db.channels import channels_on_record
from db.unit_of_work import SqlUnitOfWork
from notifiers.channels import Channel, Kind, Limits
from notifiers.egress import find
from notifiers.errors import BadUrl, UnknownHost
from notifiers.gateways import demand_known
from notifiers.letters import parts
from notifiers.mail import PORTS
from notifiers.places import PLACE
from notifiers.services import demand_allowed

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PLACES = frozenset({"kind", "host", "port", "tls", "url", "schema"})
"""Where it goes: looked at when it is said anew."""
_CODES = frozenset({"accepted", "for_good", "about_us"})
"""A gateway's codes by what they mean."""
_HIGHEST_PORT = 65_535
_WANTED: Mapping[Kind, tuple[str, ...]] = {
    Kind.EMAIL: ("host", "sender"),
    Kind.WEBHOOK: ("secret",),
    Kind.CHAT: ("url",),
    Kind.SMS: ("url",),
    Kind.CUSTOM: ("schema",),
}
"""What a channel of a kind is nothing without."""


class BadChannelName(BadInput):
    """ "{name}" cannot name a channel. Use small letters without diacritics, digits and hyphens, 40 at most."""


class ChannelWithout(BadInput):
    """A channel of this kind needs {part}."""


class PortOutOfRange(BadInput):
    """{port} is not a port. Ports are numbers from 1 to 65535."""


class OptionUnreadable(BadInput):
    """The option {text} cannot be read. Write NAME=VALUE."""


def record_channel(
    uow: SqlUnitOfWork, name: str, given: Mapping[str, Any], settings: Settings, by: str, *, ahead: bool = False
) -> bool:
    """`given`: what is said, by the names of `Channel`; what is left out stays as it is. True where it is new. `ahead`:
    it may be recorded before the settings allow its place (whoever works on the server writes those as well); sending
    asks again in any case.

    Raises BadChannelName, ChannelWithout, and what a place that may not be reached raises.
    """
    if not NAME.fullmatch(name):
        raise BadChannelName(name=name[:60])
    known = {one.id: one for one in channels_on_record(uow.connection)}
    if name in known:
        held = opened(known[name], sealing_keys(settings))
    elif "kind" in given:
        held = Channel(name, name, given["kind"])
    else:
        raise ChannelWithout(part="kind")
    channel = replace(held, **{field: _kept(value) for field, value in given.items()})
    for part in _WANTED[channel.kind]:
        if not getattr(channel, part):
            raise ChannelWithout(part=part)
    if _PLACES & given.keys() and not ahead:
        _demand_reachable(channel, limits_of(settings))
    return put_channel_on_record(uow, channel, settings, by)


def _kept(value: Any) -> Any:
    """Words in the form in which they are kept. Raises SaidTooLong, SaidHides."""
    return as_kept(value, 300) if type(value) is str else value


def _demand_reachable(channel: Channel, limits: Limits) -> None:
    """Raises PortOutOfRange, BadUrl, InternalAddress, SchemaNotAllowed and their like; a name that no server knows at
    this moment may be right: the trial says more."""
    if not 0 <= channel.port <= _HIGHEST_PORT:
        raise PortOutOfRange(port=channel.port)
    if channel.kind is Kind.EMAIL:
        parts(channel.sender)
        _look(channel.host, channel.port or PORTS[channel.tls], limits)
    elif channel.kind in {Kind.CHAT, Kind.SMS}:
        demand_allowed(channel, channel.url.reveal().partition("://")[0].lower(), limits)
    else:
        if channel.kind is Kind.CUSTOM:
            demand_known(channel)
            demand_allowed(channel, channel.schema, limits)
        if channel.url:
            _demand_web_address(channel, limits)


def _demand_web_address(channel: Channel, limits: Limits) -> None:
    url = channel.url.reveal()
    try:
        where = urlsplit(url)
        host, port = where.hostname, where.port
    except ValueError as error:
        raise BadUrl(channel=channel.name) from error
    if where.scheme not in {"http", "https"} or not host or where.username or not url.isprintable() or " " in url:
        raise BadUrl(channel=channel.name)
    if PLACE.strip("{}") not in host:
        _look(host, port or (443 if where.scheme == "https" else 80), limits)


def _look(host: str, port: int, limits: Limits) -> None:
    try:
        find(host, port, limits.allowed)
    except UnknownHost:
        return


def options_in(texts: Iterable[str]) -> dict[str, Any]:
    """`values.template_id=789` gives a value of a gateway's form; codes are listed with commas; what begins with a
    brace is JSON. Raises OptionUnreadable."""
    options: dict[str, Any] = {}
    for text in texts:
        name, mark, said = text.partition("=")
        if not mark:
            raise OptionUnreadable(text=text)
        outer, dot, inner = name.partition(".")
        if dot:
            options.setdefault(outer, {})[inner] = said
        else:
            options[name] = _read(name, said, text)
    return options


def _read(name: str, said: str, text: str) -> Any:
    if name in _CODES:
        return [one.strip() for one in said.split(",") if one.strip()]
    if said.startswith("{"):
        try:
            return json.loads(said)
        except ValueError as error:
            raise OptionUnreadable(text=text) from error
    return {"true": True, "false": False}.get(said.lower(), said)
