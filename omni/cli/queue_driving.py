"""Driving the queue: take a job, draw its slips, hand them to its printer, write down what became of it."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

import click

from omni.cli import saying
from omni.domain.print_run import PrintRun
from omni.domain.printer import JobState, PrintJob
from omni.domain.printer_address import printer_address
from omni.present.paper import printed_codes
from omni.present.printer_line import PATIENCE_SECONDS, Handed, hand_over
from omni.present.printer_profile import PrinterProfile, profile_named
from omni.present.run_slips import paper_of, slips_of
from omni.present.slip import BadLayout, PrintUnavailable, Progress
from omni.services import queueing, showing
from omni.services.queueing import KEPT, PrinterAt

if TYPE_CHECKING:
    from sqlmodel import Session

    from omni.app import Installation

_log = logging.getLogger(__name__)

WORKER = "worker"
"""How facts name the worker as the one who acted."""

PRINTERS_AT_ONCE = 4
"""How many printers one worker serves side by side: a slow one keeps nobody else waiting."""

_INTERVAL_SECONDS = 1.0
_AWAY_SECONDS = 2.0
_WRITE_EVERY_SECONDS = 1.0


class _TakenAway(Exception):
    """Somebody else decides about the job now."""


def begin(
    tx: Session, now: datetime, *, run: PrintRun, printer: PrinterAt, by: str, keep_for: timedelta = KEPT
) -> PrintJob:
    """Queue a run in its own transaction and, when the printer is free, take it before any worker does."""
    job = queueing.enqueue(
        tx,
        now,
        run=run,
        printer=printer.name,
        address=printer.address,
        profile=printer.profile,
        keep_for=keep_for,
        by=by,
    )
    return queueing.take(tx, now, job_id=job.id or 0, by=by) or job


def drive(
    place: Installation,
    job: PrintJob,
    *,
    progress: Progress | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
    goes_on: bool = False,
) -> PrintJob:
    """Print a job that was taken; says how it stands afterwards. One that was not to be had stays as it is.

    How many slips have left is written down after every slip a printer confirms, which costs one small
    transaction a slip, and else once a second: whoever kills this process may lose the last second of that
    count, and the job asks in any case. `is_stopped` is asked before each slip; a job stopped there asks
    before it goes on, unless it `goes_on` by itself. A database that goes away stops it between two slips.
    """
    if job.state is not JobState.PRINTING:
        return job
    try:
        handed = _handed_over(place, job, progress, is_stopped)
    except _TakenAway:
        with place.db.reading() as session:
            return queueing.job_numbered(session, job.id or 0)
    is_cut_short = not handed.trouble and job.sent + handed.left < job.copies
    with place.db.writing() as tx:
        return queueing.settle(
            tx,
            place.world.now(),
            job=job,
            sent=job.sent + handed.left,
            is_unsure=handed.is_unsure or (is_cut_short and not goes_on),
            trouble=handed.trouble,
            by=job.made_by,
        )


def keep_printing(place: Installation, stop: threading.Event, busy: type[Exception]) -> None:
    """Try what waits, again and again until told to stop, outlasting a database that is away."""
    try:
        while not stop.is_set():
            try:
                printed = print_due(place, stop)
            except busy as away:
                _log.warning("printing waits, the database is away or busy: %s", away)
                stop.wait(_AWAY_SECONDS)
                continue
            if not printed:
                stop.wait(_INTERVAL_SECONDS)
    finally:
        stop.set()


def print_all_due(place: Installation, stop: threading.Event) -> None:
    """Try what waits until nothing is left whose time has come."""
    while not stop.is_set() and print_due(place, stop):
        pass


def print_due(place: Installation, stop: threading.Event) -> int:
    """Try every job whose time has come; says how many were taken."""
    with place.db.reading() as session:
        due = queueing.due(session, place.world.now())
    taken = 0
    for job_id in due:
        if stop.is_set():
            break
        with place.db.writing() as tx:
            job = queueing.take(tx, place.world.now(), job_id=job_id, by=WORKER)
        if job is not None:
            taken += 1
            after = drive(place, job, is_stopped=stop.is_set, goes_on=True)
            _log.info("print job %s on %s: %s %s", after.id, after.printer, after.state, after.trouble or "")
    return taken


@contextmanager
def until_interrupted() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM asked to stop: printing ends between two slips, or at once if asked twice."""
    stop = threading.Event()
    before = {int(number): signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, ask)
    try:
        yield stop.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(job: PrintJob, now: datetime) -> None:
    """Say what became of a job. Raises NothingDone, with what to do next, unless all of it came out."""
    match job.standing(now):
        case JobState.DONE:
            click.echo(f"{_slips(job.copies)} printed on {job.printer}.")
        case JobState.WAITING:
            minutes = round((job.keep_until - now).total_seconds() / 60)
            why = job.trouble or f"the printer {job.printer} is at work"
            raise saying.NothingDone(
                f"{why} Job {job.id} waits {minutes} minutes for it while a worker runs;"
                f" `omni printers drop {job.id}` gives it up"
            )
        case JobState.ASKING:
            why = job.trouble or "stopped."
            raise saying.NothingDone(
                f"{why} {job.sent} of {_slips(job.copies)} left us. See which came out last, then"
                f" `omni printers resume {job.id} --last CODE|N|none`, or `omni printers drop {job.id}`"
            )
        case over:
            raise saying.NothingDone(f"job {job.id} is {over.value}: {job.trouble or 'given up'}")


