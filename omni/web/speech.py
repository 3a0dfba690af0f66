"""Which languages one reader gets: one for the page's own words, one for the offer and its terms."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from omni.domain.market import Market
from omni.domain.market_record import LocaleOrder
from omni.domain.published import Published, served_locales
from omni.present.locales import (
    bcp47,
    canonical,
    choose_interface,
    choose_terms,
    interface_locales,
    language_name,
)


@dataclass(frozen=True)
class Language:
    """A language a page may be read in, by its own name, and where; a near one is named without asking."""

    tag: str
    name: str
    address: str
    is_current: bool
    is_near: bool = True


@dataclass(frozen=True)
class Speech:
    """The interface's locale, the terms' locale, and what the reader asked for in the address."""

    interface: str
    terms: str
    asked: str | None = None
    market_locales: tuple[str, ...] = ()

    def address(self, path: str) -> str:
        """A path of ours that keeps the language the reader chose."""
        return f"{path}?{urlencode({'lang': self.asked})}" if self.asked else path

    def languages(self, path: str) -> list[Language]:
        """Every language this page may be read in: the market's own, then the other complete catalogues."""
        by_name: dict[str, str] = {}
        for locale in (*self.market_locales, *interface_locales()):
            by_name.setdefault(language_name(locale, locale), locale)
        here = language_name(self.interface, self.interface)
        near = {here, *(language_name(locale, locale) for locale in self.market_locales)}
        return [
            Language(bcp47(locale), name, _in(path, locale), name == here, name in near)
            for name, locale in by_name.items()
        ]

    def terms_languages(self, path: str) -> list[Language]:
        """Every language the offer and its terms are written in, and where the page opens in it."""
        return [
            Language(bcp47(locale), language_name(locale, locale), _in(path, locale), locale == self.terms)
            for locale in self.market_locales
        ]

    @property
    def differs(self) -> bool:
        """Whether the offer and its terms are in another language than the page's own words."""
        return self.interface.partition("_")[0] != self.terms.partition("_")[0]


def plain_speech() -> Speech:
    """The speech of a page that belongs to no market."""
    asked, accepted = _wishes()
    interface = choose_interface(asked=asked, accept_language=accepted, market_locales=())
    return Speech(interface, interface, asked)


def market_speech(content: Published, market: Market, *, terms: str | None = None) -> Speech:
    """The speech of a page about an offer. A claim's page keeps the `terms` locale that was accepted."""
    asked, accepted = _wishes()
    locales = served_locales(content, market)
    # Where the law says which language the offer opens in, only the reader's own choice moves it.
    phone = accepted if market.record["locale_order"] == LocaleOrder.READER else None
    return Speech(
        interface=choose_interface(asked=asked, accept_language=accepted, market_locales=locales),
        terms=terms or choose_terms(market_locales=locales, asked=asked, accept_language=phone),
        asked=asked,
        market_locales=locales,
    )


def public_speech(content: Published, market: Market, locale: str) -> Speech:
    """The speech of a page that has its locale in its address, whoever reads it."""
    locales = served_locales(content, market)
    interface = choose_interface(asked=locale, accept_language=None, market_locales=locales)
    return Speech(interface, locale, asked=bcp47(locale), market_locales=locales)


def phone_country() -> str | None:
    """The country in the first of the phone's languages that names one.

    It is a guess about the language, never about the place: it may put one of several answers first.
    """
    wishes = (canonical(tag) for tag, _ in request.accept_languages)
    ends = (wish.rpartition("_")[2] for wish in wishes if wish and "_" in wish)
    return next((end for end in ends if len(end) == 2), None)


def _in(path: str, locale: str) -> str:
    return f"{path}?{urlencode({'lang': bcp47(locale)})}"


def _wishes() -> tuple[str | None, str | None]:
    asked = request.args.get("lang", "")[:40] or None
    return asked, request.headers.get("Accept-Language")
