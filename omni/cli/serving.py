"""Serving: server processes that share one socket, and the worker, kept running by this process."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from threading import Event, Thread
from typing import Any

import click

from omni.cli import saying
from omni.cli.children import Child, Kept
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.cli.working import work
from omni.services import recounting

MOST_WORKERS = 8
"""How many server processes there are at most when nobody says how many: each takes some 100 MB."""

# glibc keeps arenas for threads, and what one let go of serves no other: more than ten megabytes a process.
_ARENAS = "MALLOC_ARENA_MAX"

_QUEUE = 1024
_ASKS_WITHIN_SECONDS = 5
_LOOK_SECONDS = 0.1
_LINE = 0


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@example("omni serve", "omni serve --host 0.0.0.0 --port 80 --workers 4")
@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on."
)
@click.option(
    "--workers",
    default=lambda: min(_processors(), MOST_WORKERS),
    show_default=f"one for each processor, at most {MOST_WORKERS}",
    type=click.IntRange(min=1),
    help="Server processes, of some 100 MB each.",
)
@click.option(
    "--threads",
    default=4,
    show_default=True,
    type=click.IntRange(1, 20),
    help="Threads in each: how many requests may wait for the database at the same time.",
)
@click.option("--no-worker", is_flag=True, help="Leave the counting to an `omni worker` elsewhere.")
@pass_desk
def serve(desk: Desk, host: str, port: int, workers: int, threads: int, *, no_worker: bool) -> None:
    """Serve every page and the API, with the worker beside it.

    SIGTERM ends it once what is under way is answered. SIGHUP replaces its processes one after another, by
    what is installed then, without a request that fails.
    """
    check_port(host, port)
    # What would keep the server from starting is said here, in one line.
    _ = desk.place, desk.composer.signing_secret(desk.settings)
    serve_until_stopped(
        desk,
        host,
        port,
        workers=workers,
        threads=threads,
        has_worker=not no_worker,
        when_ready=lambda: click.echo(f"Serving on http://{_spoken(host)}:{port}; Ctrl-C stops it."),
    )


@example("omni worker", "omni worker --once", "omni worker --rebuild")
@click.command()
@click.option("--once", is_flag=True, help="Do what is to be done now, then stop.")
@click.option(
    "--wait", "waits", is_flag=True, help="Wait for what is missing at the start instead of stopping."
)
@click.option("--tied", is_flag=True, hidden=True, help="Stop when standard input ends.")
@click.option("--rebuild", is_flag=True, help="Empty the statistics and count every fact anew, then stop.")
@pass_desk
def worker(desk: Desk, *, once: bool, waits: bool, tied: bool, rebuild: bool) -> None:
    """Count what happened into the statistics; `omni serve` runs one."""
    if rebuild:
        with desk.place.db.writing() as tx:
            recounting.rebuild_cube(tx)
        click.echo("Every fact was counted anew.")
        return
    stop = Event()
    if tied:
        os.write(_LINE, b".")
        Thread(target=_stop_when_alone, args=(stop,), daemon=True).start()
    work(desk.composer, desk.settings, once=once, waits=waits, stop=stop)


def _stop_when_alone(stop: Event) -> None:
    with suppress(ConnectionResetError):
        os.read(_LINE, 1)
    stop.set()


def check_port(host: str, port: int) -> None:
    """Raise NothingDone when nobody can listen there, before anything else is done."""
    listening(host, port).close()


def serve_until_stopped(
    desk: Desk,
    host: str,
    port: int,
    *,
    workers: int,
    threads: int,
    has_worker: bool,
    when_ready: Callable[[], None],
) -> None:
    """Keep server processes and worker running until SIGTERM or SIGINT; SIGHUP replaces them all.

    Whatever ends by itself is started again: neither serving nor counting must stop because one process did.
    """
    environment = _environment(desk)
    listener = listening(host, port)
    command = [sys.executable, "-m", "omni.web.process", str(listener.fileno()), str(threads)]
    serving = partial(Child, [*command, "omni.app:serving"], environment, keeps=[listener.fileno()])
    # The socket is closed here before the processes leave: whoever comes then is told at once.
    with _told() as told, _kept([serving] * workers) as crew, listener:
        if not all(each.child.becomes_ready(told.is_stopping) for each in crew):
            if told.is_stopping():
                return
            raise saying.NothingDone("the server did not start; `omni doctor` says what is wrong")
        when_ready()
        sys.stdout.flush()
        if has_worker:
            counting = [sys.executable, "-m", "omni", "worker", "--wait", "--tied"]
            crew.append(Kept(partial(Child, counting, environment)))
        _watch(crew, told)


def _watch(crew: list[Kept], told: _Told) -> None:
    while not told.is_stopping():
        if told.to_restart:
            told.to_restart = False
            for each in crew:
                if not each.replace(told.is_stopping) and not told.is_stopping():
                    click.echo("omni: a new process did not start, so the old ones go on", err=True)
                    break
        for each in crew:
            each.look()
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _kept(starts: list[Callable[[], Child]]) -> Iterator[list[Kept]]:
    """Processes that are there until the block ends, and then leave all at once."""
    kept: list[Kept] = []
    try:
        kept.extend(map(Kept, starts))
        yield kept
    finally:
        for each in kept:
            each.child.leave()
        for each in kept:
            each.child.end()


class _Told:
    """What signals told this process. Plain flags: a handler must not wait for a lock."""

    to_stop = False
    to_restart = False

    def is_stopping(self) -> bool:
        return self.to_stop

    def hear(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self.to_restart = True
        else:
            self.to_stop = True


@contextmanager
def _told() -> Iterator[_Told]:
    """What SIGTERM, SIGINT and SIGHUP say, instead of ending this process before its children."""
    told = _Told()
    before = {one: signal.signal(one, told.hear) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield told
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises NothingDone, in words."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = _bound(family, address)
    except OSError as failure:
        if failure.errno == errno.EADDRINUSE:
            raise saying.NothingDone(
                f"port {port} is in use: stop what runs there, or choose another with --port"
            ) from None
        reason = failure.strerror or str(failure)
        raise saying.NothingDone(f"nothing can listen on {host}:{port} ({reason}): choose another") from None
    return listener


def _bound(family: int, address: Any) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_QUEUE)
    except OSError:
        listener.close()
        raise
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        # Nobody is taken from the queue before asking something: a process that leaves then has no such line.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _ASKS_WITHIN_SECONDS)
    # Several processes are woken by one connection, and whoever comes late must not wait for the next.
    listener.setblocking(False)
    return listener


def _environment(desk: Desk) -> Mapping[str, str]:
    """What the children run with: this process's settings, whatever said them."""
    folder = str(desk.settings.data_dir.absolute())
    told = {"OMNI_DATA_DIR": folder, "OMNI_BASE_URL": desk.settings.base_url}
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in told}
    return {_ARENAS: "1", **kept, **told}


def _spoken(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


COMMANDS = (serve, worker)
