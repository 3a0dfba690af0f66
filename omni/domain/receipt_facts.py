"""A receipt as the rules see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from omni.domain.market import Market
from omni.domain.placement import Placement


@dataclass(frozen=True)
class BoughtItem:
    """One line of a receipt; the amount is that of the whole line, in minor units."""

    sku: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True)
class ReceiptFacts:
    """A receipt as the rules see it, at a time on the market's own clock.

    None is not known. `since` says how long ago this member earned each bundle.
    """

    placement: str
    store: str
    at: datetime
    currency: str
    digits: int
    total_minor: int | None = None
    items: tuple[BoughtItem, ...] | None = None
    is_member: bool = False
    since: Mapping[str, timedelta] = field(default_factory=dict)


def facts_of(
    placement: Placement,
    market: Market,
    *,
    at: datetime,
    total_minor: int | None = None,
    items: tuple[BoughtItem, ...] | None = None,
    is_member: bool = False,
) -> ReceiptFacts:
    """A receipt of a place, of which any instant and perhaps more is known."""
    return ReceiptFacts(
        placement=placement.slug,
        store=placement.store_slug,
        at=at.astimezone(ZoneInfo(market.time_zone)),
        currency=market.currency,
        digits=market.digits,
        total_minor=total_minor,
        items=items,
        is_member=is_member,
    )
