"""Folding: every scan and every fact reaches the cube once, whoever folds and whoever is killed meanwhile."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlmodel import SQLModel, col, func, select

from omni.app import Composer, Installation
from omni.cli.working import work
from omni.domain.counting import (
    Cell,
    CellLevel,
    OrphanScan,
    OutboxMessage,
    Scan,
    Seen,
    SpoolDamage,
    SpoolFile,
)
from omni.domain.cube import Kind
from omni.domain.record import Origin
from omni.domain.visit import VisitKind
from omni.services import folding
from omni.services.reconciling import reconcile
from omni.store.engine import StoreBusy
from omni.store.frames import frame
from omni.store.spool import SpoolWriter
from omni.store.spool_files import Reading, spool_files
from omni.world import World
from tests.support.codes import a_batch
from tests.support.installations import KEYRING, Clock, an_installation
from tests.support.journeys import a_scan, an_orphan, fold, scan, unlock

WORKER = """
from omni.app import Composer
from omni.cli.working import work
from omni.services import folding, leasing

folding.PIECE_BYTES = 1
leasing.LASTS_SECONDS = 1
composer = Composer()
work(composer, composer.settings(), once=False)
"""


def counted(place: Installation, level: CellLevel = CellLevel.DAY) -> dict[str, int]:
    with place.db.reading() as session:
        sums = select(Cell.kind, func.sum(Cell.n)).where(Cell.level == level).group_by(Cell.kind)
        return {kind: int(n) for kind, n in session.exec(sums)}


def rows(place: Installation, kind: type[SQLModel]) -> list[SQLModel]:
    with place.db.reading() as session:
        return list(session.exec(select(kind)).all())


def pieces(place: Installation) -> list[folding.Piece]:
    with place.db.reading() as session:
        files = folding.progress(session, place.settings.data_dir / "spool")
    return [piece for spool, to in files if (piece := folding.next_piece(spool, to)) is not None]


def wait_for(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that in time")


def environment(place: Installation) -> dict[str, str]:
    return os.environ | {
        "OMNI_DATA_DIR": str(place.settings.data_dir),
        "OMNI_DATABASE_URL": place.settings.database,
        "OMNI_SECRET_KEY": "a secret of the tests",
        "OMNI_CODE_KEYS": KEYRING.as_setting(),
    }


def test_a_scan_becomes_a_row_a_first_sight_and_cells_at_both_levels(installation: Installation) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number)
    assert fold(installation) > 0
    (found,) = rows(installation, Scan)
    assert (found.number, found.kind, found.variant, found.arm) == (
        batch.first_number,
        Kind.SCAN_FIRST,
        "default",
        "treatment",
    )
    assert len(rows(installation, Seen)) == 1
    expected = {Kind.ISSUED: 10, Kind.SCAN: 1, Kind.SCAN_FIRST: 1}
    assert counted(installation, CellLevel.DAY) == expected
    assert counted(installation, CellLevel.QUARTER) == expected


def test_only_the_first_opening_by_a_person_is_first_in_whatever_file_the_others_lie(
    installation: Installation, mint: Callable[[int], bytes]
) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number, kind=VisitKind.BOT)
    scan(installation, batch, batch.first_number)
    scan(installation, batch, batch.first_number)
    fold(installation)
    other = SpoolWriter(installation.settings.data_dir / "spool", installation.world.now(), mint)
    assert other.append(a_scan(installation, batch, batch.first_number))
    fold(installation)
    other.close()
    found = counted(installation)
    assert (found[Kind.SCAN], found[Kind.SCAN_FIRST], found[Kind.SCAN_REPEAT]) == (3, 1, 2)


def test_machines_are_counted_beside_people(installation: Installation) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number, kind=VisitKind.BOT)
    scan(installation, batch, batch.first_number, kind=VisitKind.PREFETCH)
    fold(installation)
    assert counted(installation) == {Kind.ISSUED: 10, Kind.SCAN_BOT: 1, Kind.SCAN_PREFETCH: 1}
    assert rows(installation, Seen) == []


def test_a_poster_is_neither_first_nor_a_repeat(installation: Installation) -> None:
    batch = a_batch(installation, shared=True)
    scan(installation, batch, batch.first_number)
    scan(installation, batch, batch.first_number)
    fold(installation)
    assert counted(installation) == {Kind.ISSUED: 1, Kind.SCAN: 2, Kind.SCAN_SHARED: 2}
    assert rows(installation, Seen) == []


def test_an_orphan_is_counted_under_no_edition(installation: Installation) -> None:
    installation.spool.append(an_orphan(installation))
    installation.spool.append(an_orphan(installation, kind=VisitKind.BOT))
    fold(installation)
    assert counted(installation) == {Kind.ORPHAN: 1, Kind.SCAN_BOT: 1}
    assert {cell.edition_id for cell in rows(installation, Cell)} == {0}
    assert len(rows(installation, OrphanScan)) == 2


def test_a_test_code_is_written_down_and_counted_nowhere(installation: Installation) -> None:
    batch = a_batch(installation, origin=Origin.TEST)
    scan(installation, batch, batch.first_number)
    fold(installation)
    assert counted(installation) == {}
    assert [found.origin for found in rows(installation, Scan)] == [Origin.TEST]


def test_what_cannot_be_believed_is_set_aside_with_the_reason(installation: Installation) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number + batch.size)
    scan(installation, batch, batch.first_number, batch_id=(batch.id or 0) + 1)
    scan(installation, batch, batch.first_number, edition_id=batch.edition_id + 1)
    scan(installation, batch, batch.first_number, at=installation.world.now() + timedelta(hours=2))
    scan(installation, batch, batch.first_number, at=installation.world.now() + timedelta(minutes=59))
    fold(installation)
    assert sorted(damage.reason for damage in rows(installation, SpoolDamage)) == [
        "at odds with its batch",
        "not of a batch of ours",
        "not of a batch of ours",
        "stamped in the future",
    ]
    assert counted(installation)[Kind.SCAN] == 1


def test_a_clock_that_jumps_back_is_believed_for_an_hour(installation: Installation) -> None:
    batch = a_batch(installation)
    began = installation.world.now()
    scan(installation, batch, batch.first_number, at=began - timedelta(minutes=59))
    scan(installation, batch, batch.first_number, at=began - timedelta(minutes=61))
    installation.spool.append(an_orphan(installation, at=began - timedelta(days=900)))
    fold(installation)
    assert [damage.reason for damage in rows(installation, SpoolDamage)] == [
        "stamped before its process began",
        "stamped before its process began",
    ]
    assert counted(installation)[Kind.SCAN] == 1


def test_a_clock_that_was_ahead_when_its_process_began_costs_no_scan(
    installation: Installation, mint: Callable[[int], bytes]
) -> None:
    batch = a_batch(installation)
    now = installation.world.now()
    early = SpoolWriter(installation.settings.data_dir / "spool", now + timedelta(days=365), mint)
    early.append(a_scan(installation, batch, batch.first_number))
    fold(installation)
    early.close()
    assert counted(installation)[Kind.SCAN] == 1


def test_no_code_is_scanned_before_it_was_issued(installation: Installation, clock: Clock) -> None:
    began = clock.at
    installation.spool.append(an_orphan(installation))
    clock.at += timedelta(hours=3)
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number, at=began)
    scan(installation, batch, batch.first_number, at=clock.at - timedelta(minutes=59))
    fold(installation)
    assert [damage.reason for damage in rows(installation, SpoolDamage)] == [
        "stamped before its code was issued"
    ]
    assert counted(installation)[Kind.SCAN] == 1


def test_two_machines_share_a_database_and_one_first_sight(
    installation: Installation, clock: Clock, tmp_path: Path
) -> None:
    other = an_installation(installation.settings.database_url, tmp_path / "other", clock=clock)
    batch = a_batch(installation)
    other.catalogue.fresh()
    for place, number in ((installation, 0), (other, 0), (other, 1)):
        scan(place, batch, batch.first_number + number)
    assert (fold(other), fold(installation)) == (2, 1), "a piece and the batch's message, then a piece"
    other.db.close()
    found = counted(installation)
    assert (found[Kind.SCAN], found[Kind.SCAN_FIRST], found[Kind.SCAN_REPEAT]) == (3, 2, 1)
    machines = {str(scan.spool_id).split("/")[0] for scan in rows(installation, Scan)}
    assert len(machines) == 2


def test_a_file_brought_from_another_machine_is_folded_and_a_strangers_is_left_alone(
    installation: Installation,
) -> None:
    batch = a_batch(installation)
    folder = installation.settings.data_dir / "spool"
    line = frame(a_scan(installation, batch, batch.first_number).to_payload())
    machine = "7d9c0e4e-1111-4111-8111-111111111111"
    ours, theirs = f"{machine}/20261111T095959.000000-00000000.spool", f"{machine}/notes.spool"
    bad_day, no_file = f"{machine}/20261341T095959.000000-00000000.spool", ours.replace("0.spool", "1.spool")
    (folder / machine).mkdir(parents=True)
    (folder / no_file).mkdir()
    for name in (ours, theirs, bad_day, f"{'x' * 200}/{Path(ours).name}"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(line)
    fold(installation)
    assert [found.spool_id for found in rows(installation, Scan)] == [ours]
    assert not (folder / ours).exists()
    assert (folder / theirs).exists()


def test_a_file_that_cannot_be_read_is_said_once_and_keeps_nobody_waiting(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number)
    (broken,) = spool_files(installation.settings.data_dir / "spool")
    installation.spool.close()
    scan(installation, batch, batch.first_number + 1)
    read = folding.spool_files.read_from

    def on_a_bad_disk(path: Path, *where: int) -> Reading:
        if path == broken.path:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return read(path, *where)

    with monkeypatch.context() as disk:
        disk.setattr(folding.spool_files, "read_from", on_a_bad_disk)
        fold(installation)
        fold(installation)
    assert counted(installation)[Kind.SCAN] == 1
    assert caplog.text.count("scans cannot be read and wait") == 1
    fold(installation)
    assert counted(installation)[Kind.SCAN] == 2


def test_a_damaged_line_costs_itself_and_is_written_down(installation: Installation) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number)
    (spool,) = spool_files(installation.settings.data_dir / "spool")
    with spool.path.open("ab") as file:
        file.write(b"\nnot a frame")
    scan(installation, batch, batch.first_number + 1)
    fold(installation)
    assert [damage.reason for damage in rows(installation, SpoolDamage)] == ["garbled"]
    assert counted(installation)[Kind.SCAN_FIRST] == 2


def test_one_piece_folded_by_two_workers_counts_once(installation: Installation) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number)
    (piece,) = pieces(installation)
    now = installation.world.now()
    for is_first in (True, False):
        with installation.db.writing() as tx:
            assert folding.fold_spool(tx, now, piece=piece) is is_first
    assert counted(installation)[Kind.SCAN] == 1


def test_a_fold_that_is_rolled_back_never_happened(installation: Installation) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number)
    (piece,) = pieces(installation)

    class PowerCut(Exception):
        pass

    with suppress(PowerCut), installation.db.writing() as tx:
        assert folding.fold_spool(tx, installation.world.now(), piece=piece)
        assert folding.fold_outbox(tx, installation.world.now()) == 1
        raise PowerCut
    assert counted(installation) == {}
    assert rows(installation, SpoolFile) == []
    fold(installation)
    assert counted(installation) == {Kind.ISSUED: 10, Kind.SCAN: 1, Kind.SCAN_FIRST: 1}


def test_a_message_is_folded_once(installation: Installation) -> None:
    a_batch(installation)
    now = installation.world.now()
    with installation.db.writing() as tx:
        assert folding.fold_outbox(tx, now) == 1
    with installation.db.writing() as tx:
        assert folding.fold_outbox(tx, now) == 0
    assert counted(installation) == {Kind.ISSUED: 10}
    issued = [message for message in rows(installation, OutboxMessage) if message.cells]
    assert [message.folded_at for message in issued] == [now]


def test_messages_another_worker_holds_are_left_to_it(installation: Installation) -> None:
    if installation.db.is_sqlite:
        pytest.skip("SQLite has one writer at a time, so nobody else can hold a message")
    a_batch(installation)
    with installation.db.writing() as one, installation.db.writing() as other:
        assert folding.fold_outbox(one, installation.world.now()) == 1
        assert folding.fold_outbox(other, installation.world.now()) == 0


def test_a_file_goes_once_its_writer_is_gone_and_all_of_it_is_folded(installation: Installation) -> None:
    batch = a_batch(installation)
    folder = installation.settings.data_dir / "spool"
    scan(installation, batch, batch.first_number)
    fold(installation)
    assert len(spool_files(folder)) == 1
    installation.spool.close()
    fold(installation)
    assert spool_files(folder) == []
    assert [file.closed_at for file in rows(installation, SpoolFile)] == [installation.world.now()]


def test_scans_made_while_the_database_was_down_are_counted_when_it_is_back(
    installation: Installation,
    engine_name: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    batch = a_batch(installation)
    monkeypatch.setattr("omni.store.engine.LOCK_WAIT_SECONDS", 0.1)
    monkeypatch.setattr("omni.cli.working.AWAY_SECONDS", 0.1)
    stop = threading.Event()
    composer = Composer(installation.world)
    worker = threading.Thread(
        target=work, args=(composer, installation.settings), kwargs={"once": False, "stop": stop}
    )
    worker.start()
    try:
        wait_for(lambda: counted(installation) == {Kind.ISSUED: 10})
        with away(installation, engine_name):
            for number in range(batch.first_number, batch.first_number + 5):
                scan(installation, batch, number)
            wait_for(lambda: "the database is away or busy" in caplog.text)
        wait_for(lambda: are_counted(installation, first=5))
    finally:
        stop.set()
        worker.join(timeout=30)
    assert not worker.is_alive()


def are_counted(place: Installation, *, first: int) -> bool:
    """Whether so many first scans are; no, when this process's own line is found to be broken."""
    with suppress(StoreBusy):
        return counted(place).get(Kind.SCAN_FIRST) == first
    return False


