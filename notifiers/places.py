"""A person's address in an administrator's URL: it can fill its place and nothing else."""

from __future__ import annotations

from urllib.parse import quote

from notifiers.channels import Address, Channel
from notifiers.errors import AddressInHost, NoPlaceForAddress

PLACE = "{address}"


def filled_in(channel: Channel, address: Address, *, demanded: bool = False) -> str:
    """The channel's URL with the person's address, quoted whole. Raises AddressInHost, NoPlaceForAddress."""
    url = channel.url.reveal()
    if demanded and PLACE not in url:
        raise NoPlaceForAddress(channel=channel.name)
    schema, mark, rest = url.partition("://")
    host, _, _ = rest.partition("/")
    if PLACE in schema or (mark and PLACE in host.partition("?")[0]):
        raise AddressInHost(channel=channel.name)
    return url.replace(PLACE, quote(address.value, safe=""))
