"""Checks of the price itself: that there is one, that it is whole, and that it is the same everywhere."""

from typing import Literal

from omni.domain.checking.registry import check
from omni.domain.checking.verdict import Verdict
from omni.domain.offer_facts import OfferFacts
from omni.domain.window import midnight


@check("price-known")
def price_known(facts: OfferFacts) -> Verdict:
    """Every bundle on offer has a price on the first day."""
    seen = {f"prices.{bundle.slug}": facts.bundle_price(bundle) for bundle in facts.content.offered}
    return Verdict.of(seen, wrong=(field for field in seen if seen[field] is None), field="prices")


@check("no-fees-outside")
def no_fees_outside(facts: OfferFacts) -> Verdict:
    """Nothing that every order must pay stands outside the price shown."""
    fees = facts.content.fees_minor
    return Verdict.of({"fees": fees}, wrong=("fees",) if fees else (), field="fees")


@check("priced-as")
def priced_as(facts: OfferFacts, *, tax: Literal["incl", "excl", "none"], currency: str) -> Verdict:
    """Prices are shown in this currency, and with or without tax as this market wants it."""
    seen = {"tax.display": facts.market.record["tax"]["display"], "currency": facts.market.currency}
    wanted = {"tax.display": tax, "currency": currency}
    wrong = [field for field in seen if seen[field] != wanted[field]]
    return Verdict.of(seen, wrong=wrong, field="tax.display")


@check("one-price")
def one_price(facts: OfferFacts) -> Verdict:
    """No other surface shows another price for the same thing at the same instant."""
    seen, wrong = {}, []
    for item in facts.priced():
        ours, others = facts.item_price(item), facts.surfaces(item)
        if ours is None or not others:
            continue
        field = f"prices.{item.rpartition('/')[2]}"
        seen[field] = {"any": ours, **others}
        wrong += [field] if any(price != ours for price in others.values()) else []
    return Verdict.of(seen, wrong=wrong, field="prices")


@check("not-personalised")
def not_personalised(facts: OfferFacts) -> Verdict:
    """Nobody is shown a price that was made for one person."""
    seen = {
        f"prices.{item.rpartition('/')[2]}": personal
        for item in facts.priced()
        if (personal := facts.personal_surfaces(item))
    }
    return Verdict.of(seen, wrong=seen, field="prices")


@check("separate-prices-hold")
def separate_prices_hold(facts: OfferFacts) -> Verdict:
    """What the items cost one by one is a price they can be had at until the last day of the offer."""
    last = midnight(facts.content.last_unlock_on, facts.zone)
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        if facts.separately(bundle) is None:
            continue
        for line in bundle.lines:
            field = f"prices.{line.sku}"
            seen[field] = facts.item_price(line.sku, last)
            wrong += [field] if seen[field] is None else []
    return Verdict.of(seen, wrong=wrong, field="prices")


@check("tax-unchanged")
def tax_unchanged(facts: OfferFacts) -> Verdict:
    """The tax rate does not change while the offer can be used."""
    first, last = facts.content.opens_on, facts.content.last_use_on
    changes = {
        day
        for rate in facts.market.record["tax"]["rates"]
        for day in (rate["valid_from"], rate["valid_until"])
        if day is not None and first.isoformat() < day <= last.isoformat()
    }
    seen = {"last_use": last.isoformat(), "tax.rates": sorted(changes)}
    return Verdict.of(seen, wrong=("last_use",) if changes else (), field="last_use")


@check("ceiling-kept")
def ceiling_kept(facts: OfferFacts) -> Verdict:
    """Nothing is sold above the highest price printed on its pack."""
    seen: dict[str, dict[str, int]] = {}
    for bundle in facts.content.offered:
        ceilings = [(line.ceiling_minor, line.quantity) for line in bundle.lines]
        known = [ceiling * quantity for ceiling, quantity in ceilings if ceiling is not None]
        price = facts.bundle_price(bundle)
        if price is not None and len(known) == len(ceilings):
            seen[f"prices.{bundle.slug}"] = {"price": price, "ceiling": sum(known)}
    for line in facts.lines:
        single = facts.item_price(line.sku)
        if single is not None and line.ceiling_minor is not None:
            seen[f"prices.{line.sku}"] = {"price": single, "ceiling": line.ceiling_minor}
    wrong = [field for field, told in seen.items() if told["price"] > told["ceiling"]]
    return Verdict.of(seen, wrong=wrong, field="ceilings")
