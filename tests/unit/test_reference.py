"""The earlier price by each market's rule, its refusals and their cures, and the true percentage."""

from datetime import date, datetime, timedelta

import pytest

from omni.domain.comparison import bundle_reference, reduction_percent
from omni.domain.price import DailySale, Price
from omni.domain.published import Published, PublishedBundle, PublishedLine, PublishedReference
from omni.domain.reference import NoReference, Reference, ReferenceKind, Why, earlier_price, months_before
from tests.support.prices import DAY_ONE, ZONE, a_price, a_sale, on_day


def found(
    kind: str,
    days: int,
    prices: list[Price],
    *,
    sales: list[DailySale] | None = None,
    start: int,
    known_at: datetime | None = None,
) -> Reference | NoReference:
    return earlier_price(
        ReferenceKind(kind),
        days,
        item="tea",
        prices=prices,
        sales=sales or [],
        start=on_day(start),
        zone=ZONE,
        known_at=known_at,
    )


def amount(reference: Reference | NoReference) -> int:
    assert isinstance(reference, Reference), reference
    return reference.amount_minor


def refused(reference: Reference | NoReference) -> tuple[str, date | None]:
    assert isinstance(reference, NoReference), reference
    return reference.why, reference.possible_on


def after(days: int) -> date:
    return DAY_ONE + timedelta(days=days)


# --- the lowest asked in so many days ---------------------------------------------------------------


def test_a_price_raised_and_cut_back_to_where_it_was_is_no_reduction() -> None:
    prices = [a_price(444, 0), a_price(699, 40), a_price(444, 50)]
    assert amount(found("lowest", 30, prices, start=50)) == 444
    assert reduction_percent(444, 444) is None


def test_bananas_raised_and_cut_back_are_no_reduction() -> None:
    prices = [a_price(129, 0), a_price(169, 40), a_price(129, 60)]
    assert amount(found("lowest", 30, prices, start=60)) == 129
    assert reduction_percent(129, 129) is None


def test_a_dip_of_one_day_counts_and_the_percentage_is_the_floor_from_it() -> None:
    prices = [a_price(2500, 0), a_price(2100, 40, until=41), a_price(2000, 60)]
    assert amount(found("lowest", 30, prices, start=60)) == 2100
    assert reduction_percent(2000, 2100) == 4


def test_a_dip_that_ended_before_the_window_does_not_count() -> None:
    for first, last, lowest in ((28, 29, 2500), (29, 30, 2500), (29, 31, 2100), (30, 31, 2100)):
        dip = [a_price(2500, 0), a_price(2100, first, until=last), a_price(2000, 60)]
        assert amount(found("lowest", 30, dip, start=60)) == lowest, (first, last)


def test_a_history_of_ten_days_is_short() -> None:
    prices = [a_price(2500, 0), a_price(2000, 10)]
    assert found("lowest", 30, prices, start=10) == Reference(2500, is_short=True, reduced_on=after(10))
    assert found("lowest", 10, prices, start=10) == Reference(2500, is_short=False, reduced_on=after(10))


def test_without_history_there_is_no_earlier_price_until_time_has_made_one() -> None:
    assert refused(found("lowest", 30, [], start=0)) == (Why.NO_HISTORY, None)
    assert refused(found("lowest", 30, [a_price(2000, 0)], start=0)) == (Why.NO_HISTORY, after(30))


def test_what_was_not_for_sale_in_the_window_has_no_earlier_price() -> None:
    prices = [a_price(2500, 0, until=10), a_price(2000, 60)]
    assert refused(found("lowest", 30, prices, start=60)) == (Why.NO_HISTORY, after(90))


def test_in_korea_the_lower_of_two_recent_prices_speaks() -> None:
    prices = [a_price(1000, 0), a_price(1500, 30), a_price(900, 40)]
    assert amount(found("lowest", 20, prices, start=40)) == 1000


def test_a_correction_changes_the_reference_from_when_it_was_known() -> None:
    prices = [a_price(2500, 0), a_price(2000, 40), a_price(2200, 20, until=25, recorded=50, corrects_id=1)]
    assert amount(found("lowest", 30, prices, start=40, known_at=on_day(45))) == 2500
    assert amount(found("lowest", 30, prices, start=40)) == 2200


