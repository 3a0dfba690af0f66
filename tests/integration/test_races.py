"""Many at once on the last use of a voucher: one wins, the others are told so, and the facts agree."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.policies import CapsPart
from omni.domain.refusal import BadInput, Refused
from omni.domain.rulebook import Caller
from omni.domain.window import day_after
from omni.services.claiming import Claimed, Screen, claim
from omni.services.reconciling import discrepancies
from omni.services.redeeming import Order, Redeemed, redeem, spend
from omni.store import finders
from omni.store.standing import standing
from tests.support import journeys
from tests.support.codes import a_batch, code_of
from tests.support.crowds import Client
from tests.support.crowds import redeem as redeeming
from tests.support.histories import Call, History, Verb, faults, read
from tests.support.limits import BUNDLE, in_france
from tests.support.machines import a_key
from tests.support.proofs import share_of
from tests.support.serving import served

pytestmark = pytest.mark.proof

RACERS = 64
TEAM = 4
VOUCHERS = share_of(1_000)
FOR_ALL = share_of(20)
TRIALS = share_of(50)
CODES = 8
CLEAN = ["Redeemed", "exhausted", "exhausted", "exhausted"]


def unlocked(place: Installation, count: int) -> Batch:
    """A batch whose codes are all unlocked."""
    batch = a_batch(place, count=count)
    for index in range(count):
        assert isinstance(journeys.unlock(place, batch, batch.first_number + index), Claimed)
    return batch


def test_of_sixty_four_at_once_exactly_one_wins_each_voucher_and_pressing_twice_changes_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    """Four at a time on each of many vouchers, then all on each of a few; each order comes twice at once."""
    many, few = unlocked(installation, VOUCHERS), unlocked(installation, FOR_ALL)
    with closing(History(tmp_path / "history.jsonl")) as history, served(installation, threads=8) as server:
        keys = [a_key(installation) for _ in range(RACERS // 2)]
        race(server.port, keys, history, codes_of(installation, many), team=TEAM)
        race(server.port, keys, history, codes_of(installation, few), team=RACERS)
    calls = read(history.path)
    assert not list(map(str, faults(calls)))
    for batch, team in ((many, TEAM), (few, RACERS)):
        for code in codes_of(installation, batch):
            told = Counter(call.status for call in calls if call.code == code and call.verb is Verb.REDEEM)
            assert told == {201: 1, 200: 1, 409: team - 2}
        assert_facts_agree(installation, batch)


def codes_of(place: Installation, batch: Batch) -> list[str]:
    """The codes of a batch; the API takes them for their vouchers."""
    return [code_of(place, batch, index) for index in range(batch.size)]


def race(port: int, keys: Sequence[str], history: History, codes: Sequence[str], *, team: int) -> None:
    """Teams side by side, each on codes of its own, one code after the other from one barrier.

    Two racers beside each other are one shop: they share its API key, order and request key.
    """
    for code in codes:
        now = time.monotonic()
        history.add(Call("web", Verb.CLAIM, code, now, now, key=code, status=201))
    teams = RACERS // team
    together = [Barrier(team) for _ in range(teams)]

    def run(racer: int) -> None:
        shop, own = racer // 2, racer // team
        client = Client(f"shop-{shop}", port, keys[shop], history)
        for code in codes[own::teams]:
            together[own].wait(timeout=120)
            client.ask_once(redeeming(code, f"order-{shop}", f"key-{shop}"))
        client.close()

    in_threads(run, RACERS)


def in_threads(run: Callable[[int], None], count: int) -> None:
    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def assert_facts_agree(place: Installation, batch: Batch) -> None:
    """Every code was spent once and wholly, and its balance says so."""
    with place.db.reading() as session:
        for number in numbers_of(batch):
            assert len(finders.redemptions_of(session, number)) == 1
            lines = finders.redemption_lines_of(session, number, 1)
            spent = {line.line: line.quantity for line in lines}
            for balance in finders.entitlements_of(session, number):
                assert balance.used == balance.granted == spent[balance.line]
            state = finders.state_of(session, number)
            assert state is not None
            assert (state.redemptions, state.phase.value) == (1, "redeemed")


def at_once(*attempts: Callable[[], object]) -> list[str]:
    """What everybody ends with who starts from one barrier: an outcome, or the database's own error."""
    together, ended = Barrier(len(attempts)), []

    def run(racer: int) -> None:
        together.wait(timeout=30)
        try:
            outcome = attempts[racer]()
        except BadInput as wrong:
            ended.append(wrong.reason.value)
        except SQLAlchemyError as clash:
            ended.append(type(clash).__name__)
        else:
            ended.append(outcome.reason.value if isinstance(outcome, Refused) else type(outcome).__name__)

    in_threads(run, len(attempts))
    return sorted(ended)


def numbers_of(batch: Batch) -> range:
    return range(batch.first_number, batch.first_number + batch.size)


def balanced(place: Installation) -> bool:
    """Whether cube, balances and counters say what the facts say."""
    with place.db.reading() as session:
        return not list(discrepancies(session))


