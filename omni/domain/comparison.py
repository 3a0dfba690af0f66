"""What an offer's price may be compared with, and by how much it is lower: never more than is true."""

from collections.abc import Sequence
from datetime import datetime

from omni.domain.price import DailySale, Price, bundle_item
from omni.domain.price_history import before, reduction_start, timeline
from omni.domain.published import Published, PublishedBundle
from omni.domain.reference import NoReference, Reference, Why, earlier_price


def bundle_reference(
    content: Published,
    bundle: PublishedBundle,
    *,
    prices: Sequence[Price],
    sales: Sequence[DailySale],
    at: datetime,
    zone: str,
    known_at: datetime | None = None,
) -> Reference | NoReference:
    """What a bundle's price at an instant may be compared with, by the edition's rule, in minor units.

    From the bundle's own history where it had a price before the present one; else the sum of what its items
    cost before that began, each by the same rule, none where one of them has none. Only what was known at
    `known_at` counts.
    """
    own = bundle_item(content.campaign, bundle.slug)
    if content.reference is None:
        return NoReference(Why.NO_RULE)
    start = reduction_start(prices, own, at, known_at=known_at)
    if start is None:
        return NoReference(Why.NO_PRICE)
    rule = content.reference

    def found(item: str) -> Reference | NoReference:
        return earlier_price(
            rule.kind,
            rule.days,
            item=item,
            prices=prices,
            sales=sales,
            start=start,
            zone=zone,
            known_at=known_at,
        )

    of_itself = found(own)
    if isinstance(of_itself, Reference) or before(timeline(prices, own, known_at=known_at), start):
        return of_itself
    apart = [(found(line.sku), line.quantity) for line in bundle.lines]
    return _together(apart) or _sooner(
        of_itself, [each for each, _ in apart if isinstance(each, NoReference)]
    )


def reduction_percent(price_minor: int, reference_minor: int) -> int | None:
    """By how many whole percent a price is below its reference, rounded down; None when it is not below.

    >>> reduction_percent(2000, 2100), reduction_percent(2100, 2100)
    (4, None)
    """
    if price_minor >= reference_minor:
        return None
    return (reference_minor - price_minor) * 100 // reference_minor


def _together(apart: Sequence[tuple[Reference | NoReference, int]]) -> Reference | None:
    """So many of each together; None unless each has a reference."""
    known = [(reference, quantity) for reference, quantity in apart if isinstance(reference, Reference)]
    if len(known) < len(apart):
        return None
    return Reference(
        sum(reference.amount_minor * quantity for reference, quantity in known),
        is_short=any(reference.is_short for reference, _ in known),
        reduced_on=known[0][0].reduced_on,
    )


def _sooner(of_itself: NoReference, lacking: Sequence[NoReference]) -> NoReference:
    """What the items lack, and the day on which either the bundle or all of them will have a history."""
    days = [each.possible_on for each in lacking if each.possible_on]
    of_items = max(days) if len(days) == len(lacking) else None
    possible_on = min((day for day in (of_itself.possible_on, of_items) if day), default=None)
    return NoReference(lacking[0].why, possible_on)
