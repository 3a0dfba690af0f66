"""Which receipt earns which bundle: every condition, the order of rules, and what a rule says of itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.receipt_facts import BoughtItem, ReceiptFacts
from omni.domain.receipt_rule import (
    LONGEST_WHY,
    Condition,
    Hours,
    ReceiptRule,
    Weekday,
    decide,
    limited_bundles,
    read_rules,
    still_fits,
)
from omni.domain.receipt_trial import TriedReceipt, try_all

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = datetime(2026, 11, 14, 13, 30, tzinfo=PARIS)
SHOES, BOOTS, TEA = BoughtItem("shoes-42", 1, 3990), BoughtItem("boots-1", 2, 1000), BoughtItem("tea", 1, 500)


def a_receipt(**known: Any) -> ReceiptFacts:
    """A receipt of a Saturday at lunch in Paris, of which nothing else is known."""
    told: dict[str, Any] = {"placement": "fr-paris-till-1", "store": "fr-paris", "at": SATURDAY}
    return ReceiptFacts(**{**told, "currency": "EUR", "digits": 2, **known})


def a_rule(gives: str | None = "ski", **asks: Any) -> ReceiptRule:
    return ReceiptRule(gives=gives, **asks)


def at(hour: int, minute: int = 0, *, days: int = 0) -> dict[str, datetime]:
    return {"at": SATURDAY.replace(hour=hour, minute=minute) + timedelta(days=days)}


NIGHT = Hours(begins="22:00", ends="02:00")
LUNCH = Hours(begins="10:00", ends="14:00")
MEMBER: dict[str, Any] = {"is_member": True}

FITS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "the very total": ({"total_minor": 3000}, {"total_minor": 3000}, True),
    "a cent less": ({"total_minor": 3000}, {"total_minor": 2999}, False),
    "no total said": ({"total_minor": 3000}, {}, False),
    "an item by a star": ({"items": ("shoes-*",)}, {"items": (TEA, SHOES)}, True),
    "an item by its name": ({"items": ("boots-1",)}, {"items": (BOOTS,)}, True),
    "an item by one letter": ({"items": ("boots-?",)}, {"items": (BOOTS,)}, True),
    "a name that only begins so": ({"items": ("boots",)}, {"items": (BOOTS,)}, False),
    "a name that only ends so": ({"items": ("oots-*",)}, {"items": (BOOTS,)}, False),
    "a name in capitals": ({"items": ("BOOTS-*",)}, {"items": (BOOTS,)}, False),
    "nothing bought": ({"items": ("shoes-*",)}, {"items": ()}, False),
    "items nobody said": ({"items": ("shoes-*",)}, {}, False),
    "a list nobody read": ({"items_file": "shoes.csv"}, {"items": (SHOES,)}, False),
    "items of enough": (
        {"items": ("*s-*",), "items_total_minor": 4990},
        {"items": (SHOES, BOOTS, TEA)},
        True,
    ),
    "items of too little": (
        {"items": ("*s-*",), "items_total_minor": 4991},
        {"items": (SHOES, BOOTS, TEA)},
        False,
    ),
    "a till": ({"placements": ("fr-paris-till-*",)}, {}, True),
    "another till": ({"placements": ("fr-lyon-till-1", "fr-paris-till-2")}, {}, False),
    "a store": ({"stores": ("de-*", "fr-*")}, {}, True),
    "another store": ({"stores": ("fr-lyon",)}, {}, False),
    "a weekday": ({"weekdays": (Weekday.SAT, Weekday.SUN)}, {}, True),
    "another weekday": ({"weekdays": (Weekday.MON,)}, {}, False),
    "an hour": ({"hours": LUNCH}, {}, True),
    "the first minute": ({"hours": LUNCH}, at(10), True),
    "the minute before": ({"hours": LUNCH}, at(9, 59), False),
    "the last minute": ({"hours": LUNCH}, at(13, 59), True),
    "the end": ({"hours": LUNCH}, at(14), False),
    "until midnight": ({"hours": Hours(begins="10:00", ends="24:00")}, at(23, 59), True),
    "before midnight": ({"hours": NIGHT}, at(23), True),
    "after midnight": ({"hours": NIGHT}, at(1, 59), True),
    "the end of the night": ({"hours": NIGHT}, at(2), False),
    "Saturday's night, on Sunday": ({"hours": NIGHT, "weekdays": (Weekday.SAT,)}, at(1, days=1), True),
    "Friday's night, on Saturday": ({"hours": NIGHT, "weekdays": (Weekday.SAT,)}, at(1), False),
    "a member": ({"members": True}, MEMBER, True),
    "nobody named": ({"members": True}, {}, False),
    "a member's first": ({"members": True, "once_in_days": 30}, MEMBER, True),
    "a member too soon": (
        {"members": True, "once_in_days": 30},
        {**MEMBER, "since": {"ski": timedelta(days=30, seconds=-1)}},
        False,
    ),
    "a member in time": ({"once_in_days": 30}, {**MEMBER, "since": {"ski": timedelta(days=30)}}, True),
    "a member who earned another": ({"once_in_days": 30}, {**MEMBER, "since": {"tea": timedelta()}}, True),
    "nothing asked": ({}, {}, True),
}


@pytest.mark.parametrize("asks, known, fits", FITS.values(), ids=FITS.keys())
def test_a_rule_fits_a_receipt_that_shows_all_it_asks(
    asks: dict[str, Any], known: dict[str, Any], fits: bool
) -> None:
    [reading] = read_rules([a_rule(**asks)], a_receipt(**known))
    assert reading.fits is fits


def test_every_condition_is_among_these_examples() -> None:
    asked = {condition for asks, _, _ in FITS.values() for condition in a_rule(**asks).asks}
    assert asked == set(Condition)


def test_what_is_not_known_is_told_apart_from_what_is_not_so() -> None:
    rule = a_rule(total_minor=3000, items=("shoes-*",), members=True)
    [reading] = read_rules([rule], a_receipt(total_minor=2000))
    assert reading.verdicts == {Condition.ITEMS: None, Condition.TOTAL: False, Condition.MEMBERS: False}
    assert not reading.might_fit


SENTENCES = {
    "every receipt: ski": {},
    "shoes-* or boots-*, a receipt of 30.00 EUR or more: ski": {
        "items": ("shoes-*", "boots-*"),
        "total_minor": 3000,
    },
    "shoes.csv for 0.05 EUR or more: ski": {
        "items": ("a",),
        "items_file": "shoes.csv",
        "items_total_minor": 5,
    },
    "a or b or c or 2 more: ski": {"items": ("a", "b", "c", "d", "e")},
    "at fr-paris-till-1, in fr-*, on sat or sun, from 10:00 to 14:00: ski": {
        "placements": ("fr-paris-till-1",),
        "stores": ("fr-*",),
        "weekdays": (Weekday.SAT, Weekday.SUN),
        "hours": LUNCH,
    },
    "for members, once in 30 days: nothing": {"gives": None, "members": True, "once_in_days": 30},
}


@pytest.mark.parametrize("sentence, asks", SENTENCES.items())
def test_a_rule_is_one_sentence(sentence: str, asks: dict[str, Any]) -> None:
    assert next(read_rules([a_rule(**asks)], a_receipt())).why == sentence


def test_what_comes_after_other_rules_is_called_any_other_receipt() -> None:
    rules = [a_rule(total_minor=1), a_rule("tea")]
    assert decide(rules, a_receipt()).why == "any other receipt: tea"
    assert decide(rules[:1], a_receipt()) == decide([], a_receipt())
    assert decide([], a_receipt()).why == "no rule fits: nothing"


PATTERNS = st.lists(st.sampled_from(["shoes-*", "boots-1", "*", "tea", "fr-*", "x" * 64]), max_size=4).map(
    tuple
)
ASKED = st.fixed_dictionaries(
    {"gives": st.sampled_from(["ski", "tea", None])},
    optional={
        "items": PATTERNS,
        "items_total_minor": st.integers(0, 5000),
        "total_minor": st.integers(0, 5000),
        "placements": PATTERNS,
        "stores": PATTERNS,
        "weekdays": st.lists(st.sampled_from(Weekday), max_size=2).map(tuple),
        "hours": st.sampled_from([LUNCH, NIGHT]),
        "members": st.booleans(),
        "once_in_days": st.integers(1, 3),
    },
)
RULES = st.lists(ASKED.map(lambda asked: ReceiptRule(**asked)), max_size=5)
RECEIPTS = st.builds(
    a_receipt,
    at=st.integers(0, 14 * 24).map(lambda hours: SATURDAY + timedelta(hours=hours)),
    total_minor=st.none() | st.integers(0, 6000),
    items=st.none() | st.lists(st.sampled_from([SHOES, BOOTS, TEA]), max_size=3).map(tuple),
    is_member=st.booleans(),
    since=st.dictionaries(
        st.sampled_from(["ski", "tea"]), st.integers(0, 4).map(lambda n: timedelta(days=n))
    ),
)


@given(rules=RULES, receipt=RECEIPTS)
def test_the_first_rule_that_fits_alone_decides(rules: list[ReceiptRule], receipt: ReceiptFacts) -> None:
    alone = [next(read_rules([rule], receipt)).fits for rule in rules]
    expected = next((rule.gives for rule, fits in zip(rules, alone, strict=True) if fits), None)
    earned = decide(rules, receipt)
    assert earned.bundle == expected
    assert len(earned.why) <= LONGEST_WHY
    assert earned.why.endswith(f": {expected or 'nothing'}")


@given(rules=RULES, receipt=RECEIPTS)
def test_no_history_but_that_of_the_limited_bundles_matters(
    rules: list[ReceiptRule], receipt: ReceiptFacts
) -> None:
    asked = limited_bundles(rules, receipt)
    looked_up = replace(receipt, since={name: receipt.since[name] for name in asked if name in receipt.since})
    assert decide(rules, looked_up) == decide(rules, receipt)


@given(rules=RULES, receipt=RECEIPTS)
def test_knowing_less_never_lets_a_rule_fit(rules: list[ReceiptRule], receipt: ReceiptFacts) -> None:
    known = [reading.fits for reading in read_rules(rules, receipt)]
    less = [reading.fits for reading in read_rules(rules, replace(receipt, total_minor=None, items=None))]
    assert all(before or not after for before, after in zip(known, less, strict=True))


@given(rules=RULES, receipt=RECEIPTS, back=st.integers(0, 6000))
def test_a_receipt_that_lost_nothing_still_earns_and_more_left_never_earns_less(
    rules: list[ReceiptRule], receipt: ReceiptFacts, back: int
) -> None:
    earned = decide(rules, receipt)
    if earned.bundle is None or receipt.total_minor is None:
        return
    kept = replace(receipt, items=None, since={})

    def still(total_minor: int) -> bool:
        return still_fits(
            rules, replace(kept, total_minor=total_minor), earned=earned.bundle or "", why=earned.why
        )

    most = max(receipt.total_minor, sum(item.amount_minor for item in receipt.items or ()))
    assert still(most)
    assert still(most - back) or not still(most - back - 1)


def test_a_return_below_the_total_of_its_rule_loses_the_bundle() -> None:
    rules = [a_rule(total_minor=10_000, items=("shoes-*",)), a_rule("tea", total_minor=3_000)]
    earned = decide(rules, a_receipt(total_minor=12_000, items=(SHOES,)))
    for left, still in ((10_000, True), (9_999, False), (5_000, False)):
        kept = a_receipt(total_minor=left)
        assert still_fits(rules, kept, earned="ski", why=earned.why) is still


def test_a_return_below_the_sum_of_its_items_loses_the_bundle() -> None:
    rules = [a_rule(items=("shoes-*",), items_total_minor=3_990)]
    why = decide(rules, a_receipt(items=(SHOES,))).why
    assert still_fits(rules, a_receipt(total_minor=3_990), earned="ski", why=why)
    assert not still_fits(rules, a_receipt(total_minor=3_989), earned="ski", why=why)


def test_nobodys_history_is_asked_below_the_rule_that_decides_without() -> None:
    rules = [
        a_rule("picnic", members=True, once_in_days=30),
        a_rule("rain", members=True, once_in_days=30, total_minor=9_000),
        a_rule("tea"),
        a_rule("ski", members=True, once_in_days=30),
    ]
    assert limited_bundles(rules, a_receipt(total_minor=5_000, is_member=True)) == ("picnic",)
    assert limited_bundles(rules, a_receipt(total_minor=9_000, is_member=True)) == ("picnic", "rain")
    assert limited_bundles(rules, a_receipt(total_minor=9_000)) == ()


def test_a_rule_below_may_give_the_same_bundle_for_less() -> None:
    rules = [a_rule(total_minor=10_000), a_rule(total_minor=5_000), a_rule(items=("shoes-*",))]
    why = decide(rules, a_receipt(total_minor=12_000)).why
    assert still_fits(rules, a_receipt(total_minor=5_000), earned="ski", why=why)
    assert not still_fits(rules, a_receipt(total_minor=4_999), earned="ski", why=why)


def test_many_receipts_are_counted_by_outcome_and_a_member_counts_once() -> None:
    rules = [
        a_rule(items=("shoes-*",)),
        a_rule("picnic", members=True, once_in_days=2),
        a_rule("tea", total_minor=1000),
    ]
    days = [replace(a_receipt(total_minor=1000, items=(TEA,)), **at(12, days=day)) for day in range(4)]
    members = [TriedReceipt(replace(day, is_member=True), "Ada") for day in days]
    trial = try_all(rules, [*members, TriedReceipt(a_receipt()), TriedReceipt(a_receipt(items=()))])
    assert trial.outcomes == {"picnic": 2, "tea": 2, None: 2}
    assert trial.unsure == 2
