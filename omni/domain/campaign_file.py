"""A campaign as a person writes it down: the shape of a campaign file, version 1.

Names in this module are the names in the file.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from omni.domain.brand import BrandPath
from omni.domain.localized import Localized, Words
from omni.domain.market_record import Country, Part, SizeCustom, Slug
from omni.domain.placement import Touchpoint
from omni.domain.policies import CapsPart, PolicyParts
from omni.domain.product import Item
from omni.domain.shop_preset import ShopLink
from omni.domain.written import (
    Amount,
    Count,
    Day,
    Gcn,
    Gln,
    Page,
    PicturePath,
    Printer,
    Sku,
    SomeCount,
    YesOrNo,
    whole_number,
)
from omni.domain.written_creative import FocusPoint, RightsPart, VariantPart, VariantSlug
from omni.domain.written_receipts import Receipts
from omni.domain.written_sizes import SizeTablePart

SITE_PAGES = ("terms", "privacy", "stores")
"""What stands below every campaign's public page beside its bundles, so none of them is called like that."""


class Compare(StrEnum):
    """What the price of a bundle is set against on the page.

    `separately`: what its items cost one by one today. `before`: what it cost before the reduction, by the
    market's own rule; where that rule refuses, the page makes no claim. `nothing`: the price stands alone.
    """

    SEPARATELY = "separately"
    BEFORE = "before"
    NOTHING = "nothing"


class Exchange(StrEnum):
    """What a reader from another market of the campaign is offered: nothing, a look there, or a swap."""

    NONE = "none"
    SHOW = "show"
    SWAP = "swap"


class Days(Part):
    """The days of an edition, on its market's own clock; last days are inclusive."""

    opens: Day | None = Field(None, description="First day of the offer.", examples=["2026-11-01"])
    closes: Day | None = Field(None, description="Last day of the offer.", examples=["2026-11-30"])
    last_issue: Day | None = Field(None, description="Last day codes are given out; else `closes`.")
    last_unlock: Day | None = Field(None, description="Last day a code can be unlocked; else `closes`.")
    last_use: Day | None = Field(
        None, description="Last day a voucher is taken; else 14 days after `closes`."
    )
    returns_until: Day | None = Field(None, description="Last day of returns; else 14 days after `last_use`.")


class Seller(Part):
    """Who sells, as the law wants it named beside the offer."""

    name: Words = Field(description="Legal name.", examples=["Larkfell Trading Ltd"])
    address: Words = Field(description="Postal address.", examples=["1 Example Street, London"])
    contact: Words = Field(description="E-mail address or telephone number.", examples=["hello@shop.example"])
    registration: Words = Field(description="Company register and number.", examples=["Company no. 01234567"])


class BundlePart(Part):
    """What one code unlocks together."""

    name: Localized | None = Field(None, description="What the bundle is called; else made of its slug.")
    text: Localized | None = Field(None, description="One or two sentences about it.")
    picture: PicturePath | None = Field(None, description="A file beside the campaign file.")
    alt: Localized | None = Field(None, description="What the picture shows.")
    focus: FocusPoint | None = Field(
        None, description="The point every cut of the picture keeps; else the middle.", examples=[[0.5, 0.3]]
    )
    rights: RightsPart | None = Field(None, description="Who lets us show the picture, where and how long.")
    variants: dict[VariantSlug, VariantPart] = Field(
        {}, max_length=10, description="Pictures of which each code shows one, by weight; never a price."
    )
    items: dict[Sku, Count] = Field(
        min_length=1, max_length=50, description="How many of each item.", examples=[{"teapot": 1, "cup": 2}]
    )
    gifts: list[Sku] = Field([], description="Those of its items that come as a gift.")
    made_by_ai: YesOrNo = Field(False, description="Whether a machine made the picture.")
    price: Amount | None = Field(
        None, description="Price in every market, when all pay in one currency.", examples=["59.90"]
    )

    @model_validator(mode="after")
    def _has_something(self) -> Self:
        if empty := [sku for sku, quantity in self.items.items() if not 1 <= quantity <= 99]:
            raise ValueError(f"items.{empty[0]} is {self.items[empty[0]]}; a bundle holds 1 to 99 of an item")
        if stray := sorted(set(self.gifts) - self.items.keys()):
            raise ValueError(f"gifts: {stray[0]} is not among its items; a gift is one of them")
        return self


