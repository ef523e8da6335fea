"""Which addresses an outsider's URL may lead to. ``is_global`` alone lets tunnels, translations and multicast by."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# Ranges that carry another address inside, or lead nowhere public, and that ``is_global`` passes in some Python or other.
_REFUSED = tuple(
    ip_network(text)
    for text in (
        "64:ff9b::/96",  # NAT64: any IPv4 address, private ones too
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "::/96",  # IPv4-compatible
        "5f00::/16",  # segment routing
        "3fff::/20",  # documentation
        "fec0::/10",  # site-local
        "192.88.99.0/24",  # 6to4 relays
        "192.0.0.0/24",
        "0.0.0.0/8",
    )
)


def public(address: str) -> bool:
    """Whether an IP address (with or without a zone) is one of the public internet's."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local or ip.is_private:
        return False
    if any(ip in net for net in _REFUSED if isinstance(net, IPv6Network) == isinstance(ip, IPv6Address)):
        return False
    return ip.is_global
