"""The queue before the printers: nothing is lost, and nothing is printed twice without asking."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest
from sqlmodel import select

from omni.app import Installation
from omni.cli import queue_driving
from omni.domain.code import Purpose
from omni.domain.print_run import PrintStop
from omni.domain.printer import LEASE, JobState, PrintJob, pause_after
from omni.domain.refusal import BadInput
from omni.services import awaiting, printing, queueing
from omni.services.queueing import KEPT
from omni.services.reconciling import reconcile
from omni.store import engine
from omni.store.engine import Database, StoreBusy
from tests.support.codes import a_batch
from tests.support.installations import KEYRING, Clock, an_installation
from tests.support.journeys import fold
from tests.support.printers import FakePrinter, a_printer, switched_off
from tests.support.serving import ROOT, environment

ASKS_NOTHING, CONFIRMS = "80mm", "TM-T88V"
ONE_ENGINE = pytest.mark.parametrize("engine_name", ["sqlite"])

WORKER = """
from omni.app import Composer
from omni.cli.working import work
from omni.world import World
from tests.support.installations import FESTIVAL

composer = Composer(World(now=lambda: FESTIVAL))
work(composer, composer.settings(), once=False)
"""


def a_job(place: Installation, address: str, *, copies: int = 5, profile: str = ASKS_NOTHING) -> PrintJob:
    """A run that waits before a printer."""
    batch, now = a_batch(place, count=copies), place.world.now()
    with place.db.writing() as tx:
        run = printing.record_run(
            tx,
            now,
            batch=batch,
            first_number=batch.first_number,
            copies=copies,
            form="escpos",
            layout=None,
            price_minor=4_990,
            currency="EUR",
            by="tests",
        )
        return queueing.enqueue(
            tx, now, run=run, printer="till", address=address, profile=profile, keep_for=KEPT, by="tests"
        )


def take(place: Installation, job: PrintJob, **asked: bool) -> PrintJob | None:
    with place.db.writing() as tx:
        return queueing.take(tx, place.world.now(), job_id=job.id or 0, by="tests", **asked)


def taken(place: Installation, job: PrintJob) -> PrintJob:
    found = take(place, job)
    assert found is not None
    return found


def work_once(place: Installation) -> int:
    """What a worker does in one turn."""
    return queue_driving.print_due(place, Event())


def resume(place: Installation, job: PrintJob, last: int) -> PrintJob:
    with place.db.writing() as tx:
        return queueing.resume(tx, place.world.now(), job_id=job.id or 0, last=last)


def now_of(place: Installation, job: PrintJob) -> PrintJob:
    with place.db.reading() as session:
        return queueing.job_numbered(session, job.id or 0)


def codes_of(place: Installation, job: PrintJob) -> list[str]:
    """What the slips of a job say, in their order."""
    numbers = range(job.first_number, job.first_number + job.copies)
    return [place.keyring.seal(number, Purpose.CODE, 1) for number in numbers]


def stops(place: Installation) -> list[int]:
    with place.db.reading() as session:
        return [stop.copies_made for stop in session.exec(select(PrintStop))]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a printer here waits a moment only."""
    monkeypatch.setattr(queue_driving, "PATIENCE_SECONDS", 0.5)


@pytest.mark.parametrize("profile", [ASKS_NOTHING, CONFIRMS])
def test_a_worker_prints_what_waits_each_slip_once_and_in_order(
    installation: Installation, profile: str
) -> None:
    with a_printer(FakePrinter(answers=True)) as printer:
        job = a_job(installation, printer.address, profile=profile)
        assert (work_once(installation), work_once(installation)) == (1, 0)
    assert printer.codes == codes_of(installation, job)
    after = now_of(installation, job)
    assert (after.state, after.sent, after.leased_until) == (JobState.DONE, 5, None)


@ONE_ENGINE
def test_slips_say_price_day_and_number_of_their_run_however_late_they_come(
    installation: Installation, clock: Clock
) -> None:
    with a_printer() as printer:
        job = a_job(installation, printer.address, copies=1)
        clock.at += timedelta(minutes=59)
        work_once(installation)
    assert b"49,90" in printer.paper
    assert re.search(rb"2026-11-11 . #%d\n" % job.run_id, printer.paper)


def test_a_printer_that_is_off_loses_nothing_and_is_tried_again(
    installation: Installation, clock: Clock
) -> None:
    job = a_job(installation, switched_off())
    assert work_once(installation) == 1
    waiting = now_of(installation, job)
    assert (waiting.state, waiting.sent, waiting.next_try_at) == (
        JobState.WAITING,
        0,
        clock.at + pause_after(1),
    )
    assert "does not answer" in (waiting.trouble or "")
    assert work_once(installation) == 0
    clock.at += pause_after(1)
    assert work_once(installation) == 1
    assert now_of(installation, job).next_try_at == clock.at + pause_after(2)


@ONE_ENGINE
def test_what_waits_for_the_same_printer_waits_with_it(installation: Installation) -> None:
    address = switched_off()
    first, second = a_job(installation, address), a_job(installation, address)
    with a_printer() as other:
        third = a_job(installation, other.address)
        assert work_once(installation) == 2
    assert now_of(installation, second).tries == 0
    assert now_of(installation, second).next_try_at == now_of(installation, first).next_try_at
    assert now_of(installation, third).state is JobState.DONE


