"""What a campaign file means in one market, once every default is filled in and money is in minor units."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from omni.domain.campaign_file import (
    CampaignFile,
    Compare,
    Exchange,
    MarketPart,
    PlacementPart,
    Seller,
    StorePart,
)
from omni.domain.localized import Localized
from omni.domain.market_record import MarketRecord
from omni.domain.placement import Touchpoint
from omni.domain.policies import Policies, policies_of
from omni.domain.shop_preset import native_items, template_of
from omni.domain.size_table import SizeTable, size_tables
from omni.domain.written import minor_units
from omni.domain.written_receipts import earned_by_default, published_rules

SPARE_DAYS = timedelta(days=14)
"""How long a voucher outlives the closing day, and returns the last use, unless the file says otherwise."""


@dataclass(frozen=True, kw_only=True)
class PlannedDays:
    """The days of an edition on its market's own clock; all inclusive."""

    opens_on: date
    closes_on: date
    last_issue_on: date
    last_unlock_on: date
    last_use_on: date
    returns_until_on: date


@dataclass(frozen=True, kw_only=True)
class PlannedDelivery:
    """Where the shop delivers and for how much; no cost when nobody wrote it."""

    cost_minor: int | None
    free_from_minor: int | None
    countries: tuple[str, ...]
    note: Localized | None


@dataclass(frozen=True, kw_only=True)
class PlannedPlacement:
    """One place of an edition, with the store it stands in."""

    slug: str
    touchpoint: Touchpoint
    name: Localized
    store: StorePart
    printer: str | None


@dataclass(frozen=True, kw_only=True)
class EditionPlan:
    """One edition as the file wants it. Amounts are minor units of the market's currency."""

    campaign: str
    market: MarketRecord
    locales: tuple[str, ...]
    days: PlannedDays
    shop: str
    shop_items: dict[str, str]
    seller: Seller
    seller_is_derived: bool
    size_tables: dict[str, SizeTable]
    bundle_prices_minor: dict[str, int]
    item_prices_minor: dict[str, int]
    stock: dict[str, int]
    minimum_basket_minor: int | None
    uses_per_code: int
    delivery: PlannedDelivery
    exclusions: Localized | None
    compare: Compare
    exchange: Exchange
    fees_minor: int | None
    ceilings_minor: dict[str, int]
    permit: str | None
    permit_page: str | None
    gcn: str | None
    withdrawal: str | None
    afterwards: str | None
    placements: tuple[PlannedPlacement, ...]
    receipts_bundle: str
    policies: Policies
    priority: int


def plan_edition(file: CampaignFile, market: MarketRecord) -> EditionPlan:
    """The edition of this campaign in one of its markets.

    Expects a file without findings (campaign_rules); raises KeyError for a market the file does not name.
    """
    part = file.markets[market.id]
    seller, shop = part.seller or file.seller, part.shop or file.shop
    locales = served_locales(file, market)
    return EditionPlan(
        campaign=file.campaign,
        market=market,
        locales=locales,
        days=planned_days(file, part),
        shop=template_of(shop),
        shop_items=native_items(shop),
        seller=seller or derived_seller(template_of(shop)),
        seller_is_derived=seller is None,
        size_tables=size_tables(file, market, locales),
        bundle_prices_minor=_bundle_prices(file, part, market.digits),
        item_prices_minor={
            sku: minor_units(price, digits=market.digits)
            for sku, price in part.prices.items()
            if sku not in file.bundles
        },
        stock=dict(part.stock),
        minimum_basket_minor=_minor(part.minimum_basket, market.digits),
        uses_per_code=part.uses_per_code,
        delivery=_delivery(part, market),
        exclusions=part.exclusions,
        compare=part.compare or file.compare,
        exchange=file.exchange,
        fees_minor=_minor(part.fees, market.digits),
        ceilings_minor={sku: minor_units(most, digits=market.digits) for sku, most in part.ceilings.items()},
        permit=part.permit,
        permit_page=part.permit_page,
        gcn=part.gcn,
        withdrawal=part.withdrawal,
        afterwards=part.afterwards,
        placements=planned_placements(part, market),
        receipts_bundle=earned_by_default(part.receipts, next(iter(file.bundles))),
        policies=policies_of(
            part,
            file,
            caps=part.caps,
            receipts=published_rules(part.receipts, market.digits),
            digits=market.digits,
        ),
        priority=part.priority,
    )


