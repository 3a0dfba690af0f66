"""Every display rule that is shipped: an offer that keeps it, and one in which only that rule is broken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from omni.domain.campaign_file import Compare, Seller
from omni.domain.checking import NotTracked, Verdict, judge, speaking
from omni.domain.display_rule import EVERYWHERE, DisplayRule, Weight, reference_rule
from omni.domain.market import Market
from omni.domain.offer_facts import OfferFacts
from omni.domain.price import Price
from omni.domain.published import Delivery, PublishedReference
from omni.present import market_file
from omni.present.rule_file import shipped_rules
from tests.support.offers import (
    OPENS_ON,
    a_bundle,
    a_line,
    a_market,
    a_price,
    a_sale,
    an_offer,
    plain_prices,
    singles,
)

RULES = {rule.id: rule for rule in shipped_rules()}
Changes = dict[str, Any]
Change = Callable[[Market], Changes]


@dataclass(frozen=True)
class Breach:
    """How one rule is broken in a market: what the offer is like before, and what is changed then."""

    rule: str
    market: str
    broken: Change
    before: Change = field(default=lambda market: {})
    also: tuple[str, ...] = ()


def told(**changes: Any) -> Change:
    """The same change in every market."""
    return lambda market: dict(changes)


def texts(text: str) -> Change:
    return lambda market: {"bundles": (a_bundle(market, texts={market.locales[0]["id"]: text}),)}


def spoiling(market: Market) -> Changes:
    fresh = [a_line(market, line, sku, is_perishable=True) for line, sku in enumerate(("pot", "tin"))]
    return {"bundles": (a_bundle(market, *fresh),)}


def lines(**changes: Any) -> Change:
    """The bundle with its last item changed."""

    def change(market: Market) -> Changes:
        pot, tin = a_line(market, 0, "pot"), a_line(market, 1, "tin", **changes)
        return {"bundles": (a_bundle(market, pot, tin),)}

    return change


def taxed(**changes: Any) -> Change:
    """The market's record with its tax changed."""
    return lambda market: {"record": {"tax": {**market.record["tax"], **changes}}}


def history(*amounts: tuple[int, int]) -> Change:
    """Each amount from so many days before the offer, then 60.00; the items have no history of their own."""

    def change(market: Market) -> Changes:
        earlier = [a_price(market, amount, days_before=days) for amount, days in amounts]
        now = [a_price(market, 6000), a_price(market, 6000, surface="shop")]
        return {"prices": [*earlier, *now, *singles(market, days_before=0)], "sales": []}

    return change


def priced(**single: int) -> Change:
    return lambda market: {"prices": [*_bundle_rows(market), *singles(market, **single)]}


def also_seen(surface: str, amount: int, *, days_before: int = 0, until: date | None = None) -> Change:
    def change(market: Market) -> Changes:
        seen = a_price(market, amount, surface=surface, days_before=days_before, until=until)
        return {"prices": [*plain_prices(market), seen]}

    return change


def tin_ends(market: Market) -> Changes:
    tin = a_price(market, 1000, item="tin", days_before=400, until=date(2026, 11, 15))
    return {"prices": [*_bundle_rows(market), singles(market)[0], tin]}


def no_bundle_price(market: Market) -> Changes:
    return {"prices": singles(market)}


def no_tin_price(market: Market) -> Changes:
    return {"prices": [*_bundle_rows(market), singles(market)[0]]}


def sold_for_less(market: Market) -> Changes:
    return {"sales": [a_sale(market, 5500, days_before=3)]}


def without(*names: str) -> Change:
    return told(**dict.fromkeys(names))


def in_english_only(market: Market) -> Changes:
    return {"bundles": (a_bundle(market, texts={"en": "A pot and a tin."}),)}


def terms_in_one_language_less(market: Market) -> Changes:
    offer = an_offer(market.id)
    kept = {key: value for key, value in offer.content.terms.items() if key != market.required_locales[-1]}
    return {"terms": kept}


