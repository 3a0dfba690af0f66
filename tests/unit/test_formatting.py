"""Figures as people read them, with the traps of each market."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.product import Unit
from omni.present.formatting import (
    clock,
    count,
    country_name,
    day,
    duration,
    instant,
    iso_instant,
    iso_money,
    length,
    listing,
    market_name,
    money,
    percent,
    pieces,
    quantise,
    quantity,
    zone_name,
)
from omni.present.locales import interface_locales

MOMENT = datetime(2026, 11, 10, 23, 30, tzinfo=UTC)
NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

THIRTY_MARKETS = [
    ("zh_Hans_CN", "CNY", 2, "Asia/Shanghai", "¥1,299.50", "30%", "2026年11月11日 20:00 (上海)"),
    ("zh_Hant_HK", "HKD", 2, "Asia/Hong_Kong", "HK$1,299.50", "30%", "2026年11月11日 下午8:00 (香港)"),
    ("zh_Hant_TW", "TWD", 0, "Asia/Taipei", "$1,300", "30%", "2026年11月11日 晚上8:00 (台北)"),
    ("ja_JP", "JPY", 0, "Asia/Tokyo", "￥1,300", "30%", "2026年11月11日 21:00 (東京)"),
    ("ko_KR", "KRW", 0, "Asia/Seoul", "₩1,300", "30%", "2026년 11월 11일 오후 9:00 (서울)"),
    ("en_SG", "SGD", 2, "Asia/Singapore", "$1,299.50", "30%", "11 November 2026, 8:00\u202fpm (Singapore)"),
    (
        "ms_MY",
        "MYR",
        2,
        "Asia/Kuala_Lumpur",
        "RM1,299.50",
        "30%",
        "11 November 2026 8:00\u202fPTG (Kuala Lumpur)",
    ),
    ("th_TH", "THB", 2, "Asia/Bangkok", "฿1,299.50", "30%", "11 พฤศจิกายน 2569 19:00 (กรุงเทพ)"),
    ("vi_VN", "VND", 0, "Asia/Ho_Chi_Minh", "1.300\xa0₫", "30%", "19:00 11 tháng 11, 2026 (TP Hồ Chí Minh)"),
    ("id_ID", "IDR", 0, "Asia/Jakarta", "Rp1.300", "30%", "11 November 2026 19.00 (Jakarta)"),
    ("en_PH", "PHP", 2, "Asia/Manila", "₱1,299.50", "30%", "November 11, 2026, 8:00\u202fPM (Manila)"),
    ("en_AU", "AUD", 2, "Australia/Sydney", "$1,299.50", "30%", "11 November 2026, 11:00\u202fpm (Sydney)"),
    ("en_US", "USD", 2, "America/New_York", "$1,299.50", "30%", "November 11, 2026, 7:00\u202fAM (New York)"),
    ("en_CA", "CAD", 2, "America/Toronto", "$1,299.50", "30%", "November 11, 2026, 7:00\u202fa.m. (Toronto)"),
    (
        "fr_CA",
        "CAD",
        2,
        "America/Toronto",
        "1\xa0299,50\xa0$",
        "30\xa0%",
        "11 novembre 2026, 07 h 00 (Toronto)",
    ),
    (
        "es_MX",
        "MXN",
        2,
        "America/Mexico_City",
        "$1,299.50",
        "30%",
        "11 de noviembre de 2026, 6:00\u202fa.m. (Ciudad de México)",
    ),
    (
        "pt_BR",
        "BRL",
        2,
        "America/Sao_Paulo",
        "R$\xa01.299,50",
        "30%",
        "11 de novembro de 2026 09:00 (São Paulo)",
    ),
    ("en_GB", "GBP", 2, "Europe/London", "£1,299.50", "30%", "11 November 2026, 12:00 (London)"),
    ("fr_FR", "EUR", 2, "Europe/Paris", "1\u202f299,50\xa0€", "30\xa0%", "11 novembre 2026, 13:00 (Paris)"),
    ("de_DE", "EUR", 2, "Europe/Berlin", "1.299,50\xa0€", "30\xa0%", "11. November 2026, 13:00 (Berlin)"),
    (
        "es_ES",
        "EUR",
        2,
        "Europe/Madrid",
        "1.299,50\xa0€",
        "30\xa0%",
        "11 de noviembre de 2026, 13:00 (Madrid)",
    ),
    ("it_IT", "EUR", 2, "Europe/Rome", "1.299,50\xa0€", "30%", "11 novembre 2026 13:00 (Roma)"),
    ("nl_NL", "EUR", 2, "Europe/Amsterdam", "€\xa01.299,50", "30%", "11 november 2026, 13:00 (Amsterdam)"),
    ("pl_PL", "PLN", 2, "Europe/Warsaw", "1\xa0299,50\xa0zł", "30%", "11 listopada 2026 13:00 (Warszawa)"),
    ("tr_TR", "TRY", 2, "Europe/Istanbul", "₺1.299,50", "%30", "11 Kasım 2026 15:00 (İstanbul)"),
    (
        "ar_SA",
        "SAR",
        2,
        "Asia/Riyadh",
        "\u200f1,299.50\xa0ر.س.\u200f",
        "30%",
        "11 نوفمبر 2026، 3:00 م (الرياض)",
    ),
    ("ar_AE", "AED", 2, "Asia/Dubai", "\u200f1,299.50\xa0د.إ.\u200f", "30%", "11 نوفمبر 2026، 4:00 م (دبي)"),
    (
        "he_IL",
        "ILS",
        2,
        "Asia/Jerusalem",
        "\u200f1,299.50\xa0\u200f₪",
        "30%",
        "11 בנובמבר 2026, 14:00 (ירושלים)",
    ),
    ("en_IN", "INR", 2, "Asia/Kolkata", "₹1,299.50", "30%", "11 November 2026, 5:30\u202fpm (Kolkata)"),
    ("kk_KZ", "KZT", 0, "Asia/Almaty", "1\xa0300\xa0₸", "30%", "2026\u202fж. 11 қараша, 17:00 (Алматы)"),
]


@pytest.mark.parametrize("locale, currency, digits, zone, amount, share, moment", THIRTY_MARKETS)
def test_each_of_thirty_markets_reads_its_own_figures(
    locale: str, currency: str, digits: int, zone: str, amount: str, share: str, moment: str
) -> None:
    assert money(129950 if digits else 1300, currency, locale, digits=digits) == amount
    assert percent(30, 100, locale) == share
    assert instant(NOON, zone, locale) == moment


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


def test_the_first_of_a_month_is_an_ordinal_in_brazil_too() -> None:
    assert [day(date(2026, 11, on), "pt_BR") for on in (1, 11)] == [
        "1º de novembro de 2026",
        "11 de novembro de 2026",
    ]


def test_a_thai_year_is_counted_from_the_buddha() -> None:
    assert day(date(2026, 12, 31), "th_TH") == "31 ธันวาคม 2569"
    assert day(date(2026, 12, 31), "en") == "December 31, 2026"


def test_a_korean_afternoon_is_written_in_korean() -> None:
    assert [clock(NOON - 12 * HOUR, "UTC", "ko"), clock(NOON, "UTC", "ko")] == ["오전 12:00", "오후 12:00"]


@pytest.mark.parametrize(
    "zone, locale, shown",
    [
        ("Asia/Kolkata", "hi_IN", "कोलकाता"),
        ("Asia/Ho_Chi_Minh", "vi_VN", "TP Hồ Chí Minh"),
        ("Asia/Hong_Kong", "zh_Hant_HK", "香港"),
        ("America/Mexico_City", "es_MX", "Ciudad de México"),
    ],
)
def test_a_zone_that_was_renamed_keeps_its_city(zone: str, locale: str, shown: str) -> None:
    assert zone_name(zone, locale) == shown


def test_no_zone_is_said_to_have_a_summer_it_has_not() -> None:
    assert "夏" not in instant(NOON, "Asia/Hong_Kong", "zh_Hant_HK")


@pytest.mark.parametrize(
    "currency, shown",
    [
        ("AUD", "A$1,299.50"),
        ("TWD", "NT$1,299.50"),
        ("CAD", "CA$1,299.50"),
        ("MXN", "MX$1,299.50"),
        ("HKD", "HK$1,299.50"),
    ],
)
def test_a_dollar_says_whose_it_is_to_a_reader_of_plain_english(currency: str, shown: str) -> None:
    assert money(129950, currency, "en", digits=2) == shown


@pytest.mark.parametrize(
    "currency, locale, shown",
    [
        ("TWD", "zh_Hant_TW", "$1,300"),
        ("TWD", "en", "NT$1,300"),
        ("IDR", "id_ID", "Rp1.300"),
        ("KZT", "kk_KZ", "1\xa0300\xa0₸"),
        ("KZT", "ru_KZ", "1\xa0300\xa0₸"),
    ],
)
def test_shops_decide_how_many_decimals_a_price_has_and_not_the_currency(
    currency: str, locale: str, shown: str
) -> None:
    assert money(1300, currency, locale, digits=0) == shown


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_no_reduction_is_announced_larger_than_it_is(part: int, whole: int) -> None:
    announced = int(percent(part, whole, "en").removesuffix("%").replace(",", ""))
    assert announced * whole <= part * 100 < (announced + 1) * whole


@pytest.mark.parametrize(
    "value, digits, rounded",
    [("2.665", 2, "2.67"), ("2.675", 2, "2.68"), ("0.5", 0, "1"), ("1.5", 0, "2"), ("-2.5", 0, "-3")],
)
def test_halves_are_rounded_up_as_shops_do(value: str, digits: int, rounded: str) -> None:
    assert quantise(Decimal(value), digits) == Decimal(rounded)


@pytest.mark.parametrize(
    "locale, shown",
    [
        ("en", "24 hours"),
        ("ja", "24 時間"),
        ("zh_Hans", "24小时"),
        ("zh_Hant", "24 小時"),
        ("ko", "24시간"),
        ("vi", "24 giờ"),
        ("pl", "24 godziny"),
        ("ar", "24 ساعة"),
    ],
)
def test_hours_are_written_out_where_babels_units_fail(locale: str, shown: str) -> None:
    assert duration(24 * HOUR, locale) == shown


@pytest.mark.parametrize(
    "locale, shown",
    [("ar", "3 أيام"), ("kk", "3 күн"), ("th", "3 วัน"), ("ms", "3 hari"), ("fr", "3\xa0jours")],
)
def test_days_are_written_out_where_babels_units_fail(locale: str, shown: str) -> None:
    assert duration(3 * DAY, locale) == shown


@pytest.mark.parametrize(
    "length, shown",
    [
        (timedelta(), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (HOUR * 1.5, "90 minutes"),
        (HOUR, "1 hour"),
        (DAY, "24 hours"),
        (HOUR * 36, "36 hours"),
        (DAY * 2, "2 days"),
        (DAY * 14, "14 days"),
        (DAY * 400, "400 days"),
    ],
)
def test_a_duration_is_exact_in_its_largest_unit(length: timedelta, shown: str) -> None:
    assert duration(length, "en") == shown


@pytest.mark.parametrize("length", [timedelta(seconds=90), -HOUR])
def test_a_duration_of_less_than_minutes_or_less_than_nothing_is_refused(length: timedelta) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        duration(length, "en")


@pytest.mark.parametrize(
    "amount, unit, locale, shown",
    [
        ("1.5", Unit.KILOGRAM, "en", "1.5 kg"),
        ("1.5", Unit.KILOGRAM, "zh_Hant_HK", "1.5 公斤"),
        ("1.5", Unit.KILOGRAM, "ar", "1.5 كغم"),
        ("250", Unit.GRAM, "fr", "250\u202fg"),
        ("0.75", Unit.LITRE, "de", "0,75 l"),
        ("0.75", Unit.LITRE, "zh_Hans", "0.75升"),
        ("330", Unit.MILLILITRE, "ru", "330 мл"),
        ("2", Unit.METRE, "he", "2 מ׳"),
        ("1.0005", Unit.KILOGRAM, "en", "1.001 kg"),
        ("1", Unit.GRAM, "pt_BR", "1 g"),
        ("1.5", Unit.LITRE, "pt_BR", "1,5 l"),
        ("1", Unit.SQUARE_METRE, "pt_BR", "1 m²"),
        ("2", Unit.CUBIC_METRE, "ru", "2 м³"),
    ],
)
def test_a_quantity_has_its_unit_in_the_readers_letters(
    amount: str, unit: Unit, locale: str, shown: str
) -> None:
    assert quantity(Decimal(amount), unit, locale) == shown


@pytest.mark.parametrize("locale", [*interface_locales(), *(row[0] for row in THIRTY_MARKETS)])
def test_no_quantity_and_no_duration_shows_the_name_of_a_unit_in_the_code(locale: str) -> None:
    said = [quantity(number, unit, locale) for unit in Unit for number in (1, 2, 5, 21, 100)]
    said += [duration(number * length, locale) for length in (DAY, HOUR, HOUR / 60) for number in (1, 2, 5)]
    assert not any(name in text for text in said for name in ("mass-", "volume-", "length-", "duration-"))


@pytest.mark.parametrize(
    "number, locale, shown",
    [(1, "en", "1 piece"), (1200, "en", "1,200 pieces"), (0, "en", "0 pieces")],
)
def test_pieces_are_counted_in_the_words_of_the_interface(number: int, locale: str, shown: str) -> None:
    assert pieces(number, locale) == shown


@pytest.mark.parametrize(
    "locale, shown",
    [
        ("fr", "12\u202f345"),
        ("fr_CA", "12\xa0345"),
        ("de", "12.345"),
        ("es", "12.345"),
        ("it", "12.345"),
        ("pl", "12\xa0345"),
        ("en_IN", "12,345"),
    ],
)
def test_a_count_is_grouped_as_the_locale_does(locale: str, shown: str) -> None:
    assert count(12345, locale) == shown


def test_india_groups_by_lakhs() -> None:
    assert count(1234567, "hi_IN") == "12,34,567"


@pytest.mark.parametrize(
    "locale, shown",
    [("zh_Hans", "A、B和C"), ("zh_Hant_HK", "A、B及C"), ("ar", "A وB وC"), ("en_GB", "A, B and C")],
)
def test_a_list_has_the_locales_commas_and_its_and(locale: str, shown: str) -> None:
    assert listing(["A", "B", "C"], locale) == shown
    assert listing([], locale) == ""


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


@pytest.mark.parametrize(
    "mm, locale, shown",
    [
        (0.612, "en", "0.61 mm"),
        (99.9, "pt_BR", "99,9 mm"),
        (223, "ar", "22 سم"),
        (1_000, "ja", "1 m"),
        (1_540, "th", "1.5 ม."),
    ],
)
def test_a_length_is_said_in_the_unit_people_would_use(mm: float, locale: str, shown: str) -> None:
    assert length(mm, locale) == shown
