"""Where a webhook may go: an address on the public network, and never one inside somebody's own."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import NamedTuple
from urllib.parse import urlsplit

LONGEST_URL = 1000

# RFC 6052, 2.1 and RFC 4291, 2.5.5.1: the last four bytes are an IPv4 address.
_ENDS_IN_IPV4 = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
_TRANSLATED_AT_HOME = IPv6Network("64:ff9b:1::/48")
_REMEDY = "write https://shop.example/webhooks, in plain letters"


class HookAddress(NamedTuple):
    """An address taken apart; `target` is the path with its query, as a request names it."""

    is_secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header says them; the usual port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _usual_port(self.is_secure) else f"{host}:{self.port}"


def hook_address(url: str) -> HookAddress:
    """Take an address apart. Raises ValueError with what to write instead.

    >>> hook_address("https://shop.example/webhooks?from=omni")
    HookAddress(is_secure=True, host='shop.example', port=443, target='/webhooks?from=omni')
    """
    if len(url) > LONGEST_URL or not re.fullmatch(r"[!-~]+", url):
        raise ValueError(f"is not an address; {_REMEDY}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"is not an address; {_REMEDY}") from None
    if parts.scheme not in ("https", "http") or not host or port == 0 or re.search("[@#]", url):
        raise ValueError(f"is not an address of a web server; {_REMEDY}")
    is_secure = parts.scheme == "https"
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return HookAddress(is_secure, host, port or _usual_port(is_secure), target)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody on the internet would reach the same machine at an address.

    Private, loopback, link-local, shared (RFC 6598), multicast and reserved networks are not public, and
    neither is an IPv6 address that hides one of them.
    """
    hidden = _hidden_in(address) if isinstance(address, IPv6Address) else None
    if hidden is not None:
        return is_public(hidden)
    if isinstance(address, IPv6Address) and (address.is_site_local or address in _TRANSLATED_AT_HOME):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _hidden_in(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to an IPv6 address end up at: mapped, translated or tunnelled."""
    if any(address in network for network in _ENDS_IN_IPV4):
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _usual_port(is_secure: bool) -> int:
    return 443 if is_secure else 80