def same_picture_unmarked(market: Market) -> Changes:
    return _pictured(market, is_marked=False)


def same_picture_marked(market: Market) -> Changes:
    return _pictured(market, is_marked=True)


def _pictured(market: Market, *, is_marked: bool) -> Changes:
    pot = a_line(market, 0, "pot", picture="d1", made_by_ai=is_marked)
    return {"bundles": (a_bundle(market, pot, a_line(market, 1, "tin"), made_by_ai=True),)}


def _bundle_rows(market: Market) -> list[Price]:
    return [row for row in plain_prices(market) if row.item == "double-11/tea"]


SELLER = Seller(
    name="Larkfell Ltd",
    address="11 Example Quay",
    contact="+7 700 123 45 67",
    registration="BIN 123456789012, CNPJ 12.345.678/0001-90",
)
NO_NUMBERS = told(seller=SELLER.model_copy(update={"registration": "Companies House 11"}))
GIFT = lines(is_gift=True)
NO_DELIVERY_COST = Delivery(note={"zh_Hans_CN": "见结算页", "en": "By weight", "en_AU": "By weight"})
LATER = {"last_issue_on": date(2028, 1, 1), "last_unlock_on": date(2028, 1, 1)}
LATER |= {"last_use_on": date(2028, 1, 14), "returns_until_on": date(2028, 2, 14)}
VAT_CHANGE = {"rate_bp": 1900, "valid_from": "2026-11-20", "valid_until": None}

