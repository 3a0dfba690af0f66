"""An edition as a display rule sees it: what it says, what it costs, what it cost before, and where."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from omni.domain.campaign_file import Compare
from omni.domain.market import Market
from omni.domain.market_record import TaxDisplay
from omni.domain.price import ANY_SURFACE, DailySale, Price, bundle_item, price_at
from omni.domain.price_history import before, reduction_start, timeline
from omni.domain.published import Published, PublishedBundle, PublishedLine
from omni.domain.window import local_day, midnight

PERSONAL_SURFACES = frozenset({"account", "member", "person"})
"""Surfaces of the price history that show one person a price of her own."""


@dataclass(frozen=True, kw_only=True)
class OfferFacts:
    """Everything known about an edition on the day it is judged.

    `prices` and `sales` are those of its market, of any surface; `stock` is what is left of each bundle that
    is counted, `shop_codes` how many of the shop's own each has where claims are given one; `terms` are the
    clauses of the published terms by locale.
    """

    content: Published
    market: Market
    at: datetime
    prices: Sequence[Price] = ()
    sales: Sequence[DailySale] = ()
    stock: Mapping[str, int] = field(default_factory=dict)
    shop_codes: Mapping[str, int] = field(default_factory=dict)
    terms: Mapping[str, Iterable[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """The zone of the market's own days."""
        return self.market.time_zone

    @property
    def judged_on(self) -> date:
        """The market's day on which the edition is judged."""
        return local_day(self.at, self.zone)

    @property
    def opens_at(self) -> datetime:
        """The first instant of the offer."""
        return midnight(self.content.opens_on, self.zone)

    @property
    def shown_at(self) -> datetime:
        """The instant whose prices count: the first of the offer, or now once it runs."""
        return max(self.at, self.opens_at)

    @property
    def shown_on(self) -> date:
        """The market's day of those prices; the rules in force on it speak."""
        return local_day(self.shown_at, self.zone)

    @property
    def languages(self) -> tuple[str, ...]:
        """The locales the market requires."""
        return tuple(self.market.required_locales)

    @property
    def lines(self) -> tuple[PublishedLine, ...]:
        """Every item of every bundle on offer."""
        return tuple(line for bundle in self.content.offered for line in bundle.lines)

    @property
    def gifts(self) -> tuple[PublishedLine, ...]:
        """The items that come as a gift."""
        return tuple(line for line in self.lines if line.is_gift)

    def bundle_price(self, bundle: PublishedBundle, at: datetime | None = None) -> int | None:
        """What a bundle costs, in minor units; None when no price holds."""
        item = bundle_item(self.content.campaign, bundle.slug)
        return price_at(self.prices, item, at or self.shown_at)

    def item_price(self, sku: str, at: datetime | None = None) -> int | None:
        """What one item costs alone, in minor units; None when no price holds."""
        return price_at(self.prices, sku, at or self.shown_at)

    def separately(self, bundle: PublishedBundle, at: datetime | None = None) -> int | None:
        """What the items of a bundle cost one by one; None unless each of them has a price of its own."""
        singles = [(self.item_price(line.sku, at), line.quantity) for line in bundle.lines]
        known = [price * quantity for price, quantity in singles if price is not None]
        return sum(known) if len(known) == len(singles) else None

    def priced(self) -> tuple[str, ...]:
        """The names under which prices of this offer are kept."""
        bundles = (bundle_item(self.content.campaign, bundle.slug) for bundle in self.content.offered)
        return tuple(dict.fromkeys((*bundles, *(line.sku for line in self.lines))))

    def surfaces(self, item: str) -> dict[str, int]:
        """What every other surface shows for an item at the instant that counts."""
        names = {price.surface for price in self.prices if price.item == item} - {ANY_SURFACE}
        shown = {name: price_at(self.prices, item, self.shown_at, surface=name) for name in sorted(names)}
        return {name: price for name, price in shown.items() if price is not None}

    def pictures(self) -> Iterator[tuple[str, str, bool]]:
        """Every picture shown, with the field that says whether a machine made it, and what that says."""
        for bundle in self.content.offered:
            if bundle.picture:
                yield f"bundles.{bundle.slug}.made_by_ai", bundle.picture, bundle.made_by_ai
            for each in bundle.variants:
                field = f"bundles.{bundle.slug}.variants.{each.slug}.made_by_ai"
                yield field, each.picture, each.made_by_ai
        for line in self.lines:
            if line.picture:
                yield f"items.{line.sku}.made_by_ai", line.picture, line.made_by_ai

    def personal_surfaces(self, item: str) -> dict[str, int]:
        """Those of the surfaces that show one person a price of her own."""
        return {name: price for name, price in self.surfaces(item).items() if name in PERSONAL_SURFACES}

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """Every text the retailer wrote for shoppers here, with its field and its locale."""
        yield from _spoken("name", self.content.names)
        yield from _spoken("delivery.note", self.content.delivery.note)
        for bundle in self.content.offered:
            yield from self.texts_of(bundle)

    def texts_of(self, bundle: PublishedBundle) -> Iterator[tuple[str, str, str]]:
        """The texts about one bundle and its items, with their fields and locales."""
        yield from _spoken(f"bundles.{bundle.slug}.name", bundle.names)
        yield from _spoken(f"bundles.{bundle.slug}.text", bundle.texts)
        for variant in bundle.variants:
            yield from _spoken(f"bundles.{bundle.slug}.variants.{variant.slug}.text", variant.texts)
        for line in bundle.lines:
            yield from _spoken(f"items.{line.sku}.name", line.names)


