"""Writer processes of a SQLite database queue before they begin, so that none of them stalls for seconds."""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSES = (0.001, 0.0005)
"""Between two looks at a lock: whoever has waited longer looks more often."""


class WriterQueue:
    """Two file locks shared by all writers of one machine, taken first by one thread of each process.

    SQLite's own busy handler sleeps ever longer and forgets who came first: eight writers stall for seconds
    behind each other. One lock alone would not do either: who gives it up has it again before a waiter looks.
    So there is a door before the room; the next writer stands in the door while the room is taken, and who
    comes out of the room finds the door shut.
    """

    def __init__(self, path: Path) -> None:
        self._room = path
        self._door = path.with_name(f"{path.name}-door")
        self._threads = threading.Lock()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Hold the only turn to write; TimeoutError when it did not come within the seconds."""
        deadline = time.monotonic() + seconds
        if not self._threads.acquire(timeout=seconds):
            raise TimeoutError
        try:
            with self._room.open("a") as room:
                with self._door.open("a") as door:
                    _lock(door.fileno(), deadline)
                    _lock(room.fileno(), deadline)
                yield
        finally:
            self._threads.release()


def _lock(descriptor: int, deadline: float) -> None:
    attempt = 0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError from None
            time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1