BREACHES = [
    Breach("ALL-TOTAL", "gb", no_bundle_price, told(compare=Compare.NOTHING)),
    Breach("ALL-FEES", "fr", told(fees_minor=100)),
    Breach("ALL-DELIV", "gb", told(delivery=Delivery(countries=("GB",)))),
    Breach("ALL-TERM", "be", terms_in_one_language_less),
    Breach("ALL-ID", "gb", told(seller=SELLER.model_copy(update={"registration": "https://shop.example"}))),
    Breach("ALL-ONE", "gb", also_seen("label", 6500), also_seen("label", 6000)),
    Breach("ALL-SOURCE", "gb", history()),
    Breach("ALL-STOCK", "gb", texts("Only 3 left!"), texts("Only three cups.")),
    Breach("ALL-ROUND", "gb", texts("Now 26 % off"), texts("Now 25 % off")),
    Breach("EU-OMN-30D", "fr", history((6000, 40), (8000, 10)), history((8000, 40))),
    Breach("EU-OMN-EXC", "fr", lines(is_perishable=True), spoiling),
    Breach("EU-OMN-EXC-NEW", "fr", history((8000, 10)), history((8000, 30))),
    Breach("EU-OMN-SCOPE", "fr", tin_ends, told(compare=Compare.SEPARATELY)),
    Breach("EU-UNIT", "fr", lines(names={"fr_FR": "Thé 250 g", "en_FR": "Tea 250 g"}, net=None)),
    Breach("EU-PERS", "fr", also_seen("account", 6000)),
    Breach("EU-WDR", "fr", without("withdrawal")),
    Breach("EU-GPSR", "fr", lines(maker=None)),
    Breach("EU-GPSR-RESP", "fr", lines(responsible=None)),
    Breach("EU-EAA", "fr", lambda market: {"bundles": (a_bundle(market, alts={"en_FR": "A pot"}),)}),
    Breach("EU-AI", "fr", same_picture_unmarked, same_picture_marked),
    Breach("DE-PANGV-11", "de", texts("Statt 80 €*")),
    Breach("DE-PANGV-4", "de", lines(names={"de_DE": "Tee 250 g"}, net=None)),
    Breach("FR-SOLDES", "fr", texts("Les soldes commencent")),
    Breach("FR-AGEC", "fr", told(record={"print_policy": "auto"})),
    Breach("FR-TOUBON", "fr", in_english_only),
    Breach("PL-30D", "pl", also_seen("shop-7", 5000, days_before=20, until=date(2026, 10, 13))),
    Breach("GB-DMCC", "gb", told(fees_minor=100)),
    Breach("GB-REF", "gb", history((8000, 10)), history((8000, 30))),
    Breach("JP-DBL", "jp", history((7000, 56), (8000, 28)), history((7000, 56), (8000, 29))),
    Breach("JP-PREM", "jp", priced(tin=1201), priced(tin=1200)),
    Breach("JP-TOTAL", "jp", taxed(display="excl")),
    Breach("CN-7D", "cn", sold_for_less),
    Breach("CN-PLAT", "cn", also_seen("member", 6000)),
    Breach("CN-PLAT-DELIV", "cn", told(delivery=NO_DELIVERY_COST)),
    Breach("CN-GIFT", "cn", lines(is_gift=True, names={"zh_Hans_CN": "Tin"}), GIFT),
    Breach("CN-AI", "cn", same_picture_unmarked, same_picture_marked),
    Breach("TW-GIFT", "tw", priced(tin=3001), priced(tin=3000)),
    Breach("KR-20D", "kr", history((5500, 100), (8000, 19)), history((5500, 100), (8000, 20))),
    Breach("KR-DARK", "kr", told(fees_minor=100)),
    Breach("KR-UNIT", "kr", lines(names={"ko_KR": "홍차 250 g"}, net=None)),
    Breach("KR-AI", "kr", same_picture_unmarked, same_picture_marked),
    Breach("SG-GST", "sg", texts("$60 ++")),
    Breach("SG-GST-INCL", "sg", taxed(display="excl")),
    Breach("MY-CHEAP", "my", history((8000, 27)), history((8000, 28))),
    Breach("MY-NOTICE", "my", without("permit")),
    Breach("TH-PROMO", "th", no_tin_price, GIFT),
    Breach("VN-50", "vn", priced(pot=11001), priced(pot=11000)),
    Breach("VN-LANG", "vn", in_english_only),
    Breach("ID-PRICE", "id", taxed(display="excl")),
    Breach("ID-LANG", "id", in_english_only),
    Breach("PH-DTI", "ph", told(permit="1234"), told(permit="FTEB-1234")),
    Breach(
        "PH-DTI-DAYS", "ph", told(last_unlock_on=date(2027, 2, 1)), told(last_unlock_on=date(2027, 1, 31))
    ),
    Breach("PH-DTI-WORDS", "ph", texts("While supplies last")),
    Breach("IN-MRP", "in", lines(ceiling_minor=999), lines(ceiling_minor=1000)),
    Breach("IN-MRP-INCL", "in", taxed(display="excl")),
    Breach("IN-ORIGIN", "in", lines(origin=None)),
    Breach("AU-48", "au", told(fees_minor=100)),
    Breach("AU-48-POST", "au", told(delivery=NO_DELIVERY_COST)),
    Breach("AU-WASNOW", "au", history((8000, 27)), history((8000, 28))),
    Breach("AU-UNIT", "au", lines(names={"en_AU": "Tea 250 g"}, net=None)),
    Breach("US-FTC", "us", history((8000, 27)), history((8000, 46)), also=("US-CA-17501",)),
    Breach("US-CA-17501", "us", history((8000, 45)), history((8000, 46))),
    Breach("US-FREE", "us", lines(is_gift=True, names={"en_US": "Tin"}), GIFT),
    Breach("US-COUPON", "us", told(words={"en_US": [{"key": "cash", "text": "No cash value."}]})),
    Breach("US-NYALG", "us", also_seen("person", 6000)),
    Breach("US-FEES", "us", told(fees_minor=100)),
    Breach("CA-OSP", "ca", history((5500, 170), (8000, 80)), history((5500, 170), (8000, 95))),
    Breach("CA-DRIP", "ca", told(fees_minor=100)),
    Breach("QC-FR", "ca-qc", in_english_only),
    Breach("MX-46", "mx", told(**LATER)),
    Breach("MX-TOTAL", "mx", taxed(display="excl")),
    Breach(
        "MX-REVOKE",
        "mx",
        told(returns_until_on=date(2026, 12, 20)),
        told(returns_until_on=date(2026, 12, 21)),
    ),
    Breach("BR-5903", "br", NO_NUMBERS),
    Breach("BR-5903-CASH", "br", taxed(display="excl")),
    Breach(
        "BR-REGRET",
        "br",
        told(returns_until_on=date(2026, 12, 20)),
        told(returns_until_on=date(2026, 12, 21)),
    ),
    Breach("TR-30D", "tr", history((6000, 40), (8000, 10)), history((8000, 40))),
    Breach("TR-30D-FRESH", "tr", lines(is_perishable=True), spoiling),
    Breach("TR-TOTAL", "tr", taxed(display="excl")),
    Breach("SA-LIC", "sa", without("permit")),
    Breach("SA-LIC-PAGE", "sa", without("permit_page")),
    Breach("SA-LIC-DAYS", "sa", told(at=datetime(2026, 10, 16, 12, tzinfo=UTC))),
    Breach("AE-PERMIT", "ae", without("permit")),
    Breach("AE-AR", "ae", in_english_only),
    Breach("IL-FULL", "il", taxed(display="excl")),
    Breach("IL-VAT", "il", taxed(rates=[VAT_CHANGE])),
    Breach("KZ-SELLER", "kz", NO_NUMBERS),
    Breach("KZ-LANG", "kz", in_english_only),
    Breach("KZ-PRICE", "kz", taxed(display="excl")),
    Breach("HK-TDO", "hk", told(delivery=Delivery(cost_minor=490, countries=("CN",)))),
]


