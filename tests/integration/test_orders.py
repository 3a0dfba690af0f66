"""Order facts: told in any order and as often as one likes, each counts once, and the ledger follows."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.claim import Claim
from omni.domain.people import Scope
from omni.domain.policies import Connection
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, Reversal
from omni.domain.rulebook import Caller
from omni.domain.shop import OrderFact, ShopCode, ShopCodeState
from omni.present import shop_file
from omni.present.file_problems import FileProblems
from omni.services import reconciling
from omni.services.claiming import Claimed
from omni.services.matching import WantedLine
from omni.services.redeeming import Order, Redeemed, redeem
from tests.support.codes import a_batch, code_of, voucher_of
from tests.support.connected import connect, stocked, unlock
from tests.support.locks import until_someone_waits
from tests.support.machines import Machine, a_key, rows_written

PLACED = {"order_ref": "1001", "event": "placed", "at": "2026-11-11T10:05:00Z"}
PAID = {"total_minor": 60_000, "currency": "EUR"}


def told(shop: Machine, *orders: dict[str, Any]) -> dict[str, Any]:
    """What one call with these events is answered."""
    answer = shop.post("/orders", {"orders": list(orders)})
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def ledger(place: Installation) -> tuple[int, int, int]:
    """How many redemptions and reversals there are, and what was refunded in all."""
    with place.db.reading() as session:
        backs = session.exec(select(Reversal)).all()
        return len(session.exec(select(Redemption)).all()), len(backs), sum(b.refund_minor for b in backs)


@pytest.fixture
def batch(installation: Installation) -> Batch:
    """Two unlocked codes of an edition whose shop gave a list."""
    connect(installation, Connection.LIST)
    made = a_batch(installation, count=20)
    stocked(installation, made, ["SHOP-1", "SHOP-2", "SHOP-3"])
    return made


@pytest.fixture
def own(installation: Installation, batch: Batch) -> str:
    """The shop's code of the first claim."""
    claimed = unlock(installation, batch)
    assert isinstance(claimed, Claimed)
    assert claimed.shop_code is not None
    return claimed.shop_code


def test_an_order_with_the_shops_own_code_spends_the_claim_once(
    shop: Machine, installation: Installation, batch: Batch, own: str
) -> None:
    order = {**PLACED, **PAID, "voucher": own.lower()}
    first, again = told(shop, order), told(shop, order)
    assert (first["recorded"], again["replayed"]) == (1, 1)
    (spent,) = first["results"][0]["redemptions"]
    assert again["results"][0]["redemptions"] == [spent]
    found = shop.get(f"/redemptions/{spent}").json
    assert (found["order_ref"], found["redeemed_at"]) == ("1001", "2026-11-11T10:00:00Z")
    assert found["voucher"] == voucher_of(installation, code_of(installation, batch))
    assert all(left["qty"] == 0 for left in found["remaining"])
    with installation.db.reading() as session:
        code = session.exec(select(ShopCode).where(ShopCode.code == own)).one()
        assert code.state is ShopCodeState.SPENT
    other = told(shop, {**order, "order_ref": "1002"})
    assert (other["recorded"], other["results"][0]["code"]) == (1, "exhausted")
    assert ledger(installation) == (1, 0, 0)