class StorePart(Part):
    """A shop with a door."""

    slug: Slug = Field(description="The store's own short name.", examples=["fr-paris"])
    name: Localized = Field(description="What shoppers call it.", examples=["Larkfell Paris"])
    address: Words | None = Field(None, description="Where it stands.")
    gln: Gln | None = Field(
        None, description="Its global location number, in quotes.", examples=["9506000134352"]
    )


STORE_IN_FULL = "store in full"
STORE_BY_SLUG = "store by slug"


def _store_form(written: object) -> str:
    return STORE_BY_SLUG if isinstance(written, str) else STORE_IN_FULL


class PlacementPart(Part):
    """One concrete place where codes are met."""

    kind: Annotated[Touchpoint, Field(strict=False)] = Field(description="What kind of place it is.")
    name: Localized = Field(description="What the place is called.", examples=["Till 1"])
    store: Annotated[
        Annotated[StorePart, Tag(STORE_IN_FULL)] | Annotated[Slug, Tag(STORE_BY_SLUG)],
        Discriminator(_store_form),
    ] = Field(description="Its store, in full or by the slug of one described in this market.")
    printer: Printer | None = Field(
        None, description="Where its slips are printed.", examples=["tcp://till-1:9100"]
    )


class Delivery(Part):
    """What delivery costs and where it goes."""

    cost: Amount = Field(description="Cost of delivery; 0 when it is free.", examples=["4.90"])
    free_from: Amount | None = Field(None, description="Order value from which delivery is free.")
    countries: list[Country] | None = Field(
        None, min_length=1, description="Where the shop delivers; else the market."
    )
    note: Localized | None = Field(None, description="Anything else a shopper must know before ordering.")


class MarketPart(Days, PolicyParts):
    """What is different in one market; everything may be left out."""

    shop: ShopLink | None = Field(None, description="This market's shop link.")
    seller: Seller | None = Field(None, description="Who sells in this market.")
    prices: dict[Sku, Amount] = Field(
        {}, description="Prices of bundles and of single items, in this currency."
    )
    stock: dict[Sku, Count] = Field(
        {}, description="How many there are of a bundle or of an item; what is left out is not tracked."
    )
    minimum_basket: Amount | None = Field(None, description="Order value from which the offer holds.")
    compare: Annotated[Compare, Field(strict=False)] | None = Field(
        None, description="What the price is set against here; else as the campaign says."
    )
    ceilings: dict[Sku, Amount] = Field({}, description="Highest retail prices printed on the packs.")
    fees: Amount | None = Field(None, description="What every order pays beside the price and delivery.")
    uses_per_code: SomeCount = Field(1, description="How often one voucher may be used.")
    delivery: Delivery | None = Field(None, description="Cost and reach of delivery.")
    exclusions: Localized | None = Field(None, description="What the offer does not cover.")
    sizes: SizeCustom | None = Field(None, description="How sizes are told here; else as is usual.")
    permit: Words | None = Field(None, description="Number of the permit, where the market asks for one.")
    permit_page: Page | None = Field(None, description="Where the permit can be looked up.")
    withdrawal: Page | None = Field(None, description="The shop's page for withdrawing from a contract.")
    afterwards: Slug | None = Field(
        None, description="The place whose own code's offer is shown when this one is over."
    )
    placements: dict[Slug, PlacementPart] = Field({}, description="The places; else one till and one pop-up.")
    receipts: Receipts | None = Field(
        None,
        description="The bundle every receipt earns, or rules read top to bottom; else the first bundle.",
    )
    caps: CapsPart | None = Field(None, description="The most this market gives.")
    gcn: Gcn | None = Field(
        None,
        description="Global coupon number of this market's offer, in quotes.",
        examples=["9501101530003"],
    )
    priority: Count = Field(0, description="Of two live campaigns at one till the higher number speaks.")

    def store_of(self, placement: PlacementPart) -> StorePart | None:
        """The store of a placement, looked up among its neighbours when only its slug was written."""
        if isinstance(placement.store, StorePart):
            return placement.store
        described = (other.store for other in self.placements.values() if isinstance(other.store, StorePart))
        return next((store for store in described if store.slug == placement.store), None)