def _spoken(where: str, texts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    return ((where, locale, text) for locale, text in texts.items())


@dataclass(frozen=True)
class Trigger:
    """A fact that decides whether a rule speaks: the values it can have, and how an offer shows which."""

    values: tuple[str, ...]
    read: Callable[[OfferFacts], str]


_YES_OR_NO = ("yes", "no")


def _whether(holds: Callable[[OfferFacts], object]) -> Trigger:
    return Trigger(_YES_OR_NO, lambda facts: "yes" if holds(facts) else "no")


def _has_ai_pictures(facts: OfferFacts) -> bool:
    return any(is_made for _, _, is_made in facts.pictures())


def _is_personalised(facts: OfferFacts) -> bool:
    return any(facts.personal_surfaces(item) for item in facts.priced())


def _delivery(facts: OfferFacts) -> str:
    return "at-checkout" if facts.content.delivery.cost_minor is None else "known"


TRIGGERS: Mapping[str, Trigger] = {
    "audience": Trigger(
        ("public", "receipt"), lambda facts: "public" if facts.content.is_public else "receipt"
    ),
    "compare": Trigger(tuple(Compare), lambda facts: facts.content.compare.value),
    "gifts": _whether(lambda facts: facts.gifts),
    "measured": _whether(lambda facts: any(line.net for line in facts.lines)),
    "perishable": _whether(lambda facts: any(line.is_perishable for line in facts.lines)),
    "ai-pictures": _whether(_has_ai_pictures),
    "personalised": _whether(_is_personalised),
    "permit": _whether(lambda facts: facts.content.permit),
    "tax": Trigger(tuple(TaxDisplay), lambda facts: str(facts.market.record["tax"]["display"])),
    "delivery": Trigger(("known", "at-checkout"), _delivery),
    "stock": Trigger(
        ("counted", "uncounted"), lambda facts: "counted" if facts.content.stock_limited else "uncounted"
    ),
}
"""Every fact a rule's trigger may name."""


def _has_history(facts: OfferFacts) -> bool:
    """Whether a bundle on offer, or an item of it, had a price before the one it has."""
    return any(
        start is not None and before(timeline(facts.prices, item), start)
        for bundle in facts.content.offered
        for own in [bundle_item(facts.content.campaign, bundle.slug)]
        for start in [reduction_start(facts.prices, own, facts.shown_at)]
        for item in (own, *(line.sku for line in bundle.lines))
    )


def _has_item_prices(facts: OfferFacts) -> bool:
    return any(facts.separately(bundle) is not None for bundle in facts.content.offered)


NEEDS: Mapping[str, Callable[[OfferFacts], object]] = {
    "history": _has_history,
    "sales": lambda facts: any(sale.item in facts.priced() for sale in facts.sales),
    "surfaces": lambda facts: any(facts.surfaces(item) for item in facts.priced()),
    "item-prices": _has_item_prices,
    "ceilings": lambda facts: any(line.ceiling_minor is not None for line in facts.lines),
    "fees": lambda facts: facts.content.fees_minor is not None,
    "terms": lambda facts: facts.terms,
}
"""What a rule may need to have been fed, by name, and how an offer shows that it was."""
