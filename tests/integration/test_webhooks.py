"""Webhooks: what happens is told in order, again until it is taken, however many workers there are."""

import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from omni.app import Installation
from omni.cli import delivering as duty
from omni.domain.delivery_rule import KEPT, Answer
from omni.domain.hook import DeliveryState
from omni.domain.refusal import BadInput, Unknown
from omni.services import delivering, hooking, launching
from omni.store import finders
from omni.store.outbox import announce_low_stock
from tests.support.codes import a_receipt_code, voucher_of
from tests.support.installations import Clock
from tests.support.machines import Machine
from tests.support.subscribers import (
    NEVER,
    Subscriber,
    a_hook,
    claimed,
    deliveries,
    listening,
    returned,
    secret_of,
    spent,
    take,
    work,
)


def step(place: Installation, verb: str, **asked: Any) -> None:
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        getattr(launching, verb)(tx, place.world.now(), edition=edition, by="tests", **asked)


def test_a_life_is_told_in_its_order_and_in_the_names_of_the_api(
    place: Installation, shop: Machine, subscriber: Subscriber
) -> None:
    a_hook(place, subscriber.url)
    code = a_receipt_code(place)
    claimed(shop, code)
    redemption = spent(shop, place, code)
    returned(shop, redemption)
    assert work(place) == 3
    made, used, back = (heard.told(secret_of(place)) for heard in subscriber.heard)
    assert [each["type"] for each in (made, used, back)] == [
        "claim.made",
        "redemption.recorded",
        "redemption.reversed",
    ]
    whose = {
        "voucher": voucher_of(place, code),
        "edition": "double-11/fr",
        "market": "fr",
        "placement": "fr-paris-till-1",
    }
    for each in (made, used, back):
        assert whose.items() <= each["data"].items()
        assert each["timestamp"] == "2026-11-11T10:00:00Z"
    found = shop.get(f"/redemptions/{redemption}").json
    told = used["data"]
    assert told["id"] == redemption
    for name in told.keys() & found.keys() - {"redeemed_at"}:
        assert told[name] == found[name], name
    assert (made["data"]["locale"], made["data"]["shop_code"]) == ("fr-FR", None)
    assert {line["sku"] for line in made["data"]["entitlements"]} == {line["sku"] for line in told["lines"]}
    assert back["data"]["redemption"] == redemption
    assert back["data"]["lines"] == found["reversals"][0]["lines"]
    assert back["data"]["refund_minor"] == found["reversals"][0]["refund_minor"]


def test_an_edition_is_told_step_by_step(place: Installation, subscriber: Subscriber, clock: Clock) -> None:
    a_hook(place, subscriber.url)
    step(place, "pause", reason="technical")
    step(place, "resume")
    step(place, "end")
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        stock = {"edition_id": edition.id or 0, "what": "stock:pair", "granted": 100}
        assert not announce_low_stock(tx, at=clock.at, remaining=11, **stock)
        assert announce_low_stock(tx, at=clock.at, remaining=10, **stock)
        assert not announce_low_stock(tx, at=clock.at, remaining=9, **stock)
    work(place)
    told = [heard.told(secret_of(place)) for heard in subscriber.heard]
    steps = [each for each in told if each["type"].startswith("edition.")]
    assert [(each["type"], each["data"]["state"], each["data"]["reason"]) for each in steps] == [
        ("edition.paused", "paused", "technical"),
        ("edition.launched", "live", None),
        ("edition.ended", "ended", None),
    ]
    assert all(each["data"]["edition"] == "double-11/fr" for each in told)
    (low,) = [each for each in told if each["type"] == "stock.low"]
    assert low["data"] == {
        "edition": "double-11/fr",
        "market": "fr",
        "what": "pair",
        "remaining": 10,
        "stock": 100,
    }


