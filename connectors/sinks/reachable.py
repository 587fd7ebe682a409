"""Which address a webhook may be sent to: looked up once, checked, and then connected to, so that no name can be made to mean something else.

A public address may be reached; one of this machine, of a private network or of any other special range only where the settings list its
network (RFC 6890; OWASP, Server-Side Request Forgery Prevention). A program that runs inside an agency could else be led to its other systems.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], list[str]]


class NotReachable(Exception):
    """The host has no address, or one that may not be reached. Names the host and the setting."""


def looked_up(host: str, port: int) -> list[str]:
    """Every address of the host, as the machine resolves it. Raises `OSError`."""
    return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


def reachable(host: str, port: int, networks: Sequence[Network], look_up: Lookup = looked_up) -> str:
    """An address of the host that may be connected to. All of its addresses must be allowed: a host that also has a forbidden one is refused.

    Raises `NotReachable`.
    """
    try:
        found = look_up(host, port)
    except OSError:
        raise NotReachable(f"the address of {host} cannot be looked up") from None
    if not found:
        raise NotReachable(f"{host} has no address")
    for text in found:
        address = _plain(ip_address(text.partition("%")[0]))
        if not _is_public(address) and not any(
            address.version == network.version and address in network for network in networks
        ):
            raise NotReachable(
                f"{host} is not on the public internet; if it is the agency's own, list its network in networks"
            )
    return found[0]


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that is written as an IPv6 one is what it is."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast
