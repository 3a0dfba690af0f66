"""What a shop says of an order, whoever brings the word: its call, a file, or our look into its system."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from omni.domain.eligible import Eligible, fitting
from omni.domain.shop import OrderEvent

UNDOING = (OrderEvent.CANCELLED, OrderEvent.RETURNED, OrderEvent.REFUNDED)
"""The events that take back what an order spent."""


@dataclass(frozen=True)
class ReportedLine:
    """How many of an item an order is about, by the shop's own SKU; the amount is for all of them."""

    sku: str
    quantity: int
    amount_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class OrderReport:
    """One event of one order.

    `total_minor` is the whole order, `amount_minor` the money this event is about. `voucher` is what the
    shopper entered at the checkout: a voucher or code of ours, or the shop's own code.
    """

    order_ref: str
    event: OrderEvent
    at: datetime
    voucher: str | None = None
    total_minor: int | None = None
    amount_minor: int | None = None
    currency: str | None = None
    lines: tuple[ReportedLine, ...] = ()
    placement: str | None = None
    member_hash: str | None = None
    postal_area: str | None = None
    method: str | None = None
    promised_until: datetime | None = None
    costs: Mapping[str, int] = field(default_factory=dict)

    @property
    def money_minor(self) -> int | None:
        """The money of the event: what it names, else the total of the order."""
        return self.total_minor if self.amount_minor is None else self.amount_minor

    def kept(self) -> dict[str, Any]:
        """What is kept as it came: all of it but who bought and what was entered; only what was said."""
        said = {
            "total_minor": self.total_minor,
            "amount_minor": self.amount_minor,
            "placement": self.placement,
            "lines": [
                {"sku": line.sku, "qty": line.quantity, "amount_minor": line.amount_minor}
                for line in self.lines
            ],
            "method": self.method,
            "promised_until": self.promised_until and self.promised_until.isoformat(),
            "costs": dict(self.costs),
        }
        return {name: value for name, value in said.items() if value not in (None, [], {})}


def by_our_items(
    lines: Iterable[ReportedLine], left: Mapping[str, int], eligible: Eligible
) -> dict[str, int]:
    """How many of each item of a bundle some lines are about, never more than are left.

    What the bundle does not have is left out: an order holds more than its offer.

    >>> by_our_items([ReportedLine("cap", 3), ReportedLine("sofa", 1)], {"cap": 2}, {})
    {'cap': 2}
    >>> by_our_items([ReportedLine("cap-red", 3)], {"cap": 2, "hat": 2}, {"cap": ["cap-*"], "hat": ["*-red"]})
    {'cap': 2, 'hat': 1}
    """
    rest = dict(left)
    for line in lines:
        wanted = line.quantity
        for item in fitting(line.sku, list(left), eligible):
            taken = min(wanted, rest[item])
            rest[item] -= taken
            wanted -= taken
    return {item: count - rest[item] for item, count in left.items() if count > rest[item]}
