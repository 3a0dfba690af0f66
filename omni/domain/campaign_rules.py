"""What must agree inside a campaign file, and what it left to defaults. Every finding says how to mend it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise

from omni.domain.campaign_file import CampaignFile, MarketPart, StorePart
from omni.domain.edition_plan import (
    default_placements,
    derived_seller,
    planned_days,
    planned_placements,
    texts_shown,
)
from omni.domain.market_record import MarketRecord
from omni.domain.picture_rules import picture_faults
from omni.domain.shop_preset import ShopPart, native_items, template_of
from omni.domain.size_table import size_faults
from omni.domain.written import TooManyDigits, minor_units
from omni.domain.written_receipts import NOTHING, contradictions, rules_of

Where = tuple[str | int, ...]
"""A place in the file, as the fields that lead to it; what stands in a list is counted from 0."""


@dataclass(frozen=True)
class Finding:
    """Something in the file that cannot stand: where, and what to do about it."""

    where: Where
    message: str


def findings(file: CampaignFile, markets: Mapping[str, MarketRecord]) -> Iterator[Finding]:
    """Everything in a well-formed file that contradicts itself or its markets; none: apply it."""
    yield from _bundles_hold_known_items(file)
    yield from _shops_know_the_items(file, file.shop, ("shop",))
    yield from _one_price_one_currency(file, markets)
    for market_id, part in file.markets.items():
        here = ("markets", market_id)
        market = markets.get(market_id)
        if market is None:
            yield Finding(here, f"is not a market here{nearest(market_id, markets)}")
            continue
        yield from _shops_know_the_items(file, part.shop, (*here, "shop"))
        yield from _days_in_order(file, part, here)
        yield from _texts_cover(file, market)
        yield from _names_exist(file, part, here)
        yield from _prices_hold(file, part, market)
        yield from _receipt_rules_hold(file, part, market)
        days = planned_days(file, part)
        yield from (Finding(*each) for each in picture_faults(file, market_id, days.last_use_on))
    yield from _placements_once(file)
    yield from (Finding(*each) for each in size_faults(file))


def nearest(word: str, known: Mapping[str, object] | list[str]) -> str:
    """The end of a sentence about an unknown word: the likely one, else what there is."""
    if close := get_close_matches(word, known, n=1, cutoff=0.6):
        return f"; did you mean {close[0]}?"
    return f"; there is {', '.join(known)}" if known else ""


def _bundles_hold_known_items(file: CampaignFile) -> Iterator[Finding]:
    for slug, bundle in file.bundles.items():
        for sku in bundle.items:
            if file.items and sku not in file.items:
                yield Finding(
                    ("bundles", slug, "items", sku), f"is not among items{nearest(sku, file.items)}"
                )


def _shops_know_the_items(file: CampaignFile, shop: ShopPart | str | None, here: Where) -> Iterator[Finding]:
    """A link that fills a basket by the shop's own ids needs one for every item."""
    ids = native_items(shop or "")
    sold = dict.fromkeys(sku for bundle in file.bundles.values() for sku in bundle.items)
    for sku in sold if ids else ():
        if sku not in ids:
            yield Finding((*here, "items"), f"has nothing for {sku}; write what the shop calls it")


def _one_price_one_currency(file: CampaignFile, markets: Mapping[str, MarketRecord]) -> Iterator[Finding]:
    for slug, bundle in file.bundles.items():
        if bundle.price is None:
            continue
        relying = [
            markets[name]
            for name, part in file.markets.items()
            if slug not in part.prices and name in markets
        ]
        if len(currencies := sorted({market.currency for market in relying})) > 1:
            yield Finding(
                ("bundles", slug, "price"),
                f"cannot be a price in {' and '.join(currencies)}; write it under"
                f" {' and '.join(f'markets.{market.id}.prices.{slug}' for market in relying)}",
            )


