"""What an edition says to the outside at one revision: frozen, hashed, and all a page needs."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from pydantic import Field

from omni.domain.campaign_file import Compare, Exchange, Seller
from omni.domain.creative import PAGE_FORMS, Form, variant_of
from omni.domain.market import Market
from omni.domain.placement import Touchpoint
from omni.domain.policies import Frozen, Policies
from omni.domain.price import bundle_item
from omni.domain.reference import ReferenceKind
from omni.domain.size_table import SizeTable
from omni.domain.theme import Theme


class Delivery(Frozen):
    """What delivery costs and where it goes; amounts in minor units, None when the shop says at checkout."""

    cost_minor: int | None = None
    free_from_minor: int | None = None
    countries: tuple[str, ...] = ()
    note: Mapping[str, str] = {}


class PublishedNet(Frozen):
    """How much one item holds; `per` is the unit its unit price is stated for, `amount` how many of those."""

    amount: Decimal
    per: str


class PublishedLine(Frozen):
    """One item of a bundle as shown and granted."""

    line: int
    sku: str
    names: Mapping[str, str]
    quantity: int
    picture: str | None = None
    page: str | None = None
    is_gift: bool = False
    made_by_ai: bool = False
    net: PublishedNet | None = None
    is_perishable: bool = False
    origin: str | None = None
    maker: str | None = None
    responsible: str | None = None
    ceiling_minor: int | None = None
    # Left out where there is none, as before there were any: what was published then keeps its digest.
    gtin: str | None = Field(None, exclude_if=lambda key: key is None)
    sizes: SizeTable | None = Field(None, exclude_if=lambda table: table is None)


class PublishedRendition(Frozen):
    """A picture cut and encoded: its size in pixels, and its name as a file below `/pictures/`."""

    width: int
    height: int
    file: str


class PublishedPicture(Frozen):
    """A picture as it was cut: the point every cut keeps, and the cuts of each form, JPEG last.

    One that is drawn at any size, as SVG is, has no cuts.
    """

    focus: str
    forms: Mapping[Form, tuple[PublishedRendition, ...]] = {}


class PublishedVariant(Frozen):
    """Another picture and other words for a bundle, shown to as many of its codes as it weighs.

    Only at these kinds of places, where any are named.
    """

    slug: str
    weight: int
    picture: str
    alts: Mapping[str, str] = {}
    texts: Mapping[str, str] = {}
    made_by_ai: bool = False
    touchpoints: tuple[Touchpoint, ...] = Field((), exclude_if=lambda touchpoints: not touchpoints)


class PublishedBundle(Frozen):
    """A bundle as shown; its price is asked of the price history, never kept here.

    A withdrawn one is no longer in the file: what was printed of it still opens, nothing more is issued.
    """

    id: int
    slug: str
    names: Mapping[str, str]
    texts: Mapping[str, str] = {}
    picture: str | None = None
    alts: Mapping[str, str] = {}
    made_by_ai: bool = False
    lines: tuple[PublishedLine, ...]
    is_withdrawn: bool = False
    variants: tuple[PublishedVariant, ...] = Field((), exclude_if=lambda variants: not variants)

    def variants_at(self, touchpoint: Touchpoint) -> Mapping[str, PublishedVariant]:
        """The variants that codes of one kind of place show, by slug."""
        return {
            variant.slug: variant
            for variant in self.variants
            if not variant.touchpoints or touchpoint in variant.touchpoints
        }

    def variant_for(self, number: int, touchpoint: Touchpoint) -> PublishedVariant | None:
        """The variant that the code of this number shows, today and for ever; None where there are none."""
        by_slug = self.variants_at(touchpoint)
        if not by_slug:
            return None
        return by_slug[variant_of(number, {slug: each.weight for slug, each in by_slug.items()})]

    @property
    def sources(self) -> frozenset[str]:
        """The digests of its pictures, of its variants' and of its items'."""
        others = (*(variant.picture for variant in self.variants), *(line.picture for line in self.lines))
        return frozenset(filter(None, (self.picture, *others)))

    def as_variant(self, slug: str) -> "PublishedBundle":
        """The bundle as a variant shows it: other pictures and words, the same price."""
        shown = next(variant for variant in self.variants if variant.slug == slug)
        dress = {"picture": shown.picture, "made_by_ai": shown.made_by_ai}
        return self.model_copy(update={**dress, "alts": shown.alts, "texts": shown.texts or self.texts})


class PublishedTerms(Frozen):
    """Which frozen terms version speaks in a locale."""

    id: int
    version: int
    sha256: str


class PublishedReference(Frozen):
    """How an earlier price is found here: by which rules, over how many days, and in which legal words."""

    kind: ReferenceKind
    days: int
    words: str
    rules: tuple[str, ...]


class PublishedPrice(Frozen):
    """A price as published, for the evidence; what a page shows comes from `price_at`."""

    item: str
    amount_minor: int


class Published(Frozen):
    """The content of an edition at one revision. Localised texts are keyed by the market's locales."""

    campaign: str
    names: Mapping[str, str]
    # Left out where there is none: what was published before there were logos keeps its digest.
    logo: str | None = Field(None, exclude_if=lambda digest: digest is None)
    # None is the look of the house.
    theme: Theme | None = Field(None, exclude_if=lambda theme: theme is None)
    market: str
    opens_on: date
    last_issue_on: date
    last_unlock_on: date
    last_use_on: date
    returns_until_on: date
    shop: str
    # Left out where the shop knows the items by their SKU, as every shop did before there were presets.
    shop_items: Mapping[str, str] = Field({}, exclude_if=lambda ids: not ids)
    seller: Seller
    delivery: Delivery
    minimum_basket_minor: int | None = None
    uses_per_code: int = 1
    stock_limited: bool = False
    compare: Compare = Compare.SEPARATELY
    reference: PublishedReference | None = None
    exchange: Exchange = Exchange.NONE
    is_public: bool = False
    fees_minor: int | None = None
    permit: str | None = None
    permit_page: str | None = None
    withdrawal: str | None = None
    afterwards: str | None = None
    gcn: str | None = Field(None, exclude_if=lambda key: key is None)
    # The keys of its stores, by their slugs.
    glns: Mapping[str, str] = Field({}, exclude_if=lambda keys: not keys)
    receipts_bundle: str
    # Left out where all is as by default: what was published before there were policies keeps its digest.
    policies: Policies = Field(Policies(), exclude_if=lambda said: said == Policies())
    bundles: tuple[PublishedBundle, ...]
    # How its pictures were cut, by their digests.
    cuts: Mapping[str, PublishedPicture] = Field({}, exclude_if=lambda cuts: not cuts)
    prices: tuple[PublishedPrice, ...]
    terms: Mapping[str, PublishedTerms]

    def bundle(self, bundle_id: int) -> PublishedBundle:
        """The bundle of an id; every batch of this edition names one of them."""
        return next(bundle for bundle in self.bundles if bundle.id == bundle_id)

    @property
    def offered(self) -> tuple[PublishedBundle, ...]:
        """The bundles that codes may still be issued for, in the order of the file; never none."""
        return tuple(bundle for bundle in self.bundles if not bundle.is_withdrawn)

    @property
    def pictures(self) -> frozenset[str]:
        """The digests of all that public pages of the bundles on offer load: cuts, where there are any."""
        shown = {bundle.picture for bundle in self.offered}
        shown |= {line.picture for bundle in self.offered for line in bundle.lines}
        shown |= {self.theme.logo_digest} if self.theme else set()
        return frozenset(chain.from_iterable(self._loaded(digest) for digest in shown if digest))

    @property
    def sources(self) -> frozenset[str]:
        """The digests of all pictures as the retailer sent them, of every bundle and its variants."""
        return frozenset(chain.from_iterable(bundle.sources for bundle in self.bundles))

    def cut_file(self, digest: str) -> str | None:
        """The name of the cut that stands for a picture where only one can; None where it was not cut."""
        cut = self.cuts.get(digest)
        there = (cut.forms[form] for form in PAGE_FORMS if form in cut.forms) if cut else iter(())
        return next((cuts[-1].file for cuts in there), None)

    def _loaded(self, digest: str) -> Iterator[str]:
        """What a page loads of a picture."""
        cut = self.cuts.get(digest)
        if cut is None or not cut.forms:
            yield digest
            return
        for form in PAGE_FORMS:
            for rendition in cut.forms.get(form, ()):
                yield rendition.file.partition(".")[0]

    def document(self) -> dict[str, Any]:
        """The content as it is stored."""
        return self.model_dump(mode="json")


