"""Market files: what the shipped ones say, how a company adds its own, and what a wrong one is told."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from omni.domain.localized import Localized
from omni.domain.market_record import MarketRecord
from omni.present.file_problems import FileProblems
from omni.present.formatting import market_name
from omni.present.market_file import known, read_market, shipped
from tests.support.commands import Omni

FRANCE = (files("omni") / "markets" / "fr.toml").read_text(encoding="utf-8")
NEIGHBOURS = {"at", "be", "ch", "ie"}
CATALOGUES = {
    *("en", "fr", "fr_CA", "de", "es", "es_MX", "it", "nl", "pl", "pt_BR", "tr", "ar", "he"),
    *("ja", "ko", "zh_Hans", "zh_Hant", "th", "vi", "id", "ms", "hi", "ru", "kk"),
}
# What shops write after the point; it is the scale of every amount of the market as well.
NO_DIGITS = {"tw", "jp", "kr", "vn", "id", "kz"}

every_market = pytest.mark.parametrize("market", shipped().values(), ids=shipped().keys())


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a company's own market files, empty."""
    folder = tmp_path / "markets"
    folder.mkdir()
    monkeypatch.setenv("OMNI_MARKETS_DIR", str(folder))
    return folder


def luxembourg(**changed: str) -> str:
    """A market nobody shipped: France with another id, country and name."""
    said = {"fr": "lu", "FR": "LU", "France": "Luxembourg", **changed}
    head, rest = FRANCE.split("\ncurrency", 1)
    for old, new in said.items():
        head = head.replace(f'"{old}"', f'"{new}"')
    return f"{head}\ncurrency{rest}"


def refusal(text: str, *, file: str = "fr.toml") -> str:
    with pytest.raises(FileProblems) as refused:
        read_market(text, file=file)
    return str(refused.value)


def line_of(beginning: str) -> int:
    return next(
        number for number, line in enumerate(FRANCE.splitlines(), start=1) if line.startswith(beginning)
    )


def the_eleventh(zone: str) -> tuple[datetime, datetime]:
    """First and last instant of 11 November 2026 on a zone's clocks."""
    begins = datetime.combine(date(2026, 11, 11), time.min, ZoneInfo(zone))
    ends = datetime.combine(date(2026, 11, 12), time.min, ZoneInfo(zone))
    return begins.astimezone(UTC), ends.astimezone(UTC)


def test_thirty_markets_are_shipped_and_four_neighbours() -> None:
    thirty = "cn hk tw jp kr sg my th vn id ph au us ca ca-qc mx br gb fr de es it nl pl tr sa ae il in kz"
    assert set(shipped()) == {*thirty.split(), *NEIGHBOURS}


@every_market
def test_prices_have_the_digits_that_shops_write(market: MarketRecord) -> None:
    assert market.digits == (0 if market.id in NO_DIGITS else 2)


@every_market
def test_clauses_are_only_asked_of_catalogues_that_are_kept(market: MarketRecord) -> None:
    assert {locale.terms for locale in market.locales} <= CATALOGUES


@every_market
def test_a_language_is_served_from_clauses_in_that_language(market: MarketRecord) -> None:
    for locale in market.locales:
        spoken, written = Locale.parse(locale.id), Locale.parse(locale.terms)
        assert (spoken.language, spoken.script) == (written.language, written.script)


@every_market
def test_every_text_is_written_in_every_language_of_the_market(market: MarketRecord) -> None:
    for words in (market.tax.label, market.festival.name, *_city(market)):
        assert set(words.by_locale(tuple(locale.id for locale in market.locales))) == {
            locale.id for locale in market.locales
        }


@every_market
def test_required_languages_come_first_and_in_the_order_of_the_list(market: MarketRecord) -> None:
    listed = [locale.id for locale in market.locales]
    assert tuple(listed[: len(market.required_locales)]) == market.required_locales


@every_market
def test_nothing_counts_as_reviewed_before_the_deploying_company_says_so(market: MarketRecord) -> None:
    assert market.reviewed == ()


@every_market
def test_cash_paper_and_addresses_are_not_sure_while_nobody_checked_them(market: MarketRecord) -> None:
    for field in ("cash_rounding_minor", "paper", "address"):
        told = market.sources[field]
        assert "unchecked" not in told.source or told.confidence != "high"


