"""Sealing a month of scans: what it counted is kept, its rows go.

The totals and their digest are the scans from then on. A scan that comes later, from a machine that was off,
is counted as ever and joins the seal when the month is sealed again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any, NamedTuple

from sqlmodel import Session, col, delete, select, update

from omni.domain.campaign import Edition
from omni.domain.counting import Cell, CellLevel, ScanSeal, SealedCell, SpoolFile
from omni.domain.cube import Kind, quarter_of
from omni.domain.market import Market
from omni.domain.record import Origin
from omni.domain.scan_month import ScanMonth, strictest
from omni.services.recounting import COUNTED, PEOPLE, orphan_cell, scan_cells
from omni.store import scan_months, spool_files
from omni.store.cube import Locator
from omni.store.loading import load_sums
from omni.store.rows import insert_if_absent, rows_changed, table_of
from omni.store.scan_months import Stretch
from omni.store.spool_files import Spool

WAITED_FOR = timedelta(days=7)
"""How long after its end a month waits for other machines that have not folded all they wrote."""

_KEY = tuple(column.name for column in table_of(SealedCell).primary_key.columns)
_Key = tuple[Any, ...]
_NO_EDITION = 0
_OF_SCANS = [Kind.SCAN, *sorted(PEOPLE), Kind.SCAN_BOT, Kind.SCAN_PREFETCH, Kind.ORPHAN]


class Early(StrEnum):
    """Why a month cannot be sealed yet."""

    NOT_OVER = "it is not over"
    NOT_FOLDED = "scans of it may still wait to be counted"


@dataclass(frozen=True)
class Sealed:
    """What was dropped: scans and orphans that counted. `is_whole` when nothing of the month is left."""

    scans: int
    orphans: int
    is_whole: bool


class Standing(NamedTuple):
    """How a month of scans stands: how many there are, how many were sealed, bytes where they are known."""

    month: ScanMonth
    scans: int
    sealed: int | None
    size: int | None


class Contents(NamedTuple):
    """What a sealed month holds: how many scans and orphans, and the digest of its totals.

    The digest is SHA-256 in hex over one line of JSON for each total, in the order of their keys.
    """

    scans: int
    orphans: int
    digest: str


def seal(tx: Session, now: datetime, *, month: ScanMonth, folder: Path) -> Sealed | Early:
    """Seal a month, or as much of it as one transaction may take: its totals stay, its rows are dropped.

    `folder` is this machine's spool. Whoever is told that the month is not whole asks again. Cube, facts and
    seals agree after each time. Scans of tests go with the rest and leave nothing.
    """
    if (early := _early(tx, now, month, folder)) is not None:
        return early
    # Written first: two who seal the same month wait for each other here.
    insert_if_absent(tx, ScanSeal, month=month.number, scans=0, orphans=0, digest="", sealed_at=now)
    stretch = scan_months.hold(tx, month)
    # Before anything is dropped: whoever counts anew has the cube before it reads the scans.
    _drop_quarters(tx, stretch)
    totals = _dropped(tx, month, stretch)
    rows = [dict(zip(_KEY, key, strict=True), n=n) for key, n in sorted(totals.items())]
    load_sums(tx, SealedCell, rows, sums=("n",))
    _close(tx, month, sealed_at=now)
    return Sealed(*_scans_and_orphans(totals.items()), is_whole=stretch.ends_at == month.ends_at)


def due(session: Session, now: datetime) -> list[ScanMonth]:
    """The months of which there are scans that no market's law lets us keep, the oldest first.

    The strictest law decides, of those markets that have an edition: a month is of all markets.
    """
    records = session.exec(select(Market.record).where(col(Market.id).in_(select(Edition.market_id))))
    days = strictest(record.get("retention", {}).get("scans_at_most") for record in records)
    if days is None:
        return []
    return [month for month in scan_months.months(session) if month.must_go(now, days=days)]


def seals(session: Session) -> dict[ScanMonth, ScanSeal]:
    """Every month that was sealed, the oldest first."""
    sealed = session.exec(select(ScanSeal).order_by(col(ScanSeal.month)))
    return {ScanMonth.from_number(one.month): one for one in sealed}


def standing(session: Session) -> list[Standing]:
    """Every month of which there are scans, orphans or a seal, the oldest first."""
    sealed = seals(session)
    return [
        Standing(
            month,
            scans=scan_months.count(session, month),
            sealed=sealed[month].scans if month in sealed else None,
            size=scan_months.size(session, month),
        )
        for month in sorted({*scan_months.months(session), *sealed})
    ]


def make_ready(tx: Session, now: datetime, *, ahead: int) -> int:
    """Make this month and some to come ready for their scans; says for how many that was needed."""
    months = [ScanMonth.of(now).after(later) for later in range(ahead + 1)]
    missing = [month for month in months if not scan_months.is_ready(tx, month)]
    for month in missing:
        scan_months.make_ready(tx, month)
    return len(missing)


def forget(tx: Session, origin: Origin) -> int:
    """Take everything of an origin out of the seals and close them anew; says how many totals went."""
    theirs = select(SealedCell.month).where(SealedCell.origin == origin).distinct()
    touched = [ScanMonth.from_number(number) for number in tx.exec(theirs).all()]
    gone = rows_changed(tx, delete(SealedCell).where(col(SealedCell.origin) == origin))
    for month in touched:
        _close(tx, month)
    return gone


def contents(session: Session, month: ScanMonth) -> Contents:
    """What the totals of a sealed month say now, whatever its seal says."""
    cells = select(*table_of(SealedCell).c).where(col(SealedCell.month) == month.number)
    totals = sorted((tuple(key), n) for *key, n in session.connection().execute(cells))
    said = sha256()
    for key, n in totals:
        said.update(dumps([*key, n]).encode() + b"\n")
    return Contents(*_scans_and_orphans(totals), said.hexdigest())


def _early(session: Session, now: datetime, month: ScanMonth, folder: Path) -> Early | None:
    """Why a month cannot be sealed yet, if so.

    A scan is of a process that began before it, so only files of such processes matter. What is on this disk
    must be folded. Of other machines the database knows the files it began to fold and has not finished; they
    are waited for some days and no longer, because a machine that died must not keep scans for ever.
    """
    if now < month.ends_at:
        return Early.NOT_OVER
    here = {spool.id: spool for spool in spool_files.spool_files(folder) if spool.opened_at < month.ends_at}
    known = col(SpoolFile.id).in_(here)
    folded = dict(session.exec(select(SpoolFile.id, SpoolFile.folded_to).where(known)).all())
    if any(_holds_back(spool, folded.get(name, 0), month) for name, spool in here.items()):
        return Early.NOT_FOLDED
    is_open = col(SpoolFile.closed_at).is_(None) & (col(SpoolFile.opened_at) < month.ends_at)
    elsewhere = session.exec(select(SpoolFile.id).where(is_open, ~known).limit(1)).first()
    return Early.NOT_FOLDED if elsewhere is not None and now < month.ends_at + WAITED_FOR else None


def _holds_back(spool: Spool, folded_to: int, month: ScanMonth) -> bool:
    """Whether scans of a month may wait in a file; it is written as time goes by, so the first tells."""
    if folded_to >= spool.size:
        return False
    try:
        records = spool_files.read_from(spool.path, folded_to, 1).records
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return not records or records[0][1].at < month.ends_at


def _drop_quarters(tx: Session, stretch: Stretch) -> None:
    """Let the cube forget the quarter hours of scans whose totals will know days only."""
    cells = table_of(Cell).c
    of_scans = (
        cells.edition_id.in_([_NO_EDITION, *tx.exec(select(Edition.id))]),
        cells.level == CellLevel.QUARTER,
        cells.kind.in_(_OF_SCANS),
        cells.time >= quarter_of(stretch.starts_at),
        cells.time < quarter_of(stretch.ends_at),
    )
    rows_changed(tx, delete(Cell).where(*of_scans))


def _dropped(tx: Session, month: ScanMonth, stretch: Stretch) -> Counter[_Key]:
    """Drop a stretch; what it counted, by the keys of its totals."""
    locator, totals = Locator(tx), Counter[_Key]()
    for scan, n in scan_months.drop(tx, month, stretch):
        if scan.origin in COUNTED:
            for cell in scan_cells(locator, scan._asdict(), n):
                totals[_key(month, scan.origin, cell)] += n
    for orphan in scan_months.drop_orphans(tx, stretch):
        totals[_key(month, Origin.LIVE, orphan_cell(locator, *orphan))] += 1
    return totals


def _key(month: ScanMonth, origin: Origin, cell: Mapping[str, Any]) -> _Key:
    where = {**cell, "month": month.number, "origin": origin}
    return tuple(where[name] for name in _KEY)


def _close(tx: Session, month: ScanMonth, **changed: datetime) -> None:
    """Write on a seal what its totals say."""
    of_month = col(ScanSeal.month) == month.number
    rows_changed(tx, update(ScanSeal).where(of_month).values(**contents(tx, month)._asdict(), **changed))


def _scans_and_orphans(totals: Iterable[tuple[_Key, int]]) -> tuple[int, int]:
    """How many scans and orphans totals come to: a person's scan is counted as `scan` beside its own kind."""
    counts = Counter[bool]()
    for key, n in totals:
        where = dict(zip(_KEY, key, strict=True))
        if where["kind"] != Kind.SCAN:
            counts[where["edition_id"] == _NO_EDITION] += n
    return counts[False], counts[True]