# --- the lowest sold at -----------------------------------------------------------------------------


def test_in_china_the_lowest_sale_of_seven_days_speaks() -> None:
    sales = [a_sale(700, 2), a_sale(900, 4), a_sale(1000, 9), a_sale(500, 10)]
    assert found("lowest-sold", 7, [], sales=sales, start=10) == Reference(900, reduced_on=after(10))
    assert amount(found("lowest-sold", 7, [], sales=[*sales, a_sale(600, 3)], start=10)) == 600


def test_without_a_sale_in_seven_days_the_last_one_speaks() -> None:
    sales = [a_sale(700, 0), a_sale(900, 1), a_sale(950, 1)]
    assert amount(found("lowest-sold", 7, [], sales=sales, start=30)) == 900


def test_a_price_nobody_paid_is_no_basis_in_china() -> None:
    prices = [a_price(1000, 0), a_price(800, 30)]
    assert refused(found("lowest-sold", 7, prices, start=30)) == (Why.NO_SALE, None)
    outlet = [a_sale(700, 28, place="outlet")]
    assert refused(found("lowest-sold", 7, prices, sales=outlet, start=30)) == (Why.NO_SALE, None)


# --- usual ------------------------------------------------------------------------------------------


def test_exactly_half_of_eight_weeks_is_not_usual_and_a_day_more_is() -> None:
    half = [a_price(900, 0), a_price(1000, 28), a_price(800, 56)]
    assert refused(found("usual", 56, half, start=56)) == (Why.NOT_MOST_DAYS, after(57))
    more = [a_price(900, 0), a_price(1000, 27), a_price(800, 56)]
    assert amount(found("usual", 56, more, start=56)) == 1000


def test_twelve_of_twenty_days_are_most_but_too_few() -> None:
    prices = [a_price(900, 0), a_price(1000, 8), a_price(800, 20)]
    assert refused(found("usual", 56, prices, start=20)) == (Why.TOO_FEW_DAYS, after(22))
    prices = [a_price(900, 0), a_price(1000, 8), a_price(800, 22)]
    assert found("usual", 56, prices, start=22) == Reference(1000, is_short=True, reduced_on=after(22))


@pytest.mark.parametrize("last_day, is_usual", [(41, False), (42, True)])
def test_a_usual_price_was_last_asked_two_weeks_ago_at_most(last_day: int, is_usual: bool) -> None:
    prices = [a_price(1000, 0, until=last_day + 1), a_price(900, last_day + 1), a_price(800, 56)]
    reference = found("usual", 56, prices, start=56)
    assert isinstance(reference, Reference) is is_usual
    assert is_usual or refused(reference)[0] == Why.TOO_LONG_AGO


# --- steady, ordinary, previous ---------------------------------------------------------------------


def test_in_malaysia_the_lowest_of_the_latest_28_unbroken_days_speaks() -> None:
    prices = [a_price(1000, 0), a_price(1200, 40), a_price(1100, 60), a_price(700, 80)]
    assert amount(found("steady", 28, prices, start=80)) == 1100


def test_an_earlier_sale_is_no_part_of_the_28_days() -> None:
    prices = [a_price(1000, 0), a_price(600, 40, until=50), a_price(800, 70)]
    assert amount(found("steady", 28, prices, start=70)) == 1000
    no_sale_but_a_price = [a_price(1000, 0), a_price(600, 40, until=70), a_price(800, 75)]
    assert amount(found("steady", 28, no_sale_but_a_price, start=75)) == 600
    too_new = [a_price(1000, 0), a_price(600, 10, until=20), a_price(800, 47)]
    assert refused(found("steady", 28, too_new, start=47)) == (Why.NO_UNBROKEN_RUN, after(48))


def test_28_days_more_than_six_months_ago_do_not_count() -> None:
    prices = [a_price(1000, 0, until=60), a_price(900, 300)]
    assert refused(found("steady", 28, prices, start=300))[0] == Why.NO_HISTORY


