"""The spool: scans on the local disk before the page is answered, so that a database may be down meanwhile.

Every process appends to files of its own; whoever folds reads them up to the last whole line. A lock held on
a file for its writer's life tells the living from the dead. Nothing is lost by kill -9; the disk itself is
not waited for, so a power cut may cost the last seconds and a lost disk costs what was not folded yet.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import threading
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from omni.domain.scan_record import ScanRecord
from omni.store.frames import frame

_log = logging.getLogger(__name__)

ROTATE_AT = 16 * 1024 * 1024
"""Bytes after which a writer begins a new file, so that folded ones can be removed."""

STARTED = "%Y%m%dT%H%M%S.%f"
"""How the beginning of a process is written, in UTC, at the head of its files' names."""

_NAME = re.compile(r"([0-9a-f-]{36})/(20[0-9]{6}T[0-9]{6}\.[0-9]{6})-[0-9a-f]{8}\.spool", re.ASCII)


def opened_at(name: str) -> datetime | None:
    """When the process began that named a file `<machine>/<file>`; None when no writer of ours did."""
    named = _NAME.fullmatch(name)
    if named is None:
        return None
    try:
        return datetime.strptime(named[2], STARTED).replace(tzinfo=UTC)
    except ValueError:
        return None


class SpoolWriter:
    """This process's end of the spool. Threads share it, and a forked child goes on with a file of its own.

    Counting never costs a shopper the page: a scan that cannot be written is counted in `lost` and the
    first one is logged. `mint` names files and, once per folder, the machine.
    """

    def __init__(
        self, folder: Path, now: datetime, mint: Callable[[int], bytes], *, rotate_at: int = ROTATE_AT
    ) -> None:
        self.lost = 0
        self._folder = folder
        self._started = now.astimezone(UTC).strftime(STARTED)
        self._mint = mint
        self._rotate_at = rotate_at
        self._file: int | None = None
        self._size = 0
        self._lock = threading.Lock()
        _writers.add(self)

    def append(self, record: ScanRecord) -> bool:
        """Write a scan down; True once it would survive the death of this process."""
        return self.append_payload(record.to_payload())

    def append_payload(self, payload: bytes) -> bool:
        """Write down what a scan's record says of itself."""
        line = frame(payload)
        with self._lock:
            try:
                # A short write is not continued: the next line's newline ends it, and it is set aside.
                written = os.write(self._ready_file(), line)
                problem = f"only {written} of {len(line)} bytes were written"
            except OSError as error:
                written, problem = 0, str(error)
            self._size += written
            if written == len(line):
                return True
            self._lose(problem)
            return False

    def close(self) -> None:
        """Let go of the file, so that it can be removed once folded. A later scan opens another."""
        with self._lock:
            self._let_go()

    def _ready_file(self) -> int:
        if self._file is None or self._size >= self._rotate_at:
            self._let_go()
            self._file, self._size = self._new_file(), 0
        return self._file

    def _new_file(self) -> int:
        home = self._folder / _machine(self._folder, self._mint)
        home.mkdir(exist_ok=True)
        while True:
            path = home / f"{self._started}-{self._mint(4).hex()}.spool"
            try:
                file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o640)
            except FileExistsError:
                continue
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError:
                os.close(file)
                raise
            # A file without a name was removed in the moment between its making and its locking.
            if os.fstat(file).st_nlink > 0:
                return file
            os.close(file)

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _lose(self, problem: str) -> None:
        self.lost += 1
        if self.lost == 1:
            _log.error("scans are being lost, %s cannot be written: %s", self._folder, problem)

    def _start_over(self) -> None:
        # The lock may have been held by a thread that the child does not have.
        self._lock = threading.Lock()
        self._let_go()
        self.lost = 0


_writers: weakref.WeakSet[SpoolWriter] = weakref.WeakSet()


def _after_fork() -> None:
    for writer in _writers:
        writer._start_over()


os.register_at_fork(after_in_child=_after_fork)


def _machine(folder: Path, mint: Callable[[int], bytes]) -> str:
    """The name of this machine, kept in the folder and minted again should the file be unreadable.

    Two processes that mint at once may use two names. Names only keep machines apart, so that is harmless.
    """
    kept = folder / "machine"
    try:
        return str(UUID(kept.read_text("ascii").strip()))
    except (FileNotFoundError, ValueError):
        machine = str(UUID(bytes=mint(16), version=4))
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(f"{machine}\n", "ascii")
        return machine