def _days_in_order(file: CampaignFile, part: MarketPart, here: Where) -> Iterator[Finding]:
    days = planned_days(file, part)
    order = {
        "opens": days.opens_on,
        "last_issue": days.last_issue_on,
        "last_unlock": days.last_unlock_on,
        "last_use": days.last_use_on,
        "returns_until": days.returns_until_on,
    }
    pairs = [(("opens", days.opens_on), ("closes", days.closes_on)), *pairwise(order.items())]
    for (earlier, first), (later, second) in pairs:
        if second < first:
            blamed = next((field for field in (later, earlier) if getattr(part, field) is not None), None)
            where: Where = (*here, blamed) if blamed else (later if getattr(file, later) else earlier,)
            yield Finding(where, f"{later} ({second}) is before {earlier} ({first}); swap or move them")
            return


def _texts_cover(file: CampaignFile, market: MarketRecord) -> Iterator[Finding]:
    for where, words in texts_shown(file, market):
        for locale in words.lacks(market.required_locales):
            yield Finding(
                where, f"has no text for {locale}, which {market.id} requires; add a line {locale}: ..."
            )


def _names_exist(file: CampaignFile, part: MarketPart, here: Where) -> Iterator[Finding]:
    priced = {**file.bundles, **file.item_names()}
    for name in part.prices:
        if name not in priced:
            yield Finding((*here, "prices", name), f"is neither a bundle nor an item{nearest(name, priced)}")
    for slug in part.stock:
        if slug not in priced:
            yield Finding((*here, "stock", slug), f"is neither a bundle nor an item{nearest(slug, priced)}")
    if isinstance(part.receipts, str) and part.receipts not in file.bundles:
        yield Finding(
            (*here, "receipts"), f"{part.receipts} is not a bundle{nearest(part.receipts, file.bundles)}"
        )
    for slug, placement in part.placements.items():
        if part.store_of(placement) is None:
            stores = [
                other.store.slug for other in part.placements.values() if isinstance(other.store, StorePart)
            ]
            where = (*here, "placements", slug, "store")
            yield Finding(
                where, f"{placement.store} is not a store described in this market{nearest('', stores)}"
            )


def _receipt_rules_hold(file: CampaignFile, part: MarketPart, market: MarketRecord) -> Iterator[Finding]:
    here, rules = ("markets", market.id, "receipts"), rules_of(part.receipts)
    for place, rule in enumerate(rules):
        if rule.earns not in (*file.bundles, NOTHING):
            field = "gives" if rule.gives else "otherwise"
            unknown = f"{rule.earns} is not a bundle{nearest(rule.earns, [*file.bundles, NOTHING])}"
            yield Finding((*here, place, field), unknown)
    # A store nobody described is told where it is written.
    if any(part.store_of(written) is None for written in part.placements.values()):
        return
    there = planned_placements(part, market)
    places, stores = {place.slug for place in there}, {place.store.slug for place in there}
    wrong = contradictions(rules, bundles=file.bundles, placements=sorted(places), stores=sorted(stores))
    for number, about, message in wrong:
        yield Finding((*here, number, about) if about else (*here, number), message)


def _prices_hold(file: CampaignFile, part: MarketPart, market: MarketRecord) -> Iterator[Finding]:
    yield from _amounts_fit(file, part, market)
    for slug, bundle in file.bundles.items():
        price = part.prices.get(slug, bundle.price)
        if price is None:
            lacking = ("markets", market.id, "prices", slug)
            yield Finding(lacking, f"is missing; write the bundle's price in {market.currency}")
        elif price == 0:
            yield Finding(_price_place(part, market, slug), "is 0; a bundle has a price")
        elif (apart := _apart(part, bundle.items)) is not None and price > apart:
            where = _price_place(part, market, slug)
            yield Finding(
                where, f"{price} is more than its items cost apart ({apart}); lower it or mend theirs"
            )


def _price_place(part: MarketPart, market: MarketRecord, slug: str) -> Where:
    return ("markets", market.id, "prices", slug) if slug in part.prices else ("bundles", slug, "price")


