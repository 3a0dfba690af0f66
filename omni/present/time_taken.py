"""How long first uses took, step by step, in words that need no translation but the units'."""

from collections.abc import Iterator
from itertools import pairwise

from omni.domain.lag import STEPS
from omni.present.formatting import duration


def steps(locale: str) -> Iterator[str]:
    """Each step as it is read, the shortest first: `≤ 10 minutes`, `10 minutes – 1 hour`, ... `> 30 days`."""
    named = [duration(step, locale) for step in STEPS]
    yield f"≤ {named[0]}"
    yield from (f"{shorter} – {longer}" for shorter, longer in pairwise(named))
    yield f"> {named[-1]}"
