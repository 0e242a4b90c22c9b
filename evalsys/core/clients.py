"""Which client a request comes from, as limits of tries count it."""

import re
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

NETWORK = 64  # bits of an IPv6 address that a provider gives out; the client picks the others
UNKNOWN = "unknown"  # All whose address cannot be read are one client.
_IN_BRACKETS = re.compile(r"\[([^\]]*)\](?::\d*)?")
_WITH_PORT = re.compile(r"([\d.]+):\d*")


def client_of(address: str | None) -> str:
    """Return the client that an address belongs to.

    An IPv6 client is its /64 network, since it may change the rest at will. IPv4 in IPv6 is IPv4.
    Some proxies append a port, which differs with every connection.
    """
    text = (address or "").strip().strip('"')
    framed = _IN_BRACKETS.fullmatch(text) or _WITH_PORT.fullmatch(text)
    with suppress(ValueError):
        found = ip_address((framed[1] if framed else text).partition("%")[0])
        if not isinstance(found, IPv6Address):
            return str(found)
        return str(found.ipv4_mapped or ip_network((found, NETWORK), strict=False))
    return UNKNOWN


def current_client() -> str:
    """Return the client of this request."""
    return client_of(request.remote_addr)
