"""Checks of gifts: that they are named, what they are worth, and that they are not worth too much."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from omni.domain.campaign_file import spoken
from omni.domain.checking.registry import check
from omni.domain.checking.verdict import Verdict
from omni.domain.localized import EVERY_LOCALE
from omni.domain.market_record import Part
from omni.domain.offer_facts import OfferFacts
from omni.domain.published import PublishedLine


class GiftTier(Part):
    """What gifts may be worth beside goods below a value: an amount, or a percentage of those goods."""

    below_minor: int | None = Field(None, gt=0, description="absent: goods of any value")
    at_most_minor: int | None = Field(None, ge=0)
    percent: int | None = Field(None, ge=0, le=100)

    @model_validator(mode="after")
    def _says_one_limit(self) -> Self:
        if (self.at_most_minor is None) == (self.percent is None):
            raise ValueError("write at_most_minor or percent, one of them")
        return self


def gift_limit_minor(goods_minor: int, tiers: Sequence[GiftTier]) -> int | None:
    """What gifts may be worth beside goods of this value, by the first tier that holds; None: no limit."""
    for tier in tiers:
        if tier.below_minor is None or goods_minor < tier.below_minor:
            return goods_minor * tier.percent // 100 if tier.percent is not None else tier.at_most_minor
    return None


@check("gift-at-most")
def gift_at_most(facts: OfferFacts, *, tiers: list[GiftTier]) -> Verdict:
    """The gifts of a bundle are not worth more than the law allows beside goods of its price."""
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        price = facts.bundle_price(bundle)
        values = [_worth(facts, line) for line in bundle.lines if line.is_gift]
        if price is None or not values:
            continue
        field = f"bundles.{bundle.slug}.gifts"
        known = [value for value in values if value is not None]
        limit = gift_limit_minor(price, tiers)
        seen[field] = {"price": price, "gifts": known, "limit": limit}
        is_unknown = len(known) < len(values)
        wrong += [field] if limit is not None and (is_unknown or sum(known) > limit) else []
    return Verdict.of(seen, wrong=wrong, field="bundles")


@check("gift-valued")
def gift_valued(facts: OfferFacts) -> Verdict:
    """Every gift has a price of its own, so that its value can be told."""
    seen = {f"prices.{line.sku}": facts.item_price(line.sku) for line in facts.gifts}
    return Verdict.of(seen, wrong=(field for field, price in seen.items() if price is None), field="bundles")


@check("gift-named")
def gift_named(facts: OfferFacts) -> Verdict:
    """Every gift is called by a name that somebody wrote, not by its article number."""
    seen = {f"items.{line.sku}.name": dict(line.names) for line in facts.gifts}
    unnamed = {f"items.{line.sku}.name": spoken(line.sku).root[EVERY_LOCALE] for line in facts.gifts}
    wrong = [field for field, names in seen.items() if not names or set(names.values()) == {unnamed[field]}]
    return Verdict.of(seen, wrong=wrong, field="items")


def _worth(facts: OfferFacts, line: PublishedLine) -> int | None:
    single = facts.item_price(line.sku)
    return None if single is None else single * line.quantity
