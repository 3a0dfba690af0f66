"""How long shoppers take from an offer unlocked to its first use, in fixed steps of growing length."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import timedelta

STEPS = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=30),
)
"""The longest lag of each step but the last, which has no end; fixed, so that counts stay comparable."""


def lag_kind(lag: timedelta) -> str:
    """What a cell counts first uses as that came so long after the unlock.

    A shop may report an order later than it was placed; one dated before its unlock came at once.

    >>> lag_kind(timedelta(minutes=10)), lag_kind(timedelta(minutes=11)), lag_kind(timedelta(days=31))
    ('redeem-lag-600', 'redeem-lag-3600', 'redeem-lag-more')
    """
    return LAG_KINDS[bisect_left(STEPS, lag)]


def _kinds() -> Iterator[str]:
    """A kind says its own seconds, so that what was counted can be read whatever the steps are."""
    for step in STEPS:
        yield f"redeem-lag-{step // timedelta(seconds=1)}"
    yield "redeem-lag-more"


LAG_KINDS = tuple(_kinds())
"""The kinds in the order of their steps."""
