"""The terms of an edition as they are frozen: in every locale, and in short for each bundle apart."""

from collections.abc import Sequence
from typing import Any

import pytest

from omni.domain.campaign_file import CampaignFile
from omni.domain.display_rule import DisplayRule
from omni.domain.terms import WrittenTerms
from omni.present import market_file
from omni.present.campaign_terms import SUMMARY, terms_of
from omni.present.clauses import MissingClause
from omni.present.rule_file import shipped_rules
from tests.support.installations import demo_file


def a_file(market: str, *, here: dict[str, Any] | None = None, **changes: Any) -> CampaignFile:
    """A teapot and a cup for one price in one market."""
    written: dict[str, Any] = {
        "version": 1,
        "campaign": "tea",
        "name": "Tea",
        "shop": "https://shop.example/?d={voucher}",
        "opens": "2026-11-01",
        "closes": "2026-11-30",
        "items": {"pot": {"name": "Teapot"}, "cup": {"name": "Cup"}},
        "bundles": {"set": {"name": "Tea set", "price": "60", "items": {"pot": 1, "cup": 2}}},
        "markets": {market: here or {}},
    }
    return CampaignFile.model_validate(written | changes)


def clauses(file: CampaignFile, market: str, rules: Sequence[DisplayRule] | None = None) -> dict[str, str]:
    """The text of every clause in the market's first language."""
    in_force = shipped_rules() if rules is None else rules
    written: WrittenTerms = next(iter(terms_of(file, market_file.shipped()[market], in_force).values()))
    return {clause["key"]: clause["text"] for clause in written.clauses[1:]}


def test_every_locale_of_a_market_has_terms_with_a_proof_of_their_own() -> None:
    written = terms_of(demo_file(), market_file.shipped()["ca-qc"], shipped_rules())
    assert set(written) == {"fr_CA", "en_CA"}
    assert len({terms.sha256 for terms in written.values()}) == 2


def test_each_bundle_has_a_line_of_its_own_and_all_share_the_others() -> None:
    file = demo_file()
    for terms in terms_of(file, market_file.shipped()["fr"], shipped_rules()).values():
        summary = terms.clauses[0]
        assert summary["key"] == SUMMARY
        assert set(summary["what"]) == set(file.bundles)
        assert len(set(summary["what"].values())) == len(file.bundles) > 1
        assert len(summary["lines"]) == 3
        assert not set(summary["what"].values()) & set(summary["lines"])


def test_gifts_are_named_with_their_number() -> None:
    bundle = {"name": "Tea set", "price": "60", "items": {"pot": 1, "cup": 2}, "gifts": ["cup"]}
    assert clauses(a_file("gb", bundles={"set": bundle}), "gb")["gift"] == "Comes as a gift: 2 × Cup."
    assert "gift" not in clauses(a_file("gb"), "gb")


def test_items_tell_who_answers_for_them_and_where_they_come_from() -> None:
    pot = {"name": "Teapot", "maker": "Iron & Co, Leeds", "responsible": "Iron EU, Cork", "origin": "JP"}
    told = clauses(a_file("ie", items={"pot": pot, "cup": {"name": "Cup"}}), "ie")["product"]
    assert told == (
        "Manufacturer of Teapot: Iron & Co, Leeds. "
        "Responsible for Teapot in the European Union: Iron EU, Cork. Country of origin of Teapot: Japan."
    )


def test_pictures_made_by_a_machine_are_said_to_be() -> None:
    drawn = {"name": "Teapot", "picture": "pot.svg", "made_by_ai": True}
    cup = {"name": "Cup"}
    assert "pictures" in clauses(a_file("gb", items={"pot": drawn, "cup": cup}), "gb")
    unseen = {"name": "Teapot", "made_by_ai": True}
    assert "pictures" not in clauses(a_file("gb", items={"pot": unseen, "cup": cup}), "gb")


def test_the_pages_of_withdrawal_and_permit_are_told() -> None:
    pages = {"withdrawal": "https://shop.example/w", "permit": "77", "permit_page": "https://p.example/77"}
    told = clauses(a_file("gb", here=pages), "gb")
    assert told["withdrawal"] == "You can withdraw from the contract at https://shop.example/w."
    assert told["permit"] == "Permit no.: 77. The permit can be looked up at https://p.example/77."


def test_words_that_a_rule_in_force_fixes_are_said_letter_by_letter() -> None:
    assert clauses(a_file("us"), "us")["cash"] == "Cash value 1/100¢. Void where prohibited. No cash back."
    assert "no cash value" in clauses(a_file("us"), "us", rules=())["cash"]
    permit = clauses(a_file("ph", here={"permit": "FTEB-123456"}), "ph")["permit"]
    assert permit == "Per DTI Fair Trade Permit No. FTEB-123456, Series of 2026."


def test_words_about_a_permit_are_left_out_while_there_is_none() -> None:
    assert "permit" not in clauses(a_file("ph"), "ph")


def test_words_that_belong_to_no_clause_are_not_said() -> None:
    assert not [text for text in clauses(a_file("us"), "us").values() if "ALGORITHM" in text]


def test_what_a_rule_wants_shown_must_have_words_before_anything_is_published() -> None:
    (rule,) = (rule for rule in shipped_rules() if rule.id == "DE-PANGV-11")
    unheard = rule.model_copy(update={"display": ("price.unheard-of",)})
    with pytest.raises(MissingClause) as missing:
        terms_of(a_file("de"), market_file.shipped()["de"], [unheard])
    assert missing.value.keys == ("price.unheard-of",)


def test_the_terms_compare_only_as_the_page_does() -> None:
    prices = {"pot": "40", "cup": "15"}
    assert "separately" in clauses(a_file("gb", here={"prices": prices}), "gb")["offer"]
    alone = clauses(a_file("gb", here={"prices": prices, "compare": "nothing"}), "gb")["offer"]
    assert "separately" not in alone