@every_market
def test_a_record_survives_being_kept_as_a_document(market: MarketRecord) -> None:
    document = market.model_dump_json(by_alias=True, exclude_unset=True)
    assert MarketRecord.model_validate_json(document) == market


def test_the_eleventh_of_november_lasts_forty_three_hours_around_the_world() -> None:
    days = [the_eleventh(zone) for market in shipped().values() for zone in market.time_zones]
    populous = [the_eleventh(zone) for zone in ("Australia/Sydney", "America/Los_Angeles")]
    assert populous[1][1] - populous[0][0] == timedelta(hours=43)
    assert min(begins for begins, _ in days) == populous[0][0]
    assert max(ends for _, ends in days) == populous[1][1] + timedelta(hours=2), "Honolulu is the last"


@pytest.mark.parametrize(
    "market, required",
    [
        ("ca-qc", ("fr_CA", "en_CA")),
        ("hk", ("zh_Hant_HK", "en_HK")),
        ("ae", ("ar_AE", "en_AE")),
        ("kz", ("kk_KZ", "ru_KZ")),
        ("be", ("nl_BE", "fr_BE")),
        ("de", ("de_DE",)),
    ],
)
def test_required_languages_stand_in_the_order_of_the_law(market: str, required: tuple[str, ...]) -> None:
    assert shipped()[market].required_locales == required


def test_only_in_quebec_does_the_law_say_which_language_opens() -> None:
    assert [market.id for market in shipped().values() if market.locale_order == "fixed"] == ["ca-qc"]


def test_only_in_france_is_a_slip_printed_on_request() -> None:
    assert [market.id for market in shipped().values() if market.print_policy == "on-request"] == ["fr"]


@pytest.mark.parametrize(
    "market, day, rate_bp",
    [
        ("th", date(2026, 9, 30), 700),
        ("th", date(2026, 10, 1), None),
        ("vn", date(2026, 12, 31), 800),
        ("vn", date(2027, 1, 1), 1000),
        ("kz", date(2025, 12, 31), None),
        ("kz", date(2026, 1, 1), 1600),
        ("us", date(2026, 11, 11), None),
        ("hk", date(2026, 11, 11), 0),
    ],
)
def test_a_tax_rate_holds_from_day_to_day(market: str, day: date, rate_bp: int | None) -> None:
    assert shipped()[market].tax.rate_bp(day) == rate_bp


def test_tax_is_added_in_north_america_and_unknown_in_hong_kong() -> None:
    displays = {market.id: market.tax.display.value for market in shipped().values()}
    assert {market for market, display in displays.items() if display == "excl"} == {"us", "ca", "ca-qc"}
    assert {market for market, display in displays.items() if display == "none"} == {"hk"}


def test_a_tax_code_is_expected_on_receipts_where_the_law_puts_one() -> None:
    assert all(shipped()[market].fiscal_qr for market in ("tw", "br", "sa", "kz"))


def test_no_age_is_invented_where_no_law_names_one() -> None:
    assert {market.id for market in shipped().values() if market.consent_age is None} == {
        *("hk", "tw", "th", "mx", "il", "ch")
    }


def test_india_keeps_logs_for_a_year() -> None:
    assert shipped()["in"].retention.logs_at_least == 365


