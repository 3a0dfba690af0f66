"""The words of readiness: every check has its sentence, and what several rules check is said once."""

import re
from datetime import date

import pytest

from omni.domain.checking import CHECKS
from omni.domain.display_rule import DisplayRule, Weight
from omni.domain.offer_facts import NEEDS
from omni.domain.readiness import Check, Standing
from omni.present.locales import speaking
from omni.present.readiness_words import FACTS, HOLDS, REMEDIES, not_told, said, told

OURS = {
    "terms-published",
    "price-known",
    "stock-there",
    "connected-list",
    "connected-mirror",
    "not-over",
    "priority-tie",
    "public-address",
    "seller-complete",
}


def a_record(**changes: object) -> DisplayRule:
    told = {
        "id": "FR-LONG",
        "markets": ["fr"],
        "title": "Ninety days at most",
        "check": "duration-at-most",
        "params": {"days": 1090},
        "weight": "rule",
        "citation": "Article 1",
        "source": "the tests",
        "confidence": "high",
    }
    return DisplayRule.model_validate({**told, **changes})


def a_check(record: DisplayRule | None = None, **changes: object) -> Check:
    rule = record or a_record()
    told = {"rule": rule.id, "weight": rule.weight, "about": rule.check, "record": rule, **changes}
    return Check(**told)  # type: ignore[arg-type]


def test_every_check_has_its_remedy_and_no_remedy_is_for_nothing() -> None:
    assert REMEDIES.keys() == CHECKS.keys() | OURS
    assert HOLDS.keys() == OURS | {"connected-live"}, "a shop that asks us lacks nothing"
    assert FACTS.keys() == NEEDS.keys()


@pytest.mark.parametrize("name", CHECKS)
def test_a_remedy_asks_only_for_numbers_its_rule_must_have(name: str) -> None:
    params = CHECKS[name].params.model_fields
    for placeholder in re.findall(r"%\((\w+)\)s", REMEDIES[name]):
        assert params[placeholder].annotation is int
        assert params[placeholder].is_required()


def test_a_remedy_fills_in_the_numbers_of_its_rule_as_the_reader_writes_them() -> None:
    assert said(a_check()) == "The offer runs too long. Days at most: 1,090."
    with speaking("de"):
        assert "1.090" in said(a_check())


def test_a_display_rule_that_holds_is_said_by_its_own_title() -> None:
    [held] = told([a_check(passed=True)], Standing.HOLDS)
    assert (held.sentence, held.is_title) == ("Ninety days at most", True)
    ours = Check(rule="not-over", weight=Weight.IMPOSSIBLE, about="not-over", passed=True)
    assert said(ours) == HOLDS["not-over"]


def test_what_two_rules_check_alike_is_one_sentence_and_what_they_ask_differently_is_two() -> None:
    alike, other = a_record(id="FR-LONG-2"), a_record(id="FR-LONG-3", params={"days": 30})
    found = [a_check(), a_check(other), a_check(alike)]
    sentences = told(found, Standing.WARNS)
    assert [[check.rule for check in each.checks] for each in sentences] == [
        ["FR-LONG", "FR-LONG-2"],
        ["FR-LONG-3"],
    ]
    assert told(found, Standing.STOPS) == []


@pytest.mark.parametrize(
    "days, possible_on",
    [
        ((date(2026, 12, 2),), date(2026, 12, 2)),
        ((date(2026, 12, 2), date(2026, 12, 9)), date(2026, 12, 9)),
        ((date(2026, 12, 2), None), None),
        ((None,), None),
    ],
)
def test_time_cures_a_sentence_when_it_cures_all_of_it(
    days: tuple[date | None, ...], possible_on: date | None
) -> None:
    [each] = told([a_check(possible_on=day) for day in days], Standing.WARNS)
    assert each.possible_on == possible_on


def test_what_nobody_fed_is_listed_once() -> None:
    found = [a_check(lacks=("fees", "sales")), a_check(lacks=("sales",)), a_check()]
    assert not_told(found) == "fees and daily sales"
    assert not_told([a_check()]) == ""
