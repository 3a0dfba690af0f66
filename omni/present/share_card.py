"""The picture that stands for a link where people share it: the goods, their name, what they cost."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from hashlib import sha256

from PIL import Image

from omni.domain.creative import MIDDLE, Focus, Size, crop
from omni.domain.offer import Picture
from omni.domain.published import Published, PublishedBundle
from omni.domain.theme import HOUSE, Theme
from omni.present.locales import current_locale, direction
from omni.present.offer_page import OfferPage
from omni.present.pictures import SVG, BadPicture
from omni.present.printed_pictures import rasterised
from omni.present.renditions import upright
from omni.present.slip import PrintUnavailable
from omni.present.typesetting import check_letters, language, typeset_pages

CARD = Size(1200, 630)
MOST_BYTES = 300_000
"""What some of those who show links still load."""

_PICTURE = Size(720, CARD.height)
_DRAWN_PX = 1600  # wider than it is shown: what is cut away at the sides leaves enough
_QUALITIES = (80, 70, 55, 40)
_EDITION = 3  # of the drawing below; another one is another card
_BLEED = 12  # around the words, in pixels: what a letter of the largest size has beyond its line
_GROUNDS = 4  # pictures in their place that are kept, 2 MB each


@dataclass(frozen=True, kw_only=True)
class CardWords:
    """What stands on a card; `tax` only beside a price."""

    campaign: str
    name: str
    price: str | None
    tax: str
    note: str | None


@dataclass(frozen=True, kw_only=True)
class ShareCard:
    """What one card shows, its picture by digest; `spoken` is the language of all but the offer's words."""

    words: CardWords
    locale: str
    spoken: str
    picture: str | None
    focus: Focus
    theme: Theme

    @cached_property
    def digest(self) -> str:
        """What tells it from every card that looks otherwise."""
        look = self.theme.model_dump(mode="json")
        told = [_EDITION, asdict(self.words), self.locale, self.spoken, self.picture, self.focus, look]
        return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def can_draw() -> bool:
    """Whether cards can be drawn here at all: they need the extra `print`."""
    try:
        check_letters("")
    except PrintUnavailable:
        return False
    return True


def share_card_of(
    content: Published, bundle: PublishedBundle, offer: OfferPage, *, is_open: bool
) -> ShareCard:
    """The card of an offer as its page shows it, in the locale being spoken.

    Of an offer that is not open no price is passed on: it holds no longer, or not yet.
    """
    cut = content.cuts.get(bundle.picture or "")
    price = offer.total if is_open else None
    return ShareCard(
        words=CardWords(
            campaign=offer.campaign,
            name=offer.name,
            price=price,
            tax=offer.tax if price else "",
            note=offer.pictures,
        ),
        locale=offer.locale,
        spoken=current_locale(),
        picture=bundle.picture,
        focus=Focus.parse(cut.focus) if cut else MIDDLE,
        theme=content.theme or HOUSE,
    )


class Easel:
    """Where cards are drawn, by several hands at once if need be; one picture after another is quickest.

    `find` finds a picture by its digest.
    """

    def __init__(self, find: Callable[[str], Picture | None]) -> None:
        self._find = find
        self._ground = lru_cache(maxsize=_GROUNDS)(self._drawn_ground)

    def draw(self, card: ShareCard) -> bytes:
        """A card as a JPEG of 1200 x 630 pixels and less than 300 kB, the same bytes for the same card.

        A picture that cannot be drawn is left out, and so are words of which no font here has a letter.
        Raises PrintUnavailable without the extra `print`.
        """
        is_mirrored = direction(card.locale) == "rtl"
        words = card.words if _has_letters(card.words) else None
        place = _PICTURE if words else CARD
        palette = card.theme.palette
        ground = self._ground(card.picture, card.focus, place, palette.glow) if card.picture else None
        whole = Image.new("RGB", CARD, palette.paper)
        if ground:
            whole.paste(ground, (CARD.width - place.width if is_mirrored else 0, 0))
        if words:
            width = CARD.width - (place.width if ground else 0)
            _set_in_type(whole, 0 if is_mirrored else CARD.width - width, width, card, words)
        return _saved(whole)

    def _drawn_ground(self, digest: str, focus: Focus, place: Size, glow: str) -> Image.Image | None:
        """A picture in its place; where it is see-through, the brand's own ground is behind it."""
        picture = self._find(digest)
        try:
            if picture is None:
                return None
            body = rasterised(picture.body, _DRAWN_PX) if picture.media_type == SVG else picture.body
            image = upright(body)
        except BadPicture:
            return None
        cut = image.resize(place, Image.Resampling.LANCZOS, box=crop(Size(*image.size), place, focus))
        return Image.alpha_composite(Image.new("RGBA", place, glow), cut.convert("RGBA")).convert("RGB")


def _has_letters(words: CardWords) -> bool:
    try:
        check_letters("".join(word for word in asdict(words).values() if word))
    except PrintUnavailable:
        if not can_draw():
            raise
        return False
    return True


def _set_in_type(whole: Image.Image, left: int, width: int, card: ShareCard, words: CardWords) -> None:
    """Put the words on a card where so many pixels are theirs: some at the top, the others at the bottom."""
    safe = card.theme.safe_area.card_percent / 100
    across, down = round(CARD.width * safe * (1 if width == CARD.width else 0.6)), round(CARD.height * safe)
    bleed = min(_BLEED, across, down)
    data = {
        **asdict(words),
        "language": language(card.locale),
        "spoken": language(card.spoken),
        "width": width - 2 * across,
        "height": CARD.height - 2 * down,
        "bleed": bleed,
        "colours": card.theme.palette.model_dump(),
    }
    top, *bottom = (Image.open(io.BytesIO(page)) for page in typeset_pages("share_card.typ", data, ppi=72))
    whole.paste(top, (left + across - bleed, down - bleed))
    for page in bottom:
        whole.paste(page, (left + across - bleed, CARD.height - down + bleed - page.height))


def _saved(image: Image.Image) -> bytes:
    """The best of the qualities that is small enough; progressive, it would be 4% less in twice the time."""
    for quality in _QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if out.tell() < MOST_BYTES:
            break
    return out.getvalue()