def _market_parts(written: Any) -> Any:
    """`markets: [fr, de]` is short for a mapping in which neither differs from the campaign."""
    if not isinstance(written, list):
        return written
    if any(not isinstance(market, str) for market in written) or len(set(written)) < len(written):
        raise ValueError("must name each market once, such as [fr, de]")
    return {market: {} for market in written}


class CampaignFile(Days, PolicyParts):
    """A whole campaign file, version 1."""

    version: Annotated[Literal[1], BeforeValidator(whole_number), WithJsonSchema({"const": 1})] = Field(
        description="The version of this shape; 1."
    )
    campaign: Slug = Field(description="Short name for addresses and commands.", examples=["double-11"])
    name: Localized = Field(description="What shoppers call the campaign.", examples=["Double 11"])
    logo: PicturePath | None = Field(
        None, description="A file beside this one; it stands on paper.", examples=["pictures/logo.svg"]
    )
    brand: BrandPath | None = Field(
        None, description="The brand file beside this one; else the house look.", examples=["brand.toml"]
    )
    shop: ShopLink = Field(
        description="The way to the shop: a link in which words in braces are filled in, or a `preset`.",
        examples=["https://shop.example/cart?{items}&discount={voucher}&lang={locale}&ref={placement}"],
    )
    opens: Day = Field(description="First day, on each market's own clock.", examples=["2026-11-01"])
    closes: Day = Field(description="Last day, inclusive.", examples=["2026-11-30"])
    seller: Seller | None = Field(None, description="Who sells, unless a market says otherwise.")
    compare: Annotated[Compare, Field(strict=False)] = Field(
        Compare.SEPARATELY, description="What the price is set against on the page."
    )
    exchange: Annotated[Exchange, Field(strict=False)] = Field(
        Exchange.NONE, description="What a reader from another market of this campaign is offered."
    )
    items: dict[Sku, Item] = Field({}, max_length=500, description="The products; else named by their SKU.")
    size_tables: dict[Slug, SizeTablePart] = Field(
        {}, max_length=50, description="Tables of sizes that items name."
    )
    bundles: dict[Slug, BundlePart] = Field(
        min_length=1, max_length=100, description="What a code can unlock."
    )
    markets: Annotated[
        dict[Slug, MarketPart],
        BeforeValidator(_market_parts),
        Field(min_length=1, max_length=100),
    ] = Field(
        description="Market ids, or a mapping from market id to what is different there.",
        examples=[["fr", "de"]],
    )

    @model_validator(mode="after")
    def _names_are_told_apart(self) -> Self:
        if both := sorted(self.items.keys() & self.bundles.keys()):
            raise ValueError(
                f"{both[0]} is a bundle and an item; prices could not tell them apart: rename one"
            )
        if taken := self.bundles.keys() & set(SITE_PAGES):
            raise ValueError(f"{min(taken)} is a page of every campaign; call the bundle something else")
        return self

    def item_names(self) -> Mapping[str, Localized]:
        """Every item's name; an item nobody described is called by its SKU."""
        skus = dict.fromkeys(sku for bundle in self.bundles.values() for sku in bundle.items)
        return {
            sku: self.items[sku].name if sku in self.items else spoken(sku) for sku in (*self.items, *skus)
        }

    def bundle_name(self, slug: str) -> Localized:
        """A bundle's name; one without is called by its slug."""
        return self.bundles[slug].name or spoken(slug)


def spoken(slug: str) -> Localized:
    """A slug as words: `ski-set` becomes Ski set."""
    words = re.sub(r"[-_.]+", " ", slug).strip() or slug
    return Localized.model_validate(words[:1].upper() + words[1:])