def terms_by_price(contents: Iterable[Published], bundle_id: int) -> dict[int, Mapping[str, PublishedTerms]]:
    """The terms that were published last with each price a bundle had; `contents` come first to last."""
    found: dict[int, Mapping[str, PublishedTerms]] = {}
    for content in contents:
        own = {
            bundle_item(content.campaign, bundle.slug) for bundle in content.bundles if bundle.id == bundle_id
        }
        found |= {price.amount_minor: content.terms for price in content.prices if price.item in own}
    return found


def served_locales(content: Published, market: Market) -> tuple[str, ...]:
    """The locales an edition is published in, in the order of its market.

    The market says the order: PostgreSQL keeps no order of keys in a document.
    """
    return tuple(locale["id"] for locale in market.locales if locale["id"] in content.terms)


def digest(document: Mapping[str, Any]) -> str:
    """The SHA-256 of a document in canonical form: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def in_locale(texts: Mapping[str, str], locale: str) -> str:
    """A localised text: the locale itself, its language, else the first the market lists.

    Offer names may fall back among the market's own languages; legal text never passes through here.
    """
    language = locale.split("_")[0]
    for wanted in (locale, language):
        if wanted in texts:
            return texts[wanted]
    same_language = (text for key, text in texts.items() if key.split("_")[0] == language)
    return next(same_language, next(iter(texts.values()), ""))
