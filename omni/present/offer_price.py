"""What a page sets a price against: the items bought one by one, what it cost before, or nothing.

Legal words come from the clause library in the market's own language. Where the market's rule supports no
claim, or its words are missing, none is made: no percentage, no earlier price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from omni.domain.campaign_file import Compare
from omni.domain.comparison import reduction_percent
from omni.domain.market import Market
from omni.domain.product import Unit
from omni.domain.published import Published, PublishedBundle, PublishedLine
from omni.domain.reference import NoReference, Reference
from omni.present.clauses import legal_words
from omni.present.formatting import count, day, money, percent, quantise, quantity
from omni.present.locales import current_locale, gettext


@dataclass(frozen=True, kw_only=True)
class ShownSum:
    """The arithmetic a person can check: bought separately, less what she saves, is the total.

    `saving` has its minus, `saving_amount` has none.
    """

    separately: str
    saving: str
    saving_amount: str


@dataclass(frozen=True, kw_only=True)
class ShownEarlier:
    """The earlier price in the market's legal words, and how much less the total is, if a whole percent."""

    words: str
    reduction: str | None


@dataclass(frozen=True, kw_only=True)
class ShownWhy:
    """Why the total is what it is: all these together, less this; and since when."""

    together: tuple[str, ...]
    less: str
    since: str | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What stands beside the total; every part is None where the offer makes no such claim."""

    arithmetic: ShownSum | None = None
    earlier: ShownEarlier | None = None
    why: ShownWhy | None = None


class Till:
    """Writes amounts and legal words the way the market's shops do."""

    def __init__(self, market: Market, locale: str) -> None:
        self._market, self.locale = market, locale
        catalogues = {written["id"]: written["terms"] for written in market.locales}
        self._words = legal_words(catalogues.get(locale, locale))

    def legal(self, key: str, **values: str) -> str | None:
        """A sentence of the clause library; None where its own catalogue lacks it, for none falls back."""
        words = self._words.get(key)
        return None if words is None else words % values

    def write(self, amount_minor: int) -> str:
        """An amount with its currency."""
        return money(amount_minor, self._market.currency, self.locale, digits=self._market.digits)

    def say(self, amount_minor: int) -> str:
        """An amount inside a sentence, kept apart so that an Arabic one cannot reorder it."""
        return f"\u2068{self.write(amount_minor)}\u2069"

    def maybe(self, amount_minor: int | None) -> str | None:
        """An amount, when there is one."""
        return None if amount_minor is None else self.write(amount_minor)


def compared(
    content: Published,
    bundle: PublishedBundle,
    till: Till,
    *,
    price_minor: int | None,
    item_prices_minor: Sequence[int | None],
    reference: Reference | NoReference | None,
) -> Comparison:
    """What an edition sets the price of a bundle against; amounts in minor units."""
    if price_minor is None:
        return Comparison()
    match content.compare:
        case Compare.SEPARATELY:
            return _with_its_items(bundle, price_minor, item_prices_minor, till)
        case Compare.BEFORE if isinstance(reference, Reference):
            return _with_earlier(content, price_minor, reference, till)
        case _:
            return Comparison()


def unit_price(line: PublishedLine, single_minor: int | None, till: Till) -> str | None:
    """What one kilogram, litre or metre costs, for goods sold by measure that have a price of their own."""
    if line.net is None or not line.net.amount or single_minor is None:
        return None
    price = int(quantise(Decimal(single_minor) / line.net.amount, 0))
    one = quantity(1, Unit(line.net.per), till.locale)
    return till.legal("price.unit", price=till.say(price), quantity=one)


def _with_its_items(
    bundle: PublishedBundle, price_minor: int, singles: Sequence[int | None], till: Till
) -> Comparison:
    """Nothing unless every single price is known and together they are dearer: no saving is ever made up."""
    apart = [
        single * line.quantity
        for single, line in zip(singles, bundle.lines, strict=True)
        if single is not None
    ]
    saved = sum(apart) - price_minor
    if len(apart) < len(bundle.lines) or saved <= 0:
        return Comparison()
    return Comparison(
        arithmetic=ShownSum(
            separately=till.write(sum(apart)), saving=till.write(-saved), saving_amount=till.write(saved)
        ),
        why=ShownWhy(together=tuple(till.write(amount) for amount in apart), less=till.write(saved)),
    )


def _with_earlier(content: Published, price_minor: int, reference: Reference, till: Till) -> Comparison:
    earlier = _earlier(content, price_minor, reference, till)
    if earlier is None:
        return Comparison()
    why = ShownWhy(
        together=(till.write(reference.amount_minor),),
        less=till.write(reference.amount_minor - price_minor),
        since=_since(reference),
    )
    return Comparison(earlier=earlier, why=why)


def _earlier(content: Published, price_minor: int, reference: Reference, till: Till) -> ShownEarlier | None:
    rule, below = content.reference, reduction_percent(price_minor, reference.amount_minor)
    if rule is None or below is None:
        return None
    days, price = count(rule.days, till.locale), till.say(reference.amount_minor)
    words = till.legal(rule.words, days=days, price=price)
    if words is None:
        return None
    less = till.legal("price.reduction", percent=percent(below, 100, till.locale)) if below else None
    return ShownEarlier(words=words, reduction=less)


def _since(reference: Reference) -> str | None:
    if reference.reduced_on is None:
        return None
    return gettext("This price began on %(day)s.", day=day(reference.reduced_on, current_locale()))
