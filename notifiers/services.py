"""Chat and SMS: Apprise's own services, of those that an administrator allowed.

They answer True, False or None, and no more is known than the warnings they log; False and None are therefore always
"for now". Their host is checked just before; most have a fixed one. Unlike with our own services the address is not
pinned, because Apprise resolves the name itself: a host of one's own is typed by an administrator, never by a person.
"""

from __future__ import annotations

from apprise import Apprise, NotifyFormat
from apprise.manager_plugins import NotificationManager
from apprise.plugins.base import NotifyBase

from checklists.messages import Message
from notifiers.channels import Channel, Delivery, Kind, Limits, Outcome, State
from notifiers.egress import find
from notifiers.errors import NotOneRecipient, SchemaNotAllowed, ServiceOfThisMachine, UnreadableChannelUrl
from notifiers.listening import heard
from notifiers.masking import Secret
from notifiers.outcomes import said, sent
from notifiers.pinned import pinned
from notifiers.places import filled_in
from notifiers.plugins import ASSET

NOT_FOR_PEOPLE = frozenset(
    {"apprise", "apprises", "blink1", "dbus", "form", "forms", "glib", "gnome", "growl", "json", "jsons", "kde"}
    | {"macosx", "mailto", "mailtos", "mqtt", "mqtts", "qt", "rsyslog", "syslog", "windows", "xml", "xmls"}
)
"""Not even where an administrator lists them: they speak to this machine, or do worse what e-mail and webhook do."""

_AT_THE_PROVIDER = frozenset({"cloud", "t2bot"})
"""Modes of services that may have a host of one's own, in which they use the provider's: the URL names none."""


def deliver(delivery: Delivery) -> Outcome:
    channel, limits, envelope = delivery.channel, delivery.limits, delivery.envelope
    url = filled_in(channel, delivery.address, demanded=channel.kind is Kind.SMS)
    demand_allowed(channel, url.partition("://")[0].lower(), limits)
    with heard((*channel.secrets, Secret(url))) as warnings, pinned(limits.allowed) as not_let:
        plugin = _plugin(channel, url, limits)
        answer = Apprise(plugin, asset=ASSET).notify(
            envelope.text or "-", envelope.subject, body_format=NotifyFormat.TEXT
        )
    for refusal in not_let:
        raise refusal
    words = said(channel, "; ".join(warnings))
    if answer:
        return sent(words=words)
    reason = Message("The service {schema} did not take it.", {"schema": plugin.schema})
    return Outcome(State.FAILED_FOR_NOW, reason, words, host_failed=True)


def demand_allowed(channel: Channel, schema: str, limits: Limits) -> None:
    """Raises ServiceOfThisMachine, SchemaNotAllowed."""
    if schema in NOT_FOR_PEOPLE:
        raise ServiceOfThisMachine(channel=channel.name, schema=schema)
    if schema not in limits.schemas or schema not in NotificationManager():  # type: ignore[no-untyped-call]
        raise SchemaNotAllowed(channel=channel.name, schema=schema, allowed=", ".join(sorted(limits.schemas)) or "-")


def _plugin(channel: Channel, url: str, limits: Limits) -> NotifyBase:
    """The service for one recipient. What the URL says about timeouts, retries and redirects does not count."""
    plugin = Apprise.instantiate(url, asset=ASSET)
    if plugin is None:
        raise UnreadableChannelUrl(channel=channel.name, schema=url.partition("://")[0])
    if len(plugin) > 1:
        raise NotOneRecipient(channel=channel.name, count=len(plugin))
    plugin.retry, plugin.redirects, plugin.optional = 0, False, False
    plugin.socket_connect_timeout, plugin.socket_read_timeout = limits.connect, limits.read
    plugin.request_rate_per_sec = 0
    at_provider = str(getattr(plugin, "mode", "")) in _AT_THE_PROVIDER
    if "host" in plugin.template_tokens and plugin.host and not at_provider:
        find(plugin.host, plugin.port or (443 if plugin.secure else 80), limits.allowed)
    return plugin
