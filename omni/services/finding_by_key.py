"""Finding by key: the offers, products and stores that have a GS1 key, and where each leads.

Everything comes from the catalogue in memory. A key names no code: nothing is opened, counted or spent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from omni.domain.campaign import EditionState
from omni.domain.digital_link import DigitalLink, Lead, LinkType, PrimaryKey
from omni.domain.market import Market
from omni.domain.published import Published, PublishedBundle, PublishedLine, in_locale, served_locales
from omni.domain.rulebook import PageState, edition_page
from omni.store.catalogue import Catalogue

_STORES = "stores"
"""The part of a public site that lists its stores."""


@dataclass(frozen=True)
class FoundByKey:
    """What has a key: its name in a language of its first market, and its leads, those to prefer first."""

    name: str
    default: LinkType
    leads: tuple[Lead, ...]


@dataclass(frozen=True)
class _There:
    """A launched edition, and whether its offer can be had now."""

    content: Published
    market: Market
    is_live: bool

    @property
    def locales(self) -> tuple[str, ...]:
        return served_locales(self.content, self.market)


def find(catalogue: Catalogue, now: datetime, link: DigitalLink) -> FoundByKey | None:
    """What has the key of an address; None when nobody does. What the address says beyond the key is ignored.

    In a market where an offer of the key can be had now, one that cannot is not named. Of editions in one
    market the one of higher priority comes first, of markets the one whose edition was written first.
    """
    editions = _launched(catalogue, now)
    if link.primary is PrimaryKey.GTIN:
        return _product(editions, link.key)
    if link.primary is PrimaryKey.GLN:
        return _store(catalogue, editions, link.key)
    return _offer(editions, link.key)


def _launched(catalogue: Catalogue, now: datetime) -> list[_There]:
    preferred = sorted(catalogue.editions.values(), key=lambda edition: (-edition.priority, edition.id or 0))
    return [
        _There(
            catalogue.contents[edition.id or 0],
            market := catalogue.markets[edition.market_id],
            is_live=edition_page(edition, market.time_zone, now) is PageState.OFFER,
        )
        for edition in preferred
        if edition.state is not EditionState.DRAFT
    ]


def _speaking(editions: Sequence[_There]) -> list[_There]:
    """Those whose offer can be had now, then each other market's newest, whose page says what is wrong."""
    live = [there for there in editions if there.is_live]
    markets = {there.market.id for there in live}
    resting = {there.market.id: there for there in editions if there.market.id not in markets}
    return [*live, *resting.values()]


def _offer(editions: Sequence[_There], gcn: str) -> FoundByKey | None:
    having = _speaking([there for there in editions if there.content.gcn == gcn])
    if not having:
        return None
    leads = tuple(chain.from_iterable(map(_promotions, having)))
    return FoundByKey(leads[0].title, LinkType.PROMOTION, leads)


def _product(editions: Sequence[_There], gtin: str) -> FoundByKey | None:
    having = _speaking([there for there in editions if _lines(there.content, gtin)])
    pages: dict[str, Lead] = {}
    for there in having:
        line = _lines(there.content, gtin)[0]
        if line.page:
            pages.setdefault(line.page, _shop_page(there, line))
    offers = (_promotions(there, _own_page(there.content, gtin)) for there in having if there.is_live)
    leads = (*pages.values(), *chain.from_iterable(offers))
    if not leads:
        return None
    name = in_locale(_lines(having[0].content, gtin)[0].names, having[0].locales[0])
    return FoundByKey(name, leads[0].type, leads)


def _lines(content: Published, gtin: str) -> list[PublishedLine]:
    return [line for bundle in content.offered for line in bundle.lines if line.gtin == gtin]


def _own_page(content: Published, gtin: str) -> PublishedBundle | None:
    """The one bundle of several that a product is in: it has a page of its own."""
    having = [bundle for bundle in content.offered if any(line.gtin == gtin for line in bundle.lines)]
    return having[0] if len(having) == 1 < len(content.offered) else None


def _shop_page(there: _There, line: PublishedLine) -> Lead:
    title = in_locale(line.names, there.locales[0])
    return Lead(LinkType.PIP, title, there.content, there.market, page=line.page)


def _store(catalogue: Catalogue, editions: Sequence[_There], gln: str) -> FoundByKey | None:
    having = _speaking([there for there in editions if gln in there.content.glns.values()])
    if not having:
        return None
    places = tuple(_places(catalogue, having, gln))
    offers = chain.from_iterable(map(_promotions, having))
    return FoundByKey(places[0].title, LinkType.PROMOTION, (*offers, *places))


def _places(catalogue: Catalogue, having: Sequence[_There], gln: str) -> Iterator[Lead]:
    for there in having:
        stores = [slug for slug, key in there.content.glns.items() if key == gln]
        names = next(
            (
                placement.store_names
                for placement in catalogue.placements.values()
                if placement.market_id == there.market.id and placement.store_slug in stores
            ),
            there.content.names,
        )
        for locale in there.locales:
            title = in_locale(names, locale)
            yield Lead(LinkType.LOCATION_INFO, title, there.content, there.market, locale, _STORES)


def _promotions(there: _There, bundle: PublishedBundle | None = None) -> Iterator[Lead]:
    """The page of an edition, or of one of its bundles, in each of its locales."""
    named, part = (bundle.names, bundle.slug) if bundle else (there.content.names, "")
    for locale in there.locales:
        title = in_locale(named, locale)
        yield Lead(LinkType.PROMOTION, title, there.content, there.market, locale, part)
