"""The verdict on two colours is WCAG's own sum, and the colour suggested instead of a faint one passes."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from omni.domain import colour
from omni.domain.theme import HOUSE, PAIRS, Palette, sightings

NAMES = (*Palette.model_fields,)
SHADES = st.tuples(*[st.integers(0, 255)] * 3)
PALETTES = st.binary(min_size=3 * len(NAMES), max_size=3 * len(NAMES)).map(
    lambda drawn: Palette(**{name: f"#{drawn[3 * n : 3 * n + 3].hex()}" for n, name in enumerate(NAMES)})
)


def light(written: str) -> float:
    """Relative luminance, letter by letter as WCAG 2.2 writes it."""
    total = 0.0
    for place, weight in ((1, 0.2126), (3, 0.7152), (5, 0.0722)):
        part = int(written[place : place + 2], 16) / 255
        total += weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return total


def ratio(one: str, other: str) -> float:
    """WCAG's contrast ratio."""
    lights = sorted((light(one), light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@settings(max_examples=25)
@given(PALETTES)
def test_every_pair_is_judged_by_the_formula_of_wcag(palette: Palette) -> None:
    seen = list(sightings(palette))
    assert [each.pair for each in seen] == list(PAIRS)
    for each in seen:
        over, under = getattr(palette, each.pair.over), getattr(palette, each.pair.under)
        assert (each.over, each.under) == (over, under)
        assert abs(each.ratio - ratio(over, under)) < 1e-9
        assert each.passes == (each.ratio >= each.pair.needed)


@settings(max_examples=25)
@given(PALETTES)
def test_the_colour_suggested_for_a_faint_pair_passes(palette: Palette) -> None:
    for each in sightings(palette):
        if each.passes:
            assert each.better is None
        else:
            assert each.better is not None
            assert ratio(each.better, each.under) >= each.pair.needed


@settings(max_examples=50)
@given(SHADES, SHADES, st.sampled_from([3.0, 4.5]))
def test_no_shade_between_a_colour_and_the_suggested_one_would_do(
    shade: colour.Colour, under: colour.Colour, needed: float
) -> None:
    better = colour.nearest(shade, [(under, needed)])
    assert better is not None
    if colour.contrast(shade, under) >= needed:
        assert better == shade
        return
    share = Fraction(1, 255)
    ends = (colour.BLACK, colour.WHITE)
    distances = [
        sum((a - b) ** 2 for a, b in zip(shade, made, strict=True))
        for end in ends
        for step in range(256)
        if colour.contrast(made := colour.mixed(shade, end, float(step * share)), under) >= needed
    ]
    assert sum((a - b) ** 2 for a, b in zip(shade, better, strict=True)) == min(distances)


def test_the_house_can_be_seen() -> None:
    assert [each for each in sightings(HOUSE.palette) if not each.passes] == []