@ONE_ENGINE
def test_a_job_kept_long_enough_is_dropped_and_its_run_says_nothing_came_out(
    installation: Installation, clock: Clock
) -> None:
    job = a_job(installation, switched_off())
    work_once(installation)
    clock.at += KEPT
    assert now_of(installation, job).standing(clock.at) is JobState.DROPPED
    work_once(installation)
    assert (now_of(installation, job).state, stops(installation)) == (JobState.DROPPED, [0])
    fold(installation)
    with installation.db.reading() as session:
        assert reconcile(session) == []


@ONE_ENGINE
def test_a_last_try_that_fails_drops_the_job(installation: Installation, clock: Clock) -> None:
    job = taken(installation, a_job(installation, "tcp://till-1"))
    clock.at += KEPT
    with installation.db.writing() as tx:
        after = queueing.settle(tx, clock.at, job=job, sent=0, trouble="it is off", by="tests")
    assert (after.state, stops(installation)) == (JobState.DROPPED, [0])


def test_a_printer_that_dies_in_the_middle_asks_and_the_rest_is_printed(
    installation: Installation, clock: Clock
) -> None:
    with a_printer(FakePrinter(dies_after=30_000)) as printer:
        job = a_job(installation, printer.address, copies=40)
        work_once(installation)
        asking = now_of(installation, job)
        assert asking.state is JobState.ASKING
        assert "look at what came out" in (asking.trouble or "")
        clock.at += 10 * LEASE
        assert work_once(installation) == 0
        came_out = printer.codes
        assert 0 < len(came_out) < 40
        resume(installation, job, len(came_out))
        assert work_once(installation) == 1
        assert now_of(installation, job).state is JobState.DONE
    assert Counter(printer.codes) == Counter(codes_of(installation, job))


@ONE_ENGINE
def test_of_a_printer_that_confirms_it_is_known_how_many_came_out(installation: Installation) -> None:
    with a_printer(FakePrinter(answers=True, silent_after=2)) as printer:
        job = a_job(installation, printer.address, profile=CONFIRMS)
        work_once(installation)
        asking = now_of(installation, job)
        assert (asking.state, asking.sent) == (JobState.ASKING, 2)
        printer.silent_after = None
        resume(installation, job, 3)
        work_once(installation)
    assert printer.codes == codes_of(installation, job)


@ONE_ENGINE
@pytest.mark.parametrize("last, state", [(5, JobState.DONE), (0, JobState.WAITING)])
def test_whoever_stands_at_the_printer_has_the_last_word(
    installation: Installation, last: int, state: JobState
) -> None:
    with a_printer(FakePrinter(hangs=True)) as printer:
        job = a_job(installation, printer.address, profile=CONFIRMS)
        work_once(installation)
    assert resume(installation, job, last).state is state
    with pytest.raises(BadInput):
        resume(installation, job, last)


@ONE_ENGINE
def test_a_job_given_up_says_how_many_of_its_run_came_out(installation: Installation) -> None:
    with a_printer(FakePrinter(answers=True, silent_after=2)) as printer:
        job = a_job(installation, printer.address, profile=CONFIRMS)
        work_once(installation)
    with installation.db.writing() as tx:
        queueing.drop(tx, installation.world.now(), job_id=job.id or 0, by="Ada")
    assert (now_of(installation, job).state, stops(installation)) == (JobState.DROPPED, [2])
    with installation.db.writing() as tx, pytest.raises(BadInput, match="dropped already"):
        queueing.drop(tx, installation.world.now(), job_id=job.id or 0, by="Ada")


def test_a_worker_killed_while_it_prints_leaves_a_job_that_asks(
    installation: Installation, clock: Clock
) -> None:
    with a_printer(FakePrinter(answers=True, silent_after=2)) as printer:
        job = a_job(installation, printer.address, profile=CONFIRMS)
        worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=settings_of(installation))
        try:
            wait_for(lambda: len(printer.codes) == 3)
        finally:
            worker.kill()
            worker.wait()
        left = now_of(installation, job)
        assert (left.state, left.sent) == (JobState.PRINTING, 2)
        assert take(installation, job) is None
        clock.at += LEASE
        assert left.standing(clock.at) is JobState.ASKING
        assert work_once(installation) == 0
        assert now_of(installation, job).state is JobState.ASKING
        printer.silent_after = None
        resume(installation, job, 3)
        work_once(installation)
    assert printer.codes == codes_of(installation, job)


def test_any_number_of_workers_print_each_job_once(installation: Installation, live_url: str) -> None:
    with ExitStack() as stack:
        printers = [stack.enter_context(a_printer(FakePrinter(answers=True))) for _ in range(2)]
        jobs = [
            a_job(installation, printers[number % 2].address, copies=2, profile=CONFIRMS)
            for number in range(12)
        ]
        places = [an_installation(live_url, installation.settings.data_dir) for _ in range(4)]
        together = Barrier(len(places))
        workers = [Thread(target=work_until_done, args=(place, together)) for place in places]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        for place in places:
            place.db.close()
    wanted = Counter(code for job in jobs for code in codes_of(installation, job))
    assert Counter(code for printer in printers for code in printer.codes) == wanted
    assert {now_of(installation, job).tries for job in jobs} == {1}


