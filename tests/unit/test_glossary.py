"""One word for one thing: the check finds what it should and nothing else."""

from __future__ import annotations

import pytest
from babel.messages import Catalog

from omni.present.glossary import check, glossary


def problems(locale: str, source: str, said: str) -> list[str]:
    catalogue = Catalog(locale=locale)
    catalogue.add(source, said)
    return [finding.problem for finding in check(catalogue, locale=locale)]


@pytest.mark.parametrize(
    "locale, source, said, problem",
    [
        ("fr", "Your discount code", "Votre bon d’achat", "says \"bon d'achat\" for 'code avantage'"),
        ("fr", "Use it", "À racheter", "says 'racheter' for 'utiliser'"),
        ("fr", "Codes", "Vos numéros", "says 'numéro' for 'code du ticket'"),
        ("de", "Your discount code", "Ihr Gutschein und Rabattcode", "says 'Gutschein' for 'Rabattcode'"),
        ("ja", "Get the offer", "ロック解除する", "says 'ロック解除' for 'クーポンを受け取る'"),
        ("ar", "Campaign", "هذه الطبعة طبعة", "says 'طبعة' for '{campaign} في السعودية'"),
        ("fr_CA", "Studio", "Le studio", "says 'studio' for 'Campagnes'"),
        ("en", "Redeem it", "Redeem it", "says 'redeem' for 'use'"),
        ("fr", "The edition", "La campagne", "shows the inner word 'edition'"),
        ("fr", "The page", "L'entitlement", "shows the inner word 'entitlement'"),
        ("fr", "Your discount code", "Votre code", "drops 'code avantage'"),
        ("zh_Hans", "Your discount code", "您的代码", "drops '优惠码'"),
    ],
)
def test_a_wrong_word_is_found(locale: str, source: str, said: str, problem: str) -> None:
    assert problem in problems(locale, source, said)


def test_a_russian_word_is_found_in_every_case_and_not_inside_another() -> None:
    assert problems("ru", "Use it", "Нет купонами") == ["says 'купон' for 'промокод'"]
    assert problems("ru", "Use it", "Автокупонами") == []


@pytest.mark.parametrize(
    "locale, source, said",
    [
        ("fr", "Receipt number", "Numéro de ticket"),
        ("fr", "Your discount codes", "Vos codes avantage"),
        ("de", "The army warms", "Die Armee wärmt"),
        ("fr", "Replacement parts", "Remplacement"),
        ("ar", "Use the discount code", "استخدم الرمز برمز الخصم"),
        ("ar", "Print run", "دفعة طباعة"),
        ("fr", "Not translated yet: discount code", ""),
    ],
)
def test_a_right_word_is_left_alone(locale: str, source: str, said: str) -> None:
    assert problems(locale, source, said) == []


def test_both_forms_of_a_plural_are_looked_at() -> None:
    catalogue = Catalog(locale="de")
    catalogue.add(("one use", "uses"), ("eine Einlösung", "Gutscheine"))
    catalogue.add(("one code", "codes"), ("ein Code", "Kodes"))
    assert [finding.problem for finding in check(catalogue)] == ["says 'Kode' for 'Code auf dem Bon'"]


def test_every_concept_has_its_word_in_five_languages_and_a_reason() -> None:
    for concept in glossary().concepts:
        assert {"en", "fr", "de", "ja", "ar"} <= set(concept.words), concept.inner
        assert concept.why.endswith(".")


def test_no_concept_forbids_its_own_word() -> None:
    for concept in glossary().concepts:
        for language, avoided in concept.avoid.items():
            spoken = concept.words[language]
            assert not {spoken.shopper, spoken.staff} & set(avoided), concept.inner
