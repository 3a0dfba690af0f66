"""Pictures as a person writes them in a campaign file: the point that must stay, the rights, the variants.

Names in this module are the names in the file.
"""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from omni.domain.creative import WHOLE, Focus
from omni.domain.localized import Localized, Words
from omni.domain.market_record import Part, Slug
from omni.domain.placement import Touchpoint
from omni.domain.written import Day, PicturePath, SomeCount, YesOrNo

DEFAULT = "default"
"""What statistics call a page that shows no variant, and whatever is counted before a page is opened."""


def _focus(written: object) -> object:
    try:
        across, down = (float(str(each)) for each in written)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        across = down = -1
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise ValueError("is no point of a picture; write how far from left and top, such as [0.5, 0.3]")
    return Focus(round(across * WHOLE), round(down * WHOLE))


def _not_default(slug: str) -> str:
    if slug == DEFAULT:
        raise ValueError("is what statistics call pages without variants; choose another name")
    return slug


VariantSlug = Annotated[Slug, StringConstraints(max_length=32), AfterValidator(_not_default)]
"""What statistics call a variant."""

FocusPoint = Annotated[
    Focus,
    BeforeValidator(_focus),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "number", "minimum": 0, "maximum": 1},
            "minItems": 2,
            "maxItems": 2,
        }
    ),
]
"""The point of a picture that every cut keeps, each part from 0 to 1."""


class RightsPart(Part):
    """Who lets us show a picture, where, and until when."""

    holder: Words = Field(description="Who holds the rights.", examples=["Studio Lark"])
    markets: list[Slug] | None = Field(
        None, min_length=1, description="Markets it may be shown in; else all.", examples=[["fr", "de"]]
    )
    until: Day | None = Field(None, description="Last day it may be shown.", examples=["2026-12-31"])

    def fault(self, market: str, last_use_on: date) -> tuple[str, str] | None:
        """What is wrong with showing the picture in a market until the last use there: field and remedy."""
        if self.markets is not None and market not in self.markets:
            return "markets", f"does not have {market}; ask {self.holder}, or show another picture there"
        if self.until is not None and self.until < last_use_on:
            late = f"is before the last use in {market} ({last_use_on})"
            return "until", f"{late}; ask {self.holder} for longer, or show another picture"
        return None


class VariantPart(Part):
    """Another picture and other words for a bundle, shown to a part of its codes. It has no price."""

    picture: PicturePath = Field(description="A file beside the campaign file.")
    alt: Localized | None = Field(None, description="What the picture shows.")
    text: Localized | None = Field(None, description="One or two sentences; else those of the bundle.")
    weight: SomeCount = Field(1, le=1000, description="How often it is shown, beside the weight of others.")
    markets: list[Slug] | None = Field(
        None, min_length=1, description="Markets it is shown in; else all.", examples=[["fr", "de"]]
    )
    touchpoints: list[Annotated[Touchpoint, Field(strict=False)]] | None = Field(
        None,
        min_length=1,
        description="Kinds of places whose codes show it; else all.",
        examples=[["receipt", "parcel"]],
    )
    focus: FocusPoint | None = Field(None, description="The point that every cut keeps; else the middle.")
    rights: RightsPart | None = Field(None, description="Who lets us show the picture, where and how long.")
    made_by_ai: YesOrNo = Field(False, description="Whether a machine made the picture.")

    def is_for(self, market: str) -> bool:
        """Whether it is shown in a market."""
        return self.markets is None or market in self.markets
