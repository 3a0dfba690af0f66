"""The checks of display rules, one by one: what each sees, and where its limit lies."""

from datetime import date, timedelta
from typing import Any

import pytest

from omni.domain.campaign_file import Compare, Seller
from omni.domain.checking import CHECKS, NotTracked, Verdict
from omni.domain.checking.gifts import GiftTier, gift_limit_minor
from omni.domain.checking.registry import check
from omni.domain.checking.wording import percentages_claimed
from omni.domain.edition_plan import derived_seller
from omni.domain.offer_facts import NEEDS, PERSONAL_SURFACES, TRIGGERS, OfferFacts
from omni.domain.price import Price
from omni.domain.published import Delivery
from omni.present.rule_file import shipped_rules
from tests.support.offers import (
    OPENS_ON,
    a_bundle,
    a_line,
    a_market,
    a_price,
    an_offer,
    plain_prices,
    singles,
)

PARAMS = {rule.id: rule.params for rule in shipped_rules()}
GB = a_market("gb")
DE = a_market("de")


def found(name: str, facts: OfferFacts, **params: Any) -> Verdict:
    given = CHECKS[name].params.model_validate(params)
    verdict = CHECKS[name].judge(facts, **{key: getattr(given, key) for key in type(given).model_fields})
    assert isinstance(verdict, Verdict)
    return verdict


def passes(name: str, facts: OfferFacts, **params: Any) -> bool:
    return found(name, facts, **params).passed


def costing(now: int, *earlier: tuple[int, int, int | None]) -> list[Price]:
    """A bundle that costs so much now, and cost each amount from so many days before, for so many days."""
    rows = [a_price(DE, now), *singles(DE, days_before=0)]
    for amount, days_before, lasting in earlier:
        until = None if lasting is None else OPENS_ON - timedelta(days=days_before - lasting)
        rows.append(a_price(DE, amount, days_before=days_before, until=until))
    return rows


def test_a_verdict_keeps_what_was_seen_and_names_the_first_field_that_is_wrong() -> None:
    verdict = found("maker-given", an_offer("fr", bundles=(a_bundle(GB, a_line(GB, 0, "pot", maker=None)),)))
    assert verdict == Verdict(
        passed=False,
        field="items.pot.maker",
        values={"seen": {"items.pot.maker": None}, "wrong": ["items.pot.maker"]},
    )


def test_a_check_is_registered_once() -> None:
    with pytest.raises(ValueError, match="price-known is a check already"):
        check("price-known")(lambda facts: Verdict.of({}, field="name"))


@pytest.mark.parametrize(
    "prices, passed, earlier",
    [
        pytest.param(costing(444, (699, 10, None), (444, 60, 50)), False, 444, id="coffee 4.44, 6.99, 4.44"),
        pytest.param(costing(129, (169, 10, None), (129, 60, 50)), False, 129, id="bananas 1.29, 1.69, 1.29"),
        pytest.param(
            costing(2000, (2500, 60, None), (2100, 12, 1)), True, 2100, id="a dip of one day counts"
        ),
        pytest.param(
            costing(2000, (2500, 60, None), (2100, 32, 1)), True, 2500, id="a dip 32 days ago does not"
        ),
        pytest.param(costing(2000, (2500, 10, None)), True, 2500, id="ten days on sale"),
    ],
)
def test_the_lowest_price_of_30_days_decides(prices: list[Price], passed: bool, earlier: int) -> None:
    verdict = found("earlier-price", an_offer("de", prices=prices), kind="lowest", days=30)
    assert (verdict.passed, verdict.values["seen"]["prices.tea"]["earlier"]) == (passed, earlier)


def test_a_reduction_from_21_to_20_is_4_percent_and_never_5() -> None:
    facts = an_offer("de", prices=costing(2000, (2500, 60, None), (2100, 12, 1)))
    verdict = found("earlier-price", facts, kind="lowest", days=30)
    assert verdict.values["seen"]["prices.tea"]["percent"] == 4


def test_without_a_history_no_claim_can_be_made_before_time_has_passed() -> None:
    verdict = found("earlier-price", an_offer("de", prices=costing(2000)), kind="lowest", days=30)
    assert not verdict.passed
    assert verdict.possible_on == date(2026, 12, 1)


