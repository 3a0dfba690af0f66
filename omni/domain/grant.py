"""What a claim may spend: the units of every line, with their share of price and benefit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from omni.domain.money import largest_remainder
from omni.domain.price import Price, price_at
from omni.domain.published import PublishedBundle


@dataclass(frozen=True)
class Grant:
    """One line of a claim: how many units, and what all of them cost and save together in minor units."""

    line: int
    sku: str
    units: int
    price_minor: int
    benefit_minor: int


def grants(
    bundle: PublishedBundle, price_minor: int, *, history: Iterable[Price], at: datetime, uses: int
) -> list[Grant]:
    """Divide a bundle's price over its lines by the items' own prices, exactly, for all its uses.

    Without single prices the bundle has no benefit that could be stated: it is 0, and the price is divided
    by quantity.
    """
    lines = bundle.lines
    prices = list(history)
    singles = [price_at(prices, line.sku, at) for line in lines]
    known = [single for single in singles if single is not None]
    if len(known) == len(lines):
        worth = [single * line.quantity for single, line in zip(known, lines, strict=True)]
        shares = largest_remainder(price_minor, worth)
        benefits = [max(0, whole - share) for whole, share in zip(worth, shares, strict=True)]
    else:
        shares = largest_remainder(price_minor, [line.quantity for line in lines])
        benefits = [0] * len(lines)
    return [
        Grant(line.line, line.sku, line.quantity * uses, share * uses, benefit * uses)
        for line, share, benefit in zip(lines, shares, benefits, strict=True)
    ]
