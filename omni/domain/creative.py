"""What a picture becomes on its way to people: how it is cut for each use, and which variant a code shows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from math import log
from typing import NamedTuple, Self

WHOLE = 1000
"""A picture's width and height, as a focus counts them."""


class Focus(NamedTuple):
    """The point of a picture that every cut keeps, in thousandths from its left and its top edge."""

    x: int
    y: int

    def __str__(self) -> str:
        return f"{self.x},{self.y}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The focus that is written so."""
        x, _, y = text.partition(",")
        return cls(int(x), int(y))


MIDDLE = Focus(WHOLE // 2, WHOLE // 2)


class Form(StrEnum):
    """What a picture is cut for: head of a page, small beside an item, card, screens both ways, paper."""

    HERO = "hero"
    THUMB = "thumb"
    CARD = "card"
    WIDE = "wide"
    TALL = "tall"
    PRINT = "print"


OF_A_BUNDLE = tuple(Form)
OF_AN_ITEM = (Form.THUMB,)
PAGE_FORMS = (Form.HERO, Form.THUMB, Form.CARD)
"""What a page, or whoever shows a link to it, may load."""


class Size(NamedTuple):
    """A width and a height, in pixels or as the two numbers of a ratio."""

    width: int
    height: int


class Box(NamedTuple):
    """A part of a picture, in pixels from its left and top edge; right and bottom are outside of it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        """How large the part is."""
        return Size(self.right - self.left, self.bottom - self.top)


@dataclass(frozen=True)
class Shape:
    """How a form is cut: its ratio, None for the whole picture, and its widths in pixels by media type."""

    ratio: Size | None
    widths: Mapping[str, tuple[int, ...]]


_PHONES = (320, 640, 960, 1280)
# An address is 45 bytes of a page's first 14 kB, so JPEG is there once, for the few that read nothing newer,
# and a thumb of 3 kB, which AVIF makes hardly smaller, is not made in it.
SHAPES: Mapping[Form, Shape] = {
    Form.HERO: Shape(Size(3, 2), {"image/avif": _PHONES, "image/webp": _PHONES, "image/jpeg": (640,)}),
    Form.THUMB: Shape(Size(1, 1), {"image/webp": (104, 208), "image/jpeg": (104,)}),
    Form.CARD: Shape(Size(1200, 630), {"image/jpeg": (1200,)}),
    Form.WIDE: Shape(Size(16, 9), {"image/webp": (1920,)}),
    Form.TALL: Shape(Size(9, 16), {"image/webp": (1080,)}),
    Form.PRINT: Shape(None, {"image/jpeg": (2480,)}),
}
"""Every form, best media type first. On paper 2,480 pixels are the width of A4 at 300 to the inch."""


@dataclass(frozen=True)
class Cut:
    """One cut of a picture that is wanted: which part of it, how large, and encoded as what."""

    form: Form
    box: Box
    size: Size
    media_type: str


def cuts(size: Size, focus: Focus, forms: Iterable[Form]) -> Iterator[Cut]:
    """The cuts of a picture of this size; none is larger than the part of the picture it shows."""
    for form in forms:
        shape = SHAPES[form]
        box = crop(size, shape.ratio, focus) if shape.ratio else Box(0, 0, *size)
        ratio = shape.ratio or size
        for media_type, widths in shape.widths.items():
            for width in dict.fromkeys(min(width, box.size.width) for width in widths):
                height = max(1, round(width * ratio.height / ratio.width))
                yield Cut(form, box, Size(width, height), media_type)


def crop(size: Size, ratio: Size, focus: Focus) -> Box:
    """The largest part of a picture in this ratio, with the focus as near its middle as the edges allow."""
    width = max(1, min(size.width, size.height * ratio.width // ratio.height))
    height = max(1, min(size.height, size.width * ratio.height // ratio.width))
    left = _start(size.width, width, focus.x)
    top = _start(size.height, height, focus.y)
    return Box(left, top, left + width, top + height)


def _start(whole: int, part: int, focus: int) -> int:
    return min(max(whole * focus // WHOLE - part // 2, 0), whole - part)


def variant_of(number: int, weights: Mapping[str, int]) -> str:
    """Which of the variants a code shows: each as often as it weighs, a code always the same one.

    Nothing is stored. When a weight changes, or a variant comes or goes, only codes that move to or from that
    variant see another picture. There is at least one variant, and none weighs less than 1.
    """
    return min(weights, key=lambda slug: (_waiting_time(number, slug) / weights[slug], slug))


def _waiting_time(number: int, slug: str) -> float:
    """How long a code waits for a variant that weighs 1: as long as chance has it, but always the same."""
    drawn = blake2b(number.to_bytes(8, "big"), key=slug.encode()[:64], digest_size=8).digest()
    return -log((int.from_bytes(drawn, "big") + 1) / (2**64 + 1))
