"""Folding: scans from the spool become rows and cells, announced facts become cells, each exactly once.

Any number of workers may fold at the same time and any of them may be killed. What makes it exactly once is a
guarded update in the very transaction of the rows and cells: how far a spool file is folded, and which
messages are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select, tuple_, update

from omni.domain.batch import Batch
from omni.domain.counting import OrphanScan, OutboxMessage, Scan, Seen, SpoolDamage, SpoolFile
from omni.domain.cube import Kind
from omni.domain.record import Origin, bucket_of
from omni.domain.scan_record import ScanRecord
from omni.domain.visit import VisitKind
from omni.services.recounting import kind_of_orphan, scan_cells
from omni.store import cube, spool_files
from omni.store.cube import Locator
from omni.store.rows import insert_all, insert_if_absent, insert_missing, rows_changed
from omni.store.spool_files import Reading, Spool

PIECE_BYTES = 1 << 18
"""How much of a spool file is folded at once: some thousand scans, so that no shopper waits for long."""

MOST_AHEAD = timedelta(hours=1)
"""How far a machine's clock may be ahead before its scans are not believed."""


@dataclass(frozen=True)
class Piece:
    """A stretch of one spool file, read and ready to be folded."""

    spool: Spool
    start: int
    reading: Reading


def progress(session: Session, folder: Path) -> list[tuple[Spool, int]]:
    """Every spool file on this disk, and how far it has been folded."""
    folded = folded_positions(session)
    return [(spool, folded.get(spool.id, 0)) for spool in spool_files.spool_files(folder)]


def folded_positions(session: Session) -> dict[str, int]:
    """How far each open spool file has been folded, by its id, on whatever machine it lies."""
    rows = select(SpoolFile.id, SpoolFile.folded_to).where(col(SpoolFile.closed_at).is_(None))
    return dict(session.exec(rows).all())


def next_piece(spool: Spool, folded_to: int) -> Piece | None:
    """The next stretch of a spool file; None when there is nothing whole to read, or no file any more."""
    try:
        reading = spool_files.read_from(spool.path, folded_to, PIECE_BYTES)
    except FileNotFoundError:
        return None
    return Piece(spool, folded_to, reading) if reading.new_offset > folded_to else None


def fold_spool(tx: Session, now: datetime, *, piece: Piece) -> bool:
    """Fold one piece: scans, who was seen first, cells, damage; False when another worker folded it.

    Two workers on one piece wait for each other at its row in `spool`, and the second finds it moved on.
    """
    insert_if_absent(tx, SpoolFile, id=piece.spool.id, folded_to=0, opened_at=piece.spool.opened_at)
    here = (col(SpoolFile.id) == piece.spool.id, col(SpoolFile.folded_to) == piece.start)
    if rows_changed(tx, update(SpoolFile).where(*here).values(folded_to=piece.reading.new_offset)) != 1:
        return False
    batches = _batches(tx, piece)
    doubts = {at: _doubt(record, batches, now) for at, record in piece.reading.records}
    believed = [(at, record) for at, record in piece.reading.records if doubts[at] is None]
    scans = _scans(tx, piece, batches, [(at, record) for at, record in believed if record.number is not None])
    orphans = [_orphan(piece, at, record) for at, record in believed if record.number is None]
    insert_all(tx, Scan, scans)
    insert_all(tx, OrphanScan, orphans)
    insert_all(tx, SpoolDamage, list(_set_aside(piece, doubts, now)))
    cube.add(tx, _cells(Locator(tx), scans, orphans))
    return True


