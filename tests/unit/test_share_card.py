"""The words of a share card: whole to the last stroke, in the script of every market."""

import io
from typing import Any

import pytest
from PIL import Image, ImageChops

from omni.domain.creative import MIDDLE
from omni.domain.theme import HOUSE
from omni.present import share_card
from omni.present.share_card import CardWords, Easel, ShareCard

DEEP = {
    "ar": "لأول الثلج",
    "de": "Ängstlich, jäh",
    "fr": "Ça, égjpqy",
    "he": "קךףץ",
    "hi": "कृष्ण ट्रूक्षु",
    "ja": "漢字ｇｊ",
    "th": "ปู่ฏฐุญูฎุ",
    "vi": "Ậ Ệ ỵ ợ",
}
"""Words whose letters go far above or below their line."""


def has_blank_edges(image: Image.Image) -> bool:
    """Whether nothing is drawn in the outermost pixels, where a stroke would be cut."""
    plain = image.convert("RGB")
    ground = Image.new("RGB", plain.size, plain.getpixel((0, 0)))
    drawn = ImageChops.difference(plain, ground).getbbox()
    if drawn is None:
        return False
    left, top, right, bottom = drawn
    return left > 0 and top > 0 and right < plain.width and bottom < plain.height


@pytest.mark.parametrize("locale", DEEP)
def test_no_stroke_of_a_letter_is_cut(locale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_in_type: list[bytes] = []
    typeset_pages = share_card.typeset_pages

    def remembered(*what: Any, **how: Any) -> list[bytes]:
        pages = typeset_pages(*what, **how)
        set_in_type.extend(pages)
        return pages

    monkeypatch.setattr(share_card, "typeset_pages", remembered)
    deep = DEEP[locale]
    words = CardWords(campaign=deep, name=deep, price="9.00", tax=deep, note=deep)
    card = ShareCard(words=words, locale=locale, spoken=locale, picture=None, focus=MIDDLE, theme=HOUSE)
    assert Easel(lambda _: None).draw(card)
    assert len(set_in_type) == 2
    for page in set_in_type:
        assert has_blank_edges(Image.open(io.BytesIO(page)))