def test_at_the_last_instant_the_early_unlock_and_the_late_are_told(installation: Installation) -> None:
    batch = a_batch(installation, count=TRIALS)
    with installation.db.reading() as session:
        last_on = finders.edition_of(session, batch.edition_id).last_unlock_on
    end = day_after(last_on, "Europe/Paris")
    for number in numbers_of(batch):

        def attempt(key: str, now: datetime, number: int = number) -> Claimed | Refused:
            with installation.db.writing() as tx:
                caller, screen = Caller("web", key, "body"), Screen("fr_FR")
                return claim(tx, now, batch=batch, number=number, caller=caller, screen=screen)

        early, late = end - timedelta(microseconds=1), end
        ended = at_once(*(partial(attempt, f"{n}", now) for n, now in enumerate((early, late, late, early))))
        assert ended == ["Claimed", "already-claimed", "ended", "ended"]
    assert balanced(installation)


def test_at_the_last_instant_the_early_spend_and_the_late_are_told(installation: Installation) -> None:
    batch = unlocked(installation, TRIALS)
    for number in numbers_of(batch):
        with installation.db.reading() as session:
            made = finders.claim_of(session, number)
        assert made is not None
        early, late = made.expires_at - timedelta(microseconds=1), made.expires_at
        ended = at_once(
            *(
                partial(spent, installation, batch, number, f"{n}", now)
                for n, now in enumerate((late, early, early, late))
            )
        )
        assert ended == ["Redeemed", "exhausted", "expired", "expired"]
    assert balanced(installation)


def spent(place: Installation, batch: Batch, number: int, key: str, now: datetime) -> Redeemed | Refused:
    """An order of its own spends all that is left of a code."""
    with place.db.writing() as tx:
        caller, order = Caller("shop", key, key), Order(f"order-{key}", 60_000, "EUR")
        return redeem(tx, now, batch=batch, number=number, caller=caller, order=order)


def test_what_comes_back_is_spent_by_one_of_those_who_wait_for_it(installation: Installation) -> None:
    batch, now = unlocked(installation, TRIALS), installation.world.now()
    for number in numbers_of(batch):
        assert isinstance(spent(installation, batch, number, "first", now), Redeemed)
        ended = at_once(
            partial(journeys.take_back, installation, batch, number, key="one"),
            partial(journeys.take_back, installation, batch, number, key="two"),
            partial(spent, installation, batch, number, "three", now),
            partial(spent, installation, batch, number, "four", now),
        )
        assert ended in (
            ["Redeemed", "Reversed", "exhausted", "invalid-input"],
            ["Reversed", "exhausted", "exhausted", "invalid-input"],
        )
    assert balanced(installation)


def test_the_last_use_under_a_cap_has_one_winner_among_many_codes(installation: Installation) -> None:
    now = installation.world.now()
    for most in (1, 2):
        in_france(installation, caps=CapsPart(uses=most))
        batch = unlocked(installation, CODES)
        ended = at_once(*(partial(spent, installation, batch, n, "k", now) for n in numbers_of(batch)))
        assert Counter(ended) == {"Redeemed": 1, "cap-reached": CODES - 1}
    assert balanced(installation)


def test_the_last_units_of_stock_have_as_many_winners_among_many_codes(installation: Installation) -> None:
    in_france(installation, stock={BUNDLE: 3})
    batch = a_batch(installation, count=CODES)
    ended = at_once(*(partial(journeys.unlock, installation, batch, n) for n in numbers_of(batch)))
    assert Counter(ended) == {"Claimed": 3, "out-of-stock": CODES - 3}
    assert balanced(installation)


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


def test_with_the_lock_every_race_ends_cleanly(installation: Installation) -> None:
    batch, now = unlocked(installation, TRIALS), installation.world.now()
    for number in numbers_of(batch):
        assert at_once(*(partial(spent, installation, batch, number, key, now) for key in "abcd")) == CLEAN


def test_without_the_lock_the_race_is_lost(installation: Installation) -> None:
    """The control: the same spending, each racer having read the code's state before any of them writes.

    On SQLite the late ones fail because the database changed under them, on PostgreSQL because two
    redemptions want the same place in the ledger. Constraints alone keep the ledger right, and leave the
    shopper with an error; that she is told `exhausted` is the lock's doing.
    """
    batch, now = unlocked(installation, TRIALS), installation.world.now()
    engine = without_queue(installation)
    ended = []
    for number in numbers_of(batch):
        all_have_read = Barrier(len(CLEAN))

        def attempt(key: str, number: int = number, all_have_read: Barrier = all_have_read) -> object:
            with Session(engine) as tx, tx.begin():
                caller, order = Caller("shop", key, key), Order(f"order-{key}", 60_000, "EUR")
                there = standing(tx, batch, number, caller)
                assert there is not None
                all_have_read.wait(timeout=30)
                return spend(tx, now, there=there, caller=caller, order=order)

        ended.append(at_once(*(partial(attempt, key) for key in "abcd")))
    engine.dispose()
    assert any(said != CLEAN for said in ended), ended
