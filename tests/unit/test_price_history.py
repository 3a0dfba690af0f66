"""What an item cost when: append-only rows read as steps, corrections included, as known at any instant."""

from datetime import UTC, date, datetime, timedelta

from omni.domain.price import Price, price_at
from omni.domain.price_history import Step, before, lowest_by_day, reduction_start, sold, timeline
from omni.domain.window import midnight
from tests.support.prices import DAY_ONE, ZONE, a_price, a_sale, on_day


def amounts(steps: list[Step]) -> list[int]:
    return [step.amount_minor for step in steps]


def test_each_price_holds_until_the_next_begins_and_the_last_goes_on() -> None:
    steps = timeline([a_price(100, 0), a_price(80, 10)], "tea")
    assert steps == [Step(100, on_day(0), on_day(10)), Step(80, on_day(10), None)]


def test_a_price_with_an_end_gives_way_to_the_one_it_interrupted() -> None:
    steps = timeline([a_price(100, 0), a_price(80, 10, until=12)], "tea")
    assert amounts(steps) == [100, 80, 100]
    assert [step.starts_at for step in steps] == [on_day(0), on_day(10), on_day(12)]


def test_the_same_price_said_twice_is_one_step() -> None:
    assert timeline([a_price(100, 0, until=5), a_price(100, 5)], "tea") == [Step(100, on_day(0), None)]


def test_a_time_without_a_price_is_a_gap() -> None:
    steps = timeline([a_price(100, 0, until=5), a_price(100, 7)], "tea")
    assert [(step.starts_at, step.ends_at) for step in steps] == [
        (on_day(0), on_day(5)),
        (on_day(7), None),
    ]


def test_a_correction_speaks_from_when_it_was_recorded_and_history_keeps_both() -> None:
    rows = [a_price(100, 0, recorded=0), a_price(90, 0, until=10, recorded=20, corrects_id=1)]
    assert amounts(timeline(rows, "tea", known_at=on_day(19))) == [100]
    assert amounts(timeline(rows, "tea", known_at=on_day(20))) == [90, 100]


def test_of_two_rows_recorded_at_once_the_later_row_speaks() -> None:
    rows = [a_price(100, 0, id=2), a_price(90, 0, id=1)]
    assert amounts(timeline(rows, "tea")) == [100] == [price_at(rows, "tea", on_day(1))]


def test_items_and_surfaces_have_histories_of_their_own() -> None:
    rows = [a_price(100, 0), a_price(70, 0, item="cup"), a_price(60, 0, surface="shop-7")]
    assert [amounts(timeline(rows, item)) for item in ("tea", "cup", "pot")] == [[100], [70], []]
    assert amounts(timeline(rows, "tea", surface="shop-7")) == [60]


def test_the_reduction_began_when_the_present_price_did() -> None:
    rows = [a_price(100, 0), a_price(80, 10), a_price(80, 12)]
    assert reduction_start(rows, "tea", on_day(15)) == on_day(10)
    assert reduction_start(rows, "tea", on_day(10) - timedelta.resolution) == on_day(0)
    assert reduction_start(rows, "tea", on_day(-1)) is None
    assert reduction_start(rows, "tea", on_day(15), known_at=on_day(-1)) is None


def test_what_lies_before_an_instant_ends_there() -> None:
    steps = timeline([a_price(100, 0), a_price(80, 10)], "tea")
    assert before(steps, on_day(4)) == [Step(100, on_day(0), on_day(4))]
    assert before(steps, on_day(0)) == []


def test_a_dip_of_a_minute_is_the_lowest_of_its_day() -> None:
    noon = on_day(3) + timedelta(hours=12)
    dip = Price(**{**a_price(50, 3).__dict__, "valid_from": noon, "valid_until": noon + timedelta(minutes=1)})
    by_day = lowest_by_day(timeline([a_price(100, 0), dip], "tea"), ZONE, DAY_ONE, DAY_ONE + timedelta(5))
    assert list(by_day.values()) == [100, 100, 100, 50, 100, 100]


def test_a_price_that_ends_at_midnight_has_no_part_in_the_day_that_begins() -> None:
    by_day = lowest_by_day(timeline([a_price(50, 0, until=2)], "tea"), ZONE, DAY_ONE, DAY_ONE + timedelta(5))
    assert list(by_day) == [DAY_ONE, DAY_ONE + timedelta(1)]


def test_days_are_the_markets_own_over_a_clock_change() -> None:
    changed_on = date(2026, 10, 25)
    steps = [Step(50, midnight(changed_on, ZONE), midnight(changed_on, ZONE) + timedelta(hours=25))]
    assert list(lowest_by_day(steps, ZONE, changed_on - timedelta(3), changed_on + timedelta(3))) == [
        changed_on
    ]
    assert steps[0].starts_at == datetime(2026, 10, 24, 22, tzinfo=UTC)


def test_of_what_was_sold_the_last_report_speaks_and_none_sold_is_no_sale() -> None:
    rows = [a_sale(100, 0, units=5), a_sale(100, 0, units=7, recorded=9), a_sale(80, 1, units=0)]
    assert [sale.units for sale in sold(rows, "tea")] == [7]
    assert [sale.units for sale in sold(rows, "tea", known_at=on_day(8))] == [5]


def test_what_one_store_sold_is_asked_for_by_its_name() -> None:
    rows = [a_sale(100, 0), a_sale(60, 1, place="outlet")]
    assert [sale.amount_minor for sale in sold(rows, "tea")] == [100]
    assert [sale.amount_minor for sale in sold(rows, "tea", place="outlet")] == [60]
