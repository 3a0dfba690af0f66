"""Whoever got the page was counted, once: servers killed with -9 under load, and a database that is away."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from threading import Condition, Event

import pytest
from sqlmodel import col, func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import Cell, CellLevel, Scan
from omni.domain.cube import Kind
from omni.services.reconciling import not_yet_folded, reconcile
from tests.support.codes import a_batch, code_of
from tests.support.databases import ENGINES
from tests.support.journeys import fold
from tests.support.postgres import Restartable
from tests.support.processes import OmniProcess, kill
from tests.support.proofs import share_of
from tests.support.today import go_live_today, in_both_ways

KILLS = -(-share_of(50) // len(ENGINES))
AWAY_SECONDS = share_of(60)
SHOPPERS = 8
CODES = 200
PATIENCE_SECONDS = 60
AGAIN_SECONDS = 0.05
PHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
}
SMALL = ("--workers", "1", "--threads", "8")


class Shoppers:
    """People who open codes one after the other, as fast as they are answered, until told to stop.

    What each code's page answered is kept, and how often nobody knows whether it did.
    """

    def __init__(self, port: int, codes: Sequence[str], dice: Random) -> None:
        self.statuses: Counter[int] = Counter()
        self.served: Counter[int] = Counter()
        self.unsure: Counter[int] = Counter()
        self._port, self._codes = port, codes
        self._dice = [Random(dice.random()) for _ in range(SHOPPERS)]
        self._news, self._over = Condition(), Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Everybody opens codes until the block ends."""
        with ThreadPoolExecutor(SHOPPERS) as pool:
            working = [pool.submit(self._open, dice) for dice in self._dice]
            try:
                yield
            finally:
                self._over.set()
        for ended in working:
            ended.result()

    def wait_for_pages(self, more: int) -> None:
        """Wait until so many more pages were answered."""
        with self._news:
            goal = self.statuses.total() + more
            assert self._news.wait_for(lambda: self.statuses.total() >= goal, PATIENCE_SECONDS)

    def _open(self, dice: Random) -> None:
        line = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        while not self._over.is_set():
            index = dice.randrange(len(self._codes))
            try:
                if line.sock is None:
                    line.connect()
            except OSError:
                self._over.wait(AGAIN_SECONDS)
                continue
            self._note(index, self._status(line, index))
        line.close()

    def _status(self, line: HTTPConnection, index: int) -> int | None:
        try:
            line.request("GET", f"/c/{self._codes[index]}", headers=PHONE)
            answer = line.getresponse()
            answer.read()
        except (OSError, HTTPException):
            line.close()
            return None
        return answer.status

    def _note(self, index: int, status: int | None) -> None:
        with self._news:
            if status is None:
                self.unsure[index] += 1
            else:
                self.statuses[status] += 1
                self.served[index] += status == 200
            self._news.notify_all()


def check_every_page_is_counted_once(
    place: Installation, batch: Batch, shoppers: Shoppers, *, interrupted: int
) -> None:
    """The rows and the cube against what the shoppers saw, code by code.

    So many requests at most were interrupted: those alone may be counted without an answer.
    """
    with place.db.reading() as session:
        assert reconcile(session) == []
        by_number = select(Scan.number, func.count()).group_by(col(Scan.number))
        written = {number - batch.first_number: n for number, n in session.exec(by_number)}
        in_cube = select(Cell.kind, func.sum(Cell.n)).where(Cell.level == CellLevel.DAY).group_by(Cell.kind)
        cells = {kind: int(n) for kind, n in session.exec(in_cube)}
    for index in range(CODES):
        served, unsure = shoppers.served[index], shoppers.unsure[index]
        assert served <= written.get(index, 0) <= served + unsure, f"code {index}"
    assert cells[Kind.SCAN] == sum(written.values()) <= shoppers.served.total() + interrupted
    assert cells[Kind.SCAN_FIRST] == len(written)


@pytest.mark.proof
def test_every_page_a_shopper_saw_is_counted_once_after_any_number_of_kills(
    today: tuple[Installation, OmniProcess], dice: Random
) -> None:
    place, omni = today
    batch = a_batch(place, count=CODES)
    shoppers = Shoppers(omni.port, [code_of(place, batch, index) for index in range(CODES)], dice)
    server = omni.start(*SMALL, "--no-worker")
    try:
        with shoppers.at_work():
            for _ in range(KILLS):
                shoppers.wait_for_pages(dice.randint(1, 300))
                kill(server)
                server = omni.start(*SMALL, "--no-worker")
            shoppers.wait_for_pages(SHOPPERS)
    finally:
        kill(server)
    fold(place)
    assert set(shoppers.statuses) == {200}
    check_every_page_is_counted_once(place, batch, shoppers, interrupted=SHOPPERS * KILLS)


@pytest.mark.proof
def test_no_page_fails_while_the_database_is_away_and_all_are_counted_afterwards(
    restartable_postgres: Restartable, dice: Random, tmp_path: Path
) -> None:
    go_live_today(restartable_postgres.url)
    place, omni = in_both_ways(restartable_postgres.url, tmp_path)
    batch = a_batch(place, count=CODES)
    shoppers = Shoppers(omni.port, [code_of(place, batch, index) for index in range(CODES)], dice)
    server = omni.start(*SMALL)
    try:
        with shoppers.at_work():
            shoppers.wait_for_pages(100)
            restartable_postgres.stop("fast")
            back_at = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < back_at:
                shoppers.wait_for_pages(SHOPPERS)
            restartable_postgres.start()
            shoppers.wait_for_pages(100)
        assert set(shoppers.statuses) == {200}
        wait_until_folded(place)
        check_every_page_is_counted_once(place, batch, shoppers, interrupted=0)
    finally:
        kill(server)
        place.db.close()


def wait_until_folded(place: Installation) -> None:
    """Wait until the worker has caught up."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with place.db.reading() as session:
            waiting = not_yet_folded(session, place.settings.data_dir / "spool")
        if not (waiting.messages or waiting.spool_bytes):
            return
        time.sleep(0.1)
    raise AssertionError("the worker did not catch up")
