"""Where a message may go: the only place that turns a host into an address.

Names are resolved once, every address found is checked, and the connection is made to the address that was checked:
a name that answers differently a moment later changes nothing. What counts is the address, so that it does not matter
how a host is spelled (decimal, octal, IPv4 in IPv6).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from notifiers.errors import BadAllowedAddress, InternalAddress, UnknownHost

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ALSO_INTERNAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "168.63.129.16/32", "fec0::/10", "64:ff9b:1::/48")))
"""What Python does not call internal, or not in every version: special assignments (a cloud's metadata among them), a
cloud's service for its own machines, the old site-local addresses, local NAT64."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Internal places that an administrator allowed: whole networks, and single ports of single hosts."""

    networks: tuple[Network, ...] = ()
    endpoints: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """From `10.1.0.0/16`, `mail.noibo.vn:25`, `[fd00::5]:8443`. Raises BadAllowedAddress."""
        networks, endpoints = [], set()
        for entry in (entry.strip() for entry in entries):
            network = _network(entry)
            if network:
                networks.append(network)
            else:
                endpoints.add(_endpoint(entry))
        return cls(tuple(networks), frozenset(endpoints))

    def permits(self, host: str, port: int, ip: Ip) -> bool:
        names = {_folded(host), str(ip)}
        return any(ip in network for network in self.networks) or any((name, port) in self.endpoints for name in names)


@dataclass(frozen=True, slots=True)
class Target:
    """A checked place: connect to `ip`, and nowhere else; `host` is for certificates and headers."""

    host: str
    port: int
    ip: str
    family: int


def find(host: str, port: int, allowed: Allowed) -> Target:
    """The address to connect to. Raises InternalAddress (also if only one of several is) and UnknownHost."""
    found = list(_addresses(host, port))
    for _, ip in found:
        if is_internal(ip) and not allowed.permits(host, port, ip):
            raise InternalAddress(host=host, ip=str(ip))
    family, ip = found[0]
    return Target(host, port, str(ip), family)


def is_internal(ip: Ip) -> bool:
    """Anything but a public address: loopback, private, link-local, shared, multicast, reserved, metadata."""
    return any(
        not each.is_global
        or each.is_multicast
        or each.is_reserved
        or any(each in network for network in _ALSO_INTERNAL)
        for each in (ip, *_inside(ip))
    )


def _inside(ip: Ip) -> Iterator[Ip]:
    """IPv4 addresses that an IPv6 address carries: mapped, 6to4, Teredo, NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return
    carried = (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ()))
    yield from (address for address in carried if address is not None)
    if ip in _NAT64:
        yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)


def _addresses(host: str, port: int) -> Iterator[tuple[int, Ip]]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:  # UnicodeError: a label that no name may have
        raise UnknownHost(host=host) from error
    if not answers:
        raise UnknownHost(host=host)
    for family, _, _, _, place in answers:
        ip = ipaddress.ip_address(str(place[0]).partition("%")[0])
        yield int(family), getattr(ip, "ipv4_mapped", None) or ip


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        return None


def _endpoint(entry: str) -> tuple[str, int]:
    host, colon, port = entry.rpartition(":")
    if not colon or not host.strip("[]") or not port.isdecimal() or "/" in entry:
        raise BadAllowedAddress(entry=entry)
    return _folded(host), int(port)


def _folded(host: str) -> str:
    """One spelling for one host: lower case, no brackets, no last dot; addresses as Python writes them."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return bare
