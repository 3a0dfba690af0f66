"""How a brand looks: colours, type, corners and a logo, frozen with each revision so that all surfaces agree.

Every text and every mark our pages draw is one of `PAIRS`, a colour upon a colour, and none of them may be
hard to see: WCAG 2.2 asks 4.5 : 1 for text, 3 : 1 for large text, focus rings and the edges of fields.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from omni.domain import colour
from omni.domain.market_record import Slug
from omni.domain.policies import Frozen


def _normal(text: str) -> str:
    return colour.written(colour.colour(text))


HexColour = Annotated[str, AfterValidator(_normal)]
"""A colour as `#rrggbb`."""

TEXT, LARGE = 4.5, 3.0
"""The least contrast of text, and of large text and of marks that are no text."""


class Palette(Frozen):
    """The colours of a brand's surfaces, by what they are for."""

    paper: HexColour
    ground: HexColour
    ink: HexColour
    soft: HexColour
    line: HexColour
    edge: HexColour
    action: HexColour
    pressed: HexColour
    action_ink: HexColour
    accent: HexColour
    sale: HexColour
    glow: HexColour
    tint: HexColour

    @property
    def is_dark(self) -> bool:
        """Whether its text is lighter than what it stands on."""
        return colour.luminance(colour.colour(self.ink)) > colour.luminance(colour.colour(self.paper))


class Family(StrEnum):
    """A kind of letter that every phone has of its own, so that no font is ever loaded."""

    SYSTEM = "system"
    SERIF = "serif"
    HUMANIST = "humanist"
    GEOMETRIC = "geometric"
    ROUNDED = "rounded"


class Type(Frozen):
    """Letters and their sizes: text in CSS pixels, and how much larger each step above it is."""

    base_px: int = 17
    ratio: float = 1.24
    text: Family = Family.SYSTEM
    headings: Family = Family.SYSTEM

    def size_px(self, steps: float) -> int:
        """A size so many steps above the text, in whole pixels."""
        return round(self.base_px * math.pow(self.ratio, steps))


class SafeArea(Frozen):
    """How much of an edge stays free of words: in mm on paper, in percent of a share card's sides."""

    print_mm: float = 5.0
    card_percent: float = 6.0


class Logo(Frozen):
    """A logo: its picture's name as a file below `/pictures/`, and how many times as wide as high it is."""

    file: str
    ratio: float = Field(1.0, ge=0.25, le=6)

    @property
    def width_px(self) -> int:
        """How wide it stands in the head of a page, in CSS pixels."""
        return round(LOGO_HEIGHT_PX * self.ratio)


LOGO_HEIGHT_PX = 32
"""How high every logo stands in the head of a page."""


class Theme(Frozen):
    """The look of one brand."""

    brand: Slug
    palette: Palette
    type: Type = Type()
    corner_px: int = 16
    safe_area: SafeArea = SafeArea()
    logo: Logo | None = Field(None, exclude_if=lambda logo: logo is None)

    @property
    def accent_on_white(self) -> str:
        """The accent for large print on white paper: itself, or its nearest shade that stands out there."""
        found = colour.nearest(colour.colour(self.palette.accent), [(colour.WHITE, LARGE)])
        return colour.written(found or colour.BLACK)

    @property
    def logo_digest(self) -> str | None:
        """The hash of the logo's bytes."""
        return self.logo.file.partition(".")[0] if self.logo else None


HOUSE = Theme(
    brand="house",
    palette=Palette(
        paper="#fffdf9",
        ground="#f6f0e6",
        ink="#1f2a30",
        soft="#56626a",
        line="#dccfbb",
        edge="#7d8a91",
        action="#0f5257",
        pressed="#0a3c40",
        action_ink="#ffffff",
        accent="#b83a24",
        sale="#8a2612",
        glow="#fde7c8",
        tint="#eef6f4",
    ),
)
"""The look of campaigns that bring none."""


@dataclass(frozen=True)
class Pair:
    """A colour upon another, by their names in a palette, what it is there for, and the contrast it needs."""

    over: str
    under: str
    needed: float
    use: str


PAIRS = (
    Pair("ink", "paper", TEXT, "text on cards"),
    Pair("ink", "ground", TEXT, "text between cards"),
    Pair("ink", "glow", TEXT, "text in notices"),
    Pair("ink", "tint", TEXT, "the discount code"),
    Pair("soft", "paper", TEXT, "small text on cards"),
    Pair("soft", "ground", TEXT, "small text between cards"),
    Pair("action", "paper", TEXT, "links and outlined buttons"),
    Pair("action", "ground", TEXT, "links between cards"),
    Pair("action", "glow", TEXT, "links in notices"),
    Pair("action", "tint", TEXT, "an outlined button under the pointer"),
    Pair("action_ink", "action", TEXT, "the button"),
    Pair("action_ink", "pressed", TEXT, "the button under the pointer"),
    Pair("sale", "paper", TEXT, "savings and earlier prices"),
    Pair("sale", "glow", TEXT, "marked savings and gifts"),
    Pair("accent", "paper", LARGE, "the large price of a screen, the focus ring"),
    Pair("accent", "ground", LARGE, "the focus ring between cards"),
    Pair("accent", "glow", LARGE, "the focus ring in notices"),
    Pair("edge", "paper", LARGE, "the edge of fields"),
)
"""Every pair that a page, a voucher, a screen or a card of ours draws."""


@dataclass(frozen=True)
class Sighting:
    """A pair in the colours of a palette; `better` is the nearest colour that passes where it does not."""

    pair: Pair
    over: str
    under: str
    ratio: float
    better: str | None = None

    @property
    def passes(self) -> bool:
        """Whether it can be seen well enough."""
        return self.ratio >= self.pair.needed

    @property
    def shown_ratio(self) -> str:
        """The ratio with two decimals, never rounded up to a pass."""
        return f"{math.floor(self.ratio * 100) / 100:.2f} : 1"


def sightings(palette: Palette) -> Iterator[Sighting]:
    """Every pair as this palette has it.

    The better colour does for all of its colour's pairs where one can, else for the pair alone.
    """
    for pair in PAIRS:
        over, under = getattr(palette, pair.over), getattr(palette, pair.under)
        ratio = colour.contrast(colour.colour(over), colour.colour(under))
        better = None if ratio >= pair.needed else _better(palette, pair)
        yield Sighting(pair, over, under, ratio, better)


def _better(palette: Palette, pair: Pair) -> str | None:
    shade = colour.colour(getattr(palette, pair.over))
    alike = [
        (colour.colour(getattr(palette, each.under)), each.needed) for each in PAIRS if each.over == pair.over
    ]
    own = [(colour.colour(getattr(palette, pair.under)), pair.needed)]
    found = colour.nearest(shade, alike) or colour.nearest(shade, own)
    return None if found is None else colour.written(found)