def work_until_done(place: Installation, together: Barrier) -> None:
    together.wait(30)
    for _ in range(200):
        work_once(place)
        with place.db.reading() as session:
            if not awaiting.jobs(session):
                return
    raise AssertionError("the jobs were not done in time")


def test_a_printer_has_one_job_at_a_time(installation: Installation, clock: Clock) -> None:
    first, second = a_job(installation, "tcp://till-1"), a_job(installation, "tcp://till-1")
    elsewhere = a_job(installation, "tcp://till-2")
    taken(installation, first)
    assert take(installation, second, is_asked_for=True) is None
    assert take(installation, elsewhere) is not None
    with installation.db.reading() as session:
        assert queueing.due(session, clock.at) == []
    clock.at += LEASE
    assert take(installation, second) is not None


def test_whoever_lost_the_lease_stops_before_the_next_slip(installation: Installation, clock: Clock) -> None:
    def stall(sent: int) -> None:
        if sent == 2:
            clock.at += LEASE
            assert take(installation, job) is None
            resume(installation, job, 2)

    with a_printer(FakePrinter(answers=True)) as printer:
        job = a_job(installation, printer.address, profile=CONFIRMS)
        after = queue_driving.drive(installation, taken(installation, job), progress=stall)
        assert (after.state, after.sent) == (JobState.WAITING, 2)
        assert work_once(installation) == 1
    assert printer.codes == codes_of(installation, job)


@ONE_ENGINE
def test_a_database_that_goes_away_stops_the_printing_between_two_slips(
    installation: Installation, live_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A second writer holds an SQLite database; of any other that is away the same error is raised.
    monkeypatch.setattr(engine, "LOCK_WAIT_SECONDS", 0.2)
    other = Database(live_url)
    with ExitStack() as held, a_printer(FakePrinter(answers=True)) as printer:
        job = a_job(installation, printer.address, profile=CONFIRMS)

        def go_away(sent: int) -> None:
            if sent == 2:
                held.enter_context(other.writing())

        with pytest.raises(StoreBusy):
            queue_driving.drive(installation, taken(installation, job), progress=go_away)
        held.close()
        assert printer.codes == codes_of(installation, job)[:2]
        clock.at += LEASE
        assert work_once(installation) == 0
        assert now_of(installation, job).state is JobState.ASKING
        resume(installation, job, 2)
        work_once(installation)
    other.close()
    assert printer.codes == codes_of(installation, job)


@ONE_ENGINE
def test_a_worker_told_to_stop_ends_between_two_slips_and_another_goes_on(installation: Installation) -> None:
    with a_printer() as printer:
        job = a_job(installation, printer.address)
        after = stopped_after(2, installation, job, goes_on=True)
        assert (after.state, after.sent) == (JobState.WAITING, 2)
        work_once(installation)
    assert printer.codes == codes_of(installation, job)


@ONE_ENGINE
def test_what_a_person_stopped_asks_before_it_goes_on(installation: Installation) -> None:
    with a_printer() as printer:
        job = a_job(installation, printer.address)
        after = stopped_after(2, installation, job)
        assert (after.state, after.sent) == (JobState.ASKING, 2)
        assert work_once(installation) == 0
    assert printer.codes == codes_of(installation, job)[:2]


def stopped_after(slips: int, place: Installation, job: PrintJob, *, goes_on: bool = False) -> PrintJob:
    sent: list[int] = []
    return queue_driving.drive(
        place,
        taken(place, job),
        progress=sent.append,
        is_stopped=lambda: len(sent) == slips,
        goes_on=goes_on,
    )


@ONE_ENGINE
def test_slips_that_cannot_be_drawn_wait_with_the_reason(installation: Installation) -> None:
    with a_printer() as printer:
        job = a_job(installation, printer.address, profile="no-such-printer")
        work_once(installation)
    waiting = now_of(installation, job)
    assert (waiting.state, printer.received) == (JobState.WAITING, b"")
    assert "no printer profile" in (waiting.trouble or "")


@ONE_ENGINE
def test_the_worker_prints_beside_its_folding(installation: Installation) -> None:
    with a_printer() as printer:
        job = a_job(installation, printer.address)
        worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=settings_of(installation))
        try:
            wait_for(lambda: now_of(installation, job).state is JobState.DONE)
        finally:
            worker.terminate()
            assert worker.wait(20) == 0
    assert printer.codes == codes_of(installation, job)


def settings_of(place: Installation) -> dict[str, str]:
    return environment(
        OMNI_DATA_DIR=str(place.settings.data_dir),
        OMNI_DATABASE_URL=place.settings.database,
        OMNI_BASE_URL=place.settings.base_url,
        OMNI_SECRET_KEY="a secret of the tests",
        OMNI_CODE_KEYS=KEYRING.as_setting(),
    )


def wait_for(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    pause = Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come to that in time")
