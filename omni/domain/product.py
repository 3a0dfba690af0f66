"""A product as a campaign file describes it: what it is called, how much it holds, who answers for it."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from omni.domain.localized import Localized, Words
from omni.domain.market_record import Country, Part, Slug
from omni.domain.written import Amount, Gtin, Page, PicturePath, YesOrNo
from omni.domain.written_creative import FocusPoint, RightsPart


class Unit(StrEnum):
    """What goods sold by measure are measured in."""

    KILOGRAM = "kg"
    GRAM = "g"
    LITRE = "l"
    MILLILITRE = "ml"
    METRE = "m"
    SQUARE_METRE = "m2"
    CUBIC_METRE = "m3"

    @property
    def base(self) -> "Unit":
        """The unit a unit price is stated for: kilogram rather than gram, litre rather than millilitre."""
        return {Unit.GRAM: Unit.KILOGRAM, Unit.MILLILITRE: Unit.LITRE}.get(self, self)

    @property
    def in_base(self) -> Decimal:
        """How many base units one of these is."""
        return Decimal("0.001") if self.base is not self else Decimal(1)


class NetQuantity(Part):
    """How much of it there is, without the packaging."""

    amount: Amount = Field(description="How many of the unit.", examples=["100"])
    unit: Annotated[Unit, Field(strict=False)] = Field(description="kg, g, l, ml, m, m2 or m3.")


class Item(Part):
    """A product that bundles are made of."""

    name: Localized = Field(
        description="What the product is called, once or per locale.", examples=["Teapot"]
    )
    picture: PicturePath | None = Field(None, description="A file beside the campaign file.")
    alt: Localized | None = Field(None, description="What the picture shows, for those who cannot see it.")
    focus: FocusPoint | None = Field(
        None, description="The point every cut of the picture keeps; else the middle.", examples=[[0.5, 0.3]]
    )
    rights: RightsPart | None = Field(None, description="Who lets us show the picture, where and how long.")
    made_by_ai: YesOrNo = Field(False, description="Whether a machine made the picture.")
    page: Page | None = Field(None, description="The product's own page in the shop.")
    gtin: Gtin | None = Field(
        None, description="The number below its barcode, in quotes.", examples=["09506000134352"]
    )
    net: NetQuantity | None = Field(None, description="What it holds, where it is sold by measure.")
    sizes: Slug | None = Field(None, description="Its table among `size_tables`.", examples=["coats"])
    perishable: YesOrNo = Field(False, description="Whether it spoils: some price rules differ.")
    origin: Country | None = Field(None, description="Country of origin.")
    maker: Words | None = Field(None, description="Manufacturer with address, as product safety law wants.")
    responsible: Words | None = Field(None, description="Responsible person in the EU, with address.")
