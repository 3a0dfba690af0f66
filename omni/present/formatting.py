"""Money, dates and numbers as a locale writes them. The one formatter; browsers and shops never format.

Browsers disagree with Babel about grouping, digits and calendars, so every figure a person reads is made
here. The `iso_*` forms are for machines: plain digits, no direction marks, no special spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import (
    format_date,
    format_time,
    format_timedelta,
    get_datetime_format,
    get_time_format,
    get_timezone_location,
)
from babel.lists import format_list
from babel.numbers import NumberPattern, format_decimal, format_percent, parse_pattern
from babel.units import get_unit_name

from omni.domain.product import Unit
from omni.domain.size_system import LengthUnit
from omni.present import market_file
from omni.present.locales import ngettext, speaking
from omni.settings import markets_dir

_FIRST_OF_MONTH = {"fr": "1er", "pt": "1º"}
"""Languages that say the first of a month as an ordinal, which CLDR's patterns cannot."""

_BUDDHIST_ERA = 543
_FINEST_QUANTITY = 3


_CLDR_UNITS = {
    Unit.KILOGRAM: "mass-kilogram",
    Unit.GRAM: "mass-gram",
    Unit.LITRE: "volume-liter",
    Unit.MILLILITRE: "volume-milliliter",
    Unit.METRE: "length-meter",
    Unit.SQUARE_METRE: "area-square-meter",
    Unit.CUBIC_METRE: "volume-cubic-meter",
}
_BODY_UNITS = {LengthUnit.CENTIMETRE: "length-centimeter", LengthUnit.INCH: "length-inch"}


def quantise(value: Decimal, digits: int) -> Decimal:
    """A number with so many decimals, halves rounded away from zero as shops do; Babel rounds to even.

    >>> quantise(Decimal("2.665"), 2)
    Decimal('2.67')
    """
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


@cache
def _currency_pattern(locale: str, digits: int) -> NumberPattern:
    standard = Locale.parse(locale).currency_formats["standard"]
    pattern = copy(parse_pattern(standard.pattern))
    pattern.frac_prec = (digits, digits)
    return pattern


def _decimal(amount_minor: int, digits: int) -> Decimal:
    return Decimal(amount_minor).scaleb(-digits)


# Remembered: a page says one price several times, and a site the same prices on page after page.
@lru_cache(maxsize=4096)
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
    """A calendar day, month in words: `11 November 2026`. Thais count the year from the Buddha: 2569."""
    language = Locale.parse(locale).language
    if language == "th":
        return f"{format_date(on, 'd MMMM', locale=locale)} {on.year + _BUDDHIST_ERA}"
    written = format_date(on, "long", locale=locale)
    first = _FIRST_OF_MONTH.get(language) if on.day == 1 else None
    return written.replace("1 ", f"{first} ", 1) if first else written


def _local(at: datetime, zone: str) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return at.astimezone(ZoneInfo(zone))


def clock(at: datetime, zone: str, locale: str) -> str:
    """The time of day that the zone's clocks show at an instant: `14:02`, `2:02 PM`."""
    pattern = get_time_format("short", locale=locale).pattern
    if Locale.parse(locale).language == "ko":
        # CLDR's short name of a Korean afternoon is the English one; nobody in Korea writes it.
        pattern = pattern.replace("a", "aaaa")
    return format_time(_local(at, zone), pattern, tzinfo=ZoneInfo(zone), locale=locale)


def instant(at: datetime, zone: str, locale: str) -> str:
    """Day and time of an instant on a zone's clocks, with the city whose clocks they are."""
    pattern = str(get_datetime_format("long", locale=locale)).replace("'", "")
    today = day(_local(at, zone).date(), locale)
    written = pattern.replace("{0}", clock(at, zone, locale)).replace("{1}", today)
    return f"{written} ({zone_name(zone, locale)})"


