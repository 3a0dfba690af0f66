"""A newcomer's first minute: `omni demo`, the address it prints, stop, start again."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.support.serving import environment, free_port


@contextmanager
def demo(folder: Path, port: int) -> Iterator[str]:
    """A running demo, with all it said until it was ready; stopped as `docker stop` would."""
    command = [sys.executable, "-m", "omni", "--data-dir", str(folder), "demo", "--port", str(port)]
    log = folder.parent / "demo.log"
    with (
        log.open("w") as out,
        subprocess.Popen(command, env=environment(), stdout=out, stderr=out) as process,
    ):
        try:
            yield _until_ready(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def _until_ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 120
    while "Ctrl-C stops" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return log.read_text()


def funnel(folder: Path) -> str:
    command = [sys.executable, "-m", "omni", "--data-dir", str(folder), "stats", "double-11", "--as", "csv"]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout


def test_the_demo_serves_a_fresh_code_stops_cleanly_and_keeps_its_data(tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "var"
    with demo(folder, port) as said:
        url = re.search(r"HTTP://127\.0\.0\.1:\d+/C/\w{15}", said)
        assert url
        with urlopen(url[0]) as page:
            assert (page.status, b"<form" in page.read()) == (200, True)
        links = re.findall(r"http://127\.0\.0\.1:\d+/sign-in/\w{48}", said)
        assert len(links) == 2
        busy = subprocess.run(
            [sys.executable, "-m", "omni", "--data-dir", str(folder), "demo", "--port", str(port)],
            env=environment(),
            capture_output=True,
            text=True,
        )
        assert busy.returncode == 1
        assert (
            busy.stderr
            == f"omni: port {port} is in use: stop what runs there, or choose another with --port\n"
        )
    before = funnel(folder)
    assert len(before.splitlines()) == 21
    with demo(folder, port) as said:
        assert "Loading" not in said
        assert not set(links) & set(re.findall(r"http://\S+/sign-in/\w{48}", said))
        with urlopen(url[0]) as page:
            assert page.status == 200


def test_a_setting_that_cannot_be_right_is_one_line(tmp_path: Path) -> None:
    for setting, value, expected in (
        ("OMNI_BASE_URL", "go.example", "OMNI_BASE_URL must be a scheme and host"),
        ("OMNI_CODE_KEYS", "1:nonsense", "copy it again from the recovery sheet"),
    ):
        said = subprocess.run(
            [sys.executable, "-m", "omni", "--data-dir", str(tmp_path / "var"), "demo"],
            env=environment(**{setting: value}),
            capture_output=True,
            text=True,
        )
        assert said.returncode in (1, 2)
        assert said.stderr.startswith("omni: ")
        assert said.stderr.count("\n") == 1
        assert expected in said.stderr
