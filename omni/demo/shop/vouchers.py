"""The part of a shop that speaks to Omni: what a voucher is worth, spending it, and goods that come back.

Three habits are worth copying. Every write carries a key made from the order's own reference, so a second
press, a second process or a retry is the same request. Of a lost answer nothing is assumed: the order stands
undecided, and the same request with the same key finds out. And a shop goes on when Omni does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from omni.client import Line, Omni, Refusal, Unreachable

WORDS = {
    "unknown-code": "We do not know this code. Please compare it letter by letter.",
    "unknown-claim": "We do not know this code. Please compare it letter by letter.",
    "not-unlocked": "This is the code from your receipt. Unlock it first.",
    "not-started": "This discount has not begun yet.",
    "paused": "This discount is paused. Your code stays valid; please try again later.",
    "ended": "This discount has ended.",
    "expired": "This discount has ended.",
    "voided": "This code is no longer valid.",
    "exhausted": "This discount was already used.",
    "below-minimum": "Your order is below the value from which this discount holds.",
    "out-of-stock": "All of these have gone. Your code stays valid.",
    "cap-reached": "All of these have gone. Your code stays valid.",
    "per-person-limit": "You have used this discount as often as one person may.",
    "invalid-input": "This discount does not fit your order.",
}
ANY_OTHER = "This discount cannot be used for this order."
NOT_NOW = "We cannot check discounts at this moment. Order now, and try again from the page of your order."
RETURN_NOT_NOW = "We cannot work out this refund at this moment. Nothing is lost: please try again."


@dataclass(frozen=True)
class Offer:
    """What a voucher would do for a basket, or in `said` why it does nothing."""

    voucher: str
    lines: tuple[Line, ...] = ()
    saved: Mapping[str, int] = field(default_factory=dict)
    said: str = ""
    unlock_url: str | None = None
    is_undecided: bool = False


@dataclass
class Order:
    """An order; `saved` per item and `redemption` once Omni has recorded the voucher's use.

    `asked` are the lines the voucher is to pay for, `returning` the units of a return without an answer. They
    are kept, so that asking again is the same request.
    """

    ref: str
    market: str
    basket: Mapping[str, int]
    total_minor: int
    currency: str
    voucher: str = ""
    asked: tuple[Line, ...] = ()
    asked_total_minor: int = 0
    saved: dict[str, int] = field(default_factory=dict)
    redemption: str = ""
    said: str = ""
    is_undecided: bool = False
    returns: list[Returned] = field(default_factory=list)
    returning: Mapping[str, int] = field(default_factory=dict)

    @property
    def saved_minor(self) -> int:
        """What the voucher took off the whole order."""
        return sum(self.saved.values())

    @property
    def paid_minor(self) -> int:
        """What the shopper has paid in the end."""
        return self.total_minor - self.saved_minor - sum(back.total_minor for back in self.returns)

    @property
    def may_come_back(self) -> bool:
        """Whether anything can be given back: what a voucher paid for is known once its use is decided."""
        return not self.is_undecided and any(self.left(sku) for sku in self.basket)

    def left(self, sku: str) -> int:
        """How many of an item were not given back yet."""
        return self.basket[sku] - sum(back.units.get(sku, 0) for back in self.returns)

    def left_on_voucher(self, sku: str) -> int:
        """How many of those the voucher paid for; these are given back first."""
        spent = sum(line.qty for line in self.asked if line.sku == sku) if self.redemption else 0
        return max(0, spent - sum(back.units.get(sku, 0) for back in self.returns))


@dataclass(frozen=True)
class Returned:
    """Goods that come back: units and refund per item, and what is withheld of it."""

    units: Mapping[str, int]
    refunds: Mapping[str, int]
    withheld_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What the shopper gets."""
        return sum(self.refunds.values()) - self.withheld_minor


def offer_for(omni: Omni, voucher: str, basket: Mapping[str, int]) -> Offer:
    """What a voucher would take off a basket; nothing is spent."""
    try:
        fitting = {left.sku: left.qty for left in omni.validate(voucher).lines}
        lines = tuple(Line(sku, min(qty, fitting[sku])) for sku, qty in basket.items() if sku in fitting)
        if not lines:
            return Offer(voucher, said="None of the items of this discount is in your basket.")
        told = omni.validate(voucher, lines=lines)
    except Refusal as refused:
        return Offer(voucher, said=WORDS.get(refused.code, ANY_OTHER), unlock_url=refused.unlock_url)
    except Unreachable:
        return Offer(voucher, said=NOT_NOW, is_undecided=True)
    return Offer(told.voucher, lines, {line.sku: line.benefit_minor for line in told.lines})


def spend(omni: Omni, order: Order) -> None:
    """Use an order's voucher, once, however often this is called; the order goes on without an answer."""
    if not order.asked:
        offer = offer_for(omni, order.voucher, order.basket)
        order.said, order.is_undecided = offer.said, offer.is_undecided
        if not offer.lines:
            return
        order.asked = offer.lines
        order.asked_total_minor = order.total_minor - sum(offer.saved.values())
    try:
        used = omni.redeem(
            order.voucher,
            order_ref=order.ref,
            total_minor=order.asked_total_minor,
            currency=order.currency,
            lines=order.asked,
            key=f"order {order.ref}",
        )
    except Refusal as refused:
        order.said, order.is_undecided = WORDS.get(refused.code, ANY_OTHER), False
    except Unreachable:
        order.said, order.is_undecided = NOT_NOW, True
    else:
        order.said, order.is_undecided, order.redemption = "", False, used.id
        order.saved = {line.sku: line.benefit_minor for line in used.lines}


def propose_return(omni: Omni, order: Order, units: Mapping[str, int], prices: Mapping[str, int]) -> Returned:
    """What goods that come back would be refunded; nothing is changed. Raises OmniError."""
    return _returned(omni, order, units, prices, dry_run=True)


def give_back(omni: Omni, order: Order, units: Mapping[str, int], prices: Mapping[str, int]) -> None:
    """Take goods back, once, however often this is called. Raises OmniError.

    Without an answer the order remembers the units, so that only this very return can be asked again.
    """
    order.returning = dict(units)
    try:
        order.returns.append(_returned(omni, order, units, prices, dry_run=False))
    except Refusal:
        order.returning = {}
        raise
    order.returning = {}


def _returned(
    omni: Omni, order: Order, units: Mapping[str, int], prices: Mapping[str, int], *, dry_run: bool
) -> Returned:
    """Omni says the refund of what the voucher paid for, the shop that of everything else."""
    covered = {sku: min(qty, order.left_on_voucher(sku)) for sku, qty in units.items()}
    lines = [Line(sku, qty) for sku, qty in covered.items() if qty]
    refunds = {sku: (qty - covered[sku]) * prices[sku] for sku, qty in units.items()}
    if not lines:
        return Returned(dict(units), refunds)
    back = omni.reverse(
        order.redemption,
        lines=lines,
        reason="returned to the shop",
        dry_run=dry_run,
        key=f"return {order.ref} {len(order.returns)}",
    )
    for line in back.lines:
        refunds[line.sku] += line.refund_minor
    return Returned(dict(units), refunds, back.refund_minor - back.to_refund_minor)
