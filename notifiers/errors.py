"""Broken rules of sending: what is refused before anything leaves. Each docstring is the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError


class SchemaNotAllowed(BadInput):
    """Channel {channel}: {schema} is not among the services that the administrator allowed ({allowed})."""


class ServiceOfThisMachine(BadInput):
    """Channel {channel}: {schema} speaks to this machine or to any address, not to people; use another service."""


class ChannelIncomplete(BadInput):
    """Channel {channel} has no {part}; an administrator must set it."""


class NoPlaceForAddress(BadInput):
    """Channel {channel}: its URL has no {{address}}, so that it would reach the same place for every person."""


class AddressInHost(BadInput):
    """Channel {channel}: {{address}} may stand in its URL only after the host, or a person could choose the host."""


class UnreadableChannelUrl(BadInput):
    """Channel {channel}: its URL is not one that {schema} understands; check it against the service's instructions."""


class BadEmailAddress(BadInput):
    """{address} is not an e-mail address that can be written to."""


class BadPhoneNumber(BadInput):
    """{address} is not a Vietnamese mobile number."""


class BadUrl(BadInput):
    """Channel {channel}: its URL must be http or https with a host, without user name, blanks or control characters."""


class InternalAddress(BadInput):
    """{host} is at the internal address {ip}, which an administrator has not allowed."""


class UnknownHost(HandoverError):
    """No address is known for {host}; the name may be wrong, or name resolution fails at present."""


class BadAllowedAddress(BadInput):
    """{entry} is neither a network (10.1.0.0/16) nor a host with its port (mail.example.vn:25)."""


class KeyFileMissing(HandoverError):
    """The key file {path} is missing, and without it no channel's secret can be read; restore it from its backup."""


class KeyFileExists(BadInput):
    """The key file {path} is already there; a new one would make all sealed secrets unreadable."""


class KeyFileOpen(HandoverError):
    """The key file {path} can be read by others; allow only its owner to: chmod 600."""


class BadKeyFile(HandoverError):
    """The key file {path} is damaged; restore it from its backup."""


class WrongKey(HandoverError):
    """A secret was sealed with the key {key}, which is not in the key file; restore that key from its backup."""


class BrokenSeal(HandoverError):
    """A sealed secret was changed, cut short or put in another place; enter the secret again."""


class NotOneRecipient(BadInput):
    """Channel {channel}: with this address its URL reaches {count} places, and one message goes to one."""


class NoSuchGateway(BadInput):
    """Channel {channel}: there is no gateway called {schema}."""
