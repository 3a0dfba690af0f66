"""An offer as a display rule sees it, in any market, that keeps every rule there until a test breaks one."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from omni.domain.campaign_file import Compare, Seller
from omni.domain.display_rule import reference_rule
from omni.domain.market import Market
from omni.domain.offer_facts import OfferFacts
from omni.domain.price import ANY_SURFACE, DailySale, Price, bundle_item
from omni.domain.published import (
    Delivery,
    Published,
    PublishedBundle,
    PublishedLine,
    PublishedNet,
    PublishedTerms,
)
from omni.domain.window import midnight
from omni.present import market_file
from omni.present.rule_file import shipped_rules

OPENS_ON = date(2026, 11, 1)
RECORDED = datetime(2024, 1, 1, tzinfo=UTC)
BUNDLE = bundle_item("double-11", "tea")


def a_market(market: str, **changes: Any) -> Market:
    """A market as its shipped file has it; changes go into its record."""
    record = market_file.shipped()[market]
    return Market(
        id=record.id,
        country=record.country,
        currency=record.currency,
        digits=record.digits,
        time_zone=record.time_zone,
        locales=[{"id": locale.id, "terms": locale.terms} for locale in record.locales],
        required_locales=list(record.required_locales),
        record={**record.model_dump(mode="json"), **changes},
    )


def an_offer(market: str = "fr", *, prices: Iterable[Price] = (), **changes: Any) -> OfferFacts:
    """Tea for 60.00, asked for 80.00 a year long before, everything told and nothing forbidden.

    `prices` replace the history, `words` the clauses of the terms, `record` parts of the market's record;
    other changes go into the content.
    """
    here = a_market(market, **changes.pop("record", {}))
    facts: dict[str, Any] = {name: changes.pop(name) for name in ("at", "sales", "stock") if name in changes}
    if "words" in changes:
        facts["terms"] = changes.pop("words")
    content = a_content(here, **changes)
    told: dict[str, Any] = {
        "at": datetime(2026, 10, 25, 12, tzinfo=UTC),
        "prices": list(prices) or list(plain_prices(here)),
        "sales": [a_sale(here, 8000, days_before=days) for days in range(1, 31)],
        "terms": {locale["id"]: [{"text": "Cash value 1/100¢. No cash back."}] for locale in here.locales},
    }
    return OfferFacts(content=content, market=here, **{**told, **facts})


def a_content(market: Market, **changes: Any) -> Published:
    """What the offer says in every language of the market."""
    locales = [locale["id"] for locale in market.locales]
    told: dict[str, Any] = {
        "campaign": "double-11",
        "names": dict.fromkeys(locales, "Double 11"),
        "market": market.id,
        "opens_on": OPENS_ON,
        "last_issue_on": date(2026, 11, 30),
        "last_unlock_on": date(2026, 11, 30),
        "last_use_on": date(2026, 12, 14),
        "returns_until_on": date(2027, 1, 14),
        "shop": "https://shop.example/cart",
        "seller": Seller(
            name="Larkfell Ltd",
            address="11 Example Quay",
            contact="+7 700 123 45 67",
            registration="BIN 123456789012, CNPJ 12.345.678/0001-90",
        ),
        "delivery": Delivery(cost_minor=490, countries=(market.country,)),
        "compare": Compare.BEFORE,
        "reference": reference_rule(shipped_rules(), market.id, OPENS_ON),
        "is_public": True,
        "fees_minor": 0,
        "permit": "FTEB-1234",
        "permit_page": "https://permits.example/1234",
        "withdrawal": "https://shop.example/withdraw",
        "receipts_bundle": "tea",
        "bundles": (a_bundle(market),),
        "prices": (),
        "terms": dict.fromkeys(locales, PublishedTerms(id=1, version=1, sha256="0")),
    }
    return Published(**{**told, **changes})


def a_bundle(market: Market, *lines: PublishedLine, **changes: Any) -> PublishedBundle:
    """A teapot and a tin of tea, described in every language of the market."""
    locales = [locale["id"] for locale in market.locales]
    told: dict[str, Any] = {
        "id": 1,
        "slug": "tea",
        "names": dict.fromkeys(locales, "Tea"),
        "texts": dict.fromkeys(locales, "A pot and a tin."),
        "picture": "d1",
        "alts": dict.fromkeys(locales, "A red pot"),
        "lines": lines or (a_line(market, 0, "pot"), a_line(market, 1, "tin")),
    }
    return PublishedBundle(**{**told, **changes})


def a_line(market: Market, line: int, sku: str, **changes: Any) -> PublishedLine:
    """One item, with everything known about it."""
    told: dict[str, Any] = {
        "line": line,
        "sku": sku,
        "names": {locale["id"]: f"A fine {sku}" for locale in market.locales},
        "quantity": 1,
        "picture": f"d{line + 2}",
        "net": PublishedNet(amount=Decimal("0.25"), per="kg"),
        "origin": "JP",
        "maker": "Iron & Co, Leeds",
        "responsible": "Iron EU, Cork",
        "ceiling_minor": 9000,
    }
    return PublishedLine(**{**told, **changes})


def plain_prices(market: Market) -> Iterator[Price]:
    """A year at 80.00, then 60.00, in the shop too; the pot at 70.00 and the tin at 10.00 all along."""
    yield a_price(market, 8000, days_before=400)
    yield a_price(market, 6000)
    yield a_price(market, 6000, surface="shop")
    yield from singles(market)


def singles(market: Market, *, pot: int = 7000, tin: int = 1000, **changes: Any) -> list[Price]:
    """The prices of the items alone."""
    told: dict[str, Any] = {"days_before": 400, **changes}
    return [a_price(market, pot, item="pot", **told), a_price(market, tin, item="tin", **told)]


def a_price(
    market: Market,
    amount_minor: int,
    *,
    item: str = BUNDLE,
    days_before: int = 0,
    until: date | None = None,
    surface: str = ANY_SURFACE,
) -> Price:
    """A price from so many days before the first day of the offer."""
    since = OPENS_ON - timedelta(days=days_before)
    return Price(
        market_id=market.id,
        item=item,
        surface=surface,
        amount_minor=amount_minor,
        currency=market.currency,
        valid_from=midnight(since, market.time_zone),
        valid_until=None if until is None else midnight(until, market.time_zone),
        recorded_at=RECORDED + timedelta(days=(since - date(2024, 1, 1)).days),
        source="tests",
    )


def a_sale(market: Market, amount_minor: int, *, days_before: int, units: int = 3) -> DailySale:
    """So many bundles sold on a day before the offer."""
    return DailySale(
        market_id=market.id,
        item=BUNDLE,
        sold_on=OPENS_ON - timedelta(days=days_before),
        amount_minor=amount_minor,
        currency=market.currency,
        units=units,
        recorded_at=RECORDED,
        source="tests",
    )
