"""Where the public pages of editions stand, each in every language, and which are the same page elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from omni.domain.campaign_file import SITE_PAGES
from omni.domain.market import Market
from omni.domain.published import Published, served_locales
from omni.present.locales import bcp47

HOME = ""
"""The part of a site that stands at its own address, above all others."""

SITEMAP, ROBOTS, NOTHING = "/sitemap.xml", "/robots.txt", "/404.html"
"""What search engines ask for first, and the page of an address where nothing is."""

FEED_FORMS = ("json", "xml")
"""The two spellings of a feed, which say the same."""

_ANY_LANGUAGE = "x-default"


def public_path(content: Published, locale: str) -> str:
    """Where the public page of an edition stands in a locale."""
    return _path(content.market, locale, content.campaign)


@dataclass(frozen=True)
class Standing:
    """Where the public pages of an edition stand: its host, and its parts below each of its locales."""

    campaign: str
    market: str
    country: str
    host: str
    locales: tuple[str, ...]
    bundles: tuple[str, ...]

    @classmethod
    def of(cls, content: Published, market: Market, host: str) -> Standing:
        """Where the pages of an edition's content stand on a host."""
        return cls(
            campaign=content.campaign,
            market=market.id,
            country=market.country,
            host=host,
            locales=served_locales(content, market),
            bundles=tuple(bundle.slug for bundle in content.offered),
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """Its pages: home, each bundle where there are several, and those that every campaign has."""
        return (HOME, *(self.bundles if len(self.bundles) > 1 else ()), *SITE_PAGES)

    def path(self, locale: str, part: str = HOME) -> str:
        """The address of a part in a locale, from the root of the host."""
        return _path(self.market, locale, self.campaign) + (f"{part}/" if part else "")

    def url(self, locale: str, part: str = HOME) -> str:
        """The whole address of a part in a locale."""
        return self.host + self.path(locale, part)

    def card(self, locale: str, bundle: str, digest: str) -> str:
        """The address of the card of a bundle that looks so: of a card that looks otherwise it is another."""
        return f"/cards/{self.market}/{bcp47(locale)}/{self.campaign}/{bundle}.{digest}.jpg"

    @cached_property
    def homes(self) -> tuple[tuple[str, str], ...]:
        """Its home in each locale: how search engines name the locale, and the whole address."""
        return tuple((self.tag(locale), self.url(locale)) for locale in self.locales)

    def tag(self, locale: str) -> str:
        """A locale as search engines tell markets apart by it: English in Japan is `en-JP`."""
        written = bcp47(locale)
        return written if written.rpartition("-")[2].isupper() else f"{written}-{self.country.upper()}"


@dataclass(frozen=True)
class Alternate:
    """The same page for readers of another language or market."""

    tag: str
    url: str


def alternates(standings: Sequence[Standing], own: Standing, part: str) -> list[Alternate]:
    """A part in every locale of every market that has it, its own first, and the one for all others.

    For all others is the first in English, else the first. Where two markets speak alike, as Quebec and
    Canada do, each names itself; elsewhere the country is named.
    """
    having = [standing for standing in standings if part in standing.parts]
    found: dict[str, str] = {}
    below = f"{part}/" if part else ""
    for standing in sorted(having, key=lambda each: (each is not own, each.market != each.country.lower())):
        for tag, home in standing.homes:
            found.setdefault(tag, home + below)
    homes = [home for standing in having for home in standing.homes]
    for_all_others = next((home for home in homes if home[0].startswith("en-")), homes[0])
    found[_ANY_LANGUAGE] = for_all_others[1] + below
    return [Alternate(tag, url) for tag, url in found.items()]


def _path(market: str, locale: str, campaign: str) -> str:
    return f"/{market}/{bcp47(locale)}/{campaign}/"


def feed_path(market: str, locale: str, form: str) -> str:
    """The address of the feed of a market in a locale."""
    return f"/feeds/{market}/{bcp47(locale)}.{form}"


def feeds_of(standings: Iterable[Standing]) -> list[tuple[str, str]]:
    """Every market and locale that has a feed, whichever of its campaigns speaks it."""
    return list(
        dict.fromkeys((standing.market, locale) for standing in standings for locale in standing.locales)
    )


def map_search(address: str) -> str:
    """Where a postal address is looked up on a map, by whoever follows the link."""
    return f"https://www.openstreetmap.org/search?{urlencode({'query': address})}"
