"""Amounts as people type them: `49.90`, `49,90`, `1 299,5`, `٤٩٫٩٠`."""

from __future__ import annotations

import re

MOST = 10**12
"""The largest amount believed, in minor units; anything above is a slip of the finger."""

_POINTS = ".,\u066b"
_SPACES = re.compile(r"[\s'\u2019\u066c]")
_AMOUNT = re.compile(rf"(?P<whole>\d+(?:[{_POINTS}]\d{{3}})*)(?:[{_POINTS}](?P<fraction>\d{{1,2}}))?")


def typed_minor(text: str, *, digits: int) -> int:
    """The minor units of an amount in any script's digits, with point or comma. Raises ValueError.

    Three digits behind a separator are thousands, fewer are a fraction; so `1,299` is a thousand and more.

    >>> typed_minor("1.299,5", digits=2), typed_minor("1,299", digits=0)
    (129950, 1299)
    """
    amount = _AMOUNT.fullmatch(_SPACES.sub("", text))
    if amount is None:
        raise ValueError("not an amount")
    fraction = amount["fraction"] or ""
    if len(fraction) > digits:
        raise ValueError("more decimals than this currency has")
    # int() reads the digits of every script.
    whole = int(re.sub(f"[{_POINTS}]", "", amount["whole"]))
    minor: int = whole * 10**digits + int(fraction.ljust(digits, "0") or "0")
    if minor > MOST:
        raise ValueError("too large")
    return minor
