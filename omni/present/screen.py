"""What an in-store screen says, in each language its market requires: one panel a language, shown in turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from omni.domain.campaign import Edition, EditionState
from omni.domain.published import Published
from omni.domain.rulebook import PageState
from omni.domain.theme import Theme
from omni.present.formatting import day, instant, zone_name
from omni.present.locales import current_locale, gettext
from omni.present.offer_page import OfferPage
from omni.present.pauses import pause_sentence
from omni.present.slip import PrintedCode
from omni.present.time_left import TimeLeft, time_left

_LETTERS_OF_FINGERPRINT = 16


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What a screen says in one language; `offer` is there only while its code can be scanned for it."""

    locale: str
    headline: str
    lines: tuple[str, ...] = ()
    offer: OfferPage | None = None
    caption: str = ""
    left: TimeLeft | None = None


@dataclass(frozen=True, kw_only=True)
class Showing:
    """Everything a screen shows of its place: two that are equal look alike.

    `state` is one word for machines. `wide` and `tall` are the addresses of its picture, where it has one:
    for a part of a screen, and for the whole of one that stands on end. An offer `holds_until` the first
    instant at which something of it is known to change, and `ends_at` the midnight it ends; only an offer
    has these two, and a `code` to scan.
    """

    panels: tuple[Panel, ...]
    state: str
    version: str = ""
    wide: str = ""
    tall: str = ""
    code: PrintedCode | None = None
    mark: str = ""
    host: str = ""
    holds_until: datetime | None = None
    ends_at: datetime | None = None
    is_overlay: bool = False
    theme: Theme | None = None

    def fingerprint(self, furniture: str) -> str:
        """What tells two pages of a screen apart; `furniture` stands for all that every screen shares."""
        seen = sha256(f"{furniture} {self!r}".encode())
        return seen.hexdigest()[:_LETTERS_OF_FINGERPRINT]


def offering(offer: OfferPage, content: Published, edition: Edition, zone: str, *, left: timedelta) -> Panel:
    """An offer to be had now, what to do with its symbol, and until when; in the locale being spoken."""
    return Panel(
        locale=offer.locale,
        headline=offer.name,
        lines=(_until(edition, zone), *([gettext("While stock lasts.")] if content.stock_limited else [])),
        offer=offer,
        caption=gettext("Scan this code to get the offer."),
        left=time_left(left),
    )


def resting(offer: OfferPage, state: PageState, edition: Edition, zone: str) -> Panel:
    """Why an offer cannot be had now, in the locale being spoken; a withdrawn code leaves only its name."""
    headline, *lines = _why(offer, state, edition, zone)
    return Panel(locale=offer.locale, headline=headline, lines=tuple(lines))


def _until(edition: Edition, zone: str) -> str:
    spoken = current_locale()
    return gettext(
        "Get it until %(last)s, use it until %(use)s (days in %(city)s).",
        last=day(edition.last_unlock_on, spoken),
        use=day(edition.last_use_on, spoken),
        city=zone_name(zone, spoken),
    )


def _why(offer: OfferPage, state: PageState, edition: Edition, zone: str) -> list[str]:
    """A headline and what follows it."""
    match state:
        case PageState.NOT_STARTED:
            return [offer.name, *_opening(edition, zone)]
        case PageState.PAUSED:
            why = pause_sentence(edition.pause_reason, edition.pause_words)
            return [gettext("The offer is paused"), *([why] if why else []), _look_again(edition, zone)]
        case PageState.OUT_OF_STOCK:
            return [offer.name, gettext("Sold out for now")]
        case PageState.ENDED:
            ended = day(edition.last_unlock_on, current_locale())
            return [gettext("This offer ended on %(ended)s", ended=ended)]
        case _:
            return [offer.campaign]


def _opening(edition: Edition, zone: str) -> list[str]:
    if edition.state is EditionState.DRAFT:
        return [gettext("This offer is not open yet")]
    spoken = current_locale()
    return [
        gettext("This offer opens on %(opens)s", opens=day(edition.opens_on, spoken)),
        gettext("It opens at midnight, local time in %(city)s.", city=zone_name(zone, spoken)),
    ]


def _look_again(edition: Edition, zone: str) -> str:
    if edition.look_again_at is None:
        return gettext("Please look again later.")
    again = instant(edition.look_again_at, zone, current_locale())
    return gettext("Please look again after %(again)s.", again=again)
