"""Amounts as people type them at a till."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.typed_amount import MOST, typed_minor
from omni.present.formatting import iso_money


@pytest.mark.parametrize(
    "text, digits, minor",
    [
        ("49.90", 2, 4990),
        ("49,9", 2, 4990),
        ("5", 2, 500),
        (" 1 299,50 ", 2, 129950),
        ("1.299.000,5", 2, 129900050),
        ("1,299", 2, 129900),
        ("1,299", 0, 1299),
        ("1'299.05", 2, 129905),
        ("٤٩٫٩٠", 2, 4990),
        ("１２８０", 0, 1280),
        ("0", 2, 0),
    ],
)
def test_an_amount_is_read_as_it_was_meant(text: str, digits: int, minor: int) -> None:
    assert typed_minor(text, digits=digits) == minor


@pytest.mark.parametrize(
    "text", ["", "-5", "+5", "1e3", "ten", "1.2345", "4.567.8.9", ".5", "5.", "12 €", "9" * 20, "²", "\0"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        typed_minor(text, digits=2)


def test_decimals_a_currency_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError):
        typed_minor("12.5", digits=0)


@given(minor=st.integers(0, MOST), digits=st.sampled_from([0, 2]))
def test_what_the_formatter_writes_is_read_back(minor: int, digits: int) -> None:
    assert typed_minor(iso_money(minor, digits=digits), digits=digits) == minor
