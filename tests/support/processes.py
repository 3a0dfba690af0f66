"""The `omni` command as its users run it: processes, with a data folder, database and port of their own."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from urllib.parse import urlsplit

from tests.support.installations import DEMO
from tests.support.phone import Phone
from tests.support.serving import environment, free_port

START_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class OmniProcess:
    """An installation reached through its command only; it prints the address it serves on."""

    folder: Path
    database_url: str
    port: int
    secrets: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, folder: Path, database_url: str = "") -> "OmniProcess":
        """An installation that will serve on a free port."""
        return cls(folder, database_url, free_port())

    @property
    def base(self) -> str:
        """The address it serves on and prints."""
        return f"http://127.0.0.1:{self.port}"

    def demo_file(self) -> Path:
        """The demo's campaign, with days around today: these processes live by the real clock."""
        copytree(DEMO / "pictures", self.folder / "pictures", dirs_exist_ok=True)
        today = datetime.now(UTC).date()
        text = (DEMO / "double-11.yaml").read_text()
        text = re.sub(r"^opens: .*$", f"opens: {today - timedelta(days=9)}", text, flags=re.MULTILINE)
        text = re.sub(r"^closes: .*$", f"closes: {today + timedelta(days=30)}", text, flags=re.MULTILINE)
        copy = self.folder / "double-11.yaml"
        copy.write_text(text)
        return copy

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever that is."""
        return subprocess.run(
            [*self._command, *arguments],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def __call__(self, *arguments: str) -> str:
        """Run a command that must succeed: what it wrote to standard output."""
        done = self.run(*arguments)
        said = f"omni {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        return done.stdout

    @contextmanager
    def serving(self, *options: str) -> Iterator[str]:
        """A running server, asked to stop politely at the end: the base of its addresses."""
        server = self.start(*options)
        try:
            yield self.base
        finally:
            stop(server)

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a server and wait until it is ready; whoever starts it ends it, by `stop` or `kill`."""
        log = self.folder / "server.log"
        with log.open("ab") as said:
            server = subprocess.Popen(
                [*self._command, "serve", "--port", str(self.port), *options],
                env=self._environment,
                cwd=self.folder,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            self._wait(server, log)
        except BaseException:
            kill(server)
            raise
        return server

    def sign_in(self, phone: Phone, name: str) -> Phone:
        """Sign a person in by a fresh link, pressing its button."""
        link = re.search(r"https?://\S+/sign-in/\S+", self("people", "link", name))
        assert link is not None
        phone.submit(phone.get(link.group()), action=urlsplit(link.group()).path)
        return phone

    @property
    def _environment(self) -> dict[str, str]:
        return environment(
            OMNI_DATA_DIR=str(self.folder / "var"),
            OMNI_DATABASE_URL=self.database_url,
            OMNI_BASE_URL=self.base,
            **self.secrets,
        )

    @property
    def _command(self) -> list[str]:
        return [sys.executable, "-m", "omni"]

    def _wait(self, server: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + START_WITHIN_SECONDS
        while time.monotonic() < deadline:
            assert server.poll() is None, f"the server ended with {server.returncode}\n{log.read_text()}"
            try:
                with urllib.request.urlopen(f"{self.base}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(f"the server was not ready\n{log.read_text()}")


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ask to stop, then insist; the whole group, because a server has workers."""
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        raise AssertionError("the server did not stop when asked to") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def kill(server: subprocess.Popen[bytes]) -> None:
    """End a server at one moment with all its processes, none of which can say goodbye."""
    doomed = [os.pidfd_open(pid) for pid in _held_still(server.pid)]
    for process in doomed:
        signal.pidfd_send_signal(process, signal.SIGKILL)
    for process in doomed:
        ended, _, _ = select.select([process], [], [], 20)
        assert ended, "a process outlived SIGKILL"
        os.close(process)
    server.wait()


def family(pid: int) -> set[int]:
    """A process and all that came of it."""
    return {pid}.union(*map(family, _children(pid)))


def _held_still(pid: int) -> Iterator[int]:
    """The family of a process, stopped from the top down, so that none begets another meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    yield pid
    for child in _children(pid):
        yield from _held_still(child)


def _children(pid: int) -> list[int]:
    begotten: list[int] = []
    # Whoever ends while we look has no children any more.
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                begotten += map(int, (thread / "children").read_text().split())
    return begotten
