"""Scarce things: counted in slots, taken and given back, and the last of them has one winner."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, col, select

from omni.app import Installation
from omni.domain.counting import Counter
from omni.store import counters, finders
from omni.store.engine import Database
from tests.support.proofs import share_of

STOCK = "stock:last-ones"


@pytest.fixture
def edition_id(installation: Installation) -> int:
    with installation.db.reading() as session:
        return finders.edition_by_key(session, "double-11/fr").id or 0


@pytest.fixture
def db(installation: Installation) -> Database:
    return installation.db


def slots(session: Session, edition_id: int) -> list[tuple[int, int]]:
    rows = session.exec(
        select(Counter)
        .where(Counter.edition_id == edition_id, Counter.what == STOCK)
        .order_by(col(Counter.slot))
    )
    return [(row.granted, row.remaining) for row in rows]


def grant(db: Database, edition_id: int, amount: int) -> None:
    with db.writing() as tx:
        counters.grant(tx, edition_id, STOCK, amount)


def take(db: Database, edition_id: int, number: int, amount: int = 1) -> bool | None:
    with db.writing() as tx:
        return counters.take(tx, edition_id, STOCK, number, amount)


def test_an_amount_is_spread_over_the_slots(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 19)
    with db.reading() as session:
        assert [granted for granted, _ in slots(session, edition_id)] == [3, 3, 3, 2, 2, 2, 2, 2]
        assert counters.remaining(session, edition_id, STOCK) == 19


def test_what_is_not_counted_is_neither_taken_nor_gone(db: Database, edition_id: int) -> None:
    assert take(db, edition_id, 7) is None
    with db.reading() as session:
        assert counters.remaining(session, edition_id, STOCK) is None


def test_one_code_after_the_other_empties_every_slot_by_borrowing(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 11)
    # All of these numbers belong to slot 0, which was granted two.
    taken = [take(db, edition_id, number * counters.SLOTS) for number in range(13)]
    assert taken == [True] * 11 + [False] * 2
    with db.reading() as session:
        assert sum(granted for granted, _ in slots(session, edition_id)) == 11
        assert all(remaining == 0 for _, remaining in slots(session, edition_id))


def test_nothing_granted_is_out_at_once(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 0)
    assert take(db, edition_id, 1) is False


def test_what_is_given_back_can_be_taken_again(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 1)
    with db.writing() as tx:
        assert counters.take(tx, edition_id, STOCK, 5)
        counters.give_back(tx, edition_id, STOCK, 5)
    assert take(db, edition_id, 6) is True
    assert take(db, edition_id, 6) is False


def test_an_amount_larger_than_a_slot_is_gathered_from_several(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 80)
    assert take(db, edition_id, 3, 75) is True
    assert take(db, edition_id, 3, 6) is False
    assert take(db, edition_id, 4, 5) is True
    with db.reading() as session:
        there = slots(session, edition_id)
        assert [granted - remaining for granted, remaining in there] == [0, 0, 0, 75, 5, 0, 0, 0]
        assert sum(granted for granted, _ in there) == 80


def test_what_is_gone_for_good_is_refused_without_waiting_for_a_slot(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 3)
    assert take(db, edition_id, 0, 3)
    with db.writing() as tx:
        level = counters.levels(tx, edition_id, [STOCK], 1)[STOCK]
        assert level == (0, 0, 3)
        statements: list[str] = []
        event.listen(tx.get_bind(), "before_cursor_execute", lambda *said: statements.append(said[2]))
        assert not counters.take_of(tx, edition_id, STOCK, 1, 1, level=level)
        assert statements == []


def test_more_than_was_taken_never_comes_back(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 16)
    assert take(db, edition_id, 5, 2)
    with db.writing() as tx:
        assert counters.give_back(tx, edition_id, STOCK, 5, 9) == 2
        assert counters.give_back(tx, edition_id, "stock:never-counted", 5, 9) == 0
    with db.reading() as session:
        assert counters.remaining(session, edition_id, STOCK) == 16


steps = st.one_of(
    st.tuples(st.just("take"), st.integers(0, 15), st.integers(1, 40)),
    st.tuples(st.just("give back"), st.integers(0, 15), st.integers(1, 20)),
    st.tuples(st.just("resize"), st.just(0), st.integers(0, 90)),
)


class Undo(Exception):
    """Leave the database as it was before the example."""


@pytest.mark.proof
@settings(max_examples=share_of(250), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=st.integers(0, 60), asked=st.lists(steps, max_size=12))
def test_slots_count_like_one_number(
    db: Database, edition_id: int, amount: int, asked: list[tuple[str, int, int]]
) -> None:
    size, taken = amount, dict.fromkeys(range(counters.SLOTS), 0)
    with suppress(Undo), db.writing() as tx:
        counters.grant(tx, edition_id, STOCK, amount)
        for step, number, units in asked:
            slot, gone = number % counters.SLOTS, sum(taken.values())
            if step == "take":
                is_there = size - gone >= units
                assert counters.take(tx, edition_id, STOCK, number, units) is is_there
                taken[slot] += units if is_there else 0
            elif step == "give back":
                back = min(units, taken[slot])
                assert counters.give_back(tx, edition_id, STOCK, number, units) == back
                taken[slot] -= back
            else:
                counters.resize(tx, edition_id, STOCK, units)
                size = max(units, gone)
            there = slots(tx, edition_id)
            assert [granted - remaining for granted, remaining in there] == list(taken.values())
            assert sum(granted for granted, _ in there) == size
        raise Undo


@pytest.mark.parametrize("amounts", [(1,), (5, 4, 3), (7, 2)], ids=["units", "some", "money"])
def test_threads_that_race_for_the_last_never_take_more_and_leave_too_little_for_any(
    db: Database, edition_id: int, amounts: tuple[int, ...]
) -> None:
    grant(db, edition_id, 7)
    wanted = [amounts[racer % len(amounts)] for racer in range(16)]
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda racer: take(db, edition_id, racer, wanted[racer]), range(16)))
    taken = sum(amount for amount, is_hers in zip(wanted, won, strict=True) if is_hers)
    lost = [amount for amount, is_hers in zip(wanted, won, strict=True) if not is_hers]
    with db.reading() as session:
        assert counters.remaining(session, edition_id, STOCK) == 7 - taken >= 0
    assert all(amount > 7 - taken for amount in lost)


def test_eight_threads_take_the_last_units_and_exactly_as_many_win(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 21)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda number: take(db, edition_id, number), range(64)))
    assert (taken.count(True), taken.count(False)) == (21, 43)
    with db.reading() as session:
        assert counters.remaining(session, edition_id, STOCK) == 0
        assert sum(granted for granted, _ in slots(session, edition_id)) == 21
