"""Statements sent in one go: the same rows, the same failures, and nothing half written."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from omni.app import Installation
from omni.domain.batch import CodePhase, CodeState
from omni.domain.counting import OutboxMessage
from omni.domain.record import bucket_of
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import Caller
from omni.services.claiming import Screen, claim
from omni.services.redeeming import Redeemed
from omni.store import engine, finders
from omni.store.engine import StoreBusy
from omni.store.plain import plain
from omni.store.ready import ready, send
from omni.store.rows import table_of
from omni.store.standing import locked_standing, standing
from omni.store.writes import Writes
from tests.support.codes import a_batch
from tests.support.journeys import spend, unlock
from tests.support.locks import until_someone_waits

CALLER = Caller("shop", "k", "b")
_CHANGE = (
    update(CodeState)
    .where(col(CodeState.number) == bindparam("of_number"))
    .values(redemptions=bindparam("n"))
)
_NOW = select(func.now())


def a_message(number: int, place: Installation) -> dict[str, object]:
    """A row of the outbox that nobody else writes."""
    return {
        "bucket": bucket_of(number),
        "id": f"code.refused:{number}",
        "topic": "code.refused",
        "at": place.world.now(),
        "cells": [{"n": 1}],
        "body": {"of": "a test"},
        "turn": None,
    }


def count(session: Session) -> int:
    """How many messages there are."""
    return session.exec(select(func.count()).select_from(OutboxMessage)).one()


def test_what_is_gathered_is_written_and_read_back_as_it_was(installation: Installation) -> None:
    rows = [a_message(number, installation) for number in (7, 8)]
    with installation.db.writing() as tx:
        writes = Writes()
        writes.insert(OutboxMessage, rows)
        writes.insert(OutboxMessage, [])
        writes.send(tx)
    with installation.db.reading() as session:
        found = session.exec(select(OutboxMessage).where(OutboxMessage.topic == "code.refused")).all()
        wanted = [OutboxMessage(**row) for row in rows]
        assert sorted(found, key=lambda each: each.id) == wanted


def write(place: Installation, writes: Writes) -> None:
    """Send them in a transaction of their own."""
    with place.db.writing() as tx:
        writes.send(tx)


def test_what_the_database_refuses_is_raised_as_ever_and_leaves_nothing(installation: Installation) -> None:
    with installation.db.reading() as session:
        before = count(session)
    writes = Writes()
    writes.insert(OutboxMessage, [a_message(7, installation)])
    writes.insert(OutboxMessage, [a_message(8, installation), a_message(8, installation)])
    with pytest.raises(IntegrityError):
        write(installation, writes)
    with installation.db.reading() as session:
        assert count(session) == before


def test_a_change_that_meets_other_rows_than_it_had_to_undoes_everything(installation: Installation) -> None:
    with installation.db.reading() as session:
        before = count(session)
    writes = Writes()
    writes.insert(OutboxMessage, [a_message(7, installation)])
    writes.change(_CHANGE, {"of_number": -1, "n": 5})
    with pytest.raises(RuntimeError, match="0 rows instead of 1"):
        write(installation, writes)
    with installation.db.reading() as session:
        assert count(session) == before


def backends(place: Installation) -> list[int]:
    """The server's processes for our connections, but for the one that asks."""
    others = text(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with place.db.reading() as session:
        return list(session.connection().execute(others).scalars())


def end(place: Installation, pids: list[int]) -> None:
    """Have the server end these connections."""
    with place.db.reading() as session:
        for pid in pids:
            session.connection().execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def ask_and_break(place: Installation) -> None:
    """A transaction whose connection ends before its last statements are sent."""
    with place.db.writing() as tx:
        send(tx, (ready(tx, _NOW, []), [{}]))
        end(place, backends(place))
        send(tx, (ready(tx, _NOW, []), [{}]))


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_connection_that_breaks_is_the_database_being_away(installation: Installation) -> None:
    with pytest.raises(StoreBusy):
        ask_and_break(installation)
    with installation.db.writing() as tx:
        assert send(tx, (ready(tx, _NOW, []), [{}]))[0].fetchone() is not None


def ask_twice_at_once(place: Installation) -> None:
    """Two transactions side by side, so two connections."""
    with place.db.writing() as one, place.db.writing() as other:
        assert one.connection().execute(_NOW).scalar_one()
        assert other.connection().execute(_NOW).scalar_one()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_connection_that_broke_while_it_lay_idle_is_never_noticed(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "TRUSTED_SECONDS", 0.0)
    ask_twice_at_once(installation)
    [idle] = backends(installation)
    end(installation, [idle])
    ask_twice_at_once(installation)


def test_where_a_code_stands_is_what_its_rows_say(installation: Installation) -> None:
    batch = a_batch(installation, count=2)
    number = batch.first_number
    assert unlock(installation, batch, number)
    assert spend(installation, batch, number)
    with installation.db.writing() as tx:
        there = locked_standing(tx, batch, number, CALLER)
        assert there is not None
        assert there == standing(tx, batch, number, CALLER)
        assert standing(tx, batch, number + 1, CALLER) is None
        assert there.state == finders.state_of(tx, number)
        assert there.state.phase is CodePhase.REDEEMED
        assert there.made == finders.claim_of(tx, number)
        assert there.balances == finders.entitlements_of(tx, number)
        assert there.placement == finders.placement_of(tx, batch.placement_id)
        assert there.code == finders.in_life(tx, batch, number, there.state)
        assert there.content == finders.published(tx, there.code.edition, there.made.revision)
        assert there.answered == finders.first_answer(tx, number, CALLER.client, CALLER.key)
        assert there.answered is not None
        assert there.receipt is None


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_what_is_unlocked_between_the_lock_and_the_look_is_not_spent_without_a_lock(
    installation: Installation,
) -> None:
    """The shop finds no row to lock, then waits for a table; meanwhile the shopper unlocks and commits."""
    batch, now = a_batch(installation, count=1), installation.world.now()
    number = batch.first_number
    with ThreadPoolExecutor() as pool:
        with installation.db.writing() as tx:
            tx.connection().execute(text("LOCK TABLE first_answer IN ACCESS EXCLUSIVE MODE"))
            early = pool.submit(spend, installation, batch, number)
            until_someone_waits(installation.db)
            caller, screen = Caller("web", "k", "body"), Screen("fr_FR")
            assert claim(tx, now, batch=batch, number=number, caller=caller, screen=screen)
        assert early.result(timeout=30) == Refused(Reason.NOT_UNLOCKED)
    assert isinstance(spend(installation, batch, number), Redeemed)


def test_a_plain_row_has_every_column(installation: Installation) -> None:
    now = installation.world.now() + timedelta(seconds=1)
    values = {column.key: None for column in table_of(CodeState).columns} | {"number": 3, "changed_at": now}
    row = plain(CodeState, values)
    assert (row.number, row.changed_at, row.held_until) == (3, now, None)
    assert row.model_dump() == values