def test_events_come_in_any_order_and_twice_and_end_the_same(
    shop: Machine, installation: Installation, batch: Batch
) -> None:
    events = [
        {**PAID, "event": "placed", "at": "2026-11-11T09:00:00Z"},
        {"event": "refunded", "at": "2026-11-12T09:00:00Z", "amount_minor": 1_000, "currency": "EUR"},
        {"event": "cancelled", "at": "2026-11-13T09:00:00Z"},
    ]
    stocked(installation, batch, [f"MORE-{index}" for index in range(6)])
    ends = set()
    for index, arrival in enumerate(permutations(range(len(events)))):
        made = unlock(installation, batch, index)
        assert isinstance(made, Claimed)
        code, before = code_of(installation, batch, index), ledger(installation)
        named = {"voucher": made.shop_code if index % 2 else code}
        for turn in (*arrival, *reversed(arrival)):
            told(shop, {"order_ref": f"order {index}", **events[turn], **(named if turn == 0 else {})})
        after = ledger(installation)
        ends.add((after[0] - before[0], after[2] - before[2]))
        assert shop.get(f"/codes/{code}").json["state"] == "unlocked"
    with installation.db.reading() as session:
        price = session.exec(select(Claim)).first()
        assert price is not None
        assert ends == {(1, price.price_minor)}
        assert reconciling.reconcile(session) == []


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_an_order_that_waits_for_another_use_spends_what_that_one_left(
    shop: Machine, installation: Installation, batch: Batch, own: str
) -> None:
    granted = shop.get(f"/codes/{code_of(installation, batch)}").json["entitlements"]
    basket = [{"sku": line["sku"], "qty": line["granted"]} for line in granted]
    till = Order("till", PAID["total_minor"], PAID["currency"], (WantedLine(granted[0]["sku"], 1),))
    with ThreadPoolExecutor() as pool:
        with installation.db.writing() as tx:
            key = {"batch": batch, "number": batch.first_number, "caller": Caller("till", "k", "b")}
            assert isinstance(redeem(tx, installation.world.now(), order=till, **key), Redeemed)
            waiting = pool.submit(told, shop, {**PLACED, **PAID, "voucher": own, "lines": basket})
            until_someone_waits(installation.db)
        (spent,) = waiting.result(timeout=30)["results"][0]["redemptions"]
    rest = {line["sku"]: line["qty"] for line in shop.get(f"/redemptions/{spent}").json["lines"]}
    whole = {line["sku"]: line["granted"] for line in granted}
    whole[granted[0]["sku"]] -= 1
    assert rest == {sku: count for sku, count in whole.items() if count}


def test_what_came_back_is_reversed_by_item_and_never_more_than_was_spent(
    shop: Machine, installation: Installation, batch: Batch, own: str
) -> None:
    lines = shop.get(f"/codes/{code_of(installation, batch)}").json["entitlements"]
    sku = lines[0]["sku"]
    basket = [*({"sku": line["sku"], "qty": 9} for line in lines), {"sku": "sofa", "qty": 1}]
    told(shop, {**PLACED, **PAID, "voucher": own, "lines": basket})
    back = {"order_ref": "1001", "event": "returned", "at": "2026-11-20T09:00:00Z"}
    answer = told(shop, {**back, "lines": [{"sku": sku, "qty": 1}]})["results"][0]
    assert answer["reversed_minor"] > 0
    whole = shop.get("/redemptions?order_ref=1001").json["redemptions"][0]
    assert [line["sku"] for line in whole["lines"]] == [line["sku"] for line in lines]
    assert whole["lines"][0]["qty"] == lines[0]["granted"]
    assert [line["qty"] for back in whole["reversals"] for line in back["lines"]] == [1]
    money = {"event": "refunded", "amount_minor": answer["reversed_minor"], "currency": "EUR"}
    same = told(shop, {**back, **money, "at": "2026-11-20T10:00:00Z"})["results"][0]
    assert len(shop.get("/redemptions?order_ref=1001").json["redemptions"][0]["reversals"]) == 1, same
    told(shop, {**back, "at": "2026-11-21T09:00:00Z"}, {**back, "at": "2026-11-22T09:00:00Z"})
    whole = shop.get("/redemptions?order_ref=1001").json["redemptions"][0]
    assert sum(back["refund_minor"] for back in whole["reversals"]) == sum(
        line["price_minor"] for line in lines
    )


