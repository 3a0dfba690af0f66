"""A voucher as a shopper keeps it: in a wallet, a calendar or among her pictures, in her own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from babel import Locale

from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.published import Published, PublishedBundle, in_locale, served_locales
from omni.domain.theme import HOUSE, Palette
from omni.present.formatting import day, money, zone_name
from omni.present.locales import choose_interface, gettext, speaking
from omni.present.offer_page import last_day


@dataclass(frozen=True, kw_only=True)
class KeptWords:
    """What a kept voucher says in one language; `spoken` is that of our own words, `locale` the offer's."""

    spoken: str
    locale: str
    title: str
    valid: str
    until: str
    last_day: str
    campaign: str
    offer: str
    price: str
    store: str

    @property
    def tongue(self) -> str:
        """The language without its country, as phones look it up: `fr`, `zh-Hans`."""
        written = Locale.parse(self.spoken)
        return "-".join(filter(None, (written.language, written.script)))


@dataclass(frozen=True, kw_only=True)
class Keepsake:
    """Everything that is kept of a voucher: `shown` is what the shop is given, `address` the voucher's page.

    `words` begin with the reader's; the other languages of the edition follow.
    """

    voucher: str
    shown: str
    address: str
    seller: str
    contact: str
    last_on: date
    ends_at: datetime
    zone: str
    palette: Palette
    words: tuple[KeptWords, ...]

    @property
    def spoken(self) -> KeptWords:
        """The reader's own words."""
        return self.words[0]


def keepsake(
    content: Published,
    bundle: PublishedBundle,
    market: Market,
    placement: Placement,
    *,
    voucher: str,
    shown: str,
    address: str,
    price_minor: int,
    ends_at: datetime,
    mark: str,
    spoken: str,
    locale: str,
) -> Keepsake:
    """A voucher to keep, first in the languages that are `spoken` to its reader and the offer is read in.

    `mark` stands before what is not live; it is empty otherwise.
    """
    zone, locales = market.time_zone, served_locales(content, market)
    last_on = last_day(ends_at, zone)

    def said(spoken: str, locale: str) -> KeptWords:
        last = day(last_on, spoken)
        price = money(price_minor, market.currency, locale, digits=market.digits)
        offer = in_locale(bundle.names, locale)
        with speaking(spoken):
            return KeptWords(
                spoken=spoken,
                locale=locale,
                title=gettext("Your discount code"),
                valid=gettext("Valid until"),
                until=gettext(
                    "Valid until %(until)s, midnight in %(city)s", until=last, city=zone_name(zone, spoken)
                ),
                last_day=last,
                campaign=in_locale(content.names, locale),
                offer=f"{mark} · {offer}" if mark else offer,
                price=price,
                store=in_locale(placement.store_names, locale),
            )

    words: dict[str, KeptWords] = {}
    for ours, theirs in [(spoken, locale), *((_our_words(each, locales), each) for each in locales)]:
        one = said(ours, theirs)
        words.setdefault(one.tongue, one)
    return Keepsake(
        voucher=voucher,
        shown=shown,
        address=address,
        seller=content.seller.name,
        contact=content.seller.contact,
        last_on=last_on,
        ends_at=ends_at,
        zone=zone,
        palette=(content.theme or HOUSE).palette,
        words=tuple(words.values()),
    )


def _our_words(locale: str, locales: tuple[str, ...]) -> str:
    """The language of our own words beside an offer that is read in a locale."""
    return choose_interface(asked=locale, accept_language=None, market_locales=locales)