@cache
def zone_name(zone: str, locale: str) -> str:
    """The city people set their watch by in a zone, or the offset where a zone has none.

    Not the zone's CLDR name, which claims summer time for places that have none.
    """
    cities = Locale.parse(locale).time_zones
    # CLDR keeps a renamed zone's city under its old name, where Babel no longer looks: Asia/Calcutta.
    renamed = (old for old, new in get_global("zone_aliases").items() if new == zone)
    named = (str(cities[old]["city"]) for old in renamed if "city" in cities.get(old, {}))
    return next(named, None) or get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True)


def milliseconds(span: timedelta) -> str:
    """A span of time as a page tells it to its script."""
    return str(span // timedelta(milliseconds=1))


def duration(length: timedelta, locale: str) -> str:
    """How long something lasts, exactly: `90 minutes`, `24 hours`, `3 days`.

    In the largest unit that leaves nothing over; below two days that is hours, because `1 day` reads as a
    day of the calendar. Raises ValueError for what is negative or not in whole minutes.
    """
    minutes, over = divmod(length, timedelta(minutes=1))
    if over or minutes < 0:
        raise ValueError("a duration is written in whole minutes, from zero up")
    hours, days = timedelta(hours=1), timedelta(days=1)
    unit: Literal["day", "hour", "minute"] = "minute"
    if length >= 2 * days and not length % days:
        unit = "day"
    elif length and not length % hours:
        unit = "hour"
    # Babel's units lack half of East Asia's hours; its time spans have them, and must not become weeks.
    return format_timedelta(length, granularity=unit, threshold=minutes + 1, locale=locale)


def quantity(amount: Decimal | int, unit: Unit, locale: str) -> str:
    """So much of something: `1.5 kg`; at most three decimals, halves rounded up.

    Units are written short: only their short forms exist in every locale.
    """
    return _measure(quantise(Decimal(amount), _FINEST_QUANTITY), _CLDR_UNITS[unit], locale)


def length(mm: float, locale: str) -> str:
    """How long something is, in the unit people would say it in: `0.61 mm`, `22 cm`, `1.5 m`."""
    if mm < 100:
        return _measure(quantise(Decimal(mm), 2), "length-millimeter", locale)
    if mm < 1_000:
        return _measure(quantise(Decimal(mm) / 10, 0), "length-centimeter", locale)
    return _measure(quantise(Decimal(mm) / 1_000, 1), "length-meter", locale)


def unit_name(unit: LengthUnit, locale: str) -> str:
    """A unit of length as people write it after many figures: `cm`, `inches`."""
    return str(get_unit_name(_BODY_UNITS[unit], "short", locale))


def span(least: Decimal, most: Decimal, locale: str) -> str:
    """A figure, or two with a dash between them where they differ."""
    return "\u2013".join(format_decimal(each, locale=locale) for each in dict.fromkeys((least, most)))


def _measure(exact: Decimal, unit: str, locale: str) -> str:
    spoken = Locale.parse(locale)
    # Babel reads this table too, but says "1 gramas" in Brazil, where one form serves all numbers.
    forms = spoken._data["unit_patterns"][unit]["short"]
    pattern = forms.get(spoken.plural_form(exact)) or forms["other"]
    return str(pattern).format(format_decimal(exact, locale=locale))


def pieces(number: int, locale: str) -> str:
    """So many things that are counted, in the interface's own words: `3 pieces`."""
    with speaking(locale):
        return ngettext("%(num)s piece", "%(num)s pieces", number, num=count(number, locale))


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
    """A market by its id, as its record names it (`ca-qc` is Quebec), else as CLDR names its country."""
    record = market_file.known(markets_dir()).get(market.lower())
    if record is None:
        return country_name(market, locale)
    if record.names is None:
        return country_name(record.country, locale)
    return record.names.text(locale) or record.names.text("en") or record.name


def iso_money(amount_minor: int, *, digits: int) -> str:
    """An amount in major units for files and feeds: `1299.50`."""
    return f"{_decimal(amount_minor, digits):.{digits}f}"


def iso_instant(at: datetime, zone: str) -> str:
    """An instant as RFC 3339 on a zone's clocks, to the second, with its offset."""
    return _local(at, zone).isoformat(timespec="seconds")
