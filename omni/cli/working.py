"""The worker: folds what waits on this disk and in the outbox, and prints what waits for a printer.

Again and again, until it is told to stop. Printers take their time, so they are served beside the folding.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from omni.cli import duties, queue_driving
from omni.cli.duties import Duty
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


def work(
    composer: Composer,
    settings: Settings,
    *,
    once: bool,
    waits: bool = False,
    stop: threading.Event | None = None,
) -> int:
    """Fold and print until SIGTERM, SIGINT or `stop`; says how many pieces of spool and facts were folded.

    `once` does what is there and returns; one that `waits` outlasts what keeps it from starting. Stopping
    waits for the transaction and the slip that are under way. A database that goes away is waited for: spools
    keep growing meanwhile and nothing is lost. Any number of workers may run.
    """
    stop = stop or threading.Event()
    _obey_signals(stop)
    place = _opened_at_last(composer, settings, stop) if waits else composer.installation(settings)
    if place is None:
        return 0
    try:
        if once:
            folded = _turn(place, stop)
            for duty in duties.SLOW:
                duty(place, stop)
            queue_driving.print_all_due(place, stop)
            return folded
        with _beside(place, stop, composer.busy):
            return _fold_until_stopped(place, stop, composer.busy)
    finally:
        place.db.close()


def _fold_until_stopped(place: Installation, stop: threading.Event, busy: type[Exception]) -> int:
    folded = 0
    while not stop.is_set():
        done = _patiently(_turn, place, stop, busy)
        folded += done
        if not done:
            stop.wait(INTERVAL_SECONDS)
    return folded


@contextmanager
def _beside(place: Installation, stop: threading.Event, busy: type[Exception]) -> Iterator[None]:
    """Serve printers and other machines beside the block; a fault in one stops the worker and is raised."""
    hands = queue_driving.PRINTERS_AT_ONCE
    with ThreadPoolExecutor(hands + len(duties.SLOW), thread_name_prefix="beside") as pool:
        serving = [pool.submit(queue_driving.keep_printing, place, stop, busy) for _ in range(hands)]
        serving += [pool.submit(_keep_doing, duty, place, stop, busy) for duty in duties.SLOW]
        try:
            yield
        finally:
            stop.set()
    for served in serving:
        served.result()


def _keep_doing(duty: Duty, place: Installation, stop: threading.Event, busy: type[Exception]) -> None:
    while not stop.is_set():
        if not _patiently(duty, place, stop, busy):
            stop.wait(INTERVAL_SECONDS)


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


def _turn(place: Installation, stop: threading.Event) -> int:
    return fold_all(place, stop) + sum(duty(place, stop) for duty in duties.QUICK)


def _patiently(duty: Duty, place: Installation, stop: threading.Event, busy: type[Exception]) -> int:
    try:
        return duty(place, stop)
    except busy as away:
        _log.warning("the database is away or busy, trying again: %s", away)
        stop.wait(AWAY_SECONDS)
        return 0


def fold_all(place: Installation, stop: threading.Event) -> int:
    """Fold everything there is at this moment; says how many pieces of spool and facts it was."""
    return _fold_spools(place, stop) + _fold_outbox(place, stop)


def _fold_spools(place: Installation, stop: threading.Event) -> int:
    with place.db.reading() as session:
        files = folding.progress(session, place.settings.data_dir / "spool")
    pieces = 0
    for spool, position in files:
        folded_to = position
        while not stop.is_set() and (piece := folding.next_piece(spool, folded_to)) is not None:
            with place.db.writing() as tx:
                is_ours = folding.fold_spool(tx, place.world.now(), piece=piece)
            if not is_ours:
                break
            pieces, folded_to = pieces + 1, piece.reading.new_offset
        if folding.is_finished(spool, folded_to):
            with place.db.writing() as tx:
                folding.close_spool(tx, place.world.now(), spool=spool)
            folding.remove_spool(spool)
    return pieces


def _fold_outbox(place: Installation, stop: threading.Event) -> int:
    messages = 0
    while not stop.is_set():
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