def offered(breach: Breach, *, is_broken: bool) -> OfferFacts:
    market = a_market(breach.market)
    changes = {**_kept(breach, market), **(breach.broken(market) if is_broken else {})}
    return an_offer(breach.market, **changes)


def _kept(breach: Breach, market: Market) -> Changes:
    """The gifts of a rule about gifts are there before they are too dear."""
    gifts = GIFT(market) if "gifts" in RULES[breach.rule].trigger else {}
    return {**gifts, **breach.before(market)}


def failing(facts: OfferFacts) -> dict[str, Verdict]:
    found = {rule.id: judge(rule, facts) for rule in speaking(RULES.values(), facts)}
    return {
        name: verdict
        for name, verdict in found.items()
        if isinstance(verdict, Verdict) and not verdict.passed
    }


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.rule)
def test_an_offer_that_breaks_one_rule_fails_that_rule_and_no_other(breach: Breach) -> None:
    kept = offered(breach, is_broken=False)
    assert RULES[breach.rule] in speaking(RULES.values(), kept)
    assert isinstance(judge(RULES[breach.rule], kept), Verdict)
    assert failing(kept) == {}
    assert set(failing(offered(breach, is_broken=True))) == {breach.rule, *breach.also}


def test_every_rule_that_is_shipped_has_one_breach() -> None:
    assert sorted(breach.rule for breach in BREACHES) == sorted(RULES)


@pytest.mark.parametrize("market", market_file.shipped())
@pytest.mark.parametrize("compare", Compare)
def test_there_is_an_offer_that_keeps_every_rule_of_its_market(market: str, compare: Compare) -> None:
    facts = an_offer(market, compare=compare, **GIFT(a_market(market)))
    assert failing(facts) == {}
    untracked = {name for rule in speaking(RULES.values(), facts) for name in _lacking(rule, facts)}
    assert untracked == set()


def _lacking(rule: DisplayRule, facts: OfferFacts) -> tuple[str, ...]:
    found = judge(rule, facts)
    return found.needs if isinstance(found, NotTracked) else ()


def test_what_was_never_fed_is_not_tracked_and_never_a_failure() -> None:
    facts = an_offer("cn", sales=[], fees_minor=None, prices=singles(a_market("cn")))
    assert judge(RULES["CN-7D"], facts) == NotTracked(("sales",))
    assert judge(RULES["ALL-FEES"], facts) == NotTracked(("fees",))
    assert judge(RULES["ALL-ONE"], facts) == NotTracked(("surfaces",))
    assert judge(RULES["US-COUPON"], an_offer("us", words={})) == NotTracked(("terms",))
    assert judge(RULES["GB-REF"], an_offer("gb", **history()(a_market("gb")))) == NotTracked(("history",))


