"""The server's processes come and go, and nobody who asks for a page notices."""

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread

import pytest

from tests.support.hammer import Line, answered, packed
from tests.support.processes import OmniProcess, family, kill

LINES = 8
WITHIN_SECONDS = 120


@pytest.fixture(scope="module")
def omni(tmp_path_factory: pytest.TempPathFactory) -> OmniProcess:
    """An installation without a campaign, served anew by each test."""
    made = OmniProcess.in_folder(tmp_path_factory.mktemp("served"))
    made("init")
    return made


@contextmanager
def served(omni: OmniProcess, *options: str, processes: int) -> Iterator[Popen[bytes]]:
    log = omni.folder / "server.log"
    log.unlink(missing_ok=True)
    server = omni.start("--threads", "2", *options)
    try:
        wait_for(lambda: "Serving on" in log.read_text(), "all of them are ready")
        wait_for(lambda: len(children(server)) == processes, "the worker is there too")
        yield server
    finally:
        if server.poll() is None:
            kill(server)


@contextmanager
def under_load(port: int) -> Iterator[Counter[int]]:
    """Ask for a page over and over, half of the time on lines that are kept; how often by status."""
    kept = packed(port, "GET", "/readyz", {}, "")
    fresh = packed(port, "GET", "/readyz", {"Connection": "close"}, "")
    statuses: Counter[int] = Counter()
    over = Event()

    def ask(request: bytes) -> None:
        with closing(Line(port)) as line:
            while not over.is_set():
                statuses[line.ask(request)] += 1

    threads = [Thread(target=ask, args=(request,)) for request in [kept, fresh] * (LINES // 2)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        over.set()
        for thread in threads:
            thread.join()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}, and it did not come to that in time"
        time.sleep(0.05)


def children(server: Popen[bytes]) -> set[int]:
    return {pid for pid in family(server.pid) - {server.pid} if is_there(pid)}


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_processes_are_replaced_under_load_and_no_request_fails(omni: OmniProcess) -> None:
    with served(omni, "--workers", "2", processes=3) as server, under_load(omni.port) as statuses:
        before = children(server)
        server.send_signal(signal.SIGHUP)
        wait_for(
            lambda: len(children(server)) == len(before) and not children(server) & before,
            "every process is another",
        )
        asked = statuses.total()
        wait_for(lambda: statuses.total() > asked + 10 * LINES, "the new ones answer")
    assert set(statuses) == {200}


def test_a_process_that_dies_is_replaced_and_the_other_goes_on(omni: OmniProcess) -> None:
    with served(omni, "--workers", "2", "--no-worker", processes=2) as server:
        one, other = children(server)
        os.kill(one, signal.SIGKILL)
        wait_for(lambda: len(children(server) - {one}) == 2, "there are two again")
        assert other in children(server)


def test_no_process_outlives_a_server_that_was_killed(omni: OmniProcess) -> None:
    with served(omni, "--workers", "1", processes=2) as server:
        orphans = children(server)
        server.kill()
        server.wait()
        wait_for(lambda: not any(map(is_there, orphans)), "all are gone")


def test_what_is_under_way_is_answered_before_the_server_stops(omni: OmniProcess) -> None:
    alone = served(omni, "--workers", "1", "--no-worker", processes=1)
    with alone as server, socket.create_connection(("127.0.0.1", omni.port)) as line:
        request = packed(omni.port, "GET", "/readyz", {}, "")
        line.sendall(request[:9])
        server.terminate()
        wait_for(lambda: not is_listening(omni.port), "it takes nobody new")
        line.sendall(request[9:])
        assert answered(line) == (200, False)
        assert server.wait(20) == 0


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
