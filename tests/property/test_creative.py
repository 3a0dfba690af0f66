"""Cuts keep the point they must keep; variants come as often as they weigh, and stay with their codes."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from omni.domain.creative import OF_A_BUNDLE, SHAPES, WHOLE, Focus, Form, Size, crop, cuts, variant_of

SIDES = st.integers(1, 12_000)
SIZES = st.builds(Size, SIDES, SIDES)
FOCUSES = st.builds(Focus, st.integers(0, WHOLE), st.integers(0, WHOLE))
RATIOS = st.sampled_from([shape.ratio for shape in SHAPES.values() if shape.ratio])
SLUGS = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
WEIGHTS = st.dictionaries(SLUGS, st.integers(1, 9), min_size=2, max_size=5)
CODES = range(40_000, 42_500)


@given(SIZES, RATIOS, FOCUSES)
def test_a_crop_holds_the_focus_and_nothing_beyond_the_picture(size: Size, ratio: Size, focus: Focus) -> None:
    box = crop(size, ratio, focus)
    assert 0 <= box.left < box.right <= size.width
    assert 0 <= box.top < box.bottom <= size.height
    assert box.left <= size.width * focus.x / WHOLE <= box.right + 1
    assert box.top <= size.height * focus.y / WHOLE <= box.bottom + 1


@given(SIZES, RATIOS, FOCUSES)
def test_a_crop_has_its_ratio_and_is_as_large_as_can_be(size: Size, ratio: Size, focus: Focus) -> None:
    width, height = crop(size, ratio, focus).size
    assert width == size.width or height == size.height
    assert abs(width * ratio.height - height * ratio.width) <= max(ratio)


@given(SIZES, FOCUSES)
def test_no_cut_is_larger_than_what_it_shows(size: Size, focus: Focus) -> None:
    made = list(cuts(size, focus, OF_A_BUNDLE))
    assert {cut.form for cut in made} == set(Form)
    assert all(cut.size.width <= cut.box.size.width for cut in made)
    assert len({(cut.form, cut.media_type, cut.size.width) for cut in made}) == len(made)


@settings(max_examples=25)
@given(WEIGHTS)
def test_variants_come_as_often_as_they_weigh(weights: dict[str, int]) -> None:
    shown = Counter(variant_of(number, weights) for number in CODES)
    for slug, weight in weights.items():
        expected = weight / sum(weights.values())
        assert abs(shown[slug] / len(CODES) - expected) < 0.05


@settings(max_examples=40)
@given(WEIGHTS, SLUGS, st.integers(1, 9))
def test_a_change_of_one_variant_moves_only_codes_to_or_from_it(
    weights: dict[str, int], changed: str, weight: int
) -> None:
    after = {**weights, changed: weight}
    for number in CODES[:150]:
        was, now = variant_of(number, weights), variant_of(number, after)
        assert was == now or changed in (was, now)


@given(WEIGHTS, st.integers(0, 2**40 - 1))
def test_a_code_shows_the_same_variant_whatever_the_order_of_the_file(
    weights: dict[str, int], number: int
) -> None:
    assert variant_of(number, weights) == variant_of(number, dict(reversed(weights.items())))
