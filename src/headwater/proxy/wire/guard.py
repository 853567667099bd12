"""Guard: which addresses a call may go to, so that nobody reaches our own network through us (SSRF).

Rule 1: what is checked is the address that the connection is made to, and not the name: a name may resolve to another
address a moment later.
Rule 2: of the addresses of a name all must be fit: one private one among them refuses the name.
"""

import asyncio
import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import msgspec

from headwater.access import Upstream
from headwater.errors import BadRequest
from headwater.proxy.wire.routes import Base, base_of

Address = tuple[int, tuple[Any, ...]]
"""A socket's family and address, as `loop.getaddrinfo` gives them."""


class Refused(BadRequest):
    """A call may not go there."""


def _networks(*texts: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


# From the registries of special-purpose addresses (https://www.iana.org/assignments/iana-ipv4-special-registry and
# iana-ipv6-special-registry), and where clouds tell a machine its secrets.
_NEVER = _networks(
    "0.0.0.0/8",
    "100.100.100.200/32",  # metadata of Alibaba
    "168.63.129.16/32",  # Azure's agent
    "169.254.0.0/16",  # link-local, metadata of most clouds
    "192.0.0.0/24",  # protocol assignments, metadata of Oracle
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "2001::/23",  # Teredo and others that lead on to another address
    "2001:db8::/32",
    "2002::/16",  # 6to4
    "3fff::/20",
    "fd00:ec2::/32",  # metadata of AWS
)
_PRIVATE = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "::1/128",
    "fc00::/7",
)
_PUBLIC = _networks("0.0.0.0/0", "2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def check_address(address: str, *, is_private_ok: bool = False) -> None:
    """Raise Refused for an IP address that is not one of the public internet.

    `is_private_ok` lets private, shared and loopback ones pass; link-local, metadata, multicast and reserved ones
    never pass.
    """
    try:
        found = _meant(ip_address(address.partition("%")[0]))
    except ValueError as error:
        raise Refused(f"{address!r} is no IP address") from error
    if _is_in(found, _NEVER):
        raise Refused(f"the address {address} is reserved, and no provider's")
    if _is_in(found, _PRIVATE):
        if not is_private_ok:
            raise Refused(f"the address {address} is private: make an upstream of it to allow it")
    elif not _is_in(found, _PUBLIC):
        raise Refused(f"the address {address} is reserved, and no provider's")


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address within an IPv6 one that only carries it: mapped (RFC 4291, 2.5.5.2) or by NAT64 (RFC 6052)."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _is_in(address: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)


# A name that ends so would be an address to some resolvers (https://url.spec.whatwg.org/#ends-in-a-number-checker).
_NUMBER = re.compile(r"(.*\.)?([0-9]+|0[xX][0-9a-fA-F]*)\.?", re.DOTALL)


async def resolve(loop: asyncio.AbstractEventLoop, host: str, port: int, is_private_ok: bool) -> list[Address]:
    """The addresses of a host, each of them checked; connect to one of these, and do not ask for the name again.

    Raises Refused, also for other spellings of an address such as 0x7f.1, and OSError where nobody knows the name.
    """
    literal = _literal(host, port)
    try:
        found = [literal] if literal else await _look_up(loop, host, port)
    except UnicodeError as error:
        raise Refused(f"{host[:80]!r} is no host name") from error
    for _, address in found:
        check_address(str(address[0]), is_private_ok=is_private_ok)
    return found


def _literal(host: str, port: int) -> Address | None:
    """The address that a host is, None where it is a name."""
    try:
        address = ip_address(host)
    except ValueError as error:
        if _NUMBER.fullmatch(host) is not None:
            raise Refused(f"{host[:80]!r} is no host name: write an address as 127.0.0.1 or ::1") from error
        return None
    return (socket.AF_INET, (host, port)) if isinstance(address, IPv4Address) else (socket.AF_INET6, (host, port, 0, 0))


async def _look_up(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[Address]:
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [(family, address) for family, _, _, _, address in found]


def target_of(url: str, upstreams: Iterable[Upstream], origins: Iterable[str]) -> Upstream:
    """The upstream that a caller names by its URL: a known one at that origin, or one that settings allow.

    An entry of `origins` is an origin such as `https://host:8443`, where `*.` may stand for the first labels of the
    host. A host that an entry spells out may be private, as whoever runs the server wrote it. Raises Refused for all
    others.
    """
    base = _base_of(url)
    for upstream in upstreams:
        if _is_at(base, base_of(upstream.base_url)):
            return msgspec.structs.replace(upstream, base_url=url)
    for allowed in map(_base_of, origins):
        if _is_at(base, allowed):
            return Upstream(name=base.host, base_url=url, is_private_ok=allowed.host == base.host)
    raise Refused(f"no call may go to {url[:200]!r}: allow its origin in the settings, or make an upstream of it")


def _base_of(url: str) -> Base:
    try:
        return base_of(url)
    except BadRequest as error:
        raise Refused(str(error)) from error


def _is_at(base: Base, allowed: Base) -> bool:
    if (base.is_tls, base.port) != (allowed.is_tls, allowed.port):
        return False
    host = allowed.host
    return base.host.endswith(host[1:]) if host.startswith("*.") else base.host == host
