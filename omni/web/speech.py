"""Which languages one reader gets: one for the page's own words, one for the offer and its terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlencode

from flask import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from omni.domain.market import Market
from omni.domain.market_record import LocaleOrder
from omni.domain.published import Published, served_locales
from omni.present.locales import (
    bcp47,
    canonical,
    choose_interface,
    choose_terms,
    interface_locales,
    own_name,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LONGEST_WISH = 512
"""Characters of Accept-Language that are read; no phone sends as many, and what was read is remembered."""


class Wishes(NamedTuple):
    """A reader's languages: the one chosen in the address, and those the phone accepts."""

    asked: str | None
    accepted: str | None


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
            by_name.setdefault(own_name(locale), locale)
        here = own_name(self.interface)
        near = {here, *map(own_name, self.market_locales)}
        return [
            Language(bcp47(locale), name, _in(path, locale), name == here, name in near)
            for name, locale in by_name.items()
        ]

    def terms_languages(self, path: str) -> list[Language]:
        """Every language the offer and its terms are written in, and where the page opens in it."""
        return [
            Language(bcp47(locale), own_name(locale), _in(path, locale), locale == self.terms)
            for locale in self.market_locales
        ]

    @property
    def differs(self) -> bool:
        """Whether the offer and its terms are in another language than the page's own words."""
        return self.interface.partition("_")[0] != self.terms.partition("_")[0]


def plain_speech() -> Speech:
    """The speech of a page that belongs to no market."""
    asked, accepted = wishes_of(request.environ)
    interface = choose_interface(asked=asked, accept_language=accepted, market_locales=())
    return Speech(interface, interface, asked)


def market_speech(content: Published, market: Market, *, terms: str | None = None) -> Speech:
    """The speech of a page about an offer. A claim's page keeps the `terms` locale that was accepted."""
    speech = speech_of(wishes_of(request.environ), content, market)
    return speech if terms is None else replace(speech, terms=terms)


def speech_of(wishes: Wishes, content: Published, market: Market) -> Speech:
    """The speech of a page about an offer, as a reader wishes it."""
    follows_phone = market.record["locale_order"] == LocaleOrder.READER
    return _heard(served_locales(content, market), *wishes, follows_phone=follows_phone)


@lru_cache(maxsize=2048)
def _heard(
    locales: tuple[str, ...], asked: str | None, accepted: str | None, *, follows_phone: bool
) -> Speech:
    """The speech of a reader's wishes, remembered: whole streets of phones wish the same.

    Where the law says which language the offer opens in, only the reader's own choice moves it.
    """
    phone = accepted if follows_phone else None
    return Speech(
        interface=choose_interface(asked=asked, accept_language=accepted, market_locales=locales),
        terms=choose_terms(market_locales=locales, asked=asked, accept_language=phone),
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
    return country_of(wishes_of(request.environ))


def country_of(wishes: Wishes) -> str | None:
    """The country that a reader's wishes name first."""
    return _country_of(wishes.accepted or "")


@lru_cache(maxsize=2048)
def _country_of(accepted: str) -> str | None:
    wishes = (canonical(tag) for tag, _ in parse_accept_header(accepted, LanguageAccept))
    ends = (wish.rpartition("_")[2] for wish in wishes if wish and "_" in wish)
    return next((end for end in ends if len(end) == 2), None)


def _in(path: str, locale: str) -> str:
    return f"{path}?{urlencode({'lang': bcp47(locale)})}"


def wishes_of(environ: WSGIEnvironment) -> Wishes:
    """What a request says of its reader's languages."""
    query = environ.get("QUERY_STRING")
    asked = (parse_qs(query, keep_blank_values=True).get("lang", [""])[0][:40] or None) if query else None
    accepted: str | None = environ.get("HTTP_ACCEPT_LANGUAGE")
    if accepted is not None and len(accepted) > LONGEST_WISH:
        accepted = accepted[:LONGEST_WISH].rpartition(",")[0]
    return Wishes(asked, accepted)
