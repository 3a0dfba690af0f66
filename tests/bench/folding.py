"""What folding costs beside bare inserts of the same rows, on SQLite in a scratch folder.

Covered so far: scans of one batch, folded by one worker. Not yet: PostgreSQL, several workers, the
messages of claims and redemptions.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import URL

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import Scan
from omni.domain.record import bucket_of
from omni.store.rows import insert_all
from tests.support.codes import a_batch
from tests.support.installations import an_installation, go_live
from tests.support.journeys import fold, scan

ROUNDS = 5
SCANS = 5_000


def main() -> None:
    """Print the median ratio of folding to bare inserting, with its spread."""
    with TemporaryDirectory() as folder:
        url = URL.create("sqlite", database=str(Path(folder) / "omni.db")).render_as_string()
        go_live(url)
        place = an_installation(url, Path(folder) / "data")
        batch = a_batch(place, count=SCANS)
        rounds = [(_folding(place, batch), _inserting(place, batch, number)) for number in range(ROUNDS)]
        place.spool.close()
        place.db.close()
    ratios = sorted(folding / inserting for folding, inserting in rounds)
    print(f"fold {SCANS:,} scans  {median(ratios):5.1f} x  ({ratios[0]:.1f} to {ratios[-1]:.1f})")


def _folding(place: Installation, batch: Batch) -> float:
    for number in range(batch.first_number, batch.first_number + SCANS):
        scan(place, batch, number)
    return _seconds(lambda: fold(place))


def _inserting(place: Installation, batch: Batch, turn: int) -> float:
    rows = [_row(place, batch, batch.first_number + code, turn) for code in range(SCANS)]

    def insert() -> None:
        with place.db.writing() as tx:
            insert_all(tx, Scan, rows)

    return _seconds(insert)


def _row(place: Installation, batch: Batch, number: int, turn: int) -> dict[str, object]:
    row = Scan(
        bucket=bucket_of(number),
        number=number,
        scanned_at=place.world.now(),
        spool_id=f"bare/{turn}",
        position=number,
        batch_id=batch.id or 0,
        edition_id=batch.edition_id,
        placement_id=batch.placement_id,
        revision=batch.revision,
        touchpoint="pop-up",
        variant="default",
        arm="treatment",
        locale="fr_FR",
        kind="scan-repeat",
        device="ios",
        is_shared=False,
        origin=batch.origin,
    )
    return row.model_dump()


def _seconds(work) -> float:  # type: ignore[no-untyped-def]
    began = perf_counter()
    work()
    return perf_counter() - began


if __name__ == "__main__":
    main()
