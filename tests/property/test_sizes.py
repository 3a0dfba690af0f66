"""Lengths of the body keep their order in inches, and tables keep every size under its own system."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from omni.domain.size_system import LengthUnit, SizeSystem
from omni.domain.size_table import in_order

INCH = LengthUnit.INCH
lengths = st.integers(min_value=10, max_value=9_999)
systems = st.lists(st.sampled_from(SizeSystem), unique=True)


@given(lengths)
def test_a_length_in_inches_is_the_nearest_tenth(mm: int) -> None:
    assert abs(Fraction(INCH.tenths(mm), 10) - Fraction(mm * 10, 254)) <= Fraction(1, 20)


@given(lengths)
def test_whole_inches_are_exact_and_centimetres_are_what_was_written(number: int) -> None:
    assert INCH.tenths(number * 254) == number * 100
    assert LengthUnit.CENTIMETRE.tenths(number) == number


@given(lengths, lengths)
def test_what_is_longer_is_never_shown_shorter_and_three_millimetres_are_seen(one: int, other: int) -> None:
    short, long = sorted((one, other))
    assert INCH.tenths(short) <= INCH.tenths(long)
    assert long - short < 3 or INCH.tenths(short) < INCH.tenths(long)


@given(systems, systems)
def test_ordering_moves_columns_and_neither_adds_nor_loses_one(
    written: list[SizeSystem], first: list[SizeSystem]
) -> None:
    ordered = in_order(written, first)
    assert sorted(ordered) == sorted(written)
    assert in_order(ordered, first) == ordered
    wanted = [system for system in first if system in written]
    assert list(ordered[: len(wanted)]) == wanted
    rest = list(ordered[len(wanted) :])
    assert rest == [system for system in written if system in rest]
