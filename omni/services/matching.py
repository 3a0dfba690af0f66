"""Matching an order with a claim: what it wants of each granted item, and what those units are worth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from sqlmodel import Session

from omni.domain.claim import Claim, Entitlement
from omni.domain.eligible import Eligible, fitting, spread, what_fits
from omni.domain.money import share_of_units
from omni.domain.redemption import RedemptionLine
from omni.domain.refusal import BadInput, Reason, Refused
from omni.store import finders
from omni.store.plain import plain


@dataclass(frozen=True)
class WantedLine:
    """What an order wants of one item; `amount_minor` is what the shop charged, if it says."""

    sku: str
    quantity: int
    amount_minor: int | None = None

    def with_more(self, other: Self | None) -> Self:
        """The same item wanted twice, as one; what was charged is known when both say it."""
        if other is None:
            return self
        amounts = (self.amount_minor, other.amount_minor)
        amount = None if None in amounts else sum(filter(None, amounts))
        return replace(self, quantity=self.quantity + other.quantity, amount_minor=amount)


def match_lines(
    balances: Sequence[Entitlement], lines: Sequence[WantedLine], eligible: Eligible
) -> list[tuple[Entitlement, WantedLine]] | Refused:
    """Match an order's lines with what is left; naming nothing wants all of it.

    A shop may name what it sells for an item, such as its size: several of them may spend one line together,
    and one may spend several lines. What is matched carries our own SKU.
    """
    if not lines:
        everything = [
            (balance, WantedLine(balance.sku, balance.left)) for balance in balances if balance.left > 0
        ]
        return everything if everything else Refused(Reason.EXHAUSTED)
    left = {balance.sku: balance.left for balance in balances}
    matched: dict[str, WantedLine] = {}
    for index, line in enumerate(lines):
        if any(line.sku == other.sku for other in lines[:index]):
            raise BadInput(f"lines.{index}.sku", f"{line.sku} is named twice; add the quantities up")
        items = fitting(line.sku, list(left), eligible)
        if not items:
            raise BadInput(f"lines.{index}.sku", f"this voucher is for {what_fits(left, eligible)}")
        if line.quantity < 1:
            raise BadInput(f"lines.{index}.qty", "at least 1")
        portions = spread(line.quantity, [left[item] for item in items])
        if portions is None:
            return Refused(Reason.EXHAUSTED, {"sku": line.sku, "left": sum(left[item] for item in items)})
        for item, portion in _portions(line, items, portions):
            left[item] -= portion.quantity
            matched[item] = portion.with_more(matched.get(item))
    return [(balance, matched[balance.sku]) for balance in balances if balance.sku in matched]


def _portions(
    line: WantedLine, items: Sequence[str], quantities: Sequence[int]
) -> Iterator[tuple[str, WantedLine]]:
    """An order's line as what it spends of each item, with its share of what the shop charged."""
    first = 0
    for item, quantity in zip(items, quantities, strict=True):
        if quantity:
            charged = line.amount_minor
            share = None if charged is None else share_of_units(charged, line.quantity, first, quantity)
            yield item, WantedLine(item, quantity, share)
            first += quantity


def line_of(
    session: Session, made: Claim, seq: int, balance: Entitlement, line: WantedLine
) -> RedemptionLine:
    """The price and benefit of exactly the next units: a fair part of what the units not spent are worth.

    So whatever came back in between, a grant spent in full has cost and given exactly the whole.
    """
    out = finders.units_out(session, balance) if balance.used else []
    price = balance.price_minor - sum(_worth_of(gone.price_minor, gone, back) for gone, back in out)
    benefit = balance.benefit_minor - sum(_worth_of(gone.benefit_minor, gone, back) for gone, back in out)
    values = {
        "bucket": made.bucket,
        "number": made.number,
        "origin": made.origin,
        "seq": seq,
        "line": balance.line,
        "sku": balance.sku,
        "quantity": line.quantity,
        "price_minor": share_of_units(price, balance.left, 0, line.quantity),
        "benefit_minor": share_of_units(benefit, balance.left, 0, line.quantity),
        "amount_minor": line.amount_minor,
    }
    return plain(RedemptionLine, values)


def _worth_of(amount_minor: int, line: RedemptionLine, back: int) -> int:
    """What the units of a redeemed line that did not come back were worth."""
    return share_of_units(amount_minor, line.quantity, back, line.quantity - back)
