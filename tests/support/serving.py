"""The production server as a process of its own, on a free port of loopback, at the hour of the festival."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask

from omni.app import Installation, create_app
from omni.settings import read_settings
from omni.world import World
from tests.support.installations import FESTIVAL

ROOT = Path(__file__).parents[2]
START_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 20


def at_the_festival() -> Flask:
    """What each process of the server calls: the demo's offers are open, whatever day the tests run."""
    began = time.monotonic()

    def now() -> datetime:
        return FESTIVAL + timedelta(seconds=time.monotonic() - began)

    return create_app(read_settings(), World(now=now))


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """What a process of Omni's is started with: these settings, and none of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OMNI_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings}


@contextmanager
def served(
    place: Installation, *, workers: int = 2, threads: int = 8, factory: Callable[[], Flask] = at_the_festival
) -> Iterator[int]:
    """Serve an installation's database and keys; the port, until the block ends."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("granian")),
        *("--interface", "wsgi", "--factory", "--no-ws", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        f"{factory.__module__}:{factory.__name__}",
    ]
    log = place.settings.data_dir / "server.log"
    with log.open("wb") as written:
        # A session of its own: granian's workers outlive a main process that had to be killed.
        server = subprocess.Popen(
            command, cwd=ROOT, env=_environment(place), stdout=written, stderr=written, start_new_session=True
        )
    try:
        _wait_until_ready(server, port, workers, log)
        yield port
    finally:
        _stop(server)


def _environment(place: Installation) -> dict[str, str]:
    settings = place.settings
    return environment(
        OMNI_DATA_DIR=str(settings.data_dir),
        OMNI_DATABASE_URL=settings.database_url,
        OMNI_BASE_URL=settings.base_url,
        OMNI_SECRET_KEY=settings.secret_key,
        OMNI_CODE_KEYS=settings.code_keys,
    )


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, workers: int, log: Path) -> None:
    """Ready many times over, so that every worker is up: a signal sent while one starts would be lost."""
    until = time.monotonic() + START_WITHIN_SECONDS
    in_a_row = 0
    while in_a_row < 4 * workers:
        if server.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server did not start:\n{log.read_text()}")
        in_a_row = in_a_row + 1 if _is_ready(port) else 0


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        time.sleep(0.1)
        return False
    finally:
        connection.close()


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(STOP_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
