"""Money, dates and numbers as a locale writes them. The one formatter; browsers and shops never format.

Browsers disagree with Babel about grouping, digits and calendars, so every figure a person reads is made
here. The `iso_*` forms are for machines: plain digits, no direction marks, no special spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format, get_timezone_location
from babel.lists import format_list
from babel.numbers import NumberPattern, format_decimal, format_percent, parse_pattern

_REGIONS = {
    "ca-qc": {
        "en": "Quebec",
        "fr": "Québec",
        "de": "Québec",
        "ar": "كيبيك",
        "ja": "ケベック州",
        "zh": "魁北克",
    },
}
"""Markets that are a part of a country, by language: CLDR as Babel ships it names countries only."""


@cache
def _currency_pattern(locale: str, digits: int) -> NumberPattern:
    standard = Locale.parse(locale).currency_formats["standard"]
    pattern = copy(parse_pattern(standard.pattern))
    pattern.frac_prec = (digits, digits)
    return pattern


def _decimal(amount_minor: int, digits: int) -> Decimal:
    return Decimal(amount_minor).scaleb(-digits)


def money(amount_minor: int, currency: str, locale: str, *, digits: int) -> str:
    """An amount of minor units with its currency, with exactly as many decimals as the market's shops write.

    `digits` is also the scale of the minor unit, so nothing is ever rounded here. Right-to-left locales
    carry U+200F marks.
    """
    amount, pattern = _decimal(amount_minor, digits), _currency_pattern(locale, digits)
    shown = str(pattern.apply(amount, locale, currency=currency, currency_digits=False))
    # A currency without a sign is its three letters, which Babel glues to the digits in English.
    return re.sub(rf"{currency}(?=\d)", f"{currency}\u00a0", shown)


def percent(part: int, whole: int, locale: str) -> str:
    """A share in whole percent, rounded down: a reduction is never announced larger than it is.

    Raises ValueError unless `whole` is positive.
    """
    if whole <= 0:
        raise ValueError("a percentage needs a positive whole")
    return format_percent(Decimal(part * 100 // whole) / 100, locale=locale)


def day(on: date, locale: str) -> str:
    """A calendar day, month in words: `11 November 2026`."""
    written = format_date(on, "long", locale=locale)
    # French says "1er novembre"; CLDR's patterns have no ordinals.
    first_in_french = on.day == 1 and Locale.parse(locale).language == "fr"
    return written.replace("1 ", "1er ", 1) if first_in_french else written


def _local(at: datetime, zone: str) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return at.astimezone(ZoneInfo(zone))


def clock(at: datetime, zone: str, locale: str) -> str:
    """The time of day that the zone's clocks show at an instant: `14:02`, `2:02 PM`."""
    return format_time(_local(at, zone), "short", tzinfo=ZoneInfo(zone), locale=locale)


def instant(at: datetime, zone: str, locale: str) -> str:
    """Day and time of an instant on a zone's clocks, with the city whose clocks they are."""
    pattern = str(get_datetime_format("long", locale=locale)).replace("'", "")
    today = day(_local(at, zone).date(), locale)
    written = pattern.replace("{0}", clock(at, zone, locale)).replace("{1}", today)
    return f"{written} ({zone_name(zone, locale)})"


def zone_name(zone: str, locale: str) -> str:
    """The city people set their watch by in a zone, or the offset where a zone has none.

    Not the zone's CLDR name, which claims summer time for places that have none.
    """
    return get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True)


def count(number: int, locale: str) -> str:
    """A whole number, grouped."""
    return format_decimal(number, locale=locale)


def listing(items: Iterable[str], locale: str) -> str:
    """Items in one line with the locale's own commas and `and`."""
    return format_list(list(items), locale=locale)


def country_name(country: str, locale: str) -> str:
    """A country by its ISO code, or the code itself when nobody knows it."""
    return str(Locale.parse(locale).territories.get(country.upper(), country.upper()))


def market_name(market: str, locale: str) -> str:
    """A market by its id: a country's name, or a region's own (`ca-qc` is Quebec)."""
    names = _REGIONS.get(market.lower())
    if names is None:
        return country_name(market, locale)
    return names.get(Locale.parse(locale).language, names["en"])


def iso_money(amount_minor: int, *, digits: int) -> str:
    """An amount in major units for files and feeds: `1299.50`."""
    return f"{_decimal(amount_minor, digits):.{digits}f}"


def iso_instant(at: datetime, zone: str) -> str:
    """An instant as RFC 3339 on a zone's clocks, to the second, with its offset."""
    return _local(at, zone).isoformat(timespec="seconds")
