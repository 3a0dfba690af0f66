"""Goods come back: what the edition's policy makes of it; and the purchase itself that earned a code."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from omni.app import Installation
from omni.domain.batch import Batch, CodePhase
from omni.domain.claim import Extension
from omni.domain.redemption import ReversalEffect
from omni.domain.refusal import Reason, Refused
from omni.services.claiming import Claimed
from omni.services.matching import WantedLine
from omni.services.reconciling import reconcile
from omni.services.redeeming import Redeemed
from omni.services.reversing import Reversed
from omni.store import finders
from tests.support.codes import a_batch
from tests.support.installations import Clock
from tests.support.journeys import fold, spend, take_back, unlock
from tests.support.machines import Machine, rows_written
from tests.support.policies import decide


def a_claim(place: Installation) -> tuple[Batch, int, list[str]]:
    """A fresh code of France, unlocked, and the items it grants."""
    batch = a_batch(place)
    made = unlock(place, batch, batch.first_number)
    assert isinstance(made, Claimed)
    return batch, batch.first_number, [row.sku for row in made.entitlements]


def back(place: Installation, batch: Batch, number: int, **wish: object) -> Reversed:
    told = take_back(place, batch, number, **wish)
    assert isinstance(told, Reversed)
    return told


def all_is_well(place: Installation) -> bool:
    fold(place)
    with place.db.reading() as session:
        return reconcile(session) == []


def test_burnt_units_are_gone_and_the_rest_still_costs_exactly_the_rest(installation: Installation) -> None:
    decide(installation, units="burn")
    batch, number, (first, *_) = a_claim(installation)
    one = spend(installation, batch, number, lines=(WantedLine(first, 1),))
    told = back(installation, batch, number)
    assert isinstance(one, Redeemed)
    assert (told.is_restored, told.ends_at, told.to_refund_minor) == (False, None, one.lines[0].price_minor)
    refused = spend(installation, batch, number, key="2", body="2", lines=(WantedLine(first, 1),))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.EXHAUSTED
    rest = spend(installation, batch, number, key="3", body="3", order_ref="O-3")
    assert isinstance(rest, Redeemed)
    with installation.db.reading() as session:
        made, state = finders.claim_of(session, number), finders.state_of(session, number)
        assert made is not None
        assert state is not None
    assert made.price_minor == sum(line.price_minor for line in (*one.lines, *rest.lines))
    assert state.phase is CodePhase.REDEEMED
    assert all_is_well(installation)


def test_a_return_gives_more_days_and_never_fewer(installation: Installation, clock: Clock) -> None:
    decide(installation, more_days=10)
    batch, number, (first, second, *_) = a_claim(installation)
    printed_end = datetime(2027, 1, 14, 23, tzinfo=UTC)
    for sku in (first, second):
        spend(installation, batch, number, key=sku, body=sku, order_ref=sku, lines=(WantedLine(sku, 1),))
    early = back(installation, batch, number, seq=1)
    assert (early.effect, early.ends_at) == (None, printed_end)
    clock.at = printed_end + timedelta(days=3)
    late = back(installation, batch, number, seq=2, key="late")
    until = datetime(2027, 1, 27, 23, tzinfo=UTC) + timedelta(days=1)
    assert late.ends_at == until
    again = back(installation, batch, number, seq=2, key="late")
    assert (again.is_replay, again.ends_at) == (True, until)
    assert back(installation, batch, number, seq=1).ends_at == printed_end
    clock.at = until - timedelta(seconds=1)
    assert isinstance(spend(installation, batch, number, key="4", body="4", order_ref="O-4"), Redeemed)
    with installation.db.reading() as session:
        assert [row.until for row in session.exec(select(Extension))] == [until]
    assert all_is_well(installation)


def test_below_the_minimum_the_kept_benefit_is_withheld_and_everything_back_is_all_money_back(
    installation: Installation,
) -> None:
    decide(installation, minimum="100", below_minimum="charge")
    batch, number, (first, second, *_) = a_claim(installation)
    spent = spend(installation, batch, number, total_minor=10_000)
    assert isinstance(spent, Redeemed)
    one = back(installation, batch, number, key="1", lines=(WantedLine(first, 1),))
    kept = spent.redemption.benefit_minor - one.reversal.benefit_minor
    assert one.charged_minor == min(one.reversal.refund_minor, kept) > 0
    two = back(installation, batch, number, key="2", lines=(WantedLine(second, 1),))
    assert two.to_refund_minor == two.reversal.refund_minor - two.charged_minor + two.released_minor
    rest = back(installation, batch, number, key="3")
    assert rest.charged_minor == 0
    paid = sum(line.price_minor for line in spent.lines)
    assert one.to_refund_minor + two.to_refund_minor + rest.to_refund_minor == paid
    assert all_is_well(installation)


def test_a_return_follows_what_was_decided_when_the_code_was_unlocked(installation: Installation) -> None:
    batch, number, _ = a_claim(installation)
    spend(installation, batch, number)
    decide(installation, units="burn", minimum="5000", below_minimum="charge")
    told = back(installation, batch, number)
    assert (told.is_restored, told.charged_minor) == (True, 0)
    with installation.db.reading() as session:
        assert session.exec(select(ReversalEffect)).all() == []


def a_receipt(shop: Machine, **purchase: object) -> str:
    """The code of a receipt of 49.90 € with a number."""
    body = {"placement": "fr-paris-till-1", "receipt_no": "000451", "total_minor": 4_990, **purchase}
    answer = shop.post("/receipts", body)
    assert answer.status_code in (200, 201), answer.json
    return str(answer.json["code"])


BY_NUMBER = {"placement": "fr-paris-till-1", "receipt_no": "000451"}


def test_the_api_says_beforehand_what_the_shopper_will_have_of_a_return(
    shop: Machine, installation: Installation
) -> None:
    decide(installation, minimum="600", below_minimum="charge")
    code = a_receipt(shop)
    shop.post(f"/codes/{code}/claim", {"locale": "fr"})
    order = {"voucher": code, "order_ref": "A-1", "order_total_minor": 60_000, "currency": "EUR"}
    spent = shop.post("/redemptions", order).json
    path, before = f"/redemptions/{spent['id']}/reversals", rows_written(installation)
    wish = {"reason": "came back", "lines": [{"sku": spent["lines"][0]["sku"], "qty": 1}]}
    dry = shop.post(path, {**wish, "dry_run": True})
    assert rows_written(installation) == before
    told = shop.post(path, wish, key="k")
    assert told.status_code == 201
    assert told.json == {**dry.json, "dry_run": False}
    assert told.json["charged_minor"] > 0
    assert told.json["to_refund_minor"] == told.json["refund_minor"] - told.json["charged_minor"]
    assert (told.json["restored"], told.json["expires_at"]) == (True, "2027-01-14T23:00:00Z")
    assert "is held back" in told.json["sentence"]
    assert "until January 14, 2027" in told.json["sentence"]
    money = shop.post(path, {"reason": "a scratch", "amount_minor": 1}).json
    assert (money["refund_minor"], money["lines"][0]["qty"], money["restored"]) == (1, 0, False)
    too_much = shop.post(path, {"reason": "r", "amount_minor": 60_000})
    assert (too_much.status_code, too_much.json["errors"][0]["field"]) == (422, "amount_minor")
    assert shop.post(path, wish, key="k").json == told.json
    assert shop.get(f"/redemptions/{spent['id']}").json["reversals"] == [told.json, money]


@pytest.mark.parametrize(
    "policy,outcome", [("keep", "kept"), ("flag", "flagged"), ("charge-back-to-shop", "charged-back")]
)
def test_a_purchase_that_comes_back_takes_its_code_along_unless_it_was_used(
    shop: Machine, installation: Installation, policy: str, outcome: str
) -> None:
    decide(installation, origin=policy)
    unused, unlocked, used = (a_receipt(shop, receipt_no=number) for number in ("1", "2", "3"))
    for code in (unlocked, used):
        shop.post(f"/codes/{code}/claim", {"locale": "fr"})
    order = {"order_ref": "A-1", "order_total_minor": 60_000, "currency": "EUR"}
    spent = shop.post("/redemptions", {**order, "voucher": used}).json
    for code, becomes in ((unused, "voided"), (unlocked, "claim-ended"), (used, outcome)):
        told = shop.post("/receipts/returns", {"code": code})
        assert (told.status_code, told.json["outcome"]) == (201, becomes)
    assert shop.post(f"/codes/{unused}/claim", {"locale": "fr"}).json["code"] == "voided"
    assert shop.post("/redemptions", {**order, "voucher": unlocked}).json["code"] == "voided"
    assert shop.get(f"/redemptions/{spent['id']}").json["benefit_minor"] == spent["benefit_minor"]
    shop.post(f"/redemptions/{spent['id']}/reversals", {"reason": "came back too"})
    ended = shop.post("/receipts/returns", {"code": used, "reason": "and now?"})
    assert ended.json["outcome"] == "claim-ended"
    assert all_is_well(installation)


def test_a_purchase_comes_back_once_however_often_it_is_told(
    shop: Machine, installation: Installation
) -> None:
    code = a_receipt(shop)
    first = shop.post("/receipts/returns", BY_NUMBER, key="k")
    assert (first.status_code, first.json["code"], first.json["outcome"]) == (201, code, "voided")
    found = shop.get("/redemptions?receipt_no=000451&placement=fr-paris-till-1")
    assert (found.status_code, found.json["redemptions"]) == (200, [])
    before = rows_written(installation)
    for again in (
        shop.post("/receipts/returns", BY_NUMBER, key="k"),
        shop.post("/receipts/returns", BY_NUMBER, key=""),
        shop.post("/receipts/returns", {"code": code}, key="other"),
    ):
        assert again.status_code == 200
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json == first.json
    other = shop.post("/receipts/returns", {**BY_NUMBER, "amount_minor": 100}, key="k")
    assert (other.status_code, other.json["code"]) == (409, "key-reused")
    for wrong, status, reason in (
        ({}, 422, "invalid-input"),
        ({**BY_NUMBER, "code": code}, 422, "invalid-input"),
        ({"receipt_no": "000451"}, 422, "invalid-input"),
        ({**BY_NUMBER, "amount_minor": 100, "lines": [{"sku": "a", "qty": 1}]}, 422, "invalid-input"),
        ({**BY_NUMBER, "amount_minor": 1}, 422, "invalid-input"),
        ({**BY_NUMBER, "receipt_no": "never printed"}, 404, "unknown-receipt"),
        ({**BY_NUMBER, "placement": "nowhere"}, 404, "unknown-placement"),
        ({"code": "BBBBB-BBBBB-BBBBB"}, 404, "unknown-code"),
    ):
        answer = shop.post("/receipts/returns", wrong)
        assert (answer.status_code, answer.json["code"]) == (status, reason), wrong
    assert rows_written(installation) == before


def test_a_part_of_a_purchase_changes_nothing_until_nothing_of_it_is_left(
    shop: Machine, installation: Installation
) -> None:
    code = a_receipt(shop)
    some = shop.post("/receipts/returns", {**BY_NUMBER, "lines": [{"sku": "shoes", "qty": 1}]})
    assert (some.json["outcome"], some.json["lines"]) == ("unchanged", [{"sku": "shoes", "qty": 1}])
    assert shop.post("/receipts/returns", {"code": code, "amount_minor": 990}).json["outcome"] == "unchanged"
    over = shop.post("/receipts/returns", {"code": code, "amount_minor": 4_001})
    assert (over.status_code, over.json["errors"][0]["field"]) == (422, "amount_minor")
    assert shop.post("/receipts/returns", {"code": code, "amount_minor": 4_000}).json["outcome"] == "voided"
    assert all_is_well(installation)