def test_a_failure_holds_up_its_own_code_and_no_other(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    a_hook(place, subscriber.url)
    first, second = (a_receipt_code(place, number=str(number)) for number in range(2))
    for code in (first, second):
        claimed(shop, code)
        spent(shop, place, code, order=code)
    bad = voucher_of(place, first)
    subscriber.reply = lambda heard: (500 if bad.encode() in heard.body else 200, {}, b"")
    work(place)
    assert [(bad.encode() in heard.body) for heard in subscriber.heard].count(True) == 1
    assert sorted(subscriber.types) == ["claim.made", "claim.made", "redemption.recorded"]
    waiting = [each for each in deliveries(place) if each.state is DeliveryState.WAITING]
    assert [(each.tries, each.trouble) for each in waiting] == [(1, "answered 500"), (0, None)]
    subscriber.answers(200)
    clock.at += timedelta(seconds=5)
    assert work(place) == 2
    assert subscriber.types[-2:] == ["claim.made", "redemption.recorded"]
    again = [heard.id for heard in subscriber.heard if bad.encode() in heard.body]
    assert again[0] == again[1] != again[2]


def test_after_72_hours_it_is_parked_until_somebody_replays_it(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    hook = a_hook(place, subscriber.url)
    code = a_receipt_code(place)
    claimed(shop, code)
    spent(shop, place, code)
    duty.hand_over(place, NEVER)
    begun, tries = clock.at, 0
    while (head := deliveries(place)[0]).state is DeliveryState.WAITING:
        clock.at, tries = head.next_try_at, tries + 1
        (taken,) = take(place, hook)
        with place.db.writing() as tx:
            delivering.settle(tx, clock.at, taken=taken, answer=Answer(500, "answered 500"), dice=1)
    assert (clock.at - begun, tries, head.trouble) == (KEPT, 30, "answered 500")
    clock.at += timedelta(days=9)
    assert work(place) == 0
    with place.db.writing() as tx:
        assert hooking.replay(tx, clock.at) == 1
    assert work(place) == 2
    assert subscriber.types == ["claim.made", "redemption.recorded"]


def test_a_skipped_message_lets_those_behind_it_go_on(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    a_hook(place, subscriber.url)
    code = a_receipt_code(place)
    claimed(shop, code)
    spent(shop, place, code)
    subscriber.reply = lambda heard: (410 if b"claim.made" in heard.body else 200, {}, b"")
    work(place)
    head, follower = deliveries(place)
    with place.db.writing() as tx:
        with pytest.raises(BadInput):
            hooking.skip(tx, clock.at, delivery_id=follower.id or 0, by="Ada")
        with pytest.raises(Unknown):
            hooking.skip(tx, clock.at, delivery_id=99, by="Ada")
        hooking.skip(tx, clock.at, delivery_id=head.id or 0, by="Ada")
        hooking.enable(tx, name="shop")
    assert work(place) == 1
    assert subscriber.types == ["claim.made", "redemption.recorded"]


def test_a_worker_that_died_leaves_a_lease_that_runs_out(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    hook = a_hook(place, subscriber.url)
    claimed(shop, a_receipt_code(place))
    duty.hand_over(place, NEVER)
    (lost,) = take(place, hook)
    assert work(place) == 0
    clock.at += delivering.LEASE
    (found,) = take(place, hook)
    with place.db.writing() as tx:
        # The one that was thought dead comes back and has nothing more to say.
        assert not delivering.settle(tx, clock.at, taken=lost, answer=Answer(500), dice=1)
        assert delivering.settle(tx, clock.at, taken=found, answer=Answer(200), dice=1)
        assert not delivering.settle(tx, clock.at, taken=lost, answer=Answer(500), dice=1)
    assert [(each.state, each.tries) for each in deliveries(place)] == [(DeliveryState.DELIVERED, 1)]


def test_many_workers_hand_over_and_deliver_each_message_once_and_in_order(
    place: Installation, shop: Machine, subscriber: Subscriber
) -> None:
    a_hook(place, subscriber.url)
    with listening() as other:
        a_hook(place, other.url, "other")
        codes = [a_receipt_code(place, number=str(number)) for number in range(6)]
        for code in codes:
            claimed(shop, code)
            returned(shop, spent(shop, place, code, order=code))
        with ThreadPoolExecutor(4) as workers:
            for each in [workers.submit(work, place) for _ in range(8)]:
                each.result()
        work(place)
        for listener in (subscriber, other):
            assert len({heard.id for heard in listener.heard}) == len(listener.heard) == 18
            by_voucher = defaultdict(list)
            for heard in listener.heard:
                said = json.loads(heard.body)
                by_voucher[said["data"]["voucher"]].append(said["type"])
            assert set(map(tuple, by_voucher.values())) == {
                ("claim.made", "redemption.recorded", "redemption.reversed")
            }