@pytest.mark.parametrize("market", ["fr", "pl", "us", "ca", "gb", "au", "be"])
def test_where_people_mourn_or_rest_on_that_day_the_file_says_so(market: str) -> None:
    assert "11 November is" in (shipped()[market].festival.note or "")


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('currency = "EUR"', 'currency = "euro"', "currency: String should match pattern"),
        ('currency = "EUR"', 'currency = "XQX"', "currency: XQX is no currency's code"),
        ('country = "FR"', 'country = "QQ"', "country: QQ is no country's code"),
        ("digits = 2", 'digits = "2"', "digits: Input should be a valid integer"),
        ("digits = 2", "digits = 9", "digits: Input should be less than or equal to 3"),
        ('display = "incl"', 'display = "with"', "tax.display: Input should be 'incl', 'excl' or 'none'"),
        ('paper = "a4"', 'paper = "a4"\npapper = "a4"', "papper: is not a field of a market file"),
        ("[city]", "[city]\nsquare = 1", "city.square: is not a field of a market file"),
        ("digits = 2\n", "", "digits: is missing"),
        ('"Europe/Paris"', '"Europe/Lutetia"', "time_zones: Europe/Lutetia is not an IANA time zone"),
        ('id = "en_FR"', 'id = "en_JP"', "locales[1].id: en_JP is not a locale that CLDR knows; write en"),
        ('id = "en_FR"', 'id = "english"', "locales[1].id: 'english' is not a locale"),
        ('terms = "fr"', 'terms = "qx"', "locales[0].terms: qx is not a locale that CLDR knows"),
        ('locales = ["fr_FR"]', 'locales = ["br_FR"]', "required_locales: br_FR is not among locales"),
        (
            "rates = [{ rate_bp = 2000 }]",
            "rates = [{ rate_bp = 2000 }, { rate_bp = 2100, from = 2027-01-01 }]",
            "tax.rates: two of them hold on one day",
        ),
        (
            "rates = [{ rate_bp = 2000 }]",
            "rates = [{ rate_bp = 2000, until = 2027-01-02 }, { rate_bp = 2100, from = 2027-01-01 }]",
            "tax.rates: two of them hold on one day",
        ),
        (
            "rates = [{ rate_bp = 2000 }]",
            "rates = [{ rate_bp = 2000, from = 2027-01-01, until = 2027-01-01 }]",
            "tax.rates[0]: ends before it begins",
        ),
        ('{ fr = "Caisse 1", en = "Till 1" }', '{ en = "Till 1" }', "city.till: fr_FR is missing"),
        ('{ fr = "Le 11.11", en', "{ en", "festival.name: fr_FR is missing"),
        ("consent_age = { source", "consent = { source", "sources.consent_age: is missing"),
        ("[sources]", '[sources]\nhost = { source = "us", confidence = "low" }', "sources.host: there is no"),
        (
            '[sources]\ncountry = { source = "ISO 3166-1", ',
            "[sources]\ncountry = { ",
            "sources.country.source: is missing",
        ),
        ('confidence = "high" }', 'confidence = "sure" }', "sources.country.confidence: Input should be"),
        (
            'confidence = "high" }',
            'confidence = "high", reviewed_by = "Ada" }',
            "sources.country: reviewed_by and reviewed_on belong together",
        ),
        ('id = "fr"', 'id = "lu"', "id: is lu, but the file is called fr.toml"),
        ("[tax]", "[tax", "is not TOML: "),
        ("digits = 2", "digits = 2\ndigits = 2", "is not TOML: Cannot overwrite a value"),
    ],
)
def test_a_wrong_market_file_is_told_the_line_and_the_field(old: str, new: str, told: str) -> None:
    assert old in FRANCE
    said = refusal(FRANCE.replace(old, new, 1))
    assert re.match(r"fr\.toml:\d+: ", said)
    assert said.partition(": ")[2].startswith(told)
    assert "\n" not in said


def test_the_line_is_that_of_the_field_or_of_the_table_it_is_missing_from() -> None:
    assert refusal(FRANCE.replace('"EUR"', '"XQX"')).startswith(f"fr.toml:{line_of('currency')}: ")
    assert refusal(FRANCE.replace('"incl"', '"with"')).startswith(f"fr.toml:{line_of('display')}: ")
    missing = refusal(FRANCE.replace('slug = "paris"\n', ""))
    assert missing.startswith(f"fr.toml:{line_of('[city]')}: city.slug: is missing")
    assert refusal(FRANCE.replace("[tax]", "[tax")).startswith(f"fr.toml:{line_of('[tax]')}: ")


def test_a_review_is_a_name_and_a_day_and_counts() -> None:
    signed = 'confidence = "high", reviewed_by = "A. Counsel", reviewed_on = 2026-11-21 }'
    record = read_market(FRANCE.replace('confidence = "high" }', signed, 1), file="fr.toml")
    assert record.reviewed == ("country",)


def test_a_market_without_a_name_of_its_own_is_called_like_its_country() -> None:
    assert market_name("hk", "en_GB") == "Hong Kong"
    assert market_name("hk", "zh_Hans_CN") == "香港"
    assert market_name("ca-qc", "zh_Hant_HK") == "魁北克"
    assert market_name("CH", "it_CH") == "Svizzera"


