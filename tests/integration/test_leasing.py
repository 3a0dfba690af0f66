"""Of many workers one does a job at a time, and the others take it over when that one is gone."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from omni.app import Composer, Installation
from omni.cli import duties, working
from omni.cli.duties import Duty
from omni.cli.leases import LOOKED_AT_AFTER, RENEWED_AFTER, Leases
from omni.domain.counting import Lease
from omni.services import leasing
from tests.support.codes import a_batch
from tests.support.installations import Clock
from tests.support.journeys import scan

LASTS = timedelta(seconds=leasing.LASTS_SECONDS)
NEVER = threading.Event()


@pytest.fixture
def place(installation: Installation) -> Installation:
    """The demo, live."""
    return installation


def taken(place: Installation, job: str, holder: str) -> bool:
    with place.db.writing() as tx:
        return leasing.take(tx, place.world.now(), job=job, holder=holder)


def until(place: Installation, job: str) -> object:
    with place.db.reading() as session:
        return session.exec(select(Lease.until).where(Lease.job == job)).one()


def test_a_job_is_one_workers_until_its_lease_runs_out(place: Installation, clock: Clock) -> None:
    assert taken(place, "fold", "ann")
    assert not taken(place, "fold", "bob")
    assert taken(place, "print", "bob")
    clock.at += LASTS
    assert taken(place, "fold", "bob")
    assert not taken(place, "fold", "ann")


def test_whoever_renews_in_time_keeps_the_job(place: Installation, clock: Clock) -> None:
    taken(place, "fold", "ann")
    clock.at += LASTS - timedelta(seconds=1)
    assert taken(place, "fold", "ann")
    clock.at += LASTS - timedelta(seconds=1)
    assert not taken(place, "fold", "bob")


def test_a_job_that_is_given_up_is_free_at_once(place: Installation) -> None:
    taken(place, "fold", "ann")
    with place.db.writing() as tx:
        leasing.give_up(tx, place.world.now(), jobs=["fold"], holder="bob")
    assert not taken(place, "fold", "bob")
    with place.db.writing() as tx:
        leasing.give_up(tx, place.world.now(), jobs=["fold"], holder="ann")
    assert taken(place, "fold", "bob")


def test_of_many_that_ask_at_once_one_has_it(place: Installation) -> None:
    names = [f"worker-{n}" for n in range(8)]
    start, won = threading.Barrier(len(names)), []

    def ask(name: str) -> None:
        start.wait()
        if taken(place, "fold", name):
            won.append(name)

    threads = [threading.Thread(target=ask, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_holding_a_job_costs_a_transaction_every_few_seconds_only(place: Installation, clock: Clock) -> None:
    leases, begun = Leases(place, "ann"), clock.at
    assert leases.holds("fold")
    clock.at += RENEWED_AFTER - timedelta(milliseconds=1)
    assert leases.holds("fold")
    assert until(place, "fold") == begun + LASTS
    clock.at += timedelta(milliseconds=1)
    assert leases.holds("fold")
    assert until(place, "fold") == clock.at + LASTS


def test_whoever_stands_by_takes_over_and_the_one_before_lets_go(place: Installation, clock: Clock) -> None:
    ann, bob = Leases(place, "ann"), Leases(place, "bob")
    assert (ann.holds("fold"), bob.holds("fold")) == (True, False)
    clock.at += LASTS
    assert bob.holds("fold")
    assert not ann.holds("fold")
    bob.give_up()
    clock.at += LOOKED_AT_AFTER
    assert ann.holds("fold")


def test_a_worker_that_stands_by_folds_nothing(place: Installation) -> None:
    batch = a_batch(place)
    scan(place, batch, batch.first_number)
    assert working.fold_all(place, NEVER, Leases(place, "bob").holds) > 0
    scan(place, batch, batch.first_number)
    assert working.fold_all(place, NEVER, Leases(place, "ann").holds) == 0
    assert working.fold_all(place, NEVER) == 1


def test_no_machine_waits_for_another_to_fold_its_spool(place: Installation, tmp_path: Path) -> None:
    batch = a_batch(place)
    scan(place, batch, batch.first_number)
    machine = (place.settings.data_dir / "spool" / "machine").read_text().strip()
    assert working.fold_all(place, NEVER) > 0
    scan(place, batch, batch.first_number)
    taken(place, "spool:another", "bob")
    taken(place, working.FOLD_OUTBOX, "bob")
    assert working.fold_all(place, NEVER, Leases(place, "ann").holds) == 1
    assert not taken(place, f"spool:{machine}", "bob")


@contextmanager
def at_work(place: Installation, stop: threading.Event):
    worker = threading.Thread(
        target=working.work,
        args=(Composer(place.world), place.settings),
        kwargs={"once": False, "stop": stop},
    )
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(timeout=30)
    assert not worker.is_alive()


def test_a_worker_that_stops_leaves_every_job_to_the_others(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, stop = threading.Event(), threading.Event()

    def noted(place: Installation, stop: threading.Event) -> int:
        done.set()
        return 0

    monkeypatch.setattr(duties, "QUICK", (Duty(noted, "noted"),))
    monkeypatch.setattr(working, "INTERVAL_SECONDS", 0.01)
    with at_work(place, stop):
        assert done.wait(30)
        assert not taken(place, "noted", "another")
    with place.db.reading() as session:
        held = session.exec(select(Lease.job).where(Lease.until > place.world.now())).all()
        jobs = session.exec(select(Lease.job)).all()
    assert (held, {"noted", "mirror", working.FOLD_OUTBOX} - set(jobs)) == ([], set())


def test_every_duty_that_is_leased_has_a_job_of_its_own() -> None:
    jobs = [duty.job for duty in (*duties.QUICK, *duties.SLOW) if duty.job is not None]
    assert len({*jobs, working.FOLD_OUTBOX}) == len(jobs) + 1
