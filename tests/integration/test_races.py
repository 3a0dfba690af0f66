"""Sixteen at once on the last use of a voucher: one wins, the others are told so, and the facts agree."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.refusal import Refused
from omni.domain.rulebook import Caller
from omni.services.claiming import Claimed, Screen, claim
from omni.services.redeeming import Order, Redeemed, redeem, spend
from omni.store import finders
from tests.support.codes import a_batch, code_of, voucher_of
from tests.support.machines import a_key
from tests.support.proofs import share_of
from tests.support.serving import served

RACERS = 16
VOUCHERS = share_of(600)
TRIALS = 10
ORDER = {"order_total_minor": 60_000, "currency": "EUR"}


@dataclass(frozen=True)
class Answer:
    """What one racer was told."""

    status: int
    is_replay: bool
    body: dict[str, Any]


def unlocked(place: Installation, count: int) -> tuple[Batch, list[str]]:
    """A batch whose codes are all unlocked, and their vouchers."""
    batch = a_batch(place, count=count)
    for index in range(count):
        with place.db.writing() as tx:
            caller = Caller("web", str(index), "body")
            number = batch.first_number + index
            screen = Screen("fr_FR")
            made = claim(tx, place.world.now(), batch=batch, number=number, caller=caller, screen=screen)
            assert isinstance(made, Claimed)
    return batch, [voucher_of(place, code_of(place, batch, index)) for index in range(count)]


def race(
    port: int, keys: list[str], vouchers: list[str], order: Callable[[int], tuple[str, str]]
) -> list[list[Answer]]:
    """All racers on each voucher in turn, from one barrier; `order` gives reference and request key.

    Racers take the API keys in turn: one key alone would be told to slow down before the end.
    """
    together = Barrier(RACERS)
    answers: list[list[Answer]] = [[] for _ in vouchers]

    def run(racer: int) -> None:
        line = HTTPConnection("127.0.0.1", port, timeout=60)
        for index, voucher in enumerate(vouchers):
            order_ref, request_key = order(racer)
            body = {"voucher": voucher, "order_ref": order_ref, **ORDER}
            headers = {
                "Authorization": f"Bearer {keys[racer % len(keys)]}",
                "Content-Type": "application/json",
                "Idempotency-Key": request_key,
            }
            together.wait(timeout=120)
            line.request("POST", "/api/v1/redemptions", json.dumps(body), headers)
            told = line.getresponse()
            is_replay = told.headers.get("Idempotency-Replayed") == "true"
            answers[index].append(Answer(told.status, is_replay, json.loads(told.read())))
        line.close()

    in_threads(run, RACERS)
    return answers


def in_threads(run: Callable[[int], None], count: int) -> None:
    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def assert_facts_agree(place: Installation, batch: Batch) -> None:
    """Every code was spent once and wholly, and its balance says so."""
    with place.db.reading() as session:
        for number in range(batch.first_number, batch.first_number + batch.size):
            assert len(finders.redemptions_of(session, number)) == 1
            lines = finders.redemption_lines_of(session, number, 1)
            spent = {line.line: line.quantity for line in lines}
            for balance in finders.entitlements_of(session, number):
                assert balance.used == balance.granted == spent[balance.line]
            state = finders.state_of(session, number)
            assert state is not None
            assert (state.redemptions, state.phase.value) == (1, "redeemed")


@pytest.mark.proof
def test_of_sixteen_at_once_on_each_voucher_exactly_one_wins(installation: Installation) -> None:
    batch, vouchers = unlocked(installation, VOUCHERS)
    with served(installation) as port:
        keys = [a_key(installation) for _ in range(RACERS)]
        answers = race(port, keys, vouchers, lambda racer: (f"order-{racer}", f"key-{racer}"))
    for told in answers:
        assert Counter(answer.status for answer in told) == {201: 1, 409: RACERS - 1}
        assert {answer.body["code"] for answer in told if answer.status == 409} == {"exhausted"}
    assert_facts_agree(installation, batch)


def test_sixteen_at_once_with_one_key_are_one_redemption(installation: Installation) -> None:
    batch, vouchers = unlocked(installation, 20)
    with served(installation) as port:
        answers = race(port, [a_key(installation)], vouchers, lambda _: ("order", "key"))
    for told in answers:
        statuses = Counter((answer.status, answer.is_replay) for answer in told)
        assert statuses == {(201, False): 1, (200, True): RACERS - 1}
        assert all(answer.body == told[0].body for answer in told)
    assert_facts_agree(installation, batch)


def without_queue(place: Installation) -> Engine:
    """The same database without what keeps writers in line: on SQLite a transaction begins as a reader."""
    engine = create_engine(place.settings.database_url)
    if place.db.is_sqlite:

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None

        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN DEFERRED")

    return engine


def four_at_once(attempt: Callable[[Barrier, Caller, Order], Redeemed | Refused]) -> list[str]:
    """What four racers for one voucher end with: an outcome, or the database's own error."""
    together, ended = Barrier(4), []

    def run(racer: int) -> None:
        caller, order = Caller("shop", f"{racer}", f"{racer}"), Order(f"order-{racer}", 60_000, "EUR")
        try:
            outcome = attempt(together, caller, order)
        except SQLAlchemyError as clash:
            ended.append(type(clash).__name__)
        else:
            ended.append("redeemed" if isinstance(outcome, Redeemed) else outcome.reason.value)

    in_threads(run, 4)
    return sorted(ended)


CLEAN = ["exhausted"] * 3 + ["redeemed"]


def test_with_the_lock_every_race_ends_cleanly(installation: Installation) -> None:
    batch, _ = unlocked(installation, TRIALS)
    for number in range(batch.first_number, batch.first_number + batch.size):

        def attempt(
            together: Barrier, caller: Caller, order: Order, number: int = number
        ) -> Redeemed | Refused:
            together.wait(timeout=30)
            with installation.db.writing() as tx:
                return redeem(
                    tx, installation.world.now(), batch=batch, number=number, caller=caller, order=order
                )

        assert four_at_once(attempt) == CLEAN


def test_without_the_lock_the_race_is_lost(installation: Installation) -> None:
    """The control: the same spending, each racer having read the code's state before any of them writes.

    On SQLite the late ones fail because the database changed under them, on PostgreSQL because two
    redemptions want the same place in the ledger. Constraints alone keep the ledger right, and leave the
    shopper with an error; that she is told `exhausted` is the lock's doing.
    """
    batch, _ = unlocked(installation, TRIALS)
    engine = without_queue(installation)
    ended = []
    for number in range(batch.first_number, batch.first_number + batch.size):

        def attempt(
            together: Barrier, caller: Caller, order: Order, number: int = number
        ) -> Redeemed | Refused:
            now = installation.world.now()
            with Session(engine) as tx, tx.begin():
                state = finders.state_of(tx, number)
                assert state is not None
                together.wait(timeout=30)
                return spend(tx, now, state=state, batch=batch, caller=caller, order=order)

        ended.append(four_at_once(attempt))
    engine.dispose()
    assert any(said != CLEAN for said in ended), ended
