"""The legal words: complete in every market's own languages, stable, and never borrowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from omni.present.clauses import SENTENCES, TITLES, MissingClause, legal_words, read_legal_words
from omni.present.locales import catalogue_note, catalogue_path
from omni.present.terms import summary, write_terms
from omni.present.terms_facts import BundleTerms, ProductTerms, TermsFacts

WHERE_GIVEN = {"gift", "withdrawal", "permit", "product", "pictures"}
CATALOGUES = ("en", "fr", "fr_CA", "de", "ar", "ja", "zh_Hans")

MARKETS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("fr", "fr_FR", "fr", {"currency": "EUR", "time_zone": "Europe/Paris"}),
    ("de", "de_DE", "de", {"currency": "EUR", "time_zone": "Europe/Berlin"}),
    ("gb", "en_GB", "en", {"currency": "GBP", "time_zone": "Europe/London"}),
    ("jp", "ja_JP", "ja", {"currency": "JPY", "digits": 0, "time_zone": "Asia/Tokyo"}),
    ("cn", "zh_Hans_CN", "zh_Hans", {"currency": "CNY", "time_zone": "Asia/Shanghai"}),
    ("us", "en_US", "en", {"currency": "USD", "tax_display": "excl", "time_zone": "America/New_York"}),
    ("sa", "ar_SA", "ar", {"currency": "SAR", "time_zone": "Asia/Riyadh"}),
    ("ca-qc", "fr_CA", "fr_CA", {"currency": "CAD", "tax_display": "excl", "time_zone": "America/Toronto"}),
    ("ca-qc", "en_CA", "en", {"currency": "CAD", "tax_display": "excl", "time_zone": "America/Toronto"}),
]


def facts(**changes: Any) -> TermsFacts:
    """The terms of a French edition with one bundle, changed where a test cares."""
    plain: dict[str, Any] = {
        "campaign": "Double 11",
        "market": "fr",
        "seller_name": "Alpine SAS",
        "seller_address": "12 rue des Lilas, 75011 Paris",
        "seller_contact": "hello@alpine.example",
        "seller_registration": "RCS 000",
        "opens_on": date(2026, 11, 1),
        "last_issue_on": date(2026, 11, 30),
        "last_unlock_on": date(2026, 12, 1),
        "last_use_on": date(2026, 12, 15),
        "returns_until_on": date(2026, 12, 29),
        "time_zone": "Europe/Paris",
        "bundles": (BundleTerms(name="Ski", price_minor=129950, list_sum_minor=149900),),
        "currency": "EUR",
        "digits": 2,
        "tax_display": "incl",
    }
    return TermsFacts(**{**plain, **changes})


SKI = BundleTerms(name="Ski", price_minor=129950)
WITH_GIFTS = BundleTerms(name="Tea", price_minor=5990, gifts=((2, "Cup"), (1, {"en": "Tin", "fr": "Boîte"})))
TEAPOT = ProductTerms(name="Teapot", maker="Iron & Co, Leeds", responsible="Iron EU, Cork", origin="JP")


def text_of(given: TermsFacts, key: str, *, locale: str = "en_GB", catalogue: str = "en") -> str:
    clauses = write_terms(given, locale, catalogue=catalogue).clauses
    return next(clause.text for clause in clauses if clause.key == key)


@pytest.mark.parametrize("market, locale, catalogue, changes", MARKETS)
def test_every_demo_market_has_all_the_common_clauses(
    market: str, locale: str, catalogue: str, changes: dict[str, Any]
) -> None:
    terms = write_terms(facts(market=market, **changes), locale, catalogue=catalogue)
    keys = [clause.key for clause in terms.clauses]
    assert keys == [key for key in TITLES if key not in WHERE_GIVEN]
    assert all(clause.title and clause.text and "%(" not in clause.text for clause in terms.clauses)
    assert len(summary(facts(market=market, **changes), locale, catalogue=catalogue)) == 4


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_sentence_exists_in_every_catalogue(catalogue: str) -> None:
    assert set(legal_words(catalogue)) == {*TITLES, *SENTENCES}


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_terms_catalogue_admits_that_no_lawyer_read_it(catalogue: str) -> None:
    path = catalogue_path(catalogue, "terms")
    assert catalogue_note(path, "X-Review-State") == "draft, not reviewed by a lawyer"
    assert catalogue_note(path, "X-Source")


@pytest.mark.parametrize("catalogue", ["sw", "fr_BE", "en_GB", "../fr", ""])
def test_a_language_without_its_own_catalogue_borrows_nothing(catalogue: str) -> None:
    with pytest.raises(MissingClause) as missing:
        write_terms(facts(), "fr_FR", catalogue=catalogue)
    assert {"offer", "offer.separate", "seller.identity"} <= set(missing.value.keys)


def test_an_empty_a_fuzzy_and_a_stale_translation_are_all_missing(tmp_path: Path) -> None:
    path = tmp_path / "terms.po"
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgctxt "offer"\nmsgid "The offer"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgctxt "seller"\nmsgid "Seller"\nmsgstr "Vendeur"\n\n'
        'msgctxt "return"\nmsgid "Returns, as it was once written"\nmsgstr "Retours"\n\n'
        'msgctxt "permit"\nmsgid "Permit"\nmsgstr "Autorisation"\n',
        encoding="utf-8",
    )
    assert read_legal_words(path) == {"permit": "Autorisation"}


def test_a_name_the_retailer_did_not_write_in_this_language_is_missing_too() -> None:
    bundle = BundleTerms(name={"fr": "Ski"}, price_minor=100)
    with pytest.raises(MissingClause) as missing:
        write_terms(facts(bundles=(bundle,), exclusions={"fr": "rien"}), "de_DE", catalogue="de")
    assert missing.value.keys == ("bundle name", "exclusions")
    assert write_terms(facts(bundles=(bundle,)), "fr_FR", catalogue="fr")


def test_the_digest_is_the_same_for_the_same_words_and_another_for_others() -> None:
    first = write_terms(facts(), "fr_FR", catalogue="fr")
    assert first == write_terms(facts(), "fr_FR", catalogue="fr")
    changed = [replace(facts(), opens_on=date(2026, 11, 2)), facts(stacking=True), facts(seller_name="Other")]
    digests = {write_terms(each, "fr_FR", catalogue="fr").sha256 for each in changed}
    assert len(digests | {first.sha256}) == 4
    assert len(first.sha256) == 64


def test_the_total_and_what_the_parts_cost_come_first() -> None:
    assert write_terms(facts(), "en_GB", catalogue="en").clauses[0].text == (
        "Ski for €1,299.50; its items bought separately cost €1,499.00. All prices include tax."
    )


def test_figures_are_written_as_the_locale_writes_them_whatever_the_catalogue() -> None:
    assert "1 November 2026" in text_of(facts(), "period", locale="en_GB")
    assert "November 1, 2026" in text_of(facts(), "period", locale="en_US")
    assert "local time in Paris" in text_of(facts(), "period")


@pytest.mark.parametrize(
    "changes, said",
    [
        ({}, "shows it before you pay."),
        ({"delivery_cost_minor": 0, "delivery_free_from_minor": 10}, "Delivery is free of charge."),
        ({"delivery_cost_minor": 490}, "Delivery costs €4.90 per order."),
        ({"delivery_cost_minor": 490, "delivery_free_from_minor": 6000}, "for orders of €60.00 or more."),
        ({"delivers_to": ("FR", "BE")}, "Delivers to: France and Belgium."),
    ],
)
def test_delivery_says_what_it_costs_or_how_one_learns_it(changes: dict[str, Any], said: str) -> None:
    assert text_of(facts(**changes), "delivery").endswith(said)


@pytest.mark.parametrize(
    "changes, key, said",
    [
        ({"tax_display": "excl"}, "offer", "Prices do not include tax."),
        ({"tax_display": "none"}, "offer", "No tax is added"),
        ({"minimum_basket_minor": 5000}, "minimum", "at least €50.00"),
        ({"stacking": True}, "stacking", "can be combined"),
        ({"stacking": False}, "stacking", "cannot be combined"),
        ({"exclusions": "gift cards, 5% of books."}, "exclusions", "Not included: gift cards, 5% of books."),
        ({"uses_per_code": 3}, "quantity", "can be used: 3."),
        ({"stock_limited": True}, "quantity", "Stock is limited."),
        ({"permit_no": "77/2026"}, "permit", "Permit no.: 77/2026."),
        ({"shop": "shop.example"}, "where", "at shop.example."),
        ({"permit_page": "https://p.example/77"}, "permit", "looked up at https://p.example/77."),
        ({"withdrawal_page": "https://w.example"}, "withdrawal", "withdraw from the contract at https://w."),
        ({"has_ai_pictures": True}, "pictures", "made with artificial intelligence."),
        ({"products": (TEAPOT,)}, "product", "Manufacturer of Teapot: Iron & Co, Leeds."),
        ({"products": (TEAPOT,)}, "product", "Responsible for Teapot in the European Union: Iron EU, Cork."),
        ({"products": (TEAPOT,)}, "product", "Country of origin of Teapot: Japan."),
        ({"bundles": (WITH_GIFTS,)}, "gift", "Comes as a gift: 2 × Cup and 1 × Tin."),
        ({"bundles": (WITH_GIFTS, SKI)}, "gift", "Comes as a gift: 2 × Cup (Tea) and 1 × Tin (Tea)."),
        ({}, "cash", "no cash value"),
    ],
)
def test_each_condition_has_its_sentence(changes: dict[str, Any], key: str, said: str) -> None:
    assert said in text_of(facts(**changes), key)


def test_words_fixed_by_law_stand_in_their_clause_letter_by_letter_instead_of_ours() -> None:
    given = facts(permit_no="77", exact={"permit": ("Per Permit No. 77.",), "cash": ("Cash value 1/100¢.",)})
    assert text_of(given, "permit") == "Per Permit No. 77."
    assert text_of(given, "cash") == "Cash value 1/100¢."
    assert text_of(given, "cash", locale="ar_SA", catalogue="ar") == "Cash value 1/100¢."


def test_words_fixed_by_law_join_what_a_clause_says_already_in_its_place() -> None:
    terms = write_terms(facts(exact={"seller": ("Say this.",)}), "en_GB", catalogue="en")
    assert terms.clauses[-1].text.endswith("Registration no.: RCS 000. Say this.")


def test_words_fixed_by_law_that_lack_a_language_are_missing_there() -> None:
    with pytest.raises(MissingClause) as missing:
        write_terms(facts(exact={"cash": ({"fr": "Sans valeur."},)}), "de_DE", catalogue="de")
    assert missing.value.keys == ("cash by law",)


def test_names_in_another_script_stand_apart_in_arabic_and_only_there() -> None:
    arabic = text_of(facts(), "seller", locale="ar_SA", catalogue="ar")
    assert "\u2068Alpine SAS\u2069" in arabic
    assert "\u2068" not in text_of(facts(), "seller")


def test_japanese_sentences_are_not_parted_by_spaces() -> None:
    assert "。 " not in text_of(facts(), "return", locale="ja_JP", catalogue="ja")


def test_the_summary_says_what_until_when_for_whom_and_how_often() -> None:
    assert summary(facts(), "en_GB", catalogue="en") == (
        "Ski for €1,299.50",
        "Use it by 15 December 2026",
        "For anyone with a code of Double 11 (France)",
        "Uses per discount code: 1",
    )


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_no_clause_claims_to_satisfy_a_law(catalogue: str) -> None:
    claims = ("compli", "conform", "rechtskonform", "complies", "合规", "準拠", "متوافق")
    assert not [
        text for text in legal_words(catalogue).values() for claim in claims if claim in text.casefold()
    ]
