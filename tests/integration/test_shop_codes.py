"""The shop's own codes: one a claim, exactly once, from a list that is read whole or not at all."""

from collections.abc import Sequence
from threading import Barrier, Thread

import pytest
from sqlmodel import select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import OutboxMessage
from omni.domain.policies import Connection
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Refused
from omni.domain.shop import ShopCode, ShopCodeState
from omni.present import shop_file
from omni.present.file_problems import FileProblems
from omni.services import deciding, shop_codes
from omni.services.claiming import Claimed
from omni.store import finders
from tests.support.codes import a_batch
from tests.support.connected import EDITION, bundle_left, connect, stocked, unlock

RACERS, CODES = 32, 20


def codes_low(place: Installation) -> Sequence[OutboxMessage]:
    with place.db.reading() as session:
        return session.exec(select(OutboxMessage).where(OutboxMessage.topic == "shop.codes-low")).all()


@pytest.fixture
def batch(installation: Installation) -> Batch:
    """Codes of an edition whose shop gave a list."""
    connect(installation, Connection.LIST)
    return a_batch(installation, count=200)


def test_of_many_at_once_each_winner_has_a_code_of_her_own(installation: Installation, batch: Batch) -> None:
    codes = {f"LIST-{index}" for index in range(CODES)}
    stocked(installation, batch, codes)
    together, outcomes = Barrier(RACERS), [None] * RACERS

    def run(racer: int) -> None:
        together.wait(timeout=60)
        outcomes[racer] = unlock(installation, batch, racer)

    racers = [Thread(target=run, args=(racer,)) for racer in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=60)
    given = [outcome.shop_code for outcome in outcomes if isinstance(outcome, Claimed)]
    refused = [outcome.reason for outcome in outcomes if isinstance(outcome, Refused)]
    assert set(given) == codes
    assert len(given) == CODES
    assert refused == [Reason.OUT_OF_STOCK] * (RACERS - CODES)
    with installation.db.reading() as session:
        rows = session.exec(select(ShopCode)).all()
        assert {row.state for row in rows} == {ShopCodeState.GIVEN}
        assert len({row.number for row in rows}) == CODES
        for racer, outcome in enumerate(outcomes):
            own = shop_codes.code_of(session, batch.first_number + racer)
            assert (own and own.code) == (outcome.shop_code if isinstance(outcome, Claimed) else None)


def test_a_code_is_given_once_however_often_she_asks(installation: Installation, batch: Batch) -> None:
    stocked(installation, batch, ["ONE", "TWO"])
    first, again = unlock(installation, batch), unlock(installation, batch)
    assert isinstance(first, Claimed)
    assert isinstance(again, Claimed)
    assert (again.shop_code, again.is_replay) == (first.shop_code, True)
    assert bundle_left(installation, batch) == 1


def test_a_test_never_takes_a_code(installation: Installation, batch: Batch) -> None:
    stocked(installation, batch, ["ONE"])
    tests = a_batch(installation, origin=Origin.TEST)
    made = unlock(installation, tests)
    assert isinstance(made, Claimed)
    assert made.shop_code is None
    assert bundle_left(installation, batch) == 1


def test_subscribers_hear_once_that_codes_run_low_and_again_after_a_new_list(
    installation: Installation, batch: Batch
) -> None:
    assert stocked(installation, batch, [f"A{index}" for index in range(20)]) == (20, 0)
    for index in range(17):
        unlock(installation, batch, index)
    assert codes_low(installation) == []
    for index in range(17, 20):
        unlock(installation, batch, index)
    (message,) = codes_low(installation)
    assert message.body["remaining"] == 2
    assert stocked(installation, batch, ["A1", "B1", "B1", "B2"]) == (2, 2)
    unlock(installation, batch, 20)
    assert len(codes_low(installation)) == 2


def test_readiness_names_the_rung_and_stops_without_codes(installation: Installation, batch: Batch) -> None:
    def told() -> list[tuple[str, bool, bool]]:
        with installation.db.reading() as session:
            edition = finders.edition_by_key(session, EDITION)
            now = installation.world.now()
            found = deciding.checks(session, now, edition=edition, rules=installation.rules, is_sandbox=False)
        return [(one.about, one.passed, one.blocks) for one in found if one.about.startswith("connected")]

    empty = told()
    assert ("connected-list", False, True) in empty
    stocked(installation, batch, ["ONE"])
    assert told().count(("connected-list", True, False)) == 1
    connect(installation, Connection.LIVE)
    assert told() == [("connected-live", True, False)]


def test_a_list_with_a_mistake_is_not_taken() -> None:
    lines = ["code\n", "GOOD-1\n", "no good\n", "GOOD-2\n", "x\n"]
    read = shop_file.read_codes(lines, file="codes.csv")
    assert next(read) == "GOOD-1"
    with pytest.raises(FileProblems) as refused:
        next(read)
    assert [problem.line for problem in refused.value.problems] == [3, 5]


def test_a_million_codes_are_read_one_after_the_other() -> None:
    lines = iter(["code\n", *(f"CODE-{index}\n" for index in range(3))])
    read = shop_file.read_codes(lines, file="codes.csv")
    assert next(read) == "CODE-0"
    assert next(lines) == "CODE-1\n", "a line was read before it was asked for"
