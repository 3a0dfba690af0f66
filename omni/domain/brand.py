"""A brand as a person writes it down: the shape of a brand file, and the look that is made of it.

Names in this module are the names in the file. Everything but the brand's own name may be left out; what is
left out is as the house has it, and what can be mixed from the written colours is.
"""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from omni.domain import colour
from omni.domain.localized import Words
from omni.domain.market_record import Part, Slug
from omni.domain.theme import HOUSE, Family, HexColour, Logo, Palette, SafeArea, Theme, Type
from omni.domain.written import PicturePath

_GROUND, _LINE, _GLOW, _TINT, _PRESSED = 0.05, 0.2, 0.12, 0.07, 0.25
"""How much of ink, ink, accent, action and black or white is in the colours that are mixed."""


def _beside(path: str) -> str:
    if path.startswith("/") or "\\" in path or ".." in path.split("/") or not path.endswith(".toml"):
        raise ValueError("is not a brand file; put it beside the campaign file, such as brand.toml")
    return path


BrandPath = Annotated[str, StringConstraints(max_length=64), AfterValidator(_beside)]
"""A brand file, named from the campaign file that it lies beside."""


class Colours(Part):
    """The colours of a brand. The seven are chosen; the rest is mixed from them unless it is written."""

    paper: HexColour | None = Field(None, description="What text stands on: cards, vouchers, screens.")
    ink: HexColour | None = Field(None, description="Text.")
    soft: HexColour | None = Field(None, description="Quieter text: notes, the line below a price.")
    action: HexColour | None = Field(None, description="Buttons, links, icons.")
    action_ink: HexColour | None = Field(None, description="The words on a button.")
    accent: HexColour | None = Field(None, description="The focus ring, and the large price of a screen.")
    sale: HexColour | None = Field(None, description="Savings, earlier prices, gifts.")
    ground: HexColour | None = Field(None, description="Behind the cards; else paper with some ink.")
    line: HexColour | None = Field(None, description="Thin lines; else paper with more ink.")
    edge: HexColour | None = Field(None, description="The edge of fields; else `soft`.")
    glow: HexColour | None = Field(None, description="Behind savings and notices; else paper with accent.")
    tint: HexColour | None = Field(None, description="Behind the discount code; else paper with action.")

    def palette(self) -> Palette:
        """Every colour of the pages; without a single word of the brand's, the house's own."""
        chosen = self.model_dump(exclude_none=True)
        if not chosen:
            return HOUSE.palette
        said = {name: chosen.get(name, getattr(HOUSE.palette, name)) for name in _CHOSEN}
        shade = {name: colour.colour(text) for name, text in said.items()}
        away = min((colour.BLACK, colour.WHITE), key=lambda end: -colour.contrast(end, shade["action_ink"]))
        made = {
            "ground": colour.mixed(shade["paper"], shade["ink"], _GROUND),
            "line": colour.mixed(shade["paper"], shade["ink"], _LINE),
            "edge": shade["soft"],
            "glow": colour.mixed(shade["paper"], shade["accent"], _GLOW),
            "tint": colour.mixed(shade["paper"], shade["action"], _TINT),
            "pressed": colour.mixed(shade["action"], away, _PRESSED),
        }
        return Palette(**{name: colour.written(each) for name, each in made.items()} | said | chosen)


_CHOSEN = ("paper", "ink", "soft", "action", "action_ink", "accent", "sale")


class TypePart(Part):
    """Letters and their sizes."""

    base: Annotated[int, Field(ge=16, le=20)] = Field(17, description="Size of text in CSS pixels, 16 to 20.")
    ratio: Annotated[float, Field(ge=1.1, le=1.3)] = Field(
        1.24, description="How much larger each step above it is, 1.1 to 1.3."
    )
    text: Annotated[Family, Field(strict=False)] = Field(Family.SYSTEM, description="Letters of text.")
    headings: Annotated[Family, Field(strict=False)] | None = Field(
        None, description="Letters of headings; else those of text."
    )


class ShapePart(Part):
    """What is not colour and not letters."""

    corner: Annotated[int, Field(ge=0, le=24)] = Field(
        16, description="Radius of a card's corner in CSS pixels, 0 to 24; smaller things follow."
    )


class SafeAreaPart(Part):
    """How much of an edge stays free of words."""

    print: Annotated[float, Field(ge=0, le=30)] = Field(5.0, description="On paper, in mm.")
    card: Annotated[float, Field(ge=0, le=25)] = Field(6.0, description="On a share card, in percent.")


class Period(Part):
    """Days in a row, both inclusive."""

    first: date = Field(alias="from", description="First day.")
    last: date = Field(alias="until", description="Last day, inclusive.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("until: is before from; swap them")
        return self


class Forbidden(Part):
    """Words that a campaign may not say: anywhere, in some markets, or outside some days.

    A word stands for itself in any case; `*` at an end stands for more letters, as in `sold*`.
    """

    words: list[Words] = Field(min_length=1, max_length=100, description="The words.")
    markets: list[Slug] | None = Field(None, min_length=1, description="Where; else everywhere.")
    allowed: list[Period] = Field(
        [], description="Days on which they may be said: an edition must run within one of them."
    )
    why: Words | None = Field(None, description="What is told to whoever wrote one.")

    @model_validator(mode="after")
    def _are_words(self) -> Self:
        if bare := [word for word in self.words if not word.strip("* ")]:
            raise ValueError(f"words: {bare[0]!r} is no word; write the word")
        return self


class BrandFile(Part):
    """A whole brand file."""

    brand: Slug = Field(description="The brand's own short name, which its folder of templates has too.")
    logo: PicturePath | None = Field(None, description="A picture beside the campaign file.")
    colours: Colours = Colours()
    type: TypePart = TypePart()
    shape: ShapePart = ShapePart()
    safe_area: SafeAreaPart = SafeAreaPart()
    tone: dict[Words, Words] = Field({}, max_length=500, description="A word, and what is said instead.")
    forbidden: list[Forbidden] = Field([], max_length=200, description="What may not be said.")

    def theme(self, logo: Logo | None = None) -> Theme:
        """The look of this brand, with the logo that was found where the file says."""
        letters = self.type
        return Theme(
            brand=self.brand,
            palette=self.colours.palette(),
            type=Type(
                base_px=letters.base,
                ratio=letters.ratio,
                text=letters.text,
                headings=letters.headings or letters.text,
            ),
            corner_px=self.shape.corner,
            safe_area=SafeArea(print_mm=self.safe_area.print, card_percent=self.safe_area.card),
            logo=logo,
        )
