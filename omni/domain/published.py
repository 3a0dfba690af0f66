"""What an edition says to the outside at one revision: frozen, hashed, and all a page needs."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from pydantic import Field

from omni.domain.campaign_file import Compare, Exchange, Seller
from omni.domain.market import Market
from omni.domain.policies import Frozen, Policies
from omni.domain.price import bundle_item
from omni.domain.reference import ReferenceKind


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
    receipts_bundle: str
    # Left out where all is as by default: what was published before there were policies keeps its digest.
    policies: Policies = Field(Policies(), exclude_if=lambda said: said == Policies())
    bundles: tuple[PublishedBundle, ...]
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
        """The digests of all pictures of the bundles on offer."""
        lines = (line for bundle in self.offered for line in bundle.lines)
        digests = (bundle.picture for bundle in self.offered), (line.picture for line in lines)
        return frozenset(filter(None, chain(*digests)))

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