def planned_days(file: CampaignFile, part: MarketPart) -> PlannedDays:
    """The days of an edition: the market's own, else the campaign's, else derived from the closing day."""
    closes = part.closes or file.closes
    last_unlock = part.last_unlock or file.last_unlock or closes
    last_use = part.last_use or file.last_use or closes + SPARE_DAYS
    return PlannedDays(
        opens_on=part.opens or file.opens,
        closes_on=closes,
        last_issue_on=part.last_issue or file.last_issue or closes,
        last_unlock_on=last_unlock,
        last_use_on=last_use,
        returns_until_on=part.returns_until or file.returns_until or last_use + SPARE_DAYS,
    )


def served_locales(file: CampaignFile, market: MarketRecord) -> tuple[str, ...]:
    """The market's locales in its order: the required ones, and others in which every text is written."""
    texts = [words for _, words in texts_shown(file, market)]
    return tuple(
        locale.id
        for locale in market.locales
        if locale.id in market.required_locales or all(words.text(locale.id) is not None for words in texts)
    )


def texts_shown(file: CampaignFile, market: MarketRecord) -> Iterator[tuple[tuple[str, ...], Localized]]:
    """Every text a shopper of this market may read, with the place in the file where it is written."""
    part = file.markets[market.id]
    yield ("name",), file.name
    for sku, item in file.items.items():
        yield from _written(("items", sku), name=item.name, alt=item.alt)
    for slug, bundle in file.bundles.items():
        yield from _written(("bundles", slug), name=bundle.name, text=bundle.text, alt=bundle.alt)
        for variant, shown in bundle.variants.items():
            if shown.is_for(market.id):
                yield from _written(("bundles", slug, "variants", variant), text=shown.text, alt=shown.alt)
    for slug, table in file.size_tables.items():
        yield from _written(("size_tables", slug, "measures"), **table.measures)
    here = ("markets", market.id)
    yield from _written(here, exclusions=part.exclusions)
    if part.delivery:
        yield from _written((*here, "delivery"), note=part.delivery.note)
    for slug, placement in part.placements.items():
        yield from _written((*here, "placements", slug), name=placement.name)
        if isinstance(placement.store, StorePart):
            yield from _written((*here, "placements", slug, "store"), name=placement.store.name)


def _written(
    where: tuple[str, ...], **texts: Localized | None
) -> Iterator[tuple[tuple[str, ...], Localized]]:
    for field, words in texts.items():
        if words is not None:
            yield (*where, field), words


def derived_seller(shop: str) -> Seller:
    """Who seems to sell when nobody wrote it: the shop's host, and its address for all that is not known."""
    host = urlsplit(shop).hostname or shop
    site = f"https://{host}"
    return Seller(name=host, address=site, contact=site, registration=site)


def _bundle_prices(file: CampaignFile, part: MarketPart, digits: int) -> dict[str, int]:
    prices = {slug: part.prices.get(slug, bundle.price) for slug, bundle in file.bundles.items()}
    return {slug: minor_units(price, digits=digits) for slug, price in prices.items() if price is not None}


def is_public(plan: EditionPlan) -> bool:
    """Whether anybody may meet a code of this edition, not only who bought something first."""
    return any(place.touchpoint is not Touchpoint.RECEIPT for place in plan.placements)


def _minor(amount: Decimal | None, digits: int) -> int | None:
    return None if amount is None else minor_units(amount, digits=digits)


def _delivery(part: MarketPart, market: MarketRecord) -> PlannedDelivery:
    told = part.delivery
    return PlannedDelivery(
        cost_minor=_minor(told.cost, market.digits) if told else None,
        free_from_minor=_minor(told.free_from, market.digits) if told else None,
        countries=tuple(told.countries) if told and told.countries else (market.country,),
        note=told.note if told else None,
    )


def planned_placements(part: MarketPart, market: MarketRecord) -> tuple[PlannedPlacement, ...]:
    """The places of an edition: those written, else a till and a pop-up."""
    if not part.placements:
        return default_placements(market)
    return tuple(_planned(slug, place, part.store_of(place)) for slug, place in part.placements.items())


def _planned(slug: str, place: PlacementPart, store: StorePart | None) -> PlannedPlacement:
    if store is None:
        raise KeyError(place.store)
    return PlannedPlacement(
        slug=slug, touchpoint=place.kind, name=place.name, store=store, printer=place.printer
    )


def default_placements(market: MarketRecord) -> tuple[PlannedPlacement, ...]:
    """The places of a market in which nobody named one: a till and a pop-up in its first city."""
    slug = f"{market.id}-{market.city.slug}"
    store = StorePart(slug=slug, name=market.city.name)
    return (
        PlannedPlacement(
            slug=f"{slug}-till-1",
            touchpoint=Touchpoint.RECEIPT,
            name=market.city.till,
            store=store,
            printer=None,
        ),
        PlannedPlacement(
            slug=f"{slug}-popup",
            touchpoint=Touchpoint.POP_UP,
            name=market.city.popup,
            store=store,
            printer=None,
        ),
    )