def _apart(part: MarketPart, items: Mapping[str, int]) -> Decimal | None:
    """What the items cost one by one; None unless every one of them has a price."""
    if not all(sku in part.prices for sku in items):
        return None
    return sum((part.prices[sku] * quantity for sku, quantity in items.items()), Decimal(0))


def _amounts_fit(file: CampaignFile, part: MarketPart, market: MarketRecord) -> Iterator[Finding]:
    for where, amount in _amounts(file, part, ("markets", market.id)):
        try:
            minor_units(amount, digits=market.digits)
        except TooManyDigits:
            kept = f"{market.digits} digits" if market.digits else "no digits"
            yield Finding(where, f"{amount} is too fine; {market.currency} has {kept} after the point")


def _amounts(file: CampaignFile, part: MarketPart, here: Where) -> Iterator[tuple[Where, Decimal]]:
    for name, price in part.prices.items():
        yield (*here, "prices", name), price
    for slug, bundle in file.bundles.items():
        if bundle.price is not None and slug not in part.prices:
            yield ("bundles", slug, "price"), bundle.price
    if part.minimum_basket is not None:
        yield (*here, "minimum_basket"), part.minimum_basket
    for field in ("benefit", "benefit_a_day"):
        most = getattr(part.caps, field) if part.caps else None
        if most is not None:
            yield (*here, "caps", field), most
    for place, rule in enumerate(rules_of(part.receipts)):
        for field, least in (("total", rule.total), ("items_total", rule.items_total)):
            if least is not None:
                yield (*here, "receipts", place, field), least
    if part.delivery is not None:
        yield (*here, "delivery", "cost"), part.delivery.cost
        if part.delivery.free_from is not None:
            yield (*here, "delivery", "free_from"), part.delivery.free_from


def _placements_once(file: CampaignFile) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for market_id, part in file.markets.items():
        for slug in part.placements:
            if slug in seen:
                where = ("markets", market_id, "placements", slug)
                yield Finding(where, f"is a place of {seen[slug]} already; give each place its own name")
            seen.setdefault(slug, market_id)


def defaults_used(file: CampaignFile, markets: Mapping[str, MarketRecord]) -> list[str]:
    """What the file left open and what holds instead, one sentence each, in the order of the file."""
    told = [
        f"items: {sku} is called {name.root['*']}"
        for sku, name in file.item_names().items()
        if sku not in file.items
    ]
    told += [
        f"bundles.{slug}.name: {file.bundle_name(slug).root['*']}"
        for slug, bundle in file.bundles.items()
        if bundle.name is None
    ]
    for market_id, part in file.markets.items():
        told += [
            f"markets.{market_id}.{sentence}" for sentence in _market_defaults(file, part, markets[market_id])
        ]
    return told


def _market_defaults(file: CampaignFile, part: MarketPart, market: MarketRecord) -> Iterator[str]:
    days = planned_days(file, part)
    for field in ("last_issue", "last_unlock", "last_use", "returns_until"):
        if getattr(part, field) is None and getattr(file, field) is None:
            yield f"{field}: {getattr(days, f'{field}_on').isoformat()}"
    if part.seller is None and file.seller is None:
        name = derived_seller(template_of(part.shop or file.shop)).name
        yield f"seller: {name} stands in; write name, address, contact and registration before you launch"
    if untracked := [slug for slug in file.bundles if slug not in part.stock]:
        yield f"stock: not tracked for {', '.join(untracked)}"
    if part.minimum_basket is None:
        yield "minimum_basket: none"
    if "uses_per_code" not in part.model_fields_set:
        yield "uses_per_code: 1"
    if part.delivery is None:
        yield f"delivery: cost as the shop shows it, to {market.country}"
    elif part.delivery.countries is None:
        yield f"delivery.countries: {market.country}"
    if not part.placements:
        yield f"placements: {', '.join(place.slug for place in default_placements(market))}"
    if part.receipts is None:
        yield f"receipts: every receipt earns {next(iter(file.bundles))}"
    if "priority" not in part.model_fields_set:
        yield "priority: 0"
