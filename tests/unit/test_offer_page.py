"""What a page says of an offer: honest sums, delivery in words, and the time a paper was printed."""

from datetime import UTC, datetime, timedelta

import pytest

from omni.domain.market import Market
from omni.domain.published import Delivery, Published, PublishedBundle, PublishedLine
from omni.present import market_file
from omni.present.locales import speaking
from omni.present.offer_page import OfferPage, last_day, offer_page, printed_when
from omni.present.pauses import PAUSES, pause_sentence
from omni.services.launching import PAUSE_REASONS

NOW = datetime(2026, 11, 11, 10, tzinfo=UTC)
TEAPOT = PublishedLine(line=1, sku="teapot", names={"en": "Teapot"}, quantity=1)
CUPS = PublishedLine(line=2, sku="cup", names={"en": "Cup"}, quantity=2)


def a_market(slug: str = "fr") -> Market:
    record = market_file.shipped()[slug]
    return Market(
        id=record.id,
        country=record.country,
        currency=record.currency,
        digits=record.digits,
        time_zone=record.time_zone,
        locales=[],
        required_locales=list(record.required_locales),
        record=record.model_dump(mode="json"),
    )


def a_page(
    *,
    price: int | None = 5_000,
    singles: tuple[int | None, ...] = (4_000, 1_000),
    market: str = "fr",
    locale: str = "en",
    **content: object,
) -> OfferPage:
    said = {"names": {"en": "Sale"}, "delivery": Delivery(), "minimum_basket_minor": None, **content}
    bundle = PublishedBundle(id=1, slug="tea", names={"en": "Tea set"}, lines=(TEAPOT, CUPS))
    published = Published.model_construct(**said)
    return offer_page(
        published, bundle, a_market(market), locale=locale, price_minor=price, item_prices_minor=singles
    )


def test_the_sum_is_what_the_items_cost_less_what_is_saved() -> None:
    shown = a_page()
    assert [item.together for item in shown.items] == ["€40.00", "€20.00"]
    assert (shown.arithmetic.separately, shown.arithmetic.saving, shown.total) == (
        "€60.00",
        "-€10.00",
        "€50.00",
    )


@pytest.mark.parametrize("singles", [(4_000, None), (3_000, 1_000), (2_000, 1_000)])
def test_no_saving_is_made_up(singles: tuple[int | None, ...]) -> None:
    assert a_page(singles=singles).arithmetic is None


def test_an_offer_without_a_price_has_no_total() -> None:
    shown = a_page(price=None)
    assert (shown.total, shown.arithmetic) == (None, None)


@pytest.mark.parametrize(
    "delivery,said",
    [
        (Delivery(), "The shop shows the delivery cost before you pay."),
        (Delivery(cost_minor=0), "Free delivery."),
        (Delivery(cost_minor=490), "Delivery \u2068€4.90\u2069 per order."),
        (
            Delivery(cost_minor=490, free_from_minor=6_000),
            "Delivery \u2068€4.90\u2069 per order, free from \u2068€60.00\u2069.",
        ),
        (Delivery(countries=("FR", "MC")), "Delivers to: France and Monaco."),
    ],
)
def test_delivery_says_what_it_costs_and_where_it_goes(delivery: Delivery, said: str) -> None:
    assert said in a_page(delivery=delivery).delivery


@pytest.mark.parametrize(
    "market,said",
    [("fr", "tax included (VAT)"), ("us", "before tax; sales tax is added at checkout")],
)
def test_the_tax_stands_beside_the_price_as_the_market_shows_it(market: str, said: str) -> None:
    assert a_page(market=market).tax == said


def test_a_minimum_is_told_and_so_is_none() -> None:
    assert a_page().minimum == "No minimum purchase."
    assert "€30.00" in a_page(minimum_basket_minor=3_000).minimum


@pytest.mark.parametrize("days_ago", [0, 1, 9])
def test_a_paper_knows_how_old_it_is_on_its_own_clocks(days_ago: int) -> None:
    with speaking("fr"):
        told = printed_when(NOW - timedelta(days=days_ago), now=NOW, zone="Europe/Paris")
    assert (told.days_ago, told.time) == (days_ago, "11:00")


def test_midnight_there_is_what_makes_yesterday() -> None:
    told = printed_when(datetime(2026, 11, 10, 14, tzinfo=UTC), now=NOW, zone="Asia/Tokyo")
    assert told.days_ago == 1
    told = printed_when(datetime(2026, 11, 10, 15, tzinfo=UTC), now=NOW, zone="Asia/Tokyo")
    assert told.days_ago == 0


def test_the_last_day_is_the_one_before_the_end() -> None:
    assert last_day(datetime(2027, 1, 14, 23, tzinfo=UTC), "Europe/Paris").isoformat() == "2027-01-14"


def test_every_reason_to_pause_has_words_but_the_one_that_brings_its_own() -> None:
    assert {*PAUSES, "other"} == set(PAUSE_REASONS)
    assert pause_sentence("other", "The roof leaks.") == "The roof leaks."
    assert pause_sentence("other", None) is None