def fold_outbox(tx: Session, now: datetime, limit: int = 500) -> int:
    """Fold announced facts into the cube; says how many. Messages another worker holds are left to it."""
    messages = tx.exec(
        select(OutboxMessage)
        .where(col(OutboxMessage.folded_at).is_(None))
        .order_by(col(OutboxMessage.bucket), col(OutboxMessage.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not messages:
        return 0
    key = tuple_(col(OutboxMessage.bucket), col(OutboxMessage.id))
    unfolded = (
        update(OutboxMessage)
        .where(key.in_([(message.bucket, message.id) for message in messages]))
        .where(col(OutboxMessage.folded_at).is_(None))
    )
    if rows_changed(tx, unfolded.values(folded_at=now)) != len(messages):
        raise RuntimeError("a message was folded by another worker while it was locked")
    cube.add(tx, (counted for message in messages for counted in message.cells))
    return len(messages)


def kind_of_scan(kind: VisitKind, *, is_shared: bool, is_first: bool) -> Kind:
    """How a scan is counted: of a code of one's own it is the first or a repeat, of a poster neither."""
    if kind is not VisitKind.HUMAN:
        return Kind.SCAN_BOT if kind is VisitKind.BOT else Kind.SCAN_PREFETCH
    if is_shared:
        return Kind.SCAN_SHARED
    return Kind.SCAN_FIRST if is_first else Kind.SCAN_REPEAT


def is_finished(spool: Spool, folded_to: int) -> bool:
    """Whether a spool file is folded to its end and nobody writes to it any more."""
    return spool.size == folded_to and spool_files.is_abandoned(spool.path)


def close_spool(tx: Session, now: datetime, *, spool: Spool) -> None:
    """Write down that a spool file is finished; only then may it be removed."""
    rows_changed(tx, update(SpoolFile).where(col(SpoolFile.id) == spool.id).values(closed_at=now))


def remove_spool(spool: Spool) -> bool:
    """Remove a closed spool file from the disk; False when it has grown and must stay."""
    return spool_files.remove(spool.path, folded_to=spool.size)


def _batches(tx: Session, piece: Piece) -> dict[int, Batch]:
    """The batches a piece speaks of, asked of the database: no catalogue has one issued a moment ago."""
    wanted = {record.batch_id for _, record in piece.reading.records if record.number is not None}
    return {batch.id or 0: batch for batch in tx.exec(select(Batch).where(col(Batch.id).in_(sorted(wanted))))}


def _doubt(record: ScanRecord, batches: Mapping[int, Batch], now: datetime) -> str | None:
    """Why a record cannot be believed, if so."""
    if record.at > now + MOST_AHEAD:
        return "stamped in the future"
    if record.number is None:
        return None
    batch = batches.get(record.batch_id)
    if batch is None or not batch.has(record.number):
        return "not of a batch of ours"
    if (record.edition_id, record.placement_id) != (batch.edition_id, batch.placement_id):
        return "at odds with its batch"
    return None


def _scans(
    tx: Session, piece: Piece, batches: Mapping[int, Batch], records: list[tuple[int, ScanRecord]]
) -> list[dict[str, Any]]:
    first = _first_openings(tx, batches, records)
    return [
        _scan(piece, at, record, batches[record.batch_id], is_first=at in first) for at, record in records
    ]


def _first_openings(
    tx: Session, batches: Mapping[int, Batch], records: Iterable[tuple[int, ScanRecord]]
) -> set[int]:
    """The positions at which a personal code was opened by a person for the first time anywhere."""
    earliest: dict[int, tuple[int, ScanRecord]] = {}
    for at, record in records:
        number = record.number or 0
        if record.kind is VisitKind.HUMAN and not batches[record.batch_id].is_shared_code(number):
            earliest.setdefault(number, (at, record))
    rows = [
        {"bucket": bucket_of(number), "number": number, "first_seen_at": record.at}
        for number, (_, record) in sorted(earliest.items(), key=lambda item: (bucket_of(item[0]), item[0]))
    ]
    return {earliest[number][0] for number in insert_missing(tx, Seen, rows, returning="number")}


def _scan(piece: Piece, at: int, record: ScanRecord, batch: Batch, *, is_first: bool) -> dict[str, Any]:
    number = record.number or 0
    is_shared = batch.is_shared_code(number)
    return {
        "bucket": bucket_of(number),
        "number": number,
        "scanned_at": record.at,
        "spool_id": piece.spool.id,
        "position": at,
        "batch_id": batch.id,
        "edition_id": batch.edition_id,
        "placement_id": batch.placement_id,
        "revision": record.revision,
        "touchpoint": record.touchpoint,
        "variant": record.variant or "default",
        "arm": record.arm or "treatment",
        "locale": record.locale,
        "kind": kind_of_scan(record.kind, is_shared=is_shared, is_first=is_first).value,
        "device": record.device.value,
        "is_shared": is_shared,
        "origin": batch.origin,
    }


def _orphan(piece: Piece, at: int, record: ScanRecord) -> dict[str, Any]:
    assert record.looks_like is not None, "a record has a number or says what it looked like"
    return {
        "spool_id": piece.spool.id,
        "position": at,
        "scanned_at": record.at,
        "looks_like": record.looks_like.value,
        "kind": record.kind.value,
        "device": record.device.value,
    }


def _set_aside(piece: Piece, doubts: Mapping[int, str | None], now: datetime) -> Iterator[dict[str, Any]]:
    damaged = {damage.start: damage.reason.value for damage in piece.reading.damages}
    for at, reason in sorted({**doubts, **damaged}.items()):
        if reason is not None:
            yield {"spool_id": piece.spool.id, "position": at, "reason": reason, "found_at": now}


def _cells(
    locator: Locator, scans: Iterable[Mapping[str, Any]], orphans: Iterable[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    for scan in scans:
        if scan["origin"] is not Origin.TEST:
            yield from scan_cells(locator, scan)
    for orphan in orphans:
        yield locator.cell(kind_of_orphan(VisitKind(orphan["kind"])), at=orphan["scanned_at"])
