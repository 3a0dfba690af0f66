"""How often something may be tried: per minute and network, per client, per poster."""

import time
from hashlib import blake2b
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

GUESSES = RateLimitItemPerMinute(30)
"""Wrong codes a network may try; a shop's Wi-Fi is one network, so a whole queue may mistype."""

CLAIMS = RateLimitItemPerMinute(60)
"""Claims of shared codes from one network: a pop-up's own Wi-Fi full of shoppers."""

POSTER = RateLimitItemPerMinute(1200)
"""Claims of one shared code from everywhere."""

SIGN_INS = RateLimitItemPerMinute(20)
"""Sign-in links one network may try."""

REQUESTS = RateLimitItemPerMinute(6000)
"""Requests of one API key."""


class Limiter:
    """Counts attempts in memory, or in Redis where several machines share them.

    Keys are hashed with a secret of this process before they are stored, and networks cut to /24 or /48
    before that: no address is kept anywhere.
    """

    def __init__(self, redis_url: str, secret: bytes) -> None:
        self._window = MovingWindowRateLimiter(storage_from_string(redis_url or "memory://"))
        self._secret = secret

    def try_once(self, limit: RateLimitItem, *parts: str) -> int | None:
        """Count one attempt: None when it may go on, else the seconds to wait."""
        key = self._key(limit, parts)
        if self._window.hit(limit, key):
            return None
        return max(1, int(self._window.get_window_stats(limit, key).reset_time - time.time()) + 1)

    def is_over(self, limit: RateLimitItem, *parts: str) -> bool:
        """Whether no attempt is left, without counting one."""
        return not self._window.test(limit, self._key(limit, parts))

    def left(self, limit: RateLimitItem, *parts: str) -> tuple[int, int]:
        """Attempts left and seconds until the window has moved on."""
        stats = self._window.get_window_stats(limit, self._key(limit, parts))
        return stats.remaining, max(0, int(stats.reset_time - time.time()))

    def _key(self, limit: RateLimitItem, parts: tuple[str, ...]) -> str:
        return blake2b("\0".join((str(limit), *parts)).encode(), key=self._secret, digest_size=16).hexdigest()


def network_of(address: str | None) -> str:
    """The network an address lies in: /24 or /48, so that one household or shop is one network.

    A server that listens on both families sees IPv4 inside IPv6; there too it is a network of its own.
    """
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
