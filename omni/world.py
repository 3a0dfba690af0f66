"""The two things asked of the outside: what time is it, and roll the dice."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class World:
    """A clock and a source of random bytes; tests bring their own."""

    now: Callable[[], datetime] = _utc_now
    mint: Callable[[int], bytes] = os.urandom
