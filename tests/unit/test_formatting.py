"""Figures as people read them, with the traps of each market."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.present.formatting import (
    clock,
    count,
    country_name,
    day,
    instant,
    iso_instant,
    iso_money,
    listing,
    market_name,
    money,
    percent,
    zone_name,
)

MOMENT = datetime(2026, 11, 10, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "amount_minor, currency, locale, digits, shown",
    [
        (129950, "EUR", "fr_FR", 2, "1\u202f299,50\xa0€"),
        (129950, "EUR", "de_DE", 2, "1.299,50\xa0€"),
        (129950, "GBP", "en_GB", 2, "£1,299.50"),
        (1300, "JPY", "ja_JP", 0, "￥1,300"),
        (1300, "TWD", "zh_Hant_TW", 0, "$1,300"),
        (129950, "CNY", "zh_Hans_CN", 2, "¥1,299.50"),
        (129950, "USD", "en_US", 2, "$1,299.50"),
        (129950, "SAR", "ar_SA", 2, "\u200f1,299.50\xa0ر.س.\u200f"),
        (129950, "CAD", "fr_CA", 2, "1\xa0299,50\xa0$"),
        (1299, "KWD", "en", 3, "KWD\xa01.299"),
        (0, "EUR", "de_DE", 2, "0,00\xa0€"),
        (-500, "USD", "en_US", 2, "-$5.00"),
    ],
)
def test_money_reads_as_the_market_writes_it(
    amount_minor: int, currency: str, locale: str, digits: int, shown: str
) -> None:
    assert money(amount_minor, currency, locale, digits=digits) == shown


@given(st.integers(min_value=0, max_value=2**62), st.integers(min_value=0, max_value=3))
def test_no_minor_unit_is_ever_lost_to_rounding(amount_minor: int, digits: int) -> None:
    shown = money(amount_minor, "EUR", "de_DE", digits=digits)
    assert int("".join(mark for mark in shown if mark.isdecimal())) == amount_minor


@pytest.mark.parametrize(
    "part, whole, locale, shown",
    [
        (2999, 10000, "en_US", "29%"),
        (2999, 10000, "fr_FR", "29\xa0%"),
        (30, 100, "tr_TR", "%30"),
        (99999, 100000, "de_DE", "99\xa0%"),
        (1, 1, "en_GB", "100%"),
    ],
)
def test_a_percentage_is_rounded_down(part: int, whole: int, locale: str, shown: str) -> None:
    assert percent(part, whole, locale) == shown


def test_a_percentage_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        percent(1, 0, "en")


@pytest.mark.parametrize(
    "zone, locale, shown",
    [
        ("Europe/Paris", "fr_FR", "11 novembre 2026, 00:30 (Paris)"),
        ("Asia/Tokyo", "ja_JP", "2026年11月11日 8:30 (東京)"),
        ("America/New_York", "en_US", "November 10, 2026, 6:30\u202fPM (New York)"),
        ("Asia/Riyadh", "ar_SA", "11 نوفمبر 2026، 2:30 ص (الرياض)"),
        ("Asia/Shanghai", "en", "November 11, 2026, 7:30\u202fAM (Shanghai)"),
    ],
)
def test_an_instant_says_whose_clock_it_is_on(zone: str, locale: str, shown: str) -> None:
    assert instant(MOMENT, zone, locale) == shown


def test_the_hour_of_a_clock_change_is_told_on_the_local_clock() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [clock(at, "Europe/Paris", "fr") for at in (before, before + timedelta(hours=1))] == [
        "02:30",
        "02:30",
    ]


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        clock(MOMENT.replace(tzinfo=None), "Europe/Paris", "fr")


def test_a_zone_is_named_by_its_city_or_by_its_offset() -> None:
    assert [zone_name(zone, "de") for zone in ("Asia/Riyadh", "UTC", "Etc/GMT+3")] == ["Riad", "UTC", "GMT+3"]


def test_the_first_of_a_month_is_an_ordinal_in_french_alone() -> None:
    first, eleventh = date(2026, 11, 1), date(2026, 11, 11)
    assert [day(on, "fr_CA") for on in (first, eleventh)] == ["1er novembre 2026", "11 novembre 2026"]
    assert day(first, "de") == "1. November 2026"


def test_counts_and_lists_follow_the_locale() -> None:
    assert [count(12345, locale) for locale in ("fr", "de", "en_IN")] == ["12\u202f345", "12.345", "12,345"]
    assert listing(["A", "B", "C"], "zh_Hans") == "A、B和C"
    assert listing([], "fr") == ""


def test_a_market_is_named_as_a_country_or_as_its_region() -> None:
    assert [market_name("sa", "ar_SA"), market_name("gb", "en_GB")] == [
        "المملكة العربية السعودية",
        "United Kingdom",
    ]
    assert [market_name("ca-qc", locale) for locale in ("fr_CA", "en_CA", "es")] == [
        "Québec",
        "Quebec",
        "Quebec",
    ]
    assert country_name("QQ", "fr") == "QQ"


def test_machines_get_no_marks_and_no_spaces() -> None:
    assert [iso_money(129950, digits=2), iso_money(-5, digits=2), iso_money(1300, digits=0)] == [
        "1299.50",
        "-0.05",
        "1300",
    ]
    assert iso_instant(MOMENT, "Asia/Tokyo") == "2026-11-11T08:30:00+09:00"