@pytest.mark.parametrize("goods, most", [(99, 50), (100, 50), (1301, 650)])
def test_in_taiwan_gifts_are_worth_half_of_the_goods_or_50_dollars(goods: int, most: int) -> None:
    assert gift_limit_minor(goods, _tiers("TW-GIFT")) == most


@pytest.mark.parametrize("goods, most", [(999, 200), (1000, 200), (5499, 1099)])
def test_in_japan_gifts_are_worth_a_fifth_of_the_goods_or_200_yen(goods: int, most: int) -> None:
    assert gift_limit_minor(goods, _tiers("JP-PREM")) == most


def _tiers(rule: str) -> list[GiftTier]:
    return [GiftTier.model_validate(tier) for tier in PARAMS[rule]["tiers"]]


def test_goods_beyond_every_tier_know_no_limit() -> None:
    assert gift_limit_minor(100, [GiftTier(below_minor=100, percent=10)]) is None


@pytest.mark.parametrize("tier", [{}, {"percent": 10, "at_most_minor": 5}, {"percent": 101}])
def test_a_tier_says_one_limit(tier: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        GiftTier.model_validate(tier)


def test_two_of_a_gift_are_worth_twice_as_much() -> None:
    def offered(quantity: int) -> OfferFacts:
        tins = a_line(GB, 1, "tin", is_gift=True, quantity=quantity)
        return an_offer("gb", bundles=(a_bundle(GB, a_line(GB, 0, "pot"), tins),))

    assert passes("gift-at-most", offered(1), tiers=[{"at_most_minor": 1999}])
    assert not passes("gift-at-most", offered(2), tiers=[{"at_most_minor": 1999}])


def test_a_gift_of_unknown_value_is_not_within_a_limit() -> None:
    tin = a_line(GB, 1, "tin", is_gift=True)
    bundle = a_bundle(GB, a_line(GB, 0, "pot"), tin)
    facts = an_offer("gb", bundles=(bundle,), prices=[a_price(GB, 6000)])
    assert not passes("gift-at-most", facts, tiers=[{"percent": 50}])


@pytest.mark.parametrize(
    "text, locale, claimed",
    [
        ("-30 %", "fr_FR", [30]),
        ("−30%", "en_GB", [30]),
        ("30% off everything", "en_GB", [30]),
        ("%30 indirim", "tr_TR", [30]),
        ("30%OFF", "ja_JP", [30]),
        ("30％引き", "ja_JP", [30]),
        ("30 % Rabatt, 10 % Nachlass", "de_DE", [30, 10]),
        ("12,5 % korting", "nl_NL", [12]),
        ("100 % coton", "fr_FR", []),
        ("80% wool", "en_GB", []),
        ("30 cups", "en_GB", []),
    ],
)
def test_a_percentage_is_a_claim_with_a_minus_or_beside_a_word_that_says_so(
    text: str, locale: str, claimed: list[int]
) -> None:
    assert percentages_claimed(text, locale, PARAMS["ALL-ROUND"]["words"]) == claimed


@pytest.mark.parametrize(
    "compare, text, passed",
    [
        (Compare.BEFORE, "25% off", True),
        (Compare.BEFORE, "26% off", False),
        (Compare.SEPARATELY, "25% off", True),
        (Compare.SEPARATELY, "26% off", False),
        (Compare.NOTHING, "1% off", False),
    ],
)
def test_a_percentage_holds_against_what_the_page_compares_with(
    compare: Compare, text: str, passed: bool
) -> None:
    facts = an_offer("gb", compare=compare, bundles=(a_bundle(GB, texts={"en_GB": text}),))
    assert passes("percent-true", facts, words=PARAMS["ALL-ROUND"]["words"]) is passed


@pytest.mark.parametrize(
    "text, locale, is_said",
    [
        ("Only 3 left in stock", "en_GB", True),
        ("only 12 left", "en_GB", True),
        ("only a few left", "en_GB", False),
        ("ONLY 3 LEFT", "en_US", True),
        ("Turn left after 3", "en_GB", False),
        ("Plus que 3 !", "fr_FR", True),
        ("残り3点", "ja_JP", True),
        ("最后3件", "zh_Hans_CN", True),
        ("最後3件", "zh_Hant_TW", True),
        ("الكمية محدودة", "ar_SA", True),
        ("Only 3 left", "de_DE", False),
    ],
)
def test_scarcity_is_heard_in_its_own_language(text: str, locale: str, is_said: bool) -> None:
    facts = an_offer("gb", bundles=(a_bundle(GB, texts={locale: text}),))
    assert passes("stock-counted", facts, words=PARAMS["ALL-STOCK"]["words"]) is not is_said


def test_who_counts_the_stock_may_say_that_little_is_left() -> None:
    bundles = (a_bundle(GB, texts={"en_GB": "Only 3 left"}),)
    words = PARAMS["ALL-STOCK"]["words"]
    assert passes("stock-counted", an_offer("gb", bundles=bundles, stock={"tea": 3}), words=words)
    assert not passes("stock-counted", an_offer("gb", bundles=bundles, stock={"ski": 3}), words=words)


@pytest.mark.parametrize(
    "text, passed",
    [
        ("Soldes d'hiver", False),
        ("prix SOLDÉ", False),
        ("Soldats de plomb", True),
        ("le solde de votre compte", False),
        ("prix doux", True),
    ],
)
def test_solde_is_heard_as_a_word_and_in_its_forms(text: str, passed: bool) -> None:
    facts = an_offer("fr", bundles=(a_bundle(a_market("fr"), texts={"fr_FR": text}),))
    assert passes("no-words", facts, **PARAMS["FR-SOLDES"]) is passed


@pytest.mark.parametrize(
    "opens, closes, passed",
    [
        (date(2027, 1, 6), date(2027, 2, 2), True),
        (date(2027, 1, 5), date(2027, 2, 2), False),
        (date(2027, 1, 6), date(2027, 2, 3), False),
        (date(2027, 6, 23), date(2027, 6, 30), True),
        (date(2026, 11, 11), date(2026, 11, 11), False),
    ],
)
def test_soldes_belong_to_the_two_legal_periods(opens: date, closes: date, passed: bool) -> None:
    days = {"opens_on": opens, "last_unlock_on": closes}
    facts = an_offer("fr", names={"fr_FR": "Les soldes"}, **days)
    assert passes("no-words", facts, **PARAMS["FR-SOLDES"]) is passed


@pytest.mark.parametrize("text", ["$60++", "60 ++", "No  GST!", "price before GST"])
def test_signs_and_words_are_found_wherever_they_stand(text: str) -> None:
    facts = an_offer("sg", bundles=(a_bundle(a_market("sg"), texts={"en_SG": text}),))
    assert not passes("no-words", facts, **PARAMS["SG-GST"])


@pytest.mark.parametrize(
    "name, passed",
    [
        ("Tea 250 g", False),
        ("Juice 0,5 l", False),
        ("Oil 75cl", False),
        ("Set of 3 mugs", True),
        ("Juice 1 L", False),
        ("Rug 2 m²", False),
        ("5G phone", True),
    ],
)
def test_a_name_that_tells_a_measure_asks_for_the_net_quantity(name: str, passed: bool) -> None:
    line = a_line(GB, 0, "pot", names={"en_GB": name}, net=None)
    assert passes("unit-price", an_offer("gb", bundles=(a_bundle(GB, line),))) is passed


def test_a_seller_made_up_from_the_shop_address_is_not_named() -> None:
    made_up = derived_seller("https://shop.example/cart")
    assert found("seller-named", an_offer("gb", seller=made_up)).field == "seller.address"


@pytest.mark.parametrize("field", ["name", "address", "contact", "registration"])
def test_a_seller_is_named_in_full(field: str) -> None:
    seller = Seller(name="A", address="B", contact="C", registration="D").model_copy(update={field: " "})
    assert found("seller-named", an_offer("gb", seller=seller)).field == f"seller.{field}"


@pytest.mark.parametrize(
    "registration, passed",
    [
        ("BIN 123456789012", True),
        ("BIN 12345678901", False),
        ("1234567890123", False),
    ],
)
def test_a_bin_has_twelve_digits(registration: str, passed: bool) -> None:
    seller = Seller(name="A", address="B", contact="+7 700 123 45 67", registration=registration)
    assert passes("seller-identified", an_offer("kz", seller=seller), **PARAMS["KZ-SELLER"]) is passed


@pytest.mark.parametrize(
    "delivery, passed",
    [
        (Delivery(cost_minor=0), True),
        (Delivery(note={"en_GB": "By weight"}), True),
        (Delivery(), False),
    ],
)
def test_delivery_has_a_cost_or_a_way_to_learn_it(delivery: Delivery, passed: bool) -> None:
    assert passes("delivery-stated", an_offer("gb", delivery=delivery)) is passed


def test_a_price_seen_elsewhere_counts_only_at_the_instant_that_counts() -> None:
    over = a_price(GB, 9000, surface="label", days_before=20, until=date(2026, 10, 20))
    assert passes("one-price", an_offer("gb", prices=[*plain_prices(GB), over]))
    single = a_price(GB, 6900, item="pot", surface="label", days_before=20)
    verdict = found("one-price", an_offer("gb", prices=[*plain_prices(GB), single]))
    assert (verdict.field, verdict.values["seen"]["prices.pot"]) == (
        "prices.pot",
        {"any": 7000, "label": 6900},
    )


def test_a_withdrawn_bundle_is_judged_no_more() -> None:
    gone = a_bundle(GB, a_line(GB, 0, "pot", maker=None), slug="gone", is_withdrawn=True)
    assert passes("maker-given", an_offer("gb", bundles=(a_bundle(GB), gone)))


def test_every_fact_reads_as_one_of_its_values() -> None:
    facts = [an_offer(market, compare=compare) for market in ("fr", "us", "hk") for compare in Compare]
    facts.append(an_offer("gb", delivery=Delivery(), permit=None, is_public=False, stock_limited=True))
    for trigger in TRIGGERS.values():
        assert {trigger.read(each) for each in facts} <= set(trigger.values)


@pytest.mark.parametrize(
    "fact, changes, value",
    [
        ("audience", {"is_public": False}, "receipt"),
        ("gifts", {"bundles": (a_bundle(GB, a_line(GB, 0, "tin", is_gift=True)),)}, "yes"),
        ("measured", {"bundles": (a_bundle(GB, a_line(GB, 0, "tin", net=None)),)}, "no"),
        ("perishable", {"bundles": (a_bundle(GB, a_line(GB, 0, "tin", is_perishable=True)),)}, "yes"),
        ("ai-pictures", {"bundles": (a_bundle(GB, made_by_ai=True),)}, "yes"),
        ("ai-pictures", {"bundles": (a_bundle(GB, made_by_ai=True, picture=None),)}, "no"),
        ("permit", {"permit": None}, "no"),
        ("delivery", {"delivery": Delivery()}, "at-checkout"),
        ("stock", {"stock_limited": True}, "counted"),
        ("personalised", {}, "no"),
        ("tax", {}, "incl"),
    ],
)
def test_a_fact_follows_what_the_offer_says(fact: str, changes: dict[str, Any], value: str) -> None:
    assert TRIGGERS[fact].read(an_offer("gb", **changes)) == value


@pytest.mark.parametrize("surface", sorted(PERSONAL_SURFACES))
def test_a_price_on_a_surface_of_one_person_is_personalised(surface: str) -> None:
    facts = an_offer("gb", prices=[*plain_prices(GB), a_price(GB, 6000, surface=surface)])
    assert TRIGGERS["personalised"].read(facts) == "yes"


def test_every_need_tells_fed_from_never_fed() -> None:
    nothing = an_offer(
        "gb", bundles=(a_bundle(GB, a_line(GB, 0, "pot", ceiling_minor=None)),), fees_minor=None
    )
    empty = OfferFacts(content=nothing.content, market=GB, at=nothing.at)
    assert [name for name, is_fed in NEEDS.items() if is_fed(empty)] == []
    assert [name for name, is_fed in NEEDS.items() if not is_fed(an_offer("gb"))] == []
    assert NotTracked(("sales",)).needs == ("sales",)
