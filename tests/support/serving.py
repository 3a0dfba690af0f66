"""The production server as a process of its own, on a free port of loopback, at the hour of the festival."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask

from omni.app import Installation, create_app
from omni.cli.children import Child
from omni.cli.serving import listening
from omni.settings import read_settings
from omni.world import World
from tests.support.installations import FESTIVAL

ROOT = Path(__file__).parents[2]


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


@dataclass(frozen=True)
class Served:
    """Server processes on a port of loopback."""

    port: int
    crew: Sequence[Child]

    @property
    def cpu_seconds(self) -> float:
        """What the processes have used."""
        return sum(map(_cpu_seconds, self.crew))


@contextmanager
def served(
    place: Installation, *, workers: int = 2, threads: int = 4, factory: Callable[[], Flask] = at_the_festival
) -> Iterator[Served]:
    """Serve an installation's database and keys as `omni serve` does, until the block ends."""
    with listening("127.0.0.1", 0) as listener:
        number = listener.fileno()
        command = [sys.executable, "-m", "omni.web.process", str(number), str(threads)]
        named = f"{factory.__module__}:{factory.__name__}"
        crew = [Child([*command, named], environment_of(place), keeps=[number]) for _ in range(workers)]
        try:
            if not all(child.becomes_ready(lambda: False) for child in crew):
                raise RuntimeError("the server did not start; what it said stands above")
            yield Served(listener.getsockname()[1], crew)
        finally:
            for child in crew:
                child.leave()
            for child in crew:
                child.end()


def _cpu_seconds(child: Child) -> float:
    stat = Path(f"/proc/{child.pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def environment_of(place: Installation) -> dict[str, str]:
    """What a process is started with that serves this installation."""
    settings = place.settings
    return environment(
        OMNI_DATA_DIR=str(settings.data_dir),
        OMNI_DATABASE_URL=settings.database_url,
        OMNI_BASE_URL=settings.base_url,
        OMNI_SECRET_KEY=settings.secret_key,
        OMNI_CODE_KEYS=settings.code_keys,
    )
