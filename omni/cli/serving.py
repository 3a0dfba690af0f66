"""Serving: the web server and the worker as two child processes that begin and end together."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.cli.working import work
from omni.services import recounting

_PATIENCE_SECONDS = 10.0
_ASK_AGAIN_SECONDS = 0.5
_LOOK_SECONDS = 0.1
_RESTART_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0


@example("omni serve", "omni serve --host 0.0.0.0 --port 80 --workers 4")
@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on."
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(min=1), help="Server processes.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(min=1), help="Threads in each.")
@click.option("--no-worker", is_flag=True, help="Leave the counting to an `omni worker` elsewhere.")
@pass_desk
def serve(desk: Desk, host: str, port: int, workers: int, threads: int, *, no_worker: bool) -> None:
    """Serve every page and the API, with the worker beside it."""
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
@click.option("--rebuild", is_flag=True, help="Empty the statistics and count every fact anew, then stop.")
@pass_desk
def worker(desk: Desk, *, once: bool, waits: bool, rebuild: bool) -> None:
    """Count what happened into the statistics; `omni serve` runs one."""
    if rebuild:
        with desk.place.db.writing() as tx:
            recounting.rebuild_cube(tx)
        click.echo("Every fact was counted anew.")
        return
    work(desk.composer, desk.settings, once=once, waits=waits)


def check_port(host: str, port: int) -> None:
    """Raise NothingDone when nobody can listen there; the server would only say so later, and longer."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as failure:
        if failure.errno == errno.EADDRINUSE:
            raise saying.NothingDone(
                f"port {port} is in use: stop what runs there, or choose another with --port"
            ) from None
        reason = failure.strerror or str(failure)
        raise saying.NothingDone(f"nothing can listen on {host}:{port} ({reason}): choose another") from None


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
    """Run server and worker until a signal stops them or the server ends by itself.

    A worker that ends is started again: counting must not stop because one process did.
    """
    environment = _environment(desk)
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--host", host]
    server += ["--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads)]
    # An address of ours is a code, and a code is a bearer paper: no access log, whoever asks for one.
    server += ["--no-ws", "--no-access-log", "--log-level", "warning", "omni.app:serving"]
    counting = [sys.executable, "-m", "omni", "worker", "--wait"] if has_worker else None
    with _stop_signal() as stopping, _child(server, environment) as serving:
        if not _wait_until_listening(host, port, serving, stopping):
            if stopping.is_set():
                return
            raise saying.NothingDone("the server did not start; `omni doctor` says what is wrong")
        when_ready()
        sys.stdout.flush()
        if counting is None:
            _watch(serving, stopping)
        else:
            _watch_with_worker(serving, counting, environment, stopping)
        if not stopping.is_set():
            raise saying.NothingDone(f"the server stopped by itself (exit code {serving.returncode})")


def _environment(desk: Desk) -> Mapping[str, str]:
    """What the children run with: this process's settings, whatever said them."""
    folder = str(desk.settings.data_dir.absolute())
    told = {"OMNI_DATA_DIR": folder, "OMNI_BASE_URL": desk.settings.base_url}
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in told}
    return {**kept, **told}


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, instead of ending this process before its children."""
    stopping = threading.Event()
    wanted = (signal.SIGTERM, signal.SIGINT)
    before = {one: signal.signal(one, lambda *_: stopping.set()) for one in wanted}
    try:
        yield stopping
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _child(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A child in a session of its own, so that the terminal's Ctrl-C comes to us and we end it in order."""
    child = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        yield child
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    # granian loses a SIGTERM that comes while it starts, so it is told again until it has gone.
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        child.terminate()
        try:
            child.wait(_ASK_AGAIN_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    with suppress(ProcessLookupError):
        # The group, because server processes outlive a master that had to be killed and keep the port.
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _wait_until_listening(
    host: str, port: int, child: subprocess.Popen[bytes], stopping: threading.Event
) -> bool:
    while child.poll() is None and not stopping.is_set():
        try:
            with socket.create_connection((_spoken(host), port), timeout=1.0):
                return True
        except OSError:
            stopping.wait(_LOOK_SECONDS)
    return False


def _watch(serving: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    while serving.poll() is None and not stopping.wait(_LOOK_SECONDS):
        pass


def _watch_with_worker(
    serving: subprocess.Popen[bytes],
    counting: list[str],
    environment: Mapping[str, str],
    stopping: threading.Event,
) -> None:
    pause = _RESTART_SECONDS
    while serving.poll() is None and not stopping.is_set():
        began = time.monotonic()
        with _child(counting, environment) as busy:
            while serving.poll() is None and busy.poll() is None and not stopping.wait(_LOOK_SECONDS):
                pass
        has_worked = time.monotonic() - began > _LONGEST_PAUSE_SECONDS
        pause = _RESTART_SECONDS if has_worked else min(2 * pause, _LONGEST_PAUSE_SECONDS)
        stopping.wait(pause)


def _spoken(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


COMMANDS = (serve, worker)
