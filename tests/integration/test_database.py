"""The two ways to open a database, on both engines: what commits, what cannot write, and who waits."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from omni.domain.campaign import Campaign, Publication
from omni.domain.counting import RefusalCount, Seen
from omni.store import queue, schema
from omni.store.engine import Database, StoreBusy
from omni.store.loading import load_sums
from omni.store.rows import insert_if_absent
from omni.store.tables import METADATA
from tests.support.proofs import share_of

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/omni"

WRITER = """
import json, sys, time
from sqlalchemy import text
from omni.store.engine import Database
db, turns = Database(sys.argv[1]), []
sys.stdout.write("ready\\n"), sys.stdout.flush(), sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    with db.writing() as tx:
        raised = text("UPDATE publication SET revision = revision + 1 RETURNING revision")
        turns.append(tx.connection().execute(raised).scalar_one())
        time.sleep(0.002)
print(json.dumps(turns))
"""


@pytest.fixture
def seen(now: datetime) -> dict[str, object]:
    return {"bucket": 1, "number": 1, "first_seen_at": now}


def campaigns(session: Session) -> list[str]:
    return sorted(session.exec(select(Campaign.slug)))


def a_campaign(now: datetime, slug: str = "double-11") -> Campaign:
    return Campaign(slug=slug, names={}, created_at=now)


def write_and_fail(tx: Session, now: datetime) -> None:
    tx.add(a_campaign(now))
    tx.flush()
    raise LookupError


def test_a_session_knows_every_table_whatever_else_was_imported() -> None:
    alone = "import omni.store.engine, omni.domain.record as r; print(len(r.Record.metadata.sorted_tables))"
    told = subprocess.run([sys.executable, "-c", alone], capture_output=True, text=True)
    assert told.stdout == f"{len(METADATA.sorted_tables)}\n", told.stderr


def test_a_write_is_there_when_its_block_has_ended(database: Database, now: datetime) -> None:
    with database.writing() as tx:
        tx.add(a_campaign(now))
    with database.reading() as session:
        assert campaigns(session) == ["double-11"]
        assert session.exec(select(Campaign.created_at)).one() == now


def test_a_block_that_raises_wrote_nothing(database: Database, now: datetime) -> None:
    with pytest.raises(LookupError), database.writing() as tx:
        write_and_fail(tx, now)
    with database.reading() as session:
        assert campaigns(session) == []


def test_whoever_reads_can_write_nothing(database: Database, now: datetime) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        insert_if_absent(session, Campaign, slug="double-11", names={}, created_at=now)
    with database.reading() as session:
        assert campaigns(session) == []


def test_a_connection_that_was_read_with_writes_again(database: Database, now: datetime) -> None:
    for turn in range(3):
        with database.reading() as session:
            campaigns(session)
        with database.writing() as tx:
            tx.add(a_campaign(now, f"c-{turn}"))
    with database.reading() as session:
        assert len(campaigns(session)) == 3


def test_whoever_reads_sees_one_instant(database: Database, now: datetime) -> None:
    with database.reading() as session:
        assert campaigns(session) == []
        with database.writing() as tx:
            tx.add(a_campaign(now))
        assert campaigns(session) == []


def test_a_broken_statement_is_a_bug_and_not_a_busy_store(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        session.connection().execute(text("SELECT * FROM no_such_table"))


@pytest.mark.proof
def test_many_threads_write_one_after_the_other_and_lose_nothing(database: Database) -> None:
    def raise_it(_: int) -> None:
        with database.writing() as tx:
            row = tx.exec(select(Publication).with_for_update()).one()
            row.revision += 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(raise_it, range(share_of(400))))
    with database.reading() as session:
        assert session.exec(select(Publication.revision)).one() == share_of(400)


def test_an_insert_says_whether_it_was_the_first(database: Database, seen: dict[str, object]) -> None:
    with database.writing() as tx:
        assert insert_if_absent(tx, Seen, **seen)
        assert not insert_if_absent(tx, Seen, **seen)


def test_adding_creates_what_is_not_there_and_raises_what_is(database: Database) -> None:
    key = {"bucket": 1, "number": 1, "reason": "paused", "quarter": 7}
    other = {**key, "quarter": 8}
    with database.writing() as tx:
        load_sums(tx, RefusalCount, [{**key, "n": 2}], sums=["n"])
        load_sums(tx, RefusalCount, [{**key, "n": 3}, {**other, "n": 1}], sums=["n"])
        load_sums(tx, RefusalCount, [], sums=["n"])
    with database.reading() as session:
        assert sorted((row.quarter, row.n) for row in session.exec(select(RefusalCount))) == [(7, 5), (8, 1)]


def test_a_migrated_database_is_current_and_an_empty_one_is_not(engine_url: str) -> None:
    database = Database(engine_url)
    assert not schema.is_current(database)
    schema.upgrade(database)
    assert schema.is_current(database)
    database.close()


@pytest.fixture
def away() -> Iterator[Database]:
    database = Database(NOWHERE)
    yield database
    database.close()


def test_a_server_that_is_away_is_a_busy_store_whatever_is_asked(away: Database) -> None:
    with pytest.raises(StoreBusy), away.reading() as session:
        campaigns(session)
    with pytest.raises(StoreBusy), away.writing() as tx:
        campaigns(tx)
    with pytest.raises(StoreBusy):
        schema.is_current(away)
    with pytest.raises(StoreBusy):
        schema.upgrade(away)
    assert not away.is_reachable()


def test_a_folder_that_is_not_there_is_a_busy_store(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/omni.db")
    with pytest.raises(StoreBusy), database.reading() as session:
        campaigns(session)
    database.close()


def test_a_writer_who_waited_too_long_is_told_so(
    migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omni.store.engine.LOCK_WAIT_SECONDS", 0.05)
    path = tmp_path / "omni.db"
    path.write_bytes(migrated_file.read_bytes())
    one, other = Database(f"sqlite:///{path}"), Database(f"sqlite:///{path}")
    with one.writing() as tx:
        campaigns(tx)
        with pytest.raises(StoreBusy, match="other writers"), other.writing():
            pass
    with other.writing() as tx:
        assert campaigns(tx) == []
    one.close()
    other.close()


@pytest.mark.proof
def test_writer_processes_queue_and_none_is_left_behind(migrated_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "omni.db"
    path.write_bytes(migrated_file.read_bytes())
    turns = share_of(1000)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, f"sqlite:///{path}", str(turns)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    told = [json.loads(writer.communicate(timeout=120)[0]) for writer in writers]
    assert sorted(turn for writer in told for turn in writer) == list(range(1, 4 * turns + 1))
    # Of four that queue each comes about every fourth turn; with one lock alone, somebody waits for hundreds.
    longest = max(after - before for writer in told for before, after in pairwise(writer))
    assert longest < turns / 2, longest


def test_a_turn_is_given_back_when_its_block_raises(tmp_path: Path) -> None:
    line = queue.WriterQueue(tmp_path / "writers")
    with pytest.raises(LookupError), line.turn(1):
        raise LookupError
    with line.turn(0.05):
        pass
