"""Scarce things: counted in slots, taken and given back, and the last of them has one winner."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, col, select

from omni.app import Installation
from omni.domain.counting import Counter
from omni.store import counters, finders
from omni.store.engine import Database

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


def take(db: Database, edition_id: int, number: int) -> bool | None:
    with db.writing() as tx:
        return counters.take(tx, edition_id, STOCK, number)


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


def test_eight_threads_take_the_last_units_and_exactly_as_many_win(db: Database, edition_id: int) -> None:
    grant(db, edition_id, 21)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda number: take(db, edition_id, number), range(64)))
    assert (taken.count(True), taken.count(False)) == (21, 43)
    with db.reading() as session:
        assert counters.remaining(session, edition_id, STOCK) == 0
        assert sum(granted for granted, _ in slots(session, edition_id)) == 21
