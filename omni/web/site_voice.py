"""An edition in public, in one of its languages: what each of its pages says, found once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from omni.domain.creative import Form
from omni.domain.placement import Placement
from omni.domain.published import PublishedBundle, in_locale
from omni.domain.rulebook import PageState
from omni.present.formatting import listing
from omni.present.locales import bcp47, own_name
from omni.present.offer_page import OfferPage, offer_page
from omni.present.page_cut import page_cut
from omni.present.share_card import ShareCard, can_draw, share_card_of
from omni.present.site.addresses import HOME, Standing, map_search
from omni.present.site.files import with_picture_files
from omni.present.site.linked_data import catalogue, data_block, product
from omni.present.site.listed import ListedOffer, OfferedThere, listed_offer
from omni.services.showing import BundleThere, EditionInPublic
from omni.web.speech import Language, Speech, public_speech

_FIRST = 5
"""Bundles a search engine reads of in the description of the page of all."""


@dataclass(frozen=True)
class Public:
    """An edition in public with what its pages need beside: where it stands, picture files, its stores."""

    shown: EditionInPublic
    standing: Standing
    pictures: Mapping[str, str]
    stores: Sequence[Placement]
    clauses: Mapping[str, Sequence[dict[str, Any]]]


_TEMPLATES = {"terms": "site/terms.html", "privacy": "site/privacy.html", "stores": "site/stores.html"}


class Voice:
    """The pages of an edition in a locale. What is asked of it has to be asked while its interface speaks."""

    def __init__(self, public: Public, locale: str) -> None:
        self.public, self.locale = public, locale
        self._offers: dict[str, OfferPage] = {}
        self._cards: dict[str, ShareCard] = {}
        self._listed: dict[str, ListedOffer | None] = {}

    @cached_property
    def speech(self) -> Speech:
        """Which languages it speaks."""
        return public_speech(self.public.shown.content, self.public.shown.market, self.locale)

    def offer(self, there: BundleThere) -> OfferPage:
        """A bundle as its page shows it."""
        slug, shown = there.bundle.slug, self.public.shown
        if slug not in self._offers:
            drawn = offer_page(
                shown.content,
                there.bundle,
                shown.market,
                locale=self.locale,
                price_minor=there.price_minor,
                item_prices_minor=there.item_prices_minor,
                reference=there.reference,
            )
            self._offers[slug] = with_picture_files(drawn, self.public.pictures)
        return self._offers[slug]

    def listed(self, there: BundleThere) -> ListedOffer | None:
        """A bundle as machines are told it."""
        slug, url = there.bundle.slug, self.url_of(there.bundle)
        if slug not in self._listed:
            self._listed[slug] = listed_offer(self._there, there.bundle, there.price_minor, url=url)
        return self._listed[slug]

    def url_of(self, bundle: PublishedBundle) -> str:
        """The whole address of the page of a bundle; an only one stands at home."""
        standing = self.public.standing
        return standing.url(self.locale, bundle.slug if bundle.slug in standing.parts else HOME)

    def card(self, there: BundleThere) -> ShareCard:
        """The card that stands for a bundle where its page is shared."""
        slug, shown = there.bundle.slug, self.public.shown
        if slug not in self._cards:
            is_open = shown.state is PageState.OFFER
            drawn = share_card_of(shown.content, there.bundle, self.offer(there), is_open=is_open)
            self._cards[slug] = drawn
        return self._cards[slug]

    def card_path(self, there: BundleThere) -> str:
        """The address of the card of a bundle, from the root of the host."""
        return self.public.standing.card(self.locale, there.bundle.slug, self.card(there).digest)

    def page(self, part: str) -> tuple[str, dict[str, Any]]:
        """The template of a part and what it says besides what all pages of this edition do."""
        bundles = {there.bundle.slug: there for there in self.public.shown.bundles}
        if part in bundles or (part == HOME and len(bundles) == 1):
            return "site/offer.html", self._offer_page(bundles.get(part, self.public.shown.bundles[0]))
        if part == HOME:
            return "site/home.html", self._home()
        stores = [(store, map_search(store.store_address)) for store in self.public.stores]
        own = {"description": self._named, "linked": None, "card": None, "stores": stores}
        return _TEMPLATES[part], own

    def languages(self, part: str) -> list[Language]:
        """The part in every locale of the market; each has an address of its own."""
        standing = self.public.standing
        return [
            Language(
                bcp47(locale), own_name(locale), standing.path(locale, part), is_current=locale == self.locale
            )
            for locale in standing.locales
        ]

    @cached_property
    def clauses(self) -> Sequence[dict[str, Any]]:
        """The frozen terms."""
        return self.public.clauses[self.locale]

    @cached_property
    def _named(self) -> str:
        content = self.public.shown.content
        return f"{in_locale(content.names, self.locale)} · {content.seller.name}"

    @cached_property
    def _there(self) -> OfferedThere:
        shown = self.public.shown
        return OfferedThere(
            edition=shown.edition,
            content=shown.content,
            market=shown.market,
            state=shown.state,
            locale=self.locale,
            host=self.public.standing.host,
            pictures=self.public.pictures,
        )

    def _offer_page(self, there: BundleThere) -> dict[str, Any]:
        offer, listed = self.offer(there), self.listed(there)
        names = listing([item.name for item in offer.items], self.locale)
        return {
            "offer": offer,
            "bundle": there.bundle,
            "description": f"{offer.name}: {offer.text or names}",
            "linked": data_block(product(listed, self.public.standing.host)) if listed else None,
            "card": self._card(there),
        }

    def _home(self) -> dict[str, Any]:
        bundles = self.public.shown.bundles
        path = self.public.standing.path
        offers = [(self.offer(there), path(self.locale, there.bundle.slug)) for there in bundles]
        names = listing([offer.name for offer, _ in offers[:_FIRST]], self.locale)
        return {
            "offers": offers,
            "description": f"{self._named}: {names}",
            "linked": data_block(catalogue(self.url_of(there.bundle) for there in bundles)),
            "card": self._card(bundles[0]),
        }

    def _card(self, there: BundleThere) -> str | None:
        """The picture that previews of a link show: the drawn card, or where none can be drawn a cut."""
        host = self.public.standing.host
        if can_draw():
            return host + self.card_path(there)
        cut = page_cut(self.public.shown.content, there.bundle.picture, Form.CARD)
        return host + cut.address if cut else None