@contextmanager
def away(place: Installation, engine_name: str) -> Iterator[None]:
    """Nobody can write: on SQLite another writer keeps the file, on PostgreSQL nobody is let in."""
    if engine_name == "sqlite":
        with place.db.writing():
            yield
        return
    url = make_url(place.settings.database)
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS false'))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.database},
        )
        yield
        connection.execute(text(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS true'))


@contextmanager
def workers(place: Installation) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two workers in processes of their own; killed at the end, wherever they are."""
    started = [subprocess.Popen([sys.executable, "-c", WORKER], env=environment(place)) for _ in range(2)]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


def test_workers_killed_in_the_middle_lose_nothing_and_count_nothing_twice(
    installation: Installation,
) -> None:
    codes, scans = 300, 6_000
    batch = a_batch(installation, count=codes)
    world = World()
    writers = [SpoolWriter(installation.settings.data_dir / "spool", world.now(), world.mint) for _ in "ab"]
    for turn in range(scans):
        number = batch.first_number + turn % codes
        writers[turn % 2].append(a_scan(installation, batch, number, at=world.now()))
    for number in range(batch.first_number, batch.first_number + 20):
        unlock(installation, batch, number)
    for writer in writers:
        writer.close()
    with workers(installation):
        wait_for(lambda: len(rows(installation, SpoolFile)) > 0)
    with workers(installation):
        wait_for(lambda: is_all_folded(installation))
    assert len(rows(installation, Scan)) == scans
    found = counted(installation)
    assert (found[Kind.SCAN], found[Kind.SCAN_FIRST], found[Kind.CLAIM]) == (scans, codes, 20)
    with installation.db.reading() as session:
        assert reconcile(session) == []


def test_a_worker_told_to_stop_stops_cleanly(installation: Installation) -> None:
    a_batch(installation)
    command = [sys.executable, "-c", WORKER]
    worker = subprocess.Popen(command, env=environment(installation))
    try:
        wait_for(lambda: is_all_folded(installation))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    finally:
        worker.kill()
        worker.wait()


def is_all_folded(place: Installation) -> bool:
    with place.db.reading() as session:
        waiting = (
            select(func.count()).select_from(OutboxMessage).where(col(OutboxMessage.folded_at).is_(None))
        )
        return session.exec(waiting).one() == 0 and spool_files(place.settings.data_dir / "spool") == []
