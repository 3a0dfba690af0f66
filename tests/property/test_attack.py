"""An attacker with known codes, against the construction at a size where attacks can be counted.

Numbers have 12 bits and tags 10, so there are four million values; 256 numbers are live and the attacker
holds the codes of 32 of them. A cipher without weakness gives every guess the same chance, live / 2^22.
Each strategy is also the control of the others: it runs against the construction without its third pass,
where walking to the neighbours works.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import islice, permutations, product
from math import sqrt

import pytest

from omni.domain.code import Purpose, Sealer
from tests.support.proofs import share_of

NUMBER_BITS = 12
TAG_BITS = 10
LIVE = 256
HELD = 32
KEYS = 200
TRIES = HELD * (LIVE - 1)

NUMBER_MASK = (1 << NUMBER_BITS) - 1

Strategy = Callable[[list[int], random.Random], Iterable[int]]


class WithoutThirdPass(Sealer):
    """The construction as it would be if the tag stood uncovered in the code."""

    def __init__(self, key: bytes, purpose: Purpose, *, number_bits: int, tag_bits: int) -> None:
        super().__init__(key, purpose, number_bits=number_bits, tag_bits=tag_bits)
        self._cover = lambda masked: 0


def small(kind: type[Sealer], dice: random.Random) -> Sealer:
    return kind(dice.randbytes(32), Purpose.CODE, number_bits=NUMBER_BITS, tag_bits=TAG_BITS)


def guess_blindly(held: list[int], dice: random.Random) -> Iterable[int]:
    return (dice.randrange(1 << (NUMBER_BITS + TAG_BITS)) for _ in range(TRIES))


def walk_to_the_neighbours(held: list[int], dice: random.Random) -> Iterable[int]:
    return (code ^ step for code, step in product(held, range(1, LIVE)))


def walk_through_the_covers(held: list[int], dice: random.Random) -> Iterable[int]:
    return (code ^ step << NUMBER_BITS for code, step in product(held, range(1, LIVE)))


def wear_the_cover_of_another(held: list[int], dice: random.Random) -> Iterable[int]:
    steps = range(TRIES // (HELD * (HELD - 1)))
    return (
        (one & ~NUMBER_MASK) | (other & NUMBER_MASK) ^ step
        for step, (one, other) in product(steps, permutations(held, 2))
    )


def carry_a_difference_over(held: list[int], dice: random.Random) -> Iterable[int]:
    return (one ^ other ^ third for one, other, third in islice(permutations(held, 3), 0, None, 4))


STRATEGIES = (
    guess_blindly,
    walk_to_the_neighbours,
    walk_through_the_covers,
    wear_the_cover_of_another,
    carry_a_difference_over,
)


def attack(kind: type[Sealer], strategy: Strategy, dice: random.Random) -> tuple[int, int, int]:
    """Guesses made, guesses accepted, and guesses that hit a live code the attacker did not hold."""
    tried = accepted = hit = 0
    for _ in range(share_of(KEYS)):
        sealer = small(kind, dice)
        first = LIVE * dice.randrange((1 << NUMBER_BITS) // LIVE)
        live = range(first, first + LIVE)
        held = [sealer.wrap(number) for number in dice.sample(live, HELD)]
        for guess in set(strategy(held, dice)) - set(held):
            number = sealer.unwrap(guess)
            tried += 1
            accepted += number is not None
            hit += number in live
    return tried, accepted, hit


def is_about(count: int, expected: float) -> bool:
    """Within six standard deviations of a rare event's count: a chance alarm once in some million runs."""
    return abs(count - expected) <= 6 * sqrt(expected) + 3


@pytest.mark.proof
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_known_codes_help_no_attacker(strategy: Strategy, dice: random.Random) -> None:
    tried, accepted, hit = attack(Sealer, strategy, dice)

    assert is_about(accepted, tried / 2**TAG_BITS)
    assert is_about(hit, tried * LIVE / 2 ** (NUMBER_BITS + TAG_BITS))


@pytest.mark.proof
def test_without_the_third_pass_the_neighbours_are_found_sixteen_times_as_often(dice: random.Random) -> None:
    tried, _, hit = attack(WithoutThirdPass, walk_to_the_neighbours, dice)

    assert is_about(hit, tried / 2**TAG_BITS)
    assert not is_about(hit, tried * LIVE / 2 ** (NUMBER_BITS + TAG_BITS))


def test_each_number_has_one_value_and_every_other_value_is_refused(dice: random.Random) -> None:
    sealer = Sealer(dice.randbytes(32), Purpose.CODE, number_bits=8, tag_bits=8)

    opened = {value: number for value in range(1 << 16) if (number := sealer.unwrap(value)) is not None}

    assert opened == {sealer.wrap(number): number for number in range(1 << 8)}


def distances(kind: type[Sealer], dice: random.Random) -> list[int]:
    """How many bits of the number changed, for each code accepted with one bit of its masked half changed.

    Numbers have their full 40 bits; tags only 8, so that one in 256 changed codes is accepted at all.
    """
    sealer = kind(dice.randbytes(32), Purpose.CODE, number_bits=40, tag_bits=8)
    changed = []
    for number in (dice.randrange(1 << 40) for _ in range(2000)):
        value = sealer.wrap(number)
        opened = (sealer.unwrap(value ^ 1 << bit) for bit in range(40))
        changed += [(other ^ number).bit_count() for other in opened if other is not None]
    return changed


def test_one_changed_bit_would_change_half_of_the_number(dice: random.Random) -> None:
    changed = distances(Sealer, dice)

    # A coin for each of 40 bits: 20 on average, with a deviation of 3.2 for one code and 0.18 for all.
    assert 18.8 < sum(changed) / len(changed) < 21.2


def test_without_the_third_pass_one_changed_bit_is_one_changed_bit(dice: random.Random) -> None:
    assert set(distances(WithoutThirdPass, dice)) == {1}
