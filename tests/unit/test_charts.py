"""Charts drawn on the server are well-formed, described, and true to their numbers."""

from xml.etree import ElementTree as ET

import pytest

from omni.present.charts import columns, range_bar, share_bar


def drawn(markup: str) -> ET.Element:
    return ET.fromstring(markup)


def test_a_bar_is_as_long_as_its_share() -> None:
    bars = drawn(share_bar(1, 4, title="a quarter")).findall("rect")
    assert [bar.get("width") for bar in bars] == ["100", "25.00"]


@pytest.mark.parametrize("part, whole, width", [(0, 0, "0.00"), (5, 0, "0.00"), (7, 5, "100.00")])
def test_a_bar_never_leaves_its_frame(part: int, whole: int, width: str) -> None:
    assert drawn(share_bar(part, whole, title="")).findall("rect")[1].get("width") == width


def test_the_tallest_column_fills_the_picture_and_one_of_many_is_still_seen() -> None:
    heights = [
        float(rect.get("height", "")) for rect in drawn(columns([1000, 1, 0], title="", description=""))[2:]
    ]
    assert heights[1::2] == [28.0, 1.5, 0.0]


def test_a_name_cannot_break_out_of_its_title() -> None:
    hostile = "</title><script>alert(1)</script>"
    for picture in (share_bar(1, 2, title=hostile), columns([1], title=hostile, description=hostile)):
        assert drawn(picture).findtext("title") == hostile
        assert "<script>" not in picture


def test_a_range_lies_where_it_lies_on_its_scale() -> None:
    _, band, line = drawn(range_bar(0.1, 0.2, 0.4, most=0.4, title="20%")).findall("rect")
    assert (band.get("x"), band.get("width"), line.get("x")) == ("25.00", "75.00", "50.00")
