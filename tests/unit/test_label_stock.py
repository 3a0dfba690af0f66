"""Label sheets by name and by measures, and what is said of measures that cannot be."""

from __future__ import annotations

import pytest

from omni.present.label_stock import LAYOUTS, layout_named
from omni.present.slip import BadLayout


@pytest.mark.parametrize("text", ["L7160", "l7160", " 7160 "])
def test_stock_is_found_by_the_name_on_its_box(text) -> None:
    assert layout_named(text) is LAYOUTS["L7160"]


@pytest.mark.parametrize(
    "text",
    [
        "63.5x38.1 3x7 a4 gap=2.54x0",
        "63,5X38,1  3X7  A4  gap=2,54x0",
        "63.5×38.1 3×7 a4 top=15.15 left=7.21 gap=2.54×0",
    ],
)
def test_measures_describe_the_same_sheet_as_its_name(text) -> None:
    layout, stock = layout_named(text), LAYOUTS["L7160"]
    assert layout.page_mm == stock.page_mm
    assert layout.slots == stock.slots
    for slot in (1, 2, 21):
        assert layout.corner_mm(slot) == pytest.approx(stock.corner_mm(slot))


def test_measures_without_an_origin_stand_in_the_middle_of_the_page() -> None:
    layout = layout_named("70x37 2x7 a4 gap=10x0.5")
    assert layout.corner_mm(1) == pytest.approx((30, 17.5))
    assert layout.corner_mm(4) == pytest.approx((110, 17.5 + 37.5))


def test_a_layout_keeps_the_words_it_was_described_with() -> None:
    assert layout_named(" 70x37  3x8 A4 ").name == "70x37 3x8 A4"


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("L9999", "no such label sheet"),
        ("", "no such label sheet"),
        ("70x37", "no such label sheet"),
        ("70x37 3x8", "it takes a label, a grid and a page"),
        ("70x37 3x8 a4 a5", "it takes a label, a grid and a page"),
        ("70 37 3x8", "it takes a label, a grid and a page"),
        ("70x37 3x8 b4", "b4 is none of the pages a4, a5, letter"),
        ("70x37 3.5x8 a4", "3.5x8 are not columns x rows"),
        ("70x37 3 a4", "3 are not columns x rows"),
        ("70x37 0x8 a4", "a sheet has at least one label"),
        ("0x37 3x8 a4", "a sheet has at least one label"),
        ("70x37 3x8 a4 gap=2", "2 is not two lengths, such as 2.5x0"),
        ("70x37 3x8 a4 left=wide", "wide is not a length in mm"),
        ("70x37 3x8 a4 left=-1", "-1 is not a length in mm"),
        ("70x37 3x8 a4 right=1", "right= is none of gap=, left=, top="),
        ("80x37 3x8 a4", "the labels are 240 mm wide together, the page 210 mm"),
        ("70x37 3x9 a4", "the labels are 333 mm high together, the page 297 mm"),
        ("60x37 3x7 a4 left=50", "the labels begin at 50 mm and are 180 mm wide, the page 210 mm"),
    ],
)
def test_measures_that_cannot_be_are_refused_with_what_is_wrong_and_an_example(text, wrong) -> None:
    with pytest.raises(BadLayout) as refused:
        layout_named(text)
    assert str(refused.value).startswith(f'layout "{text}": {wrong}')
    assert '"63.5x38.1 3x7 a4 gap=' in str(refused.value)
    assert "L7160" in str(refused.value)


def test_the_example_of_the_refusal_is_a_sheet() -> None:
    with pytest.raises(BadLayout) as refused:
        layout_named("?")
    assert layout_named(str(refused.value).split('"')[-2]).slots == 21
