"""What a page says of an offer: honest sums, delivery in words, and the time a paper was printed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from omni.domain.campaign_file import Compare
from omni.domain.market import Market
from omni.domain.published import (
    Delivery,
    Published,
    PublishedBundle,
    PublishedLine,
    PublishedNet,
    PublishedReference,
)
from omni.domain.reference import NoReference, Reference, ReferenceKind, Why
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
        locales=[{"id": locale.id, "terms": locale.terms} for locale in record.locales],
        required_locales=list(record.required_locales),
        record=record.model_dump(mode="json"),
    )


def a_page(
    *,
    price: int | None = 5_000,
    singles: tuple[int | None, ...] = (4_000, 1_000),
    market: str = "fr",
    locale: str = "en",
    lines: tuple[PublishedLine, ...] = (TEAPOT, CUPS),
    before: Reference | NoReference | None = None,
    **content: object,
) -> OfferPage:
    said = {"names": {"en": "Sale"}, "delivery": Delivery(), "minimum_basket_minor": None, **content}
    bundle = PublishedBundle(id=1, slug="tea", names={"en": "Tea set"}, lines=lines)
    published = Published.model_construct(**said)
    return offer_page(
        published,
        bundle,
        a_market(market),
        locale=locale,
        price_minor=price,
        item_prices_minor=singles,
        reference=before,
    )


def an_earlier_page(before: Reference | NoReference | None, **changes: object) -> OfferPage:
    rule = PublishedReference(kind=ReferenceKind.LOWEST, days=30, words="price.lowest", rules=("EU-OMN-30D",))
    return a_page(**{"compare": Compare.BEFORE, "reference": rule, "before": before, **changes})


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


def test_the_earlier_price_is_told_in_the_markets_legal_words_with_the_floor_of_the_reduction() -> None:
    shown = an_earlier_page(Reference(2_100), price=2_000)
    assert shown.earlier is not None
    assert shown.earlier.words == "Lowest price in the 30 days before the reduction: \u2068€21.00\u2069"
    assert shown.earlier.reduction == "4% less"
    german = an_earlier_page(Reference(2_100), price=2_000, market="de", locale="de_DE")
    assert german.earlier is not None
    assert "30" in german.earlier.words
    assert "21,00\u00a0€" in german.earlier.words


def test_an_earlier_price_leaves_no_second_comparison_beside_it() -> None:
    shown = an_earlier_page(Reference(6_500), price=5_000)
    assert shown.arithmetic is None
    assert {item.together for item in shown.items} == {None}


@pytest.mark.parametrize(
    "before",
    [None, NoReference(Why.NO_HISTORY, date(2026, 12, 1)), Reference(5_000), Reference(4_999)],
)
def test_where_the_rule_refuses_the_page_makes_no_claim(before: Reference | NoReference | None) -> None:
    shown = an_earlier_page(before, price=5_000)
    assert (shown.total, shown.earlier, shown.why, shown.arithmetic) == ("€50.00", None, None, None)


def test_without_legal_words_there_is_no_claim() -> None:
    rule = PublishedReference(kind=ReferenceKind.LOWEST, days=30, words="price.unheard-of", rules=())
    assert an_earlier_page(Reference(6_500), reference=rule).earlier is None


def test_a_reduction_below_one_percent_is_no_percentage() -> None:
    shown = an_earlier_page(Reference(100_001), price=100_000)
    assert shown.earlier is not None
    assert shown.earlier.reduction is None


def test_a_price_that_is_set_against_nothing_stands_alone() -> None:
    shown = a_page(compare=Compare.NOTHING, before=Reference(9_900))
    assert (shown.total, shown.arithmetic, shown.earlier, shown.why) == ("€50.00", None, None, None)
    assert {item.single for item in shown.items} == {None}


def test_why_this_is_the_price_is_a_sum_that_comes_out() -> None:
    apart = a_page().why
    assert apart is not None
    assert (apart.together, apart.less, apart.since) == (("€40.00", "€20.00"), "€10.00", None)
    before = an_earlier_page(Reference(6_500, reduced_on=date(2026, 11, 1))).why
    assert before is not None
    assert (before.together, before.less) == (("€65.00",), "€15.00")
    assert before.since == "This price began on November 1, 2026."


@pytest.mark.parametrize(
    "amount, per, single, said",
    [
        ("0.1", "kg", 990, "\u2068€99.00\u2069 per 1 kg"),
        ("0.75", "l", 1_000, "\u2068€13.33\u2069 per 1 L"),
        ("8", "m", 100, "\u2068€0.13\u2069 per 1 m"),
        ("2", "m2", 1_000, "\u2068€5.00\u2069 per 1 m²"),
        ("0.5", "m3", 1_000, "\u2068€20.00\u2069 per 1 m³"),
    ],
)
def test_measured_goods_say_what_one_unit_costs(amount: str, per: str, single: int, said: str) -> None:
    tea = TEAPOT.model_copy(update={"net": PublishedNet(amount=Decimal(amount), per=per)})
    assert a_page(lines=(tea,), singles=(single,)).items[0].unit_price == said
    assert a_page(lines=(tea,), singles=(None,)).items[0].unit_price is None


def test_an_item_says_what_it_may_cost_at_most_and_whether_it_is_a_gift_or_drawn_by_a_machine() -> None:
    cup = CUPS.model_copy(update={"ceiling_minor": 1_200, "is_gift": True, "made_by_ai": True})
    teapot, shown = (page := a_page(lines=(TEAPOT, cup))).items
    assert shown.ceiling == "Maximum retail price: \u2068€12.00\u2069, inclusive of all taxes"
    assert (shown.is_gift, shown.made_by_ai) == (True, True)
    assert (teapot.ceiling, teapot.is_gift, teapot.made_by_ai) == (None, False, False)
    assert page.pictures == "Some pictures were made with artificial intelligence."
    assert a_page().pictures is None


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
