"""Price history against brute force: every instant looked at one by one must tell the same story."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from omni.domain.comparison import reduction_percent
from omni.domain.price import Price, price_at
from omni.domain.price_history import timeline
from omni.domain.reference import Reference, ReferenceKind, earlier_price
from tests.support.prices import DAY_ONE, ZONE, a_price, on_day

LAST = 60
AMOUNTS = st.sampled_from([80, 90, 100, 110])


@st.composite
def histories(draw: st.DrawFn) -> list[Price]:
    rows = []
    for id_ in range(draw(st.integers(0, 8))):
        day = draw(st.integers(0, LAST - 1))
        until = draw(st.none() | st.integers(day + 1, LAST + 5))
        rows.append(a_price(draw(AMOUNTS), day, until=until, recorded=draw(st.integers(0, LAST)), id=id_ + 1))
    return rows


def daily(rows: list[Price]) -> list[int | None]:
    """What it cost at each midnight; these rows change only then."""
    return [price_at(rows, "tea", on_day(day)) for day in range(LAST)]


def the(kind: ReferenceKind, days: int, rows: list[Price], start: int) -> int | None:
    found = earlier_price(kind, days, item="tea", prices=rows, sales=[], start=on_day(start), zone=ZONE)
    return found.amount_minor if isinstance(found, Reference) else None


@given(histories())
def test_the_steps_are_what_each_instant_says(rows: list[Price]) -> None:
    steps = timeline(rows, "tea")
    for day, amount in enumerate(daily(rows)):
        at = on_day(day) + timedelta(hours=7)
        holding = [
            s.amount_minor for s in steps if s.starts_at <= at and (s.ends_at is None or at < s.ends_at)
        ]
        assert holding == ([] if amount is None else [amount])


@given(histories(), st.integers(0, LAST - 1), st.integers(1, 40))
def test_the_lowest_is_the_lowest_of_every_day_of_the_window(
    rows: list[Price], start: int, days: int
) -> None:
    asked = [amount for amount in daily(rows)[max(0, start - days) : start] if amount is not None]
    assert the(ReferenceKind.LOWEST, days, rows, start) == min(asked, default=None)


@given(histories(), st.integers(0, LAST - 1))
def test_the_usual_price_is_the_one_of_most_days(rows: list[Price], start: int) -> None:
    window = {
        day: amount
        for day, amount in enumerate(daily(rows)[:start])
        if amount is not None and day >= start - 56
    }
    usual = [
        amount
        for amount, on_days in Counter(window.values()).items()
        if on_days * 2 > len(window)
        and on_days >= 14
        and start - max(day for day in window if window[day] == amount) <= 14
    ]
    assert the(ReferenceKind.USUAL, 56, rows, start) == (usual[0] if usual else None)


@given(histories(), st.integers(0, LAST - 1))
def test_most_days_went_at_the_ordinary_price_or_above_and_at_no_higher_one(
    rows: list[Price], start: int
) -> None:
    asked = [amount for amount in daily(rows)[:start] if amount is not None]
    most = [amount for amount in asked if sum(each >= amount for each in asked) * 2 > len(asked)]
    assert the(ReferenceKind.ORDINARY, 0, rows, start) == max(most, default=None)


@given(histories(), AMOUNTS, st.integers(0, LAST - 1), st.integers(1, 30))
def test_a_correction_never_changes_what_was_known_before(
    rows: list[Price], amount: int, day: int, lasting: int
) -> None:
    told_at = on_day(LAST + 1)
    corrected = [*rows, a_price(amount, day, until=day + lasting, recorded=LAST + 1, corrects_id=1)]
    just_before = told_at - timedelta.resolution
    assert timeline(corrected, "tea", known_at=just_before) == timeline(rows, "tea")
    assert price_at(corrected, "tea", on_day(day)) == amount


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_percentage_never_overstates_and_is_the_largest_that_does_not(price: int, reference: int) -> None:
    percent = reduction_percent(price, reference)
    if percent is None:
        assert price >= reference
    else:
        assert percent <= Fraction(100 * (reference - price), reference) < percent + 1


@settings(max_examples=25)
@given(histories(), st.integers(0, LAST - 1))
def test_a_reduction_on_the_day_that_cures_finds_its_reference(rows: list[Price], start: int) -> None:
    prices = [*(price for price in rows if price.valid_until is None), a_price(100, 0, id=99)]
    for kind, days in ((ReferenceKind.USUAL, 56), (ReferenceKind.STEADY, 28)):
        found = earlier_price(kind, days, item="tea", prices=prices, sales=[], start=on_day(start), zone=ZONE)
        if isinstance(found, Reference) or start == 0:
            continue
        assert found.possible_on is not None
        ahead = (found.possible_on - DAY_ONE).days
        before = [price for price in prices if price.valid_from < on_day(start)]
        assert the(kind, days, before, ahead) is not None
        assert the(kind, days, before, ahead - 1) is None
