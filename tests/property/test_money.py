"""Divided money always sums to the whole, and no part is a whole unit away from its fair share."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from omni.domain.money import largest_remainder, share_of_units

totals = st.integers(min_value=0, max_value=10**12)
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=50)


@given(totals, weights)
def test_parts_sum_exactly_and_lie_within_one_unit_of_proportion(total: int, weights: list[int]) -> None:
    parts = largest_remainder(total, weights)
    whole = sum(weights)
    fair = [Fraction(total * weight, whole) if whole else Fraction(total, len(weights)) for weight in weights]
    assert sum(parts) == total
    assert all(abs(part - share) < 1 for part, share in zip(parts, fair, strict=True))


@given(totals, weights)
def test_a_heavier_part_never_gets_less_and_of_equals_the_earlier_never_less(
    total: int, weights: list[int]
) -> None:
    parts = largest_remainder(total, weights)
    order = sorted(range(len(weights)), key=lambda index: (-weights[index], index))
    assert [parts[index] for index in order] == sorted(parts, reverse=True)


@given(totals, st.integers(min_value=1, max_value=200), st.data())
def test_slices_of_units_sum_to_the_whole_however_they_are_cut(
    amount: int, units: int, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(min_value=0, max_value=units), max_size=10)))
    edges = [0, *cuts, units]
    slices = [share_of_units(amount, units, first, end - first) for first, end in pairwise(edges)]
    assert sum(slices) == amount


@given(totals, st.integers(min_value=1, max_value=200))
def test_every_unit_is_worth_its_fair_share_rounded_down_or_up_the_dearer_first(
    amount: int, units: int
) -> None:
    each = [share_of_units(amount, units, unit, 1) for unit in range(units)]
    assert set(each) <= {amount // units, -(-amount // units)}
    assert each == sorted(each, reverse=True)


@given(totals, st.integers(min_value=1, max_value=50), st.data())
def test_slices_of_what_is_left_are_the_slices_of_the_whole(
    amount: int, units: int, data: st.DataObject
) -> None:
    """What makes a partial return of a partial spending exact: the rest divides as the whole did."""
    first = data.draw(st.integers(min_value=0, max_value=units - 1))
    count = data.draw(st.integers(min_value=0, max_value=units - first))
    rest = amount - share_of_units(amount, units, 0, first)
    assert share_of_units(rest, units - first, 0, count) == share_of_units(amount, units, first, count)
