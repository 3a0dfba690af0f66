"""Which server: the same application, processes and threads behind each, and 32 clients that ask for pages.

Omni's own way is granian's threads on one socket that its processes share (`omni/web/process.py`); beside it
granian's command and, where they are installed, gunicorn's threads, uwsgi and waitress (one process, as many
threads). All stand at once and are asked in turn for pages of codes, on lines that are kept. Printed are
requests a second, p99, what the largest process keeps in memory (PSS) after the first round and after the
last, and the time from start to first answer.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from statistics import median, quantiles
from urllib.request import urlopen

from omni.app import Installation
from omni.cli.children import Child
from tests.support.codes import a_batch, code_of
from tests.support.processes import family
from tests.support.serving import ROOT, environment_of, free_port
from tests.support.today import go_live_today, in_both_ways

ROUNDS, SECONDS, LINES = 5, 3.0, 32
PROCESSES, THREADS = 2, 4
CODES = 1_000
FACTORY = "omni.app:serving"
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)", "Accept-Language": "fr-FR"}

OTHERS = {
    "granian": "--interface wsgi --factory --no-ws --workers {processes} --blocking-threads {threads}"
    " --host 127.0.0.1 --port {port} {factory}",
    "gunicorn": "--worker-class gthread --workers {processes} --threads {threads} --keep-alive 5"
    " --log-level error --bind 127.0.0.1:{port} {factory}()",
    "uwsgi": "--http11-socket 127.0.0.1:{port} --master --need-app --lazy-apps --enable-threads --die-on-term"
    " --disable-logging --processes {processes} --threads {threads} --module {factory}()",
    "waitress": "--listen 127.0.0.1:{port} --threads {all_threads} --call {factory}",
}
"""How other servers are told the same; uwsgi is a program, the rest are run as modules."""


@dataclass
class Standing:
    """A server that runs: where, which processes, and what was measured of it."""

    name: str
    port: int
    processes: Callable[[], set[int]]
    answered_after: float
    rates: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)

    def measure(self, paths: Sequence[str]) -> None:
        """Ask for some seconds, and look at its memory then."""
        rate, p99 = _load(self.port, paths, seconds=SECONDS)
        self.rates.append(rate)
        self.p99s.append(p99)
        self.pss.append(max(map(_pss, self.processes())))

    def say(self) -> None:
        """Print a line."""
        rates = sorted(self.rates)
        print(
            f"{self.name:9} {median(rates):6.0f} a second ({rates[0]:.0f} to {rates[-1]:.0f}),"
            f" p99 {median(self.p99s):5.0f} ms, PSS {self.pss[0]:4.0f} MB, then {self.pss[-1]:4.0f},"
            f" first answer after {self.answered_after:.1f} s"
        )


def main() -> None:
    """Measure all that are installed."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as up:
        go_live_today(url := f"sqlite:///{folder}/omni.db")
        place, _ = in_both_ways(url, Path(folder))
        up.callback(place.db.close)
        batch = a_batch(place, count=CODES)
        paths = [f"/c/{code_of(place, batch, index)}" for index in range(CODES)]
        standing = [up.enter_context(_omni(place))]
        standing += [
            up.enter_context(_other(place, name)) for name in OTHERS if which(name) or find_spec(name)
        ]
        for server in standing:
            _load(server.port, paths, seconds=2)
        for _ in range(ROUNDS):
            for server in standing:
                server.measure(paths)
        for server in standing:
            server.say()


@contextmanager
def _omni(place: Installation) -> Iterator[Standing]:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        listener.setblocking(False)
        # As `omni serve` makes it; without this one process takes all who come at once.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 5)
        port, shared = listener.getsockname()[1], listener.fileno()
        command = [sys.executable, "-m", "omni.web.process", str(shared), str(THREADS), FACTORY]
        began = time.monotonic()
        children = [Child(command, environment_of(place), keeps=[shared]) for _ in range(PROCESSES)]
    try:
        yield Standing("omni", port, lambda: {child.pid for child in children}, _first_answer(port, began))
    finally:
        for child in children:
            child.end()


@contextmanager
def _other(place: Installation, name: str) -> Iterator[Standing]:
    port = free_port()
    told = OTHERS[name].format(
        port=port, processes=PROCESSES, threads=THREADS, all_threads=PROCESSES * THREADS, factory=FACTORY
    )
    program = ["uwsgi"] if name == "uwsgi" else [sys.executable, "-m", name]
    began = time.monotonic()
    server = subprocess.Popen(
        [*program, *told.split()], env=_environment(place), cwd=ROOT, start_new_session=True
    )
    try:
        yield Standing(name, port, lambda: family(server.pid), _first_answer(port, began))
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def _environment(place: Installation) -> dict[str, str]:
    """The installation's, where what is installed beside Omni is found too."""
    env = environment_of(place)
    return {**env, "PYTHONPATH": os.pathsep.join([env["PYTHONPATH"], os.environ.get("PYTHONPATH", "")])}


def _first_answer(port: int, began: float) -> float:
    """How long it took until a page was answered."""
    while True:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
            answer.read()
            return time.monotonic() - began
        time.sleep(0.02)


def _load(port: int, paths: Sequence[str], *, seconds: float) -> tuple[float, float]:
    """Requests a second, and p99 in ms."""
    asked = [{"method": "GET", "path": path, "headers": PHONE, "body": ""} for path in paths]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.hammer", *map(str, (port, LINES, 0, seconds))],
        input="\n".join(map(json.dumps, asked * int(8 * seconds))),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    if set(told["statuses"]) != {"200"}:
        raise SystemExit(f"answers {told['statuses']}")
    return told["statuses"]["200"] / told["seconds"], quantiles(told["latencies_ms"], n=100)[98]


def _pss(pid: int) -> float:
    """What a process has in memory of its own, and its part of what it shares, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
