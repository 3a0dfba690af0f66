"""Many share cards at once, in processes beside this one: threads would wait for each other's Python."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Self

from omni.domain.offer import Picture
from omni.present.share_card import Easel, ShareCard

_WORTH_IT = 100  # cards; fewer are drawn while other processes would still be beginning

_AHEAD = 2  # given to a process: the one it draws and the next

_easel: Easel


class Easels:
    """Cards on their way into their files, on an easel for each core but this one; to be closed.

    The last is begun first, so that whoever asks for them in order can draw on this core what is left. Cards
    with the same picture in a row are quickest; `pictures` has these by digest. Of a few nothing is begun.
    """

    def __init__(self, cards: Mapping[Path, ShareCard], pictures: Mapping[str, Picture]) -> None:
        others = (os.cpu_count() or 1) - 1
        self._waiting = dict(cards)
        self._begun: dict[Path, Future[None]] = {}
        self._pool: ProcessPoolExecutor | None = None
        if others and len(cards) >= _WORTH_IT:
            spawning = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                others, mp_context=spawning, initializer=_set_up, initargs=(pictures,)
            )
            for _ in range(_AHEAD * others):
                self._begin(self._pool)

    def settle(self, path: Path) -> None:
        """Wait for a card that was begun; one that was not will not be.

        Its file is there then, unless it could not be drawn or kept, or its process died.
        """
        self._waiting.pop(path, None)
        if path in self._begun:
            wait([self._begun[path]])

    def _begin(self, pool: Executor) -> None:
        with suppress(KeyError, RuntimeError):  # nothing is left; the pool is closed, or its process died
            path, card = self._waiting.popitem()
            self._begun[path] = begun = pool.submit(_draw, card, path)
            begun.add_done_callback(lambda _: self._begin(pool))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.clear()
        if self._pool:
            self._pool.shutdown()


def _set_up(pictures: Mapping[str, Picture]) -> None:
    """The easel of this process. Who interrupts it is answered by the process that asked."""
    global _easel
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    _easel = Easel(pictures.get)


def _leave_with(asking: BaseProcess) -> None:
    """Leave with the process that asked: its queue, which this one holds open too, would never end."""
    asking.join()
    os._exit(1)


def _draw(card: ShareCard, path: Path) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(_easel.draw(card))
    fresh.replace(path)