def _handed_over(
    place: Installation, job: PrintJob, progress: Progress | None, is_stopped: Callable[[], bool]
) -> Handed:
    try:
        profile = profile_named(job.profile)
    except (BadLayout, PrintUnavailable) as unknown:
        return Handed(0, trouble=str(unknown))
    return hand_over(
        printer_address(job.address),
        takewhile(lambda _: not is_stopped(), _slips_of(place, job, profile)),
        confirms=profile.confirms,
        patience_seconds=PATIENCE_SECONDS,
        told=_Keeping(place, job, progress, is_exact=profile.confirms),
    )


def _slips_of(place: Installation, job: PrintJob, profile: PrinterProfile) -> Iterator[bytes]:
    """What of a job has not left us yet."""
    with place.db.reading() as session:
        run, batch = queueing.run_of(session, job)
        catalogue = place.catalogue.current(place.world.now())
        content = catalogue.contents[batch.edition_id]
        logo = showing.picture_bytes(session, content.logo)
    market, placement = catalogue.markets[content.market], catalogue.placements[batch.placement_id]
    is_sandbox = place.settings.is_sandbox
    paper = paper_of(run, batch, content, market, placement, is_sandbox=is_sandbox, logo=logo)
    codes = printed_codes(place.keyring, batch, job.rest)
    yield from slips_of(paper, codes, market=market, profile=profile)


class _Keeping:
    """Told after each slip how many have left: tells whoever watches, and the database in good time."""

    def __init__(
        self, place: Installation, job: PrintJob, progress: Progress | None, *, is_exact: bool
    ) -> None:
        self._place, self._job, self._progress = place, job, progress
        self._every_seconds = 0.0 if is_exact else _WRITE_EVERY_SECONDS
        self._written_at = time.monotonic()

    def __call__(self, left: int) -> None:
        if self._progress is not None:
            self._progress(self._job.sent + left)
        if time.monotonic() - self._written_at < self._every_seconds:
            return
        with self._place.db.writing() as tx:
            sent = self._job.sent + left
            if not queueing.record_sent(tx, self._place.world.now(), job=self._job, sent=sent):
                raise _TakenAway
        self._written_at = time.monotonic()


def _slips(count: int) -> str:
    return "1 slip" if count == 1 else f"{count:,} slips"