@every_market
def test_a_name_of_its_own_is_written_in_every_language_we_speak(market: MarketRecord) -> None:
    if market.names is not None:
        assert market.names.lacks(tuple(sorted(CATALOGUES))) == []


def test_a_new_market_is_one_file_and_no_code(command: Omni, own_folder: Path, tmp_path: Path) -> None:
    names = '[names]\nfr = "Le Grand-Duché"\nen = "The Grand Duchy"\n\n[last_mile]'
    (own_folder / "lu.toml").write_text(luxembourg().replace("[last_mile]", names))
    assert re.search(r"^lu +The Grand Duchy +EUR +Europe/Paris", command("markets").out, re.MULTILINE)
    assert market_name("lu", "fr_FR") == "Le Grand-Duché"
    assert command("new", "winter", "--markets", "lu,fr").code == 0
    assert "markets: [lu, fr]" in (tmp_path / "winter.yaml").read_text()


def test_a_file_of_the_folder_replaces_the_shipped_one(command: Omni, own_folder: Path) -> None:
    (own_folder / "fr.toml").write_text(FRANCE.replace("rate_bp = 2000", "rate_bp = 2100"))
    (own_folder / "notes.txt").write_text("not a market")
    assert "tax.rates[0].rate_bp: 2100" in command("markets", "fr").out
    assert set(known(own_folder)) == set(shipped())


def test_a_folder_with_a_wrong_file_is_refused_with_all_that_is_wrong(
    command: Omni, own_folder: Path
) -> None:
    (own_folder / "lu.toml").write_text(luxembourg().replace('"EUR"', '"XQX"'))
    (own_folder / "mc.toml").write_text("id = mc")
    (own_folder / "sm.toml").write_bytes(b"\xff\xfe")
    said = command("markets")
    assert (said.code, said.out) == (2, "")
    lines = said.err.splitlines()
    assert lines[0] == f"{own_folder}/lu.toml:{line_of('currency')}: currency: XQX is no currency's code"
    assert lines[1].startswith(f"{own_folder}/mc.toml:1: is not TOML: ")
    assert lines[2] == f"{own_folder}/sm.toml: is not UTF-8; save the file with that encoding"


def test_a_folder_that_is_not_there_is_named(command: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_MARKETS_DIR", "nowhere")
    said = command("markets")
    assert (said.code, said.err.splitlines()[0]) == (2, "nowhere: cannot be read (No such file or directory)")


def test_the_list_says_how_much_is_reviewed(command: Omni) -> None:
    assert re.search(
        r"^kz +Kazakhstan +KZT +Asia/Almaty +kk_KZ, ru_KZ, en +0 of 17 values$",
        command("markets").out,
        re.MULTILINE,
    )
    listed = json.loads(command("markets", "--json").out)
    assert [market["id"] for market in listed] == sorted(shipped())
    assert (listed[0]["values"], listed[0]["reviewed"]) == (17, 0)


def test_one_market_is_shown_value_by_value_with_source_confidence_and_review(
    command: Omni, own_folder: Path
) -> None:
    signed = 'confidence = "high", reviewed_by = "A. Counsel", reviewed_on = 2026-11-21 }'
    (own_folder / "fr.toml").write_text(FRANCE.replace('confidence = "high" }', signed, 1))
    said = command("markets", "fr").out
    assert said.startswith("France: 1 of 18 values reviewed\ncountry: FR\n")
    assert "ISO 3166-1 [high confidence, reviewed by A. Counsel on 2026-11-21]" in said
    assert "print_policy: on-request\n    snpcc.com" in said
    told = json.loads(command("markets", "fr", "--json").out)
    assert list(told) == list(shipped()["fr"].sources)
    assert (told["currency"]["value"], told["currency"]["reviewed_by"]) == ("EUR", None)


def test_a_market_that_is_not_there_is_refused_with_those_that_are(command: Omni) -> None:
    said = command("markets", "xx")
    assert said.code == 2
    assert "xx is not a market here; there is ae, at, au" in said.err


def _city(market: MarketRecord) -> tuple[Localized, ...]:
    return market.city.name, market.city.till, market.city.popup
