"""What chance can do: ranges that hold the true share, and odds that no amount of looking inflates."""

import random
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.chance import odds_against, wilson


@pytest.mark.parametrize(
    "part, whole, low, high",
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_ranges_are_those_of_the_literature(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_range_holds_what_was_seen_and_mirrors_what_was_not(part: int, rest: int) -> None:
    low, high = wilson(part, part + rest)
    assert 0 <= low <= high <= 1
    if part + rest:
        assert low <= part / (part + rest) + 1e-12
        assert high >= part / (part + rest) - 1e-12
    assert wilson(rest, part + rest) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_nothing_seen_leaves_everything_possible_and_more_than_the_whole_is_no_share() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="whole"):
        wilson(2, 1)


@pytest.mark.parametrize("weights", [(1, 1), (3, 1), (7, 2)])
@pytest.mark.parametrize("seen", [1, 17, 60])
def test_by_the_weights_the_odds_stay_one_on_average(weights: tuple[int, int], seen: int) -> None:
    share = weights[0] / sum(weights)
    average = sum(
        comb(seen, first)
        * share**first
        * (1 - share) ** (seen - first)
        * odds_against((first, seen - first), weights)
        for first in range(seen + 1)
    )
    assert average == pytest.approx(1)


def test_whoever_looks_after_every_code_is_misled_no_oftener_than_promised() -> None:
    dice = random.Random(11)
    misled = 0
    for _ in range(200):
        counts = [0, 0, 0]
        for _ in range(300):
            counts[dice.choices(range(3), (2, 1, 1))[0]] += 1
            if odds_against(counts, (2, 1, 1)) >= 20:
                misled += 1
                break
    assert misled <= 200 / 20


def test_a_difference_is_told_in_the_end_and_few_codes_tell_little() -> None:
    assert odds_against((4, 0), (1, 1)) < 2
    assert odds_against((180, 120), (1, 1)) > 40
    assert odds_against((180, 120), (3, 2)) < 1
    assert odds_against((10**8, 10**7), (1, 1)) > 10**300


def test_one_variant_alone_is_as_it_must_be() -> None:
    assert odds_against((1000,), (5,)) == pytest.approx(1)
