"""The worker: folds what waits on this disk and in the outbox, and prints what waits for a printer.

Again and again, until it is told to stop. Printers take their time, so they are served beside the folding.
Of many workers one has each job, by a lease; the others stand by and take it over when that one is gone.
"""

from __future__ import annotations

import gc
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from omni.cli import duties, queue_driving
from omni.cli.duties import Do, Duty
from omni.cli.leases import Leases
from omni.services import folding
from omni.settings import Settings

if TYPE_CHECKING:
    from omni.app import Composer, Installation

_log = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.5
"""How long a worker with nothing to do waits before it looks again."""

AWAY_SECONDS = 2.0
"""How long a worker waits for a database that is away."""

LONGEST_WAIT_SECONDS = 60.0
"""How long it waits at most between two tries to start."""

FOLD_OUTBOX = "fold-outbox"

Holds = Callable[[str], bool]
"""Whether a job is this worker's now."""


def whatever_it_is(job: str) -> bool:
    """Every job, leased or not: for whoever was asked to do what there is and then stop."""
    return True


def work(
    composer: Composer,
    settings: Settings,
    *,
    once: bool,
    waits: bool = False,
    stop: threading.Event | None = None,
) -> int:
    """Fold and print until SIGTERM, SIGINT or `stop`; says how many pieces of spool and facts were folded.

    `once` does what is there, whoever else is at it, and returns; one that `waits` outlasts what keeps it
    from starting. Stopping waits for the transaction and the slip that are under way, and lets others have
    its jobs at once. A database that goes away is waited for: spools keep growing meanwhile and nothing is
    lost. Any number of workers may run.
    """
    stop = stop or threading.Event()
    _obey_signals(stop)
    place = _opened_at_last(composer, settings, stop) if waits else composer.installation(settings)
    if place is None:
        return 0
    # What stands now stays: without this, looking through it for garbage is a fifth of what folding costs.
    gc.collect()
    gc.freeze()
    try:
        if once:
            folded = _turn(whatever_it_is, place, stop)
            for duty in duties.SLOW:
                duty.do(place, stop)
            queue_driving.print_all_due(place, stop)
            return folded
        holder = place.world.mint(8).hex()
        with (
            _beside(place, stop, composer.busy, holder),
            _leases(place, composer.busy, holder) as holds,
        ):
            return _fold_until_stopped(holds, place, stop, composer.busy)
    finally:
        place.db.close()


def _fold_until_stopped(
    holds: Holds, place: Installation, stop: threading.Event, busy: type[Exception]
) -> int:
    folded = 0
    while not stop.is_set():
        done = _patiently(partial(_turn, holds), place, stop, busy)
        folded += done
        if not done:
            stop.wait(INTERVAL_SECONDS)
    return folded


@contextmanager
def _beside(place: Installation, stop: threading.Event, busy: type[Exception], holder: str) -> Iterator[None]:
    """Serve printers and other machines beside the block; a fault in one stops the worker and is raised."""
    hands = queue_driving.PRINTERS_AT_ONCE
    with ThreadPoolExecutor(hands + len(duties.SLOW), thread_name_prefix="beside") as pool:
        serving = [pool.submit(queue_driving.keep_printing, place, stop, busy) for _ in range(hands)]
        serving += [pool.submit(_keep_doing, duty, place, stop, busy, holder) for duty in duties.SLOW]
        try:
            yield
        finally:
            stop.set()
    for served in serving:
        served.result()


def _keep_doing(
    duty: Duty, place: Installation, stop: threading.Event, busy: type[Exception], holder: str
) -> None:
    with _leases(place, busy, holder) as holds:
        while not stop.is_set():
            if not _patiently(partial(_do, duty, holds), place, stop, busy):
                stop.wait(INTERVAL_SECONDS)


@contextmanager
def _leases(place: Installation, busy: type[Exception], holder: str) -> Iterator[Holds]:
    """What one hand of the worker holds, given up at the end; with the database away it runs out instead."""
    leases = Leases(place, holder)
    try:
        yield leases.holds
    finally:
        with suppress(busy):
            leases.give_up()


def _opened_at_last(composer: Composer, settings: Settings, stop: threading.Event) -> Installation | None:
    """The installation once it can be opened, each reason said once; None when told to stop before that."""
    pause, said = AWAY_SECONDS, ""
    while not stop.is_set():
        try:
            return composer.installation(settings)
        except composer.amiss as problem:
            if str(problem) != said:
                said = str(problem)
                _log.warning("counting waits: %s", said)
        stop.wait(pause)
        pause = min(2 * pause, LONGEST_WAIT_SECONDS)
    return None


def _turn(holds: Holds, place: Installation, stop: threading.Event) -> int:
    return fold_all(place, stop, holds) + sum(_do(duty, holds, place, stop) for duty in duties.QUICK)


def _do(duty: Duty, holds: Holds, place: Installation, stop: threading.Event) -> int:
    return duty.do(place, stop) if duty.job is None or holds(duty.job) else 0


def _patiently(do: Do, place: Installation, stop: threading.Event, busy: type[Exception]) -> int:
    try:
        return do(place, stop)
    except busy as away:
        _log.warning("the database is away or busy, trying again: %s", away)
        stop.wait(AWAY_SECONDS)
        return 0


def fold_all(place: Installation, stop: threading.Event, holds: Holds = whatever_it_is) -> int:
    """Fold what there is at this moment and is this worker's; says how many pieces of spool and facts."""
    return _fold_spools(place, stop, holds) + _fold_outbox(place, stop, holds)


def _fold_spools(place: Installation, stop: threading.Event, holds: Holds) -> int:
    with place.db.reading() as session:
        files = folding.progress(session, place.settings.data_dir / "spool")
    pieces = 0
    for spool, position in files:
        # A job for each machine whose files lie here: no machine ever waits for another.
        job, folded_to = f"spool:{spool.path.parent.name}", position
        while not stop.is_set() and holds(job):
            piece = folding.next_piece(spool, folded_to)
            if piece is None:
                break
            with place.db.writing() as tx:
                is_ours = folding.fold_spool(tx, place.world.now(), piece=piece)
            if not is_ours:
                break
            pieces, folded_to = pieces + 1, piece.reading.new_offset
        if holds(job) and folding.is_finished(spool, folded_to):
            with place.db.writing() as tx:
                folding.close_spool(tx, place.world.now(), spool=spool)
            folding.remove_spool(spool)
    return pieces


def _fold_outbox(place: Installation, stop: threading.Event, holds: Holds) -> int:
    messages = 0
    while not stop.is_set() and holds(FOLD_OUTBOX):
        with place.db.writing() as tx:
            folded = folding.fold_outbox(tx, place.world.now())
        if not folded:
            break
        messages += folded
    return messages


def _obey_signals(stop: threading.Event) -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