def test_only_an_offer_without_a_price_or_without_terms_is_impossible() -> None:
    assert {name for name, rule in RULES.items() if rule.weight is Weight.IMPOSSIBLE} == {
        "ALL-TOTAL",
        "ALL-TERM",
    }


@pytest.mark.parametrize(
    "market, kind, days, words, rules",
    [
        *((market, "lowest", 30, "price.lowest", "EU-OMN-30D") for market in ("fr", "de", "es", "it", "nl")),
        *((market, "lowest", 30, "price.lowest", "EU-OMN-30D") for market in ("pl", "at", "be", "ie")),
        ("tr", "lowest", 30, "price.lowest", "TR-30D"),
        ("kr", "lowest", 20, "price.lowest", "KR-20D"),
        ("cn", "lowest-sold", 7, "price.lowest-sold", "CN-7D"),
        ("jp", "usual", 56, "price.usual", "JP-DBL"),
        ("my", "steady", 28, "price.previous", "MY-CHEAP"),
        ("ca", "ordinary", 365, "price.ordinary", "CA-OSP"),
        ("ca-qc", "ordinary", 365, "price.ordinary", "CA-OSP"),
        *((market, "previous", 1, "price.previous", None) for market in ("gb", "us", "au", "hk", "ch", "in")),
    ],
)
def test_each_market_finds_an_earlier_price_by_its_strictest_rule(
    market: str, kind: str, days: int, words: str, rules: str | None
) -> None:
    named = tuple(name for name in ("ALL-SOURCE", rules) if name)
    assert reference_rule(shipped_rules(), market, OPENS_ON) == PublishedReference(
        kind=kind, days=days, words=words, rules=named
    )


def test_a_market_without_a_rule_allows_no_earlier_price() -> None:
    assert reference_rule([RULES["EU-OMN-30D"]], "gb", OPENS_ON) is None
    assert reference_rule([RULES["EU-OMN-30D"]], "fr", date(2022, 5, 27)) is None


def test_a_rule_speaks_from_its_first_day_until_the_day_it_no_longer_holds() -> None:
    rule = RULES["EU-WDR"].model_copy(update={"valid_until": date(2027, 1, 1)})
    days = {date(2026, 6, 18): False, date(2026, 6, 19): True, date(2026, 12, 31): True}
    days[date(2027, 1, 1)] = False
    assert {day: rule.speaks_in("fr", day) for day in days} == days
    assert not rule.speaks_in("gb", date(2026, 7, 1))
    assert RULES["ALL-ID"].markets == (EVERYWHERE,)


def test_a_rule_speaks_only_where_its_trigger_is_met() -> None:
    rules = [RULES["EU-OMN-SCOPE"]]
    assert speaking(rules, an_offer("fr", compare=Compare.SEPARATELY)) == rules
    assert speaking(rules, an_offer("fr", compare=Compare.BEFORE)) == []
    assert speaking(rules, an_offer("fr", compare=Compare.SEPARATELY, is_public=False)) == []


def test_a_review_signs_a_record_as_it_reads_and_no_other() -> None:
    rule = RULES["VN-50"]
    assert rule.sha256 == rule.model_copy().sha256
    assert rule.sha256 != rule.model_copy(update={"params": {"percent": 60}}).sha256


def test_what_time_alone_cures_says_from_which_day() -> None:
    facts = an_offer("fr", **history()(a_market("fr")))
    verdict = failing(facts)["EU-OMN-30D"]
    assert (verdict.field, verdict.possible_on) == ("prices.tea", date(2026, 12, 1))
    licence = failing(an_offer("sa", at=datetime(2026, 10, 1, tzinfo=UTC)))["SA-LIC-DAYS"]
    assert licence.possible_on == date(2026, 10, 17)
