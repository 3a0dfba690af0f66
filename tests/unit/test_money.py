"""Dividing money: examples one can check by hand. The rules for all numbers are in tests/property."""

import pytest

from omni.domain.money import largest_remainder, share_of_units


@pytest.mark.parametrize(
    "total, weights, parts",
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (100, [50, 30, 20], [50, 30, 20]),
        (7, [3, 3, 1], [3, 3, 1]),
        (1, [1, 2, 3], [0, 0, 1]),
        (2, [1, 1, 1], [1, 1, 0]),
        (0, [5, 1], [0, 0]),
        (9, [0, 0, 0], [3, 3, 3]),
        (9, [0, 4], [0, 9]),
        (5, [], []),
    ],
)
def test_the_largest_remainders_get_the_units_that_are_over(
    total: int, weights: list[int], parts: list[int]
) -> None:
    assert largest_remainder(total, weights) == parts


def test_of_equal_remainders_the_earlier_part_gets_the_unit() -> None:
    assert largest_remainder(1, [7, 7]) == [1, 0]


def test_units_one_by_one_are_worth_the_whole() -> None:
    assert [share_of_units(10, 4, unit, 1) for unit in range(4)] == [3, 3, 2, 2]


def test_no_units_are_worth_nothing() -> None:
    assert share_of_units(10, 4, 1, 0) == 0
