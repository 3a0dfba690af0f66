"""Processes of ours: started, replaced, told to end; and none of them outlives us."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

_log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""How long a process may take to end after it was told to."""

READY_SECONDS = 60.0
"""How long one may take to begin."""

RESTART_SECONDS = 1.0
"""How long one that ended is waited with, the first time."""

LONGEST_PAUSE_SECONDS = 60.0
"""How long at most; one that lasted longer is started again as if it had been the first."""

_LOOK_SECONDS = 0.1


class Child:
    """A process whose standard input is a line to us: when we are gone it reads the end of it, and ends.

    It has a session of its own, so that the terminal's Ctrl-C comes to us and we end it in order.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, keeps: Sequence[int] = ()
    ) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=theirs.fileno(),
                pass_fds=keeps,
                start_new_session=True,
            )
        self.began = time.monotonic()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    @property
    def told(self) -> str:
        """How it ended."""
        return f"exit code {self._process.returncode}"

    def becomes_ready(self, is_stopping: Callable[[], bool]) -> bool:
        """Wait until it says that it is ready; False when it ended, took too long, or we are to stop."""
        self._line.settimeout(_LOOK_SECONDS)
        while not is_stopping() and time.monotonic() - self.began < READY_SECONDS:
            with suppress(TimeoutError):
                return bool(self._line.recv(1))
        return False

    def leave(self) -> None:
        """Tell it to end when it has done what it is at."""
        if not self.has_ended:
            self._process.terminate()

    def end(self) -> None:
        """Tell it to end, wait, and lose patience."""
        self.leave()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._line.close()


class Kept:
    """A process that must be there: one that ends by itself is followed by another, each time later."""

    def __init__(self, start: Callable[[], Child]) -> None:
        self._start = start
        self._pause = RESTART_SECONDS / 2
        self._due: float | None = None
        self.child = start()

    def look(self) -> None:
        """Start it again when it has ended and its time has come."""
        now = time.monotonic()
        if self._due is not None and now >= self._due:
            self._due = None
            self.child.end()
            self.child = self._start()
        elif self._due is None and self.child.has_ended:
            has_lasted = now - self.child.began > LONGEST_PAUSE_SECONDS
            self._pause = RESTART_SECONDS if has_lasted else min(2 * self._pause, LONGEST_PAUSE_SECONDS)
            self._due = now + self._pause
            _log.warning("a process ended (%s), the next starts in %.0f s", self.child.told, self._pause)

    def replace(self, is_stopping: Callable[[], bool]) -> bool:
        """Start another and, once that is ready, end this; False when it did not begin and this stays."""
        fresh = self._start()
        if not fresh.becomes_ready(is_stopping):
            fresh.end()
            return False
        self._due = None
        self.child, old = fresh, self.child
        old.end()
        return True
