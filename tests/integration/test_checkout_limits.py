"""What a checkout asks for beyond the units left: who the shopper is, what is sold for an item, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni.app import Installation
from omni.domain.claim import Entitlement
from omni.domain.policies import PerPersonPart
from omni.domain.refusal import BadInput, Reason, Refused
from omni.services.claiming import Claimed
from omni.services.matching import WantedLine, match_lines
from omni.services.redeeming import Redeemed
from tests.support.codes import a_batch, code_of
from tests.support.installations import Clock
from tests.support.journeys import spend, take_back, unlock
from tests.support.limits import SKU, books_agree, in_france, is_refused, race, some_unlocked, spend_all
from tests.support.machines import Machine

ORDER = {"order_ref": "O-1", "order_total_minor": 200_000, "currency": "EUR"}


def test_one_shopper_uses_an_offer_so_often_within_some_days(
    installation: Installation, clock: Clock
) -> None:
    in_france(installation, per_person=PerPersonPart(uses=1, days=3))
    batch = some_unlocked(installation, 3)
    assert isinstance(spend_all(installation, batch, 0, shopper_hash="anna"), Redeemed)
    assert isinstance(spend_all(installation, batch, 0, shopper_hash="anna"), Redeemed), (
        "the same order again"
    )
    second = spend_all(installation, batch, 1, shopper_hash="anna")
    assert is_refused(second, Reason.PER_PERSON_LIMIT, uses=1)
    assert isinstance(spend_all(installation, batch, 2, shopper_hash="berta"), Redeemed)
    take_back(installation, batch, batch.first_number, lines=(WantedLine(SKU, 1),))
    assert isinstance(spend_all(installation, batch, 1, shopper_hash="anna"), Refused), "she kept a part"
    take_back(installation, batch, batch.first_number, key="rest")
    assert isinstance(spend_all(installation, batch, 1, shopper_hash="anna"), Redeemed)
    clock.at += timedelta(days=3)
    assert isinstance(spend_all(installation, batch, 0, key="k2", body="b2", shopper_hash="anna"), Redeemed)
    assert books_agree(installation)


def test_two_orders_of_one_shopper_at_once_are_one(installation: Installation) -> None:
    in_france(installation, per_person=PerPersonPart(uses=1))
    batch = some_unlocked(installation, 6)
    outcomes = race(6, lambda index: spend_all(installation, batch, index, shopper_hash="anna"))
    assert [isinstance(outcome, Redeemed) for outcome in outcomes].count(True) == 1


def test_a_shop_names_its_shopper_where_each_is_limited(
    shop: Machine, installation: Installation, clock: Clock
) -> None:
    in_france(installation, per_person=PerPersonPart(uses=1))
    batch = some_unlocked(installation, 2)
    orders = [{**ORDER, "voucher": code_of(installation, batch, index)} for index in range(2)]
    nameless = shop.post("/redemptions", orders[0])
    assert (nameless.status_code, nameless.json["errors"][0]["field"]) == (422, "shopper_ref")
    assert shop.post("/redemptions", {**orders[0], "shopper_ref": "anna@shop"}).status_code == 201
    asked = shop.post(f"/vouchers/{orders[1]['voucher']}/validate", {"shopper_ref": "anna@shop"})
    told = shop.post("/redemptions", {**orders[1], "shopper_ref": "anna@shop"})
    assert (asked.status_code, told.status_code) == (409, 409)
    assert (asked.json["code"], told.json["code"]) == ("per-person-limit", "per-person-limit")
    assert isinstance(spend_all(installation, batch, 1), Redeemed), "our own till knows nobody's name"


def test_a_voucher_lives_its_minutes_and_never_beyond_the_last_day(
    installation: Installation, clock: Clock
) -> None:
    in_france(installation, life=120)
    batch = a_batch(installation)
    first = unlock(installation, batch, batch.first_number)
    assert isinstance(first, Claimed)
    assert first.claim.expires_at == clock.at + timedelta(minutes=120)
    clock.at += timedelta(minutes=120)
    outcome = spend(installation, batch, batch.first_number)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.EXPIRED
    in_france(installation, life=525_600)
    second = unlock(installation, batch, batch.first_number + 1)
    assert isinstance(second, Claimed)
    assert second.claim.expires_at < clock.at + timedelta(days=365)


def test_what_a_shop_sells_for_an_item_spends_it(installation: Installation) -> None:
    in_france(installation, eligible={SKU: [f"{SKU}-*"]})
    batch = some_unlocked(installation, 1)
    wrong = (WantedLine("hat", 1),)
    with pytest.raises(BadInput, match=rf"{SKU} or {SKU}-\*"):
        spend(installation, batch, batch.first_number, lines=wrong)
    outcome = spend(installation, batch, batch.first_number, lines=(WantedLine(f"{SKU}-42", 1, 990),))
    assert isinstance(outcome, Redeemed)
    assert [(line.sku, line.quantity, line.amount_minor) for line in outcome.lines] == [(SKU, 1, 990)]


def balance(line: int, sku: str, granted: int, used: int = 0) -> Entitlement:
    return Entitlement(
        bucket=0, number=0, line=line, sku=sku, granted=granted, used=used, price_minor=0, benefit_minor=0
    )


class TestMatching:
    """Which of a claim's lines an order's lines spend."""

    balances = (balance(0, "shirt", 2), balance(1, "scarf", 3, used=3), balance(2, "wool", 2))
    eligible = {"shirt": ("shirt-?", "any"), "scarf": ("any",), "wool": ("any", "wool-*")}

    def matched(self, *lines: WantedLine) -> object:
        found = match_lines(self.balances, lines, self.eligible)
        if isinstance(found, Refused):
            return found.reason, dict(found.details)
        return [(row.sku, line.quantity, line.amount_minor) for row, line in found]

    def test_sizes_spend_one_line_together(self) -> None:
        assert self.matched(WantedLine("shirt-s", 1, 500), WantedLine("shirt-m", 1, 700)) == [
            ("shirt", 2, 1200)
        ]

    def test_the_very_item_and_its_sizes_are_counted_as_one(self) -> None:
        assert self.matched(WantedLine("shirt", 1), WantedLine("shirt-m", 1, 700)) == [("shirt", 2, None)]
        too_many = self.matched(WantedLine("shirt", 2), WantedLine("shirt-m", 1))
        assert too_many == (Reason.EXHAUSTED, {"sku": "shirt-m", "left": 0})

    def test_what_fits_several_lines_spends_the_first_that_has_some(self) -> None:
        assert self.matched(WantedLine("any", 3, 100)) == [("shirt", 2, 67), ("wool", 1, 33)]

    def test_no_lines_want_all_that_is_left(self) -> None:
        assert self.matched() == [("shirt", 2, None), ("wool", 2, None)]

    def test_what_fits_nothing_is_named_with_what_would(self) -> None:
        with pytest.raises(BadInput, match=r"shirt or shirt-\? or any, scarf or any, wool or any or wool-\*"):
            self.matched(WantedLine("shirt-xl", 1))