def test_where_the_shop_asks_us_an_order_is_a_fact_and_nothing_more(
    shop: Machine, installation: Installation
) -> None:
    batch = a_batch(installation)
    assert isinstance(unlock(installation, batch), Claimed)
    code = code_of(installation, batch)
    answer = told(shop, {**PLACED, **PAID, "voucher": code}, {**PLACED, "event": "cancelled"})
    assert (answer["recorded"], answer["results"][0]["redemptions"]) == (2, [])
    assert ledger(installation) == (0, 0, 0)
    with installation.db.reading() as session:
        facts = session.exec(select(OrderFact)).all()
        assert {fact.number for fact in facts} == {batch.first_number}
        assert all(code not in str(fact.details) for fact in facts)


def test_one_bad_record_blocks_no_other_and_a_conflict_shows_both(
    shop: Machine, app: Flask, installation: Installation, own: str
) -> None:
    good = {**PLACED, **PAID, "placement": "fr-paris-till-1", "method": "courier"}
    bad: list[dict[str, Any]] = [
        {},
        {**good, "event": "eaten"},
        {**good, "at": "yesterday"},
        {**good, "total_minor": -1},
        {**good, "mistake": 1},
        {**good, "order_ref": "r" * 5000},
        {**good, "order_ref": "no place", "placement": "nowhere"},
        {**good, "order_ref": "no currency", "currency": None},
        {**good, "order_ref": "no total", "total_minor": None, "voucher": own},
    ]
    answer = told(shop, *bad, good)
    assert (answer["refused"], answer["recorded"]) == (len(bad), 1)
    assert [result["status"] for result in answer["results"]] == [*["refused"] * len(bad), "recorded"]
    fields = [[error["field"] for error in result["errors"]] for result in answer["results"][1:-1]]
    assert fields == [
        ["event"],
        ["at"],
        ["total_minor"],
        ["mistake"],
        ["order_ref"],
        ["placement"],
        ["currency"],
        ["total_minor"],
    ]
    before = rows_written(installation)
    conflict = told(shop, {**good, "total_minor": 1})
    assert conflict["conflicts"] == 1
    (both,) = conflict["results"]
    assert (both["recorded"]["details"]["total_minor"], both["sent"]["total_minor"]) == (60_000, 1)
    practice = Machine(app, a_key(installation, origin=Origin.TEST))
    assert told(practice, {**good, "voucher": own})["results"][0]["code"] == "test-live-mismatch"
    assert rows_written(installation) == {**before, "api_client": before["api_client"] + 1}
    till = Machine(app, a_key(installation, scopes=[Scope.POS]))
    assert till.post("/orders", {"orders": [good]}).status_code == 403
    assert shop.post("/orders", {"orders": []}).status_code == 422
    assert shop.post("/orders", {"orders": [good] * 1001}).status_code == 422


def test_a_code_the_shop_spent_without_us_is_given_to_nobody(
    shop: Machine, installation: Installation, batch: Batch
) -> None:
    told(shop, {**PLACED, **PAID, "voucher": "SHOP-1"})
    given = [unlock(installation, batch, index) for index in range(3)]
    codes = [made.shop_code for made in given if isinstance(made, Claimed)]
    assert sorted(filter(None, codes)) == ["SHOP-2", "SHOP-3"]


def test_a_file_of_orders_says_the_line_and_field_of_each_mistake() -> None:
    header = "order_ref,event,at,total_minor,currency,lines\n"
    good = "1001,placed,2026-11-11T10:02+01:00,5990,EUR,teapot:1 cup:4\n"
    ((line, report),) = shop_file.read_orders([header, good], file="orders.csv", member=str)
    assert (line, report.total_minor, [one.quantity for one in report.lines]) == (2, 5990, [1, 4])
    with pytest.raises(FileProblems) as refused:
        shop_file.read_orders(
            [header, good, "1,placed,yesterday,,,\n", ",placed,2026-11-11T10:02Z,,,\n", "1,lost,,,,\n"],
            file="orders.csv",
            member=str,
        )
    assert [(one.line, one.field) for one in refused.value.problems] == [
        (3, "at"),
        (4, "order_ref"),
        (5, "event"),
    ]