def test_in_canada_most_units_or_most_days_went_at_the_ordinary_price_or_above() -> None:
    prices = [a_price(2000, 0), a_price(1500, 100), a_price(1200, 300)]
    assert amount(found("ordinary", 0, prices, start=300)) == 1500
    half = [a_sale(2000, 200, units=50), a_sale(1500, 201, units=50)]
    assert amount(found("ordinary", 0, prices, sales=half, start=300)) == 1500
    most = [a_sale(2000, 200, units=51), a_sale(1500, 201, units=50)]
    assert amount(found("ordinary", 0, prices, sales=most, start=300)) == 2000
    long_ago = [a_sale(2000, 200, units=51)]
    assert refused(found("ordinary", 0, [], sales=long_ago, start=600)) == (Why.NO_HISTORY, None)


def test_the_previous_price_is_the_one_just_before() -> None:
    prices = [a_price(1000, 0), a_price(1100, 20), a_price(900, 30)]
    assert amount(found("previous", 0, prices, start=30)) == 1100
    assert refused(found("previous", 0, [a_price(900, 30)], start=30))[0] == Why.NO_HISTORY


def test_six_months_before_the_last_of_august_is_the_last_of_february() -> None:
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 12) == date(2025, 1, 15)


# --- bundles ----------------------------------------------------------------------------------------


LOWEST = PublishedReference(kind=ReferenceKind.LOWEST, days=30, words="price.lowest", rules=())
USUAL = PublishedReference(kind=ReferenceKind.USUAL, days=56, words="price.usual", rules=())


def of_bundle(
    prices: list[Price], *, at: int, rule: PublishedReference | None = LOWEST
) -> Reference | NoReference:
    lines = tuple(
        PublishedLine(line=line, sku=sku, names={}, quantity=quantity)
        for line, (sku, quantity) in enumerate({"tea": 1, "cup": 2}.items())
    )
    content = Published.model_construct(campaign="sale", reference=rule)
    bundle = PublishedBundle(id=1, slug="set", names={}, lines=lines)
    return bundle_reference(content, bundle, prices=prices, sales=[], at=on_day(at), zone=ZONE)


def test_a_bundle_with_a_past_of_its_own_is_compared_with_that() -> None:
    prices = [a_price(3000, 0, item="sale/set"), a_price(2500, 40, item="sale/set"), a_price(9900, 0)]
    assert of_bundle(prices, at=50) == Reference(3000, reduced_on=after(40))


def test_a_new_bundle_is_compared_with_what_its_items_cost_before() -> None:
    prices = [
        a_price(1000, 0),
        a_price(900, 20, until=21),
        a_price(500, 0, item="cup"),
        a_price(1500, 40, item="sale/set"),
    ]
    assert of_bundle(prices, at=50) == Reference(900 + 2 * 500, reduced_on=after(40))


def test_a_bundle_with_one_item_of_unknown_past_has_no_earlier_price_before_its_own_history_is_long() -> None:
    prices = [a_price(1000, 0), a_price(500, 50, item="cup"), a_price(1500, 40, item="sale/set")]
    assert refused(of_bundle(prices, at=60)) == (Why.NO_HISTORY, after(70))


def test_a_bundle_waits_for_the_last_of_its_items_to_have_a_history() -> None:
    tea = [a_price(900, 0), a_price(1000, 8)]
    cup = [a_price(500, 0, item="cup"), a_price(600, 9, item="cup")]
    prices = [*tea, *cup, a_price(1500, 20, item="sale/set")]
    assert refused(of_bundle(prices, at=20, rule=USUAL)) == (Why.TOO_FEW_DAYS, after(23))


def test_no_rule_or_no_price_is_no_comparison() -> None:
    prices = [a_price(3000, 0, item="sale/set"), a_price(2500, 40, item="sale/set")]
    assert refused(of_bundle(prices, at=50, rule=None)) == (Why.NO_RULE, None)
    assert refused(of_bundle([], at=50)) == (Why.NO_PRICE, None)


@pytest.mark.parametrize(
    "price, reference, percent",
    [(2000, 2100, 4), (3334, 5000, 33), (99, 100, 1), (9_999, 10_000, 0), (100, 100, None), (101, 100, None)],
)
def test_the_percentage_is_never_rounded_up(price: int, reference: int, percent: int | None) -> None:
    assert reduction_percent(price, reference) == percent
