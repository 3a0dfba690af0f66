"""What comes back of a use: units, the benefit that ends, the money to refund, and what is withheld of it.

Everything is divided so that returns in any order and any mixture sum exactly to what was spent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from omni.domain.money import largest_remainder, share_of_units
from omni.domain.redemption import RedemptionLine, ReversalLine
from omni.domain.refusal import BadInput


@dataclass(frozen=True)
class Part:
    """A part of one redeemed line that can come back, or does: units, benefit and the price paid for them."""

    line: int
    sku: str
    quantity: int
    benefit_minor: int
    refund_minor: int

    @property
    def is_anything(self) -> bool:
        """Whether there is anything in it at all."""
        return bool(self.quantity or self.benefit_minor or self.refund_minor)


def not_back(spent: Sequence[RedemptionLine], returned: Sequence[ReversalLine]) -> list[Part]:
    """What of each redeemed line has not come back, given every line of every return of that use."""
    parts = []
    for line in spent:
        back = [piece for piece in returned if piece.line == line.line]
        parts.append(
            Part(
                line.line,
                line.sku,
                line.quantity - sum(piece.quantity for piece in back),
                line.benefit_minor - sum(piece.benefit_minor for piece in back),
                line.price_minor - sum(piece.refund_minor for piece in back),
            )
        )
    return parts


def everything(parts: Sequence[Part]) -> list[Part]:
    """All that has not come back yet. Raises BadInput when that is nothing."""
    rest = [part for part in parts if part.is_anything]
    if not rest:
        raise BadInput("lines", "this use was already taken back in full")
    return rest


def items(
    parts: Sequence[Part], wanted: Sequence[tuple[str, int]], eligible: Mapping[str, Sequence[str]]
) -> list[Part]:
    """So many units of these SKUs, each the redeemed item itself or one sold for it (patterns by its SKU).

    The last unit of a line takes whatever money is left of it, so nothing is lost. Raises BadInput for what
    this use has not, or has no longer.
    """
    left = {part.line: part.quantity for part in parts}
    named: set[str] = set()
    for index, (sku, quantity) in enumerate(wanted):
        part = _meant(parts, left, sku, eligible)
        if part is None or sku in named:
            raise BadInput(f"lines.{index}.sku", "this use has no such item, or it is named twice")
        if not 0 < quantity <= left[part.line]:
            raise BadInput(f"lines.{index}.qty", f"{left[part.line]} of {sku} can be taken back")
        named.add(sku)
        left[part.line] -= quantity
    taken = [(part, part.quantity - left[part.line]) for part in parts]
    return [_units(part, quantity) for part, quantity in taken if quantity]


def money(parts: Sequence[Part], amount_minor: int) -> list[Part]:
    """An amount refunded without any unit: over the lines by largest remainder of what is left to refund.

    Benefit ends in proportion, and all of it with the last of the money. Raises BadInput for more than is
    left.
    """
    refunds = [part.refund_minor for part in parts]
    benefits = [part.benefit_minor for part in parts]
    if not 0 < amount_minor <= sum(refunds):
        can = f"between 1 and {sum(refunds)} can be refunded" if any(refunds) else "nothing is left to refund"
        raise BadInput("amount_minor", can)
    ended = sum(benefits) * amount_minor // sum(refunds)
    shares = zip(
        parts, largest_remainder(ended, benefits), largest_remainder(amount_minor, refunds), strict=True
    )
    some = (Part(part.line, part.sku, 0, benefit, refund) for part, benefit, refund in shares)
    return [part for part in some if part.is_anything]


@dataclass(frozen=True)
class Return:
    """One return of a use as it counts for its account: refund, benefit that ended, and what was withheld."""

    refund_minor: int
    benefit_minor: int
    charged_minor: int = 0


@dataclass(frozen=True)
class Account:
    """How a use stands after some returns, in minor units.

    `order_minor` is what is kept of the order, `benefit_minor` of the benefit; `charged_minor` is withheld
    from refunds for benefit that was not earned any more. Nobody is ever charged for more benefit than she
    keeps: what was withheld for benefit that ended since comes back with the refund that ends it. So once
    everything is back she has every unit of money that she paid.
    """

    order_minor: int
    benefit_minor: int
    charged_minor: int = 0

    def released(self, back: Return) -> int:
        """What was withheld before and comes back with this return."""
        return max(0, self.charged_minor - (self.benefit_minor - back.benefit_minor))

    def to_refund(self, back: Return) -> int:
        """What the shopper is given for this return."""
        return back.refund_minor - back.charged_minor + self.released(back)

    def after(self, back: Return) -> Account:
        """The account once this return is booked."""
        return Account(
            self.order_minor - back.refund_minor,
            self.benefit_minor - back.benefit_minor,
            self.charged_minor - self.released(back) + back.charged_minor,
        )

    def charge(self, refund_minor: int, benefit_minor: int, minimum_minor: int | None) -> int:
        """What to withhold of a refund: where the rest of the order is below the minimum, the benefit that is
        kept and not charged yet, and never more than the refund.

        The order is what the shop reported less what this use refunded; other returns of it are not known.
        """
        after = self.after(Return(refund_minor, benefit_minor))
        if minimum_minor is None or after.order_minor >= minimum_minor:
            return 0
        return min(refund_minor, after.benefit_minor - after.charged_minor)


def account_after(account: Account, returns: Iterable[Return]) -> Account:
    """An account once some returns are booked, in their order."""
    for back in returns:
        account = account.after(back)
    return account


def _meant(
    parts: Sequence[Part], left: Mapping[int, int], sku: str, eligible: Mapping[str, Sequence[str]]
) -> Part | None:
    """The line a SKU speaks of: its own, else the first with units left that it may be sold for."""
    own = next((part for part in parts if part.sku == sku), None)
    if own is not None:
        return own
    fitting = (
        part
        for part in parts
        if left[part.line] and any(fnmatchcase(sku, pattern) for pattern in eligible.get(part.sku, ()))
    )
    return next(fitting, None)


def _units(part: Part, quantity: int) -> Part:
    return Part(
        part.line,
        part.sku,
        quantity,
        share_of_units(part.benefit_minor, part.quantity, 0, quantity),
        share_of_units(part.refund_minor, part.quantity, 0, quantity),
    )
