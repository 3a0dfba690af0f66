"""Where a printed file goes, the codes on their way to it, and how far it is."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich import progress
from rich.console import Console
from rich.text import Text

from omni.present.slip import PrintedCode, Progress

_STEPS = 500
_STOPPING = "Stopping: the file is being finished. Ctrl-C again ends at once and keeps nothing."


class Output(io.RawIOBase):
    """A file being written: standard output, a device, or a new file that takes its name when it is whole.

    It is written from its start to its end, so that its hash is known when it is done. `codes` is how many
    may have come out so far: of a stream that breaks off some, of a file that is not kept none.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = 0
        self.codes = 0
        self._digest = hashlib.sha256()
        path = Path(name)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        self.is_stream = name == "-" or (path.exists() and not path.is_file())
        self._path = path
        self._fresh = path.with_name(f".{path.name}.part")
        to: Any = sys.stdout.fileno() if name == "-" else path if self.is_stream else self._fresh
        self._file = open(to, "wb", buffering=0, closefd=name != "-")  # noqa: SIM115

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def write(self, data: Any) -> int:
        """Hand all of the bytes on, or raise OSError."""
        piece = memoryview(data).cast("B")
        self._digest.update(piece)
        left = piece
        while left:
            try:
                written = self._file.write(left) or 0
            except OSError as failure:
                failure.filename = self.name
                raise
            self.size += written
            left = left[written:]
        return len(piece)

    @property
    def sha256(self) -> str:
        """The hash of everything written so far."""
        return self._digest.hexdigest()

    def keep(self) -> None:
        """The file is whole: give it its name."""
        self._file.close()
        if not self.is_stream:
            self._fresh.replace(self._path)

    def close(self) -> None:
        """Let go of the file. What was not kept is gone, but for what a stream has taken."""
        self._file.close()
        if not self.is_stream:
            self._fresh.unlink(missing_ok=True)
        super().close()


def write(name: str, content: bytes) -> None:
    """Write a file in one go, or none of it. Raises OSError."""
    with Output(name) as out:
        out.write(content)
        out.keep()


class Codes:
    """Codes on their way to paper: they end early when somebody stops them, but never before the first.

    `drawn` is how many were handed out.
    """

    def __init__(
        self,
        codes: Iterable[PrintedCode],
        *,
        is_stopped: Callable[[], bool] = lambda: False,
        tell: Progress = lambda _drawn: None,
    ) -> None:
        self.drawn = 0
        self._codes = codes
        self._is_stopped = is_stopped
        self._tell = tell

    def __iter__(self) -> Iterator[PrintedCode]:
        for drawn, code in enumerate(self._codes, start=1):
            self.drawn = drawn
            yield code
            self._tell(drawn)
            if self._is_stopped():
                click.echo(_STOPPING, err=True)
                return


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no signal come between what was printed and its being written down; that takes a moment only."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def bar(count: int) -> Iterator[Progress]:
    """Show on a terminal how many codes are done, how many a second, and how long it will take.

    It stands on standard error, for more than one code. A log gets none.
    """
    console = Console(stderr=True)
    if not console.is_terminal or count == 1:
        yield lambda _done: None
        return
    columns = (
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        _Rate(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console) as shown:
        task, step = shown.add_task("Printing", total=count), -(-count // _STEPS)

        def tell(done: int) -> None:
            if done % step == 0 or done == count:
                shown.update(task, completed=done)

        yield tell


class _Rate(progress.ProgressColumn):
    """Codes a second."""

    def render(self, task: progress.Task) -> Text:
        """The rate of the last seconds; of all of them once it is done."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")
