"""How often something may be tried: per minute and network, per client, per poster."""

import logging
import time
from collections.abc import Callable
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from typing import TypeVar
from urllib.parse import urlsplit

from limits import RateLimitItem, RateLimitItemPerMinute, WindowStats
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from omni.settings import BadSetting

_log = logging.getLogger(__name__)

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

REDIS_SCHEMES = ("redis", "rediss", "redis+unix")

PATIENCE_SECONDS = 0.25
"""How long one request waits for Redis, once; then Redis rests."""

REST_SECONDS = 5.0
COMPLAINT_SECONDS = 60.0

Answer = TypeVar("Answer")


class Limiter:
    """Counts attempts in memory, or in Redis where several machines share them.

    Keys are hashed with a secret of this process before they are stored, and networks cut to /24 or /48
    before that: no address is kept anywhere. While Redis is away nobody is limited: a limit that cannot be
    counted must not close the shop. Raises BadSetting for an address that cannot be one of Redis.
    """

    def __init__(self, redis_url: str, secret: bytes) -> None:
        self._window = MovingWindowRateLimiter(_shared(redis_url) if redis_url else MemoryStorage())
        self._secret = secret
        self._asks_again_at = self._complains_again_at = 0.0

    def try_once(self, limit: RateLimitItem, *parts: str) -> int | None:
        """Count one attempt: None when it may go on, else the seconds to wait."""
        key = self._key(limit, parts)
        if self._ask(lambda: self._window.hit(limit, key), unlimited=True):
            return None
        return max(1, self.left(limit, *parts)[1] + 1)

    def is_over(self, limit: RateLimitItem, *parts: str) -> bool:
        """Whether no attempt is left, without counting one."""
        key = self._key(limit, parts)
        return not self._ask(lambda: self._window.test(limit, key), unlimited=True)

    def left(self, limit: RateLimitItem, *parts: str) -> tuple[int, int]:
        """Attempts left and seconds until the window has moved on."""
        key, now = self._key(limit, parts), time.time()
        untouched = WindowStats(now, limit.amount)
        stats = self._ask(lambda: self._window.get_window_stats(limit, key), unlimited=untouched)
        return stats.remaining, max(0, int(stats.reset_time - now))

    def _ask(self, question: Callable[[], Answer], *, unlimited: Answer) -> Answer:
        """What the storage answers; the `unlimited` answer while it is away, and for a while after."""
        if time.monotonic() < self._asks_again_at:
            return unlimited
        try:
            return question()
        except StorageError as away:
            self._let_rest(away)
            return unlimited

    def _let_rest(self, away: StorageError) -> None:
        now = time.monotonic()
        self._asks_again_at = now + REST_SECONDS
        if now >= self._complains_again_at:
            self._complains_again_at = now + COMPLAINT_SECONDS
            _log.warning("Redis does not answer, so nobody is limited: %s", away.storage_error)

    def _key(self, limit: RateLimitItem, parts: tuple[str, ...]) -> str:
        return blake2b("\0".join((str(limit), *parts)).encode(), key=self._secret, digest_size=16).hexdigest()


def _shared(redis_url: str) -> RedisStorage:
    """The storage several machines share; it is not asked before the first attempt."""
    try:
        if urlsplit(redis_url).scheme not in REDIS_SCHEMES:
            raise ValueError
        return RedisStorage(
            redis_url,
            wrap_exceptions=True,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
        )
    except ConfigurationError:
        raise BadSetting("OMNI_REDIS_URL needs the extra `redis`: pip install omni-offers[redis]") from None
    except ValueError:
        # What exactly is wrong stays unsaid: it may be a piece of the password.
        raise BadSetting(
            "OMNI_REDIS_URL cannot be used: write for example redis://cache.example:6379/0"
        ) from None


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
