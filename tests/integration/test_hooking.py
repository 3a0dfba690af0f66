"""Subscribers: who hears of what, by which secret, at which addresses, and what their answers lead to."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from standardwebhooks import WebhookVerificationError

from omni.app import Installation, build_app
from omni.cli import delivering as duty
from omni.domain.code import Purpose
from omni.domain.counting import OutboxMessage
from omni.domain.hook import Delivery, Hook, Topic
from omni.domain.keyring import CodeKey, Keyring
from omni.domain.record import Origin
from omni.domain.refusal import BadInput
from omni.services import hooking
from omni.store.outbox import announce
from tests.support.codes import a_receipt_code, voucher_of
from tests.support.installations import Clock
from tests.support.machines import Machine
from tests.support.subscribers import (
    NEVER,
    Heard,
    Subscriber,
    a_hook,
    claimed,
    deliveries,
    secret_of,
    spent,
    work,
)


@pytest.fixture
def engine_name() -> str:
    """What is asked of the engine itself stands beside the other tests of webhooks."""
    return "sqlite"


def test_nothing_stored_is_a_usable_code(place: Installation, shop: Machine, subscriber: Subscriber) -> None:
    a_hook(place, subscriber.url)
    code = a_receipt_code(place)
    claimed(shop, code)
    spent(shop, place, code)
    work(place)
    with place.db.reading() as session:
        stored = repr(session.exec(select(OutboxMessage)).all()) + repr(session.exec(select(Delivery)).all())
    for secret in (code, voucher_of(place, code), secret_of(place)):
        assert secret not in stored
    assert all(re.fullmatch(r"msg_[0-9a-f]{30}", heard.id) for heard in subscriber.heard)


def test_a_signature_of_another_body_time_or_secret_is_found_out(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    a_hook(place, subscriber.url)
    claimed(shop, a_receipt_code(place))
    work(place)
    (heard,) = subscriber.heard
    other = hooking.secrets_of(Hook(id=99, key_id=1, slug="x", url="", topics=[]), place.keyring, clock.at)[0]
    for forged, secret in (
        (Heard(heard.path, heard.headers, heard.body.replace(b"claim", b"klaim")), secret_of(place)),
        (Heard(heard.path, heard.headers | {"webhook-timestamp": "1"}, heard.body), secret_of(place)),
        (heard, other),
    ):
        with pytest.raises(WebhookVerificationError):
            forged.told(secret)


def test_only_what_was_asked_for_and_happened_since_is_told(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    codes = [a_receipt_code(place, number=str(number)) for number in range(2)]
    claimed(shop, codes[0])
    clock.at += timedelta(seconds=1)
    a_hook(place, subscriber.url, topics=[Topic.CLAIM_MADE])
    claimed(shop, codes[1])
    spent(shop, place, codes[1])
    work(place)
    assert subscriber.types == ["claim.made"]
    assert work(place) == 0


@pytest.mark.parametrize("origin", [Origin.TEST, Origin.SAMPLE])
def test_tests_and_samples_are_told_to_nobody(
    place: Installation, subscriber: Subscriber, clock: Clock, origin: Origin
) -> None:
    a_hook(place, subscriber.url)
    with place.db.writing() as tx:
        announce(tx, "claim.made", "7", at=clock.at, number=7, origin=origin, cells=[], body={}, turn=0)
    assert work(place) == 0


def test_who_is_gone_is_disabled_and_hears_nothing_more(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    a_hook(place, subscriber.url)
    codes = [a_receipt_code(place, number=str(number)) for number in range(2)]
    subscriber.answers(410)
    claimed(shop, codes[0])
    work(place)
    claimed(shop, codes[1])
    assert work(place) == 0
    with place.db.reading() as session:
        (found,) = hooking.standings(session)
    assert found.hook.disabled_at == clock.at
    assert (found.waiting, found.parked) == (0, 1)


def test_a_named_time_is_waited_for(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    a_hook(place, subscriber.url)
    claimed(shop, a_receipt_code(place))
    subscriber.answers(429, Retry_After="600")
    work(place)
    clock.at += timedelta(seconds=599)
    assert work(place) == 0
    clock.at += timedelta(seconds=1)
    assert work(place) == 1


def test_during_a_change_over_both_secrets_are_good(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    a_hook(place, subscriber.url)
    before = secret_of(place)
    with place.db.writing() as tx:
        hooking.rotate(tx, clock.at, name="shop", keyring=place.keyring)
    after = secret_of(place)
    assert before != after
    codes = [a_receipt_code(place, number=str(number)) for number in range(2)]
    claimed(shop, codes[0])
    work(place)
    clock.at += hooking.CHANGE_OVER
    claimed(shop, codes[1])
    work(place)
    clock.at -= hooking.CHANGE_OVER
    assert subscriber.heard[0].told(before) == subscriber.heard[0].told(after)
    clock.at += hooking.CHANGE_OVER
    subscriber.heard[1].told(after)
    with pytest.raises(WebhookVerificationError):
        subscriber.heard[1].told(before)


def test_a_subscriber_whose_key_is_gone_waits_for_a_new_secret(
    place: Installation, shop: Machine, subscriber: Subscriber, clock: Clock
) -> None:
    hook = a_hook(place, subscriber.url)
    claimed(shop, a_receipt_code(place))
    with place.db.writing() as tx:
        tx.get_one(Hook, hook.id).key_id = 4
    work(place)
    assert [each.trouble for each in deliveries(place)] == [
        "Key 4 is not in the keyring: add it from its recovery sheet."
    ]
    with place.db.writing() as tx:
        rotated = hooking.rotate(tx, clock.at, name="shop", keyring=place.keyring)
        assert (rotated.key_id, rotated.rotated_until) == (1, None)
    clock.at += timedelta(seconds=5)
    work(place)
    assert subscriber.types == ["claim.made"]


def test_who_does_not_answer_is_tried_once_a_round_and_keeps_nobody_waiting(
    place: Installation, shop: Machine, subscriber: Subscriber
) -> None:
    a_hook(place, "http://127.0.0.1:9/", "away")
    a_hook(place, subscriber.url)
    for number in range(9):
        claimed(shop, a_receipt_code(place, number=str(number)))
    work(place)
    assert len(subscriber.heard) == 9
    away = [each for each in deliveries(place) if each.hook_id == 1]
    tried = [each for each in away if each.tries]
    assert 1 <= len(tried) <= duty.SIDE_BY_SIDE
    assert all(each.trouble == "no connection: Connection refused" for each in tried)
    assert all(each.leased_until is None for each in away)


def test_a_worker_that_is_told_to_stop_sends_nothing_more(
    place: Installation, shop: Machine, subscriber: Subscriber
) -> None:
    a_hook(place, subscriber.url)
    claimed(shop, a_receipt_code(place))
    duty.hand_over(place, NEVER)
    stop = threading.Event()
    stop.set()
    duty.deliver(place, stop)
    assert subscriber.heard == []
    assert work(place) == 1


def test_private_addresses_are_refused_unless_they_are_allowed(
    place: Installation, installation: Installation, shop: Machine
) -> None:
    a_hook(place, "https://127.0.0.1:9/")
    claimed(shop, a_receipt_code(place))
    work(installation)
    (found,) = deliveries(place)
    assert found.trouble == "127.0.0.1 leads to 127.0.0.1, which is not a public address"


@pytest.mark.parametrize(
    "asked",
    [{"name": "Two Words"}, {"url": "shop.example"}, {"url": "http://shop.example/"}, {"name": "shop"}],
)
def test_a_subscriber_that_cannot_be_is_refused(place: Installation, asked: dict[str, str]) -> None:
    a_hook(place, "https://shop.example/")
    given: dict[str, Any] = {"name": "other", "url": "https://shop.example/", **asked}
    with place.db.writing() as tx, pytest.raises(BadInput):
        hooking.add_hook(
            tx,
            place.world.now(),
            topics=list(Topic),
            keyring=place.keyring,
            allows_http=False,
            by="tests",
            **given,
        )


def test_a_secret_is_its_subscribers_own(place: Installation) -> None:
    hooks = [a_hook(place, "https://shop.example/", name) for name in ("one", "two")]
    other = Keyring((CodeKey(1, bytes(32)),), 1)
    secrets = {
        hooking.secrets_of(hook, keyring, place.world.now())[0]
        for hook in hooks
        for keyring in (place.keyring, other)
    }
    assert len(secrets) == 4
    assert place.keyring.secret_for(Purpose.WEBHOOK) != place.keyring.secret_for(Purpose.HOLDER)


def test_how_many_wait_is_a_figure_of_this_machine(place: Installation, shop: Machine) -> None:
    a_hook(place, "https://127.0.0.1:9/")
    claimed(shop, a_receipt_code(place))
    duty.hand_over(place, NEVER)
    page = build_app(place).test_client().get("/metrics").text
    assert "omni_webhooks_waiting 1\n" in page
    assert "omni_webhooks_parked 0\n" in page
