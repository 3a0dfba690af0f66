"""Market files: the eight that are shipped, and what a wrong one is told."""

import json
from importlib.resources import files

import pytest
from babel import Locale

from omni.present.file_problems import FileProblems
from omni.present.market_file import read_market, shipped

FRANCE = (files("omni") / "markets" / "fr.toml").read_text(encoding="utf-8")


def refusal(old: str, new: str) -> str:
    assert old in FRANCE
    with pytest.raises(FileProblems) as refused:
        read_market(FRANCE.replace(old, new, 1), file="fr.toml")
    return str(refused.value)


def test_eight_markets_are_shipped_under_their_own_names() -> None:
    assert set(shipped()) == {"fr", "de", "gb", "jp", "cn", "us", "sa", "ca-qc"}


@pytest.mark.parametrize("market", shipped().values(), ids=shipped().keys())
def test_every_locale_of_a_market_is_one_that_babel_knows(market: object) -> None:
    for locale in market.locales:
        assert str(Locale.parse(locale.id)) == locale.id
        assert str(Locale.parse(locale.terms)) == locale.terms


@pytest.mark.parametrize("market", shipped().values(), ids=shipped().keys())
def test_clauses_are_only_asked_of_catalogues_that_exist(market: object) -> None:
    assert {locale.terms for locale in market.locales} <= {"en", "fr", "fr_CA", "de", "ar", "ja", "zh_Hans"}


def test_nothing_counts_as_reviewed_before_the_deploying_company_says_so() -> None:
    assert not [
        source for market in shipped().values() for source in market.sources.values() if source.reviewed
    ]


def test_a_record_survives_being_kept_as_a_document() -> None:
    for market in shipped().values():
        document = json.loads(json.dumps(market.model_dump(mode="json", by_alias=True, exclude_unset=True)))
        assert type(market).model_validate_json(json.dumps(document)) == market


def test_quebec_speaks_french_first() -> None:
    assert shipped()["ca-qc"].required_locales == ("fr_CA", "en_CA")


def test_france_prints_on_request_only() -> None:
    assert shipped()["fr"].print_policy == "on-request"


def test_yen_have_no_digits() -> None:
    assert (shipped()["jp"].currency, shipped()["jp"].digits) == ("JPY", 0)


@pytest.mark.parametrize(
    "old, new, words",
    [
        ('currency = "EUR"', 'currency = "euro"', "fr.toml: currency"),
        ("digits = 2", 'digits = "2"', "fr.toml: digits"),
        ('display = "incl"', 'display = "with"', "fr.toml: tax.display"),
        ('paper = "a4"', 'papper = "a4"', "fr.toml: papper"),
        ('"Europe/Paris"', '"Europe/Lutetia"', "Europe/Lutetia is not an IANA time zone"),
        ('required_locales = ["fr_FR"]', 'required_locales = ["br_FR"]', "br_FR is not among locales"),
        (
            'till = { fr = "Caisse 1", en = "Till 1" }',
            'till = { en = "Till 1" }',
            "city.till: fr_FR is missing",
        ),
        ("consent_age = { source", "consent = { source", "sources.consent_age: is missing"),
        ("[tax]", "[tax", "fr.toml: is not TOML"),
    ],
)
def test_a_wrong_market_file_is_told_which_field(old: str, new: str, words: str) -> None:
    assert words in refusal(old, new)
